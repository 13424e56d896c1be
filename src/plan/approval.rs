//! What somebody approved, row by row, so that a plan which takes days is approved once.
//!
//! Digests alone: it can say of a row whether it was approved, not which rows there were. It decides nothing; who
//! goes on with what is `ops/apply.rs`'s.

use std::collections::BTreeMap;
use std::fmt;

use crate::address;
use crate::change::Cell;
use crate::names::{Name, Names};
use crate::table::Kind;
use crate::timestamp::Timestamp;

use super::Plan;
use super::group::is_replacement;

/// What somebody approved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approval {
    /// Which plan: a digest of its rows.
    pub plan: String,
    /// When.
    pub at: Timestamp,
    /// Its rows, sorted.
    rows: Vec<Row>,
}

/// One approved row: digests of who it is about, of what it was, and of what it shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    key: u64,
    before: u64,
    after: u64,
}

/// How many bytes a row takes where it is stored.
const ROW_BYTES: usize = 24;

/// What an approval says of a row that a plan changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// It was approved exactly so.
    Approved,
    /// It was approved with another end: the manifests want something else by now.
    WantsElse,
    /// It was approved from another beginning: somebody has changed it since.
    ChangedSince,
    /// Nothing about it was approved.
    New,
}

impl Approval {
    /// The approval of all rows of a plan.
    #[must_use]
    pub fn of(plan: &Plan, at: Timestamp) -> Self {
        let mut rows = Vec::with_capacity(plan.cells.len());
        for cell in &plan.cells {
            let row = row(&plan.names, cell);
            rows.push(row);
            // A run that ends half-way leaves these without what they were, and they still shall become the same.
            let in_two_steps = cell.kind() == Kind::Alias || is_replacement(&plan.names, cell);
            if in_two_steps && cell.before.is_some() && cell.after.is_some() {
                rows.push(Row { before: NOTHING, ..row });
            }
        }
        rows.sort_unstable();
        rows.dedup();
        Self { plan: name_of(&rows), at, rows }
    }

    /// What it says of a row that a plan changes.
    #[must_use]
    pub fn judge(&self, names: &Names, cell: &Cell) -> Holds {
        let wanted = row(names, cell);
        let start = self.rows.partition_point(|row| row.key < wanted.key);
        let alike = self.rows[start..].iter().take_while(|row| row.key == wanted.key);
        let (mut known, mut same_end) = (false, false);
        for row in alike {
            if *row == wanted {
                return Holds::Approved;
            }
            (known, same_end) = (true, same_end || row.after == wanted.after);
        }
        match (known, same_end) {
            (false, _) => Holds::New,
            (true, true) => Holds::ChangedSince,
            (true, false) => Holds::WantsElse,
        }
    }

    /// How a plan stands to it.
    #[must_use]
    pub fn standing(&self, plan: &Plan) -> Standing {
        let mut standing = Standing { at: self.at, approved: 0, others: BTreeMap::new() };
        for cell in &plan.cells {
            match self.judge(&plan.names, cell) {
                Holds::Approved => standing.approved += 1,
                holds @ (Holds::WantsElse | Holds::ChangedSince | Holds::New) => {
                    let address = (holds, cell.resource, cell.name());
                    *standing.others.entry(address).or_default() += 1;
                }
            }
        }
        standing
    }

    /// The rows as they are stored, in the order of their bytes.
    pub fn stored(&self) -> impl Iterator<Item = [u8; ROW_BYTES]> {
        self.rows.iter().map(bytes_of)
    }

    /// The rows of an approval that is stored in one piece.
    pub fn rows_of(piece: &[u8]) -> impl Iterator<Item = &[u8]> {
        piece.chunks(ROW_BYTES)
    }

    /// An approval as it was stored: its rows in pieces of whole rows, in any order.
    ///
    /// # Errors
    /// A sentence fragment when the pieces are no rows, or other rows than those that were approved.
    pub fn from_stored(plan: String, at: Timestamp, pieces: &[impl AsRef<[u8]>]) -> Result<Self, String> {
        let mut rows = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let (some, rest) = piece.as_ref().as_chunks::<ROW_BYTES>();
            if !rest.is_empty() {
                return Err("the approved rows are cut off".to_owned());
            }
            rows.extend(some.iter().map(row_of));
        }
        rows.sort_unstable();
        if name_of(&rows) != plan {
            return Err("the approved rows are not those that were approved".to_owned());
        }
        Ok(Self { plan, at, rows })
    }
}

/// What a plan is called: the digest of its rows, which are sorted.
fn name_of(rows: &[Row]) -> String {
    let mut hasher = blake3::Hasher::new();
    for row in rows {
        hasher.update(&bytes_of(row));
    }
    hasher.finalize().to_hex().to_string()
}

/// How a plan stands to an approval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When the approval was given.
    pub at: Timestamp,
    /// How many rows of the plan are approved.
    pub approved: u64,
    /// How many rows are not, by why and by address.
    others: BTreeMap<(Holds, address::Resource, Name), u64>,
}

/// So many addresses are named; the others are counted.
const NAMED_MAX: usize = 10;

impl Standing {
    /// Whether everything that the plan changes is approved.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.others.is_empty()
    }

    /// What holds no longer, or never did, an address each and why.
    #[must_use]
    pub fn not_approved(&self, names: &Names) -> Vec<String> {
        let mut lines: Vec<String> = self
            .others
            .iter()
            .take(NAMED_MAX)
            .map(|((why, resource, name), rows)| {
                let address = address::show(*resource, names.text(*name));
                format!("{address} ({}): {why}", super::notes::count(*rows, "row"))
            })
            .collect();
        let more = self.others.len().saturating_sub(NAMED_MAX) as u64;
        if more > 0 {
            lines.push(format!("{more} more"));
        }
        lines
    }

    /// The same without what is new: what was approved and no longer holds.
    #[must_use]
    pub fn moved(&self, names: &Names) -> Vec<String> {
        let mut moved = self.clone();
        moved.others.retain(|(why, ..), _| *why != Holds::New);
        moved.not_approved(names)
    }
}

impl fmt::Display for Holds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Approved => "approved",
            Self::WantsElse => "the manifests want something else now",
            Self::ChangedSince => "somebody has changed it since",
            Self::New => "new since then",
        })
    }
}

/// The digest of what is not there.
const NOTHING: u64 = 0;

fn row(names: &Names, cell: &Cell) -> Row {
    let text = |name: Name| names.text(name);
    // Who declares a tag is nothing that anybody approves.
    let value = |name: Option<Name>| match name {
        None => NOTHING,
        Some(_) if cell.kind() == Kind::Tag => 1,
        Some(name) => digest(&[text(name)]) | 1,
    };
    let key = digest(&[cell.kind().word(), text(cell.subject), text(cell.item)]);
    Row { key, before: value(cell.before), after: value(cell.after) }
}

fn digest(parts: &[&str]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part.as_bytes()).update(&[0]);
    }
    let hash = hasher.finalize();
    hash.as_bytes()[..8].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn bytes_of(row: &Row) -> [u8; ROW_BYTES] {
    let mut bytes = [0; ROW_BYTES];
    for (place, number) in bytes.chunks_exact_mut(8).zip([row.key, row.before, row.after]) {
        place.copy_from_slice(&number.to_be_bytes());
    }
    bytes
}

fn row_of(bytes: &[u8; ROW_BYTES]) -> Row {
    let number = |at: usize| bytes[at..at + 8].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    Row { key: number(0), before: number(8), after: number(16) }
}
