//! Who has which alias: ten users a call by alias, and by user only those whom that did not show.

use super::question::{Lookups, Question};
use super::{Existing, Observer, Reader, holds, union};
use crate::kind::{Answer, Read};
use crate::names::{Name, Names};
use crate::plan::Live;
use crate::problem::Result;
use crate::table::{Kind, Row, Table};

/// Reads the aliases in question, then the users in question that none of them showed.
pub(super) async fn observe(
    observer: &Observer<'_>,
    question: &mut Question,
    reader: &Reader<'_>,
    existing: &mut Existing,
    names: &mut Names,
    live: &mut Live,
) -> Result<()> {
    let recorded = observer.about.recorded.tables.of(Kind::Alias).rows();
    let aliases = question.aliases.clone();
    let mut rows = Vec::new();
    let take = |alias: Name, answer: Answer, names: &mut Names| {
        let Answer::Texts(users) = answer else { return };
        let row =
            |user: &String| Row { subject: names.intern(user), item: Name::NONE, value: alias, mark: 0 };
        rows.extend(users.iter().map(row));
    };
    reader.each(&aliases, Read::UsersOf, names, take).await?;

    let shown = union(rows.iter().map(|row| row.subject));
    existing.add(&shown);
    let hidden = existing.among(observer, reader, hidden(observer, question, &shown, names), names).await?;
    let take = |user: Name, answer: Answer, names: &mut Names| {
        let Answer::Alias(Some(alias)) = answer else { return };
        rows.push(Row { subject: user, item: Name::NONE, value: names.intern(&alias), mark: 0 });
    };
    question.closer_max = question.closer_max.saturating_sub(hidden.len() as u64);
    reader.each(&hidden, Read::AliasOf, names, take).await?;

    // A recorded user whom their recorded alias does not show has it no longer: known without a call.
    let gone = recorded.iter().filter(|row| holds(&aliases, row.value)).map(|row| row.subject);
    live.alias_users = union(shown.into_iter().chain(hidden).chain(gone));
    live.aliases = aliases;
    live.tables.set(Kind::Alias, Table::from_rows(rows));
    Ok(())
}

/// Whose alias is asked for by user, sorted by number.
fn hidden(observer: &Observer<'_>, question: &Question, shown: &[Name], names: &Names) -> Vec<Name> {
    let declared = observer.about.desired.tables.of(Kind::Alias).rows().iter();
    match &question.lookups {
        Lookups::None => Vec::new(),
        Lookups::These(users) => users.clone(),
        Lookups::Hidden => {
            let asked = declared.filter(|row| holds(&question.aliases, row.value)).map(|row| row.subject);
            let mut hidden: Vec<Name> = asked.filter(|user| !holds(shown, *user)).collect();
            let max = usize::try_from(question.lookups_max).unwrap_or(usize::MAX);
            if hidden.len() > max {
                hidden.sort_unstable_by(|a, b| names.by_text(*a, *b));
                hidden.truncate(max);
                hidden.sort_unstable();
            }
            hidden
        }
    }
}
