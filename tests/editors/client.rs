//! An editor, as a language server sees it: starts one, opens files, and asks.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// An editor with a server.
pub struct Client {
    child: Child,
    messages: Receiver<Value>,
    next_id: u64,
    version: u64,
    /// What was last published of each file, by its URI.
    pub published: BTreeMap<String, Vec<Value>>,
    /// What the server is told when it asks for its settings.
    settings: Value,
}

impl Client {
    /// Starts a server that works in this folder.
    pub fn start(mut command: Command, folder: &Path, settings: Value) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut out) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut client =
            Self { child, messages, next_id: 0, version: 0, published: BTreeMap::new(), settings };
        let capabilities = json!({
            "textDocument": {
                "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
                "hover": {"contentFormat": ["markdown"]},
                "publishDiagnostics": {"relatedInformation": true},
            },
            "workspace": {"configuration": true},
        });
        let root = uri(folder);
        let params = json!({
            "processId": std::process::id(),
            "rootUri": root,
            "workspaceFolders": [{"uri": root, "name": "project"}],
            "capabilities": capabilities,
        });
        client.ask("initialize", &params);
        client.tell("initialized", &json!({}));
        let settings = json!({"settings": client.settings});
        client.tell("workspace/didChangeConfiguration", &settings);
        client
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let stdin = self.child.stdin.as_mut().expect("a pipe");
        write!(stdin, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("the server listens");
        stdin.flush().expect("the server listens");
    }

    pub fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Asks, and gives the answer; what else the server says meanwhile is taken in.
    pub fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let message = self.next(method);
            if message["id"] == json!(id) && message.get("method").is_none() {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    /// The next message; questions of the server are answered, what it publishes is kept.
    fn next(&mut self, what: &str) -> Value {
        let message =
            self.messages.recv_timeout(PATIENCE).unwrap_or_else(|why| panic!("{what}: no answer, {why}"));
        if message["method"] == "textDocument/publishDiagnostics" {
            let list = message["params"]["diagnostics"].as_array().cloned().unwrap_or_default();
            let uri = message["params"]["uri"].as_str().expect("a URI").to_owned();
            self.published.insert(uri, list);
        } else if message.get("method").is_some() && message.get("id").is_some() {
            let items = message["params"]["items"].as_array().cloned().unwrap_or_default();
            let setting = |item: &Value| self.settings[item["section"].as_str().unwrap_or_default()].clone();
            let result = match message["method"].as_str() {
                Some("workspace/configuration") => Value::Array(items.iter().map(setting).collect()),
                _ => Value::Null,
            };
            self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": result}));
        }
        message
    }

    pub fn open(&mut self, path: &Path, text: &str) {
        self.published.remove(&uri(path));
        self.version += 1;
        let document = json!({"uri": uri(path), "languageId": "yaml", "version": self.version, "text": text});
        self.tell("textDocument/didOpen", &json!({"textDocument": document}));
    }

    pub fn change(&mut self, path: &Path, text: &str) {
        self.published.remove(&uri(path));
        self.version += 1;
        let document = json!({"uri": uri(path), "version": self.version});
        let params = json!({"textDocument": document, "contentChanges": [{"text": text}]});
        self.tell("textDocument/didChange", &params);
    }

    /// What is published of a file once it is.
    pub fn diagnostics(&mut self, path: &Path) -> Vec<Value> {
        let uri = uri(path);
        while !self.published.contains_key(&uri) {
            self.next(&uri);
        }
        self.published[&uri].clone()
    }

    fn at(path: &Path, line: usize, character: usize) -> Value {
        json!({
            "textDocument": {"uri": uri(path)},
            "position": {"line": line, "character": character},
        })
    }

    /// The labels that can be chosen at a place.
    pub fn completions(&mut self, path: &Path, line: usize, character: usize) -> Vec<String> {
        let answer = self.ask("textDocument/completion", &Self::at(path, line, character));
        let items = answer.get("items").unwrap_or(&answer).as_array().cloned().unwrap_or_default();
        items.iter().filter_map(|item| Some(item["label"].as_str()?.to_owned())).collect()
    }

    /// What is shown at a place.
    pub fn hover(&mut self, path: &Path, line: usize, character: usize) -> String {
        let answer = self.ask("textDocument/hover", &Self::at(path, line, character));
        let contents = &answer["contents"];
        let text = contents.get("value").unwrap_or(contents);
        text.as_str().map_or_else(String::new, str::to_owned)
    }

    /// Says goodbye, and gives the exit code.
    pub fn end(mut self) -> Option<i32> {
        self.ask("shutdown", &Value::Null);
        self.tell("exit", &Value::Null);
        drop(self.child.stdin.take());
        self.child.wait().expect("the server ends").code()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // A test that failed leaves no server behind.
        drop(self.child.kill());
    }
}

/// The URI of a path; paths of tests need no escapes.
pub fn uri(path: &Path) -> String {
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    format!("file://{}", real.display())
}

fn read(out: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if out.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if let Some(number) = line.strip_prefix("Content-Length:") {
            length = number.trim().parse().ok()?;
        }
    }
    let mut bytes = vec![0; length];
    out.read_exact(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}
