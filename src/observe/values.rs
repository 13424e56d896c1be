//! The values of declared and recorded devices, one call a device.

use super::{Observer, Reader, subjects, union};
use crate::kind::{Answer, Definition, Read};
use crate::names::{Name, Names};
use crate::plan::Live;
use crate::problem::Result;
use crate::table::{Kind, Row, Table};

/// Reads every device that has a declared or a recorded value.
pub(super) async fn observe(
    observer: &Observer<'_>,
    reader: &Reader<'_>,
    names: &mut Names,
    live: &mut Live,
) -> Result<()> {
    let desired = subjects(observer.about.desired.tables.of(Kind::Device));
    let recorded = subjects(observer.about.recorded.tables.of(Kind::Device));
    let kept = observer.about.recorded.kept.iter().map(|row| row.subject);
    let devices = union(desired.chain(recorded).chain(kept));
    let mut rows = Vec::new();
    let properties = live.tables.of(Kind::Property).clone();
    let take = |device: Name, answer: Answer, names: &mut Names| {
        let Answer::Values(values) = answer else { return };
        for (property, value) in values {
            let item = names.intern(&property);
            let value = observer.as_spelled(&properties, names, device, item, &value);
            rows.push(Row { subject: device, item, value, mark: 0 });
        }
    };
    reader.each(&devices, Read::ValuesOf, names, take).await?;
    live.tables.set(Kind::Device, Table::from_rows(rows));
    live.devices = devices;
    Ok(())
}

impl Observer<'_> {
    /// The name of a value: the recorded one or the declared one, where the vendor only spells it in another way.
    fn as_spelled(&self, live: &Table, names: &mut Names, device: Name, property: Name, text: &str) -> Name {
        let definition = |table: &Table| table.get(property, Name::NONE).map(|row| row.value);
        let declared = || definition(self.about.desired.tables.of(Kind::Property));
        let kind =
            definition(live).or_else(declared).and_then(|one| Definition::decode(names.text(one)).kind);
        let known = [&self.about.recorded.tables, &self.about.desired.tables];
        let known = known.map(|tables| tables.of(Kind::Device).get(device, property));
        let is_same = |value: &Name| kind.is_some_and(|kind| kind.same(names.text(*value), text));
        let found = known.into_iter().flatten().map(|row| row.value).find(is_same);
        found.unwrap_or_else(|| names.intern(text))
    }
}
