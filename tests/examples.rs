//! Every folder of `examples/`, run by the binary in a copy: validate, plan, apply, and a plan that finds nothing.
//!
//! It checks the path, not the words: how a plan reads is held by snapshots in `tests/cli/`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What an example promises.
struct Example {
    /// The folder below `examples/`.
    folder: &'static str,
    /// What its first plan says, among other things.
    shows: &'static [&'static str],
}

const EXAMPLES: [Example; 2] = [
    Example {
        folder: "quickstart",
        shows: &[
            "getui.alias[\"alice_w\"] will be updated in-place",
            "getui.alias[\"13800138000\"] will be created",
            "getui.blacklist will be created",
            "jpush.property[\"level\"] must be replaced",
            "jpush.property[\"birthday\"] will be created",
            "trial",
        ],
    },
    Example {
        folder: "shop",
        shows: &[
            "getui.alias[\"掌柜_李明\"] will be updated in-place",
            "getui.tag_members[\"双12提醒\"]",
            "jpush.property[\"order_count\"] must be replaced",
            "jpush.property[\"wants_night_push\"] will be created",
        ],
    },
];

/// A copy of an example, and what is run in it.
struct Run {
    folder: tempfile::TempDir,
}

impl Run {
    fn of(example: &Example) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the copy");
        copy(&examples().join(example.folder), folder.path());
        Self { folder }
    }

    /// Runs `pushform` with these words; nothing of this machine's settings reaches it.
    fn pushform(&self, words: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pushform"));
        command.current_dir(self.folder.path()).args(words.split(' ')).env("NO_COLOR", "1");
        for vendor in ["GETUI", "JPUSH"] {
            for key in ["APP_ID", "APP_KEY", "MASTER_SECRET"] {
                command.env_remove(format!("{vendor}_{key}"));
            }
        }
        command.output().expect("the binary starts")
    }

    /// Runs it and gives its standard output, if it ends with this code.
    #[track_caller]
    fn ends_with(&self, code: i32, words: &str) -> String {
        let output = self.pushform(words);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let ended = output.status.code();
        assert_eq!(ended, Some(code), "pushform {words}\n--- stdout\n{stdout}\n--- stderr\n{stderr}");
        stdout
    }

    /// Every file but those that Pushform keeps, with its bytes.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        gather(self.folder.path(), &mut files);
        files
    }
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.retain(|path| !path.ends_with(".pushform"));
    paths.sort();
    paths
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder in the copy");
    for path in entries(from) {
        let target = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a file of the copy");
        }
    }
}

fn gather(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for path in entries(folder) {
        if path.is_dir() {
            gather(&path, files);
        } else {
            files.insert(path.clone(), fs::read(&path).expect("a file of the copy"));
        }
    }
}

#[track_caller]
fn runs(folder: &str) {
    let example = EXAMPLES.iter().find(|example| example.folder == folder).expect("it is listed above");
    let run = Run::of(example);
    let before = run.files();

    run.ends_with(0, "validate");
    let plan = run.ends_with(2, "plan --emulate --detailed-exitcode");
    for words in example.shows {
        assert!(plan.contains(words), "the first plan does not say {words}:\n{plan}");
    }
    let applied = run.ends_with(0, "apply --emulate --auto-approve");
    assert!(applied.contains("Apply complete! Resources: "), "{applied}");
    let again = run.ends_with(0, "plan --emulate --detailed-exitcode");
    assert!(again.contains("No changes. Your infrastructure matches the configuration."), "{again}");
    run.ends_with(0, "drift --emulate");

    assert_eq!(run.files(), before, "nothing but `.pushform` has changed");
}

#[test]
fn the_quickstart_plans_applies_and_then_finds_nothing() {
    runs("quickstart");
}

#[test]
fn the_shop_plans_applies_and_then_finds_nothing() {
    runs("shop");
}

#[test]
fn every_example_is_listed() {
    let folders: Vec<String> = entries(&examples())
        .iter()
        .filter(|path| path.is_dir())
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    let listed: Vec<&str> = EXAMPLES.iter().map(|example| example.folder).collect();
    assert_eq!(folders, listed, "the folders of examples/ (left) and those listed here (right)");
}

#[test]
fn every_example_is_laid_out_canonically() {
    for example in &EXAMPLES {
        let shown = Run::of(example).ends_with(0, "fmt --check");
        assert_eq!(shown, "", "{}", example.folder);
    }
}

#[test]
fn the_shop_is_as_big_as_it_says() {
    let read = |path: &str| {
        let path = examples().join("shop").join(path);
        fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
    };
    // Keys of a block mapping that is four spaces deep.
    let keys = |text: &str| -> Vec<String> {
        let deep = text
            .lines()
            .filter_map(|line| line.strip_prefix("    "))
            .filter(|line| !line.starts_with([' ', '#']));
        deep.filter_map(|line| Some(line.split_once(':')?.0.to_owned())).collect()
    };
    let users = keys(&read("emulator.yaml")).into_iter().filter(|id| id.len() == 32);
    assert_eq!(users.count(), 2_000, "users");
    assert_eq!(keys(&read("manifests/properties.yaml")).len(), 12, "properties");
    let mut tags: BTreeSet<String> = keys(&read("manifests/segments.yaml")).into_iter().collect();
    let staff = read("manifests/data/staff.csv");
    let sets = staff.lines().skip(1).filter_map(|line| line.split_once(','));
    tags.extend(sets.flat_map(|(_, tags)| tags.split(' ')).map(str::to_owned));
    assert_eq!(tags.len(), 40, "tags");
}
