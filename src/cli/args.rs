//! What can be typed: commands, options and their help. What they mean is each command's file.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Infrastructure as code for push audiences: declare aliases, tags, the blacklist and properties in YAML,
/// review a plan, apply it.
#[derive(Debug, Parser)]
#[command(name = "pushform", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What goes with every command.
    #[command(flatten)]
    pub global: Global,
}

/// What goes with every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Work in this folder instead of the present one
    #[arg(short = 'C', long = "chdir", global = true, value_name = "DIR")]
    pub chdir: Option<PathBuf>,
    /// Hide aliases and ids in everything shown, consistently within one output
    #[arg(long, global = true)]
    pub mask: bool,
    /// Colour the output (NO_COLOR turns it off, too)
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// Say more; twice for every call
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Say nothing but results and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// How talk on stderr is written
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub log_format: LogFormat,
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How talk is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a project file and a first manifest
    Init,
    /// Check everything that can be known offline
    Validate(Validate),
    /// Compare declared, recorded and live, and show what apply would do
    Plan(Plan),
    /// Show the plan, ask, carry it out and read it back
    Apply(Apply),
    /// Show what changed outside since the last apply
    Drift(Drift),
    /// Show a saved plan again
    Show(Show),
    /// Look into or mend the recorded side
    #[command(subcommand)]
    State(State),
    /// Show what is spent and left of each limit
    Quota(Quota),
    /// Print a JSON Schema, draft-07
    Schema(Schema),
    /// Serve both vendors, emulated, on a loopback port
    Emulator(Emulator),
    /// Print a completion script
    Completions(Completions),
    /// Print the manual page
    Man,
}

/// `validate`
#[derive(Debug, Args)]
pub struct Validate {
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// How live state is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Refresh {
    /// In full while that is quick, else what pays for itself.
    Auto,
    /// Every row in question.
    Full,
    /// Aliases and properties in full, one count a tag, the record for the rest.
    Counts,
    /// The record alone.
    None,
}

/// What decides which calls there are.
#[derive(Debug, Args)]
pub struct Selection {
    /// Only these addresses; `*` stands for any text
    #[arg(long, value_name = "ADDR")]
    pub target: Vec<String>,
    /// All but these addresses; `*` stands for any text
    #[arg(long, value_name = "ADDR")]
    pub exclude: Vec<String>,
    /// How live state is read
    #[arg(long, value_enum, default_value_t = Refresh::Auto, value_name = "HOW")]
    pub refresh: Refresh,
    /// Allow up to N rows of each kind to be deleted in this run
    #[arg(long, value_name = "N")]
    pub max_deletes: Option<u64>,
    /// Call emulated vendors inside the process; their world starts from emulator.yaml
    #[arg(long)]
    pub emulate: bool,
}

/// `plan`
#[derive(Debug, Args)]
pub struct Plan {
    /// What is planned.
    #[command(flatten)]
    pub selection: Selection,
    /// Save the plan to FILE, to apply exactly this
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exit with 0 when there is nothing to do and with 2 when there is
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Print the plan as JSON
    #[arg(long, conflicts_with = "markdown")]
    pub json: bool,
    /// Print the plan as Markdown, for a comment
    #[arg(long)]
    pub markdown: bool,
    /// Write the plan as one HTML page to FILE, too
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// `apply`
#[derive(Debug, Args)]
pub struct Apply {
    /// A plan saved by `plan --out`; without it a new one is made and shown
    #[arg(value_name = "PLAN_FILE")]
    pub plan: Option<PathBuf>,
    /// What is planned.
    #[command(flatten)]
    pub selection: Selection,
    /// Do not ask
    #[arg(long)]
    pub auto_approve: bool,
    /// Stop after this long, such as 45m; the same command goes on later
    #[arg(long, value_name = "DURATION")]
    pub until: Option<String>,
    /// Print what happens as JSON, one event a line
    #[arg(long)]
    pub json: bool,
}

/// `drift`
#[derive(Debug, Args)]
pub struct Drift {
    /// Print it as JSON
    #[arg(long, conflicts_with = "markdown")]
    pub json: bool,
    /// Print it as Markdown
    #[arg(long)]
    pub markdown: bool,
    /// How live state is read
    #[arg(long, value_enum, default_value_t = Refresh::Auto, value_name = "HOW")]
    pub refresh: Refresh,
    /// Only these addresses; `*` stands for any text
    #[arg(long, value_name = "ADDR")]
    pub target: Vec<String>,
    /// All but these addresses; `*` stands for any text
    #[arg(long, value_name = "ADDR")]
    pub exclude: Vec<String>,
    /// Look at emulated vendors inside the process
    #[arg(long)]
    pub emulate: bool,
}

/// `show`
#[derive(Debug, Args)]
pub struct Show {
    /// A plan saved by `plan --out`
    #[arg(value_name = "PLAN_FILE")]
    pub plan: PathBuf,
    /// Print the plan as JSON
    #[arg(long, conflicts_with = "markdown")]
    pub json: bool,
    /// Print the plan as Markdown, for a comment
    #[arg(long)]
    pub markdown: bool,
    /// Write the plan as one HTML page to FILE, too
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// `state`
#[derive(Debug, Subcommand)]
pub enum State {
    /// List recorded addresses
    List(StateList),
    /// Show what is recorded of one address
    Show(StateOf),
    /// Let go of addresses without touching them
    Rm(StateOf),
    /// End another run's lease on the state, after making sure that it is dead
    Unlock(Unlock),
}

/// `state list`
#[derive(Debug, Args)]
pub struct StateList {
    /// Only these; `*` stands for any text
    #[arg(value_name = "ADDR")]
    pub addresses: Vec<String>,
    /// The state of emulated runs
    #[arg(long)]
    pub emulate: bool,
}

/// `state show` and `state rm`
#[derive(Debug, Args)]
pub struct StateOf {
    /// Such as 'getui.alias["alice_w"]'; `*` stands for any text
    #[arg(value_name = "ADDR", required = true)]
    pub addresses: Vec<String>,
    /// The state of emulated runs
    #[arg(long)]
    pub emulate: bool,
}

/// `state unlock`
#[derive(Debug, Args)]
pub struct Unlock {
    /// The lease's id, as the refused command shows it; any lease without it
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// The state of emulated runs
    #[arg(long)]
    pub emulate: bool,
}

/// `quota`
#[derive(Debug, Args)]
pub struct Quota {
    /// The state of emulated runs
    #[arg(long)]
    pub emulate: bool,
}

/// `schema`
#[derive(Debug, Args)]
pub struct Schema {
    /// Of what
    #[arg(value_enum)]
    pub of: SchemaOf,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// Manifests.
    Manifest,
    /// The project file.
    Project,
    /// A saved plan.
    Plan,
}

/// `emulator`
#[derive(Debug, Args)]
pub struct Emulator {
    /// A loopback address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4711")]
    pub listen: String,
    /// The world to start from, as emulator.yaml
    #[arg(long, value_name = "FILE")]
    pub world: Option<PathBuf>,
    /// Keep no limit
    #[arg(long)]
    pub unlimited: bool,
    /// How the vendors behave where their documents are silent, as NAME=VALUE
    #[arg(long = "switch", value_name = "NAME=VALUE")]
    pub switches: Vec<String>,
}

/// `completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// For which shell
    #[arg(value_enum)]
    pub shell: Shell,
}
