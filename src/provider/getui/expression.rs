//! The small language in which people ask how many users there are.
//!
//! ```text
//! expression = condition { "&" condition }              all of them hold
//! condition  = key "=" value { "," value }              one of the values, or more
//!            | key "=" value { "+" value }              all of the values
//!            | "!" key "=" value { "," value }          none of the values
//! key        = "tag" | "phone" | "region"
//! value      = text without white space , + & = ! | ( ) "   or   "text", with \" and \\ in it
//! ```
//!
//! `tag=vip,gold & !tag=test & phone=android & region=11000000` are the users with Android in Beijing who carry
//! `vip` or `gold` or both, and not `test`. What a condition means is `count.rs`'s; so there is no "or" between
//! different keys, no "not both", and no brackets.

use crate::kind::limits::TAG_CHARS_MAX;
use crate::problem::{Place, Problem, Problems, Result, Snippet};

use super::count::{Condition, Join, Key};

/// The longest expression that is read: far more than a person types.
pub const EXPRESSION_BYTES_MAX: usize = 8 * 1024;

/// Reads an expression.
///
/// # Errors
/// Everything that is wrong with it, each with its column.
pub fn parse(expression: &str) -> Result<Vec<Condition>> {
    if expression.len() > EXPRESSION_BYTES_MAX {
        let summary = format!("the expression is longer than {EXPRESSION_BYTES_MAX} bytes");
        return Err(Problem::error("count::too_long", summary).help("ask for less at once").into());
    }
    let mut problems = Problems::new();
    let mut conditions = Vec::new();
    for part in (Piece { text: expression, start: 0 }).split('&') {
        match condition(part.trim()) {
            Ok(condition) => add(&mut conditions, condition),
            Err(wrong) => problems.push(wrong.problem(expression)),
        }
    }
    for condition in &mut conditions {
        if condition.join == Join::And && condition.values.len() == 1 {
            condition.join = Join::Or; // as in the document's own examples
        }
    }
    if problems.is_empty() { Ok(conditions) } else { Err(problems) }
}

/// Adds a condition, to the one that says the like of the same key where there is one.
fn add(conditions: &mut Vec<Condition>, new: Condition) {
    let like = |old: &&mut Condition| old.key == new.key && old.join == new.join && new.join != Join::Or;
    let Some(old) = conditions.iter_mut().find(like) else {
        conditions.push(new);
        return;
    };
    for value in new.values {
        if !old.values.contains(&value) {
            old.values.push(value);
        }
    }
}

/// A part of the expression.
#[derive(Clone, Copy)]
struct Piece<'a> {
    text: &'a str,
    /// Where it starts in the expression, in bytes.
    start: usize,
}

impl<'a> Piece<'a> {
    fn sub(self, from: usize, to: usize) -> Self {
        Self { text: &self.text[from..to], start: self.start + from }
    }

    fn trim(self) -> Self {
        let from = self.text.len() - self.text.trim_start().len();
        self.sub(from, from + self.text.trim().len())
    }

    /// The pieces between separators that stand outside quotes.
    fn split(self, separator: char) -> Vec<Self> {
        let mut pieces = Vec::new();
        let (mut from, mut is_quoted, mut is_escaped) = (0, false, false);
        for (at, c) in self.text.char_indices() {
            match c {
                _ if is_escaped => is_escaped = false,
                '\\' if is_quoted => is_escaped = true,
                '"' => is_quoted = !is_quoted,
                _ if c == separator && !is_quoted => {
                    pieces.push(self.sub(from, at));
                    from = at + c.len_utf8();
                }
                _ => {}
            }
        }
        pieces.push(self.sub(from, self.text.len()));
        pieces
    }

    fn wrong(self, code: &'static str, summary: impl Into<String>, help: &'static str) -> Wrong<'a> {
        Wrong { piece: self, code, summary: summary.into(), help }
    }
}

/// What is wrong with a piece.
struct Wrong<'a> {
    piece: Piece<'a>,
    code: &'static str,
    summary: String,
    help: &'static str,
}

impl Wrong<'_> {
    fn problem(self, expression: &str) -> Problem {
        let Piece { text, start } = self.piece;
        let column =
            |bytes: usize| u32::try_from(expression[..bytes].chars().count() + 1).unwrap_or(u32::MAX);
        let place = Place {
            file: "expression".into(),
            line: 1,
            column: column(start),
            end_line: 1,
            end_column: column(start + text.len()),
            snippet: Some(Snippet { first_line: 1, text: expression.to_owned(), start, len: text.len() }),
        };
        Problem::error(self.code, self.summary).at(place, "").help(self.help)
    }
}

type Parsed<'a, T> = std::result::Result<T, Wrong<'a>>;

fn condition(piece: Piece<'_>) -> Parsed<'_, Condition> {
    const SHAPE: &str = "a condition looks like tag=vip, and `&` stands between two of them";
    if piece.text.is_empty() {
        return Err(piece.wrong("count::no_condition", "a condition is missing here", SHAPE));
    }
    let (is_not, positive) = match piece.text.strip_prefix('!') {
        Some(_) => (true, piece.sub(1, piece.text.len())),
        None => (false, piece),
    };
    let Some(equals) = positive.text.find('=') else {
        return Err(piece.wrong("count::no_condition", format!("`{}` is no condition", piece.text), SHAPE));
    };
    let key = key(positive.sub(0, equals).trim())?;
    let rest = positive.sub(equals + 1, positive.text.len());
    let (join, pieces) = values(rest)?;
    if is_not && join == Join::And && pieces.len() > 1 {
        let help =
            "`!tag=a,b` asks for users who have neither; users who do not have both cannot be asked for";
        return Err(rest.trim().wrong("count::not_all", "`!` cannot be joined with `+`", help));
    }
    let mut found: Vec<String> = Vec::new();
    for piece in pieces {
        let text = value(key, piece.trim())?;
        if !found.contains(&text) {
            found.push(text);
        }
    }
    Ok(Condition { key, values: found, join: if is_not { Join::Not } else { join } })
}

fn key(piece: Piece<'_>) -> Parsed<'_, Key> {
    match piece.text {
        "tag" | "custom_tag" => Ok(Key::Tag),
        "phone" | "phone_type" => Ok(Key::Phone),
        "region" => Ok(Key::Region),
        text if text.ends_with('!') => {
            Err(piece.wrong("count::unknown_key", "`!` stands in front of the key", "write !tag=vip"))
        }
        text => Err(piece.wrong(
            "count::unknown_key",
            format!("`{text}` is no key"),
            "keys are tag, phone and region",
        )),
    }
}

/// The values, and how they are joined; a single one must be there, like all of several.
fn values(piece: Piece<'_>) -> Parsed<'_, (Join, Vec<Piece<'_>>)> {
    let (any, all) = (piece.split(','), piece.split('+'));
    match (any.len(), all.len()) {
        (_, 1) if any.len() > 1 => Ok((Join::Or, any)),
        (1, _) => Ok((Join::And, all)),
        _ => {
            let help = "write two conditions: `tag=a,b & tag=c`; or put the value into double quotes";
            Err(piece.trim().wrong("count::mixed", "`,` (any) and `+` (all) stand in one condition", help))
        }
    }
}

fn value(key: Key, piece: Piece<'_>) -> Parsed<'_, String> {
    let text = if piece.text.starts_with('"') { unquote(piece)? } else { bare(piece)? };
    let wrong = match key {
        _ if text.is_empty() => {
            Some(("a value is missing here", "write one behind `=`, and between two commas"))
        }
        Key::Tag if text.chars().any(char::is_whitespace) => Some((
            "a tag holds no white space",
            "part several tags by `,` (any of them) or `+` (all of them)",
        )),
        Key::Tag if text.chars().count() > TAG_CHARS_MAX => {
            Some(("a tag is at most 32 characters long", "no user can carry this one"))
        }
        Key::Phone if !matches!(text.as_str(), "android" | "ios") => {
            Some(("this is no system", "write phone=android or phone=ios"))
        }
        Key::Region if !text.bytes().all(|b| b.is_ascii_digit()) => Some((
            "this is no region's number",
            "take it from the vendor's file region_code.data: region=11000000",
        )),
        Key::Tag | Key::Phone | Key::Region => None,
    };
    match wrong {
        Some((summary, help)) => Err(piece.wrong("count::bad_value", summary, help)),
        None => Ok(text),
    }
}

fn bare(piece: Piece<'_>) -> Parsed<'_, String> {
    let odd = |c: char| c.is_whitespace() || "=!|()\"".contains(c);
    let Some((at, c)) = piece.text.char_indices().find(|(_, c)| odd(*c)) else {
        return Ok(piece.text.to_owned());
    };
    let help = match c {
        '|' => "any of several values is tag=a,b; there is no `or` between different keys",
        '(' | ')' => "there are no brackets: all conditions must hold",
        _ => "put a value that holds such characters into double quotes",
    };
    let here = piece.sub(at, at + c.len_utf8());
    Err(here.wrong("count::bad_value", format!("`{c}` cannot stand in a value"), help))
}

fn unquote(piece: Piece<'_>) -> Parsed<'_, String> {
    let mut text = String::new();
    let mut chars = piece.text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' if at + 1 == piece.text.len() => return Ok(text),
            '"' => {
                let rest = piece.sub(at + 1, piece.text.len()).trim();
                let help = "`,`, `+` or `&` stands between two values or conditions";
                return Err(rest.wrong("count::bad_value", "something follows the closing quote", help));
            }
            '\\' => text.extend(chars.next().map(|(_, c)| c)),
            _ => text.push(c),
        }
    }
    Err(piece.wrong(
        "count::open_quote",
        "the quote is not closed",
        r#"write `\"` for a quote inside quotes"#,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is sent, or each problem with its column.
    fn check(expression: &str) -> String {
        match parse(expression) {
            Ok(conditions) => {
                let text = serde_json::to_string(&conditions).expect("JSON");
                text.replace(['"', '{', '}'], "")
                    .replace("key:", "")
                    .replace("values:", "")
                    .replace("opt_type:", "")
            }
            Err(problems) => {
                let lines = problems.list().iter().map(|problem| {
                    let place = &problem.labels[0].place;
                    let end = place.end_column;
                    format!(
                        "{}-{end} {} ({})",
                        place.column,
                        problem.summary,
                        problem.help.as_deref().unwrap_or("-")
                    )
                });
                lines.collect::<Vec<_>>().join("\n")
            }
        }
    }

    #[test]
    fn an_expression_becomes_the_documents_conditions() {
        for (expression, expected) in [
            ("tag=vip", "[custom_tag,[vip],or]"),
            (
                "tag=vip,gold & !tag=test & phone=android & region=11000000",
                "[custom_tag,[vip,gold],or,custom_tag,[test],not,phone_type,[android],or,region,[11000000],or]",
            ),
            ("tag=a+b", "[custom_tag,[a,b],and]"),
            ("tag=a & tag=b+c&tag = a", "[custom_tag,[a,b,c],and]"),
            ("tag=a,b & tag=c,d", "[custom_tag,[a,b],or,custom_tag,[c,d],or]"),
            ("!tag=a,b & !tag=c", "[custom_tag,[a,b,c],not]"),
            ("!phone=ios", "[phone_type,[ios],not]"),
            ("custom_tag=喜爱 & phone_type=ios", "[custom_tag,[喜爱],or,phone_type,[ios],or]"),
            (r#"tag="a&b,c+d=!","x\"y\\""#, r"[custom_tag,[a&b,c+d=!,x\y\\],or]"),
            ("tag=a,a", "[custom_tag,[a],or]"),
        ] {
            assert_eq!(check(expression), expected, "{expression}");
        }
    }

    #[test]
    fn every_fault_is_shown_at_its_column_with_what_to_do() {
        for (expression, expected) in [
            (
                "",
                "1-1 a condition is missing here (a condition looks like tag=vip, and `&` stands between two of them)",
            ),
            (
                "tag=a && tag=b",
                "8-8 a condition is missing here (a condition looks like tag=vip, and `&` stands between two of them)",
            ),
            (
                "喜 & tag=",
                "1-2 `喜` is no condition (a condition looks like tag=vip, and `&` stands between two of them)\n\
              9-9 a value is missing here (write one behind `=`, and between two commas)",
            ),
            ("city=1", "1-5 `city` is no key (keys are tag, phone and region)"),
            ("tag!=a", "1-5 `!` stands in front of the key (write !tag=vip)"),
            (
                "tag=a,b+c",
                "5-10 `,` (any) and `+` (all) stand in one condition (write two conditions: `tag=a,b & tag=c`; or put the value into double quotes)",
            ),
            (
                "!tag=a+b",
                "6-9 `!` cannot be joined with `+` (`!tag=a,b` asks for users who have neither; users who do not have both cannot be asked for)",
            ),
            (
                "tag=a|b",
                "6-7 `|` cannot stand in a value (any of several values is tag=a,b; there is no `or` between different keys)",
            ),
            ("(tag=a)", "1-5 `(tag` is no key (keys are tag, phone and region)"),
            (
                "tag=a tag=b",
                "6-7 ` ` cannot stand in a value (put a value that holds such characters into double quotes)",
            ),
            (
                r#"tag="a b""#,
                "5-10 a tag holds no white space (part several tags by `,` (any of them) or `+` (all of them))",
            ),
            (r#"tag="a"#, r#"5-7 the quote is not closed (write `\"` for a quote inside quotes)"#),
            (
                r#"tag="a"b"#,
                "8-9 something follows the closing quote (`,`, `+` or `&` stands between two values or conditions)",
            ),
            ("phone=nokia", "7-12 this is no system (write phone=android or phone=ios)"),
            (
                "region=Beijing",
                "8-15 this is no region's number (take it from the vendor's file region_code.data: region=11000000)",
            ),
            ("tag=,a", "5-5 a value is missing here (write one behind `=`, and between two commas)"),
        ] {
            assert_eq!(check(expression), expected, "{expression}");
        }
        assert!(parse(&format!("tag={}", "x".repeat(TAG_CHARS_MAX))).is_ok());
        assert!(parse(&format!("tag={}", "x".repeat(TAG_CHARS_MAX + 1))).is_err());
        assert!(parse(&"x".repeat(EXPRESSION_BYTES_MAX + 1)).is_err());
    }
}
