//! Events of an apply as JSON lines, in the shape of `terraform apply -json`, and a drift as JSON.
//!
//! A plan as JSON is its file: `plan/file.rs` writes it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::address::{Resource, resource_word};
use crate::change::{Action, Cell, Change};
use crate::kind::Definition;
use crate::names::Name;
use crate::plan::{Plan, Summary};
use crate::render::diagnostics;
use crate::render::drift::{self, Found};
use crate::render::mask::{Mask, Sort};
use crate::render::talk;
use crate::report::{Event, Lane, Progress, ReadingBack, Report, Rest, Verified, What};
use crate::timestamp::Timestamp;

/// The version of the lines and of `drift --json`.
pub const FORMAT_VERSION: &str = "1.0";

/// One line of talk, for `--log-format json`.
#[must_use]
pub fn log(at: Timestamp, level: &str, message: &str) -> String {
    line(at, level, "log", message, json!({}))
}

/// One problem as a line.
#[must_use]
pub fn diagnostic(at: Timestamp, diagnostic: &Value) -> String {
    let level = if diagnostic["severity"] == "warning" { "warn" } else { "error" };
    let word = if level == "warn" { "Warning" } else { "Error" };
    let message = format!("{word}: {}", diagnostic["summary"].as_str().unwrap_or_default());
    line(at, level, "diagnostic", &message, json!({"diagnostic": diagnostic}))
}

fn line(at: Timestamp, level: &str, kind: &str, message: &str, more: Value) -> String {
    let mut whole = json!({
        "@level": level,
        "@message": message,
        "@module": "pushform.ui",
        "@timestamp": at.to_string(),
        "type": kind,
    });
    if let (Some(whole), Value::Object(more)) = (whole.as_object_mut(), more) {
        whole.extend(more);
    }
    whole.to_string()
}

/// The first line of an apply.
#[must_use]
pub fn version(version: &str, at: Timestamp) -> String {
    let more = json!({"pushform": version, "ui": FORMAT_VERSION});
    line(at, "info", "version", &format!("Pushform {version}"), more)
}

/// The plan of an apply: every `planned_change`, and a `change_summary`.
#[must_use]
pub fn planned(plan: &Plan, at: Timestamp, mask: &Mask) -> Vec<String> {
    let mut out = Vec::new();
    for change in &plan.changes {
        let (resource, action) = (resource(plan, change, mask), action_word(change.action));
        let address = resource["addr"].as_str().unwrap_or_default().to_owned();
        let change = json!({"change": {"resource": resource, "action": action}});
        out.push(line(at, "info", "planned_change", &format!("{address}: Plan to {action}"), change));
    }
    let Summary { add, change, destroy } = plan.summary();
    let message = crate::render::terminal::totals(plan.summary());
    let changes = json!({"add": add, "change": change, "remove": destroy, "operation": "plan"});
    let mut more = json!({"changes": changes});
    let limited_by: Vec<String> = plan.limited_by().iter().map(|one| mask.prose(one)).collect();
    if !limited_by.is_empty() {
        more["limited_by"] = json!(limited_by);
    }
    out.push(line(at, "info", "change_summary", &message, more));
    out
}

/// The lines of one event; none for what only a screen shows.
#[must_use]
pub fn event(plan: &Plan, event: &Event, mask: &Mask) -> Vec<String> {
    let at = event.at;
    let message = || talk::sentence(plan, event, mask).unwrap_or_default();
    let hooked = |kind: &str, change: u32, ms: Option<i64>| {
        hook(plan, change, ms, mask).map(|hook| {
            line(
                at,
                if kind == "apply_errored" { "error" } else { "info" },
                kind,
                &message(),
                json!({"hook": hook}),
            )
        })
    };
    match &event.what {
        What::RunStart | What::CallStart { .. } | What::Verified(_) | What::Rests(_) => Vec::new(),
        What::ChangeStart { change } => hooked("apply_start", *change, None).into_iter().collect(),
        What::ChangeDone { change, ms } => hooked("apply_complete", *change, Some(*ms)).into_iter().collect(),
        What::ChangeErrored { change, problem } => {
            let mut out: Vec<String> = hooked("apply_errored", *change, None).into_iter().collect();
            out.push(diagnostic(at, &diagnostics::one(problem, mask)));
            out
        }
        What::CallDone { call, ms } => {
            let call = json!({"call": {"id": call, "elapsed_ms": ms}});
            vec![line(at, "debug", "call_complete", &message(), call)]
        }
        What::CallRepeated { call, why } => {
            let call = json!({"call": {"id": call, "why": mask.prose(why)}});
            vec![line(at, "warn", "log", &message(), call)]
        }
        What::CallFailed { problem, .. } | What::Noticed(problem) => {
            vec![diagnostic(at, &diagnostics::one(problem, mask))]
        }
        What::QuotaWait { quota, limit, until } => {
            let wait = json!({"quota": quota, "limit": limit, "until": until.to_string()});
            vec![line(at, "info", "quota_wait", &message(), wait)]
        }
        What::Progress(progress) => {
            vec![line(at, "info", "apply_progress", &message(), progress_of(progress))]
        }
    }
}

/// The last line of an apply.
#[must_use]
pub fn ended(report: &Report, at: Timestamp) -> String {
    let Summary { add, change, destroy } = report.summary;
    let changes = json!({"add": add, "change": change, "remove": destroy, "operation": "apply"});
    let more = json!({
        "changes": changes,
        "calls": report.calls + report.reads,
        "verified": verified(report.verified),
        "rest": report.rest.as_ref().map(rest),
        "already_applied": report.already_applied,
    });
    let level = if report.problems.has_errors() { "error" } else { "info" };
    line(at, level, "change_summary", &crate::render::terminal::ended(report), more)
}

fn verified(verified: Verified) -> Value {
    match verified {
        Verified::Nothing => Value::Null,
        Verified::InFull { rows, untrue, unreadable } => {
            json!({"how": "full", "rows": rows, "of": rows, "counts": 0, "untrue": untrue, "unreadable": unreadable})
        }
        Verified::CutShort { rows, of, unreadable } => {
            json!({"how": "cut_short", "rows": rows, "of": of, "counts": 0, "untrue": 0, "unreadable": unreadable})
        }
        Verified::Sampled { counts, rows, of, untrue, unreadable, seed } => {
            json!({
                "how": "sample", "rows": rows, "of": of, "counts": counts, "untrue": untrue,
                "unreadable": unreadable, "seed": seed,
            })
        }
    }
}

fn rest(rest: &Rest) -> Value {
    json!({"calls": rest.calls, "next_at": rest.next_at.to_string(), "because": rest.because})
}

fn progress_of(progress: &Progress) -> Value {
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let lane = |lane: &Lane| {
        json!({
            "quota": lane.quota,
            "limit": lane.limit,
            "done": lane.done,
            "calls": lane.calls,
            "left": lane.left,
            "finishes_at": moment(lane.finishes_at),
        })
    };
    let mut whole = json!({"progress": {
        "done": progress.done,
        "calls": progress.calls,
        "finishes_at": moment(progress.finishes_at),
        "lanes": progress.lanes.iter().map(lane).collect::<Vec<_>>(),
    }});
    if let Some(ReadingBack { done, of, until }) = progress.reading_back {
        whole["progress"]["reading_back"] = json!({"done": done, "of": of, "until": until.to_string()});
    }
    whole
}

/// What Terraform's hooks carry.
fn hook(plan: &Plan, at: u32, ms: Option<i64>, mask: &Mask) -> Option<Value> {
    let change = plan.changes.get(at as usize)?;
    let mut hook = json!({"resource": resource(plan, change, mask), "action": action_word(change.action)});
    if let Some(ms) = ms {
        hook["elapsed_seconds"] = json!(ms / crate::timestamp::SECOND_MS);
    }
    Some(hook)
}

fn resource(plan: &Plan, change: &Change, mask: &Mask) -> Value {
    let address = mask.address(change.resource, plan.names.text(change.name));
    json!({
        "addr": address,
        "resource": address,
        "resource_type": type_word(change.resource),
        "resource_name": shown_name(plan, change, mask),
        "implied_provider": change.resource.vendor().word(),
    })
}

fn shown_name(plan: &Plan, change: &Change, mask: &Mask) -> String {
    let name = plan.names.text(change.name);
    match Sort::of_address(change.resource) {
        Some(sort) if mask.hides() => mask.name(sort, name),
        Some(_) | None => name.to_owned(),
    }
}

/// The type as Terraform spells one, and as plans have it: `getui_alias`.
fn type_word(resource: Resource) -> String {
    resource_word(resource).replace('.', "_")
}

const fn action_word(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::Replace => "replace",
    }
}

/// What `drift --json` writes: entries read as a plan's `resource_drift`.
#[must_use]
pub fn drift(found: Found<'_>, version: &str, mask: &Mask) -> String {
    let plan = found.plan;
    let entries = plan.drift.iter().map(|change| {
        let (before, after) = sides(plan, change, &plan.drift_cells, mask);
        let entry = json!({
            "address": mask.address(change.resource, plan.names.text(change.name)),
            "mode": "managed",
            "type": type_word(change.resource),
            "name": shown_name(plan, change, mask),
            "provider_name": change.resource.vendor().word(),
            "change": {"actions": actions(change.action), "before": before, "after": after},
            "basis": change.basis.word(),
        });
        with(entry, drift::change_json(plan, change, mask))
    });
    let whole = json!({
        "format_version": FORMAT_VERSION,
        "pushform_version": version,
        "created_at": plan.created_at.to_string(),
        "resource_drift": entries.collect::<Vec<_>>(),
        "notes": plan.notes.iter().map(|note| mask.prose(note)).collect::<Vec<_>>(),
    });
    format!("{:#}", with(whole, found.json(mask)))
}

fn with<const N: usize>(mut object: Value, more: [(&str, Value); N]) -> Value {
    for (key, value) in more {
        object[key] = value;
    }
    object
}

/// Terraform's list of actions.
const fn actions(action: Action) -> &'static [&'static str] {
    match action {
        Action::Create => &["create"],
        Action::Update => &["update"],
        Action::Delete => &["delete"],
        Action::Replace => &["delete", "create"],
    }
}

/// What a change finds and what it leaves; null says to policy tools that there is nothing at all on that side.
fn sides(plan: &Plan, change: &Change, cells: &[Cell], mask: &Mask) -> (Value, Value) {
    let cells: Vec<&Cell> = change.cells.iter().filter_map(|at| cells.get(*at as usize)).collect();
    let kept = || change.kept.iter().map(|row| (row.subject, row.item, row.value));
    // A user who comes from another alias is not there before, one who goes to another not after.
    let here = |value: Name| change.resource != Resource::Alias || value == change.name;
    let side = |part: fn(&Cell) -> Option<Name>, absent: Action| {
        let changed = cells.iter().filter_map(|cell| {
            part(cell).filter(|value| here(*value)).map(|value| (cell.subject, cell.item, value))
        });
        let rows: Vec<(Name, Name, Name)> = kept().chain(changed).collect();
        let is_absent = rows.is_empty() && change.action == absent;
        if is_absent { Value::Null } else { value(plan, change.resource, &rows, mask) }
    };
    (side(|cell| cell.before, Action::Create), side(|cell| cell.after, Action::Delete))
}

/// Rows of one address as one value.
fn value(plan: &Plan, resource: Resource, rows: &[(Name, Name, Name)], mask: &Mask) -> Value {
    let user = |name: Name| hidden(mask, Sort::User, plan.names.text(name));
    let list = |mut texts: Vec<String>| {
        texts.sort_unstable();
        texts
    };
    let text = |name: Name| plan.names.text(name).to_owned();
    match resource {
        Resource::Alias | Resource::TagMembers | Resource::Blacklist => {
            json!({"users": list(rows.iter().map(|row| user(row.0)).collect())})
        }
        Resource::TagSet => json!({"tags": list(rows.iter().map(|row| text(row.1)).collect())}),
        Resource::DeviceTokens => {
            let token = |name: Name| hidden(mask, Sort::Token, plan.names.text(name));
            let tokens: BTreeMap<_, _> = rows.iter().map(|row| (user(row.0), token(row.2))).collect();
            json!({"tokens": tokens})
        }
        Resource::Property => {
            let definition = rows.first().map_or("", |row| plan.names.text(row.2));
            let definition = Definition::decode(definition);
            json!({"type": definition.type_word, "description": definition.description})
        }
        Resource::Device => {
            let values: BTreeMap<_, _> = rows.iter().map(|row| (text(row.1), text(row.2))).collect();
            json!({"values": values})
        }
    }
}

/// JSON escapes by itself, so that a name that is shown is the name.
fn hidden(mask: &Mask, sort: Sort, plain: &str) -> String {
    if mask.hides() { mask.name(sort, plain) } else { plain.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Basis;
    use crate::problem::Problem;
    use crate::render::sample::{ALICE, Sample};

    fn moment() -> Timestamp {
        Timestamp::parse("2026-11-23T02:12:00Z").expect("a moment")
    }

    #[test]
    fn an_apply_is_told_in_terraforms_words() {
        let plan = Sample::example();
        let mask = Mask::show();
        let mut lines = vec![version("0.1.0", moment())];
        lines.extend(planned(&plan, moment(), &mask));
        let problem = Problem::error("getui::30012", "the day's limit is used up (30012)");
        let lane = Lane { quota: "getui tag_batch".into(), limit: "100/1m".into(), ..lane() };
        for what in [
            What::RunStart,
            What::ChangeStart { change: 0 },
            What::CallStart { call: 0 },
            What::CallDone { call: 0, ms: 210 },
            What::CallRepeated { call: 1, why: "503".into() },
            What::ChangeDone { change: 0, ms: 1_210 },
            What::QuotaWait { quota: "getui tag_batch".into(), limit: "100/1m".into(), until: moment() },
            What::Progress(Progress {
                done: 1,
                calls: 14,
                finishes_at: Some(moment()),
                lanes: vec![lane],
                reading_back: None,
            }),
            What::ChangeErrored { change: 6, problem },
        ] {
            lines.extend(event(&plan, &Event { at: moment(), what }, &mask));
        }
        let verified = Verified::InFull { rows: 3, untrue: 0, unreadable: 0 };
        let report = Report { summary: Summary { add: 0, change: 0, destroy: 1 }, verified, ..Report::new() };
        lines.push(ended(&report, moment()));
        for line in &lines {
            let value: Value = serde_json::from_str(line).unwrap_or_else(|why| panic!("{line}: {why}"));
            for key in ["type", "@timestamp", "@level", "@message"] {
                assert!(value[key].as_str().is_some_and(|text| !text.is_empty()), "{key} in {line}");
            }
        }
        insta::assert_snapshot!(lines.join("\n"));
    }

    fn lane() -> Lane {
        Lane { quota: String::new(), limit: String::new(), done: 1, calls: 2, left: 98, finishes_at: None }
    }

    fn found(plan: &Plan) -> Found<'_> {
        Found { plan, sampled: None }
    }

    #[test]
    fn drift_reads_as_a_plans() {
        let mut s = Sample::new();
        s.change(
            (Resource::Alias, "alice"),
            Action::Update,
            Basis::Observed,
            &[(ALICE, "", "alice", "bob")],
            &[("f5", "", "alice")],
        )
        .outside();
        insta::assert_snapshot!(super::drift(found(&s.plan), "0.1.0", &Mask::show()));
        assert!(!super::drift(found(&s.plan), "0.1.0", &Mask::hide()).contains(ALICE));
    }
}
