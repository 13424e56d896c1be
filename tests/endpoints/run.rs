//! The binary in a folder of its own, and the emulator in a process of its own.
//!
//! It says nothing about what should come out.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// An emulator that has not answered by then never will.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pushform"));
    command.env_clear().env("NO_COLOR", "1").env("COLUMNS", "100");
    // One that stood in the project file would be warned of.
    command.env("KEY", "made-up-key").env("SECRET", "made-up-secret");
    command
}

/// What came of a run.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A project's folder.
pub struct Folder(TempDir);

impl Folder {
    /// A folder with these files.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self(TempDir::new().expect("a folder"));
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, over another if there is one.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
    }

    /// Runs `pushform` with these words.
    pub fn pushform(&self, words: &[&str]) -> Ended {
        let output = binary().current_dir(self.path()).args(words).output().expect("the binary starts");
        let Output { status, stdout, stderr } = output;
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Ended { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// Runs it and gives both outputs, if it ends with this code.
    #[track_caller]
    pub fn ends_with(&self, code: i32, words: &[&str]) -> Ended {
        let ended = self.pushform(words);
        let Ended { stdout, stderr, .. } = &ended;
        assert_eq!(ended.code, Some(code), "pushform {words:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}");
        ended
    }
}

/// What an emulator says of a world that it refuses.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "a process of its own keeps the machine's time")]
pub fn refusal(world: &str) -> String {
    let folder = Folder::of(&[("world.yaml", world)]);
    let mut command = binary();
    command.args(["emulator", "--listen", "127.0.0.1:0", "--world", "world.yaml"]);
    let said = fs::File::create(folder.path().join("said")).expect("a file");
    command.current_dir(folder.path()).stdout(Stdio::null()).stderr(said);
    let mut emulator = command.spawn().expect("the binary starts");
    let asked = Instant::now();
    while emulator.try_wait().expect("a process").is_none() && asked.elapsed() < ANSWER_WITHIN {
        std::thread::sleep(Duration::from_millis(20));
    }
    let ended = emulator.try_wait().expect("a process");
    // One that took the world would serve it for ever.
    drop(emulator.kill());
    emulator.wait().expect("a process");
    let said = folder.read("said");
    assert_eq!(ended.and_then(|status| status.code()), Some(1), "this world was taken:\n{world}\n{said}");
    said
}

/// An emulator in a process of its own, and a project that calls it.
pub struct Served {
    emulator: Child,
    address: SocketAddr,
    pub folder: Folder,
}

impl Served {
    /// An emulator of this world. Tag binds are seen at once: nothing here is about patience.
    pub fn world(world: &str) -> Self {
        let folder = Folder::of(&[("world.yaml", world)]);
        let mut command = binary();
        command.current_dir(folder.path());
        command.args(["emulator", "--listen", "127.0.0.1:0", "--world", "world.yaml", "-q"]);
        command.args(["--switch", "tag_bind_delay_ms=0"]);
        let mut emulator = command.stdout(Stdio::piped()).spawn().expect("the emulator starts");
        let mut line = String::new();
        let out = emulator.stdout.take().expect("it was piped");
        BufReader::new(out).read_line(&mut line).expect("it says where it listens");
        let address =
            line.trim().strip_prefix("getui.base_url: http://").and_then(|rest| rest.strip_suffix("/v2"));
        let address: SocketAddr =
            address.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{line}"));
        let project = format!(
            "getui: {{app_id: APP, app_key: \"${{KEY}}\", master_secret: \"${{SECRET}}\", base_url: \"http://{address}/v2\"}}\n\
             jpush: {{app_key: \"${{KEY}}\", master_secret: \"${{SECRET}}\", base_url: \"http://{address}\"}}\n"
        );
        folder.write("pushform.yaml", &project);
        Self { emulator, address, folder }
    }

    /// Writes the manifest and applies it.
    #[track_caller]
    pub fn apply(&self, manifest: &str) -> Ended {
        self.folder.write("manifests/all.yaml", manifest);
        self.folder.ends_with(0, &["apply", "--auto-approve", "--max-deletes", "100"])
    }

    /// What the emulator says of itself.
    pub fn inside(&self, what: &str) -> Value {
        let mut stream = TcpStream::connect(self.address).expect("the emulator takes connections");
        stream.set_read_timeout(Some(ANSWER_WITHIN)).expect("a time-out");
        let request =
            format!("GET /_emulator/{what} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).expect("it takes a request");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("it answers in text");
        let (_, body) = reply.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{reply}"));
        serde_json::from_str(body).unwrap_or_else(|why| panic!("{why}: {reply}"))
    }

    /// What its world holds, as a world file says it.
    pub fn world_now(&self) -> Value {
        self.inside("world")["setup"].clone()
    }

    /// The endpoints that took a call at least once, by name.
    pub fn called(&self) -> Vec<String> {
        let stats = self.inside("stats");
        let taken = |tally: &Value| tally["calls"].as_u64() > tally["refused"].as_u64();
        let all = stats.as_object().expect("endpoints").iter();
        all.filter(|(_, tally)| taken(tally)).map(|(name, _)| name.clone()).collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself, which is just as well.
        drop(self.emulator.kill());
        drop(self.emulator.wait());
    }
}
