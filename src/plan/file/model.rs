//! The parts of a plan file, in the order and by the names that stand in it.
//!
//! Plain data: how a plan becomes this is `write.rs`'s, how it becomes a plan again is `read.rs`'s.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::writes::WriteDoc;
use crate::plan::Base;

/// A whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(rename = "format_version")]
    pub _format_version: String,
    #[serde(rename = "pushform_version")]
    pub _pushform_version: String,
    pub created_at: String,
    pub base: Base,
    pub resource_changes: Vec<ChangeDoc>,
    pub resource_drift: Vec<ChangeDoc>,
    pub calls: Vec<CallDoc>,
    pub quotas: Vec<QuotaDoc>,
    pub forecast: ForecastDoc,
    #[serde(rename = "summary")]
    pub _summary: SummaryDoc,
    pub notes: Vec<String>,
    pub diagnostics: Vec<DiagnosticDoc>,
    pub adopts: Vec<RowDoc>,
    pub forgets: Vec<RowDoc>,
    pub replacements: Vec<ReplacementDoc>,
    pub unmanaged: Vec<String>,
    pub protected: Vec<String>,
    pub sizes: SizesDoc,
    #[serde(rename = "digest")]
    pub _digest: String,
}

/// One change, as Terraform has it, with the cells that it was made from.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeDoc {
    pub address: String,
    pub r#type: String,
    pub name: String,
    pub provider_name: String,
    pub change: DeltaDoc,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub action_reason: Option<String>,
    pub basis: String,
    pub cells: Vec<CellDoc>,
    pub kept: Vec<(String, String, String)>,
}

/// Before and after, whole.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeltaDoc {
    pub actions: Vec<String>,
    pub before: Value,
    pub after: Value,
}

/// One cell: subject, item, before, after, basis.
pub(super) type CellDoc = (String, String, Option<String>, Option<String>, String);

/// One row: kind, subject, item, value, and when it was known to be so, in seconds.
pub(super) type RowDoc = (String, String, String, String, u32);

/// One call.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallDoc {
    pub id: u32,
    pub method: String,
    pub path: String,
    pub body: Value,
    pub spends: Vec<String>,
    pub after: Vec<u32>,
    pub changes: Vec<u32>,
    pub sends_at: Option<String>,
    pub write: WriteDoc,
}

/// One limit.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuotaDoc {
    pub name: String,
    pub limit: String,
    pub needed: u64,
    pub left: u64,
    pub turns_over_at: String,
    pub binds: bool,
}

/// Calls and time.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ForecastDoc {
    pub calls: u64,
    pub calls_minimum: u64,
    pub finishes_at: Option<String>,
    pub days: Vec<DayDoc>,
}

/// One day's calls.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DayDoc {
    pub date: String,
    pub calls: u64,
}

/// Terraform's three numbers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SummaryDoc {
    pub add: u64,
    pub change: u64,
    pub destroy: u64,
}

/// What is wrong with the plan, as `validate --json` has it, without places.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DiagnosticDoc {
    pub severity: String,
    pub code: String,
    pub summary: String,
    pub detail: String,
}

/// A property that changes its type.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplacementDoc {
    pub property: String,
    pub devices: u64,
    pub carried: Vec<(String, String)>,
    pub lost: Vec<(String, String)>,
}

/// Numbers of rows.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SizesDoc {
    pub desired: usize,
    pub recorded: usize,
    pub live: usize,
}
