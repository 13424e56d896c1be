//! `${NAME}` and `${NAME:-default}`, and hiding what may be secret from the pieces of source that messages show.

use std::ops::Range;

use crate::problem::{Problem, Problems};

use super::codes;
use super::project::Env;
use super::source::{Source, quoted};
use super::yaml::{self, At};

/// A text with its references replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expanded {
    /// The text.
    pub text: String,
    /// Whether every reference was looked up, or had a default; else a variable's name stands in its place.
    pub is_known: bool,
}

/// Replaces the references of a text. As in a shell, the default stands in for an empty variable too.
///
/// # Errors
/// One problem for each reference that can not be replaced.
pub fn expand(text: &str, env: Env<'_>) -> Result<Expanded, Vec<Problem>> {
    let mut expanded = Expanded { text: String::new(), is_known: true };
    let mut problems = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        expanded.text.push_str(&rest[..at]);
        rest = &rest[at + 2..];
        let Some(end) = rest.find('}') else {
            let problem = Problem::error(codes::REFERENCE, "`${` has no `}`");
            problems.push(problem.help("write ${NAME}, or ${NAME:-default}"));
            rest = "";
            break;
        };
        replace(&rest[..end], env, &mut expanded, &mut problems);
        rest = &rest[end + 1..];
    }
    expanded.text.push_str(rest);
    if problems.is_empty() { Ok(expanded) } else { Err(problems) }
}

fn replace(inner: &str, env: Env<'_>, expanded: &mut Expanded, problems: &mut Vec<Problem>) {
    let (name, default) = match inner.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    if !is_name(name) {
        let problem = Problem::error(codes::REFERENCE, "the name between `${` and `}` is none of a variable");
        problems.push(problem.help("a name has letters, digits and underscores, and begins with no digit"));
        return;
    }
    match env {
        Env::Ignore => {
            expanded.text.push_str(default.unwrap_or(name));
            expanded.is_known &= default.is_some();
        }
        Env::Lookup(look_up) => match (look_up(name), default) {
            (Some(value), None) => expanded.text.push_str(&value),
            (Some(value), Some(_)) if !value.is_empty() => expanded.text.push_str(&value),
            (_, Some(default)) => expanded.text.push_str(default),
            (None, None) => {
                let what = format!("the environment variable {} is not set", quoted(name));
                problems.push(Problem::error(codes::VARIABLE, what).help(format!("set it: export {name}=…")));
            }
        },
    }
}

fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Keys whose values may be secret.
const SECRET_KEYS: [&str; 4] = ["app_key", "master_secret", "state", "base_url"];

/// The same source, with stars for values that may be secret: by the text, which works for a file that is no YAML,
/// and by the tree, which knows values of several lines.
#[must_use]
pub fn with_secrets_hidden(source: &Source) -> Source {
    let mut hidden = source.clone();
    let text = source.text();
    let mut start = 0;
    let mut goes_on = false;
    for line in text.split_inclusive('\n') {
        let value = if goes_on { Some(0) } else { value_of_secret(line) };
        if let Some(at) = value {
            goes_on = !goes_on && matches!(line[at..].trim(), "" | "|" | ">" | "|-" | ">-" | "|+" | ">+");
            hide(&mut hidden, text, start + at..start + line.trim_end().len());
        }
        start += line.len();
    }
    let tree = yaml::parse(source, &mut Problems::new());
    for root in tree.documents() {
        hide_values(root, 0, &mut hidden);
    }
    hidden
}

fn value_of_secret(line: &str) -> Option<usize> {
    let at = SECRET_KEYS.iter().filter_map(|key| line.find(key).map(|at| at + key.len())).min()?;
    line[at..].find(':').map(|colon| at + colon + 1)
}

fn hide_values(at: At<'_>, depth: usize, hidden: &mut Source) {
    const DEPTH_MAX: usize = 3;
    for (key, value) in at.entries() {
        if SECRET_KEYS.contains(&key.text()) {
            let text = hidden.text().to_owned();
            hide(hidden, &text, value.range());
        } else if depth < DEPTH_MAX {
            hide_values(value, depth + 1, hidden);
        }
    }
}

/// Hides a value, but for names of variables, and for an address in which nobody can have put a password.
fn hide(hidden: &mut Source, text: &str, range: Range<usize>) {
    let range = range.start..range.end.max(range.start);
    let Some(value) = text.get(range.clone()) else { return };
    let is_harmless = value.trim_start().starts_with("sqlite:") || value.trim_start().starts_with("http");
    if is_harmless && !value.contains('@') && !value.contains("app_key") && !value.contains("secret") {
        return;
    }
    let mut at = 0;
    while at < value.len() {
        let rest = &value[at..];
        let reference = rest.strip_prefix("${").and_then(|rest| rest.find('}').map(|end| &rest[..end]));
        if let Some(name) = reference.filter(|name| is_name(name)) {
            at += name.len() + 3;
            continue;
        }
        let c = rest.chars().next().unwrap_or(' ');
        if !c.is_whitespace() && !"{}[],'\"".contains(c) {
            hidden.hide(range.start + at..range.start + at + c.len_utf8());
        }
        at += c.len_utf8();
    }
}
