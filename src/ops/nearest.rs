//! What to say of a selector that matches nothing recorded: the nearest address.
//!
//! Looked for only then, row by row, since it takes a look at everything.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::address::{Distance, Resource, Selector};
use crate::plan::no_match;
use crate::problem::{Problems, Result};
use crate::state::addresses::of_text;
use crate::state::{RowQuery, Store, each_row};
use crate::table::Kind;
use crate::text_rows::TextRow;

/// So many addresses of each kind are compared, which takes a second or two; behind them nobody looks.
const COMPARED_MAX: usize = 100_000;
/// So many rows of each kind are read for them, since a tag comes again with every user.
const ROWS_MAX: usize = 1_000_000;

/// A problem for each of these selectors, with the nearest of what is recorded: it was mistyped, whatever others match.
///
/// # Errors
/// The state cannot be read.
pub(super) async fn no_matches(store: &dyn Store, unmatched: &[&Selector]) -> Result<Problems> {
    let mut nearest: Vec<Option<Near>> = unmatched.iter().map(|_| None).collect();
    for kind in Kind::ALL {
        // In the order of users an alias comes once, and a tag with every user: of those each is compared once.
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut rows = 0;
        let take = |row: TextRow<'_>| {
            let (resource, name) = of_text(kind, &row);
            rows += 1;
            if rows > ROWS_MAX || seen.len() == COMPARED_MAX {
                return ControlFlow::Break(());
            }
            if seen.contains(name) {
                return ControlFlow::Continue(());
            }
            seen.insert(name.to_owned());
            for (selector, best) in unmatched.iter().zip(&mut nearest) {
                let rank = (selector.distance(resource, name), resource);
                let is_nearer = |best: &Near| (rank, name) < (best.rank, &best.name);
                if best.as_ref().is_none_or(is_nearer) {
                    *best = Some(Near { rank, name: name.to_owned() });
                }
            }
            ControlFlow::Continue(())
        };
        each_row(store, RowQuery::Kind(kind), take).await?;
    }
    let mut problems = Problems::new();
    for (selector, best) in unmatched.iter().zip(&nearest) {
        let best = best.iter().map(|Near { rank, name }| (rank.1, name.as_str()));
        problems.push(no_match(selector, "recorded", best));
    }
    Ok(problems)
}

/// The nearest address so far.
struct Near {
    rank: ((Distance, usize), Resource),
    name: String,
}
