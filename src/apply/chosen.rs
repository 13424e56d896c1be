//! What of the written rows is read back: all of them while that is quick, else a count of each tag and a random sample.
//!
//! It decides only; asking and judging is `verify.rs`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::Run;
use super::verify::Expected;
use crate::kind::Provider;
use crate::names::Name;
use crate::observe::{calls_within, draw, pace_ms};
use crate::problem::Result;
use crate::state::{RowQuery, each_row};
use crate::table::Kind;
use crate::text_rows::TextRow;

/// Never fewer than this are read back, however little time there is. Beside a count that is as expected more would
/// prove little, and would cost a large segment more than writing it.
const SAMPLE_MIN: usize = 50;

/// How many users shall carry a tag at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crowd {
    pub tag: Name,
    /// So many are recorded to.
    pub recorded: u64,
    /// What the vendor counted last.
    pub counted: u64,
}

/// What is read back.
pub(super) struct Chosen {
    pub rows: Vec<Expected>,
    pub crowds: Vec<Crowd>,
    /// By what the rows were drawn.
    pub seed: u64,
}

type Subject = (Kind, Name);

/// Chooses among the rows that can be read back.
pub(super) async fn choose(run: &Run<'_>, readable: &[Expected]) -> Result<Chosen> {
    let subjects: BTreeSet<Subject> = readable.iter().map(|row| (row.kind, row.subject)).collect();
    let seed = run.apply.clock.now().0.unsigned_abs();
    if time_ms(run, subjects.len()) <= run.apply.verify_ms {
        return Ok(Chosen { rows: readable.to_vec(), crowds: Vec::new(), seed });
    }
    let (tags, others): (Vec<Subject>, Vec<Subject>) =
        subjects.into_iter().partition(|(kind, _)| *kind == Kind::Tag);
    let counts = time_ms(run, tags.len()) > run.apply.verify_ms;
    let crowds = if counts { crowds(run, readable).await? } else { Vec::new() };
    let tags_max = if counts { SAMPLE_MIN } else { tags.len() };
    let others_max = within_time(run, others.len());
    let drawn: BTreeSet<Subject> =
        draw(tags, tags_max, seed).into_iter().chain(draw(others, others_max, seed)).collect();
    let rows = readable.iter().filter(|row| drawn.contains(&(row.kind, row.subject))).copied().collect();
    Ok(Chosen { rows, crowds, seed })
}

/// How long so many subjects take to read. The vendors' reads go side by side; taking all for the slower one's is on
/// the safe side.
fn time_ms(run: &Run<'_>, calls: usize) -> i64 {
    let pace = |provider: &&dyn Provider| pace_ms(*provider, run.apply.quotas, calls as u64);
    run.apply.providers.iter().map(pace).max().unwrap_or(0)
}

/// As many of these as there is time for.
fn within_time(run: &Run<'_>, subjects: usize) -> usize {
    if time_ms(run, subjects) <= run.apply.verify_ms {
        return subjects;
    }
    let within = |provider: &&dyn Provider| calls_within(*provider, run.apply.quotas, run.apply.verify_ms);
    let calls = run.apply.providers.iter().map(within).min().unwrap_or(0);
    usize::try_from(calls).unwrap_or(usize::MAX).max(SAMPLE_MIN)
}

/// The tags of these rows that are recorded, those of most rows first where there is not time for all.
async fn crowds(run: &Run<'_>, readable: &[Expected]) -> Result<Vec<Crowd>> {
    let mut rows: BTreeMap<Name, u64> = BTreeMap::new();
    for row in readable.iter().filter(|row| row.kind == Kind::Tag) {
        *rows.entry(row.item).or_default() += 1;
    }
    let names = &run.apply.plan.names;
    let mut tags: Vec<(u64, Name)> = rows.into_iter().map(|(tag, rows)| (rows, tag)).collect();
    tags.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| names.by_text(a.1, b.1)));
    tags.truncate(within_time(run, tags.len()));
    // What was recorded while the calls went counts as well, so the state is asked and not the plan.
    let mut counts: BTreeMap<&str, u64> = tags.iter().map(|(_, tag)| (names.text(*tag), 0)).collect();
    let count = |row: TextRow<'_>| {
        if let Some(count) = counts.get_mut(row.item) {
            *count += 1;
        }
        ControlFlow::Continue(())
    };
    each_row(run.apply.store, RowQuery::Kind(Kind::Tag), count).await?;
    let crowd = |(_, tag): (u64, Name)| {
        let recorded = counts.get(names.text(tag)).copied().filter(|count| *count > 0)?;
        Some(Crowd { tag, recorded, counted: 0 })
    };
    Ok(tags.iter().copied().filter_map(crowd).collect())
}
