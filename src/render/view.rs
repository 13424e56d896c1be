//! A plan as people read it, before anything is drawn: headings, signed lines, counts, cut lists.
//!
//! Every output (terminal, Markdown, HTML) is made from this, so that they cannot disagree. It decides what is
//! said and what is cut, never how it looks.

use crate::change::Action;
use crate::plan::{Plan, Summary};
use crate::render::groups::Grouping;
use crate::render::look::Tone;
use crate::render::mask::Mask;
use crate::render::text;
use crate::render::waits::{self, Wait};
use crate::timestamp::Zone;

/// How much is shown; what is cut is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cuts {
    /// Rows of one change.
    pub rows: usize,
    /// Changes of one sort with one action.
    pub changes: usize,
    /// Changes of one sort that delete or replace.
    pub deletes: usize,
}

impl Cuts {
    /// What a screen bears.
    pub const SCREEN: Self = Self { rows: 10, changes: 20, deletes: 50 };
    /// What a page shows without a script.
    pub const PAGE: Self = Self { rows: 200, changes: 1_000, deletes: 1_000 };
    /// Everything.
    pub const NONE: Self = Self { rows: usize::MAX, changes: usize::MAX, deletes: usize::MAX };
}

/// Through what a plan is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Lens<'a> {
    /// What is hidden.
    pub mask: &'a Mask,
    /// How much is shown.
    pub cuts: Cuts,
    /// In whose time moments are shown.
    pub zone: &'a Zone,
}

/// A plan as people read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// What changed outside.
    pub drift: Vec<Group>,
    /// How many things changed outside.
    pub drift_count: u64,
    /// What will be done.
    pub groups: Vec<Group>,
    /// Terraform's numbers.
    pub summary: Summary,
    /// Rows recorded without a call.
    pub adopts: u64,
    /// Rows forgotten without a call.
    pub forgets: u64,
    /// Addresses that nobody declares.
    pub unmanaged: Vec<String>,
    /// How many of them are not in the list.
    pub unmanaged_more: u64,
    /// What goes on another day.
    pub waits: Vec<Wait>,
    /// `14 (14 is the least possible)`; nothing when nothing is sent.
    pub calls: Option<String>,
    /// `getui tag_batch 2 of 100/1m, 9,998 of 10,000/1d left`, one each.
    pub quotas: Vec<String>,
    /// `done in about 3 s`.
    pub done: Option<String>,
    /// Whole sentences.
    pub notes: Vec<String>,
    /// What is said where nothing changes.
    pub nothing: &'static str,
}

/// The line that tools look for.
const NO_CHANGES: &str = "No changes. Your infrastructure matches the configuration.";
/// What is left out because of an error is a difference all the same.
const NOTHING_ELSE: &str = "Nothing to do, except for what is in error.";

/// Changes of one sort with one action, which stand next to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `getui.alias`
    pub resource: String,
    /// What happens to them.
    pub action: Action,
    /// Those that are shown.
    pub blocks: Vec<Block>,
    /// How many more there are.
    pub more: u64,
    /// The rows of all of them, of those that are not shown too.
    pub rows: Tally,
}

impl Group {
    /// How many changes there are, of those that are not shown too.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.blocks.len() as u64 + self.more
    }

    /// `will be destroyed`
    #[must_use]
    pub fn verb(&self) -> &'static str {
        self.blocks.first().map_or("", |block| block.verb)
    }
}

/// How many rows come, go and become different.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Come.
    pub add: u64,
    /// Become different.
    pub change: u64,
    /// Go.
    pub remove: u64,
}

impl Tally {
    /// Takes one more in.
    pub const fn count(&mut self, sign: Sign) {
        match sign {
            Sign::Add => self.add += 1,
            Sign::Change => self.change += 1,
            Sign::Remove => self.remove += 1,
            Sign::Replace => {
                self.add += 1;
                self.remove += 1;
            }
            Sign::Keep => {}
        }
    }

    /// `+1,204 −3 rows`; nothing where it is no more than one row for each of these changes.
    #[must_use]
    pub fn words(self, changes: u64) -> Option<String> {
        let Self { add, change, remove } = self;
        if add + change + remove <= changes {
            return None;
        }
        let parts = [("+", add), ("~", change), ("−", remove)];
        let parts = parts.iter().filter(|(_, rows)| *rows > 0);
        let parts: Vec<String> = parts.map(|(sign, rows)| format!("{sign}{}", text::group(*rows))).collect();
        Some(format!("{} rows", parts.join(" ")))
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// `getui.alias["legacy"]`
    pub address: String,
    /// What happens to it.
    pub action: Action,
    /// `will be destroyed`
    pub verb: &'static str,
    /// `recorded 2026-11-20 10:12, cannot be read back`
    pub basis: Option<String>,
    /// Its rows.
    pub lines: Vec<Line>,
}

/// What a line says of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// Deleted and created.
    Replace,
    /// Goes.
    Remove,
    /// Becomes different.
    Change,
    /// Comes.
    Add,
    /// Stays.
    Keep,
}

impl Sign {
    /// Terraform's sign, in four columns.
    #[must_use]
    pub const fn gutter(self) -> &'static str {
        match self {
            Self::Replace => "-/+ ",
            Self::Remove => "  - ",
            Self::Change => "  ~ ",
            Self::Add => "  + ",
            Self::Keep => "    ",
        }
    }

    /// Its colour.
    #[must_use]
    pub const fn tone(self) -> Tone {
        match self {
            Self::Replace | Self::Remove => Tone::Remove,
            Self::Change => Tone::Change,
            Self::Add => Tone::Add,
            Self::Keep => Tone::Faint,
        }
    }

    /// The sign of an action.
    #[must_use]
    pub const fn of(action: Action) -> Self {
        match action {
            Action::Create => Self::Add,
            Action::Update => Self::Change,
            Action::Delete => Self::Remove,
            Action::Replace => Self::Replace,
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it says of its row.
    pub sign: Sign,
    /// The row.
    pub pieces: Vec<Piece>,
    /// What is to be said beside it: `moves from "old_name"`.
    pub note: Option<String>,
}

impl Line {
    /// A line of one piece.
    #[must_use]
    pub fn new(sign: Sign, text: impl Into<String>) -> Self {
        Self { sign, pieces: vec![Piece { tone: Tone::Plain, text: text.into() }], note: None }
    }

    /// Its text without the note.
    #[must_use]
    pub fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub tone: Tone,
    /// Its text, cleaned.
    pub text: String,
}

/// A plan, looked at.
#[must_use]
pub fn view(plan: &Plan, lens: Lens<'_>) -> View {
    let (unmanaged, unmanaged_more) = unmanaged(plan, lens);
    View {
        drift: drift(plan, lens),
        drift_count: plan.drift.len() as u64,
        groups: Grouping::planned(plan).cut(lens),
        nothing: if plan.problems.has_errors() { NOTHING_ELSE } else { NO_CHANGES },
        summary: plan.summary(),
        adopts: plan.adopts.len() as u64,
        forgets: plan.forgets.len() as u64,
        unmanaged,
        unmanaged_more,
        waits: waits::waits(plan, lens),
        calls: waits::calls(&plan.forecast),
        quotas: waits::quotas(&plan.forecast),
        done: waits::done(plan, lens.zone),
        notes: plan.notes.iter().map(|note| text::clean(&lens.mask.prose(note))).collect(),
    }
}

/// What changed outside, looked at.
#[must_use]
pub fn drift(plan: &Plan, lens: Lens<'_>) -> Vec<Group> {
    Grouping::happened(plan).cut(lens)
}

/// How many unmanaged things are listed.
const UNMANAGED_MAX: usize = 20;

fn unmanaged(plan: &Plan, lens: Lens<'_>) -> (Vec<String>, u64) {
    let shown = plan.unmanaged.iter().take(UNMANAGED_MAX);
    let shown = shown.map(|(resource, name)| lens.mask.address(*resource, plan.names.text(*name)));
    (shown.collect(), plan.unmanaged.len().saturating_sub(UNMANAGED_MAX) as u64)
}
