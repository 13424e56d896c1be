//! What somebody meets in an editor: the schemas in a real YAML language server and in other validators, and
//! `pushform lsp`, each over its own protocol.
//!
//! `tests/editors/setup` installs the foreign programs; without them the tests fail and say what is missing.

mod client;
mod faults;
mod other;
mod schemas;
mod server;
