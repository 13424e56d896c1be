//! The command line: every command and option, with the help that belongs to it.
//!
//! It only reads and refuses; what a command does is its own file's. Clap stays in this folder.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args as Group, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint};

use crate::address::Selector;
use crate::quota::limit::parse_length;

use super::habits::{self, path};
use super::state_args::State;
use super::verbs::{Badge, Count, FMT_CODES, Fmt, Pull, Show, User};

/// Push audiences as code: users' aliases, tags, blacklist, device tokens and properties on Getui and JPush,
/// declared in YAML, planned, and applied within the vendors' limits.
#[derive(Debug, Parser)]
#[command(name = "pushform", version, styles = STYLES, infer_subcommands = false, disable_help_subcommand = true)]
#[command(after_help = "Start with `pushform init`, then `pushform plan --emulate`: no account is needed.")]
pub struct Args {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Options that every command takes, at any place of the line.
#[derive(Clone, Debug, Group)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Work as if started in this folder
    #[arg(short = 'C', long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath, value_parser = path())]
    pub chdir: Option<PathBuf>,
    /// Hide aliases and ids in everything shown
    #[arg(long, global = true)]
    pub mask: bool,
    /// When to use colours; NO_COLOR turns them off too
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Say more; twice for every call
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Say only what is asked for and what is wrong
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// How to write what goes to stderr
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How talk is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// Every command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a project file and a manifest to start from; nothing is overwritten
    Init,
    /// Check everything that can be known offline, all problems at once
    ///
    /// Reads no secret from the environment and opens no connection.
    Validate(Validate),
    /// Lay manifests and the project file out in the one canonical way; comments stay
    #[command(after_help = FMT_CODES)]
    Fmt(Fmt),
    /// Observe, compare and show what an apply would do
    ///
    /// Changes nothing at the vendors. What its reads spend is recorded in the state.
    #[command(after_help = PLAN_CODES)]
    Plan(Plan),
    /// Show the plan, ask, carry it out and verify it by reading back
    #[command(after_help = APPLY_CODES)]
    Apply(Apply),
    /// Show what changed outside since the last apply; has no way to write
    #[command(after_help = DRIFT_CODES)]
    Drift(Drift),
    /// Show a saved plan again
    Show(Show),
    /// Write manifests from the live state: all properties, and what named users and devices have
    #[command(after_help = PULL_NOTE)]
    Pull(Pull),
    /// Look at, repair and move what is recorded
    #[command(subcommand)]
    State(State),
    /// Show what of each limit is spent, what is left, and when it turns over
    Quota(Emulate),
    /// Show all that is known of users: alias, tags, status, device, details, and the blacklist as recorded
    User(User),
    /// Count the users who meet all of some conditions
    #[command(after_help = COUNT_LANGUAGE)]
    Count(Count),
    /// Set or change the number on the app's icon, for users with an iOS device; asks nothing
    #[command(subcommand)]
    Badge(Badge),
    /// Print a JSON Schema (draft-07)
    Schema(Schema),
    /// Serve both vendors' APIs on a loopback port, limits and all
    Emulator(Emulator),
    /// Serve an editor over stdin and stdout, by the Language Server Protocol
    Lsp,
    /// Print a completion script
    Completions(Completions),
    /// Print the manual page of pushform, or of one of its commands
    Man(Man),
}

const PLAN_CODES: &str = "Exit codes: 0 done · 1 error · 4 refused by a guard\n\
    With --detailed-exitcode: 0 no changes · 1 error · 2 changes · 4 refused by a guard";
const APPLY_CODES: &str = "Exit codes: 0 done · 1 error · 3 the rest waits for a limit, run it again · \
    4 refused by a guard · 5 locked · 6 the saved plan no longer fits · 130 interrupted";
const DRIFT_CODES: &str = "Exit codes: 0 no drift · 1 error · 2 drift";

const PULL_NOTE: &str = "The blacklist, device tokens and badges cannot be read back by anybody, so they are not \
    written.";
const COUNT_LANGUAGE: &str = "Conditions are joined by `&`, and all of them hold:\n\
    \x20 tag=vip,gold     carries one of them, or more\n\
    \x20 tag=vip+gold     carries all of them\n\
    \x20 !tag=test,beta   carries none of them\n\
    \x20 phone=android    or phone=ios\n\
    \x20 region=11000000  a number of the vendor's file region_code.data\n\
    Example: pushform count 'tag=vip,gold & !tag=test & phone=android'";

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
    /// Only what this address selects, such as 'getui.alias["vip_*"]'; may be repeated
    #[arg(long = "target", value_name = "ADDR", value_parser = Selector::parse)]
    pub targets: Vec<Selector>,
    /// Not what this address selects, such as 'getui.tag_set'; may be repeated
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
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, value_parser = path())]
    pub html: Option<PathBuf>,
}

/// `plan`
#[derive(Debug, Group)]
pub struct Plan {
    /// Save the plan to this file, for `pushform apply FILE`
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, value_parser = path())]
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
    #[arg(value_name = "PLAN_FILE", value_hint = ValueHint::FilePath, value_parser = path(), conflicts_with_all = ["targets", "excludes"])]
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
    /// Look at so many recorded users, drawn at random, and say how many of all can differ at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "refresh")]
    pub sample: Option<u32>,
    /// How live state is read
    #[arg(long, value_enum, default_value = "auto")]
    pub refresh: Refresh,
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
    /// emulator.yaml, the world of the emulator
    World,
}

/// `emulator`
#[derive(Debug, Group)]
pub struct Emulator {
    /// Where to listen; a loopback address
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8788")]
    pub listen: SocketAddr,
    /// Start from this world: an `emulator.yaml`, or one saved from `/_emulator/world`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, value_parser = path())]
    pub world: Option<PathBuf>,
    /// Leave the vendors' limits away
    #[arg(long)]
    pub unlimited: bool,
    /// How the vendors behave where their documents are silent; may be repeated
    #[arg(long = "switch", value_name = "NAME=VALUE")]
    pub switches: Vec<String>,
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

impl Args {
    /// Reads a command line, the program's name first.
    ///
    /// # Errors
    /// What is wrong with it, or the help or version that it asks for.
    pub fn read(line: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let line: Vec<OsString> = line.into_iter().collect();
        let command = Self::command().color(color_of(&line));
        if let Some(why) = habits::of_terraform(&command, &line) {
            return Err(why);
        }
        let matches = command.try_get_matches_from(line)?;
        Self::from_arg_matches(&matches)
    }
}

/// The colour that the line asks for, before it is read: help and refusals are coloured by it too.
fn color_of(line: &[OsString]) -> clap::ColorChoice {
    let words: Vec<&str> = line.iter().filter_map(|word| word.to_str()).collect();
    let value = words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("--color") {
        Some("") => words.get(at + 1).copied(),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    });
    match value {
        Some("always") => clap::ColorChoice::Always,
        Some("never") => clap::ColorChoice::Never,
        Some(_) | None => clap::ColorChoice::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Args, clap::Error> {
        Args::read(std::iter::once("pushform").chain(line.split(' ')).map(OsString::from))
    }

    #[test]
    fn the_definition_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn options_of_every_command_stand_anywhere() {
        for line in ["-C x --mask plan", "plan -C x --mask", "state --mask list -C x"] {
            let args = read(line).unwrap_or_else(|why| panic!("{line}: {why}"));
            assert!(args.global.mask, "{line}");
            assert_eq!(args.global.chdir, Some(PathBuf::from("x")), "{line}");
        }
    }

    #[test]
    fn what_can_not_be_meant_is_refused() {
        for line in [
            "",
            "plan --json --markdown",
            "plan --target getui.aliases",
            "plan -v -q",
            "apply plan.pushform --target getui.alias",
            "apply --until 0s",
            "apply --until soon",
            "state show alice",
            "schema state",
            "user",
            "badge set -1 a",
            "badge set 3",
            "badge add 0 a",
        ] {
            assert!(read(line).is_err(), "`{line}` was read");
        }
    }

    #[test]
    fn the_public_options_are_there() {
        for line in [
            "validate --json",
            "fmt",
            "fmt --check a.yaml b.yaml",
            "lsp",
            "plan -o p.json --detailed-exitcode --target getui.alias --exclude jpush.* --refresh counts --json",
            "plan --html x.html --max-deletes 7 --emulate",
            "apply p.json --auto-approve --until 2h --json --max-deletes 7",
            "drift --markdown",
            "drift --sample 300 --json",
            "drift --refresh counts",
            "show --html x.html p.json",
            "state unlock",
            "emulator --listen 127.0.0.1:0 --world w.yaml --unlimited",
            "completions zsh",
            "man state list",
            "--log-format json quota",
            "user --json a b --emulate",
            "count tag=vip",
            "badge set 3 a b",
            "badge add -2 a --emulate",
            "pull --cids users.csv -o here",
        ] {
            read(line).unwrap_or_else(|why| panic!("{line}: {why}"));
        }
    }

    #[test]
    fn every_command_and_option_has_a_help_text() {
        fn visit(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            assert!(command.get_about().is_some(), "{path} has no help");
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{path} {} has no help", arg.get_id());
            }
            command.get_subcommands().for_each(|sub| visit(sub, &path));
        }
        visit(&Args::command(), "");
    }
}
