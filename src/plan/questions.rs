//! The questions that are asked again before the first call: the values of properties that are replaced.
//!
//! They are asked by `ops/`; here they are only foreseen.

use crate::kind::Write;
use crate::names::Name;

use super::forecast::number;
use super::{Call, Replacement};

/// How many devices a page of a property's devices shows. Where a vendor shows fewer, reading takes longer than is
/// foreseen.
const DEVICES_OF_A_PAGE: u64 = 1_000;

/// The questions about properties that are replaced, one property after the other: pages, then every device.
pub(super) fn questions(calls: &[Call], replacements: &[Replacement]) -> Vec<Call> {
    let created = |property: Name| {
        calls.iter().any(|call| matches!(call.write, Write::CreateProperty(name, _) if name == property))
    };
    let mut questions: Vec<Call> = Vec::new();
    let mut before: Vec<u32> = Vec::new();
    for call in calls {
        let Write::DeleteProperty(property) = call.write else { continue };
        let found = replacements.iter().find(|one| one.property == property);
        let Some(one) = found.filter(|_| created(property)) else { continue };
        let ask = |questions: &mut Vec<Call>, after: Vec<u32>| {
            let rank = number(questions.len());
            questions.push(Call { after, changes: Vec::new(), rank, ..call.clone() });
            rank
        };
        let pages = one.devices.div_ceil(DEVICES_OF_A_PAGE).max(1);
        // Several pages are read until two passes agree.
        for _ in 0..if pages > 1 { 2 * pages } else { 1 } {
            before = vec![ask(&mut questions, std::mem::take(&mut before))];
        }
        let page = before.clone();
        let values: Vec<u32> = (0..one.devices).map(|_| ask(&mut questions, page.clone())).collect();
        if !values.is_empty() {
            before = values;
        }
    }
    questions
}
