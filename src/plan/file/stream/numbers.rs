//! What stands in a line for a name: the difference of its number to the last one of the same role.
//!
//! Names of people come in long lists that mostly have one order, and then every difference is the same. A text that
//! is nobody's (a tag, a property, a value) comes again and again: its number stands as it is.

use super::super::view::Role;
use crate::change::{Action, Basis};

/// Every basis; its place here is its number in a file.
pub(super) const BASES: [Basis; 3] = [Basis::Observed, Basis::Recorded, Basis::Assumed];

/// Every action and its word.
const ACTIONS: [(Action, &str); 4] = [
    (Action::Create, "create"),
    (Action::Update, "update"),
    (Action::Delete, "delete"),
    (Action::Replace, "replace"),
];

/// The word of an action.
pub(super) fn action_word(action: Action) -> &'static str {
    ACTIONS.iter().find(|(known, _)| *known == action).map_or("", |(_, word)| word)
}

/// The action of a word.
pub(super) fn action(word: &str) -> Option<Action> {
    ACTIONS.iter().find(|(_, known)| *known == word).map(|(action, _)| *action)
}

/// The last number of each role.
#[derive(Debug, Default)]
pub(super) struct Last {
    user: i64,
    alias: i64,
    token: i64,
    device: i64,
}

impl Last {
    /// The difference that stands for a number.
    pub fn difference(&mut self, role: Role, number: i64) -> i64 {
        match self.of(role) {
            Some(last) => number - std::mem::replace(last, number),
            None => number,
        }
    }

    /// The number that a difference stands for, if there is one.
    pub fn number(&mut self, role: Role, difference: i64) -> Option<i64> {
        let Some(last) = self.of(role) else { return Some(difference) };
        let number = last.checked_add(difference)?;
        *last = number;
        Some(number)
    }

    /// From where the next user is told, if there is a better place than the last one.
    pub fn expect_user(&mut self, number: Option<i64>) {
        self.user = number.unwrap_or(self.user);
    }

    const fn of(&mut self, role: Role) -> Option<&mut i64> {
        match role {
            Role::User => Some(&mut self.user),
            Role::Alias => Some(&mut self.alias),
            Role::Token => Some(&mut self.token),
            Role::Device => Some(&mut self.device),
            Role::Nobody => None,
        }
    }
}

/// Differences of a list of numbers, each to the one before it; `last` goes on from list to list.
pub(super) fn differences(last: &mut i64, numbers: &[u32]) -> Vec<i64> {
    let one = |number: &u32| i64::from(*number) - std::mem::replace(last, i64::from(*number));
    numbers.iter().map(one).collect()
}

/// The list of numbers of which these are the differences, if there is one.
pub(super) fn summed(last: &mut i64, differences: &[i64]) -> Option<Vec<u32>> {
    let one = |difference: &i64| {
        *last = last.checked_add(*difference)?;
        u32::try_from(*last).ok()
    };
    differences.iter().map(one).collect()
}
