//! The rows of one change as signed lines: what goes, what becomes different, what comes, what stays.
//!
//! The only file that names `similar`: it marks which part of a description changes.

use similar::{Algorithm, ChangeTag, TextDiff};

use crate::address::Resource;
use crate::change::{Action, Cell, Change};
use crate::kind::Definition;
use crate::names::Name;
use crate::plan::{Plan, Replacement};
use crate::render::look::Tone;
use crate::render::mask::{Mask, Sort};
use crate::render::text;
use crate::render::view::{Lens, Line, Piece, Sign};
use crate::table::Row;

/// Hands over the lines of a change, cut: of a change with a million rows none is kept.
pub fn lines(plan: &Plan, change: &Change, cells: &[Cell], lens: Lens<'_>, each: &mut dyn FnMut(Line)) {
    let cells: Vec<&Cell> = change.cells.iter().filter_map(|at| cells.get(*at as usize)).collect();
    match change.resource {
        Resource::Alias => alias(plan, change, &cells, lens, each),
        Resource::TagSet => {
            let of = |cell: &Cell| (in_or_out(cell), plan.names.text(cell.item));
            listed(
                &cells,
                lens,
                &List { words: ("tag", "tags"), of: &of, note: &|_| None, sort: None },
                each,
            );
            kept(plan, change, lens, ("tag", "tags"), |row| row.item, None, each);
        }
        Resource::TagMembers | Resource::Blacklist => users(plan, change, &cells, lens, each),
        Resource::DeviceTokens => tokens(plan, change, &cells, lens, each),
        Resource::Property if cells.is_empty() => restored(plan, change).into_iter().for_each(each),
        Resource::Property => {
            cells.iter().flat_map(|cell| property(plan, change, cell, lens)).for_each(each);
        }
        Resource::Device => values(plan, change, &cells, lens).into_iter().for_each(each),
    }
}

/// What a cell is to its change: a user who moves from one alias to another leaves the one and joins the other.
#[must_use]
pub fn sign(change: &Change, cell: &Cell) -> Sign {
    match change.resource {
        Resource::Alias if cell.after == Some(change.name) => Sign::Add,
        Resource::Alias => Sign::Remove,
        Resource::Property if change.action == Action::Replace => Sign::Replace,
        Resource::TagSet
        | Resource::TagMembers
        | Resource::Blacklist
        | Resource::DeviceTokens
        | Resource::Property
        | Resource::Device => in_or_out(cell),
    }
}

const fn in_or_out(cell: &Cell) -> Sign {
    match (cell.before, cell.after) {
        (Some(_), Some(_)) => Sign::Change,
        (Some(_), None) => Sign::Remove,
        (None, Some(_) | None) => Sign::Add,
    }
}

/// How cells are listed.
struct List<'l, 'p> {
    /// What one row and what many are called.
    words: (&'l str, &'l str),
    /// A cell's sign and name.
    of: &'l dyn Fn(&Cell) -> (Sign, &'p str),
    /// What is said beside it.
    note: &'l dyn Fn(&Cell) -> Option<String>,
    /// What the names are.
    sort: Option<Sort>,
}

/// Cells as lines of one name each: sorted by sign and text, cut for each sign, the rest counted.
fn listed(cells: &[&Cell], lens: Lens<'_>, list: &List<'_, '_>, each: &mut dyn FnMut(Line)) {
    let mut rows: Vec<((Sign, &str), &Cell)> = cells.iter().map(|cell| ((list.of)(cell), *cell)).collect();
    rows.sort_by_key(|(key, _)| *key);
    for run in rows.chunk_by(|a, b| a.0.0 == b.0.0) {
        let one_more = lens.cuts.rows.saturating_add(1);
        let shown = if run.len() == one_more { run.len() } else { lens.cuts.rows };
        for ((sign, plain), cell) in run.iter().take(shown) {
            let note = (list.note)(cell);
            let mut line = Line::new(*sign, name(lens.mask, list.sort, plain));
            line.note = note;
            each(line);
        }
        let more = run.len().saturating_sub(shown) as u64;
        if more > 0 {
            let word = if more == 1 { list.words.0 } else { list.words.1 };
            each(Line::new(run[0].0.0, format!("… and {} more {word}", text::group(more))));
        }
    }
}

fn name(mask: &Mask, sort: Option<Sort>, plain: &str) -> String {
    sort.map_or_else(|| text::name(plain), |sort| mask.name(sort, plain))
}

/// Rows that stay: listed while they are few, else counted.
fn kept(
    plan: &Plan,
    change: &Change,
    lens: Lens<'_>,
    words: (&str, &str),
    part: fn(&Row) -> Name,
    sort: Option<Sort>,
    each: &mut dyn FnMut(Line),
) {
    if change.kept.len() > lens.cuts.rows {
        return each(unchanged(change.kept.len(), words));
    }
    let mut texts: Vec<&str> = change.kept.iter().map(|row| plan.names.text(part(row))).collect();
    texts.sort_unstable();
    texts.into_iter().for_each(|plain| each(Line::new(Sign::Keep, name(lens.mask, sort, plain))));
}

fn unchanged(rows: usize, words: (&str, &str)) -> Line {
    Line::new(Sign::Keep, format!("({} unchanged)", text::count(rows as u64, words.0, words.1)))
}

const USERS: (&str, &str) = ("user", "users");

/// An alias's users, and where they come from and go to.
fn alias(plan: &Plan, change: &Change, cells: &[&Cell], lens: Lens<'_>, each: &mut dyn FnMut(Line)) {
    let of = |cell: &Cell| (sign(change, cell), plan.names.text(cell.subject));
    let note = |cell: &Cell| {
        let shown = |other: Name| lens.mask.name(Sort::Alias, plan.names.text(other));
        if cell.after == Some(change.name) {
            let from = cell.before.filter(|before| *before != change.name);
            from.map(|from| format!("moves from \"{}\"", shown(from)))
        } else {
            cell.after.map(|to| format!("moves to \"{}\"", shown(to)))
        }
    };
    listed(cells, lens, &List { words: USERS, of: &of, note: &note, sort: Some(Sort::User) }, each);
    kept(plan, change, lens, USERS, |row| row.subject, Some(Sort::User), each);
}

/// The users of a set that may be large: those that stay are only counted.
fn users(plan: &Plan, change: &Change, cells: &[&Cell], lens: Lens<'_>, each: &mut dyn FnMut(Line)) {
    let of = |cell: &Cell| (in_or_out(cell), plan.names.text(cell.subject));
    listed(cells, lens, &List { words: USERS, of: &of, note: &|_| None, sort: Some(Sort::User) }, each);
    if !change.kept.is_empty() {
        each(unchanged(change.kept.len(), USERS));
    }
}

/// Users and their tokens.
fn tokens(plan: &Plan, change: &Change, cells: &[&Cell], lens: Lens<'_>, each: &mut dyn FnMut(Line)) {
    let of = |cell: &Cell| (in_or_out(cell), plan.names.text(cell.subject));
    let note = |cell: &Cell| {
        let token = |name: Option<Name>| {
            name.map(|name| text::cut(&lens.mask.name(Sort::Token, plan.names.text(name)), TOKEN_COLUMNS))
        };
        Some(match (token(cell.before), token(cell.after)) {
            (Some(before), Some(after)) => format!("{before} -> {after}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => String::new(),
        })
    };
    listed(cells, lens, &List { words: USERS, of: &of, note: &note, sort: Some(Sort::User) }, each);
    if !change.kept.is_empty() {
        each(unchanged(change.kept.len(), USERS));
    }
}

/// Tokens are up to 200 characters of noise; the beginning tells them apart.
const TOKEN_COLUMNS: usize = 36;

/// A device's values, properties lined up.
fn values(plan: &Plan, change: &Change, cells: &[&Cell], lens: Lens<'_>) -> Vec<Line> {
    let shown = |name: Name| text::name(plan.names.text(name));
    let mut rows: Vec<(Sign, String, [Option<String>; 2])> = cells
        .iter()
        .map(|cell| (in_or_out(cell), shown(cell.item), [cell.before.map(shown), cell.after.map(shown)]))
        .collect();
    rows.sort();
    let cut = rows.len().saturating_sub(lens.cuts.rows) as u64;
    rows.truncate(lens.cuts.rows);
    let mut stay: Vec<_> =
        change.kept.iter().map(|row| (Sign::Keep, shown(row.item), [Some(shown(row.value)), None])).collect();
    stay.sort();
    let silent = if stay.len() > lens.cuts.rows { std::mem::take(&mut stay).len() } else { 0 };
    let columns = rows.iter().chain(&stay).map(|row| text::width(&row.1)).max().unwrap_or(0);
    let mut out: Vec<Line> = rows.into_iter().map(|row| value(row, columns)).collect();
    if cut > 0 {
        out.push(Line::new(Sign::Change, format!("… and {}", text::count(cut, "more value", "more values"))));
    }
    out.extend(stay.into_iter().map(|row| value(row, columns)));
    if silent > 0 {
        out.push(unchanged(silent, ("value", "values")));
    }
    out
}

/// One value: the property, then what it is, or what it was and will be.
fn value((sign, item, [before, after]): (Sign, String, [Option<String>; 2]), columns: usize) -> Line {
    let mut line = Line::new(sign, format!("{}  ", text::pad(&item, columns)));
    match (before, after) {
        (Some(before), Some(after)) => {
            for Piece { tone, text } in revalued(&before, &after) {
                piece(&mut line.pieces, tone, &text);
            }
        }
        (Some(one), None) | (None, Some(one)) => piece(&mut line.pieces, Tone::Plain, &one),
        (None, None) => {}
    }
    line
}

/// Values that a property gets back, where it does not change itself.
fn restored(plan: &Plan, change: &Change) -> Vec<Line> {
    let values = plan.replacements.iter().find(|one| one.property == change.name);
    let values = values.map_or(0, |one| one.carried.len() as u64);
    let what = text::count(values, "value", "values");
    vec![Line::new(Sign::Add, format!("{what} kept from an interrupted replacement"))]
}

/// A property's type and description.
fn property(plan: &Plan, change: &Change, cell: &Cell, lens: Lens<'_>) -> Vec<Line> {
    let of = |name: Option<Name>| name.map(|name| Definition::decode(plan.names.text(name)));
    let (before, after) = (of(cell.before), of(cell.after));
    let replacement = plan.replacements.iter().find(|r| r.property == cell.subject);
    let mut lines = Vec::new();
    match (before, after) {
        (Some(before), Some(after)) => {
            if before.type_word != after.type_word {
                let sign = if change.action == Action::Replace { Sign::Replace } else { Sign::Change };
                let pair = format!("{} -> {}", text::clean(before.type_word), text::clean(after.type_word));
                let mut line = Line::new(sign, format!("type  {pair}"));
                line.note = replacement.map(|replacement| carried(plan, replacement, lens.mask));
                lines.push(line);
            }
            if before.description == after.description {
                lines.extend(described(Sign::Keep, after.description));
            } else {
                lines.push(redescribed(before.description, after.description));
            }
        }
        (Some(one), None) => {
            lines.push(Line::new(Sign::Remove, format!("type  {}", text::clean(one.type_word))));
            lines.extend(described(Sign::Remove, one.description));
        }
        (None, Some(one)) => {
            lines.push(Line::new(Sign::Add, format!("type  {}", text::clean(one.type_word))));
            lines.extend(described(Sign::Add, one.description));
        }
        (None, None) => {}
    }
    lines
}

fn described(sign: Sign, description: &str) -> Option<Line> {
    (!description.is_empty())
        .then(|| Line::new(sign, format!("description  \"{}\"", text::clean(description))))
}

/// Both descriptions, with the parts that differ marked.
fn redescribed(before: &str, after: &str) -> Line {
    let (before, after) = (text::clean(before), text::clean(after));
    let mut differ = TextDiff::configure();
    let diff = differ.algorithm(Algorithm::Patience).diff_graphemes(&before, &after);
    let [old, new] = sides(&diff);
    let mut pieces = Vec::new();
    piece(&mut pieces, Tone::Plain, "description  \"");
    old.into_iter().for_each(|(tone, text)| piece(&mut pieces, tone, &text));
    piece(&mut pieces, Tone::Plain, "\" -> \"");
    new.into_iter().for_each(|(tone, text)| piece(&mut pieces, tone, &text));
    piece(&mut pieces, Tone::Plain, "\"");
    Line { sign: Sign::Change, pieces, note: None }
}

/// A text before and after, with the parts that differ marked; a text of which nothing stays differs as a whole.
fn sides(diff: &TextDiff<'_, '_, str>) -> [Vec<(Tone, String)>; 2] {
    let stays = diff.iter_all_changes().any(|change| change.tag() == ChangeTag::Equal);
    let side = |part: ChangeTag, tone: Tone| {
        let changes = diff.iter_all_changes();
        let changes = changes.filter(|change| change.tag() == part || change.tag() == ChangeTag::Equal);
        let tone = |tag: ChangeTag| if tag == part { tone } else { Tone::Plain };
        changes.map(|change| (tone(change.tag()), change.value().to_owned())).collect()
    };
    if stays {
        [side(ChangeTag::Delete, Tone::Old), side(ChangeTag::Insert, Tone::New)]
    } else {
        [side(ChangeTag::Delete, Tone::Remove), side(ChangeTag::Insert, Tone::Add)]
    }
}

/// A value before and after; shorter ones are seen at a glance, and half a number says nothing.
fn revalued(before: &str, after: &str) -> Vec<Piece> {
    let is_long = |text: &str| text::width(text) >= MARKED_COLUMNS_MIN;
    if !is_long(before) || !is_long(after) {
        return vec![Piece { tone: Tone::Plain, text: format!("{before} -> {after}") }];
    }
    let mut differ = TextDiff::configure();
    let diff = differ.algorithm(Algorithm::Patience).diff_unicode_words(before, after);
    let [old, new] = sides(&diff);
    let mut pieces = Vec::new();
    old.into_iter().for_each(|(tone, text)| piece(&mut pieces, tone, &text));
    piece(&mut pieces, Tone::Plain, " -> ");
    new.into_iter().for_each(|(tone, text)| piece(&mut pieces, tone, &text));
    pieces
}

/// From how many columns on the parts of a value that differ are marked.
const MARKED_COLUMNS_MIN: usize = 12;

/// Adds to the last piece where the tone is the same.
fn piece(pieces: &mut Vec<Piece>, tone: Tone, text: &str) {
    match pieces.last_mut() {
        Some(last) if last.tone == tone => last.text.push_str(text),
        Some(_) | None => pieces.push(Piece { tone, text: text.to_owned() }),
    }
}

/// How many of the values that cannot come along are named.
const LOST_MAX: usize = 3;

/// `38 devices: 37 values come along, 1 cannot ("abc" on 1a0018970aa97f72bb6)`
///
/// Values that the plan changes anyway are neither, and counted last, so that nobody looks for them.
fn carried(plan: &Plan, replacement: &Replacement, mask: &Mask) -> String {
    let Replacement { property: _, devices, carried, lost } = replacement;
    let verb = if carried.len() == 1 { "value comes" } else { "values come" };
    let devices_word = text::count(*devices, "device", "devices");
    let mut out = format!("{devices_word}: {} {verb} along", text::group(carried.len() as u64));
    if !lost.is_empty() {
        out += &format!(", {}", cannot(plan, lost, mask));
    }
    let changed = devices.saturating_sub((carried.len() + lost.len()) as u64);
    if changed > 0 {
        out += &format!(", the plan changes {}", text::group(changed));
    }
    out
}

/// `1 cannot ("abc" on 1a0018970aa97f72bb6)`
fn cannot(plan: &Plan, lost: &[(Name, Name)], mask: &Mask) -> String {
    let some = lost.iter().take(LOST_MAX).map(|(device, value)| {
        let value = text::clean(plan.names.text(*value));
        format!("\"{value}\" on {}", mask.name(Sort::Device, plan.names.text(*device)))
    });
    let some: Vec<String> = some.collect();
    let more = lost.len() - some.len();
    let more = if more > 0 { format!(", and {} more", text::group(more as u64)) } else { String::new() };
    format!("{} cannot ({}{more})", text::group(lost.len() as u64), some.join(", "))
}
