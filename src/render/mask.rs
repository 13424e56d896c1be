//! `--mask`: aliases and ids hidden in everything shown, the same one always by the same word.
//!
//! The words count up (`user#1`, `alias#2`) in the order in which things are shown. No digest: a telephone
//! number has few enough digits for anybody to try them all.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::address::{self, Address, Resource};
use crate::manifest::hiding::KEYS;
use crate::render::text;
use crate::wire::Vendor;

/// What a hidden text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// A user's id.
    User,
    /// An alias.
    Alias,
    /// A vendor's token.
    Token,
    /// A registration id.
    Device,
    /// Something in a sentence of which only this is known: it may be any of the others.
    Thing,
}

impl Sort {
    const ALL: [Self; 5] = [Self::User, Self::Alias, Self::Token, Self::Device, Self::Thing];

    const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Alias => "alias",
            Self::Token => "token",
            Self::Device => "device",
            Self::Thing => "hidden",
        }
    }

    /// What the name in the address of a resource is, where it has to be hidden.
    #[must_use]
    pub const fn of_address(resource: Resource) -> Option<Self> {
        match resource {
            Resource::Alias => Some(Self::Alias),
            Resource::TagSet => Some(Self::User),
            Resource::Device => Some(Self::Device),
            Resource::TagMembers | Resource::Blacklist | Resource::DeviceTokens | Resource::Property => None,
        }
    }
}

/// What stands for each name that was hidden.
#[derive(Debug, Default)]
struct Hidden {
    words: BTreeMap<(Sort, String), String>,
    /// How many words of each sort there are: counting them anew for each name takes time by the square.
    counts: BTreeMap<Sort, usize>,
}

/// Hides, or shows, names. One is used for one output.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    hidden: Option<Rc<RefCell<Hidden>>>,
}

impl Mask {
    /// Everything is shown.
    #[must_use]
    pub const fn show() -> Self {
        Self { hidden: None }
    }

    /// Aliases and ids are hidden.
    #[must_use]
    pub fn hide() -> Self {
        Self { hidden: Some(Rc::default()) }
    }

    /// Whether anything is hidden.
    #[must_use]
    pub const fn hides(&self) -> bool {
        self.hidden.is_some()
    }

    /// A name as it may be shown, control characters escaped.
    #[must_use]
    pub fn name(&self, sort: Sort, plain: &str) -> String {
        let Some(hidden) = &self.hidden else { return text::name(plain) };
        let Hidden { words, counts } = &mut *hidden.borrow_mut();
        let key = (sort, plain.to_owned());
        if let Some(word) = words.get(&key) {
            return word.clone();
        }
        let count = counts.entry(sort).or_default();
        *count += 1;
        let word = format!("{}#{count}", sort.word());
        words.insert(key, word.clone());
        word
    }

    /// An address as it may be shown.
    #[must_use]
    pub fn address(&self, resource: Resource, plain: &str) -> String {
        let name = match Sort::of_address(resource) {
            Some(sort) if self.hides() => self.name(sort, plain),
            Some(_) | None => plain.to_owned(),
        };
        text::clean(&address::show(resource, &name))
    }

    /// A sentence as it may be shown: what stands in quotes and is no word of ours, and what looks like an id,
    /// is hidden. It hides rather too much than too little.
    #[must_use]
    pub fn prose(&self, plain: &str) -> String {
        if !self.hides() {
            return plain.to_owned();
        }
        let mut out = String::with_capacity(plain.len());
        let mut rest = plain;
        while let Some(at) = rest.find(['`', '"']) {
            let quote = if rest[at..].starts_with('`') { '`' } else { '"' };
            let Some(len) = rest[at + 1..].find(quote) else { break };
            let inner = &rest[at + 1..at + 1 + len];
            out.push_str(&self.ids(&rest[..at]));
            out.push(quote);
            out.push_str(&match inner.strip_prefix(PROGRAM) {
                Some(words) => format!("{PROGRAM}{}", self.command(words)),
                None if is_ours(inner) => inner.to_owned(),
                None => self.thing(inner),
            });
            out.push(quote);
            rest = &rest[at + len + 2..];
        }
        out.push_str(&self.ids(rest));
        out
    }

    /// A command that is proposed: its words, its options and addresses, whose names are hidden as everywhere.
    fn command(&self, plain: &str) -> String {
        let word = |word: &str| {
            let bare = word.trim_matches('\'');
            let is_plain = bare.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
            if is_plain || is_ours(bare) {
                return word.to_owned();
            }
            match Address::parse(bare) {
                Ok(address) => word.replace(bare, &self.address(address.resource, &address.name)),
                Err(_) => word.replace(bare, &self.thing(bare)),
            }
        };
        plain.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }

    /// A line of a manifest or a project file as it may be shown: every word that is none of ours is hidden, for a
    /// line alone does not say what its words are.
    #[must_use]
    pub fn source(&self, plain: &str) -> String {
        if !self.hides() {
            return plain.to_owned();
        }
        let is_word = |c: char| c == '_' || c.is_alphanumeric();
        let mut out = String::with_capacity(plain.len());
        let mut rest = plain;
        while let Some(start) = rest.find(is_word) {
            let (before, from) = rest.split_at(start);
            let (word, after) = from.split_at(from.find(|c| !is_word(c)).unwrap_or(from.len()));
            out.push_str(before);
            out.push_str(&if is_ours(word) { word.to_owned() } else { self.thing(word) });
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// Text without quotes: runs of letters and digits that are as long as an id and have a digit are hidden.
    fn ids(&self, plain: &str) -> String {
        let is_id = |word: &str| word.len() >= ID_CHARS_MIN && word.bytes().any(|b| b.is_ascii_digit());
        let mut out = String::with_capacity(plain.len());
        for piece in plain.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
            let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            if is_id(word) {
                out.push_str(&self.thing(word));
                out.push_str(&piece[word.len()..]);
            } else {
                out.push_str(piece);
            }
        }
        out
    }

    /// The word of a text that was shown before as something else, or one of its own.
    fn thing(&self, plain: &str) -> String {
        let known = self.hidden.as_ref().and_then(|hidden| {
            let hidden = hidden.borrow();
            Sort::ALL.into_iter().find_map(|sort| hidden.words.get(&(sort, plain.to_owned())).cloned())
        });
        known.unwrap_or_else(|| self.name(Sort::Thing, plain))
    }
}

/// The shortest run that is taken for an id: a registration id has 19 or more, a telephone number 11.
const ID_CHARS_MIN: usize = 11;

/// Whether a quoted text is of fixed words of ours: keys, types, options, addresses without a name, and files whose
/// names we give. A value that somebody typed behind one of them is none.
fn is_ours(text: &str) -> bool {
    let is_address = |word: &str| Resource::ALL.into_iter().any(|one| address::resource_word(one) == word);
    let is_word = |word: &str| {
        Vendor::ALL.iter().any(|vendor| vendor.word() == word)
            || KEYS.iter().any(|group| group.contains(&word))
            || WORDS.contains(&word)
            || FILES.contains(&word)
            || is_option(word)
            || is_address(word)
    };
    let is_part = |part: &str| {
        is_word(part.trim_end_matches(':')) || PLACEHOLDERS.contains(&part) || is_reference(part)
    };
    is_word(text) || (text.contains(' ') && text.split(' ').all(is_part))
}

/// Whether this is a variable's name in place of its value.
fn is_reference(text: &str) -> bool {
    let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
}

fn is_option(text: &str) -> bool {
    let name = text.strip_prefix('-').map(|rest| rest.trim_start_matches('-'));
    name.is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
    })
}

/// What a command begins with.
const PROGRAM: &str = "pushform ";

/// Words of ours that are no keys of the project file.
const WORDS: [&str; 21] = [
    "CSV UTF-8",
    "aliases",
    "tag_sets",
    "tag_members",
    "blacklist",
    "device_tokens",
    "properties",
    "devices",
    "type",
    "description",
    "prevent_destroy",
    "from",
    "string",
    "number",
    "bool",
    "datetime",
    "true",
    "false",
    "yes",
    "https",
    "http",
];

/// What stands for a value where a command or an option is explained.
const PLACEHOLDERS: [&str; 4] = ["DIR", "FILE", "NAME", "ADDR"];

/// Files whose names we give.
const FILES: [&str; 5] =
    ["pushform.yaml", "emulator.yaml", ".pushform/state.db", ".pushform/emulated-state.db", ".gitignore"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_has_one_word_everywhere() {
        let mask = Mask::hide();
        assert_eq!(mask.name(Sort::User, "e605a0db5ce3cca9b76b012978064940"), "user#1");
        assert_eq!(mask.name(Sort::User, "9497869031e1fa74adaa84458f73cc62"), "user#2");
        assert_eq!(mask.address(Resource::Alias, "alice"), "getui.alias[\"alias#1\"]");
        assert_eq!(mask.address(Resource::TagMembers, "vip"), "getui.tag_members[\"vip\"]");
        assert_eq!(
            mask.prose("user e605a0db5ce3cca9b76b012978064940 has `alice` and \"bob\", see `aliases`"),
            "user user#1 has `alias#1` and \"hidden#1\", see `aliases`"
        );
    }

    #[test]
    fn fixed_words_are_shown_and_what_was_typed_behind_them_is_not() {
        let mask = Mask::hide();
        for fixed in [
            "`--target` and `-C DIR` of `pushform.yaml`",
            "add `app_key: ${GETUI_APP_KEY}`",
            "did you mean `getui.alias`? `blacklist` is known",
            "run `pushform plan -o FILE`, then `pushform state move`",
            "look closer with `pushform plan --refresh full --target 'getui.tag_members[\"vip\"]'`",
        ] {
            assert_eq!(mask.prose(fixed), fixed);
        }
        for (typed, shown) in [
            ("`--target=getui.alias[alice]` is", "`hidden#1` is"),
            ("`--target getui.alias[\"bob\"]` is", "`hidden#2` is"),
            ("`pushform state rm 'getui.alias[\"bob\"]'`", "`pushform state rm 'getui.alias[\"alias#1\"]'`"),
            ("`pushform user 13800138000`", "`pushform user hidden#3`"),
        ] {
            assert_eq!(mask.prose(typed), shown);
        }
    }

    #[test]
    fn a_line_of_a_manifest_keeps_our_words_alone() {
        let mask = Mask::hide();
        assert_eq!(
            mask.source("  aliases: {alice_w: [e605], 张三: \"oX-Y\"}  # Alice, of course"),
            "  aliases: {hidden#1: [hidden#2], hidden#3: \"hidden#4-hidden#5\"}  # hidden#6, hidden#7 hidden#8"
        );
    }

    #[test]
    fn without_a_mask_only_what_is_dangerous_changes() {
        let mask = Mask::show();
        assert_eq!(mask.name(Sort::User, "a\u{7}"), "a\\u{7}");
        assert_eq!(mask.prose("has `alice`"), "has `alice`");
        assert_eq!(mask.address(Resource::Alias, "a\u{202e}b"), "getui.alias[\"a\\u{202e}b\"]");
    }
}
