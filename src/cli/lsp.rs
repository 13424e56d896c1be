//! `lsp`: listens to an editor on stdin and answers on stdout. The only file that names the protocol's crate.
//!
//! What is answered is `lsp/`'s. It opens no connection: of the disk it reads projects and their states in files, and a
//! state in a database is not asked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

use super::exit::Outcome;
use super::open::{self, Vendors};
use super::ui::Ui;
use crate::lsp::cursor::Cursor;
use crate::lsp::{Known, Record, complete, diagnose, hints, hover, place};
use crate::manifest::format::format;
use crate::manifest::project::{FILE, StateLocation};
use crate::manifest::source::Source;
use crate::manifest::{Buffers, Compiled, examine, schema};
use crate::names::Names;
use crate::problem::{Problem, Problems, Result};

/// How far above a file its project is looked for.
const FOLDERS_UP_MAX: usize = 32;

/// What this server can do.
fn capabilities() -> Value {
    json!({
        "textDocumentSync": {"openClose": true, "change": 1, "save": true},
        "completionProvider": {"triggerCharacters": [" ", "[", "{", ",", ":"]},
        "hoverProvider": true,
        "documentFormattingProvider": true,
    })
}

/// Serves until the editor says that it is enough.
pub(super) fn run(ui: &Ui) -> Result<Outcome> {
    let (connection, threads) = Connection::stdio();
    let ended = serve(&connection, ui);
    drop(connection);
    // A pipe that was closed at the other end is how some editors end.
    drop(threads.join());
    ended.map(|()| Outcome::Done)
}

fn serve(connection: &Connection, ui: &Ui) -> Result<()> {
    let wrong = |why: String| Problems::from(Problem::error("lsp::protocol", format!("the editor {why}")));
    if let Err(why) = connection.initialize(capabilities()) {
        return Err(wrong(format!("did not say what it can do: {why}")));
    }
    let mut server = Server { connection, ui, buffers: Buffers::new(), projects: BTreeMap::new() };
    loop {
        // While somebody types, problems are looked for once the last key is in.
        if connection.receiver.is_empty() {
            server.look_again();
        }
        let Ok(message) = connection.receiver.recv() else { return Ok(()) };
        match message {
            Message::Request(request) => {
                let is_over = connection.handle_shutdown(&request);
                if is_over.map_err(|why| wrong(format!("ended strangely: {why}")))? {
                    return Ok(());
                }
                server.answer(request);
            }
            Message::Notification(notification) => server.hear(&notification),
            Message::Response(_) => {}
        }
    }
}

/// One project that has files open.
#[derive(Default)]
struct Project {
    known: Option<Known>,
    /// The names of files that were last said to have problems.
    told: BTreeSet<String>,
    /// Whether a file has changed since its problems were told.
    is_stale: bool,
    /// What was recorded when a file was last opened or saved.
    record: Rc<Record>,
}

struct Server<'a> {
    connection: &'a Connection,
    ui: &'a Ui,
    buffers: Buffers,
    projects: BTreeMap<PathBuf, Project>,
}

impl Server<'_> {
    fn hear(&mut self, notification: &Notification) {
        let params = &notification.params;
        let Some(path) = path_in(params) else { return };
        match notification.method.as_str() {
            "textDocument/didOpen" => {
                let text = params["textDocument"]["text"].as_str().unwrap_or_default();
                self.buffers.insert(path.clone(), text.to_owned());
                self.read_record(&path);
            }
            "textDocument/didChange" => {
                let changes = params["contentChanges"].as_array();
                if let Some(text) = changes.and_then(|list| list.last()?["text"].as_str()) {
                    self.buffers.insert(path.clone(), text.to_owned());
                }
            }
            "textDocument/didSave" => self.read_record(&path),
            "textDocument/didClose" => {
                self.buffers.remove(&path);
            }
            _ => return,
        }
        if let Some(folder) = project_of(&path) {
            self.projects.entry(folder).or_default().is_stale = true;
        }
    }

    /// Reads what is recorded; a state that cannot be read, or is in a database, is an empty one here.
    fn read_record(&mut self, path: &Path) {
        let Some(folder) = project_of(path) else { return };
        let record = [Vendors::Real, Vendors::Emulated]
            .into_iter()
            .find_map(|vendors| record(&folder, vendors, self.ui).filter(|record| !record.tables.is_empty()));
        self.projects.entry(folder).or_default().record = Rc::new(record.unwrap_or_default());
    }

    fn look_again(&mut self) {
        for (folder, project) in &mut self.projects {
            if std::mem::take(&mut project.is_stale) {
                let messages = look(folder, project, &self.buffers);
                messages.into_iter().for_each(|message| send(self.connection, message));
            }
        }
    }

    fn answer(&mut self, request: Request) {
        // What is asked is asked of the text that was just sent.
        let Request { id, method, params } = request;
        let answer = match method.as_str() {
            "textDocument/completion" => self.at_cursor(&params, |cursor, line, schema, known| {
                json!({"isIncomplete": false, "items": complete::complete(cursor, line, schema, known)})
            }),
            "textDocument/hover" => self.at_cursor(&params, |cursor, line, schema, known| {
                hover::hover(cursor, line, schema, known).unwrap_or(Value::Null)
            }),
            "textDocument/formatting" => self.formatted(&params),
            _ => return unknown(self.connection, id, &method),
        };
        let answer = Response::new_ok(id, answer.unwrap_or(Value::Null));
        send(self.connection, Message::Response(answer));
    }

    fn at_cursor(
        &self,
        params: &Value,
        answer: impl Fn(&Cursor, usize, &Value, Option<&Known>) -> Value,
    ) -> Option<Value> {
        let path = path_in(params)?;
        let text = self.buffers.get(&path)?;
        let number = |key: &str| usize::try_from(params["position"][key].as_u64()?).ok();
        let (line, character) = (number("line")?, number("character")?);
        let is_project = path.file_name().is_some_and(|name| name == FILE);
        let schema = if is_project { schema::project() } else { schema::manifest() };
        let known = project_of(&path).and_then(|folder| self.projects.get(&folder)?.known.as_ref());
        Some(answer(&Cursor::of(text, line, character), line, &schema, known))
    }

    fn formatted(&self, params: &Value) -> Option<Value> {
        let text = self.buffers.get(&path_in(params)?)?;
        let laid_out = format(&Source::new("the file", text.clone())).ok()?;
        if laid_out == *text {
            return Some(json!([]));
        }
        let end = json!({"line": text.split('\n').count(), "character": 0});
        let all = json!({"start": {"line": 0, "character": 0}, "end": end});
        Some(json!([{"range": all, "newText": laid_out}]))
    }
}

fn unknown(connection: &Connection, id: RequestId, method: &str) {
    let code = lsp_server::ErrorCode::MethodNotFound as i32;
    let answer = Response::new_err(id, code, format!("`{method}` is not answered here"));
    send(connection, Message::Response(answer));
}

/// An editor that is gone hears nothing, and is no problem.
fn send(connection: &Connection, message: Message) {
    connection.sender.send(message).unwrap_or_default();
}

/// The real path of the file that a message is about: one way to name it.
fn path_in(params: &Value) -> Option<PathBuf> {
    let path = place::path_of(params["textDocument"]["uri"].as_str()?)?;
    Some(std::fs::canonicalize(&path).unwrap_or(path))
}

/// The folder of the project that a file belongs to.
fn project_of(path: &Path) -> Option<PathBuf> {
    let mut above = path.ancestors().skip(1).take(FOLDERS_UP_MAX);
    above.find(|folder| folder.join(FILE).is_file()).map(Path::to_owned)
}

fn record(folder: &Path, vendors: Vendors, ui: &Ui) -> Option<Record> {
    let mut ui = ui.clone();
    folder.clone_into(&mut ui.folder);
    let project = open::project_quietly(&ui)?;
    // An editor that is opened must not wait for a database, nor tell one that it was opened.
    if vendors == Vendors::Real && matches!(project.state, StateLocation::Postgres(_)) {
        return None;
    }
    let store = open::store(&project, vendors, &ui).ok()?;
    super::within(false, async {
        let mut names = Names::new();
        let recorded = store.snapshot(&mut names).await?;
        Ok(Record { names, tables: recorded.tables })
    })
    .ok()
}

/// Looks at a project, and gives what is to be said of each of its files.
fn look(folder: &Path, project: &mut Project, buffers: &Buffers) -> Vec<Message> {
    let files = Open { folder, buffers };
    let mut by_file = match examine(folder, buffers) {
        Ok((compiled, problems)) => {
            let told = diagnose::diagnose(&problems, &files);
            let Compiled { names, desired } = compiled;
            project.known = Some(Known { names, desired, record: project.record.clone() });
            told
        }
        Err(problems) => diagnose::diagnose(&problems, &files),
    };
    if let Some(known) = &project.known {
        for (file, hints) in hints::hints(known, &files) {
            by_file.entry(file).or_default().extend(hints);
        }
    }
    // An editor that has a file open is told that nothing is wrong with it, too.
    for path in buffers.keys().filter_map(|path| path.strip_prefix(folder).ok()) {
        by_file.entry(path.to_string_lossy().into_owned()).or_default();
    }
    let files_now: BTreeSet<String> = by_file.keys().cloned().collect();
    for file in std::mem::replace(&mut project.told, files_now) {
        by_file.entry(file).or_default();
    }
    let message = |(file, list): (String, Vec<Value>)| {
        let params = json!({"uri": diagnose::Files::uri(&files, &file), "diagnostics": list});
        Message::Notification(Notification::new("textDocument/publishDiagnostics".to_owned(), params))
    };
    by_file.into_iter().map(message).collect()
}

/// Files of a project, as they are open.
struct Open<'a> {
    folder: &'a Path,
    buffers: &'a Buffers,
}

impl diagnose::Files for Open<'_> {
    fn uri(&self, file: &str) -> String {
        let path = self.folder.join(file);
        place::uri_of(&std::fs::canonicalize(&path).unwrap_or(path))
    }

    fn text(&self, file: &str) -> Option<&str> {
        let path = self.folder.join(file);
        let path = std::fs::canonicalize(&path).unwrap_or(path);
        self.buffers.get(&path).map(String::as_str)
    }
}
