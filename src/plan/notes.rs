//! What a person should know beside the changes, in whole sentences.
//!
//! What stands in the changes, the forecast or the problems is not said again here.

use crate::address::{self, Resource};

use super::order::{Ordered, Work, goes};
use super::replace::is_replaced;

/// The notes of a plan.
pub(super) fn notes(work: &Work<'_>, ordered: &Ordered) -> Vec<String> {
    let mut notes = Vec::new();
    if ordered.rings > 0 {
        let rings = ordered.rings;
        let users = if rings == 1 { "One user is".to_owned() } else { format!("{rings} users are") };
        notes.push(format!(
            "{users} without an alias for a while, since full aliases wait for one another in a ring."
        ));
    }
    deleted_values(work, &mut notes);
    kept_values(work, &mut notes);
    notes
}

/// A property takes the values of all devices with it, those of others too.
fn deleted_values(work: &Work<'_>, notes: &mut Vec<String>) {
    let counts = &work.input.live.property_devices;
    let mut gone: Vec<_> =
        work.properties.iter().filter(|cell| cell.after.is_none() && goes(work, cell)).collect();
    gone.sort_by_key(|cell| work.order.rank(cell.subject));
    for cell in gone {
        let at = counts.binary_search_by_key(&cell.subject, |(property, _)| *property);
        let devices = at.map_or(0, |at| counts[at].1);
        if devices > 0 {
            let property = address::show(Resource::Property, work.input.names.text(cell.subject));
            let of = if devices == 1 { "1 device".to_owned() } else { format!("{devices} devices") };
            notes.push(format!("Destroying {property} takes its values from {of}."));
        }
    }
}

/// Values of an interrupted replacement have no change of their own.
fn kept_values(work: &Work<'_>, notes: &mut Vec<String>) {
    for one in work.replacements {
        if is_replaced(&work.input.names, work.cells, one.property) || one.carried.is_empty() {
            continue;
        }
        let property = address::show(Resource::Property, work.input.names.text(one.property));
        let count = one.carried.len();
        let values = if count == 1 { "1 value".to_owned() } else { format!("{count} values") };
        notes.push(format!(
            "{values} of {property} that an interrupted replacement kept will be bound again."
        ));
    }
}
