//! How a file looks: its head, its length, its functions, and what must not be left in it.

use crate::Rule;
use crate::paths::words;
use crate::source::{Finding, Source, item_end};

/// The same line 512 times.
macro_rules! lines {
    ($line:literal) => {
        lines!(@ lines!(@ lines!(@ $line)))
    };
    (@ $line:expr) => {
        concat!($line, $line, $line, $line, $line, $line, $line, $line)
    };
}

/// Past this look for the second idea in a file.
const FILE_LINES_MAX: usize = 400;
/// A file of tests is longer, since its data stands beside it.
const TEST_FILE_LINES_MAX: usize = 600;
/// What fits a screen.
const FUNCTION_LINES_MAX: usize = 70;

// Snippets of several hundred lines.
const LONG: &str = lines!["fn f() {}\n"];
const LONG_TESTS: &str = concat!("#[cfg(test)]\nmod tests {\n", lines!["fn f() {}\n"], "}\n");
const LONG_BEHIND_TESTS: &str = concat!("#[cfg(test)]\nmod tests {\n}\n", lines!["fn f() {}\n"]);
const LONG_FUNCTION: &str = concat!("fn f() {\n", lines!["    g();\n"], "}\n");

/// A file says what it is for.
pub(crate) const HEAD: Rule = Rule {
    find: headless,
    mend: "open the file with `//!`: one sentence of purpose, then what it deliberately does not do",
    bad: &[("src/a.rs", "use std::fmt;\n"), ("src/a.rs", "// A comment.\n"), ("src/a.rs", "//!\n")],
    good: &[
        ("src/a.rs", "//! Says what it is for.\n"),
        ("src/a.rs", "#!/usr/bin/env cargo\n//! So does this.\n"),
    ],
};

/// A file has a length at which one can still know it.
pub(crate) const FILE_LENGTH: Rule = Rule {
    find: too_long,
    mend: "find the second idea in the file and give it a file of its own; tests inside a file do not count",
    bad: &[("src/a.rs", LONG), ("src/a.rs", LONG_BEHIND_TESTS)],
    good: &[("tests/a.rs", LONG), ("src/a.rs", LONG_TESTS)],
};

/// A function has a length at which one sees all of it.
pub(crate) const FUNCTION_LENGTH: Rule = Rule {
    find: long_functions,
    mend: "keep the branching in the function and move the work into leaves with names",
    bad: &[("src/a.rs", LONG_FUNCTION)],
    good: &[
        ("src/a.rs", "trait A {\n    fn f(a: [u8; 3]);\n}\nfn g() {\n    let f: fn(u8) = h;\n}\n"),
        ("src/a.rs", LONG),
    ],
};

// Written apart, so that this file keeps its own rule.
const MARKS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const OPEN_MACROS: [&str; 3] = ["todo", "unimplemented", "dbg"];

/// What is not done is an issue, not a remark.
pub(crate) const LEFT_OPEN: Rule = Rule {
    find: left_open,
    mend: "finish it, or open an issue and say in the code what holds until then",
    bad: &[
        ("src/a.rs", concat!("// TO", "DO: later\n")),
        ("src/a.rs", "fn f() { todo!() }"),
        ("src/a.rs", "fn f() { dbg!(x); }"),
        ("tests/a.rs", "#[ignore]\nfn f() {}"),
    ],
    good: &[("src/a.rs", "// The todo! macro.\nconst A: &str = \"todo!\";"), ("src/a.rs", "fn ignore() {}")],
};

/// A problem is a value; a silenced lint says why.
pub(crate) const SHORTCUTS: Rule = Rule {
    find: shortcuts,
    mend: "give back a `Problem` with a place and a help; where nothing can fail, `expect` says why; a lint is \
           silenced by #[expect(…, reason = \"…\")]",
    bad: &[
        ("src/a.rs", "fn f() { g().unwrap(); }"),
        ("src/a.rs", "#[allow(dead_code)]\nfn f() {}"),
        ("src/a.rs", "#![allow(dead_code)]\n"),
        ("src/a.rs", "fn f() {\n    g()\n        .unwrap()\n}"),
    ],
    good: &[
        ("src/a.rs", "fn f() { g().unwrap_or(1); h().expect(\"a lock that nobody poisons\"); }"),
        ("src/a.rs", "#[cfg(test)]\nmod tests {\n    fn f() { g().unwrap(); }\n}"),
        ("src/a.rs", "#[expect(clippy::too_many_lines, reason = \"a table\")]\nfn f() {}"),
    ],
};

fn headless(source: &Source) -> Vec<Finding> {
    let mut lines = source.text.lines().skip_while(|line| line.starts_with("#!/"));
    let says = lines.next().and_then(|line| line.strip_prefix("//! ")).is_some_and(|text| text.len() > 10);
    if says { Vec::new() } else { vec![source.finding(0, "does not open with `//! ` and a sentence")] }
}

fn too_long(source: &Source) -> Vec<Finding> {
    let is_test = source.is_test(0) && !source.path.starts_with("src/");
    let (lines, max) = if is_test || source.is_in(&["tests/"]) {
        (source.text.lines().count(), TEST_FILE_LINES_MAX)
    } else {
        (source.shipped(&source.text).count(), FILE_LINES_MAX)
    };
    if lines <= max { Vec::new() } else { vec![source.finding(0, format!("{lines} lines, at most {max}"))] }
}

fn long_functions(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut start = 0;
    for (line, text) in source.bare.split_inclusive('\n').enumerate() {
        let words = words(text);
        let names = words.windows(2).filter(|pair| pair[0].text == "fn" && pair[1].text != "(");
        for name in names.map(|pair| pair[1].text) {
            let at = start + text.find("fn ").unwrap_or_default();
            let lines = source.bare[at..=item_end(&source.bare, at)].lines().count();
            if lines > FUNCTION_LINES_MAX {
                let what = format!("`{name}` has {lines} lines, at most {FUNCTION_LINES_MAX}");
                findings.push(source.finding(line, what));
            }
        }
        start += text.len();
    }
    findings
}

fn left_open(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, text) in source.text.lines().enumerate() {
        for mark in MARKS.iter().filter(|mark| text.contains(**mark)) {
            findings.push(source.finding(line, format!("says {mark}")));
        }
    }
    for (line, text) in source.bare.lines().enumerate() {
        let words = words(text);
        let open =
            |pair: &[crate::paths::Word<'_>]| OPEN_MACROS.contains(&pair[0].text) && pair[1].text == "!";
        let ignored = text.trim_start().starts_with("#[ignore");
        if ignored || words.windows(2).any(open) {
            findings.push(source.finding(line, text.trim().to_owned()));
        }
    }
    findings
}

fn shortcuts(source: &Source) -> Vec<Finding> {
    let shortcut = |text: &str| ["#[allow(", "#![allow(", ".unwrap()"].iter().any(|mark| text.contains(mark));
    let lines = source.shipped(&source.bare).filter(|(_, text)| shortcut(text));
    lines.map(|(line, text)| source.finding(line, text.trim().to_owned())).collect()
}
