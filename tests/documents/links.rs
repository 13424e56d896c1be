//! Links between documents: the file is there, and so is the heading.

use std::path::{Component, Path, PathBuf};

use super::{at, documents, text_of};

/// The lines outside code blocks, with their numbers from 1.
fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut in_code = false;
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        if !fence && !in_code {
            lines.push((number + 1, line));
        }
    }
    lines
}

/// Where the links and pictures of a text lead, with the numbers of their lines.
pub fn targets(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        // What stands in code is no link.
        let line: String = line.split('`').step_by(2).collect();
        let targets = line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()));
        found.extend(targets.map(|target| (number, target)));
    }
    found
}

/// The anchors of a text's headings, as code hosts and the book make them.
pub fn headings(text: &str) -> Vec<String> {
    let heads = prose(text).into_iter().filter(|(_, line)| line.starts_with('#'));
    let anchor = |line: &str| {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    heads.map(|(_, line)| anchor(line)).collect()
}

/// The path without `..`.
pub fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            out.pop();
        } else {
            out.push(part);
        }
    }
    out
}

/// What is wrong with a link in a document.
fn fault(document: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let folder = Path::new(document).parent().unwrap_or(Path::new(""));
    let path = if file.is_empty() { PathBuf::from(document) } else { normal(&folder.join(file)) };
    let path = path.to_string_lossy().into_owned();
    if !at(&path).exists() {
        return Some(format!("{path} is not there"));
    }
    let known = anchor.is_empty() || headings(&text_of(&path)).iter().any(|heading| heading == anchor);
    (!known).then(|| format!("{path} has no heading #{anchor}"))
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_that_are_there() {
    let mut links = 0;
    for document in documents() {
        for (line, target) in targets(&text_of(&document)) {
            links += 1;
            assert_eq!(fault(&document, &target), None, "{document}:{line}: `{target}`");
        }
    }
    assert!(links > 40, "only {links} links were found");
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    assert!(fault("docs/ci.md", "no-such-page.md").is_some());
    assert!(fault("docs/ci.md", "commands.md#no-such-heading").is_some());
    assert!(fault("docs/zh-CN/ci.md", "commands.md").is_some());
    assert_eq!(fault("docs/zh-CN/ci.md", "../commands.md#exit-codes"), None);
    assert_eq!(headings("# A `b`, c\n```\n# no\n```\n## 中文 页\n"), ["a-b-c", "中文-页"]);
    assert_eq!(targets("[a](b) `[c](d)` ![e](f)"), [(1, "b".to_owned()), (1, "f".to_owned())]);
}
