//! The parts of a plan file, in the order and by the names that stand in it.
//!
//! Plain data: how a plan becomes this is `write.rs`'s, how it becomes a plan again is `read.rs`'s.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::writes::WriteDoc;
use crate::plan::Base;

/// A whole file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// The format's version; its first number changes when old readers would misread it.
    #[serde(rename = "format_version")]
    pub _format_version: String,
    /// The version that wrote it.
    pub pushform_version: String,
    /// When it was made, RFC 3339.
    pub created_at: String,
    /// What it was made from.
    #[schemars(with = "BaseSchema")]
    pub base: Base,
    /// The selectors that the plan is limited by, as options of the command line; not there where it is about everything.
    #[serde(rename = "limited_by", default)]
    pub _limited_by: Vec<String>,
    /// What changes, as Terraform's plans have it.
    pub resource_changes: Vec<ChangeDoc>,
    /// What changed outside since the last apply.
    pub resource_drift: Vec<ChangeDoc>,
    /// The calls, in an order that keeps `after`.
    pub calls: Vec<CallDoc>,
    /// Every limit that is spent.
    pub quotas: Vec<QuotaDoc>,
    /// Calls and time.
    pub forecast: ForecastDoc,
    /// How many are added, changed and destroyed.
    #[serde(rename = "summary")]
    pub _summary: SummaryDoc,
    /// What a person should know beside.
    pub notes: Vec<String>,
    /// What is wrong with the plan.
    pub diagnostics: Vec<DiagnosticDoc>,
    /// Rows that are as declared and are recorded without a call.
    pub adopts: Vec<RowDoc>,
    /// Rows that are gone and are forgotten without a call.
    pub forgets: Vec<RowDoc>,
    /// Properties that change their type, and their values.
    pub replacements: Vec<ReplacementDoc>,
    /// Addresses that nobody declared; they are left alone.
    pub unmanaged: Vec<String>,
    /// Properties protected from destruction after this plan.
    pub protected: Vec<String>,
    /// How many rows each side has.
    pub sizes: SizesDoc,
    /// A digest of every byte before it.
    #[serde(rename = "digest")]
    pub _digest: String,
}

/// What a plan was made from; it fits no longer when any of it has moved.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it says how `Base` looks; nothing is ever made of it")]
struct BaseSchema {
    /// The state's serial number.
    serial: u64,
    /// A digest of the manifests.
    manifests: String,
    /// A digest of what was observed.
    live: String,
    /// What was looked at: kinds, and how closely what is left.
    looked: Vec<String>,
    /// The accounts, by vendor.
    accounts: std::collections::BTreeMap<String, String>,
    /// The journal's numbers of calls of earlier runs whose outcome nobody knew; the plan takes them in.
    in_doubt: Option<Vec<u64>>,
    /// The name of the project's folder; not there in plans of older versions.
    project: Option<String>,
    /// Whether the vendors were emulated; not there where they were not.
    emulated: Option<bool>,
}

/// The JSON Schema of a plan file, draft-07.
#[must_use]
pub fn schema() -> Value {
    let mut value = SchemaSettings::draft07().into_generator().into_root_schema_for::<File>().to_value();
    value["title"] = Value::from("Pushform plan");
    value
}

/// One change, as Terraform has it, with the cells that it was made from.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeDoc {
    pub address: String,
    // This and the next three are for policy tools, and passed over where a file is read.
    /// Always `managed`: policies for Terraform ask for it.
    #[serde(default, deserialize_with = "passed_over")]
    pub mode: String,
    #[serde(deserialize_with = "passed_over")]
    pub r#type: String,
    #[serde(deserialize_with = "passed_over")]
    pub name: String,
    #[serde(deserialize_with = "passed_over")]
    pub provider_name: String,
    pub change: DeltaDoc,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub action_reason: Option<String>,
    pub basis: String,
    pub cells: Vec<CellDoc>,
    pub kept: Vec<(String, String, String)>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recorded_at: Option<u32>,
}

/// Before and after, whole.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeltaDoc {
    pub actions: Vec<String>,
    // For policy tools: both are written from the cells, and passed over where a file is read.
    #[serde(deserialize_with = "passed_over")]
    pub before: Value,
    #[serde(deserialize_with = "passed_over")]
    pub after: Value,
}

/// Whatever stands there, without keeping it: the digest covers it, and nothing is made of it.
fn passed_over<'de, D: Deserializer<'de>, T: Default>(from: D) -> Result<T, D::Error> {
    IgnoredAny::deserialize(from).map(|_| T::default())
}

/// One cell: subject, item, before, after, basis.
pub(super) type CellDoc = (String, String, Option<String>, Option<String>, String);

/// One row: kind, subject, item, value, and when it was known to be so, in seconds.
pub(super) type RowDoc = (String, String, String, String, u32);

/// One call.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
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
    pub write: WriteDoc<String>,
}

/// One limit.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ForecastDoc {
    pub calls: u64,
    /// How many of them only read, immediately before something is written: `calls[]` has the others.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reads: u64,
    pub calls_minimum: u64,
    pub finishes_at: Option<String>,
    pub days: Vec<DayDoc>,
    /// What is proven of the choice of calls for tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<ChoiceDoc>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The calls that change tags, were they alone, and what no other choice of them goes below.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChoiceDoc {
    pub calls: u64,
    /// No choice that is done as early has fewer calls.
    pub calls_minimum: u64,
    /// How long the limits take to let the last call leave.
    pub ms: i64,
    /// No choice is done earlier.
    pub ms_minimum: i64,
}

/// One day's calls.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DayDoc {
    pub date: String,
    pub calls: u64,
}

/// Terraform's three numbers.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SummaryDoc {
    pub add: u64,
    pub change: u64,
    pub destroy: u64,
}

/// What is wrong with the plan, as `validate --json` has it, without places.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DiagnosticDoc {
    pub severity: String,
    pub code: String,
    pub summary: String,
    pub detail: String,
}

/// A property that changes its type.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplacementDoc {
    pub property: String,
    pub devices: u64,
    pub carried: Vec<(String, String)>,
    pub lost: Vec<(String, String)>,
}

/// Numbers of rows.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SizesDoc {
    pub desired: usize,
    pub recorded: usize,
    pub live: usize,
}
