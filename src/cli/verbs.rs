//! What each command takes, with the help that belongs to it.
//!
//! The commands themselves are listed in `args.rs`.

#![expect(
    clippy::doc_markdown,
    clippy::doc_link_with_quotes,
    reason = "these comments are the help text, where backticks would be shown"
)]

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as Group, Subcommand, ValueEnum, ValueHint};

use crate::address::{Address, Selector};
use crate::quota::limit::parse_length;

/// `--emulate`, on every command that would call the vendors.
#[derive(Clone, Debug, Group)]
pub struct Emulate {
    /// Call emulated vendors inside this process instead; no credentials needed
    #[arg(long)]
    pub emulate: bool,
}

/// `validate`
#[derive(Debug, Group)]
pub struct Validate {
    /// Write the problems as JSON, as `terraform validate -json` does
    #[arg(long)]
    pub json: bool,
}

/// What `plan` and `apply` have in common.
#[derive(Clone, Debug, Group)]
pub struct Selection {
    /// Only what this address selects, such as getui.alias["vip_*"]; may be repeated
    #[arg(long = "target", value_name = "ADDR", value_parser = Selector::parse)]
    pub targets: Vec<Selector>,
    /// Not what this address selects; may be repeated
    #[arg(long = "exclude", value_name = "ADDR", value_parser = Selector::parse)]
    pub excludes: Vec<Selector>,
    /// How live state is read
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub refresh: Refresh,
    /// Allow up to this many rows of each kind to be deleted, whatever the policy says
    #[arg(long, value_name = "N")]
    pub max_deletes: Option<u64>,
    /// Where calls go.
    #[command(flatten)]
    pub emulate: Emulate,
}

/// How live state is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Refresh {
    /// In full while that takes less than the policy's refresh_budget, else what pays for itself
    Auto,
    /// Every row in question
    Full,
    /// Aliases and properties in full, one count per tag, the record for the rest
    Counts,
    /// The record alone
    None,
}

/// How a plan is written.
#[derive(Clone, Debug, Group)]
pub struct Format {
    /// Write the plan as JSON
    #[arg(long, conflicts_with = "markdown")]
    pub json: bool,
    /// Write the plan as Markdown, for a comment on a pull request
    #[arg(long)]
    pub markdown: bool,
    /// Write a page to this file too
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub html: Option<PathBuf>,
}

/// `plan`
#[derive(Debug, Group)]
pub struct Plan {
    /// Save the plan to this file, for `pushform apply FILE`
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    /// Exit with 2 when there are changes
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// What is planned.
    #[command(flatten)]
    pub selection: Selection,
    /// How it is written.
    #[command(flatten)]
    pub format: Format,
}

/// `apply`
#[derive(Debug, Group)]
pub struct Apply {
    /// A plan saved with `pushform plan -o`; without it a new one is made
    #[arg(value_name = "PLAN_FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["targets", "excludes"])]
    pub plan_file: Option<PathBuf>,
    /// Do not ask
    #[arg(long)]
    pub auto_approve: bool,
    /// Begin no call later than this long after the start, such as 45m or 2h; the rest is saved
    #[arg(long, value_name = "DURATION", value_parser = length_ms)]
    pub until: Option<i64>,
    /// Write one JSON event a line instead of text
    #[arg(long)]
    pub json: bool,
    /// What is planned, without PLAN_FILE.
    #[command(flatten)]
    pub selection: Selection,
}

fn length_ms(text: &str) -> Result<i64, String> {
    parse_length(text).filter(|ms| *ms > 0).ok_or_else(|| "one looks like 45m, 2h or 90s".to_owned())
}

/// `drift`
#[derive(Debug, Group)]
pub struct Drift {
    /// Look at this many rows of each kind, chosen at random, instead of all
    #[arg(long, value_name = "N")]
    pub sample: Option<u64>,
    /// Write the drift as JSON
    #[arg(long, conflicts_with = "markdown")]
    pub json: bool,
    /// Write the drift as Markdown
    #[arg(long)]
    pub markdown: bool,
    /// Where calls go.
    #[command(flatten)]
    pub emulate: Emulate,
}

/// `show`
#[derive(Debug, Group)]
pub struct Show {
    /// A plan saved with `pushform plan -o`
    #[arg(value_name = "PLAN_FILE", value_hint = ValueHint::FilePath)]
    pub plan_file: PathBuf,
    /// How it is written.
    #[command(flatten)]
    pub format: Format,
}

/// `pull`
#[derive(Debug, Group)]
pub struct Pull {
    /// A file with one user id a line, or CSV with a column `cid`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub cids: Option<PathBuf>,
    /// Where to write the manifests; nothing is overwritten
    #[arg(short, long, value_name = "DIR", default_value = "manifests", value_hint = ValueHint::DirPath)]
    pub out: PathBuf,
    /// Where calls go.
    #[command(flatten)]
    pub emulate: Emulate,
}

/// `state`
#[derive(Debug, Subcommand)]
pub enum State {
    /// List the addresses that are recorded
    List(StateOf),
    /// Show the recorded rows of an address
    Show(StateAt),
    /// Let go of an address without touching it
    Rm(StateAt),
    /// End another run's lock by force
    Unlock {
        /// The lock's id, as the refusal names it; any lock without it
        id: Option<String>,
        /// Which state.
        #[command(flatten)]
        of: StateOf,
    },
    /// Copy everything to another state, such as postgres://…, and say what to change
    Move {
        /// Where to
        url: String,
        /// Which state.
        #[command(flatten)]
        of: StateOf,
    },
    /// Write everything recorded to stdout, as JSON
    Export(StateOf),
    /// Read what `export` wrote, into an empty state
    Import {
        /// The file; stdin without it
        #[arg(value_hint = ValueHint::FilePath)]
        file: Option<PathBuf>,
        /// Which state.
        #[command(flatten)]
        of: StateOf,
    },
}

/// Which state.
#[derive(Clone, Debug, Group)]
pub struct StateOf {
    /// The state of runs with --emulate
    #[arg(long)]
    pub emulate: bool,
}

/// One address of a state.
#[derive(Debug, Group)]
pub struct StateAt {
    /// Such as getui.alias["alice_w"]
    #[arg(value_name = "ADDR", value_parser = Address::parse)]
    pub address: Address,
    /// Which state.
    #[command(flatten)]
    pub of: StateOf,
}

/// `user`
#[derive(Debug, Group)]
pub struct User {
    /// Users' ids
    #[arg(value_name = "CID", required = true)]
    pub cids: Vec<String>,
    /// Write them as JSON
    #[arg(long)]
    pub json: bool,
    /// Where calls go.
    #[command(flatten)]
    pub emulate: Emulate,
}

/// `count`
#[derive(Debug, Group)]
pub struct Count {
    /// Tags joined by AND, OR and NOT, with parentheses: vip AND NOT (churned OR blocked)
    #[arg(value_name = "EXPRESSION")]
    pub expression: String,
    /// Where calls go.
    #[command(flatten)]
    pub emulate: Emulate,
}

/// `badge`
#[derive(Debug, Subcommand)]
pub enum Badge {
    /// Set the number
    Set {
        /// The number
        number: u32,
        /// Users' ids
        #[arg(value_name = "CID", required = true)]
        cids: Vec<String>,
        /// Where calls go.
        #[command(flatten)]
        emulate: Emulate,
    },
    /// Raise the number, or lower it
    Add {
        /// By how much
        #[arg(allow_negative_numbers = true)]
        number: i32,
        /// Users' ids
        #[arg(value_name = "CID", required = true)]
        cids: Vec<String>,
        /// Where calls go.
        #[command(flatten)]
        emulate: Emulate,
    },
}

/// `schema`
#[derive(Debug, Group)]
pub struct Schema {
    /// Of which file
    pub of: SchemaOf,
}

/// Of which file a schema is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// A manifest
    Manifest,
    /// pushform.yaml
    Project,
    /// A saved plan
    Plan,
}

/// `emulator`
#[derive(Debug, Group)]
pub struct Emulator {
    /// Where to listen; a loopback address
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8788")]
    pub listen: SocketAddr,
    /// Start from this world
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub world: Option<PathBuf>,
    /// Leave the vendors' limits away
    #[arg(long)]
    pub unlimited: bool,
}

/// `completions`
#[derive(Debug, Group)]
pub struct Completions {
    /// For which shell
    pub shell: clap_complete::Shell,
}

/// `man`
#[derive(Debug, Group)]
pub struct Man {
    /// The command, such as `plan` or `state list`
    pub command: Vec<String>,
}
