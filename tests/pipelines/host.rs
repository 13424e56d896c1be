//! A code host on loopback that knows comments: lists them page by page, takes new ones, changes old ones.
//!
//! It refuses what the real one would: a call without the token, a page of more than a hundred.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use serde_json::{Value, json};

/// What every call must carry.
pub const TOKEN: &str = "a-token";
/// Who writes with a workflow's own token.
pub const BOT: &str = "github-actions[bot]";
/// Where the comments of pull request 7 are.
const COMMENTS: &str = "/repos/shop/audience/issues/7/comments";

/// What it knows.
#[derive(Default)]
struct Known {
    comments: Vec<String>,
    /// Who wrote each comment.
    authors: Vec<String>,
    /// How the token's owner is called where that may be asked, and what comments show of it.
    viewer: Option<String>,
    login: String,
    calls: Vec<String>,
}

/// The host; it goes on until the test ends.
pub struct Host {
    known: Arc<Mutex<Known>>,
    address: String,
}

impl Host {
    /// Starts with these comments of other people.
    pub fn start(comments: &[String]) -> Self {
        Self::start_as(comments, Some(BOT), BOT)
    }

    /// Starts as a host that calls the token's owner so, where that may be asked, and shows it so beside comments.
    pub fn start_as(comments: &[String], viewer: Option<&str>, login: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("a bound port has an address"));
        let known = Arc::new(Mutex::new(Known {
            comments: comments.to_vec(),
            authors: vec!["somebody".to_owned(); comments.len()],
            viewer: viewer.map(str::to_owned),
            login: login.to_owned(),
            calls: Vec::new(),
        }));
        let shared = Arc::clone(&known);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that hangs up has its reason.
                drop(serve(stream, &shared));
            }
        });
        Self { known, address }
    }

    /// What `GITHUB_API_URL` is.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn comments(&self) -> Vec<String> {
        self.locked().comments.clone()
    }

    /// The calls so far, each `METHOD PATH STATUS`.
    pub fn calls(&self) -> Vec<String> {
        self.locked().calls.clone()
    }

    fn locked(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("a lock that nobody poisons")
    }
}

fn serve(stream: TcpStream, known: &Mutex<Known>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_owned());
    }
    let field = |name: &str| {
        let fields = head.iter().filter_map(|line| line.split_once(": "));
        fields.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let length = field("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let first = head.first().cloned().unwrap_or_default();
    let (method, path) = match first.split(' ').collect::<Vec<_>>().as_slice() {
        [method, path, _] => ((*method).to_owned(), (*path).to_owned()),
        _ => (String::new(), String::new()),
    };
    let authorized = field("authorization") == Some(format!("Bearer {TOKEN}"));
    let mut known = known.lock().expect("a lock that nobody poisons");
    let (status, reply) = if authorized {
        answer(&mut known, &method, &path, &body)
    } else {
        (403, json!({"message": "Resource not accessible by integration"}))
    };
    known.calls.push(format!("{method} {path} {status}"));
    drop(known);
    let reply = reply.to_string();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{reply}",
        reply.len()
    )
}

fn answer(known: &mut Known, method: &str, path: &str, body: &[u8]) -> (u16, Value) {
    let text = || {
        let body: Option<Value> = serde_json::from_slice(body).ok();
        body.and_then(|body| Some(body.get("body")?.as_str()?.to_owned()))
    };
    let authors = known.authors.clone();
    let shown = |(at, body): (usize, &String)| {
        let login = authors.get(at).cloned().unwrap_or_default();
        let kind = if login.ends_with("[bot]") { "Bot" } else { "User" };
        json!({"id": at, "body": body, "html_url": format!("#{at}"), "user": {"login": login, "type": kind}})
    };
    let (place, query) = path.split_once('?').unwrap_or((path, ""));
    let one =
        place.strip_prefix("/repos/shop/audience/issues/comments/").and_then(|id| id.parse::<usize>().ok());
    match (method, one, text()) {
        ("POST", None, None) if place == "/graphql" => match &known.viewer {
            Some(login) => (200, json!({"data": {"viewer": {"login": login}}})),
            None => (403, json!({"message": "Resource not accessible\n::add-mask::1"})),
        },
        ("GET", None, None) if place == COMMENTS => {
            let number = |name: &str| {
                let fields = query.split('&').filter_map(|field| field.split_once('='));
                fields
                    .into_iter()
                    .find(|(key, _)| *key == name)
                    .and_then(|(_, value)| value.parse::<usize>().ok())
            };
            match (number("per_page"), number("page")) {
                (Some(size @ 1..=100), Some(page @ 1..)) => {
                    let listed = known.comments.iter().enumerate().skip((page - 1) * size).take(size);
                    (200, listed.map(shown).collect())
                }
                _ => (422, json!({"message": "no such page"})),
            }
        }
        ("POST", None, Some(text)) if place == COMMENTS => {
            known.comments.push(text);
            known.authors.push(known.login.clone());
            (201, shown((known.comments.len() - 1, &String::new())))
        }
        ("PATCH", Some(id), Some(text)) if id < known.comments.len() => {
            known.comments[id] = text;
            (200, shown((id, &String::new())))
        }
        _ => (404, json!({"message": "Not Found"})),
    }
}
