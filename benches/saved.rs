//! A plan of new users only, saved, shown and begun to be applied: time, memory, and the size of the file.
//!
//! `cargo bench --bench saved`, or `… -- 10000` for a part of it. Every user is new and has an alias and three of
//! 500 tags, so four rows. Each command is a process of its own. An apply goes to emulated vendors inside the process
//! and has a second for its calls, so that it holds the emulated world besides. Goals are printed beside what was
//! measured, and only counts are asserted.

#[expect(dead_code, reason = "an apply ends with another code than 0")]
mod measure;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use measure::Taken;

const USERS: [usize; 3] = [10_000, 100_000, 1_000_000];
const TAGS: usize = 500;
const TAGS_PER_USER: usize = 3;
const ROWS_PER_USER: usize = 1 + TAGS_PER_USER;
/// For the most users: seconds and megabytes of each command, and megabytes of the file.
const GOAL: (f64, f64, f64) = (10.0, 1_000.0, 60.0);

const PROJECT: &str = "getui:
  app_id: bench-app
  app_key: \"${GETUI_APP_KEY}\"
  master_secret: \"${GETUI_MASTER_SECRET}\"
manifests: [manifests]
";

const MANIFEST: &str = "getui:
  aliases: {from: data/aliases.csv}
  tag_sets: {from: data/tag_sets.csv}
";

/// What each command is called, its words, and what it ends with.
const COMMANDS: [(&str, &str, i32); 4] = [
    ("plan -o", "plan --emulate --refresh none -o saved.plan", 0),
    ("show", "show saved.plan", 0),
    ("show --json", "show --json saved.plan", 0),
    ("apply", "apply --emulate --until 1s saved.plan", 3),
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    println!(
        "{:<12} {:>9} {:>8} {:>8} {:>8} {:>10}  goal",
        "command", "users", "seconds", "peak MB", "file MB", "bytes/row"
    );
    for users in USERS.into_iter().filter(|users| wanted.is_empty() || wanted.contains(&users.to_string())) {
        let folder = tempfile::tempdir().expect("a folder");
        declare(folder.path(), users).expect("the manifests can be written");
        for (name, words, code) in COMMANDS {
            let taken = measure::run_to(&mut command(folder.path(), words), code);
            let file = fs::metadata(folder.path().join("saved.plan")).expect("a saved plan").len();
            println!("{}", line(name, users, &taken, file));
        }
    }
}

fn command(folder: &Path, words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pushform"));
    command.arg("-C").arg(folder).arg("--quiet").args(words.split(' '));
    command.env("GETUI_APP_KEY", "bench").env("GETUI_MASTER_SECRET", "bench");
    command
}

fn line(name: &str, users: usize, taken: &Taken, file: u64) -> String {
    let (seconds, peak, size) = (taken.wall.as_secs_f64(), float(taken.peak_bytes) / 1e6, float(file) / 1e6);
    let by_row = float(file) / float((users * ROWS_PER_USER) as u64);
    let mut line = format!("{name:<12} {users:>9} {seconds:>8.2} {peak:>8.0} {size:>8.1} {by_row:>10.1}");
    if Some(&users) == USERS.last() {
        let (goal_s, goal_mb, goal_file) = GOAL;
        let is_held = seconds < goal_s && peak < goal_mb && size < goal_file;
        let word = if is_held { "held" } else { "MISSED" };
        let _ = write!(line, "  {goal_s} s, {goal_mb} MB, a file of {goal_file} MB: {word}");
    }
    line
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
const fn float(count: u64) -> f64 {
    count as f64
}

fn declare(folder: &Path, users: usize) -> std::io::Result<()> {
    fs::create_dir_all(folder.join("manifests/data"))?;
    fs::write(folder.join("pushform.yaml"), PROJECT)?;
    fs::write(folder.join("manifests/audience.yaml"), MANIFEST)?;
    let mut random = fastrand::Rng::with_seed(7);
    let (mut aliases, mut sets) = ("alias,cid\n".to_owned(), "cid,tags\n".to_owned());
    for user in 0..users {
        let id = random.u128(..);
        let tags: Vec<String> =
            (0..TAGS_PER_USER).map(|tag| format!("tag-{}", (user * 7 + tag * 13) % TAGS)).collect();
        let written = writeln!(aliases, "138{user:08},{id:032x}")
            .and_then(|()| writeln!(sets, "{id:032x},{}", tags.join(" ")));
        written.expect("a string takes everything");
    }
    fs::write(folder.join("manifests/data/aliases.csv"), aliases)?;
    fs::write(folder.join("manifests/data/tag_sets.csv"), sets)
}
