//! What clients did wrong: of each sort how often, and the first of them in full.
//!
//! A violation is what a client could have known to be wrong; a refusal that it could not foresee is none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// The sort of a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// A call beyond a documented limit, the once-a-day rule of a user's tag overwrite among them.
    OverLimit,
    /// A list, a text or a page beyond its documented size.
    OverSize,
    /// The same user twice in one list, or the same tag.
    Duplicate,
    /// A text with characters outside of the documented set, or empty.
    BadText,
    /// An alias with more than ten users, at any moment even within one call.
    AliasOverTen,
    /// A tag overwrite with an empty list.
    EmptyOverwrite,
    /// A list without entries.
    EmptyList,
    /// A call without a token or credentials.
    NoToken,
    /// A call with a token that the client knew to be ended or expired.
    StaleToken,
    /// A sign or credentials that do not fit.
    BadCredentials,
    /// A path, a header or a body that cannot be read.
    Malformed,
    /// A field that the document demands and the call leaves out.
    MissingField,
    /// A path word as the name of a property.
    ReservedName,
    /// A value that its property's type does not hold, or no type at all.
    BadValue,
    /// A badge for a user who has no iOS phone.
    NotIos,
    /// A path that is no endpoint's, or with another method.
    UnknownEndpoint,
}

/// One violation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// When the call came.
    pub at: Timestamp,
    /// Its sort.
    pub sort: Sort,
    /// The endpoint by name, or the path.
    pub endpoint: String,
    /// What exactly.
    pub detail: String,
}

/// How many violations are kept in full: enough to read, not enough to fill the memory in a long run.
pub const VIOLATIONS_MAX: usize = 1_000;

/// All violations so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Violations {
    counts: BTreeMap<Sort, u64>,
    first: Vec<Violation>,
}

impl Violations {
    /// Writes one down.
    pub fn push(&mut self, violation: Violation) {
        *self.counts.entry(violation.sort).or_default() += 1;
        if self.first.len() < VIOLATIONS_MAX {
            self.first.push(violation);
        }
    }

    /// The first [`VIOLATIONS_MAX`] of them.
    #[must_use]
    pub fn list(&self) -> &[Violation] {
        &self.first
    }

    /// How many there are of each sort.
    #[must_use]
    pub const fn counts(&self) -> &BTreeMap<Sort, u64> {
        &self.counts
    }
}
