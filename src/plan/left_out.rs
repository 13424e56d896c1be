//! Tag rows of single users that cannot be carried out: they are left out and named, and everybody else goes on.
//!
//! Unknown users are left out by `diff.rs`, which needs no look at the whole of a user.

use crate::change::Cell;
use crate::kind::limits;
use crate::names::{Name, Names};
use crate::problem::Problem;
use crate::table::Kind;

use super::diff::Diff;
use super::{Input, tags};

/// The code of a user who would carry too many tags.
pub const TOO_MANY_TAGS: &str = "plan::too_many_tags";
/// The code of a tag that no path can name.
pub const UNREACHABLE: &str = "plan::unreachable";

/// A user of whom something is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The user.
    pub user: Name,
    /// The number of a declaration that names them; 0 where none does.
    pub origin: u32,
    /// What is left out, and why.
    pub why: Why,
}

/// What is left out of a user's rows, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// All additions of tags: with them the user would carry so many.
    TooManyTags(usize),
    /// This tag: a URL resolves it, so no call can name it.
    Unreachable(Name),
}

impl LeftOut {
    /// What a person is told; the caller adds the place.
    #[must_use]
    pub fn problem(&self, names: &Names) -> Problem {
        let user = names.text(self.user);
        match self.why {
            Why::TooManyTags(tags) => {
                let max = limits::USER_TAGS_MAX;
                let what = format!("the user `{user}` would carry {tags} tags: {max} at most are allowed");
                let help = "no tag is added to this user; tags that nobody declared count too, and an exact set in \
                            `tag_sets` removes them";
                Problem::error(TOO_MANY_TAGS, what).help(help)
            }
            Why::Unreachable(tag) => {
                let tag = names.text(tag);
                let what = format!(
                    "the user `{user}` carries the tag `{tag}`, which no call can name: a URL resolves it"
                );
                let help = "it stays for now: only an overwrite of the user's tags removes it, which this user \
                            cannot have today, or which would leave no tag; else remove it in the vendor's console";
                Problem::error(UNREACHABLE, what).help(help)
            }
        }
    }
}

/// Takes out of the comparison what cannot be carried out of single users, by their texts.
pub(super) fn leave_out(input: &Input<'_>, diff: &mut Diff) -> Vec<LeftOut> {
    let mut list = crowded(input, &mut diff.cells);
    list.extend(tags::leave_out_unreachable(input, &mut diff.cells));
    list.sort_by(|a, b| input.names.by_text(a.user, b.user));
    list
}

/// Users who would carry more tags than the vendor allows, foreign tags included, keep what they have; what is taken
/// from them is taken.
fn crowded(input: &Input<'_>, cells: &mut Vec<Cell>) -> Vec<LeftOut> {
    let start = cells.partition_point(|cell| cell.kind() < Kind::Tag);
    let end = cells.partition_point(|cell| cell.kind() <= Kind::Tag);
    let mut list: Vec<LeftOut> = Vec::new();
    for cells in cells[start..end].chunk_by(|a, b| a.subject == b.subject) {
        let user = cells[0].subject;
        let mut added = cells.iter().filter(|cell| cell.after.is_some()).peekable();
        let Some(first) = added.peek() else { continue };
        let origin = first.origin;
        let added = added.count();
        let removed = cells.len() - added;
        // Most users are far below: the tables are asked only where it may matter.
        let most = tags::held(input, user) + added;
        if most > limits::USER_TAGS_MAX + removed {
            list.push(LeftOut { user, origin, why: Why::TooManyTags(most - removed) });
        }
    }
    if !list.is_empty() {
        let is_crowded = |user: Name| list.binary_search_by_key(&user, |one| one.user).is_ok();
        cells.retain(|cell| cell.kind() != Kind::Tag || cell.after.is_none() || !is_crowded(cell.subject));
    }
    list
}
