//! What a single text may be: one alias, tag, user, token. Each word is checked by hand, because millions are, and
//! has a pattern that says the same, because editors want one; a test holds the two equal.
//!
//! It looks at one text at a time: what several texts mean together is `checks.rs`'s.

use std::fmt::Write as _;

use crate::invisible::is_invisible;
use crate::kind::limits;

use super::codes;

/// The longest user or registration id, in characters (all ASCII). No page names a length; Getui's have 32, and
/// two hundred of them have to fit into one path.
pub const ID_CHARS_MAX: usize = 64;

/// The longest device token, in characters (all ASCII). No page names a length; Google's have about 170.
pub const TOKEN_CHARS_MAX: usize = 1024;

/// The longest value of a property, in characters. No page names a length; a push's text is much shorter.
pub const VALUE_CHARS_MAX: usize = 1024;

/// What is neither safe in a path nor in a list separated by commas, nor in any id that a vendor has given out.
const ID_REFUSED: &[u8] = b",/%?#\\\"'";

/// 汉字: the unified ideographs with their extensions, the compatibility ones, and 〇.
const HAN: [(char, char); 6] = [
    ('〇', '〇'),
    ('\u{3400}', '\u{4dbf}'),
    ('\u{4e00}', '\u{9fff}'),
    ('\u{f900}', '\u{faff}'),
    ('\u{20000}', '\u{2fa1f}'),
    ('\u{30000}', '\u{323af}'),
];

/// The sorts of texts that a manifest holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// A Getui alias.
    Alias,
    /// A Getui tag.
    Tag,
    /// A Getui user id (cid).
    User,
    /// A vendor's device token.
    DeviceToken,
    /// The name of a JPush property.
    PropertyName,
    /// The description of a JPush property.
    Description,
    /// A JPush registration id.
    RegistrationId,
    /// A property's value on a device.
    Value,
}

impl Word {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Alias,
        Self::Tag,
        Self::User,
        Self::DeviceToken,
        Self::PropertyName,
        Self::Description,
        Self::RegistrationId,
        Self::Value,
    ];

    /// What it is called in messages.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Alias => "an alias",
            Self::Tag => "a tag",
            Self::User => "a user id",
            Self::DeviceToken => "a device token",
            Self::PropertyName => "a property's name",
            Self::Description => "a description",
            Self::RegistrationId => "a registration id",
            Self::Value => "a value",
        }
    }

    /// The code of a problem with it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Alias => codes::ALIAS,
            Self::Tag => codes::TAG,
            Self::User => codes::USER,
            Self::DeviceToken => codes::DEVICE_TOKEN,
            Self::PropertyName => codes::PROPERTY_NAME,
            Self::Description => codes::DESCRIPTION,
            Self::RegistrationId => codes::REGISTRATION_ID,
            Self::Value => codes::VALUE,
        }
    }

    /// What it may be, for people.
    #[must_use]
    pub fn help(self) -> String {
        match self {
            Self::Alias => format!(
                "an alias is 1 to {} letters (a to z), digits, underscores and Chinese characters",
                limits::ALIAS_CHARS_MAX
            ),
            Self::Tag => format!(
                "a tag is 1 to {} characters without spaces and control characters",
                limits::TAG_CHARS_MAX
            ),
            Self::User | Self::RegistrationId => format!(
                "{} is 1 to {ID_CHARS_MAX} ASCII characters without spaces and without any of {}",
                self.noun(),
                String::from_utf8_lossy(ID_REFUSED)
            ),
            Self::DeviceToken => {
                format!("a device token is 1 to {TOKEN_CHARS_MAX} ASCII characters without spaces")
            }
            Self::PropertyName => format!(
                "a property's name has 1 to {} bytes, no slash and no control character, and is none of {}",
                limits::PROPERTY_NAME_BYTES_MAX,
                limits::PROPERTY_NAMES_RESERVED.join(", ")
            ),
            Self::Description => format!(
                "a description has at most {} bytes and no control character",
                limits::PROPERTY_DESCRIPTION_BYTES_MAX
            ),
            Self::Value => format!(
                "a value has at most {VALUE_CHARS_MAX} characters, and of the control characters only tabs and line breaks"
            ),
        }
    }

    /// What is wrong with the text, if anything: the end of a sentence that begins with the text.
    #[must_use]
    pub fn fault(self, text: &str) -> Option<String> {
        match self {
            Self::Alias if is_short_word(text, limits::ALIAS_CHARS_MAX) => None,
            Self::Alias => {
                length(text, limits::ALIAS_CHARS_MAX).or_else(|| strange(text, |c| !is_alias_char(c)))
            }
            Self::Tag if is_short_word(text, limits::TAG_CHARS_MAX) => None,
            Self::Tag => length(text, limits::TAG_CHARS_MAX)
                .or_else(|| strange(text, |c| is_space(c) || c.is_control()))
                .or_else(|| dots(text)),
            Self::User | Self::RegistrationId => id_fault(text),
            Self::DeviceToken => {
                length(text, TOKEN_CHARS_MAX).or_else(|| strange(text, |c| !c.is_ascii_graphic()))
            }
            Self::PropertyName => length(text, limits::PROPERTY_NAME_BYTES_MAX)
                .or_else(|| strange(text, |c| c.is_control() || c == '/'))
                .or_else(|| dots(text))
                .or_else(|| reserved(text)),
            Self::Description => too_long(text, limits::PROPERTY_DESCRIPTION_BYTES_MAX)
                .or_else(|| strange(text, char::is_control)),
            Self::Value => too_long(text, VALUE_CHARS_MAX).or_else(|| strange(text, is_no_value_char)),
        }
    }

    /// The same as a regular expression of ECMAScript.
    #[must_use]
    pub fn pattern(self) -> String {
        match self {
            Self::Alias => {
                let mut class = String::from("A-Za-z0-9_");
                for (first, last) in HAN {
                    let _ = if first == last {
                        write!(class, "{first}")
                    } else {
                        write!(class, "{first}-{last}")
                    };
                }
                format!("^[{class}]{{1,{}}}$", limits::ALIAS_CHARS_MAX)
            }
            Self::Tag => format!("^(?!\\.+$)[^{SPACES}{CONTROLS}]{{1,{}}}$", limits::TAG_CHARS_MAX),
            Self::User | Self::RegistrationId => {
                format!("^(?!\\.+$)[!$&(-+\\-.0->@-\\[\\]-~]{{1,{ID_CHARS_MAX}}}$")
            }
            Self::DeviceToken => format!("^[!-~]{{1,{TOKEN_CHARS_MAX}}}$"),
            Self::PropertyName => format!(
                "^(?!\\.+$)(?!({})$)[^/{CONTROLS}]{{1,{}}}$",
                limits::PROPERTY_NAMES_RESERVED.join("|"),
                limits::PROPERTY_NAME_BYTES_MAX
            ),
            Self::Description => {
                format!("^[^{CONTROLS}]{{0,{}}}$", limits::PROPERTY_DESCRIPTION_BYTES_MAX)
            }
            Self::Value => format!("^[^{NO_VALUE_CHARS}]{{0,{VALUE_CHARS_MAX}}}$"),
        }
    }
}

/// Unicode's white space and the byte-order mark, which ECMAScript counts as such.
const SPACES: &str = "\\u0020\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff";
const CONTROLS: &str = "\\u0000-\\u001f\\u007f-\\u009f";

/// Control characters without the tab and the two of line breaks.
const NO_VALUE_CHARS: &str = "\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f";

/// A text may have lines. No vendor takes other control characters, and a NUL no database either.
fn is_no_value_char(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// Which bytes an id may hold: ids come by the million, and a table answers at once.
const ID_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        table[byte as usize] = true;
        byte += 1;
    }
    let mut at = 0;
    while at < ID_REFUSED.len() {
        table[ID_REFUSED[at] as usize] = false;
        at += 1;
    }
    table
};

fn is_alias_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || HAN.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// One pass over bytes, and the reason only where there is one.
fn id_fault(text: &str) -> Option<String> {
    let is_fine = |byte: &u8| ID_BYTES[usize::from(*byte)];
    let bytes = text.as_bytes();
    if (1..=ID_CHARS_MAX).contains(&bytes.len()) && bytes[0] != b'.' && bytes.iter().all(is_fine) {
        return None;
    }
    length(text, ID_CHARS_MAX)
        .or_else(|| strange(text, |c| !u8::try_from(c).is_ok_and(|byte| is_fine(&byte))))
        .or_else(|| dots(text))
}

/// Letters, digits and underscores: what most aliases and tags are made of, and never wrong.
fn is_short_word(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn length(text: &str, chars_max: usize) -> Option<String> {
    if text.is_empty() { Some("is empty".to_owned()) } else { too_long(text, chars_max) }
}

fn too_long(text: &str, chars_max: usize) -> Option<String> {
    if text.len() <= chars_max {
        return None;
    }
    let chars = text.chars().count();
    (chars > chars_max).then(|| format!("has {chars} characters, {} too many", chars - chars_max))
}

fn strange(text: &str, is_strange: impl Fn(char) -> bool) -> Option<String> {
    text.chars().find(|c| is_strange(*c)).map(|c| {
        if c == ' ' {
            "holds a space".to_owned()
        } else if is_space(c) || is_invisible(c) {
            format!("holds the invisible character U+{:04X}", u32::from(c))
        } else {
            format!("holds `{c}`")
        }
    })
}

/// A path word of dots only would lead somewhere else.
fn dots(text: &str) -> Option<String> {
    text.bytes().all(|byte| byte == b'.').then(|| "is nothing but dots".to_owned())
}

fn reserved(text: &str) -> Option<String> {
    limits::PROPERTY_NAMES_RESERVED.contains(&text).then(|| "is a word of the vendor's own paths".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_vendors_allow_is_allowed_and_nothing_beyond_it() {
        let fine = [
            (Word::Alias, "alice_w"),
            (Word::Alias, "13800138000"),
            (Word::Alias, "喜爱足球〇𠮷"),
            (Word::Tag, "喜爱-足球/1"),
            (Word::User, "e605a0db5ce3cca9b76b012978064940"),
            (Word::User, ".a"),
            (Word::DeviceToken, "oX-Yr4ICsWkJaydB8mdRD3DMahkA"),
            (Word::PropertyName, "会员 等级"),
            (Word::Description, ""),
            (Word::Value, ""),
            (Word::Value, "one\r\n\ttwo"),
        ];
        for (word, text) in fine {
            assert_eq!(word.fault(text), None, "{word:?} {text:?}");
        }
        let wrong = [
            (Word::Alias, ""),
            (Word::Alias, "a-b"),
            (Word::Alias, "é"),
            (Word::Tag, "a b"),
            (Word::Tag, "a\u{3000}b"),
            (Word::Tag, ".."),
            (Word::User, "a,b"),
            (Word::User, "..."),
            (Word::User, "ａ"),
            (Word::DeviceToken, "a\n"),
            (Word::PropertyName, "bind"),
            (Word::PropertyName, "a/b"),
            (Word::Description, "a\tb"),
            (Word::Value, "a\0b"),
            (Word::Value, "a\u{85}"),
        ];
        for (word, text) in wrong {
            assert!(word.fault(text).is_some(), "{word:?} {text:?}");
        }
    }

    #[test]
    fn lengths_are_counted_in_characters_up_to_the_very_last() {
        let cases = [
            (Word::Alias, "汉", limits::ALIAS_CHARS_MAX),
            (Word::Tag, "汉", limits::TAG_CHARS_MAX),
            (Word::User, "a", ID_CHARS_MAX),
            (Word::DeviceToken, "a", TOKEN_CHARS_MAX),
            (Word::Value, "汉", VALUE_CHARS_MAX),
        ];
        for (word, letter, max) in cases {
            assert_eq!(word.fault(&letter.repeat(max)), None, "{word:?} {max}");
            assert!(word.fault(&letter.repeat(max + 1)).is_some(), "{word:?} {max} + 1");
        }
    }
}
