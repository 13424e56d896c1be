//! What an editor asks about manifests and the project file, answered from text: problems while somebody types, words
//! to choose from, what a word means and what is recorded of it.
//!
//! It knows no protocol but the shape of its answers, opens no file and has no state: who listens and reads is
//! `cli/lsp.rs`. A half-typed file is the ordinary case here, so nothing relies on a tree.

pub mod complete;
pub mod cursor;
pub mod diagnose;
pub mod facts;
pub mod hints;
pub mod hover;
pub mod place;
pub mod shape;

use std::rc::Rc;

use crate::manifest::Desired;
use crate::names::Names;
use crate::table::Tables;

/// What is known of a project.
pub struct Known {
    /// The pool of the names that are declared.
    pub names: Names,
    /// What its files declare, as far as they can be read.
    pub desired: Desired,
    /// What is recorded.
    pub record: Rc<Record>,
}

/// What is recorded, with a pool of its own: it is read once, and the files again with every key.
#[derive(Default)]
pub struct Record {
    /// The pool.
    pub names: Names,
    /// The rows.
    pub tables: Tables,
}
