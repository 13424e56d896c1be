//! From a plan to its JSON, one part at a time: memory holds one change or one call more than the plan.

use std::convert::Infallible;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::model::{
    CallDoc, CellDoc, ChangeDoc, ChoiceDoc, DayDoc, DeltaDoc, DiagnosticDoc, ForecastDoc, QuotaDoc,
    ReplacementDoc, RowDoc, SizesDoc, SummaryDoc,
};
use super::view::{Plain, Role, View};
use super::writes::WriteDoc;
use super::{Accounts, DIGEST_END, DIGEST_KEY, FORMAT_VERSION, Saved};
use crate::address::{self, Resource};
use crate::change::{Action, Cell, Change};
use crate::kind::Definition;
use crate::names::{Name, Names};
use crate::plan::{Base, Choice, Forecast, NEVER, Plan, QuotaNeed, Replacement};
use crate::problem::{Problem, Severity};
use crate::table::{Kind, Row};
use crate::timestamp::Timestamp;

/// What is printed of a plan: of one just made, or of one that was saved.
pub struct Document<'a> {
    plan: &'a Plan,
    pushform_version: &'a str,
    diagnostics: Vec<DiagnosticDoc>,
}

impl<'a> From<&'a Plan> for Document<'a> {
    fn from(plan: &'a Plan) -> Self {
        let diagnostics = plan.problems.list().iter().map(diagnostic).collect();
        Self { plan, pushform_version: env!("CARGO_PKG_VERSION"), diagnostics }
    }
}

impl<'a> From<&'a Saved> for Document<'a> {
    fn from(saved: &'a Saved) -> Self {
        let Saved { plan, pushform_version, diagnostics } = saved;
        Self { plan, pushform_version, diagnostics: diagnostics.clone() }
    }
}

/// Writes a plan, part by part.
///
/// # Errors
/// When `out` takes no more.
pub fn to_json<'a>(
    plan: impl Into<Document<'a>>,
    accounts: Accounts<'_>,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    to_json_as(plan, accounts, &Plain, out)
}

/// Writes a plan with other texts in the place of names. Unless all of them stand for themselves it has no digest, and
/// cannot be applied.
///
/// # Errors
/// When `out` takes no more.
pub fn to_json_as<'a>(
    plan: impl Into<Document<'a>>,
    accounts: Accounts<'_>,
    view: &dyn View,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    let Document { plan, pushform_version, diagnostics } = plan.into();
    let mut json = Json { out, hasher: blake3::Hasher::new() };
    let names = Texts { names: &plan.names, view };
    json.raw("{\"format_version\":")?;
    json.part(&FORMAT_VERSION)?;
    json.field("pushform_version", &pushform_version)?;
    json.field("created_at", &plan.created_at.to_string())?;
    // Selectors in it name what the plan itself need not hold.
    let looked = plan.base.looked.iter().map(|looked| view.prose(looked)).collect();
    json.field("base", &Base { looked, ..plan.base.clone() })?;
    let limited_by = plan.limited_by();
    if !limited_by.is_empty() {
        json.list("limited_by", limited_by.iter().map(|selector| view.prose(selector)))?;
    }
    json.list("resource_changes", plan.changes.iter().map(|one| change(&names, &plan.cells, one)))?;
    json.list("resource_drift", plan.drift.iter().map(|one| change(&names, &plan.drift_cells, one)))?;
    json.list("calls", (0..plan.calls.len()).map(|at| call(plan, accounts, view, at)))?;
    json.list("quotas", plan.forecast.quotas.iter().map(quota))?;
    json.field("forecast", &forecast(&plan.forecast))?;
    json.field("summary", &summary(plan))?;
    json.list("notes", plan.notes.iter().map(|note| view.prose(note)))?;
    json.list("diagnostics", diagnostics.into_iter().map(|one| one.seen(view)))?;
    let rows = |rows| by_text(&plan.names, rows).map(|(kind, row)| row_doc(&names, kind, &row));
    json.list("adopts", rows(&plan.adopts))?;
    json.list("forgets", rows(&plan.forgets))?;
    json.list("replacements", plan.replacements.iter().map(|one| replacement(&names, one)))?;
    let unmanaged = plan.unmanaged.iter();
    json.list("unmanaged", unmanaged.map(|(resource, name)| names.address(*resource, *name)))?;
    let mut protected: Vec<&str> = plan.protected.iter().map(|name| plan.names.text(*name)).collect();
    protected.sort_unstable();
    json.field("protected", &protected)?;
    let crate::plan::Sizes { desired, recorded, live } = plan.sizes;
    json.field("sizes", &SizesDoc { desired, recorded, live })?;
    if view.is_plain() { json.end() } else { json.raw("}\n") }
}

/// The texts of a plan, as they are shown.
struct Texts<'a> {
    names: &'a Names,
    view: &'a dyn View,
}

impl Texts<'_> {
    fn text(&self, role: Role, name: Name) -> String {
        self.view.text(role, self.names.text(name))
    }

    /// A text that is nobody's name.
    fn plain(&self, name: Name) -> String {
        self.text(Role::Nobody, name)
    }

    fn address(&self, resource: Resource, name: Name) -> String {
        address::show(resource, &self.text(Role::of_name(resource), name))
    }

    fn row(&self, kind: Kind, (subject, item, value): (Name, Name, Name)) -> (String, String, String) {
        let subject = self.text(Role::of_subject(kind), subject);
        (subject, self.plain(item), self.text(Role::of_value(kind), value))
    }
}

/// Writes and digests.
struct Json<'a> {
    out: &'a mut dyn fmt::Write,
    hasher: blake3::Hasher,
}

impl Json<'_> {
    fn raw(&mut self, text: &str) -> fmt::Result {
        self.hasher.update(text.as_bytes());
        self.out.write_str(text)
    }

    fn part(&mut self, part: &impl Serialize) -> fmt::Result {
        let text = serde_json::to_string(part).map_err(|_| fmt::Error)?;
        self.raw(&text)
    }

    fn field(&mut self, key: &str, value: &impl Serialize) -> fmt::Result {
        self.raw(",\n")?;
        self.part(&key)?;
        self.raw(":")?;
        self.part(value)
    }

    fn list<T: Serialize>(&mut self, key: &str, parts: impl Iterator<Item = T>) -> fmt::Result {
        self.raw(",\n")?;
        self.part(&key)?;
        self.raw(":[")?;
        for (at, part) in parts.enumerate() {
            self.raw(if at == 0 { "\n" } else { ",\n" })?;
            self.part(&part)?;
        }
        self.raw("]")
    }

    fn end(self) -> fmt::Result {
        let digest = self.hasher.finalize().to_hex();
        self.out.write_str(DIGEST_KEY)?;
        self.out.write_str(&digest)?;
        self.out.write_str(DIGEST_END)
    }
}

fn change(names: &Texts<'_>, all: &[Cell], change: &Change) -> ChangeDoc {
    let cells = || change.cells.iter().map(|at| &all[*at as usize]);
    let doc = |cell: &Cell| -> CellDoc {
        let (subject, value) = (Role::of_subject(cell.kind()), Role::of_value(cell.kind()));
        let [before, after] = [cell.before, cell.after].map(|name| name.map(|name| names.text(value, name)));
        (
            names.text(subject, cell.subject),
            names.plain(cell.item),
            before,
            after,
            cell.basis.word().to_owned(),
        )
    };
    let here = |cell: &Cell| {
        cell.before.filter(|before| change.resource != Resource::Alias || *before == change.name)
    };
    let kept = || change.kept.iter().map(|row| (row.subject, row.item, row.value));
    let before = cells().filter_map(|cell| Some((cell.subject, cell.item, here(cell)?)));
    let there =
        |cell: &Cell| cell.after.filter(|after| change.resource != Resource::Alias || *after == change.name);
    let after = cells().filter_map(|cell| Some((cell.subject, cell.item, there(cell)?)));
    // Null says to policy tools that there is nothing at all on this side.
    let side = |absent: Action, rows: Vec<(Name, Name, Name)>| {
        let is_absent = rows.is_empty() && change.action == absent;
        if is_absent { Value::Null } else { state(names, change.resource, rows) }
    };
    ChangeDoc {
        address: names.address(change.resource, change.name),
        mode: "managed".to_owned(),
        r#type: address::resource_word(change.resource).replace('.', "_"),
        name: names.text(Role::of_name(change.resource), change.name),
        provider_name: change.resource.vendor().word().to_owned(),
        change: DeltaDoc {
            actions: actions(change.action),
            before: side(Action::Create, kept().chain(before).collect()),
            after: side(Action::Delete, kept().chain(after).collect()),
        },
        action_reason: reason(change.action),
        basis: change.basis.word().to_owned(),
        cells: cells().map(doc).collect(),
        kept: kept().map(|row| names.row(change.resource.kind(), row)).collect(),
        recorded_at: Some(change.recorded_at).filter(|at| *at > 0),
    }
}

pub(super) fn actions(action: Action) -> Vec<String> {
    let words: &[&str] = match action {
        Action::Create => &["create"],
        Action::Update => &["update"],
        Action::Delete => &["delete"],
        Action::Replace => &["delete", "create"],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn reason(action: Action) -> Option<String> {
    match action {
        Action::Create | Action::Update => None,
        Action::Delete => Some("delete_because_no_resource_config".to_owned()),
        Action::Replace => Some("replace_because_cannot_update".to_owned()),
    }
}

/// Rows of an address as one object, as policy tools read it.
fn state(names: &Texts<'_>, resource: Resource, mut rows: Vec<(Name, Name, Name)>) -> Value {
    let plain = |name: Name| names.names.text(name);
    rows.sort_unstable_by_key(|(subject, item, _)| (plain(*subject), plain(*item)));
    let rows: Vec<_> = rows.into_iter().map(|row| (row.2, names.row(resource.kind(), row))).collect();
    let subjects = || rows.iter().map(|(_, row)| row.0.as_str()).collect::<Vec<_>>();
    let map = |key: fn(&(String, String, String)) -> &String| {
        rows.iter().map(|(_, row)| (key(row).clone(), Value::from(row.2.as_str()))).collect::<Map<_, _>>()
    };
    match resource {
        Resource::Alias | Resource::TagMembers | Resource::Blacklist => json!({ "users": subjects() }),
        Resource::TagSet => json!({ "tags": rows.iter().map(|(_, row)| &row.1).collect::<Vec<_>>() }),
        Resource::DeviceTokens => json!({ "tokens": map(|row| &row.0) }),
        Resource::Device => json!({ "values": map(|row| &row.1) }),
        Resource::Property => {
            let definition = Definition::decode(rows.first().map_or("", |(value, _)| plain(*value)));
            json!({ "type": definition.type_word, "description": definition.description })
        }
    }
}

fn call(plan: &Plan, accounts: Accounts<'_>, view: &dyn View, at: usize) -> CallDoc {
    let call = &plan.calls[at];
    let doc = WriteDoc::of(&call.write, |role, name| view.text(role, plan.names.text(name)));
    let request = accounts.of(call.write.vendor()).map(|provider| {
        if view.is_plain() {
            return provider.write(&call.write, &plan.names);
        }
        // The same call of the names that are shown: nothing else can get into its path and body.
        let mut shown = Names::new();
        let Ok(write) = doc.write(|_, text| Ok::<_, Infallible>(shown.intern(text)));
        provider.write(&write, &shown)
    });
    let (method, path, body) = request.map_or_else(Default::default, |request| {
        let body = request.body.map_or(Value::Null, |body| super::read::body_value(&body));
        (request.method.word().to_owned(), request.path, body)
    });
    let spend = |spend: &crate::quota::Spend| {
        let quota = accounts.quotas.get(spend.quota);
        format!("{} {}", quota.vendor.word(), quota.name)
    };
    CallDoc {
        id: u32::try_from(at).unwrap_or(u32::MAX),
        method,
        path,
        body,
        spends: call.spends.iter().map(spend).collect(),
        after: call.after.clone(),
        changes: call.changes.clone(),
        sends_at: plan.forecast.sends_at.get(at).filter(|at| **at != NEVER).map(Timestamp::to_string),
        write: doc,
    }
}

pub(super) fn quota(need: &QuotaNeed) -> QuotaDoc {
    let QuotaNeed { quota: _, name, limit, needed, left, turns_over_at, binds } = need;
    QuotaDoc {
        name: name.clone(),
        limit: limit.clone(),
        needed: *needed,
        left: *left,
        turns_over_at: turns_over_at.to_string(),
        binds: *binds,
    }
}

pub(super) fn forecast(forecast: &Forecast) -> ForecastDoc {
    let day = |(date, calls): &(String, u64)| DayDoc { date: date.clone(), calls: *calls };
    ForecastDoc {
        calls: forecast.calls,
        reads: forecast.reads,
        calls_minimum: forecast.calls_minimum,
        finishes_at: forecast.finishes_at.map(|at| at.to_string()),
        days: forecast.days.iter().map(day).collect(),
        choice: forecast.choice.map(choice),
    }
}

fn choice(choice: Choice) -> ChoiceDoc {
    let Choice { calls, calls_minimum, ms, ms_minimum } = choice;
    ChoiceDoc { calls, calls_minimum, ms, ms_minimum }
}

fn summary(plan: &Plan) -> SummaryDoc {
    let crate::plan::Summary { add, change, destroy } = plan.summary();
    SummaryDoc { add, change, destroy }
}

pub(super) fn diagnostic(problem: &Problem) -> DiagnosticDoc {
    let severity = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    DiagnosticDoc {
        severity: severity.to_owned(),
        code: problem.code.to_owned(),
        summary: problem.summary.clone(),
        detail: problem.help.clone().unwrap_or_default(),
    }
}

impl DiagnosticDoc {
    /// The same as this view shows it.
    fn seen(self, view: &dyn View) -> Self {
        let Self { severity, code, summary, detail } = self;
        Self { severity, code, summary: view.prose(&summary), detail: view.prose(&detail) }
    }
}

/// Rows in an order that does not hang on the numbers of names.
fn by_text(names: &Names, rows: &[(Kind, Row)]) -> impl Iterator<Item = (Kind, Row)> + use<> {
    let mut rows = rows.to_vec();
    rows.sort_unstable_by(|(a_kind, a), (b_kind, b)| {
        a_kind
            .cmp(b_kind)
            .then_with(|| names.by_text(a.subject, b.subject))
            .then_with(|| names.by_text(a.item, b.item))
    });
    rows.into_iter()
}

fn row_doc(names: &Texts<'_>, kind: Kind, row: &Row) -> RowDoc {
    let (subject, item, value) = names.row(kind, (row.subject, row.item, row.value));
    (kind.word().to_owned(), subject, item, value, row.mark)
}

fn replacement(names: &Texts<'_>, one: &Replacement) -> ReplacementDoc {
    let pair = |(device, value): &(Name, Name)| (names.text(Role::Device, *device), names.plain(*value));
    let Replacement { property, devices, carried, lost } = one;
    ReplacementDoc {
        property: names.plain(*property),
        devices: *devices,
        carried: carried.iter().map(pair).collect(),
        lost: lost.iter().map(pair).collect(),
    }
}
