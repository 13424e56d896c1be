//! A plan as a file, in two formats that say the same: compressed lines, which `plan -o` writes, and the one JSON
//! document of `plan --json` and `show --json`. Both are read.
//!
//! It neither opens files nor shows anything. What a document says about hosts, paths and bodies is for people and
//! policy tools: calls are made anew from the rows that they carry, and a document that says otherwise is refused.
//! Lines say nothing of them.

mod model;
mod read;
mod stream;
mod view;
mod write;
mod writes;

use std::convert::Infallible;

pub use model::schema;
pub use read::{from_json, to_apply};
pub use stream::{begins_packed, ends_packed, read, read_to_apply, write};
pub use view::{Role, View};
pub use write::{Document, to_json, to_json_as};

use crate::kind::Provider;
use crate::names::Names;
use crate::quota::Quotas;

use super::Plan;

/// The version of the document. The first number changes when old readers would misread it.
pub const FORMAT_VERSION: &str = "1.0";

/// What stands before the digest, which is the last thing in a document: it covers every byte before this.
const DIGEST_KEY: &str = ",\n\"digest\":\"";

/// What stands behind the digest.
const DIGEST_END: &str = "\"}\n";

/// A plan that was saved, and what is only said of it.
pub struct Saved {
    /// The plan.
    pub plan: Plan,
    /// The version that made it.
    pushform_version: String,
    /// What was wrong with it then.
    diagnostics: Vec<model::DiagnosticDoc>,
}

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
    let doc = writes::WriteDoc::of(write, |_, name| to.intern(from.text(name)));
    let Ok(write) = doc.write(|_, name| Ok::<_, Infallible>(*name));
    write
}

#[cfg(test)]
mod tests;
