//! A cold start: how long `pushform validate` of the quickstart takes as a process, from its start to its end.
//!
//! `cargo bench --bench start`. Nothing is asserted about time: the goal is printed beside what was measured.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 40;
const GOAL: Duration = Duration::from_millis(30);

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart");
    println!("{:<26} {:>8} {:>8} {:>8}", "", "least", "median", "most");
    show("pushform --version", &measure(&["--version".as_ref()]));
    let validate = measure(&["-C".as_ref(), folder.as_os_str(), "validate".as_ref()]);
    show("validate the quickstart", &validate);
    let word = if validate[RUNS / 2] < GOAL { "held" } else { "MISSED" };
    println!("goal: {GOAL:?}: {word}");
}

/// What each of the runs took, sorted.
fn measure(args: &[&std::ffi::OsStr]) -> Vec<Duration> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pushform"));
    command.args(args);
    let mut times: Vec<Duration> = (0..RUNS).map(|_| time(&mut command)).collect();
    times.sort_unstable();
    times
}

fn time(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let wall = start.elapsed();
    let status = status.expect("the process starts");
    assert!(status.success(), "{command:?} ended with {status}");
    wall
}

fn show(what: &str, times: &[Duration]) {
    let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    println!("{what:<26} {:>8} {:>8} {:>8}", ms(times[0]), ms(times[RUNS / 2]), ms(times[RUNS - 1]));
}
