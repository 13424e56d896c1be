//! What must hold for any bytes whatever, a file for each sort of bytes from outside.
//!
//! The fuzz targets throw drawn bytes at these, and `cargo test --test hostile` the committed corpus. A check panics
//! where something does not hold.

pub mod common;
pub mod count;
pub mod csv;
pub mod getui_reply;
pub mod jpush_reply;
pub mod manifest;
pub mod project;
pub mod saved_plan;
pub mod world;

/// A check and its name.
pub type Check = (&'static str, fn(&[u8]));

/// Every check by its name, which is the name of its target and of its folder in the corpus.
pub const ALL: [Check; 8] = [
    ("count", count::holds),
    ("csv", csv::holds),
    ("getui_reply", getui_reply::holds),
    ("jpush_reply", jpush_reply::holds),
    ("manifest", manifest::holds),
    ("project", project::holds),
    ("saved_plan", saved_plan::holds),
    ("world", world::holds),
];
