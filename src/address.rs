//! Addresses: what a change is called, `getui.alias["alice_w"]`, and selectors that match them.

use std::fmt;

use crate::table::Kind;
use crate::wire::Vendor;

/// What can be declared; each owns rows of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// An alias and exactly its users: `getui.alias["alice_w"]`.
    Alias,
    /// A user and exactly their tags: `getui.tag_set["<cid>"]`.
    TagSet,
    /// A tag and users who carry it: `getui.tag_members["vip"]`.
    TagMembers,
    /// Everybody who opted out: `getui.blacklist`.
    Blacklist,
    /// A channel and its users' tokens: `getui.device_tokens["wx"]`.
    DeviceTokens,
    /// A property definition: `jpush.property["level"]`.
    Property,
    /// A device and its values: `jpush.device["<registration id>"]`.
    Device,
}

impl Resource {
    /// All, in the order of the manifest.
    pub const ALL: [Self; 7] = [
        Self::Alias,
        Self::TagSet,
        Self::TagMembers,
        Self::Blacklist,
        Self::DeviceTokens,
        Self::Property,
        Self::Device,
    ];

    /// The word behind the vendor's: `alias`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Alias => "alias",
            Self::TagSet => "tag_set",
            Self::TagMembers => "tag_members",
            Self::Blacklist => "blacklist",
            Self::DeviceTokens => "device_tokens",
            Self::Property => "property",
            Self::Device => "device",
        }
    }

    /// Whose.
    #[must_use]
    pub const fn vendor(self) -> Vendor {
        self.kind().vendor()
    }

    /// Of which kind its rows are.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Alias => Kind::Alias,
            Self::TagSet | Self::TagMembers => Kind::Tag,
            Self::Blacklist => Kind::Blacklist,
            Self::DeviceTokens => Kind::DeviceToken,
            Self::Property => Kind::Property,
            Self::Device => Kind::Device,
        }
    }

    /// Whether there is only one, so that its address has no name.
    #[must_use]
    pub const fn is_single(self) -> bool {
        matches!(self, Self::Blacklist)
    }
}

/// The address of one declared thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// What it is.
    pub resource: Resource,
    /// Which one; empty where there is only one.
    pub name: String,
}

impl Address {
    /// Reads `getui.alias["alice_w"]`; inside the quotes `\"` and `\\` are escapes, as in JSON.
    ///
    /// # Errors
    /// A sentence fragment that says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let resource = Resource::ALL
            .into_iter()
            .filter(|resource| text.starts_with(&resource_word(*resource)))
            .max_by_key(|resource| resource_word(*resource).len());
        let Some(resource) = resource else {
            return Err(format!("`{text}` is no address; one looks like getui.alias[\"alice_w\"]"));
        };
        let rest = &text[resource_word(resource).len()..];
        if resource.is_single() {
            return if rest.is_empty() {
                Ok(Self { resource, name: String::new() })
            } else {
                Err(format!("`{}` takes no name", resource_word(resource)))
            };
        }
        let quoted = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let name = quoted.and_then(|quoted| serde_json::from_str::<String>(quoted).ok());
        name.map(|name| Self { resource, name }).ok_or_else(|| {
            format!("`{text}` is no address; one looks like {}[\"NAME\"]", resource_word(resource))
        })
    }
}

/// `getui.alias`
#[must_use]
pub fn resource_word(resource: Resource) -> String {
    format!("{}.{}", resource.vendor().word(), resource.word())
}

/// An address in text, from its two parts: what [`Address::parse`] reads.
#[must_use]
pub fn show(resource: Resource, name: &str) -> String {
    if resource.is_single() {
        return resource_word(resource);
    }
    format!("{}[{}]", resource_word(resource), serde_json::Value::from(name))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&show(self.resource, &self.name))
    }
}

/// A pattern over addresses: an address in which `*` stands for any text, and brackets and quotes may be left
/// out (`getui.alias` and `getui.*` match all of them).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    pattern: String,
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pattern)
    }
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// A sentence fragment when nothing could ever match it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let whole = text == "*" || text.contains('[') || text.ends_with('*');
        let known = Resource::ALL.into_iter().any(|resource| {
            let word = resource_word(resource);
            let head = text.split('[').next().unwrap_or(text);
            if head.contains('*') {
                matches(head, &word) || matches(head, &format!("{word}["))
            } else {
                head == word
            }
        });
        if !known {
            let words: Vec<String> = Resource::ALL.into_iter().map(resource_word).collect();
            return Err(format!("`{text}` selects nothing; it starts with one of {}", words.join(", ")));
        }
        let single = text == resource_word(Resource::Blacklist);
        let pattern = if whole || single { text.to_owned() } else { format!("{text}[*") };
        Ok(Self { pattern })
    }

    /// Whether it selects the address with this text.
    #[must_use]
    pub fn matches(&self, address: &str) -> bool {
        matches(&self.pattern, address)
    }
}

/// Whether `*` in the pattern can be filled so that it equals the text. Linear but for the last star.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_back() {
        for name in ["alice_w", "say \"hi\"", "a\\b", "喜爱足球", "]["] {
            for resource in Resource::ALL {
                let name = if resource.is_single() { "" } else { name };
                let address = Address { resource, name: name.to_owned() };
                assert_eq!(Address::parse(&address.to_string()), Ok(address));
            }
        }
    }

    #[test]
    fn a_star_stands_for_any_text() {
        let cases = [
            ("getui.*", "getui.alias[\"a\"]", true),
            ("getui.alias", "getui.alias[\"a\"]", true),
            ("getui.alias[*]", "getui.alias[\"a\"]", true),
            ("getui.alias[\"vip_*\"]", "getui.alias[\"vip_1\"]", true),
            ("getui.alias[\"vip_*\"]", "getui.alias[\"old\"]", false),
            ("getui.tag_members", "getui.tag_set[\"a\"]", false),
            ("getui.blacklist", "getui.blacklist", true),
            ("*", "jpush.property[\"level\"]", true),
        ];
        for (selector, address, expected) in cases {
            let parsed = Selector::parse(selector).unwrap_or_else(|why| panic!("{selector}: {why}"));
            assert_eq!(parsed.matches(address), expected, "{selector} on {address}");
            assert_eq!(Selector::parse(&parsed.to_string()), Ok(parsed), "{selector} written and read again");
        }
        assert!(Selector::parse("getui.aliases[\"a\"]").is_err());
    }
}
