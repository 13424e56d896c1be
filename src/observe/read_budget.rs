//! The read budget of a vendor: the calls that fit into the time that reads may take, and the reads they are spent on.
//!
//! Pure: plain numbers in and out. What a read is worth is `worth.rs`'s.

use std::cmp::Ordering;

use crate::names::{Name, Names};

/// What a read is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    /// The users of an alias.
    Alias,
    /// The tags of a user.
    TagsOf,
    /// How many users carry a tag.
    Tag,
}

/// A read of one call that may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub about: About,
    pub name: Name,
    /// Of how many rows the answer tells.
    pub gain: u64,
}

/// The calls that are left.
#[derive(Debug)]
pub(super) struct ReadBudget {
    calls: u64,
}

impl ReadBudget {
    pub const fn of(calls: u64) -> Self {
        Self { calls }
    }

    /// Reserves calls for reads that are made in any case.
    pub const fn reserve(&mut self, calls: u64) {
        self.calls = self.calls.saturating_sub(calls);
    }

    /// How many calls are left.
    pub const fn left(&self) -> u64 {
        self.calls
    }

    /// Chooses the candidates with the greatest gain, as many as there are calls left; of equal gain by text.
    pub fn choose(&mut self, mut candidates: Vec<Candidate>, names: &Names) -> Vec<Candidate> {
        let count = usize::try_from(self.calls).unwrap_or(usize::MAX);
        let by = |a: &Candidate, b: &Candidate| match b.gain.cmp(&a.gain) {
            Ordering::Equal => names.by_text(a.name, b.name).then(a.about.cmp(&b.about)),
            unequal => unequal,
        };
        if count == 0 {
            candidates.clear();
        } else if count < candidates.len() {
            candidates.select_nth_unstable_by(count, by);
            candidates.truncate(count);
        }
        self.calls -= candidates.len() as u64;
        candidates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(calls: u64, candidates: &[(About, &str, u64)]) -> (Vec<String>, u64) {
        let mut names = Names::new();
        let candidate = |(about, text, gain): &(About, &str, u64)| Candidate {
            about: *about,
            name: names.intern(text),
            gain: *gain,
        };
        let candidates: Vec<Candidate> = candidates.iter().map(candidate).collect();
        let mut budget = ReadBudget::of(calls);
        let mut shown: Vec<String> = (budget.choose(candidates, &names).iter())
            .map(|candidate| format!("{:?} {}", candidate.about, names.text(candidate.name)))
            .collect();
        shown.sort();
        (shown, budget.left())
    }

    #[test]
    fn a_budget_goes_to_the_greatest_gain_and_of_equal_ones_to_the_first_by_text() {
        let candidates = [
            (About::Tag, "large", 1_000),
            (About::Alias, "b", 20),
            (About::Alias, "a", 20),
            (About::TagsOf, "a", 20),
            (About::Tag, "small", 3),
        ];
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
        assert_eq!(chosen(0, &candidates), (texts(&[]), 0));
        assert_eq!(chosen(1, &candidates), (texts(&["Tag large"]), 0));
        assert_eq!(chosen(3, &candidates), (texts(&["Alias a", "Tag large", "TagsOf a"]), 0));
        assert_eq!(chosen(7, &candidates).1, 2, "calls that no candidate takes are left");
    }

    #[test]
    fn what_has_to_be_asked_anyway_is_reserve() {
        let mut budget = ReadBudget::of(10);
        budget.reserve(4);
        assert_eq!(budget.left(), 6);
        budget.reserve(40);
        assert_eq!(budget.left(), 0);
    }
}
