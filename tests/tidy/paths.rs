//! The paths that code names: `use` trees written out, and `a::b::c` where it stands.

use crate::source::Source;

/// One path, as its parts, with the line it stands on, from 0.
pub(crate) struct CodePath {
    /// `["std", "fs", "read"]`; a glob has `*` as its last part.
    pub parts: Vec<String>,
    /// From 0.
    pub line: usize,
}

impl CodePath {
    /// `std::fs::read`
    pub(crate) fn text(&self) -> String {
        self.parts.join("::")
    }

    /// Whether it starts with these parts.
    pub(crate) fn is_in(&self, head: &str) -> bool {
        let mut parts = self.parts.iter();
        head.split("::").all(|part| parts.next().is_some_and(|mine| mine == part))
    }
}

/// The paths of a file's code, tests left out.
pub(crate) fn paths(source: &Source) -> Vec<CodePath> {
    let words: Vec<Word<'_>> =
        words(&source.bare).into_iter().filter(|word| !source.is_test(word.line)).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if words[at].text == "use" && words.get(at + 1).is_some_and(|next| next.text != "<") {
            at = tree(&words, at + 1, &[], &mut found);
        } else if is_name(words[at].text) {
            at = inline(&words, at, &mut found);
        } else {
            at += 1;
        }
    }
    let local = locals(&words, &found);
    found.retain(|path| path.parts.len() > 1 && !local.contains(&path.parts[0]));
    for path in &mut found {
        resolve(&source.path, path);
    }
    found
}

/// Modules that this file declares or brings in from its own crate: a path that starts with one is no crate's.
fn locals(words: &[Word<'_>], found: &[CodePath]) -> Vec<String> {
    let declared = words.windows(2).filter(|pair| pair[0].text == "mod").map(|pair| pair[1].text.to_owned());
    let own = |path: &&CodePath| matches!(path.parts[0].as_str(), "crate" | "super" | "self");
    let brought = found.iter().filter(own).filter_map(|path| path.parts.last().cloned());
    declared
        .chain(brought)
        .filter(|name| !matches!(name.as_str(), "crate" | "super" | "self" | "*"))
        .collect()
}

/// Turns `super::super::x` of a file that lies two folders deep into `crate::x`.
fn resolve(file: &str, path: &mut CodePath) {
    let supers = path.parts.iter().take_while(|part| *part == "super").count();
    if supers > 0 && supers == depth(file) {
        path.parts.splice(..supers, ["crate".to_owned()]);
    }
}

/// How many modules deep a file lies: `src/kind.rs` and `src/plan/mod.rs` one, `src/plan/diff.rs` two.
fn depth(file: &str) -> usize {
    let inside = file.strip_prefix("src/").unwrap_or(file);
    let folders = inside.matches('/').count();
    if inside.ends_with("/mod.rs") { folders } else { folders + 1 }
}

/// Reads one tree of a `use` behind `head`; gives the place behind it.
fn tree(words: &[Word<'_>], mut at: usize, head: &[String], found: &mut Vec<CodePath>) -> usize {
    let mut parts = head.to_vec();
    while let Some(word) = words.get(at) {
        match word.text {
            "{" => {
                at += 1;
                while words.get(at).is_some_and(|word| word.text != "}") {
                    at = tree(words, at, &parts, found);
                    at += usize::from(words.get(at).is_some_and(|word| word.text == ","));
                }
                return at + 1;
            }
            "::" => at += 1,
            "as" => at += 2,
            text if is_name(text) || text == "*" => {
                if text != "self" || parts.is_empty() {
                    parts.push(text.to_owned());
                }
                at += 1;
                if words.get(at).is_none_or(|next| next.text != "::") {
                    found.push(CodePath { parts: parts.clone(), line: word.line });
                }
            }
            _ => return at,
        }
    }
    at
}

/// Reads `a::b::c` where it stands; gives the place behind it.
fn inline(words: &[Word<'_>], mut at: usize, found: &mut Vec<CodePath>) -> usize {
    let line = words[at].line;
    let mut parts = vec![words[at].text.to_owned()];
    at += 1;
    while words.get(at).is_some_and(|word| word.text == "::")
        && let Some(next) = words.get(at + 1).filter(|word| is_name(word.text))
    {
        parts.push(next.text.to_owned());
        at += 2;
    }
    found.push(CodePath { parts, line });
    at
}

/// A name or a sign, with its line.
pub(crate) struct Word<'a> {
    /// As it stands, without `r#`.
    pub text: &'a str,
    /// From 0.
    pub line: usize,
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Names, `::`, and every other sign by itself.
pub(crate) fn words(bare: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    for (line, text) in bare.lines().enumerate() {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let in_name = |c: char| c.is_alphanumeric() || c == '_';
            let len = if rest.starts_with("::") {
                2
            } else if in_name(first) {
                rest.find(|c| !in_name(c)).unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            found.push(Word { text: &rest[..len], line });
            rest = rest[len..].trim_start();
        }
    }
    found
}
