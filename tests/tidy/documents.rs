//! The documents: how they are written, where their links lead, and what ARCHITECTURE.md promises.

use std::path::Path;

use crate::Rule;
use crate::paths::words;
use crate::source::{Finding, Source};

/// A sentence a line, so that a change of one sentence is a change of one line.
pub(crate) const ONE_SENTENCE: Rule = Rule {
    find: sentences,
    mend: "write one sentence a line: a reader sees no difference, a reviewer sees what changed",
    bad: &[
        ("A.md", "One sentence. Another one.\n"),
        ("A.md", "- An item. It goes on.\n"),
        ("A.md", "**Bold.** Text.\n"),
        ("A.md", "Ends with `code`. Then more.\n"),
        ("A.md", "Is it? It is.\n"),
    ],
    good: &[
        ("A.md", "One sentence.\nAnother one.\n"),
        ("A.md", "1. An item of a list.\n2. Another.\n"),
        ("A.md", "```\nA line. Another.\n```\n"),
        ("A.md", "| A cell. Another. | b |\n"),
        ("A.md", "Version 0.1.0 and `a. B` and e.g. This.\n"),
    ],
};

/// What a document points at is there.
pub(crate) const LINKS: Rule = Rule {
    find: dead_links,
    mend: "the link leads to a file that is not there: mend the link",
    bad: &[("A.md", "See [it](no/such/file.md).\n"), ("examples/A.md", "See [it](ARCHITECTURE.md).\n")],
    good: &[
        ("A.md", "See [it](Cargo.toml), [there](https://example.org), [here](#top).\n"),
        ("tests/A.md", "See [it](../Cargo.toml#L1).\n"),
        ("A.md", "```\n[it](no/such/file.md)\n```\n"),
    ],
};

/// Shortened words whose full stop ends no sentence.
const SHORTENED: [&str; 5] = ["e.g", "i.e", "etc", "vs", "cf"];

/// The lines of prose, outside code blocks and tables, with their numbers from 0.
fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut in_code = false;
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        if !fence && !in_code && !line.trim_start().starts_with('|') {
            lines.push((number, line));
        }
    }
    lines
}

fn sentences(source: &Source) -> Vec<Finding> {
    let more = prose(&source.text).into_iter().filter(|(_, line)| holds_two(&without_code(line)));
    more.map(|(line, text)| source.finding(line, text.trim().to_owned())).collect()
}

/// The line with the insides of `code` replaced.
fn without_code(line: &str) -> String {
    let parts = line.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 0 { part } else { "code" }).collect()
}

/// Whether a sentence ends within the line and another begins.
fn holds_two(line: &str) -> bool {
    let text = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
    let text = text.strip_prefix(". ").unwrap_or(text);
    text.match_indices(['.', '?', '!']).any(|(at, _)| {
        let before = text[..at].rsplit([' ', '(']).next().unwrap_or_default();
        let behind = text[at + 1..].trim_start_matches(['*', '_', ')', '"', '”']);
        let begins =
            behind.strip_prefix(' ').and_then(|next| next.trim_start_matches(['*', '[']).chars().next());
        begins.is_some_and(char::is_uppercase) && !before.is_empty() && !SHORTENED.contains(&before)
    })
}

fn dead_links(source: &Source) -> Vec<Finding> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(&source.path);
    let folder = folder.parent().unwrap_or(Path::new(""));
    let mut findings = Vec::new();
    for (line, text) in prose(&source.text) {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            let elsewhere = file.is_empty() || file.contains("://") || file.starts_with("mailto:");
            if !elsewhere && !folder.join(file).exists() {
                findings.push(source.finding(line, format!("`{target}` leads nowhere")));
            }
        }
    }
    findings
}

/// Whether a text names a module as a file or a folder of the layout.
pub(crate) fn names_module(text: &str, module: &str) -> bool {
    let mut words = text.split(|c: char| c.is_whitespace() || matches!(c, '`' | '(' | ')' | ','));
    words.any(|word| word == format!("{module}.rs") || word == format!("{module}/"))
}

/// The names of all functions that are tests, of these files.
pub(crate) fn test_names(files: &[Source]) -> Vec<String> {
    let mut names = Vec::new();
    for file in files {
        let words = words(&file.bare);
        let functions = words.windows(2).filter(|pair| pair[0].text == "fn" && file.is_test(pair[0].line));
        names.extend(functions.map(|pair| pair[1].text.to_owned()));
    }
    names
}

/// How many items stand under this heading of the second rank, and those that name no test or one that does not exist.
pub(crate) fn held(text: &str, heading: &str, tests: &[String]) -> (usize, Vec<String>) {
    let section = text.split("\n## ").map(|part| part.trim_start_matches("## "));
    let section = section.into_iter().find(|part| part.starts_with(heading)).unwrap_or_default();
    let items: Vec<&str> = section.split("\n- ").skip(1).collect();
    let wrong = items.iter().filter_map(|item| what_is_wrong(item, tests));
    (items.len(), wrong.collect())
}

fn what_is_wrong(item: &str, tests: &[String]) -> Option<String> {
    let first = item.lines().next().unwrap_or_default();
    let Some((_, held_by)) = item.split_once("held by") else { return Some(format!("no test: {first}")) };
    let named: Vec<&str> = held_by.split('`').skip(1).step_by(2).collect();
    let missing: Vec<&&str> = named.iter().filter(|name| !tests.iter().any(|test| test == *name)).collect();
    if named.is_empty() || !missing.is_empty() {
        return Some(format!("no such test {missing:?}: {first}"));
    }
    None
}
