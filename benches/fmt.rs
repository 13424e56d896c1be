//! Laying manifests out: what `pushform fmt` takes for a line, in files from ten thousand lines to a hundred thousand.
//!
//! `cargo bench --bench fmt`. The lines are what people write, with comments above, beside and between, and crooked.
//! Every round has as many lines in all, in fewer and longer files, so that nothing but a file's length tells the
//! rounds apart. Seconds are those on a processor, which a busy machine does not make longer; they stand beside their
//! goal, and the growth of the time for a line is asserted.

mod measure;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LINES: [usize; 4] = [10_000, 20_000, 50_000, 100_000];
/// Enough that the system's ticks, in which it tells a process's time, do not round a ratio up or down.
const LINES_IN_A_ROUND: usize = 200_000;
/// The most that a line may take in the longest files, as a multiple of what it takes in the shortest.
const RATIO_MAX: f64 = 1.5;
/// For a file of a hundred thousand lines.
const GOAL: Duration = Duration::from_secs(1);
/// The least of so many rounds counts: what else the machine does can only add.
const ROUNDS: usize = 3;
/// What a customer takes of a manifest: see `customer`.
const LINES_PER_CUSTOMER: usize = 5;

fn main() {
    println!(
        "{:<12} {:>13} {:>6} {:>15} {:>8} {:>6}",
        "", "lines in each", "files", "cpu s of a file", "ns/line", "ratio"
    );
    let mut first = None;
    for lines in LINES {
        let taken = least(lines);
        let base = *first.get_or_insert(taken);
        for (what, cpu, base) in [("fmt", taken.fmt, base.fmt), ("fmt --check", taken.check, base.check)] {
            let ratio = cpu.as_secs_f64() / base.as_secs_f64();
            println!("{}", line(what, lines, cpu, ratio));
            assert!(
                ratio < RATIO_MAX,
                "a line takes {ratio:.2} times as long as in files of {} lines",
                LINES[0]
            );
        }
    }
}

fn line(what: &str, lines: usize, cpu: Duration, ratio: f64) -> String {
    let files = LINES_IN_A_ROUND / lines;
    let (seconds, ns) = (cpu.as_secs_f64() / float(files), cpu.as_secs_f64() * 1e9 / float(LINES_IN_A_ROUND));
    let mut line = format!("{what:<12} {lines:>13} {files:>6} {seconds:>15.2} {ns:>8.0} {ratio:>6.2}");
    if Some(&lines) == LINES.last() {
        let word = if seconds < GOAL.as_secs_f64() { "held" } else { "MISSED" };
        let _ = write!(line, "  {GOAL:?}, ratio {RATIO_MAX}: {word}");
    }
    line
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
const fn float(count: usize) -> f64 {
    count as f64
}

/// Time on a processor for all lines of a round.
#[derive(Clone, Copy)]
struct Taken {
    /// Every file is crooked and written anew.
    fmt: Duration,
    /// The same files then, which are laid out: what a build machine does.
    check: Duration,
}

fn least(lines: usize) -> Taken {
    let rounds: Vec<Taken> = (0..ROUNDS).map(|_| round(lines)).collect();
    let of = |part: fn(&Taken) -> Duration| rounds.iter().map(part).min().expect("at least one round");
    Taken { fmt: of(|taken| taken.fmt), check: of(|taken| taken.check) }
}

fn round(lines: usize) -> Taken {
    let folder = tempfile::tempdir().expect("a folder");
    let files: Vec<PathBuf> =
        (0..LINES_IN_A_ROUND / lines).map(|file| format!("{file}.yaml").into()).collect();
    let crooked = manifest(lines);
    assert_eq!(crooked.lines().count(), lines, "lines of a file");
    files.iter().for_each(|file| fs::write(folder.path().join(file), &crooked).expect("a file"));
    let fmt = measure::run(pushform(folder.path(), &["fmt"]).args(&files)).cpu;
    let straight = fs::read_to_string(folder.path().join(&files[0])).expect("a file");
    assert_ne!(straight, crooked, "nothing was to be laid out");
    let comments = |text: &str| text.matches('#').count();
    assert_eq!(comments(&straight), comments(&crooked), "comments of a file");
    Taken { fmt, check: measure::run(pushform(folder.path(), &["fmt", "--check"]).args(&files)).cpu }
}

fn pushform(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pushform"));
    command.arg("-C").arg(folder).arg("--quiet").args(args);
    command
}

/// Aliases of customers, with remarks, up to so many lines.
fn manifest(lines: usize) -> String {
    const HEAD: &str = "# yaml-language-server: $schema=../schema/manifest.json
# 谁是谁
getui:
  aliases:   # alias -> users
";
    let left = lines - HEAD.lines().count();
    let customers: String = (0..left / LINES_PER_CUSTOMER).map(customer).collect();
    HEAD.to_owned() + &customers + &"      # nobody else\n".repeat(left % LINES_PER_CUSTOMER)
}

fn customer(number: usize) -> String {
    let (work, home) = (number * 2, number * 2 + 1);
    format!(
        "      # the telephones of customer {number}, 客户
      'customer_{number}' : [ {work:032x},   # at work
          \"{home:032x}\"   ]     # at home
      138{number:08}:   [ {work:032x} ]

"
    )
}
