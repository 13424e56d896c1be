//! Signs of Chinese keyboards that look like those of YAML and CSV, and are letters to both.

/// What a sign is called, how it looks, and what is meant.
const SIGNS: [(char, &str, &str); 16] = [
    ('：', "the full-width colon", ":"),
    ('，', "the full-width comma", ","),
    ('“', "a curly quote", "\""),
    ('”', "a curly quote", "\""),
    ('‘', "a curly quote", "'"),
    ('’', "a curly quote", "'"),
    ('＂', "the full-width quote", "\""),
    ('［', "a full-width bracket", "["),
    ('］', "a full-width bracket", "]"),
    ('【', "a full-width bracket", "["),
    ('】', "a full-width bracket", "]"),
    ('｛', "a full-width brace", "{"),
    ('｝', "a full-width brace", "}"),
    ('－', "the full-width hyphen", "-"),
    ('＃', "the full-width number sign", "#"),
    ('\u{3000}', "the full-width space", " "),
];

/// A sign in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sign {
    /// Its first byte.
    pub at: usize,
    /// The sign.
    pub sign: char,
    name: &'static str,
    meant: &'static str,
}

impl Sign {
    /// What it is and what to write instead.
    #[must_use]
    pub fn help(self) -> String {
        let Self { sign, name, meant, .. } = self;
        let sign = if sign == '\u{3000}' { "U+3000".to_owned() } else { format!("`{sign}`") };
        format!("{sign} is {name}: write `{meant}`, or put the text in quotes if it is meant")
    }

    /// The bytes that it takes.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.at..self.at + self.sign.len_utf8()
    }
}

/// The first of them in a text.
#[must_use]
pub fn first(text: &str) -> Option<Sign> {
    if text.is_ascii() {
        return None;
    }
    text.char_indices().find_map(|(at, c)| {
        let (sign, name, meant) = SIGNS.into_iter().find(|(sign, _, _)| *sign == c)?;
        Some(Sign { at, sign, name, meant })
    })
}

/// The first in a line of YAML, outside of quotes and comments.
#[must_use]
pub fn first_in_code(line: &str) -> Option<Sign> {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match c {
            '"' | '\'' if quote == Some(c) => quote = None,
            '"' | '\'' if quote.is_none() && !before.is_alphanumeric() => quote = Some(c),
            '#' if quote.is_none() && before.is_whitespace() => return None,
            _ if quote.is_none() => {
                if let Some(sign) = first(&line[at..at + c.len_utf8()]) {
                    return Some(Sign { at, ..sign });
                }
            }
            _ => {}
        }
        before = c;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_found_where_they_are_none_of_a_text() {
        let at = |line: &str| first_in_code(line).map(|sign| sign.at);
        assert_eq!(at("getui： {}"), Some(5));
        assert_eq!(at("a: \"x：y\" # ：\n"), None);
        assert_eq!(at("it's： x"), Some(4));
        assert_eq!(
            first("a，b").map(Sign::help).as_deref(),
            Some("`，` is the full-width comma: write `,`, or put the text in quotes if it is meant")
        );
        assert_eq!(first("a,b"), None);
    }
}
