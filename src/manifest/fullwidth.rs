//! Signs of Chinese keyboards that look like those of YAML and CSV, and are letters to both.

/// What a sign is called, how it looks, and what is meant.
const SIGNS: [(char, &str, char); 19] = [
    ('：', "the full-width colon", ':'),
    ('，', "the full-width comma", ','),
    ('、', "the ideographic comma", ','),
    ('；', "the full-width semicolon", ';'),
    ('“', "a curly quote", '"'),
    ('”', "a curly quote", '"'),
    ('‘', "a curly quote", '\''),
    ('’', "a curly quote", '\''),
    ('＂', "the full-width quote", '"'),
    ('［', "a full-width bracket", '['),
    ('］', "a full-width bracket", ']'),
    ('【', "a full-width bracket", '['),
    ('】', "a full-width bracket", ']'),
    ('｛', "a full-width brace", '{'),
    ('｝', "a full-width brace", '}'),
    ('－', "the full-width hyphen", '-'),
    ('—', "a dash", '-'),
    ('＃', "the full-width number sign", '#'),
    ('\u{3000}', "the full-width space", ' '),
];

/// A sign in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sign {
    /// Its first byte.
    pub at: usize,
    /// The sign.
    pub sign: char,
    name: &'static str,
    meant: char,
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

/// All of them in a text, in its order.
pub fn all(text: &str) -> impl Iterator<Item = Sign> {
    let letters = if text.is_ascii() { "" } else { text };
    letters.char_indices().filter_map(|(at, c)| {
        let (sign, name, meant) = SIGNS.into_iter().find(|(sign, _, _)| *sign == c)?;
        Some(Sign { at, sign, name, meant })
    })
}

/// The one in a text that was meant as a sign, as far as its neighbours tell, or else the first.
#[must_use]
pub fn first(text: &str) -> Option<Sign> {
    all(text).find(|sign| is_where_signs_stand(text, *sign)).or_else(|| all(text).next())
}

/// The same, or the first letter or digit of full width: no id has one.
#[must_use]
pub fn first_in_word(text: &str) -> Option<Sign> {
    first(text).or_else(|| {
        text.char_indices().find_map(|(at, sign)| {
            let meant =
                ('！'..='～').contains(&sign).then(|| u32::from(sign) - ('！' as u32) + u32::from(b'!'))?;
            let meant = char::from_u32(meant)?;
            Some(Sign { at, sign, name: "a character of full width", meant })
        })
    })
}

/// Whether a sign stands where YAML would take its like for one: `类型：会员` has a colon that is text.
fn is_where_signs_stand(text: &str, sign: Sign) -> bool {
    let before = text[..sign.at].chars().next_back();
    let after = text[sign.range().end..].chars().next();
    let is_edge = |c: Option<char>, signs: &str| {
        c.is_none_or(|c| {
            c.is_whitespace() || signs.contains(c) || SIGNS.iter().any(|(sign, _, _)| *sign == c)
        })
    };
    match sign.meant {
        '[' | '{' | '"' | '\'' | '-' | '#' => {
            is_edge(before, "[{,:") || matches!(sign.sign, '”' | '’') && is_edge(after, "]},:")
        }
        ']' | '}' => is_edge(after, "]},:"),
        ' ' => true,
        _ => is_edge(after, "[{\"'"),
    }
}

/// The same in a line of YAML, outside of quotes and comments.
#[must_use]
pub fn first_in_code(line: &str) -> Option<Sign> {
    let mut quote = None;
    let mut before = ' ';
    let mut found: Option<Sign> = None;
    for (at, c) in line.char_indices() {
        match c {
            '"' | '\'' if quote == Some(c) => quote = None,
            '"' | '\'' if quote.is_none() && !before.is_alphanumeric() => quote = Some(c),
            '#' if quote.is_none() && before.is_whitespace() => break,
            _ if quote.is_none() => {
                if let Some(sign) = all(&line[at..at + c.len_utf8()]).next() {
                    let sign = Sign { at, ..sign };
                    if is_where_signs_stand(line, sign) {
                        return Some(sign);
                    }
                    found = found.or(Some(sign));
                }
            }
            _ => {}
        }
        before = c;
    }
    found
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
        let sign = |line: &str| first_in_code(line).map(|sign| sign.sign);
        assert_eq!(sign("类型：会员: ［u1: u2］"), Some('［'));
        assert_eq!(sign("a：［u1］"), Some('：'));
        assert_eq!(sign("类型：会员: [u1， u2]"), Some('，'));
        assert_eq!(sign("类型：会员"), Some('：'));
        assert_eq!(
            first_in_word("u１").map(Sign::help).as_deref(),
            Some("`１` is a character of full width: write `1`, or put the text in quotes if it is meant")
        );
    }
}
