//! A lexer of a page, not a parser: it knows where comments, strings and characters begin and end.

/// The text with comments blanked, and the text with the insides of literals blanked too.
pub(crate) fn blank(text: &str) -> (String, String) {
    let mut uncommented = text.as_bytes().to_vec();
    let mut bare = uncommented.clone();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let (len, what) = token(rest, text[..at].chars().next_back());
        match what {
            Token::Comment => {
                wipe(&mut uncommented[at..at + len]);
                wipe(&mut bare[at..at + len]);
            }
            Token::Literal => wipe(&mut bare[at..at + len]),
            Token::Code => {}
        }
        at += len;
    }
    let utf8 = |bytes: Vec<u8>| String::from_utf8(bytes).expect("whole characters are wiped");
    (utf8(uncommented), utf8(bare))
}

fn wipe(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
}

enum Token {
    Comment,
    Literal,
    Code,
}

/// The length of what the rest starts with, and what it is.
fn token(rest: &str, before: Option<char>) -> (usize, Token) {
    let first = rest.chars().next().map_or(1, char::len_utf8);
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), Token::Comment);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), Token::Comment);
    }
    if rest.starts_with('"') {
        return (quoted(rest), Token::Literal);
    }
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if !in_word && let Some(len) = raw_string(rest) {
        return (len, Token::Literal);
    }
    if rest.starts_with('\'')
        && let Some(len) = character(rest)
    {
        return (len, Token::Literal);
    }
    (first, Token::Code)
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

/// `r"…"`, `r#"…"#`, `br"…"`, `cr"…"`; `b"…"` is a quoted one behind a letter.
fn raw_string(rest: &str) -> Option<usize> {
    let body =
        rest.strip_prefix("br").or_else(|| rest.strip_prefix("cr")).or_else(|| rest.strip_prefix('r'))?;
    let hashes = body.len() - body.trim_start_matches('#').len();
    let inside = body[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = inside.find(&close).map_or(rest.len(), |end| rest.len() - inside.len() + end + close.len());
    Some(end)
}

/// `'a'` or `'\n'`, and not the lifetime `'a`.
fn character(rest: &str) -> Option<usize> {
    let inside = rest.get(1..)?;
    if inside.starts_with('\\') {
        let close = inside.get(2..)?.find('\'')?;
        return Some(1 + 2 + close + 1);
    }
    let first = inside.chars().next()?.len_utf8();
    inside[first..].starts_with('\'').then_some(1 + first + 1)
}
