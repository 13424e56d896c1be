//! From the JSON of a plan to the plan, with every part held against what we would write ourselves.

use serde_json::Value;

use super::model::{
    CallDoc, CellDoc, ChangeDoc, ChoiceDoc, DiagnosticDoc, File, ForecastDoc, QuotaDoc, ReplacementDoc,
    RowDoc,
};
use super::{Accounts, DIGEST_END, DIGEST_KEY, FORMAT_VERSION, Saved};
use crate::address::{Address, Resource};
use crate::change::{Action, Basis, Cell, Change};
use crate::kind::{Provider, Write};
use crate::names::{Name, Names};
use crate::plan::{
    Base, Call, Choice, Forecast, NEVER, Plan, QuotaNeed, Replacement, Sizes, is_of_single_rows,
};
use crate::problem::{Failure, Problem, Problems, Result};
use crate::table::{Kind, Row};
use crate::timestamp::Timestamp;

/// Reads a saved plan to carry it out. Calls are made anew by the accounts of this project.
///
/// # Errors
/// A file that is damaged, of another format or of another account, that says of a call what we would not say,
/// or that holds a refused plan ([`Failure::Guard`]).
pub fn to_apply(text: &str, accounts: Accounts<'_>) -> Result<Plan> {
    let file = parse(text)?;
    can_be_applied(&file.diagnostics, &file.base, accounts)?;
    saved(file, accounts).map(|saved| saved.plan)
}

/// Reads a saved plan to show it: a refused one, too, and wherever it was made.
///
/// # Errors
/// A file that is damaged, of another format, or that says of a call what we would not say.
pub fn from_json(text: &str, accounts: Accounts<'_>) -> Result<Saved> {
    saved(parse(text)?, accounts)
}

fn parse(text: &str) -> Result<File> {
    version(text)?;
    whole(text)?;
    serde_json::from_str(text).map_err(|why| damaged(&why.to_string()))
}

fn saved(file: File, accounts: Accounts<'_>) -> Result<Saved> {
    let mut names = Names::new();
    let (changes, cells) = changes(&mut names, file.resource_changes)?;
    let (drift, drift_cells) = self::changes(&mut names, file.resource_drift)?;
    let sends_at = file.calls.iter().map(|call| sends_at(call.sends_at.as_deref())).collect::<Result<_>>()?;
    let steps = calls(&mut names, file.calls, accounts, changes.len())?;
    let mut protected: Vec<Name> = file.protected.iter().map(|text| names.intern(text)).collect();
    protected.sort_unstable();
    let unmanaged = file.unmanaged.iter().map(|text| address(&mut names, text)).collect::<Result<_>>()?;
    let plan = Plan {
        base: file.base,
        created_at: moment(&file.created_at)?,
        cells,
        changes,
        calls: steps,
        adopts: rows(&mut names, &file.adopts)?,
        forgets: rows(&mut names, &file.forgets)?,
        drift,
        drift_cells,
        // What they say stands among the notes.
        counts: Vec::new(),
        unobserved: Vec::new(),
        replacements: file.replacements.iter().map(|one| replacement(&mut names, one)).collect(),
        unmanaged,
        unknown: Vec::new(),
        left_out: Vec::new(),
        protected,
        refused: Vec::new(),
        forecast: forecast(&file.forecast, &file.quotas, accounts, sends_at)?,
        notes: file.notes,
        problems: Problems::new(),
        sizes: Sizes { desired: file.sizes.desired, recorded: file.sizes.recorded, live: file.sizes.live },
        names,
    };
    Ok(Saved { plan, pushform_version: file.pushform_version, diagnostics: file.diagnostics })
}

/// A request's body as JSON; as a text where it is none.
pub(super) fn body_value(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|_| Value::from(body))
}

pub(super) fn damaged(why: &str) -> Problems {
    let problem = Problem::error("plan::damaged", format!("the saved plan is damaged: {why}"));
    Problems::of(Failure::Stale, problem.help("make a new one with `pushform plan -o FILE`"))
}

/// Only the first number of the version has to be ours: later ones only add.
fn version(text: &str) -> Result<()> {
    let theirs = text.strip_prefix("{\"format_version\":\"").and_then(|rest| rest.split('"').next());
    let Some(theirs) = theirs else {
        if text.is_empty() {
            return Err(damaged("the file is empty"));
        }
        if text.contains("\"format_version\"") {
            return Err(damaged("its layout was changed"));
        }
        let problem = Problem::error("plan::no_plan", "the file is no saved plan");
        return Err(problem.help("`pushform plan -o FILE` writes one").into());
    };
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    if major(theirs) == major(FORMAT_VERSION) {
        return Ok(());
    }
    Err(other_version(theirs, FORMAT_VERSION))
}

/// A file of a version that this one cannot read.
pub(super) fn other_version(theirs: &str, ours: &str) -> Problems {
    let what = format!("the saved plan has format {theirs}, and this version reads {ours}");
    let help = "make a new one with this version, or read it with the version that wrote it";
    Problems::of(Failure::Stale, Problem::error("plan::format_version", what).help(help))
}

/// Every byte up to the digest is as it was written.
fn whole(text: &str) -> Result<()> {
    let cut = || damaged("its end is missing");
    let at = text.rfind(DIGEST_KEY).ok_or_else(cut)?;
    let digest = text[at + DIGEST_KEY.len()..].strip_suffix(DIGEST_END).ok_or_else(cut)?;
    if blake3::hash(&text.as_bytes()[..at]).to_hex().as_str() == digest {
        return Ok(());
    }
    Err(damaged("its digest does not fit; somebody or something has changed it"))
}

/// That it was not refused when it was made, and is for these accounts.
///
/// # Errors
/// It was, or it is for others.
pub(super) fn can_be_applied(
    diagnostics: &[DiagnosticDoc],
    base: &Base,
    accounts: Accounts<'_>,
) -> Result<()> {
    // Single rows were left out of the plan; the rest of it is good.
    let refuses = |one: &&DiagnosticDoc| one.severity == "error" && !is_of_single_rows(&one.code);
    if let Some(error) = diagnostics.iter().find(refuses) {
        let what = format!("the saved plan was refused when it was made: {}", error.summary);
        let problem = Problem::error("plan::refused", what).help(error.detail.clone());
        return Err(Problems::of(Failure::Guard, problem));
    }
    for provider in accounts.providers {
        let (vendor, ours) = (provider.vendor().word(), provider.account());
        if base.accounts.get(vendor).is_some_and(|theirs| *theirs != ours) {
            let what = format!("the saved plan is for another {vendor} account than `{ours}`");
            let help = "apply it where it was made, or make a new one here";
            let problem = Problem::error("plan::wrong_account", what).help(help);
            return Err(Problems::of(Failure::Stale, problem));
        }
    }
    Ok(())
}

pub(super) fn moment(text: &str) -> Result<Timestamp> {
    Timestamp::parse(text).map_err(|why| damaged(&why))
}

fn address(names: &mut Names, text: &str) -> Result<(Resource, Name)> {
    let address = Address::parse(text).map_err(|why| damaged(&why))?;
    Ok((address.resource, names.intern(&address.name)))
}

pub(super) fn basis(word: &str) -> Result<Basis> {
    let all = [Basis::Observed, Basis::Recorded, Basis::Assumed];
    all.into_iter().find(|basis| basis.word() == word).ok_or_else(|| damaged("it names an unknown basis"))
}

/// The changes with all their cells, which are sorted by key.
fn changes(names: &mut Names, docs: Vec<ChangeDoc>) -> Result<(Vec<Change>, Vec<Cell>)> {
    let mut changes = Vec::with_capacity(docs.len());
    let mut cells: Vec<Cell> = Vec::new();
    for doc in docs {
        let (resource, name) = address(names, &doc.address)?;
        let first = cells.len();
        for cell in &doc.cells {
            cells.push(self::cell(names, resource, cell)?);
        }
        let kept = doc.kept.iter().map(|(subject, item, value)| Row {
            subject: names.intern(subject),
            item: names.intern(item),
            value: names.intern(value),
            mark: 0,
        });
        changes.push(Change {
            resource,
            name,
            action: action(&doc.change.actions)?,
            kept: kept.collect(),
            recorded_at: doc.recorded_at.unwrap_or(0),
            basis: basis(&doc.basis)?,
            cells: (first..cells.len()).map(|at| u32::try_from(at).unwrap_or(u32::MAX)).collect(),
        });
    }
    sort(&mut changes, &mut cells);
    Ok((changes, cells))
}

/// Sorts cells by key, and names them anew in their changes.
pub(super) fn sort(changes: &mut [Change], cells: &mut [Cell]) {
    let mut order: Vec<u32> = (0..).take(cells.len()).collect();
    order.sort_unstable_by_key(|at| cells[*at as usize].key());
    let mut place = vec![0; cells.len()];
    for (to, from) in (0_u32..).zip(&order) {
        place[*from as usize] = to;
    }
    drop(order);
    changes.iter_mut().flat_map(|change| &mut change.cells).for_each(|at| *at = place[*at as usize]);
    // Each exchange puts one of the two where it belongs, so that no second list is needed.
    for at in 0..cells.len() {
        while place[at] as usize != at {
            let to = place[at] as usize;
            cells.swap(at, to);
            place.swap(at, to);
        }
    }
}

fn cell(names: &mut Names, resource: Resource, doc: &CellDoc) -> Result<Cell> {
    let (subject, item, before, after, word) = doc;
    Ok(Cell {
        resource,
        subject: names.intern(subject),
        item: names.intern(item),
        before: before.as_ref().map(|text| names.intern(text)),
        after: after.as_ref().map(|text| names.intern(text)),
        basis: basis(word)?,
        origin: 0,
    })
}

pub(super) fn action(words: &[String]) -> Result<Action> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["create"] => Ok(Action::Create),
        ["update"] => Ok(Action::Update),
        ["delete"] => Ok(Action::Delete),
        ["delete", "create"] => Ok(Action::Replace),
        _ => Err(damaged("it names an unknown action")),
    }
}

fn calls(names: &mut Names, docs: Vec<CallDoc>, accounts: Accounts<'_>, changes: usize) -> Result<Vec<Call>> {
    let mut calls = Vec::with_capacity(docs.len());
    for (rank, doc) in (0_u32..).zip(docs) {
        let in_order = doc.after.iter().all(|before| *before < rank)
            && doc.changes.iter().all(|change| (*change as usize) < changes);
        if doc.id != rank || !in_order {
            return Err(damaged("its calls are out of order"));
        }
        let write = doc.write.write(|_, text| Ok::<_, Problems>(names.intern(text)))?;
        let provider = provider(&write, accounts)?;
        let request = provider.write(&write, names);
        let body = request.body.as_deref().map_or(Value::Null, body_value);
        if request.method.word() != doc.method || request.path != doc.path || body != doc.body {
            return Err(damaged(&format!("call {rank} is not the call that its rows need")));
        }
        let spends = provider.write_spends(&write, names, accounts.quotas);
        calls.push(Call { write, spends, after: doc.after, changes: doc.changes, rank });
    }
    Ok(calls)
}

/// The account that a call goes to.
///
/// # Errors
/// The project has none of that vendor.
pub(super) fn provider<'a>(write: &Write, accounts: Accounts<'a>) -> Result<&'a dyn Provider> {
    let vendor = write.vendor().word();
    let what = || format!("the saved plan calls {vendor}, and the project file has no `{vendor}:`");
    accounts.of(write.vendor()).ok_or_else(|| Problem::error("plan::no_account", what()).into())
}

fn rows(names: &mut Names, docs: &[RowDoc]) -> Result<Vec<(Kind, Row)>> {
    let mut rows = Vec::with_capacity(docs.len());
    for (kind, subject, item, value, mark) in docs {
        let kind = Kind::from_word(kind).ok_or_else(|| damaged("it names an unknown kind"))?;
        let (subject, item, value) = (names.intern(subject), names.intern(item), names.intern(value));
        rows.push((kind, Row { subject, item, value, mark: *mark }));
    }
    rows.sort_unstable_by_key(|(kind, row)| (*kind, row.key()));
    Ok(rows)
}

fn replacement(names: &mut Names, doc: &ReplacementDoc) -> Replacement {
    let mut pairs = |list: &[(String, String)]| {
        list.iter().map(|(device, value)| (names.intern(device), names.intern(value))).collect()
    };
    let (carried, lost) = (pairs(&doc.carried), pairs(&doc.lost));
    Replacement { property: names.intern(&doc.property), devices: doc.devices, carried, lost }
}

pub(super) fn forecast(
    doc: &ForecastDoc,
    quotas: &[QuotaDoc],
    accounts: Accounts<'_>,
    sends_at: Vec<Timestamp>,
) -> Result<Forecast> {
    let mut needs = Vec::with_capacity(quotas.len());
    for one in quotas {
        let named = |quota: &crate::quota::Quota| format!("{} {}", quota.vendor.word(), quota.name);
        // A quota that the project file no longer has is left out: the forecast is only shown.
        let Some((id, _)) = accounts.quotas.iter().find(|(_, quota)| named(quota) == one.name) else {
            continue;
        };
        needs.push(QuotaNeed {
            quota: id,
            name: one.name.clone(),
            limit: one.limit.clone(),
            needed: one.needed,
            left: one.left,
            turns_over_at: moment(&one.turns_over_at)?,
            binds: one.binds,
        });
    }
    Ok(Forecast {
        calls: doc.calls,
        reads: doc.reads,
        calls_minimum: doc.calls_minimum,
        finishes_at: doc.finishes_at.as_deref().map(moment).transpose()?,
        days: doc.days.iter().map(|day| (day.date.clone(), day.calls)).collect(),
        quotas: needs,
        choice: doc.choice.as_ref().map(choice),
        sends_at,
    })
}

fn sends_at(text: Option<&str>) -> Result<Timestamp> {
    text.map_or(Ok(NEVER), moment)
}

fn choice(doc: &ChoiceDoc) -> Choice {
    let ChoiceDoc { calls, calls_minimum, ms, ms_minimum } = *doc;
    Choice { calls, calls_minimum, ms, ms_minimum }
}
