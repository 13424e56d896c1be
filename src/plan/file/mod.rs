//! A plan as a file: the JSON of a saved plan, of `plan --json` and of `show --json`, which are one format.
//!
//! It neither opens files nor shows anything. What a file says about hosts, paths and bodies is for people and
//! policy tools: calls are made anew from the rows that they carry, and a file that says otherwise is refused.

mod model;
mod read;
mod view;
mod write;
mod writes;

pub use model::schema;
pub use read::{from_json, to_apply};
pub use view::{Role, View};
pub use write::{to_json, to_json_as};

use crate::kind::Provider;
use crate::names::Names;
use crate::quota::Quotas;

/// The version of the format. The first number changes when old readers would misread it.
pub const FORMAT_VERSION: &str = "1.0";

/// What stands before the digest, which is the last thing in a file: it covers every byte before this.
const DIGEST_KEY: &str = ",\n\"digest\":\"";

/// What stands behind the digest.
const DIGEST_END: &str = "\"}\n";

/// Who says how calls look and what they spend.
#[derive(Clone, Copy)]
pub struct Accounts<'a> {
    /// The accounts of the project.
    pub providers: &'a [&'a dyn Provider],
    /// Their quotas.
    pub quotas: &'a Quotas,
}

impl<'a> Accounts<'a> {
    fn of(self, vendor: crate::wire::Vendor) -> Option<&'a dyn Provider> {
        self.providers.iter().copied().find(|provider| provider.vendor() == vendor)
    }
}

/// A write in another pool of names.
#[must_use]
pub fn renamed(write: &crate::kind::Write, (from, to): (&Names, &mut Names)) -> crate::kind::Write {
    writes::WriteDoc::of(write, from, &view::Plain).intern(to)
}

#[cfg(test)]
mod tests;
