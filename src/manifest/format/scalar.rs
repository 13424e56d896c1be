//! Quotes: none where every reader of YAML 1.1 and 1.2 gives back the same text, else double ones.
//!
//! A number or a boolean that was written without quotes stays so while readers agree on its text (`3`, `0.5`,
//! `true`), and one that was quoted stays quoted: it is no number. It breaks no line.

use std::borrow::Cow;

use super::super::tree::{At, Shape};
use super::super::writer::{is_safe, quoted};

/// Where a scalar is going to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// Alone behind a key or a dash, or as a key.
    Block,
    /// Between brackets.
    Flow,
}

/// The most digits of a number that every reader keeps: a double has fifteen.
const DIGITS_MAX: usize = 15;
/// The most zeros behind the point before somebody writes an exponent instead.
const ZEROS_MAX: usize = 3;

/// A scalar on one line.
pub(super) fn shown(at: At<'_>, context: Context) -> Cow<'_, str> {
    let text = at.text();
    if at.shape() == Shape::Null {
        return if text.is_empty() && context == Context::Flow { "null".into() } else { text.into() };
    }
    let is_plain = match reading(text) {
        Reading::Text => true,
        Reading::Value => at.is_plain(),
        Reading::Differs => false,
    };
    if is_plain && can_be_plain(text, context) { text.into() } else { quoted(text).into() }
}

/// The lines of a scalar of several lines that was written behind `|` or `>`, and the header that reads the same.
pub(super) fn literal(at: At<'_>) -> Option<(&'static str, std::str::Split<'_, char>)> {
    let text = at.text();
    let (header, body) = match text.strip_suffix('\n') {
        Some(body) => ("|", body),
        None => ("|-", text),
    };
    let can_be = at.is_block_scalar()
        && body.contains('\n')
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\n'])
        && body.chars().all(|c| c == '\n' || is_safe(c))
        && !body.split('\n').any(|line| line.ends_with(' '));
    can_be.then(|| (header, body.split('\n')))
}

/// What readers make of a text without quotes.
enum Reading {
    /// All of them that text.
    Text,
    /// All of them one number or boolean, which is written just so.
    Value,
    /// Something else, or not all the same.
    Differs,
}

fn reading(text: &str) -> Reading {
    /// What one version or the other takes for a boolean, nothing, a merge or a default.
    const WORDS: [&str; 14] =
        ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "~", "=", "<<", ".inf", ".nan"];
    if matches!(text, "true" | "false") || is_number(text) {
        return Reading::Value;
    }
    let bare = text.trim_start_matches(['+', '-']);
    if WORDS.iter().any(|word| bare.eq_ignore_ascii_case(word)) || is_like_a_number(bare) {
        return Reading::Differs;
    }
    Reading::Text
}

/// Whether this is a decimal number as every writer would write it.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole_is_fine = are_digits(whole) && (whole == "0" || !whole.starts_with('0'));
    let part_is_fine = part.is_none_or(|part| {
        let zeros = part.len() - part.trim_start_matches('0').len();
        are_digits(part) && !part.ends_with('0') && zeros <= ZEROS_MAX
    });
    whole_is_fine && part_is_fine && digits.len() <= DIGITS_MAX && text != "-0"
}

/// Whether a reader could take this, without its sign, for a number, a time or a date.
fn is_like_a_number(bare: &str) -> bool {
    let is_digit = |c: char| matches!(c, '0'..='9' | '_' | '.' | ':' | ',');
    let all = |text: &str| !text.is_empty() && text.chars().all(is_digit);
    let lower = bare.to_ascii_lowercase();
    let hex = |rest: &str| rest.chars().all(|c| c.is_ascii_hexdigit() || c == '_');
    let has_base = ["0x", "0o", "0b"].iter().any(|base| lower.strip_prefix(base).is_some_and(hex));
    let has_exponent = lower
        .split_once('e')
        .is_some_and(|(mantissa, exponent)| all(mantissa) && all(exponent.trim_start_matches(['+', '-'])));
    let mut year = bare.splitn(2, '-');
    let is_year = |text: &str| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_date = year.next().is_some_and(is_year)
        && year.next().is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    all(bare) || has_base || has_exponent || is_date
}

fn can_be_plain(text: &str, context: Context) -> bool {
    const INDICATORS: &str = ",[]{}#&*!|>'\"%@`";
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return false };
    let second_is_text = chars.next().is_some_and(|c| !c.is_whitespace());
    let begins = match (first, context) {
        ('-', _) | ('?' | ':', Context::Block) => second_is_text,
        ('?' | ':', Context::Flow) => false,
        _ => !INDICATORS.contains(first) && !first.is_whitespace(),
    };
    let is_fine_inside = |c: char| match context {
        Context::Block => true,
        Context::Flow => !matches!(c, ',' | '[' | ']' | '{' | '}' | ':'),
    };
    begins
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.starts_with("---")
        && !text.starts_with("...")
        && text.chars().all(|c| is_safe(c) && (c == ' ' || !c.is_whitespace()) && is_fine_inside(c))
}
