//! Reads back what was written, with patience for vendors that carry out later, and corrects the record where
//! something did not become true.
//!
//! In full while that is quick, else by counts and a random sample (`chosen.rs`); the report says which. What nobody
//! can read back is counted and said.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};

use super::Run;
use super::chosen::{Chosen, Crowd, choose};
use super::cut::{cut, is_cut, tell_cut};
use super::resume::may_come;
use super::step::{Written, subject};
use crate::address::{self, Resource};
use crate::change::Cell;
use crate::gate::CallError;
use crate::kind::{Answer, Definition, PropertyType, Read};
use crate::names::{Name, Names};
use crate::observe::pages::Pages;
use crate::observe::{Listed, list_properties};
use crate::problem::{Problem, Result};
use crate::report::{ReadingBack, Verified, What};
use crate::state::{Intent, Keep, RowChange};
use crate::table::{Kind, Row};

/// How long to wait before each further look, in milliseconds: together about a minute and a half, well above
/// the delay of asynchronous binds that was ever reported.
const LOOK_AFTER_MS: [i64; 8] = [0, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 45_000];
/// Problems named one by one; the rest is counted.
const NAMED_MAX: usize = 20;

/// One row that shall be so (`Some`) or not be there (`None`).
#[derive(Clone, Copy)]
pub(super) struct Expected {
    pub kind: Kind,
    pub subject: Name,
    pub item: Name,
    pub value: Option<Name>,
}

/// Reads back and tells what came of it.
pub(super) async fn read_back(run: &Run<'_>, written: &Written) -> Result<()> {
    let all = expectations(written);
    let readable: Vec<Expected> = all.iter().filter(|row| row.kind.can_be_read()).copied().collect();
    let unreadable = (all.len() - readable.len()) as u64;
    if all.is_empty() {
        return run.owes_nothing(written).await;
    }
    let of = readable.len() as u64;
    let cut_short = |rows, why| {
        tell_cut(run, &why, Verified::CutShort { rows, of, unreadable });
        Ok(())
    };
    if let Some(why) = is_cut(run).filter(|_| of > 0) {
        return cut_short(0, why);
    }
    let Chosen { rows: chosen, crowds, seed } = choose(run, &readable).await?;
    let (rows, counts) = (chosen.len() as u64, crowds.len() as u64);
    let (untrue, short) = match look_until_true(run, chosen, crowds).await {
        Looked::Through(untrue, short) => (untrue, short),
        Looked::Cut(why, open) => return cut_short(rows - open, why),
    };
    correct(run, &untrue).await?;
    short.iter().for_each(|crowd| tell_too_few(run, crowd));
    let_go(run, written, &untrue).await?;
    let is_whole = rows == of && counts == 0;
    if is_whole {
        run.owes_nothing(written).await?;
    }
    let untrue = (untrue.len() + short.len()) as u64;
    let verified = if is_whole {
        Verified::InFull { rows, untrue, unreadable }
    } else {
        Verified::Sampled { counts, rows, of, untrue, unreadable, seed }
    };
    run.tell(What::Verified(verified));
    Ok(())
}

/// What the rows written last shall be: a row that was written twice counts as it was last.
fn expectations(written: &Written) -> Vec<Expected> {
    let bound = written.bound.iter().map(|row| ((Kind::Device, row.subject, row.item), Some(row.value)));
    let mut last: BTreeMap<_, _> = bound.collect();
    for change in &written.rows {
        let (kind, item, value) = match change {
            RowChange::Put(kind, row) => (*kind, row.item, Some(row.value)),
            RowChange::Drop(kind, _, item) => (*kind, *item, None),
        };
        last.insert((kind, subject(change), item), value);
    }
    last.into_iter().map(|((kind, subject, item), value)| Expected { kind, subject, item, value }).collect()
}

/// What looking came to.
enum Looked {
    /// What is still not true after the last look.
    Through(Vec<Expected>, Vec<Crowd>),
    /// Looking was cut short, with so many rows open before the last look.
    Cut(CallError, u64),
}

/// Looks until everything is true, or patience is over.
async fn look_until_true(run: &Run<'_>, mut open: Vec<Expected>, mut crowds: Vec<Crowd>) -> Looked {
    let of = (open.len() + crowds.len()) as u64;
    let until = run.apply.clock.now().plus(LOOK_AFTER_MS.iter().sum());
    for wait_ms in LOOK_AFTER_MS {
        let (rows, left) = (open.len() as u64, (open.len() + crowds.len()) as u64);
        run.pace.borrow_mut().reads_back(Some(ReadingBack { done: of - left, of, until }));
        if left == 0 {
            break;
        }
        let looked = tokio::select! {
            biased;
            why = cut(run) => Err(why),
            looked = look_after(run, wait_ms, open, crowds) => looked,
        };
        (open, crowds) = match looked {
            Ok(looked) => looked,
            Err(why) => return Looked::Cut(why, rows),
        };
    }
    run.pace.borrow_mut().reads_back(None);
    Looked::Through(open, crowds)
}

/// Looks once, after a while.
async fn look_after(
    run: &Run<'_>,
    wait_ms: i64,
    open: Vec<Expected>,
    crowds: Vec<Crowd>,
) -> std::result::Result<(Vec<Expected>, Vec<Crowd>), CallError> {
    run.apply.clock.sleep_ms(wait_ms).await;
    let short = count(run, crowds).await?;
    Ok((look(run, open).await?, short))
}

/// Counts once: gives the tags that fewer users carry than are recorded.
async fn count(run: &Run<'_>, crowds: Vec<Crowd>) -> std::result::Result<Vec<Crowd>, CallError> {
    let names = &run.apply.plan.names;
    let ask =
        |crowd: Crowd| async move { (run.apply.gate.read(&Read::CountOf(crowd.tag), names).await, crowd) };
    let mut answers = stream::iter(crowds).map(ask).buffered(run.apply.gate.ready_max());
    let mut short = Vec::new();
    while let Some((answer, crowd)) = answers.next().await {
        // A vendor that answers another question counted nobody.
        let counted = if let Answer::Count(counted) = answer? { counted } else { 0 };
        if counted < crowd.recorded {
            short.push(Crowd { counted, ..crowd });
        }
    }
    Ok(short)
}

/// Looks once: gives those that are not true.
async fn look(run: &Run<'_>, open: Vec<Expected>) -> std::result::Result<Vec<Expected>, CallError> {
    let plan = run.apply.plan;
    let mut seen = Seen::default();
    let ask = |read: Read| async move { (run.apply.gate.read(&read, &plan.names).await, read) };
    let mut answers = stream::iter(reads(run, &open)).map(ask).buffer_unordered(run.apply.gate.ready_max());
    while let Some((answer, read)) = answers.next().await {
        seen.take(&plan.names, &read, answer?);
    }
    drop(answers);
    let mut properties = true;
    if open.iter().any(|row| row.kind == Kind::Property) {
        let ask = async |page| run.apply.gate.read(&Read::Properties(page), &plan.names).await;
        match list_properties(ask).await? {
            Pages::Whole(listed) => seen.take_properties(&plan.names, listed),
            // What changes while it is read shows nothing.
            Pages::Unsettled(..) | Pages::Endless => properties = false,
        }
    }
    let is_open = |row: &Expected| row.kind == Kind::Property && !properties || !seen.shows(&plan.names, row);
    Ok(open.into_iter().filter(is_open).collect())
}

/// The fewest reads that show these rows; properties are read page by page beside.
fn reads(run: &Run<'_>, open: &[Expected]) -> Vec<Read> {
    let mut reads = BTreeMap::new();
    let mut rows_of = BTreeMap::<Name, usize>::new();
    for row in open.iter().filter(|row| row.kind == Kind::Device) {
        *rows_of.entry(row.subject).or_default() += 1;
    }
    for row in open {
        match (row.kind, row.value) {
            (Kind::Alias, Some(alias)) => drop(reads.insert((row.kind, alias), Read::UsersOf(alias))),
            (Kind::Alias, None) => {
                let before =
                    run.apply.plan.cell(row.kind, row.subject, row.item).and_then(|cell| cell.before);
                let read = before
                    .map_or((row.subject, Read::AliasOf(row.subject)), |alias| (alias, Read::UsersOf(alias)));
                reads.insert((row.kind, read.0), read.1);
            }
            (Kind::Tag, _) => drop(reads.insert((row.kind, row.subject), Read::TagsOf(row.subject))),
            // Whether one value is gone needs no list of all the others; of a property that goes too, the vendor may
            // refuse the question.
            (Kind::Device, None)
                if rows_of.get(&row.subject) == Some(&1)
                    && run.apply.plan.cell(Kind::Property, row.item, Name::NONE).is_none() =>
            {
                reads.insert((row.kind, row.subject), Read::HasValue(row.subject, row.item));
            }
            (Kind::Device, _) => drop(reads.insert((row.kind, row.subject), Read::ValuesOf(row.subject))),
            (Kind::Property | Kind::Blacklist | Kind::DeviceToken, _) => {}
        }
    }
    reads.into_values().collect()
}

/// What a look showed, as texts: names that the plan does not know are of no interest here.
#[derive(Default)]
struct Seen {
    rows: BTreeMap<(Kind, Name, Name), String>,
}

impl Seen {
    fn take(&mut self, names: &Names, read: &Read, answer: Answer) {
        let known = |text: &str| names.find(text);
        match (read, answer) {
            (Read::UsersOf(alias), Answer::Texts(users)) => {
                let alias = names.text(*alias);
                let rows = users.iter().filter_map(|user| known(user));
                self.rows.extend(rows.map(|user| ((Kind::Alias, user, Name::NONE), alias.to_owned())));
            }
            (Read::AliasOf(user), Answer::Alias(Some(alias))) => {
                self.rows.insert((Kind::Alias, *user, Name::NONE), alias);
            }
            (Read::TagsOf(user), Answer::Texts(tags)) => {
                let rows = tags.iter().filter_map(|tag| known(tag));
                self.rows.extend(rows.map(|tag| ((Kind::Tag, *user, tag), String::new())));
            }
            (Read::ValuesOf(device), Answer::Values(values)) => {
                let rows =
                    values.into_iter().filter_map(|(property, value)| Some((known(&property)?, value)));
                self.rows.extend(rows.map(|(property, value)| ((Kind::Device, *device, property), value)));
            }
            (Read::HasValue(device, property), Answer::Has(true)) => {
                self.rows.insert((Kind::Device, *device, *property), String::new());
            }
            // A vendor that answers another question showed nothing.
            (_, _) => {}
        }
    }

    fn take_properties(&mut self, names: &Names, listed: Vec<Listed>) {
        for (name, type_word, description, _) in listed {
            if let Some(name) = names.find(&name) {
                let value = Definition::encode(&type_word, &description);
                self.rows.insert((Kind::Property, name, Name::NONE), value);
            }
        }
    }

    fn shows(&self, names: &Names, row: &Expected) -> bool {
        let found = self.rows.get(&(row.kind, row.subject, row.item));
        match (row.kind, row.value, found) {
            (_, None, found) => found.is_none(),
            (_, Some(_), None) => false,
            (Kind::Tag, Some(_), Some(_)) => true,
            // Of which type the property is was decided before the value was sent; only its spelling may differ.
            (Kind::Device, Some(value), Some(found)) => PropertyType::Number.same(names.text(value), found),
            (_, Some(value), Some(found)) => names.text(value) == found,
        }
    }
}

/// What the vendor carries out later may come after all: it is in doubt, so that a later run looks again.
async fn leave_in_doubt(run: &Run<'_>, untrue: &[Expected]) -> Result<()> {
    let (apply, plan, at) = (run.apply, run.apply.plan, run.apply.clock.now());
    let tags = untrue.iter().filter(|row| row.kind == Kind::Tag && row.value.is_some());
    let tags = tags.map(|row| (row.subject, row.item)).collect();
    let late = may_come(plan, &tags, at.seconds());
    let intents: Vec<Intent<'_>> =
        late.iter().map(|(write, rows)| Intent { write, rows: rows.clone(), at }).collect();
    if !intents.is_empty() {
        apply.store.record_intents(apply.lease, &plan.names, &intents).await?;
    }
    Ok(())
}

/// Puts the record right and says what is not so.
async fn correct(run: &Run<'_>, untrue: &[Expected]) -> Result<()> {
    if untrue.is_empty() {
        return Ok(());
    }
    let (apply, plan) = (run.apply, run.apply.plan);
    let rows: Vec<RowChange> = untrue.iter().filter_map(|row| undo(run, row)).collect();
    // Before their rows are removed: a run that dies in between leaves one or the other.
    leave_in_doubt(run, untrue).await?;
    apply.store.amend(apply.lease, &plan.names, &rows).await?;
    let (of_changes, along): (Vec<&Expected>, Vec<&Expected>) =
        untrue.iter().partition(|row| plan.cell(row.kind, row.subject, row.item).is_some());
    let cells: Vec<&Cell> =
        of_changes.iter().filter_map(|row| plan.cell(row.kind, row.subject, row.item)).collect();
    // Every change fails of which a row is not true, however many are named.
    let rest = not_true_either(cells.len().saturating_sub(NAMED_MAX));
    let problems: Vec<Problem> =
        cells.iter().take(NAMED_MAX).map(|cell| not_true(&plan.names, cell)).collect();
    let problem = |at: usize| problems.get(at).unwrap_or(&rest);
    let failed = cells.iter().enumerate().map(|(at, cell)| (*cell, problem(at)));
    run.track.borrow_mut().untrue(plan, failed);
    // A value that came along with its property is nobody's change.
    for (at, row) in along.iter().enumerate().take(NAMED_MAX) {
        let more = if at + 1 == NAMED_MAX { along.len() - NAMED_MAX } else { 0 };
        run.tell(What::Noticed(not_along(&plan.names, row, more)));
    }
    Ok(())
}

/// Kept values that are seen, or that a property which is seen cannot hold, need not be kept any longer.
async fn let_go(run: &Run<'_>, written: &Written, untrue: &[Expected]) -> Result<()> {
    let apply = run.apply;
    let untrue: BTreeSet<(Kind, Name, Name)> =
        untrue.iter().map(|row| (row.kind, row.subject, row.item)).collect();
    let is_there = |row: &&Row| !untrue.contains(&(Kind::Property, row.item, Name::NONE));
    let is_bound = |row: &&Row| !untrue.contains(&(Kind::Device, row.subject, row.item));
    let bound = written.bound.iter().filter(is_there).filter(is_bound);
    let rows: Vec<Row> = bound.chain(written.lost.iter().filter(is_there)).copied().collect();
    if rows.is_empty() {
        Ok(())
    } else {
        apply.store.keep(apply.lease, &apply.plan.names, &rows, Keep::LetGo).await
    }
}

/// The record as it was before the call.
fn undo(run: &Run<'_>, row: &Expected) -> Option<RowChange> {
    let cell = run.apply.plan.cell(row.kind, row.subject, row.item)?;
    let mark = run.apply.clock.now().seconds();
    Some(match (row.value, cell.before) {
        (None, Some(value)) => {
            RowChange::Put(row.kind, Row { subject: row.subject, item: row.item, value, mark })
        }
        (_, _) => RowChange::Drop(row.kind, row.subject, row.item),
    })
}

/// A tag whose count stays below the record: who it is that does not carry it nobody has seen.
fn too_few(names: &Names, crowd: &Crowd) -> Problem {
    let Crowd { tag, recorded, counted } = crowd;
    let users = if *counted == 1 { "user carries" } else { "users carry" };
    let are = if *recorded == 1 { "is" } else { "are" };
    let summary = format!(
        "{counted} {users} the tag `{}` where {recorded} {are} recorded to, although every call was taken",
        names.text(*tag)
    );
    Problem::error("apply::count_short", summary)
        .help("apply again: it looks closer at tags whose count is not as recorded, or writes them once more")
}

fn not_along(names: &Names, row: &Expected, more: usize) -> Problem {
    let address = address::show(Resource::Device, names.text(row.subject));
    let property = names.text(row.item);
    let summary =
        format!("{address}: the value of `{property}` did not come along, although the call was taken");
    let others = others(more);
    Problem::error("apply::not_true", summary)
        .help(format!("apply again: the value is kept in the state{others}"))
}

fn others(more: usize) -> String {
    match more {
        0 => String::new(),
        1 => "; 1 more row is not as written".to_owned(),
        more => format!("; {more} more rows are not as written"),
    }
}

/// A count that stays below the record: the tag's members are not as declared, though nobody knows which.
fn tell_too_few(run: &Run<'_>, crowd: &Crowd) {
    let plan = run.apply.plan;
    let problem = too_few(&plan.names, crowd);
    let of_tag = |cell: &&Cell| cell.resource == Resource::TagMembers && cell.item == crowd.tag;
    let failed = plan.cells.iter().find(of_tag).map(|cell| (cell, &problem));
    run.track.borrow_mut().untrue(plan, failed.into_iter());
    run.tell(What::Noticed(problem));
}

/// What is said of all rows beyond those that are named.
fn not_true_either(rows: usize) -> Problem {
    let are = if rows == 1 { "row is" } else { "rows are" };
    let summary = format!("{rows} more {are} not as written, although the calls were taken");
    Problem::error("apply::not_true", summary)
        .help("apply again; if it stays so, look at the vendor's console")
}

fn not_true(names: &Names, cell: &Cell) -> Problem {
    let address = address::show(cell.resource, names.text(cell.name()));
    let subject = names.text(cell.subject);
    let wanted = if cell.after.is_some() { "is not as written" } else { "is still there" };
    let summary = format!("{address}: `{subject}` {wanted}, although the call was taken");
    let help = "apply again; if it stays so, look at the vendor's console";
    Problem::error("apply::not_true", summary).help(help)
}
