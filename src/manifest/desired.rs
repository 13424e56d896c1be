//! What the manifests declare, compiled: tables of rows, and what tables cannot say.

use crate::names::{Name, Names};
use crate::table::Tables;

use super::origins::Origins;

/// Everything declared. Rows' marks are numbers of [`Origins`].
#[derive(Clone, Default)]
pub struct Desired {
    /// The declared rows.
    pub tables: Tables,
    /// Declared aliases, sorted by number; each has exactly the users of its rows.
    pub aliases: Vec<Name>,
    /// Users with a declared tag set, sorted by number; each has exactly the tags of their rows, maybe none.
    pub exact_users: Vec<Name>,
    /// Properties that say `prevent_destroy: true`, sorted by number.
    pub protected: Vec<Name>,
    /// Whether no manifest has a section at all, not even an empty one: nobody has said that anything shall go.
    pub is_silent: bool,
    /// Where each row stands.
    pub origins: Origins,
    /// A digest of every file read, in hexadecimal: the same text, the same digest.
    pub digest: String,
}

/// The declaration together with the pool its names are in.
#[derive(Default)]
pub struct Compiled {
    /// The pool.
    pub names: Names,
    /// The declaration.
    pub desired: Desired,
}
