//! `${NAME}` and `${NAME:-default}`, and hiding what may be secret from the pieces of source that messages show.

use crate::problem::Problem;

use super::codes;
use super::project::Env;
use super::source::{Source, quoted};

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
        Env::Ignore | Env::StateOnly(_) => {
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

/// Keys whose values are never secret. A misspelled `master_secret` is none of them, and its value stays hidden.
const SHOWN_KEYS: [&str; 15] = [
    "app_id",
    "time_zone",
    "requests",
    "tag_batch",
    "tag_overwrite_per_user",
    "device_token",
    "reserve",
    "manifests",
    "policy",
    "max_deletes",
    "percent",
    "at_least",
    "refresh_budget",
    "limits",
    "type",
];

/// The same source, with stars for every value that may be secret. It goes by the text alone, so that it works for a
/// file that is no YAML too: a value is what stands behind a key, until the next key.
#[must_use]
pub fn with_secrets_hidden(source: &Source) -> Source {
    let mut hidden = source.clone();
    let mut key = "";
    let mut start = 0;
    for line in source.text().split_inclusive('\n') {
        let mut is_key_place = true;
        for (at, token) in tokens(line) {
            if matches!(token, "{" | ",") {
                is_key_place = true;
            } else if token == "-" || "}[]".contains(token) {
                // Neither a key nor a value.
            } else if let Some(name) = token.strip_suffix(':').filter(|name| is_key_place && is_key(name)) {
                key = name.trim_matches(['"', '\'']);
                is_key_place = false;
            } else {
                is_key_place = false;
                if !may_be_shown(key, token) {
                    hidden.hide(start + at..start + at + token.len());
                }
            }
        }
        start += line.len();
    }
    hidden
}

/// The pieces between white space, brackets and commas, and these; a reference `${NAME}` is one piece.
fn tokens(line: &str) -> Vec<(usize, &str)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = line[at..].chars().next() {
        let len =
            if c.is_whitespace() || "{}[],".contains(c) { c.len_utf8() } else { token_len(&line[at..]) };
        if !c.is_whitespace() {
            tokens.push((at, &line[at..at + len]));
        }
        at += len;
    }
    tokens
}

fn token_len(rest: &str) -> usize {
    let mut len = 0;
    while let Some(c) = rest[len..].chars().next() {
        if rest[len..].starts_with("${") {
            len += rest[len..].find(['}', '\n']).map_or(rest.len() - len, |end| end + 1);
        } else if c.is_whitespace() || "{}[],".contains(c) {
            break;
        } else {
            len += c.len_utf8();
        }
    }
    len
}

fn is_key(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'"' | b'\''))
}

fn may_be_shown(key: &str, token: &str) -> bool {
    let token = token.trim_matches(['"', '\'']);
    let name = token.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    SHOWN_KEYS.contains(&key)
        || name.is_some_and(is_name)
        || (key == "state" && token.starts_with("sqlite:"))
        || (key == "base_url" && token.starts_with("http") && !token.contains('@'))
}
