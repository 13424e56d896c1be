//! What a plan was made from, in digests: enough to see that it fits no longer.

use std::collections::BTreeMap;

use crate::change::Cell;
use crate::names::Names;
use crate::table::{Kind, Row, Table, Tables};

use super::{Base, Input, Sizes};

/// The base of a plan that changes these cells.
pub(super) fn base(input: &Input<'_>, cells: &[Cell]) -> Base {
    let account = |one: &&dyn crate::kind::Provider| (one.vendor().word().to_owned(), one.account());
    Base {
        serial: input.recorded.serial,
        manifests: input.desired.digest.clone(),
        live: digest(&input.names, &input.live.tables),
        looked: input.live.looked.clone(),
        accounts: input.providers.iter().map(account).collect(),
        // The state's, which whoever reads it knows.
        in_doubt: Vec::new(),
        deleted_values: deleted_values(input, cells),
        // What nothing is decided by is said where the plan is made for people.
        project: String::new(),
        emulated: false,
    }
}

/// How many devices have a value of each property that goes for good, as far as the properties were read.
fn deleted_values(input: &Input<'_>, cells: &[Cell]) -> BTreeMap<String, u64> {
    let counts = &input.live.property_devices;
    let gone = cells.iter().filter(|cell| cell.kind() == Kind::Property && cell.after.is_none());
    let count = |cell: &Cell| {
        let at = counts.binary_search_by_key(&cell.subject, |(property, _)| *property).ok()?;
        Some((input.names.text(cell.subject).to_owned(), counts[at].1))
    };
    gone.filter_map(count).collect()
}

/// How many rows each side has.
pub(super) fn sizes(input: &Input<'_>) -> Sizes {
    let settled = usize::try_from(input.recorded.settled.rows()).unwrap_or(usize::MAX);
    Sizes {
        desired: input.desired.tables.len() + settled,
        recorded: input.recorded.tables.len() + settled,
        live: input.live.tables.len(),
    }
}

/// A digest of rows by their texts, whatever their order and the numbers of their names: the digests of all rows
/// are added up, since two rows are never the same.
fn digest(names: &Names, tables: &Tables) -> String {
    let mut sum = 0_u128;
    let mut text = Vec::new();
    for kind in Kind::ALL {
        for row in Table::rows(tables.of(kind)) {
            sum = sum.wrapping_add(row_digest(names, kind, row, &mut text));
        }
    }
    format!("{sum:032x}")
}

fn row_digest(names: &Names, kind: Kind, row: &Row, text: &mut Vec<u8>) -> u128 {
    text.clear();
    // Who declares a tag is nothing that a vendor shows.
    let value = if kind == Kind::Tag { "" } else { names.text(row.value) };
    for part in [kind.word(), names.text(row.subject), names.text(row.item), value] {
        text.extend_from_slice(part.as_bytes());
        text.push(0);
    }
    let hash = blake3::hash(text);
    hash.as_bytes()[..16].iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte))
}
