//! A client of a world for the tests: requests in, one line of text out.

use super::setup::Setup;
use super::world::{End, Incoming, World};
use super::world_file::read_setup;
use crate::timestamp::Timestamp;
use crate::wire::{Method, Reply};

/// 2026-11-22 10:00 in Shanghai.
pub const MORNING: Timestamp = Timestamp(1_795_312_800_000);

/// Three users of the tests.
pub const CIDS: [&str; 3] = [
    "a0000000000000000000000000000001",
    "a0000000000000000000000000000002",
    "a0000000000000000000000000000003",
];

/// A world, its time, and a session in it.
pub struct Client {
    pub world: World,
    pub now: Timestamp,
    pub token: String,
    /// The header `content-type`.
    pub media: Option<String>,
}

/// A setup from YAML.
pub fn setup(yaml: &str) -> Setup {
    read_setup(yaml, "emulator.yaml").unwrap_or_else(|problems| panic!("{}", problems.list()[0].summary))
}

/// A client of the world of a setup, signed in.
pub fn client(yaml: &str) -> Client {
    let media = Some("application/json;charset=utf-8".to_owned());
    let mut client = Client { world: World::new(setup(yaml)), now: MORNING, token: String::new(), media };
    client.sign_in();
    client
}

impl Client {
    pub fn sign_in(&mut self) {
        let body = format!(r#"{{"sign":"x","timestamp":"{}","appkey":"k"}}"#, self.now.0);
        let reply = self.reply("POST", "/v2/APP/auth", &body);
        let body: serde_json::Value = serde_json::from_slice(&reply.body).expect("JSON");
        self.token = body["data"]["token"].as_str().expect("a token").to_owned();
    }

    pub fn end(&mut self, method: &str, path: &str, body: &str) -> End {
        let mut headers = vec![
            ("Token".to_owned(), self.token.clone()),
            ("authorization".to_owned(), "Basic YTpi".to_owned()),
            ("sdkVersion".to_owned(), "1.0.7.0".to_owned()),
        ];
        headers.extend(self.media.clone().map(|media| ("Content-Type".to_owned(), media)));
        let request = Incoming {
            method: Method::from_word(method).expect("a method"),
            path: path.to_owned(),
            headers,
            body: body.as_bytes().to_vec(),
        };
        self.world.handle(&request, self.now).end
    }

    pub fn reply(&mut self, method: &str, path: &str, body: &str) -> Reply {
        match self.end(method, path, body) {
            End::Reply(reply) => reply,
            other => panic!("{method} {path}: {other:?}"),
        }
    }

    /// `200 {…}` of a call to Getui, the path behind the base.
    pub fn getui(&mut self, method: &str, path: &str, body: &str) -> String {
        text(&self.reply(method, &format!("/v2/APP/{path}"), body))
    }

    /// `200 {…}` of a call to JPush.
    pub fn jpush(&mut self, method: &str, path: &str, body: &str) -> String {
        text(&self.reply(method, &format!("/v3/{path}"), body))
    }

    /// What was wrong so far, as `sort endpoint`.
    pub fn wrongs(&self) -> Vec<String> {
        self.world.violations().iter().map(|v| format!("{:?} {}", v.sort, v.endpoint)).collect()
    }

    pub fn pass(&mut self, ms: i64) {
        self.now = self.now.plus(ms);
    }
}

fn text(reply: &Reply) -> String {
    format!("{} {}", reply.status, String::from_utf8_lossy(&reply.body)).trim_end().to_owned()
}
