//! The arguments of `state`: what is asked of it. Doing it is `state.rs`'s.

use std::path::PathBuf;

use clap::{Args as Group, Subcommand, ValueHint};

use super::args::Emulate;
use super::habits::path;
use crate::address::Selector;

/// `state`
#[derive(Debug, Subcommand)]
pub enum State {
    /// List the addresses that are recorded
    List {
        /// Only what these select, such as 'getui.alias["vip_*"]'; `*` stands for any text
        #[arg(value_name = "ADDR", value_parser = Selector::parse)]
        addresses: Vec<Selector>,
        /// Which state.
        #[command(flatten)]
        of: Emulate,
    },
    /// Show the recorded rows of an address
    Show(StateAt),
    /// Remove an address from the state without changing it
    Rm(StateAt),
    /// Move the state to another place: `sqlite:PATH`, or '${NAME}' for the address of a database
    Move {
        /// The place, as `state:` in the project file names it; addresses with a password as '${NAME}'
        #[arg(value_name = "TO")]
        to: String,
        /// Put it in the place of a state that is there already
        #[arg(long)]
        overwrite: bool,
    },
    /// Write the whole state as text, one line a row
    Export(StateExport),
    /// Take in a state that was exported
    Import(StateImport),
    /// List calls in doubt, or give one up
    ///
    /// A call is in doubt when it was about to be sent, and no outcome of it is recorded: a run has died, or the outcome
    /// could not be written. The next apply looks what became of it. Where that is not possible, give it up by its
    /// number: it leaves the journal, and nothing is recorded of it. What it wrote at the vendor stays there; rows that
    /// are declared are read or written again, others are no longer known.
    Resolve {
        /// The call's number, as the list names it; without it they are listed
        id: Option<u64>,
        /// Which state.
        #[command(flatten)]
        of: Emulate,
    },
    /// End another run's lock by force
    Unlock {
        /// The lock's id, as the refusal names it; any lock without it
        id: Option<String>,
        /// Which state.
        #[command(flatten)]
        of: Emulate,
    },
}

/// A state as text.
#[derive(Debug, Group)]
pub struct StateExport {
    /// Where to; without it to stdout
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, value_parser = path())]
    pub out: Option<PathBuf>,
    /// Which state.
    #[command(flatten)]
    pub of: Emulate,
}

/// A state from text.
#[derive(Debug, Group)]
pub struct StateImport {
    /// What `state export` wrote
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, value_parser = path())]
    pub file: PathBuf,
    /// Put it in the place of a state that is there already
    #[arg(long)]
    pub overwrite: bool,
    /// Which state.
    #[command(flatten)]
    pub of: Emulate,
}

/// One address of a state.
#[derive(Debug, Group)]
pub struct StateAt {
    /// Such as 'getui.alias["alice_w"]'; `*` stands for any text
    #[arg(value_name = "ADDR", required = true, value_parser = Selector::parse)]
    pub addresses: Vec<Selector>,
    /// Which state.
    #[command(flatten)]
    pub of: Emulate,
}
