//! Spends on their way from one ledger to another.
//!
//! A ledger with a clock of its own translates moments each time they are read, so they do not tell whether a spend
//! was copied already. Its origin does: what it was in the ledger that wrote it first.

use std::collections::{BTreeMap, BTreeSet};

use super::{SpendEntry, text};

/// A spend of a ledger, with its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedSpend {
    /// The same in every ledger that holds a copy, and no other spend's.
    pub origin: String,
    /// The spend.
    pub spend: SpendEntry,
}

/// The origins of all spends of a ledger, in order: those that came with them, or else what stands in the ledger.
/// Equal spends are numbered.
pub(super) fn origins<'a>(all: impl Iterator<Item = (Option<String>, &'a SpendEntry)>) -> Vec<String> {
    let mut equal: BTreeMap<String, usize> = BTreeMap::new();
    let origin = |(known, spend): (Option<String>, &SpendEntry)| {
        known.unwrap_or_else(|| {
            let (sent_at, vendor, quota, subject, replied_at) = text::key(spend);
            let replied_at = replied_at.map_or_else(String::new, |at| at.0.to_string());
            let own = format!("{} {quota} {subject} {} {replied_at}", vendor.word(), sent_at.0);
            let number = equal.entry(own.clone()).or_default();
            *number += 1;
            format!("{own} {number}")
        })
    };
    all.map(origin).collect()
}

/// Spends as they stand in their ledger, with their origins.
pub fn copies(spends: Vec<SpendEntry>) -> Vec<CopiedSpend> {
    let origins = origins(spends.iter().map(|spend| (None, spend)));
    origins.into_iter().zip(spends).map(|(origin, spend)| CopiedSpend { origin, spend }).collect()
}

/// Those whose origin is not known.
pub(super) fn unknown<'a>(new: &'a [CopiedSpend], known: &[CopiedSpend]) -> Vec<&'a CopiedSpend> {
    let known: BTreeSet<&str> = known.iter().map(|copy| copy.origin.as_str()).collect();
    new.iter().filter(|copy| !known.contains(copy.origin.as_str())).collect()
}

/// Those that a ledger without a clock of its own lacks: of equal ones, too, as many as it has are known, since an
/// exported text names no origins.
pub(super) fn lacking<'a>(new: &'a [CopiedSpend], known: &[CopiedSpend]) -> Vec<&'a CopiedSpend> {
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for copy in unknown(known, new) {
        *counts.entry(text::key(&copy.spend)).or_default() += 1;
    }
    let mut lacking = unknown(new, known);
    lacking.retain(|copy| match counts.get_mut(&text::key(&copy.spend)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        Some(_) | None => true,
    });
    lacking
}
