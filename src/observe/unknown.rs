//! Users whom the vendor does not know, found before anything is sent: a thousand a call, and the calls side by side.

use super::{Observer, Reader, holds, union};
use crate::gate::Gate;
use crate::kind::{Answer, Provider, Read};
use crate::names::{Name, Names};
use crate::plan::{Live, Plan};
use crate::problem::Result;
use crate::table::Kind;

/// Who is known to exist, and who is known not to: both sorted by number.
#[derive(Default)]
pub(super) struct Existing {
    known: Vec<Name>,
    pub unknown: Vec<Name>,
}

impl Existing {
    /// The vendor showed these.
    pub fn add(&mut self, users: &[Name]) {
        self.known = union(self.known.iter().chain(users).copied());
    }

    /// Those of these users, sorted by number, who exist: a question about one who does not is refused, and would
    /// end the whole reading.
    pub async fn among(
        &mut self,
        observer: &Observer<'_>,
        reader: &Reader<'_>,
        users: Vec<Name>,
        names: &mut Names,
    ) -> Result<Vec<Name>> {
        let open = |user: &Name| !holds(&self.known, *user) && !holds(&self.unknown, *user);
        let open: Vec<Name> = users.iter().copied().filter(open).collect();
        let provider =
            observer.about.providers.iter().find(|provider| provider.vendor() == Kind::Alias.vendor());
        let unknown_max = provider.map_or(1, |provider| provider.unknown_max());
        let unknown = ask_all(reader, &open, unknown_max, names).await?;
        self.unknown = union(self.unknown.iter().copied().chain(unknown));
        self.add(&open.into_iter().filter(|user| !holds(&self.unknown, *user)).collect::<Vec<Name>>());
        Ok(users.into_iter().filter(|user| !holds(&self.unknown, *user)).collect())
    }
}

/// The unknown ones among the users whom this plan would change and whom the reading did not show, sorted by number.
///
/// # Errors
/// The first question that was refused, in the vendor's words.
pub async fn unknown_users(
    gate: &Gate,
    provider: &dyn Provider,
    live: &Live,
    plan: &mut Plan,
) -> Result<Vec<Name>> {
    let vendor = provider.vendor();
    let names_users = |kind: Kind| !matches!(kind, Kind::Property | Kind::Device) && kind.vendor() == vendor;
    let shown = |user: Name| holds(&live.tag_users, user) || !live.tables.of(Kind::Alias).of(user).is_empty();
    let cells = plan.cells.iter().filter(|cell| names_users(cell.kind()) && !shown(cell.subject));
    let users = union(cells.map(|cell| cell.subject));
    ask_all(&Reader::new(gate), &users, provider.unknown_max(), &mut plan.names).await
}

async fn ask_all(
    reader: &Reader<'_>,
    users: &[Name],
    unknown_max: usize,
    names: &mut Names,
) -> Result<Vec<Name>> {
    let reads = users.chunks(unknown_max).map(|batch| Read::Unknown(batch.to_vec()));
    let mut unknown = Vec::new();
    for answer in reader.all(reads, names).await? {
        let Answer::Texts(texts) = answer else { continue };
        unknown.extend(texts.iter().map(|text| names.intern(text)));
    }
    Ok(union(unknown.into_iter()))
}
