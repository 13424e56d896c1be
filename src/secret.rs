//! Text that must never be shown: it is wiped when dropped, and prints as `[secret]`.
//!
//! It has no `Display` and no `Serialize`, so a secret reaches the outside only through [`Secret::reveal`],
//! which the session of a provider and the HTTP transport call and nobody else.

use std::fmt;

use zeroize::Zeroizing;

/// A secret text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text in.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself: to sign with, or to put into a header.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// What stands for a user and a password in an address.
const HIDDEN: &str = "***";

/// A text with everything hidden that stands between `//` and the last `@` of an address in it. For the words of
/// others, which may repeat an address as it was written, with a password that has an `@` of its own.
#[must_use]
pub fn without_userinfo(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("//") {
        let (before, address) = rest.split_at(at + 2);
        out.push_str(before);
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '`' | '\'' | '<' | '>');
        let len = address.find(ends).unwrap_or(address.len());
        rest = match address[..len].rfind('@') {
            Some(at) => {
                out.push_str(HIDDEN);
                &address[at..]
            }
            None => address,
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_shown_between_the_slashes_and_the_last_at_sign() {
        for (text, shown) in [
            ("no address", "no address"),
            ("`postgres://shop:Tr0ub@4dor3x@127.0.0.1/shop` is", "`postgres://***@127.0.0.1/shop` is"),
            ("http://a:b@one//c:d@two, //e@three", "http://***@two, //***@three"),
            ("https://api.jpush.cn/v3 of a@b", "https://api.jpush.cn/v3 of a@b"),
        ] {
            assert_eq!(without_userinfo(text), shown);
        }
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".to_owned())), "[secret]");
    }
}
