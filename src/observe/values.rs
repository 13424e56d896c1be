//! The values of declared and recorded devices, one call a device.

use super::{Observer, Reader, subjects, union};
use crate::kind::{Answer, Read};
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
    let desired = subjects(observer.desired.tables.of(Kind::Device));
    let recorded = subjects(observer.recorded.tables.of(Kind::Device));
    let kept = observer.recorded.kept.iter().map(|row| row.subject);
    let devices = union(desired.chain(recorded).chain(kept));
    let mut rows = Vec::new();
    let take = |device: Name, answer: Answer, names: &mut Names| {
        let Answer::Values(values) = answer else { return };
        for (property, value) in values {
            let (item, value) = (names.intern(&property), names.intern(&value));
            rows.push(Row { subject: device, item, value, mark: 0 });
        }
    };
    reader.each(&devices, Read::ValuesOf, names, take).await?;
    live.tables.set(Kind::Device, Table::from_rows(rows));
    live.devices = devices;
    Ok(())
}
