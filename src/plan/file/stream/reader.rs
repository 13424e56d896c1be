//! What the lines of a saved plan come to, line by line.

use super::super::model::{DiagnosticDoc, ForecastDoc, QuotaDoc};
use super::super::read::{self as docs, damaged};
use super::super::view::Role;
use super::super::{Accounts, Saved};
use super::lines::{CallLine, CellLine, ChangeLine, Counts, Header, Line, RowsLine, Which};
use super::numbers::{BASES, Last, action, summed};
use crate::address::{Resource, resource_word};
use crate::change::{Cell, Change};
use crate::names::{Name, Names};
use crate::plan::{Call, NEVER, Plan, Replacement, Sizes};
use crate::problem::{Problems, Result};
use crate::table::{Kind, Row};
use crate::timestamp::Timestamp;

/// What was read so far.
pub(super) struct Reader<'a> {
    accounts: Accounts<'a>,
    words: [(String, Resource); 7],
    names: Names,
    last: Last,
    after: i64,
    changed: i64,
    sent: Timestamp,
    created_at: Timestamp,
    changes: List,
    drift: List,
    /// The list whose last change further rows belong to.
    which: Option<Which>,
    calls: Vec<Call>,
    sends_at: Vec<Timestamp>,
    adopts: Vec<(Kind, Row)>,
    forgets: Vec<(Kind, Row)>,
    replacements: Vec<Replacement>,
    unmanaged: Vec<(Resource, Name)>,
    protected: Vec<Name>,
    notes: Vec<String>,
    diagnostics: Vec<DiagnosticDoc>,
    quotas: Vec<QuotaDoc>,
    forecast: Option<ForecastDoc>,
    end: Option<Counts>,
    count: Counts,
}

/// Changes and their cells.
#[derive(Default)]
struct List {
    changes: Vec<Change>,
    cells: Vec<Cell>,
}

impl<'a> Reader<'a> {
    pub fn new(accounts: Accounts<'a>, created_at: Timestamp) -> Self {
        Self {
            accounts,
            words: Resource::ALL.map(|resource| (resource_word(resource), resource)),
            names: Names::new(),
            last: Last::default(),
            after: 0,
            changed: 0,
            sent: created_at,
            created_at,
            changes: List::default(),
            drift: List::default(),
            which: None,
            calls: Vec::new(),
            sends_at: Vec::new(),
            adopts: Vec::new(),
            forgets: Vec::new(),
            replacements: Vec::new(),
            unmanaged: Vec::new(),
            protected: Vec::new(),
            notes: Vec::new(),
            diagnostics: Vec::new(),
            quotas: Vec::new(),
            forecast: None,
            end: None,
            count: Counts::default(),
        }
    }

    pub fn line(&mut self, line: Line<'_>) -> Result<()> {
        if self.end.is_some() {
            return Err(damaged("something stands behind its last line"));
        }
        match line {
            Line::Note(note) => self.notes.push(note),
            Line::Diagnostic(diagnostic) => self.diagnostics.push(diagnostic),
            Line::Quota(quota) => self.quotas.push(quota),
            Line::Forecast(forecast) => self.forecast = Some(forecast),
            Line::Texts(texts) => return self.texts(&texts),
            Line::Change(change) => return self.change(&change, Which::Changes),
            Line::Drift(change) => return self.change(&change, Which::Drift),
            Line::Cells(cells) => return self.cells(&cells),
            Line::Kept(rows) => return self.kept(&rows),
            Line::Call(call) => return self.call(&call),
            Line::Adopts(rows) => {
                let rows = self.rows(&rows)?;
                self.adopts.extend(rows);
            }
            Line::Forgets(rows) => {
                let rows = self.rows(&rows)?;
                self.forgets.extend(rows);
            }
            Line::Replacement(property, devices) => {
                let property = self.name(Role::Nobody, property)?;
                let (carried, lost) = (Vec::new(), Vec::new());
                self.replacements.push(Replacement { property, devices, carried, lost });
            }
            Line::Carried(values) => {
                let values = self.values(&values)?;
                self.replacement()?.carried.extend(values);
            }
            Line::Lost(values) => {
                let values = self.values(&values)?;
                self.replacement()?.lost.extend(values);
            }
            Line::Unmanaged(addresses) => {
                for (word, name) in addresses {
                    let address = self.address(&word, name)?;
                    self.unmanaged.push(address);
                }
            }
            Line::Protected(properties) => {
                for property in properties {
                    let property = self.name(Role::Nobody, property)?;
                    self.protected.push(property);
                }
            }
            Line::End(counts) => self.end = Some(counts),
        }
        Ok(())
    }

    fn texts(&mut self, texts: &[String]) -> Result<()> {
        for text in texts {
            let number = self.names.len();
            if self.names.intern(text).index() != number {
                return Err(damaged("a text stands twice"));
            }
        }
        self.count.texts += texts.len() as u64;
        Ok(())
    }

    fn name(&mut self, role: Role, difference: i64) -> Result<Name> {
        let number = self.last.number(role, difference);
        let name = number.and_then(|number| self.names.at(usize::try_from(number).ok()?));
        name.ok_or_else(|| damaged("it names a text that stands nowhere before"))
    }

    fn address(&mut self, word: &str, name: i64) -> Result<(Resource, Name)> {
        let found = self.words.iter().find(|(known, _)| known == word);
        let resource = found.ok_or_else(|| damaged("it names an unknown resource"))?.1;
        let name = self.name(Role::of_name(resource), name)?;
        if resource.is_single() && name != Name::NONE {
            return Err(damaged("it names what there is only one of"));
        }
        Ok((resource, name))
    }

    fn change(&mut self, line: &ChangeLine<'_>, which: Which) -> Result<()> {
        let (resource, name) = self.address(line.of, line.name)?;
        self.which = Some(which);
        let (list, count) = match which {
            Which::Changes => (&mut self.changes, &mut self.count.changes),
            Which::Drift => (&mut self.drift, &mut self.count.drift),
        };
        *count += 1;
        list.changes.push(Change {
            resource,
            name,
            action: action(line.action).ok_or_else(|| damaged("it names an unknown action"))?,
            basis: docs::basis(line.basis)?,
            cells: Vec::with_capacity(line.cells.len()),
            kept: Vec::with_capacity(line.kept.len()),
            recorded_at: line.recorded_at.unwrap_or(0),
        });
        self.cells(&line.cells)?;
        self.kept(&line.kept)
    }

    /// The list that has the last change.
    fn open(&mut self) -> Result<&mut List> {
        match self.which {
            Some(Which::Changes) => Ok(&mut self.changes),
            Some(Which::Drift) => Ok(&mut self.drift),
            None => Err(damaged("rows stand before any change")),
        }
    }

    /// Of which resource the rows in a line are.
    fn resource(&mut self) -> Result<Resource> {
        let last = self.open()?.changes.last().map(|change| change.resource);
        last.ok_or_else(|| damaged("rows stand before any change"))
    }

    fn cells(&mut self, lines: &[CellLine]) -> Result<()> {
        let resource = self.resource()?;
        let kind = resource.kind();
        for (subject, item, before, after, basis) in lines {
            let value = Role::of_value(kind);
            let cell = Cell {
                resource,
                subject: self.name(Role::of_subject(kind), *subject)?,
                item: self.name(Role::Nobody, *item)?,
                before: before.map(|name| self.name(value, name)).transpose()?,
                after: after.map(|name| self.name(value, name)).transpose()?,
                basis: *BASES.get(*basis as usize).ok_or_else(|| damaged("it names an unknown basis"))?,
                origin: 0,
            };
            let list = self.open()?;
            let at = u32::try_from(list.cells.len()).map_err(|_| damaged("it has too many rows"))?;
            list.cells.push(cell);
            if let Some(change) = list.changes.last_mut() {
                change.cells.push(at);
            }
        }
        self.count.cells += lines.len() as u64;
        Ok(())
    }

    fn kept(&mut self, lines: &[(i64, i64, i64)]) -> Result<()> {
        let kind = self.resource()?.kind();
        for line in lines {
            let row = self.row(kind, *line, 0)?;
            if let Some(change) = self.open()?.changes.last_mut() {
                change.kept.push(row);
            }
        }
        self.count.kept += lines.len() as u64;
        Ok(())
    }

    fn row(&mut self, kind: Kind, (subject, item, value): (i64, i64, i64), mark: u32) -> Result<Row> {
        Ok(Row {
            subject: self.name(Role::of_subject(kind), subject)?,
            item: self.name(Role::Nobody, item)?,
            value: self.name(Role::of_value(kind), value)?,
            mark,
        })
    }

    fn call(&mut self, line: &CallLine) -> Result<()> {
        let rank = u32::try_from(self.calls.len()).map_err(|_| damaged("it has too many calls"))?;
        let lists = (summed(&mut self.after, &line.after), summed(&mut self.changed, &line.changes));
        let out_of_order = || damaged("its calls are out of order");
        let (Some(after), Some(changes)) = lists else { return Err(out_of_order()) };
        let known = self.changes.changes.len();
        let in_order = after.iter().all(|before| *before < rank)
            && changes.iter().all(|change| (*change as usize) < known);
        if !in_order {
            return Err(out_of_order());
        }
        let mut served = changes.iter();
        let write = line.write.write(|role, number| {
            if role == Role::User {
                let change = served.next().map(|at| &self.changes.changes[*at as usize]);
                let subject = change
                    .and_then(|change| Some(self.changes.cells[*change.cells.first()? as usize].subject));
                self.last.expect_user(subject.and_then(|name| i64::try_from(name.index()).ok()));
            }
            self.name(role, *number)
        })?;
        let provider = docs::provider(&write, self.accounts)?;
        let spends = provider.write_spends(&write, &self.names, self.accounts.quotas);
        self.calls.push(Call { write, spends, after, changes, rank });
        if let Some(ms) = line.sends_in {
            self.sent = self.sent.plus(ms);
        }
        self.sends_at.push(if line.sends_in.is_some() { self.sent } else { NEVER });
        self.count.calls += 1;
        Ok(())
    }

    fn rows(&mut self, (word, lines): &RowsLine) -> Result<Vec<(Kind, Row)>> {
        let kind = Kind::from_word(word).ok_or_else(|| damaged("it names an unknown kind"))?;
        self.count.rows += lines.len() as u64;
        let one = |(subject, item, value, mark): &(i64, i64, i64, u32)| {
            Ok((kind, self.row(kind, (*subject, *item, *value), *mark)?))
        };
        lines.iter().map(one).collect()
    }

    fn values(&mut self, lines: &[(i64, i64)]) -> Result<Vec<(Name, Name)>> {
        let one = |(device, value): &(i64, i64)| {
            Ok((self.name(Role::Device, *device)?, self.name(Role::Nobody, *value)?))
        };
        lines.iter().map(one).collect()
    }

    fn replacement(&mut self) -> Result<&mut Replacement> {
        self.replacements.last_mut().ok_or_else(|| damaged("values stand before any property"))
    }

    pub fn finish(mut self, header: Header) -> Result<Saved> {
        if self.end.ok_or_else(|| damaged("its end is missing"))? != self.count {
            return Err(damaged("its counts do not fit"));
        }
        let forecast = self.forecast.ok_or_else(|| damaged("its forecast is missing"))?;
        for list in [&mut self.changes, &mut self.drift] {
            docs::sort(&mut list.changes, &mut list.cells);
        }
        for rows in [&mut self.adopts, &mut self.forgets] {
            rows.sort_unstable_by_key(|(kind, row)| (*kind, row.key()));
        }
        self.protected.sort_unstable();
        let plan = Plan {
            forecast: docs::forecast(&forecast, &self.quotas, self.accounts, self.sends_at)?,
            base: header.base,
            created_at: self.created_at,
            names: self.names,
            cells: self.changes.cells,
            changes: self.changes.changes,
            calls: self.calls,
            adopts: self.adopts,
            forgets: self.forgets,
            drift: self.drift.changes,
            drift_cells: self.drift.cells,
            replacements: self.replacements,
            unmanaged: self.unmanaged,
            protected: self.protected,
            notes: self.notes,
            // What they say stands among the notes.
            counts: Vec::new(),
            unobserved: Vec::new(),
            unknown: Vec::new(),
            left_out: Vec::new(),
            refused: Vec::new(),
            problems: Problems::new(),
            sizes: Sizes {
                desired: header.sizes.desired,
                recorded: header.sizes.recorded,
                live: header.sizes.live,
            },
        };
        Ok(Saved { plan, pushform_version: header.pushform_version, diagnostics: self.diagnostics })
    }
}
