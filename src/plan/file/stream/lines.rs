//! The lines of a saved plan, by the names that stand in them.

use serde::{Deserialize, Serialize};

use super::super::model::{DiagnosticDoc, ForecastDoc, QuotaDoc, SizesDoc};
use super::super::writes::WriteDoc;
use crate::plan::Base;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub stream_version: String,
    pub pushform_version: String,
    pub created_at: String,
    pub base: Base,
    pub sizes: SizesDoc,
}

/// What can be read of the first line of any version.
#[derive(Debug, Deserialize)]
pub(super) struct Versioned {
    pub stream_version: String,
}

/// Every other line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Line<'a> {
    /// What a person should know beside.
    Note(String),
    /// What is wrong with the plan.
    Diagnostic(DiagnosticDoc),
    /// One limit.
    Quota(QuotaDoc),
    /// Calls and time.
    Forecast(ForecastDoc),
    /// The next texts.
    Texts(Vec<String>),
    /// One address that changes.
    #[serde(borrow)]
    Change(ChangeLine<'a>),
    /// One address that has drifted.
    #[serde(borrow)]
    Drift(ChangeLine<'a>),
    /// More rows of the address in the last line but these.
    Cells(Vec<CellLine>),
    /// More rows that stay, of the same address.
    Kept(Vec<(i64, i64, i64)>),
    /// One call.
    Call(CallLine),
    /// Rows that are recorded without a call.
    Adopts(RowsLine),
    /// Rows that are forgotten without a call.
    Forgets(RowsLine),
    /// A property that changes its type: the property, and how many devices have a value.
    Replacement(i64, u64),
    /// Device and value of the same property, for values that come along.
    Carried(Vec<(i64, i64)>),
    /// Device and value of the same property, for values that do not.
    Lost(Vec<(i64, i64)>),
    /// Addresses that nobody declared: resource and name.
    Unmanaged(Vec<(String, i64)>),
    /// Properties protected from destruction.
    Protected(Vec<i64>),
    /// The last line.
    End(Counts),
}

/// One address with the first of its rows.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeLine<'a> {
    pub of: &'a str,
    pub name: i64,
    pub action: &'a str,
    pub basis: &'a str,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recorded_at: Option<u32>,
    pub cells: Vec<CellLine>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub kept: Vec<(i64, i64, i64)>,
}

/// One of the two lists of changes.
#[derive(Clone, Copy)]
pub(super) enum Which {
    Changes,
    Drift,
}

impl Which {
    /// The line of one change in it.
    pub const fn line(self, change: ChangeLine<'_>) -> Line<'_> {
        match self {
            Self::Changes => Line::Change(change),
            Self::Drift => Line::Drift(change),
        }
    }
}

/// One row that changes: subject, item, before, after, and the place of its basis in [`super::numbers::BASES`].
pub(super) type CellLine = (i64, i64, Option<i64>, Option<i64>, u8);

/// One call; its place is its id. Numbers in `after` and `changes` are differences to the one before them, and a user is
/// one to the first subject of the change in the same place of `changes`, where there is one.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallLine {
    pub write: WriteDoc<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub after: Vec<i64>,
    pub changes: Vec<i64>,
    /// Milliseconds since the last call that has a moment, or since the plan was made; nothing where it never goes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sends_in: Option<i64>,
}

/// Rows of one kind: its word, and subject, item, value and mark of each.
pub(super) type RowsLine = (String, Vec<(i64, i64, i64, u32)>);

/// The next texts, as they are written.
#[derive(Debug, Serialize)]
pub(super) struct TextsLine<'a> {
    pub texts: Vec<&'a str>,
}

/// How much stands in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counts {
    pub texts: u64,
    pub changes: u64,
    pub drift: u64,
    pub cells: u64,
    pub kept: u64,
    pub calls: u64,
    pub rows: u64,
}
