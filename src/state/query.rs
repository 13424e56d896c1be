//! Which recorded rows are read: all of a kind, those of one subject, or those of one address.

use std::ops::ControlFlow;

use super::Store;
use crate::address::Resource;
use crate::problem::Result;
use crate::table::Kind;
use crate::text_rows::{SET, TextRow, TextRows};

/// So many rows are read at a time: about a megabyte.
const PAGE_ROWS: usize = 10_000;

/// Reads the rows of a query page by page, and gives each to `take` until that has enough.
///
/// # Errors
/// The state cannot be read.
pub async fn each_row(
    store: &dyn Store,
    query: RowQuery<'_>,
    mut take: impl FnMut(TextRow<'_>) -> ControlFlow<()>,
) -> Result<()> {
    let mut rows = TextRows::default();
    let mut after: Option<(String, String)> = None;
    loop {
        let key = after.as_ref().map(|(subject, item)| (subject.as_str(), item.as_str()));
        store.page(query, key, PAGE_ROWS, &mut rows).await?;
        let taken = rows.iter().try_for_each(&mut take);
        match rows.last() {
            Some(last) if rows.len() == PAGE_ROWS && taken.is_continue() => {
                after = Some((last.subject.to_owned(), last.item.to_owned()));
            }
            Some(_) | None => return Ok(()),
        }
    }
}

/// Which rows of one kind are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowQuery<'a> {
    /// All of them.
    Kind(Kind),
    /// Those of one subject.
    Subject(Kind, &'a str),
    /// Those of one address, as [`addresses::of_row`](super::addresses::of_row) gives it: what it is, and its name.
    Address(Resource, &'a str),
}

/// What a row must be besides of its kind: the one reading of addresses that all stores share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted<'a> {
    /// Of which kind.
    pub kind: Kind,
    /// Of which subject, any where there is none.
    pub subject: Option<&'a str>,
    /// Of which item.
    pub item: Option<&'a str>,
    /// With which value.
    pub value: Option<&'a str>,
    /// Of tags, who declares them.
    pub declared: Option<Declared>,
}

/// Who declares a tag row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    /// Its user's tag set.
    BySet,
    /// Its tag's member list.
    ByMembers,
}

impl<'a> RowQuery<'a> {
    /// Of which kind its rows are.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Kind(kind) | Self::Subject(kind, _) => kind,
            Self::Address(resource, _) => resource.kind(),
        }
    }

    /// What is asked of each row.
    pub(super) fn wanted(self) -> Wanted<'a> {
        let any = |kind| Wanted { kind, subject: None, item: None, value: None, declared: None };
        match self {
            Self::Kind(kind) => any(kind),
            Self::Subject(kind, subject) => Wanted { subject: Some(subject), ..any(kind) },
            Self::Address(resource, name) => {
                let of = any(resource.kind());
                match resource {
                    Resource::Alias => Wanted { value: Some(name), ..of },
                    Resource::TagSet => Wanted { subject: Some(name), declared: Some(Declared::BySet), ..of },
                    Resource::TagMembers => {
                        Wanted { item: Some(name), declared: Some(Declared::ByMembers), ..of }
                    }
                    Resource::Blacklist => of,
                    Resource::DeviceTokens => Wanted { item: Some(name), ..of },
                    Resource::Property | Resource::Device => Wanted { subject: Some(name), ..of },
                }
            }
        }
    }
}

impl Wanted<'_> {
    /// Whether a row of the kind is asked for.
    pub(super) fn takes(&self, row: &TextRow<'_>) -> bool {
        let Self { kind: _, subject, item, value, declared } = *self;
        let is = |wanted: Option<&str>, text: &str| wanted.is_none_or(|wanted| wanted == text);
        let by_set = row.value == SET;
        is(subject, row.subject)
            && is(item, row.item)
            && is(value, row.value)
            && declared.is_none_or(|by| (by == Declared::BySet) == by_set)
    }
}
