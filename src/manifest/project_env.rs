//! `${NAME}` and `${NAME:-default}`.

use crate::problem::Problem;

use super::codes;
use super::project::Env;
use super::source::quoted;

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
/// One problem for each reference that cannot be replaced.
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
                let what = format!("the environment variable {} is not set or is empty", quoted(name));
                problems.push(Problem::error(codes::VARIABLE, what).help(format!("set it: export {name}=…")));
            }
        },
    }
}

/// Whether this is the name of a variable.
pub(super) fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
