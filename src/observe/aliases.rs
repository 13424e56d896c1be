//! Who has which alias: ten users a call by alias, and by user only those whom that did not show.

use super::{Existing, Observer, Reader, holds, subjects, union};
use crate::kind::{Answer, Read};
use crate::names::{Name, Names};
use crate::plan::Live;
use crate::problem::Result;
use crate::table::{Kind, Row, Table};

/// Reads every declared and every recorded alias, then the declared users that none of them showed.
pub(super) async fn observe(
    observer: &Observer<'_>,
    reader: &Reader<'_>,
    existing: &mut Existing,
    names: &mut Names,
    live: &mut Live,
) -> Result<()> {
    let recorded = observer.recorded.tables.of(Kind::Alias);
    let aliases =
        union(observer.desired.aliases.iter().copied().chain(recorded.rows().iter().map(|row| row.value)));
    let mut rows = Vec::new();
    let take = |alias: Name, answer: Answer, names: &mut Names| {
        let Answer::Texts(users) = answer else { return };
        let row =
            |user: &String| Row { subject: names.intern(user), item: Name::NONE, value: alias, mark: 0 };
        rows.extend(users.iter().map(row));
    };
    reader.each(&aliases, Read::UsersOf, names, take).await?;

    let shown = union(rows.iter().map(|row| row.subject));
    let desired = observer.desired.tables.of(Kind::Alias);
    let hidden: Vec<Name> = subjects(desired).filter(|user| !holds(&shown, *user)).collect();
    existing.add(&shown);
    let hidden = existing.among(observer, reader, hidden, names).await?;
    let take = |user: Name, answer: Answer, names: &mut Names| {
        let Answer::Alias(Some(alias)) = answer else { return };
        rows.push(Row { subject: user, item: Name::NONE, value: names.intern(&alias), mark: 0 });
    };
    reader.each(&hidden, Read::AliasOf, names, take).await?;

    // A recorded user whom their recorded alias does not show has it no longer: known without a call.
    live.alias_users = union(shown.into_iter().chain(hidden).chain(subjects(recorded)));
    live.aliases = aliases;
    live.tables.set(Kind::Alias, Table::from_rows(rows));
    Ok(())
}
