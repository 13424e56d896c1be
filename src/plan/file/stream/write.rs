//! From a plan to its lines.

use std::io::{self, Write};

use serde::Serialize;

use super::super::model::SizesDoc;
use super::super::view::Role;
use super::super::write as docs;
use super::super::writes::WriteDoc;
use super::lines::{CallLine, CellLine, ChangeLine, Counts, Header, Line, RowsLine, TextsLine, Which};
use super::numbers::{BASES, Last, action_word, differences};
use super::packed::Packer;
use super::{ENTRIES_MAX, LINE_BYTES_MAX, STREAM_VERSION};
use crate::address::{Resource, resource_word};
use crate::change::{Cell, Change};
use crate::names::{Name, Names};
use crate::plan::{Call, NEVER, Plan, Replacement, Sizes};
use crate::table::{Kind, Row};
use crate::timestamp::Timestamp;

/// So much is gathered before it is written: all texts that it needs stand before it, so that like stands with like.
const GATHERED_BYTES: usize = 256 << 10;
/// The number of a name that has none yet: no pool is as large.
const UNNUMBERED: u32 = u32::MAX;
/// How much text one line has, unless one text is longer.
const TEXT_BYTES: usize = 64 << 10;

/// Saves a plan.
///
/// # Errors
/// `out` takes no more, or the plan has a text that is longer than any line may be.
pub fn write(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = Lines::new(&plan.names, out)?;
    lines.first(plan)?;
    for change in &plan.changes {
        lines.change(change, &plan.cells, Which::Changes)?;
        lines.counts.changes += 1;
    }
    for change in &plan.drift {
        lines.change(change, &plan.drift_cells, Which::Drift)?;
        lines.counts.drift += 1;
    }
    lines.calls(plan)?;
    lines.rows(&plan.adopts, Line::Adopts)?;
    lines.rows(&plan.forgets, Line::Forgets)?;
    for one in &plan.replacements {
        lines.replacement(one)?;
    }
    for some in plan.unmanaged.chunks(ENTRIES_MAX) {
        let one = |(resource, name): &(_, _)| {
            (resource_word(*resource), lines.refers.to(Role::of_name(*resource), *name))
        };
        let line = Line::Unmanaged(some.iter().map(one).collect());
        lines.line(&line)?;
    }
    for some in plan.protected.chunks(ENTRIES_MAX) {
        let line = Line::Protected(lines.refers.list(some.iter().map(|name| (Role::Nobody, *name))));
        lines.line(&line)?;
    }
    lines.end()
}

/// Lines on their way, and the texts that have to stand before them.
struct Lines<'a> {
    packer: Packer<'a>,
    refers: Refers<'a>,
    gathered: Vec<u8>,
    counts: Counts,
    words: [(Resource, String); 7],
}

/// Names on their way to numbers.
struct Refers<'a> {
    names: &'a Names,
    /// The number of each name, or [`UNNUMBERED`].
    numbers: Vec<u32>,
    count: u32,
    /// The names that have got a number since texts were last written.
    new: Vec<Name>,
    last: Last,
}

impl Refers<'_> {
    fn to(&mut self, role: Role, name: Name) -> i64 {
        let number = &mut self.numbers[name.index()];
        if *number == UNNUMBERED {
            *number = self.count;
            self.count += 1;
            self.new.push(name);
        }
        self.last.difference(role, i64::from(*number))
    }

    fn list(&mut self, all: impl Iterator<Item = (Role, Name)>) -> Vec<i64> {
        all.map(|(role, name)| self.to(role, name)).collect()
    }

    fn write(&mut self, plan: &Plan, call: &Call) -> WriteDoc<i64> {
        let mut changes = call.changes.iter();
        WriteDoc::of(&call.write, |role, name| {
            if role == Role::User {
                let change = changes.next().map(|at| &plan.changes[*at as usize]);
                let subject =
                    change.and_then(|change| Some(plan.cells[*change.cells.first()? as usize].subject));
                self.last.expect_user(subject.map(|name| i64::from(self.numbers[name.index()])));
            }
            self.to(role, name)
        })
    }

    fn row(&mut self, kind: Kind, (subject, item, value): (Name, Name, Name)) -> (i64, i64, i64) {
        let subject = self.to(Role::of_subject(kind), subject);
        (subject, self.to(Role::Nobody, item), self.to(Role::of_value(kind), value))
    }
}

impl<'a> Lines<'a> {
    fn new(names: &'a Names, out: &'a mut dyn Write) -> io::Result<Self> {
        let mut numbers = vec![UNNUMBERED; names.len()];
        let mut count = 0;
        // The names that every pool has keep their numbers, and are not written.
        for number in &mut numbers[..Names::new().len()] {
            *number = count;
            count += 1;
        }
        let refers = Refers { names, numbers, count, new: Vec::new(), last: Last::default() };
        let words = Resource::ALL.map(|resource| (resource, resource_word(resource)));
        let counts = Counts::default();
        Ok(Self { packer: Packer::new(out)?, refers, gathered: Vec::new(), counts, words })
    }

    /// The header, and all that people and policies want to know before the long lists.
    fn first(&mut self, plan: &Plan) -> io::Result<()> {
        let Sizes { desired, recorded, live } = plan.sizes;
        let header = Header {
            stream_version: STREAM_VERSION.to_owned(),
            pushform_version: env!("CARGO_PKG_VERSION").to_owned(),
            created_at: plan.created_at.to_string(),
            base: plan.base.clone(),
            sizes: SizesDoc { desired, recorded, live },
        };
        self.line(&header)?;
        self.pass_on()?;
        for note in &plan.notes {
            self.line(&Line::Note(note.clone()))?;
        }
        for problem in plan.problems.list() {
            self.line(&Line::Diagnostic(docs::diagnostic(problem)))?;
        }
        for need in &plan.forecast.quotas {
            self.line(&Line::Quota(docs::quota(need)))?;
        }
        self.line(&Line::Forecast(docs::forecast(&plan.forecast)))?;
        self.pass_on()
    }

    fn change(&mut self, change: &Change, all: &[Cell], which: Which) -> io::Result<()> {
        let Change { resource, name, action, basis, cells, kept, recorded_at } = change;
        let kind = resource.kind();
        let (cells, more_cells) = cells.split_at(cells.len().min(ENTRIES_MAX));
        let (kept, more_kept) = kept.split_at(kept.len().min(ENTRIES_MAX));
        let name = self.refers.to(Role::of_name(*resource), *name);
        let (cells, kept) = (self.cells(cells, all), self.kept(kind, kept));
        let word = self.words.iter().find(|(known, _)| known == resource);
        let first = ChangeLine {
            of: word.map_or("", |(_, word)| word),
            name,
            action: action_word(*action),
            basis: basis.word(),
            recorded_at: Some(*recorded_at).filter(|at| *at > 0),
            cells,
            kept,
        };
        put(&which.line(first), &mut self.gathered)?;
        self.pass_on_enough()?;
        for some in more_cells.chunks(ENTRIES_MAX) {
            let line = Line::Cells(self.cells(some, all));
            self.line(&line)?;
        }
        for some in more_kept.chunks(ENTRIES_MAX) {
            let line = Line::Kept(self.kept(kind, some));
            self.line(&line)?;
        }
        Ok(())
    }

    fn cells(&mut self, some: &[u32], all: &[Cell]) -> Vec<CellLine> {
        self.counts.cells += some.len() as u64;
        let one = |at: &u32| {
            let cell = &all[*at as usize];
            let value = Role::of_value(cell.kind());
            let subject = self.refers.to(Role::of_subject(cell.kind()), cell.subject);
            let item = self.refers.to(Role::Nobody, cell.item);
            let before = cell.before.map(|name| self.refers.to(value, name));
            let after = cell.after.map(|name| self.refers.to(value, name));
            (subject, item, before, after, basis_number(cell))
        };
        some.iter().map(one).collect()
    }

    fn kept(&mut self, kind: Kind, some: &[Row]) -> Vec<(i64, i64, i64)> {
        self.counts.kept += some.len() as u64;
        some.iter().map(|row| self.refers.row(kind, (row.subject, row.item, row.value))).collect()
    }

    fn calls(&mut self, plan: &Plan) -> io::Result<()> {
        let (mut after, mut changes, mut sent) = (0, 0, plan.created_at);
        for (at, call) in plan.calls.iter().enumerate() {
            let sends_at = plan.forecast.sends_at.get(at).filter(|at| **at != NEVER);
            let since = |at: &Timestamp| at.since(std::mem::replace(&mut sent, *at));
            let line = CallLine {
                write: self.refers.write(plan, call),
                after: differences(&mut after, &call.after),
                changes: differences(&mut changes, &call.changes),
                sends_in: sends_at.map(since),
            };
            self.line(&Line::Call(line))?;
            self.counts.calls += 1;
        }
        Ok(())
    }

    fn rows(&mut self, rows: &[(Kind, Row)], line: fn(RowsLine) -> Line<'static>) -> io::Result<()> {
        self.counts.rows += rows.len() as u64;
        for of_kind in rows.chunk_by(|(a, _), (b, _)| a == b) {
            for some in of_kind.chunks(ENTRIES_MAX) {
                let kind = some[0].0;
                let one = |(_, row): &(Kind, Row)| {
                    let (subject, item, value) = self.refers.row(kind, (row.subject, row.item, row.value));
                    (subject, item, value, row.mark)
                };
                let line = line((kind.word().to_owned(), some.iter().map(one).collect()));
                self.line(&line)?;
            }
        }
        Ok(())
    }

    fn replacement(&mut self, one: &Replacement) -> io::Result<()> {
        let Replacement { property, devices, carried, lost } = one;
        let first = Line::Replacement(self.refers.to(Role::Nobody, *property), *devices);
        self.line(&first)?;
        for some in carried.chunks(ENTRIES_MAX) {
            let line = Line::Carried(self.values(some));
            self.line(&line)?;
        }
        for some in lost.chunks(ENTRIES_MAX) {
            let line = Line::Lost(self.values(some));
            self.line(&line)?;
        }
        Ok(())
    }

    fn values(&mut self, some: &[(Name, Name)]) -> Vec<(i64, i64)> {
        let one = |(device, value): &(Name, Name)| {
            (self.refers.to(Role::Device, *device), self.refers.to(Role::Nobody, *value))
        };
        some.iter().map(one).collect()
    }

    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        put(line, &mut self.gathered)?;
        self.pass_on_enough()
    }

    fn pass_on_enough(&mut self) -> io::Result<()> {
        if self.gathered.len() < GATHERED_BYTES { Ok(()) } else { self.pass_on() }
    }

    /// Writes the texts that what was gathered needs, and then that.
    fn pass_on(&mut self) -> io::Result<()> {
        let names = self.refers.names;
        let mut texts = Vec::new();
        let mut line = TextsLine { texts: Vec::new() };
        let mut length = 0;
        for name in &self.refers.new {
            let text = names.text(*name);
            line.texts.push(text);
            length += text.len();
            if length >= TEXT_BYTES || line.texts.len() >= ENTRIES_MAX {
                put(&line, &mut texts)?;
                line.texts.clear();
                length = 0;
            }
        }
        if !line.texts.is_empty() {
            put(&line, &mut texts)?;
        }
        self.counts.texts += self.refers.new.len() as u64;
        self.refers.new.clear();
        self.packer.lines(&texts)?;
        self.packer.lines(&self.gathered)?;
        self.gathered.clear();
        Ok(())
    }

    fn end(mut self) -> io::Result<()> {
        self.pass_on()?;
        let counts = self.counts;
        self.line(&Line::End(counts))?;
        self.pass_on()?;
        self.packer.finish()
    }
}

/// Adds a line.
fn put(line: &impl Serialize, to: &mut Vec<u8>) -> io::Result<()> {
    let before = to.len();
    serde_json::to_writer(&mut *to, line)?;
    to.push(b'\n');
    let length = to.len() - before;
    if length > LINE_BYTES_MAX {
        let what = format!("a part of the plan takes {length} bytes: at most {LINE_BYTES_MAX} can be saved");
        return Err(io::Error::other(what));
    }
    Ok(())
}

fn basis_number(cell: &Cell) -> u8 {
    let at = BASES.iter().position(|basis| *basis == cell.basis);
    at.and_then(|at| u8::try_from(at).ok()).unwrap_or_default()
}
