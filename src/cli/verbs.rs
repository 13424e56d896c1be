//! What the smaller commands take: `show`, `fmt`, `user`, `count`, `badge`, `pull`.
//!
//! The commands themselves are listed in `args.rs`.

use std::path::PathBuf;

use clap::{Args as Group, Subcommand, ValueHint};

use super::args::Emulate;
use super::habits::path;

/// The exit codes of `fmt`, for its help.
pub const FMT_CODES: &str = "Exit codes: 0 done · 1 error · 7 --check found something";

/// `fmt`
#[derive(Debug, Group)]
pub struct Fmt {
    /// Write nothing: show what would become different
    #[arg(long)]
    pub check: bool,
    /// Files; without any, the project file and its manifests
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, value_parser = path())]
    pub files: Vec<PathBuf>,
}

/// `show`
#[derive(Debug, Group)]
pub struct Show {
    /// A plan saved with `pushform plan -o`
    #[arg(value_name = "PLAN_FILE", value_hint = ValueHint::FilePath, value_parser = path(), required_unless_present = "html")]
    pub plan_file: Option<PathBuf>,
    /// Write the plan as JSON
    #[arg(long, conflicts_with = "markdown")]
    pub json: bool,
    /// Write the plan as Markdown, for a comment on a pull request
    #[arg(long)]
    pub markdown: bool,
    /// Write a page: to stdout, or to this file too
    #[arg(long, value_name = "FILE", num_args = 0..=1, value_hint = ValueHint::FilePath, value_parser = path())]
    pub html: Option<Option<PathBuf>>,
}

/// Where a plan that is shown again stands, and where its page goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// As text, JSON or Markdown, and as a page to a file where one is named.
    Plan {
        /// The plan.
        file: PathBuf,
        /// The page.
        page: Option<PathBuf>,
    },
    /// As a page to stdout.
    Page {
        /// The plan.
        file: PathBuf,
    },
}

impl Show {
    /// What is shown where. A single file behind `--html` is the plan; nothing at all is none.
    #[must_use]
    pub fn shown(&self) -> Option<Shown> {
        Some(match (self.plan_file.clone(), self.html.clone()) {
            (Some(file), None) => Shown::Plan { file, page: None },
            (Some(file), Some(Some(page))) => Shown::Plan { file, page: Some(page) },
            (Some(file), Some(None)) | (None, Some(Some(file))) => Shown::Page { file },
            (None, Some(None) | None) => return None,
        })
    }
}

/// `pull`
#[derive(Debug, Group)]
pub struct Pull {
    /// Whose aliases and tags: one user id a line, or CSV with a column `cid`; devices whose values are wanted stand
    /// in a column `registration_id`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, value_parser = path())]
    pub cids: Option<PathBuf>,
    /// Where to write the manifests; nothing is overwritten
    #[arg(short, long, value_name = "DIR", default_value = "manifests", value_hint = ValueHint::DirPath, value_parser = path())]
    pub out: PathBuf,
    /// Where calls go.
    #[command(flatten)]
    pub emulate: Emulate,
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
    /// Conditions, such as 'tag=vip,gold & !tag=test & phone=android & region=11000000'
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
        /// The number; 0 takes it away
        #[arg(value_name = "N")]
        number: u32,
        /// Users' ids
        #[arg(value_name = "CID", required = true)]
        cids: Vec<String>,
        /// Where calls go.
        #[command(flatten)]
        emulate: Emulate,
    },
    /// Raise the number, or lower it with a negative one
    Add {
        /// By how much
        #[arg(value_name = "N", allow_negative_numbers = true, value_parser = by_how_much)]
        number: i32,
        /// Users' ids
        #[arg(value_name = "CID", required = true)]
        cids: Vec<String>,
        /// Where calls go.
        #[command(flatten)]
        emulate: Emulate,
    },
}

impl Badge {
    /// Where its calls go.
    #[must_use]
    pub const fn emulate(&self) -> &Emulate {
        match self {
            Self::Set { emulate, .. } | Self::Add { emulate, .. } => emulate,
        }
    }
}

fn by_how_much(text: &str) -> Result<i32, String> {
    let number: i32 = text.parse().map_err(|_| "it is a whole number such as 2 or -1".to_owned())?;
    if number == 0 { Err("adding 0 changes nothing".to_owned()) } else { Ok(number) }
}
