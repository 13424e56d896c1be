//! A plan whose replaced properties were read once more: what comes along are the values that are there now.
//!
//! Between the plan and the deletion lie a prompt and other calls: a value that somebody bound, changed or removed
//! meanwhile is neither lost nor brought back. Reading is `ops/`'s.

use std::collections::{BTreeMap, BTreeSet};

use crate::kind::{Definition, PropertyType, Write};
use crate::names::Name;
use crate::problem::{Failure, Problem, Problems, Result};
use crate::table::{Kind, Row};

use super::group::{change_of_property, is_replacement};
use super::{Call, Plan, Replacement};

/// A device, a property and its value.
type DeviceValue = (Name, Name, Name);

impl Plan {
    /// The properties that are deleted and created again.
    #[must_use]
    pub fn replaced_properties(&self) -> Vec<Name> {
        let replaced = self.cells.iter().filter(|cell| is_replacement(&self.names, cell));
        replaced.map(|cell| cell.subject).collect()
    }

    /// Takes in the values of a property that is about to be deleted, as they are now: device and value, with names in
    /// the plan's pool. At most `batch_max` devices go in a call. Those that an earlier replacement `kept` come along
    /// although nobody sees them: it has taken them from their devices itself.
    ///
    /// # Errors
    /// [`Failure::Stale`] where a value is there now that the new type cannot hold, and that nobody approved to lose.
    pub fn refit(
        &mut self,
        property: Name,
        mut found: Vec<(Name, Name)>,
        kept: &[Row],
        batch_max: usize,
    ) -> Result<()> {
        let Some(at) = self.replacements.iter().position(|one| one.property == property) else {
            return Ok(());
        };
        found.retain(|(device, _)| self.cell(Kind::Device, *device, property).is_none());
        // How a number is spelled when it is read back says nothing.
        let Replacement { carried, lost, .. } = &self.replacements[at];
        let known: BTreeMap<Name, Name> = carried.iter().chain(lost).copied().collect();
        for (device, value) in &mut found {
            let text = |name: Name| self.names.text(name);
            if let Some(before) =
                known.get(device).filter(|one| PropertyType::Number.same(text(**one), text(*value)))
            {
                *value = *before;
            }
        }
        let seen: BTreeSet<Name> = found.iter().map(|(device, _)| *device).collect();
        let of_property = kept.iter().filter(|row| row.item == property && !seen.contains(&row.subject));
        found.extend(of_property.filter_map(|row| Some((row.subject, *known.get(&row.subject)?))));
        found.sort_by(|a, b| self.names.by_text(a.0, b.0));
        let definition = self.cell(Kind::Property, property, Name::NONE).and_then(|cell| cell.after);
        let kind = definition.and_then(|after| Definition::decode(self.names.text(after)).kind);
        let holds = |value: Name| kind.is_some_and(|kind: PropertyType| kind.holds(self.names.text(value)));
        let (carried, lost): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, value)| holds(*value));
        let before = &self.replacements[at];
        if let Some((device, value)) = lost.iter().find(|one| !before.lost.contains(one)) {
            return Err(would_be_lost(self, property, *device, *value));
        }
        if before.carried != carried {
            self.carry(property, &carried, batch_max.max(1));
        }
        let Replacement { devices, .. } = self.replacements[at];
        let devices = devices.max((carried.len() + lost.len()) as u64);
        self.replacements[at] = Replacement { property, devices, carried, lost };
        Ok(())
    }

    /// Puts these values in the place of those that come along with a property.
    fn carry(&mut self, property: Name, carried: &[(Name, Name)], batch_max: usize) {
        let is_along = |cells: &Self, device: Name| cells.cell(Kind::Device, device, property).is_none();
        let mut values_of_calls: Vec<(usize, Vec<DeviceValue>)> = Vec::new();
        for at in 0..self.calls.len() {
            let Write::SetValues(values) = &self.calls[at].write else { continue };
            if !values.iter().any(|(_, other, _)| *other == property) {
                continue;
            }
            let stays = |(device, other, _): &&DeviceValue| *other != property || !is_along(self, *device);
            values_of_calls.push((at, values.iter().filter(stays).copied().collect()));
        }
        let mut open = carried.iter().map(|(device, value)| (*device, property, *value)).peekable();
        for (_, values) in &mut values_of_calls {
            let mut devices = count_devices(values);
            while let Some(next) = open.peek().copied() {
                let is_here = values.iter().any(|(device, ..)| *device == next.0);
                if !is_here && devices == batch_max {
                    break;
                }
                devices += usize::from(!is_here);
                values.push(next);
                open.next();
            }
        }
        let rest: Vec<DeviceValue> = open.collect();
        let empty: Vec<usize> =
            values_of_calls.iter().filter(|(_, values)| values.is_empty()).map(|one| one.0).collect();
        for (at, mut values) in values_of_calls {
            values.sort_by(|a, b| self.names.by_text(a.0, b.0).then_with(|| self.names.by_text(a.1, b.1)));
            self.calls[at].write = Write::SetValues(values);
        }
        for batch in rest.chunks(batch_max) {
            self.add_values(property, batch.to_vec());
        }
        empty.into_iter().rev().for_each(|at| self.remove_call(at));
    }

    /// One more call behind the others, which waits for the property.
    fn add_values(&mut self, property: Name, values: Vec<DeviceValue>) {
        let creates = |call: &Call| matches!(call.write, Write::CreateProperty(name, _) if name == property);
        let Some(create) = self.calls.iter().position(creates) else { return };
        let rank = u32::try_from(self.calls.len()).unwrap_or(u32::MAX);
        let after = vec![u32::try_from(create).unwrap_or(u32::MAX)];
        let changes = change_of_property(&self.changes, property).into_iter().collect();
        // Every call to this vendor spends the same.
        let spends = self.calls[create].spends.clone();
        self.calls.push(Call { write: Write::SetValues(values), spends, after, changes, rank });
        let last = self.forecast.sends_at.iter().copied().max().unwrap_or(self.created_at);
        self.forecast.sends_at.push(last);
    }

    /// Nothing waits for a call that sets values.
    fn remove_call(&mut self, at: usize) {
        self.calls.remove(at);
        if at < self.forecast.sends_at.len() {
            self.forecast.sends_at.remove(at);
        }
        for (rank, call) in (0..).zip(&mut self.calls) {
            call.rank = rank;
            call.after.iter_mut().filter(|before| **before as usize > at).for_each(|before| *before -= 1);
        }
    }
}

fn count_devices(values: &[DeviceValue]) -> usize {
    let mut devices: Vec<Name> = values.iter().map(|(device, ..)| *device).collect();
    devices.sort_unstable();
    devices.dedup();
    devices.len()
}

fn would_be_lost(plan: &Plan, property: Name, device: Name, value: Name) -> Problems {
    let [property, device, value] = [property, device, value].map(|name| plan.names.text(name));
    let what = format!(
        "`{property}` has got the value `{value}` on `{device}` since the plan was made, which its new type cannot hold"
    );
    let help = "nothing was sent: plan again, and review what would be lost";
    Problems::of(Failure::Stale, Problem::error("plan::value_would_be_lost", what).help(help))
}
