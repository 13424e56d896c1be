//! Pushform: infrastructure as code for push audiences.
//!
//! The order of the modules is the architecture: a module uses only what stands above it.
//! `ARCHITECTURE.md` explains it and `tests/tidy.rs` holds it.

// Words: plain data.
pub mod problem;
pub mod invisible;
pub mod secret;
pub mod timestamp;
pub mod names;
pub mod wire;
pub mod table;
pub mod text_rows;
pub mod address;
pub mod change;
pub mod quota;

// The outside world as facts and pure functions.
pub mod kind;
pub mod manifest;
pub mod provider;

// The core: no I/O, no clock, no randomness.
pub mod plan;
pub mod report;

// Edges: the only modules that wait.
pub mod clock;
pub mod state;
pub mod gate;
pub mod observe;
pub mod apply;

// Showing: data in, text out.
pub mod render;

// Verbs, witness, terminal.
pub mod ops;
pub mod lsp;
pub mod emulator;
pub mod cli;
