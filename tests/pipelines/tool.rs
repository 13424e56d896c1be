//! A project folder, and scripts run in it with nothing of this machine's surroundings but its programs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The quickstart in a folder that goes with it, and what a runner would set.
pub struct Pipeline {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

/// How a script ended, what it wrote, and the outputs that it set.
pub struct Ran {
    pub code: i32,
    pub text: String,
    pub outputs: BTreeMap<String, String>,
}

/// A path from the top of the sources.
pub fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A file of the sources.
pub fn text_of(path: &str) -> String {
    fs::read_to_string(source(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// The binary first, then what this machine has.
#[expect(clippy::disallowed_methods, reason = "scripts need the machine's bash and python3")]
fn path() -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_pushform")).parent().expect("the binary is in a folder");
    format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default())
}

impl Pipeline {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        copy(&source("examples/quickstart"), &folder.path().join("project"));
        fs::create_dir(folder.path().join("temp")).expect("a folder for what is temporary");
        let mut pipeline = Self { folder, variables: BTreeMap::new() };
        pipeline.set("PATH", &path());
        pipeline.set("NO_COLOR", "1");
        pipeline
    }

    pub fn path(&self, inner: &str) -> PathBuf {
        self.folder.path().join(inner)
    }

    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    #[track_caller]
    pub fn read(&self, inner: &str) -> String {
        fs::read_to_string(self.path(inner)).unwrap_or_else(|why| panic!("{inner}: {why}"))
    }

    /// Puts another text in place of one that must be there.
    #[track_caller]
    pub fn replace(&self, inner: &str, old: &str, new: &str) {
        let text = self.read(inner);
        assert!(text.contains(old), "`{old}` is not in {inner}:\n{text}");
        fs::write(self.path(inner), text.replace(old, new)).expect("a file that can be written");
    }

    /// Starts a script, to be talked to while it runs.
    pub fn start(&self, script: &str) -> std::process::Child {
        let mut command = Command::new("bash");
        command.arg(script).current_dir(self.folder.path()).env_clear().envs(&self.variables);
        command.env("RUNNER_TEMP", self.path("temp"));
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command.spawn().expect("bash starts")
    }

    /// Runs bash with these arguments.
    pub fn bash(&self, arguments: &[&str]) -> Ran {
        let outputs = self.path("temp/outputs");
        fs::write(&outputs, "").expect("a file that can be written");
        let mut command = Command::new("bash");
        command.args(arguments).current_dir(self.folder.path()).env_clear().envs(&self.variables);
        command.env("GITHUB_OUTPUT", &outputs).env("RUNNER_TEMP", self.path("temp"));
        let ended = command.output().expect("bash starts");
        let text =
            [ended.stdout, ended.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8")).concat();
        let lines = fs::read_to_string(&outputs).expect("a file that can be read");
        let outputs = lines.lines().filter_map(|line| line.split_once('='));
        let outputs = outputs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ran { code: ended.status.code().unwrap_or(-1), text, outputs }
    }
}

impl Ran {
    #[track_caller]
    pub fn is(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}", self.text);
        self
    }

    /// An output that must be set.
    #[track_caller]
    pub fn output(&self, name: &str) -> &str {
        self.outputs
            .get(name)
            .unwrap_or_else(|| panic!("no output {name} in {:?}\n{}", self.outputs, self.text))
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder in the copy");
    for entry in fs::read_dir(from).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        let target = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() && !path.ends_with(".pushform") {
            copy(&path, &target);
        } else if path.is_file() {
            fs::copy(&path, &target).expect("a file of the copy");
        }
    }
}
