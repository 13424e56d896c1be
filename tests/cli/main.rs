//! The binary as users and pipelines meet it: whole invocations with what they print, write and end with.
//!
//! What single outputs look like in every case is held beside their code in `src/render/`; here the commands,
//! their options and their exit codes are held to the contract.

mod apply;
mod basics;
mod days;
mod drift;
mod fmt;
mod guards;
mod hostile;
mod inputs;
mod interrupt;
mod kill;
mod looks;
mod mask;
mod moved;
mod older;
mod own_files;
mod pipeline;
mod plan;
mod plan_file;
mod policy;
mod saved;
mod secrets;
mod selectors;
#[path = "../server/mod.rs"]
mod server;
mod state;
mod steady;
mod strangers;
mod tool;
mod validate;
mod vendors;
mod writes;
