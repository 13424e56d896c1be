//! Counts instead of looks: how many users carry a tag, and a closer look where that is fewer than are recorded.
//!
//! What is asked is `question.rs`'s, what a difference means `plan/`'s.

use super::question::Question;
use super::scope::Depth;
use super::worth::{self, Tally};
use super::{Existing, Observer, Reader, union};
use crate::kind::{Answer, Read};
use crate::names::{Name, Names};
use crate::plan::{Closer, Counted, Live};
use crate::problem::Result;
use crate::table::Kind;

/// Counts, and what is to be done about them.
pub(super) struct Counts {
    tallies: Vec<Tally>,
    counted: Vec<u64>,
    /// Users whose tags are asked for anyway, sorted by number.
    tag_users: Vec<Name>,
    /// Tags of which every recorded user is looked at, sorted by number.
    pub read: Vec<Name>,
    /// Other tags that fewer users carry than are recorded, sorted by number.
    rest: Vec<Name>,
}

/// Asks for the counts.
pub(super) async fn begin(question: Question, reader: &Reader<'_>, names: &mut Names) -> Result<Counts> {
    let Question { tags: tallies, tag_users, closer_max, .. } = question;
    let counted = ask(reader, &tallies, names).await?;
    let short: Vec<Tally> = (tallies.iter().zip(&counted))
        .filter(|(tally, counted)| **counted < tally.recorded)
        .map(|(tally, _)| *tally)
        .collect();
    let (read, rest) = worth::closer(&short, closer_max, names);
    Ok(Counts { tallies, counted, tag_users, read, rest })
}

/// Asks for the tags of those users who need a closer look.
pub(super) async fn finish(
    observer: &Observer<'_>,
    counts: Counts,
    reader: &Reader<'_>,
    existing: &mut Existing,
    names: &mut Names,
    live: &mut Live,
) -> Result<()> {
    let Counts { tallies, counted, tag_users, read, rest } = counts;
    let recorded = observer.about.recorded.tables.of(Kind::Tag).rows();
    let members = if read.is_empty() { Vec::new() } else { worth::members(&read, recorded) };
    observer.tags(union(tag_users.into_iter().chain(members)), reader, existing, names, live).await?;
    // Only where nothing but the record and a count is gone by, writing once more is what is left.
    live.doubted = if observer.scope.depth == Depth::Worth { rest } else { Vec::new() };
    let closer = |tag: Name| match (read.binary_search(&tag), live.doubted.binary_search(&tag)) {
        (Ok(_), _) => Closer::Read,
        (Err(_), Ok(_)) => Closer::Repeated,
        (Err(_), Err(_)) => Closer::None,
    };
    let of = |(tally, counted): (&Tally, u64)| Counted {
        tag: tally.tag,
        recorded: tally.recorded,
        counted,
        members: tally.members,
        sets: tally.sets,
        closer: closer(tally.tag),
    };
    live.counts = tallies.iter().zip(counted).map(of).collect();
    Ok(())
}

async fn ask(reader: &Reader<'_>, tags: &[Tally], names: &mut Names) -> Result<Vec<u64>> {
    let tags: Vec<Name> = tags.iter().map(|tally| tally.tag).collect();
    let mut counts = Vec::with_capacity(tags.len());
    let take = |_, answer: Answer, _: &mut Names| {
        counts.push(match answer {
            Answer::Count(count) => count,
            Answer::Alias(_)
            | Answer::Texts(_)
            | Answer::Properties { .. }
            | Answer::Devices { .. }
            | Answer::Values(_)
            | Answer::Has(_) => 0,
        });
    };
    reader.each(&tags, Read::CountOf, names, take).await?;
    Ok(counts)
}
