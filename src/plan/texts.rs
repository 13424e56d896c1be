//! The order of names by their texts, sorted once and compared as numbers afterwards.
//!
//! Numbers of names follow the order in which files were read; nothing that reaches a person, a call or a
//! file may depend on them. Only the names asked for are ranked.

use crate::names::{Name, Names};

/// The rank of each used name: smaller text, smaller rank.
pub(super) struct TextOrder {
    ranks: Vec<u32>,
}

impl TextOrder {
    /// The order of these names; a name may come any number of times.
    pub fn of(names: &Names, used: impl IntoIterator<Item = Name>) -> Self {
        let mut ranks = vec![0_u32; names.len()];
        let mut list = Vec::new();
        for name in used {
            if std::mem::replace(&mut ranks[name.index()], 1) == 0 {
                list.push((head(names.text(name)), name));
            }
        }
        list.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| names.by_text(a.1, b.1)));
        for (rank, (_, name)) in (0_u32..).zip(&list) {
            ranks[name.index()] = rank;
        }
        Self { ranks }
    }

    /// The rank of a used name; 0 for every other.
    pub fn rank(&self, name: Name) -> u32 {
        self.ranks[name.index()]
    }
}

/// The first eight bytes as a number of the same order: most comparisons end there, without a look at the
/// texts themselves, which lie anywhere.
fn head(text: &str) -> u64 {
    let mut bytes = [0_u8; 8];
    let len = text.len().min(8);
    bytes[..len].copy_from_slice(&text.as_bytes()[..len]);
    u64::from_be_bytes(bytes)
}

/// A set of names with a bit for each name of the pool.
pub(super) struct NameSet {
    bits: Vec<u64>,
}

impl NameSet {
    /// The set of these names, of a pool of `len` names.
    pub fn of(len: usize, names: impl IntoIterator<Item = Name>) -> Self {
        let mut set = Self { bits: vec![0; len.div_ceil(64)] };
        for name in names {
            set.insert(name);
        }
        set
    }

    /// Puts a name in.
    pub fn insert(&mut self, name: Name) {
        self.bits[name.index() / 64] |= 1 << (name.index() % 64);
    }

    /// Whether the name is in.
    pub fn holds(&self, name: Name) -> bool {
        self.bits[name.index() / 64] >> (name.index() % 64) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_follow_the_texts_and_not_the_order_of_arrival() {
        let mut names = Names::new();
        let texts = ["user_0000_b", "user_0000_a", "喜爱足球", "b", "user_0000", ""];
        let list: Vec<Name> = texts.iter().map(|text| names.intern(text)).collect();
        let order = TextOrder::of(&names, list.iter().copied().chain(list.iter().copied()));
        let mut sorted = list.clone();
        sorted.sort_by_key(|name| order.rank(*name));
        let shown: Vec<&str> = sorted.iter().map(|name| names.text(*name)).collect();
        assert_eq!(shown, ["", "b", "user_0000", "user_0000_a", "user_0000_b", "喜爱足球"]);
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut names = Names::new();
        let list: Vec<Name> = (0..200).map(|n| names.intern(&format!("n{n}"))).collect();
        let set = NameSet::of(names.len(), list.iter().copied().step_by(3));
        for (at, name) in list.iter().enumerate() {
            assert_eq!(set.holds(*name), at % 3 == 0, "name {at}");
        }
    }
}
