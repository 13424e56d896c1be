//! Time that grows with the input and not with its square: each work is done on an input and on one four times as
//! long, and the two times are compared. No test names a number of seconds.

use std::time::{Duration, Instant};

use pushform::lsp::diagnose::{self, Files};
use pushform::manifest::compile::compile;
use pushform::manifest::excerpts;
use pushform::manifest::format::format;
use pushform::manifest::source::Source;
use pushform::problem::Problems;
use pushform::render::Mask;
use pushform::render::mask::Sort;
use pushform::wire::Vendor;

use super::checks::manifest::Folder;

/// How much longer the second input is.
const FACTOR: usize = 4;
/// What is still taken for linear: twice the factor. Time by the square would be sixteen times as long.
const RATIO_MAX: u32 = 8;
/// How long each input is worked on at least: a short measurement says little.
const MEASURED_MIN: Duration = Duration::from_millis(40);
/// A machine that is busy makes one measurement long, and hardly all of these.
const TRIES: usize = 5;

/// Does the work on inputs of both sizes, and holds the shortest times against each other.
#[track_caller]
fn grows_with_its_input<T>(what: &str, size: usize, make: impl Fn(usize) -> T, work: impl Fn(&T)) {
    let (short, long) = (make(size), make(size * FACTOR));
    let time = |input: &T| {
        let begin = Stopwatch::start();
        for runs in 1.. {
            work(input);
            let spent = begin.spent();
            if spent >= MEASURED_MIN {
                return spent / runs;
            }
        }
        unreachable!("work takes time")
    };
    let mut best = (time(&short), time(&long));
    for _ in 0..TRIES {
        if best.1 < best.0 * RATIO_MAX {
            return;
        }
        best = (best.0.min(time(&short)), best.1.min(time(&long)));
    }
    panic!("{what}: {:?} for {size}, {:?} for {FACTOR} times as much", best.0, best.1);
}

/// The time that this thread was at work, where the system tells; else the time that passed.
struct Stopwatch {
    begin: Instant,
    at_work: Option<Duration>,
}

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "a test of how work grows has to look at a clock")]
    fn start() -> Self {
        Self { begin: Instant::now(), at_work: at_work() }
    }

    fn spent(&self) -> Duration {
        match (at_work(), self.at_work) {
            (Some(now), Some(then)) if now > then => now - then,
            (_, _) => self.begin.elapsed(),
        }
    }
}

/// How long this thread has been at work, as Linux counts it.
fn at_work() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

#[test]
fn a_mask_of_many_names_takes_no_time_by_the_square() {
    let names = |count: usize| (0..count).map(|at| format!("user{at:08}")).collect::<Vec<_>>();
    grows_with_its_input("a mask", 4_000, names, |names| {
        let mask = Mask::hide();
        for name in names {
            std::hint::black_box(mask.name(Sort::User, name));
        }
    });
}

/// Aliases of two users each, all of them in one line.
fn one_line(count: usize) -> String {
    let aliases: Vec<String> = (0..count).map(|at| format!("a{at}: [u{at}, v{at}]")).collect();
    format!("getui: {{aliases: {{{}}}}}\n", aliases.join(", "))
}

#[test]
fn the_layout_of_one_long_line_takes_no_time_by_the_square() {
    // The longer the rest of the line is, the longer it takes to find its end for each list in it.
    let line = |count: usize| {
        let comment = "x".repeat(count * 1_000);
        Source::new("m.yaml", format!("{} # {comment}\n", one_line(count).trim_end()))
    };
    grows_with_its_input("a layout", 1_500, line, |source| {
        format(source).expect("a line that can be laid out");
    });
    let comments = |count: usize| {
        let list: Vec<String> = (0..count).map(|at| format!("    a{at}: u{at} # {at}\n")).collect();
        Source::new("m.yaml", format!("getui:\n  aliases:\n{}", list.concat()))
    };
    grows_with_its_input("a layout with comments", 5_000, comments, |source| {
        format(source).expect("lines that can be laid out");
    });
}

/// What is wrong with a manifest that names no data files.
fn wrong(text: &str) -> Problems {
    let mut folder = Folder { manifest: text.as_bytes(), data: b"" };
    compile(".".into(), &["m.yaml".to_owned()], &Vendor::ALL, &mut folder).1
}

/// More of every fault than problems are kept, all in one line.
fn faults(count: usize) -> Vec<String> {
    let line = |before: &str, one: &dyn Fn(usize) -> String, after: &str| {
        format!("{before}{}{after}\n", (0..count).map(one).collect::<Vec<_>>().join(", "))
    };
    vec![
        line("{", &|_| "getui: {}".to_owned(), "}"),
        line("getui: {blacklist: [", &|at| format!("&a{at} u{at}"), "]}"),
        line("getui: {blacklist: [", &|at| format!("!t u{at}"), "]}"),
        line("getui: {blacklist: [", &|at| format!("\"u {at}\""), "]}"),
        line("getui: {aliases: {", &|at| format!("~: u{at}"), "}}"),
        line("getui: {aliases: {", &|at| format!("? [{at}] : u{at}"), "}}"),
        line("getui: {aliases: {", &|at| format!("a{at}: {{}}"), "}}"),
        line("getui: {aliases: {", &|at| format!("a: u{at}"), "}}"),
        line("getui: {blacklist: [", &|_| "u".to_owned(), "]}"),
    ]
}

#[test]
fn the_faults_of_one_long_line_take_no_time_by_the_square() {
    for (at, fault) in faults(1).iter().enumerate() {
        let line = |count: usize| faults(count)[at].clone();
        grows_with_its_input(fault, 2_500, line, |text| assert!(!wrong(text).is_empty() || text.len() < 99));
    }
}

/// A project whose one file is open in an editor.
struct Editor<'a>(&'a str);

impl Files for Editor<'_> {
    fn uri(&self, file: &str) -> String {
        file.to_owned()
    }

    fn text(&self, _: &str) -> Option<&str> {
        Some(self.0)
    }
}

#[test]
fn the_diagnostics_of_one_long_line_take_no_time_by_the_square() {
    for at in [3, 7] {
        let line = |count: usize| {
            let text = faults(count)[at].clone();
            (wrong(&text), text)
        };
        grows_with_its_input("diagnostics", 250, line, |(problems, text)| {
            assert!(!diagnose::diagnose(problems, &Editor(text)).is_empty());
        });
    }
}

#[test]
fn the_lines_around_many_lines_take_no_time_by_the_square() {
    let text = |count: usize| (one_line(count), "u\n".repeat(count));
    grows_with_its_input("excerpts", 20_000, text, |(long, short)| {
        excerpts::around(long.as_bytes(), &[1]);
        let lines: Vec<u32> = (1..=u32::try_from(short.len() / 2).expect("few lines")).collect();
        excerpts::around(short.as_bytes(), &lines);
    });
}
