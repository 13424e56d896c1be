//! The types that a property can have, which texts each holds, and a definition as it is kept in one value.
//!
//! What a change of type means is the planner's.

use crate::timestamp::Timestamp;

/// The types that a property can have (JPush, "新增用户属性").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PropertyType {
    /// Any text.
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// `yyyy-MM-dd HH:mm:ss`.
    Datetime,
}

impl PropertyType {
    /// All four.
    pub const ALL: [Self; 4] = [Self::String, Self::Number, Self::Bool, Self::Datetime];

    /// The vendor's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Bool => "bool",
            Self::Datetime => "datetime",
        }
    }

    /// The type of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether a property of this type can hold the text.
    #[must_use]
    pub fn holds(self, text: &str) -> bool {
        match self {
            Self::String => true,
            Self::Number => is_number(text),
            Self::Bool => matches!(text, "true" | "false"),
            Self::Datetime => is_datetime(text),
        }
    }

    /// Whether two texts are the same value of this type: how a number is spelled when it is read back is not
    /// known, so `2e6` may come back as `2000000.0`.
    #[must_use]
    pub fn same(self, one: &str, other: &str) -> bool {
        one == other || self == Self::Number && is_same_number(one, other)
    }
}

/// Whole numbers are compared digit by digit, all others as JSON readers take them.
#[expect(clippy::float_cmp, reason = "two spellings of one number are read as the very same one")]
fn is_same_number(one: &str, other: &str) -> bool {
    match (one.parse::<i128>(), other.parse::<i128>()) {
        (Ok(one), Ok(other)) => one == other,
        _ => match (one.parse::<f64>(), other.parse::<f64>()) {
            (Ok(one), Ok(other)) => one == other,
            _ => false,
        },
    }
}

/// A JSON number, as written.
fn is_number(text: &str) -> bool {
    serde_json::from_str::<serde_json::Number>(text).is_ok()
        && !text.starts_with(char::is_whitespace)
        && !text.ends_with(char::is_whitespace)
}

/// `yyyy-MM-dd HH:mm:ss`, with every part in its range; a plain date is midnight to nobody, so it is none.
fn is_datetime(text: &str) -> bool {
    let pattern = b"dddd-dd-dd dd:dd:dd";
    let shape = text.len() == pattern.len()
        && text
            .bytes()
            .zip(pattern)
            .all(|(byte, p)| if *p == b'd' { byte.is_ascii_digit() } else { byte == *p });
    shape && Timestamp::parse(&format!("{}T{}Z", &text[..10], &text[11..])).is_ok()
}

/// A property's definition, as it is kept in one value: the type, a space, the description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition<'a> {
    /// Its type; `None` where a vendor names one we do not know.
    pub kind: Option<PropertyType>,
    /// The type's word, as the vendor or the manifest writes it.
    pub type_word: &'a str,
    /// Its description, may be empty.
    pub description: &'a str,
}

impl<'a> Definition<'a> {
    /// Reads a value.
    #[must_use]
    pub fn decode(value: &'a str) -> Self {
        let (type_word, description) = value.split_once(' ').unwrap_or((value, ""));
        Self { kind: PropertyType::from_word(type_word), type_word, description }
    }

    /// The value of a type's word and a description.
    #[must_use]
    pub fn encode(type_word: &str, description: &str) -> String {
        format!("{type_word} {description}")
    }
}
