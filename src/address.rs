//! Addresses: what a change is called, `getui.alias["alice_w"]`, and selectors that match them.

use std::fmt;

use crate::problem::{distance, letters_apart, nearest};
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
            return Err(format!("malformed address `{text}`: expected one such as getui.alias[\"alice_w\"]"));
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
            format!("malformed address `{text}`: expected {}[\"NAME\"]", resource_word(resource))
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

/// A pattern over addresses, in which `*` stands for any text: `getui.alias["vip_*"]`, `getui.*`.
///
/// Quotes may be left out (`getui.alias[alice_w]`), since shells eat them, and so may the brackets (`getui.alias`
/// selects all of them).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// Over `getui.alias`.
    word: String,
    /// Over the name; every name where there is none.
    name: Option<String>,
}

impl fmt::Display for Selector {
    /// With quotes, whatever it was read from; [`Selector::parse`] reads it back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word)?;
        self.name.as_ref().map_or(Ok(()), |name| write!(f, "[{}]", serde_json::Value::from(name.as_str())))
    }
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// What is wrong with it, what was expected, and the nearest kind of address.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (word, rest) = text.find('[').map_or((text, None), |at| (&text[..at], Some(&text[at..])));
        let mut resources =
            Resource::ALL.into_iter().filter(|one| matches(word, &resource_word(*one))).peekable();
        if resources.peek().is_none() {
            return Err(unknown_word(text, word));
        }
        let Some(rest) = rest else { return Ok(Self { word: word.to_owned(), name: None }) };
        if resources.all(Resource::is_single) {
            return Err(format!("malformed address `{text}`: `{word}` takes no name"));
        }
        let inner = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let name = match inner {
            Some(quoted) if quoted.starts_with('"') => serde_json::from_str(quoted).ok(),
            Some(bare) => Some(bare.to_owned()),
            None => None,
        };
        match name.filter(|name| !name.is_empty()) {
            Some(name) => Ok(Self { word: word.to_owned(), name: Some(name) }),
            None => Err(format!("malformed address `{text}`: expected {word}[\"NAME\"]")),
        }
    }

    /// Whether it selects this address.
    #[must_use]
    pub fn matches(&self, resource: Resource, name: &str) -> bool {
        let has_name = |pattern: &String| !resource.is_single() && matches(pattern, name);
        matches(&self.word, &resource_word(resource)) && self.name.as_ref().is_none_or(has_name)
    }

    /// What its word selects.
    pub fn resources(&self) -> impl Iterator<Item = Resource> {
        Resource::ALL.into_iter().filter(|resource| matches(&self.word, &resource_word(*resource)))
    }

    /// The one name that it selects; `None` where it selects others too.
    #[must_use]
    pub fn exact_name(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| !name.contains('*'))
    }

    /// How far an address is from what this selects: by kind and by letters, the nearest first.
    #[must_use]
    pub fn distance(&self, resource: Resource, name: &str) -> (Distance, usize) {
        let wanted = self.name.as_deref().unwrap_or_default().replace('*', "");
        let is_kind = matches(&self.word, &resource_word(resource));
        match (is_kind, distance(&wanted, name)) {
            (true, Some(letters)) => (Distance::Near, letters),
            (false, _) if wanted == name => (Distance::OtherKind, 0),
            (true, None) => (Distance::Far, letters_apart(&wanted, name)),
            (false, _) => (Distance::Farther, letters_apart(&wanted, name)),
        }
    }
}

/// How an address is related to a selector that selects nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Distance {
    /// Of its kind, and so few letters apart that it was probably meant.
    Near,
    /// Of the same name, and of another kind.
    OtherKind,
    /// Of its kind.
    Far,
    /// Neither.
    Farther,
}

/// A word that begins no address.
fn unknown_word(text: &str, word: &str) -> String {
    let words: Vec<String> = Resource::ALL.into_iter().map(resource_word).collect();
    let known: Vec<&str> = words.iter().map(String::as_str).collect();
    let meant = nearest(word, &known).map(|meant| format!(", did you mean `{meant}`?")).unwrap_or_default();
    format!("malformed address `{text}`: it starts with one of {}{meant}", words.join(", "))
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
            let Address { resource, name } = Address::parse(address).expect("an address");
            assert_eq!(parsed.matches(resource, &name), expected, "{selector} on {address}");
            assert_eq!(Selector::parse(&parsed.to_string()), Ok(parsed), "{selector} written and read again");
        }
    }

    #[test]
    fn quotes_may_be_left_out_as_shells_eat_them() {
        for (bare, quoted) in [
            ("getui.alias[alice_w]", "getui.alias[\"alice_w\"]"),
            ("getui.alias[vip_*]", "getui.alias[\"vip_*\"]"),
            ("getui.tag_members[喜爱足球]", "getui.tag_members[\"喜爱足球\"]"),
            ("getui.alias[say \"hi\"]", "getui.alias[\"say \\\"hi\\\"\"]"),
            ("getui.tag_*[a]b]", "getui.tag_*[\"a]b\"]"),
        ] {
            let parsed = Selector::parse(bare).unwrap_or_else(|why| panic!("{bare}: {why}"));
            assert_eq!(parsed.to_string(), quoted, "{bare}");
            assert_eq!(Selector::parse(quoted), Ok(parsed), "{bare}");
        }
    }

    #[test]
    fn a_malformed_selector_says_what_was_expected() {
        for (text, said) in [
            ("getui.aliases[\"a\"]", "did you mean `getui.alias`?"),
            ("alice_w", "it starts with one of getui.alias, "),
            ("getui.alias[", "expected getui.alias[\"NAME\"]"),
            ("getui.alias[]", "expected getui.alias[\"NAME\"]"),
            ("getui.alias[\"a]", "expected getui.alias[\"NAME\"]"),
            ("getui.alias[\"a\"]x", "expected getui.alias[\"NAME\"]"),
            ("getui.blacklist[\"a\"]", "`getui.blacklist` takes no name"),
            ("", "it starts with one of"),
        ] {
            let why = Selector::parse(text).expect_err(text);
            assert!(why.contains(said), "{text}: {why}");
        }
    }

    #[test]
    fn the_nearest_address_is_near_by_letters_then_by_its_name_then_by_its_kind() {
        let known = [(Resource::Alias, "alice_w"), (Resource::Alias, "bob"), (Resource::TagMembers, "alice")];
        let nearest = |text: &str| {
            let selector = Selector::parse(text).expect("a selector");
            let nearest = known.into_iter().min_by_key(|(resource, name)| selector.distance(*resource, name));
            nearest.map(|(resource, name)| show(resource, name)).expect("an address")
        };
        assert_eq!(nearest("getui.alias[alice_v]"), "getui.alias[\"alice_w\"]");
        assert_eq!(nearest("getui.tag_members[alise]"), "getui.tag_members[\"alice\"]");
        assert_eq!(nearest("getui.tag_set[alice]"), "getui.tag_members[\"alice\"]");
        assert_eq!(nearest("getui.alias[bbbbbbbbb]"), "getui.alias[\"bob\"]");
    }
}
