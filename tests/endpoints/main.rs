//! Every endpoint of both vendors, called by the binary over a real socket; what a person reads when one refuses;
//! manifests pulled from drawn worlds; and the world file.
//!
//! `docs/endpoints.md` lists the endpoints, and `table.rs` holds the list against what was really called.

mod messages;
mod pull;
mod run;
mod scenarios;
mod table;
mod worlds;
