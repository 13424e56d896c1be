//! One purse for all questions of a vendor: so many calls as go within the time that reads may take, and what they buy.
//!
//! Pure: plain numbers in and out. What a question is worth is `worth.rs`'s.

use std::cmp::Ordering;

use crate::names::{Name, Names};

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    /// The users of an alias.
    Alias,
    /// The tags of a user.
    TagsOf,
    /// How many users carry a tag.
    Tag,
}

/// A question of one call that may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub about: About,
    pub name: Name,
    /// Of how many rows the answer tells.
    pub gain: u64,
}

/// Calls that there is time for.
#[derive(Debug)]
pub(super) struct Purse {
    calls: u64,
}

impl Purse {
    pub const fn of(calls: u64) -> Self {
        Self { calls }
    }

    /// Keeps calls for what has to be asked anyway.
    pub const fn put_by(&mut self, calls: u64) {
        self.calls = self.calls.saturating_sub(calls);
    }

    /// How many calls nothing was bought for yet.
    pub const fn left(&self) -> u64 {
        self.calls
    }

    /// The questions of the greatest gain, as many as there is time for; those of equal gain by text.
    pub fn buy(&mut self, mut wishes: Vec<Wish>, names: &Names) -> Vec<Wish> {
        let count = usize::try_from(self.calls).unwrap_or(usize::MAX);
        let by = |a: &Wish, b: &Wish| match b.gain.cmp(&a.gain) {
            Ordering::Equal => names.by_text(a.name, b.name).then(a.about.cmp(&b.about)),
            unequal => unequal,
        };
        if count == 0 {
            wishes.clear();
        } else if count < wishes.len() {
            wishes.select_nth_unstable_by(count, by);
            wishes.truncate(count);
        }
        self.calls -= wishes.len() as u64;
        wishes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bought(calls: u64, wishes: &[(About, &str, u64)]) -> (Vec<String>, u64) {
        let mut names = Names::new();
        let wish = |(about, text, gain): &(About, &str, u64)| Wish {
            about: *about,
            name: names.intern(text),
            gain: *gain,
        };
        let wishes: Vec<Wish> = wishes.iter().map(wish).collect();
        let mut purse = Purse::of(calls);
        let mut shown: Vec<String> = (purse.buy(wishes, &names).iter())
            .map(|wish| format!("{:?} {}", wish.about, names.text(wish.name)))
            .collect();
        shown.sort();
        (shown, purse.left())
    }

    #[test]
    fn a_purse_buys_the_greatest_gain_and_of_equal_ones_the_first_by_text() {
        let wishes = [
            (About::Tag, "large", 1_000),
            (About::Alias, "b", 20),
            (About::Alias, "a", 20),
            (About::TagsOf, "a", 20),
            (About::Tag, "small", 3),
        ];
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
        assert_eq!(bought(0, &wishes), (texts(&[]), 0));
        assert_eq!(bought(1, &wishes), (texts(&["Tag large"]), 0));
        assert_eq!(bought(3, &wishes), (texts(&["Alias a", "Tag large", "TagsOf a"]), 0));
        assert_eq!(bought(7, &wishes).1, 2, "what nobody wishes for is left");
    }

    #[test]
    fn what_has_to_be_asked_anyway_is_put_by() {
        let mut purse = Purse::of(10);
        purse.put_by(4);
        assert_eq!(purse.left(), 6);
        purse.put_by(40);
        assert_eq!(purse.left(), 0);
    }
}
