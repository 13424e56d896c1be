//! The emulator in a process of its own, on a port that is free.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Child;

use super::tool::Project;

/// What the vendors ask for, marked so that it is found wherever it leaks to.
pub const SECRETS: [(&str, &str); 5] = [
    ("GETUI_APP_ID", "demo-app"),
    ("GETUI_APP_KEY", "marked-getui-key"),
    ("GETUI_MASTER_SECRET", "marked-getui-secret"),
    ("JPUSH_APP_KEY", "marked-jpush-key"),
    ("JPUSH_MASTER_SECRET", "marked-jpush-secret"),
];

/// A running emulator; it ends with this.
pub struct Vendors {
    child: Child,
    address: String,
}

impl Vendors {
    /// Starts it with these further lines of its world.
    pub fn start(project: &Project, lines: &str) -> Self {
        let [id, getui_key, getui_secret, jpush_key, jpush_secret] = SECRETS.map(|(_, value)| value);
        let world = format!(
            "{lines}\ngetui:\n  credentials: {{app_id: {id}, app_key: {getui_key}, master_secret: {getui_secret}}}\n\
             jpush:\n  credentials: {{app_key: {jpush_key}, master_secret: {jpush_secret}}}\n"
        );
        Self::start_with(project, &world)
    }

    /// Starts it with this whole world, which takes any credentials that it does not name.
    pub fn start_with(project: &Project, world: &str) -> Self {
        let file = tempfile::NamedTempFile::new().expect("a file for the world");
        std::fs::write(file.path(), world).expect("a file for the world");
        let words = format!("emulator --listen 127.0.0.1:0 --world {}", file.path().display());
        let mut child = project.start(&words);
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        out.read_line(&mut line).expect("it tells its address");
        let address = line.split("//").nth(1).and_then(|rest| rest.split('/').next()).map(str::to_owned);
        Self { child, address: address.unwrap_or_else(|| panic!("no address in `{line}`")) }
    }

    /// Lets the project call this emulator, with the right credentials.
    pub fn point(&self, project: &mut Project) {
        for (name, value) in SECRETS {
            project.set(name, value);
        }
        let address = &self.address;
        project.replace(
            "pushform.yaml",
            "${GETUI_APP_ID}",
            &format!("${{GETUI_APP_ID}}\n  base_url: http://{address}/v2"),
        );
        project.replace(
            "pushform.yaml",
            "${JPUSH_APP_KEY}",
            &format!("${{JPUSH_APP_KEY}}\n  base_url: http://{address}"),
        );
    }

    /// Asks the emulator itself: the body of its reply.
    pub fn control(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("the emulator listens");
        let length = body.len();
        let head = format!(
            "{method} /_emulator/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(format!("{head}{body}").as_bytes()).expect("it reads");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("it answers");
        assert!(reply.starts_with("HTTP/1.1 200"), "{method} {path}: {reply}");
        reply.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
    }

    /// How often somebody called in a way that the vendors' documents forbid.
    pub fn violations(&self) -> u64 {
        let told: serde_json::Value =
            serde_json::from_str(&self.control("GET", "violations", "")).expect("JSON");
        told["total"].as_u64().expect("a number")
    }

    /// How many calls came to endpoints that change something.
    pub fn writes(&self) -> u64 {
        let told: serde_json::Value = serde_json::from_str(&self.control("GET", "stats", "")).expect("JSON");
        let stats = told.as_object().expect("an object");
        let reads = [
            "auth.open",
            "auth.close",
            "of_user",
            "users",
            "status",
            "details",
            "count",
            "list",
            "total",
            "of_device",
        ];
        let is_write = |name: &str| !reads.iter().any(|word| name.ends_with(word));
        stats.iter().filter(|(name, _)| is_write(name)).filter_map(|(_, tally)| tally["calls"].as_u64()).sum()
    }
}

impl Drop for Vendors {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
