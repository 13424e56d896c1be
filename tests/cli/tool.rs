//! A project folder of its own and the binary, started in it with nothing of this machine's surroundings.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::steady::steady;

/// Users and a device of every test.
pub const ALICE: &str = "e605a0db5ce3cca9b76b012978064940";
pub const BOB: &str = "9497869031e1fa74adaa84458f73cc62";
pub const CAROL: &str = "f5fc768b8f3d0ac24d6b7df65e0221b0";
pub const DEVICE: &str = "1a0018970aa97f72bb6";

/// A project in a folder that goes with it.
pub struct Project {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

/// How a command ended and what it wrote.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Project {
    /// An empty folder.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), variables: BTreeMap::new() }
    }

    /// What `init` writes.
    pub fn new() -> Self {
        let project = Self::empty();
        project.ends(0, "-q init");
        project
    }

    /// A project of Getui and JPush with this manifest, this emulated world, and these lines below `getui:`.
    pub fn of(manifest: &str, world: &str, getui: &str) -> Self {
        let project = Self::empty();
        let account =
            "app_id: ${GETUI_APP_ID}\n  app_key: ${GETUI_APP_KEY}\n  master_secret: ${GETUI_MASTER_SECRET}";
        let jpush = "jpush:\n  app_key: ${JPUSH_APP_KEY}\n  master_secret: ${JPUSH_MASTER_SECRET}";
        project.write(
            "pushform.yaml",
            &format!("getui:\n  {account}\n{getui}{jpush}\nmanifests: [manifests]\n"),
        );
        project.write("manifests/audience.yaml", manifest);
        project.write("emulator.yaml", world);
        project
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.folder().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder in the project");
        fs::write(path, text).expect("a file in the project");
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
    }

    /// Puts another text in place of one that must be there.
    #[track_caller]
    pub fn replace(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert!(text.contains(old), "`{old}` is not in {path}:\n{text}");
        self.write(path, &text.replace(old, new));
    }

    /// A variable of the environment, for every command from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// The binary with these words, which no space may be in.
    pub fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pushform"));
        command.current_dir(self.folder()).args(words.split_whitespace()).env_clear();
        command.env("USER", "ming").env("HOSTNAME", "build").env("COLUMNS", "100").envs(&self.variables);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, words: &str) -> Ran {
        Ran::of(self.command(words).output().expect("the binary starts"))
    }

    /// Runs it with this answer on stdin.
    pub fn answer(&self, words: &str, answer: &str) -> Ran {
        let mut child = self.command(words).stdin(Stdio::piped()).spawn().expect("the binary starts");
        let written = child.stdin.take().expect("a pipe").write_all(answer.as_bytes());
        drop(written);
        Ran::of(child.wait_with_output().expect("the binary ends"))
    }

    pub fn start(&self, words: &str) -> Child {
        self.command(words).spawn().expect("the binary starts")
    }

    /// Runs it; it has to end with this code.
    #[track_caller]
    pub fn ends(&self, code: i32, words: &str) -> Ran {
        let ran = self.run(words);
        ran.is(code, words);
        ran
    }

    /// The same without states, into which every command that reads records what it spends.
    pub fn files_but_states(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let is_state = |path: &Path| path.to_string_lossy().contains("state.db");
        self.files().into_iter().filter(|(path, _)| !is_state(path)).collect()
    }

    /// Every file below the folder with its bytes.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        gather(self.folder(), &mut files);
        files
    }
}

impl Ran {
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
        let code = output.status.code().unwrap_or(-1);
        Self { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    #[track_caller]
    pub fn is(&self, code: i32, words: &str) {
        assert_eq!(self.code, code, "pushform {words}\n{}", self.shown());
    }

    /// The code, stdout and stderr as one steady text.
    pub fn shown(&self) -> String {
        let Self { code, stdout, stderr } = self;
        steady(&format!("exit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}"))
    }
}

fn gather(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            gather(&path, files);
        } else {
            files.insert(path.clone(), fs::read(&path).expect("a readable file"));
        }
    }
}
