//! What a single setting of the project file may be, by hand and as a pattern that says the same.
//!
//! The patterns are as coarse as editors need them; what they cannot say (a loopback address, a zone that exists)
//! is `project.rs`'s and `url.rs`'s.

use crate::quota::limit::parse_length;

use super::codes;
use super::source::is_home;

/// The longest setting, in characters.
pub const SETTING_CHARS_MAX: usize = 2048;

/// The longest time that reading live state may be allowed to take: a day.
pub const BUDGET_MS_MAX: i64 = 24 * 60 * 60 * 1000;

/// The sorts of texts that the project file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The public id of an app or its key.
    Account,
    /// A secret.
    Secret,
    /// An API's address.
    Url,
    /// A time zone.
    Zone,
    /// A limit.
    Limit,
    /// A share of a whole.
    Percent,
    /// Where the state is.
    State,
    /// A file or folder of manifests.
    Path,
    /// A length of time.
    Length,
    /// A share in percent, without a sign.
    Share,
    /// A number of rows.
    Rows,
    /// Yes or no.
    Flag,
}

impl Setting {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Account,
        Self::Secret,
        Self::Url,
        Self::Zone,
        Self::Limit,
        Self::Percent,
        Self::State,
        Self::Path,
        Self::Length,
        Self::Share,
        Self::Rows,
        Self::Flag,
    ];

    /// The code of a problem with it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Account => codes::ACCOUNT,
            Self::Secret => codes::SECRET,
            Self::Url => codes::URL,
            Self::Zone => codes::ZONE,
            Self::Limit => codes::LIMIT,
            Self::Percent => codes::PERCENT,
            Self::State => codes::STATE,
            Self::Path => codes::PATH,
            Self::Length => codes::LENGTH,
            Self::Share | Self::Rows => codes::NUMBER,
            Self::Flag => codes::CHOICE,
        }
    }

    /// What it looks like, for people.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Account => "letters, digits, `-` and `_`, as the vendor's console shows it",
            Self::Secret => "a text that is not empty, best taken from the environment: ${NAME}",
            Self::Url => "an address such as https://restapi.getui.com/v2, without a query",
            Self::Zone => "a name such as Asia/Shanghai or UTC",
            Self::Limit => "COUNT/LENGTH such as 100/1m, 5/10s or 10000/1d, or a list of them",
            Self::Percent => "a share such as 50%",
            Self::State => "sqlite:PATH without `~`, or postgres://USER@HOST/DATABASE from the environment",
            Self::Path => "a path relative to this file; `~` is not expanded, so write the whole path",
            Self::Length => "a length of time such as 90s, 2m or 1h",
            Self::Share => "a whole number from 0 to 100",
            Self::Rows => "a whole number",
            Self::Flag => "true or false",
        }
    }

    /// Whether the text is one.
    #[must_use]
    pub fn is_met(self, text: &str) -> bool {
        let is_short = text.chars().count() <= SETTING_CHARS_MAX;
        let is_visible = !text.is_empty() && !text.chars().any(char::is_control);
        let is_fine = match self {
            Self::Account => {
                text.len() <= 128
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            }
            Self::Secret => true,
            Self::Path => !is_home(text),
            Self::Url => text.strip_prefix("http").is_some_and(|rest| {
                rest.strip_prefix('s').unwrap_or(rest).strip_prefix("://").is_some_and(is_graphic)
            }),
            Self::Zone => is_graphic(text),
            Self::Limit => is_count_over_length(text),
            Self::Percent => text.strip_suffix('%').is_some_and(is_share),
            Self::State => {
                text.strip_prefix("sqlite:")
                    .is_some_and(|path| !path.is_empty() && !path.starts_with("//") && !is_home(path))
                    || ["postgres://", "postgresql://"]
                        .iter()
                        .any(|head| text.strip_prefix(head).is_some_and(is_graphic))
            }
            Self::Length => is_length(text),
            Self::Share => is_share(text),
            Self::Rows => is_digits(text, 9),
            Self::Flag => matches!(text, "true" | "false"),
        };
        is_short && is_visible && is_fine
    }

    /// The same as a regular expression of ECMAScript, with `${` anywhere as the other choice where variables are taken.
    #[must_use]
    pub fn pattern(self) -> String {
        let this = match self {
            Self::Account => "[A-Za-z0-9_-]{1,128}",
            Self::Secret => "[^\\u0000-\\u001f\\u007f-\\u009f]{1,2048}",
            Self::Path => "(?!~)[^\\u0000-\\u001f\\u007f-\\u009f]{1,2048}",
            Self::Url => "(?=.{1,2048}$)https?://[!-~]+",
            Self::Zone => "[!-~]{1,2048}",
            Self::Limit => "[0-9]{1,9}/[0-9]{1,9}(ms|s|m|h|d)",
            Self::Percent => "(100|[0-9]{1,2})%",
            Self::State => {
                "(?=.{1,2048}$)(sqlite:(?!//|~)[^\\u0000-\\u001f\\u007f-\\u009f]+|postgres(ql)?://[!-~]+)"
            }
            Self::Length => "[0-9]{1,9}(ms|s|m|h|d)",
            Self::Share => "(100|[0-9]{1,2})",
            Self::Rows => "[0-9]{1,9}",
            Self::Flag => "true|false",
        };
        let or_variable = if self.takes_variables() { "|[\\s\\S]*\\$\\{[\\s\\S]*" } else { "" };
        format!("^({this}{or_variable})$")
    }

    /// Whether `${NAME}` may stand in it: what is hidden does not hang on the machine that shows it.
    #[must_use]
    pub const fn takes_variables(self) -> bool {
        !matches!(self, Self::Flag)
    }
}

fn is_graphic(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_digits(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_share(text: &str) -> bool {
    is_digits(text, 2) || text == "100"
}

fn is_length(text: &str) -> bool {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    is_digits(digits, 9) && parse_length(text).is_some()
}

fn is_count_over_length(text: &str) -> bool {
    text.split_once('/').is_some_and(|(count, length)| is_digits(count, 9) && is_length(length))
}
