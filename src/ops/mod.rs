//! The verbs: each file is one verb's whole path on one screen.
//!
//! They read no arguments and print nothing: `cli/` calls them with what was asked and shows what they give.

pub mod apply;
pub mod badge;
pub mod context;
pub mod count;
pub mod drift;
pub mod fmt;
pub mod lease;
pub mod moving;
mod nearest;
mod once_more;
pub mod plan;
pub mod pull;
pub mod process;
pub mod quota;
pub mod saved;
mod sides;
pub mod state;
pub mod user;
pub mod validate;

pub use context::Context;
