//! The pool of interned names: users, tags, aliases, values, each text kept once.
//!
//! A [`Name`] is four bytes. Its number says nothing about the order of the texts: sort with
//! [`Names::by_text`] before anything reaches a person or a file.

use std::cmp::Ordering;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::problem::Problem;

/// A text of the pool, as a number. Only meaningful together with the [`Names`] that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(u32);

impl Name {
    /// The empty text, in every pool: what a kind has no use for.
    pub const NONE: Self = Self(0);
    /// `set`, in every pool: the value of a tag row that a tag set declares.
    pub const SET: Self = Self(1);
    /// `members`, in every pool: the value of a tag row that a tag's member list declares.
    pub const MEMBERS: Self = Self(2);

    /// The number, to index a side table of [`Names::len`] entries.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where a list of texts is, and how far it went last. Files about the same users mostly have them in the same order,
/// and then the step from one to the next is always the same. Looking there costs one comparison of texts that lie
/// side by side; looking a text up costs four reads from all over the memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trail {
    last: u32,
    step: u32,
}

/// The pool. Texts are laid end to end; at most 4 GiB of them.
#[derive(Clone)]
pub struct Names {
    /// How many bytes of text there may be.
    bytes_max: usize,
    is_full: bool,
    text: String,
    ends: Vec<u32>,
    table: HashTable<Slot>,
    hasher: DefaultHashBuilder,
}

/// A name in the table together with half of its hash: the table grows, and nearly every other text is told apart,
/// without a look at texts, which lie all over the memory.
#[derive(Clone, Copy)]
struct Slot {
    half: u32,
    name: Name,
}

impl Slot {
    /// What the table goes by: it wants its bits at both ends.
    const fn hash(half: u32) -> u64 {
        (half as u64) << 32 | half as u64
    }
}

impl Default for Names {
    fn default() -> Self {
        let mut names = Self {
            bytes_max: u32::MAX as usize,
            is_full: false,
            text: String::new(),
            ends: Vec::new(),
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        };
        for text in ["", "set", "members"] {
            names.intern(text);
        }
        names
    }
}

impl Names {
    /// A pool that holds only the three names every pool has.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The name of `text`, added if it is new. Where there is no room left it is [`Name::NONE`], and
    /// [`Names::is_full`] says so from then on: nothing that was made with it holds.
    pub fn intern(&mut self, text: &str) -> Name {
        let half = self.half(text);
        if let Some(found) = self.find_half(half, text) {
            return found;
        }
        let end = self.text.len() + text.len();
        let (Ok(number), Ok(end), true) =
            (u32::try_from(self.ends.len()), u32::try_from(end), end <= self.bytes_max)
        else {
            self.is_full = true;
            return Name::NONE;
        };
        let name = Name(number);
        self.text.push_str(text);
        self.ends.push(end);
        self.table.insert_unique(Slot::hash(half), Slot { half, name }, |slot| Slot::hash(slot.half));
        name
    }

    /// The same for one list of texts after another, of which many stand in the pool in the order in which they come:
    /// the trail says which name to expect.
    pub fn intern_along(&mut self, trail: &mut Trail, text: &str) -> Name {
        let expected = trail.last.wrapping_add(trail.step);
        let is_known = (expected as usize) < self.ends.len() && self.text(Name(expected)) == text;
        let name = if is_known { Name(expected) } else { self.intern(text) };
        *trail = Trail { last: name.0, step: name.0.wrapping_sub(trail.last) };
        name
    }

    /// Makes room for so many more texts, so that the pool does not grow step by step while they come.
    pub fn reserve(&mut self, more: usize) {
        self.ends.reserve(more);
        self.table.reserve(more, |slot| Slot::hash(slot.half));
    }

    /// Whether a text was left out, since there was no room for it.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.is_full
    }

    /// Nothing while every text has found room.
    ///
    /// # Errors
    /// A text was left out.
    pub fn has_room(&self) -> Result<(), Problem> {
        if !self.is_full {
            return Ok(());
        }
        let what = "the names of what changes take more than 4 GiB";
        let help = "apply a part of it first with `--target`, or divide the project";
        Err(Problem::error("names::too_many", what).help(help))
    }

    /// The name of `text`, if the pool holds it.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Name> {
        self.find_half(self.half(text), text)
    }

    fn find_half(&self, half: u32, text: &str) -> Option<Name> {
        let is_it = |slot: &Slot| slot.half == half && slice(&self.text, &self.ends, slot.name) == text;
        self.table.find(Slot::hash(half), is_it).map(|slot| slot.name)
    }

    /// The upper half of the hash: 32 bits tell a hundred million texts apart well enough.
    fn half(&self, text: &str) -> u32 {
        u32::try_from(self.hasher.hash_one(text) >> 32).unwrap_or_default()
    }

    /// The text of `name`.
    #[must_use]
    pub fn text(&self, name: Name) -> &str {
        slice(&self.text, &self.ends, name)
    }

    /// The name of this number, if there is one: numbers go from 0 in the order in which texts were added.
    #[must_use]
    pub fn at(&self, number: usize) -> Option<Name> {
        u32::try_from(number).ok().filter(|_| number < self.ends.len()).map(Name)
    }

    /// How many names there are.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a pool is never empty")]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The order of two names by their texts, byte for byte: the order of everything that is shown.
    #[must_use]
    pub fn by_text(&self, a: Name, b: Name) -> Ordering {
        if a == b { Ordering::Equal } else { self.text(a).cmp(self.text(b)) }
    }
}

fn slice<'a>(text: &'a str, ends: &[u32], name: Name) -> &'a str {
    let index = name.index();
    let start = if index == 0 { 0 } else { ends[index - 1] as usize };
    &text[start..ends[index] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_name_and_a_name_one_text() {
        let mut names = Names::new();
        let a = names.intern("13800138000");
        let b = names.intern("喜爱足球");
        assert_eq!(names.intern("13800138000"), a);
        assert_ne!(a, b);
        assert_eq!(names.text(b), "喜爱足球");
        assert_eq!(names.find("0138"), None);
        assert_eq!(
            (names.text(Name::NONE), names.text(Name::SET), names.text(Name::MEMBERS)),
            ("", "set", "members")
        );
    }

    #[test]
    fn a_pool_without_room_says_so_and_keeps_what_it_holds() {
        let mut names = Names { bytes_max: 25, ..Names::new() };
        let known = names.intern("13800138000");
        assert!(!names.is_full());
        assert_eq!(names.intern("13900139000"), Name::NONE);
        assert!(names.is_full());
        assert_eq!((names.intern("13800138000"), names.find("13900139000")), (known, None));
    }

    #[test]
    fn a_trail_changes_no_name_whatever_the_order() {
        let texts =
            ["a", "x", "b", "x", "c", "d", "x", "x", "a", "b", "c", "a", "d", "b", "b", "b", "new", "b"];
        let mut names = Names::new();
        let mut trail = Trail::default();
        let along: Vec<Name> = texts.iter().map(|text| names.intern_along(&mut trail, text)).collect();
        let plain: Vec<Name> = texts.iter().map(|text| names.intern(text)).collect();
        assert_eq!(along, plain);
        let read: Vec<&str> = along.iter().map(|name| names.text(*name)).collect();
        assert_eq!(read, texts);
    }
}
