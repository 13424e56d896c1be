//! Changes of rows in the order in which rows are stored: by kind and by the texts of subject and item.

use super::RowChange;
use crate::names::{Name, Names};
use crate::table::Kind;

/// What makes two changes changes of the same row.
const fn key(change: &RowChange) -> (Kind, Name, Name) {
    match change {
        RowChange::Put(kind, row) => (*kind, row.subject, row.item),
        RowChange::Drop(kind, subject, item) => (*kind, *subject, *item),
    }
}

/// These changes, of each row the last one only, sorted by `kind` and the texts of subject and item: so a million rows
/// are written at the end of a table rather than all over it.
pub(super) fn by_text<'a, K: Ord>(
    names: &Names,
    changes: &'a [RowChange],
    kind: impl Fn(Kind) -> K,
) -> Vec<&'a RowChange> {
    let ranks = ranks(names, changes);
    let rank = |change: &RowChange| {
        let (of, subject, item) = key(change);
        (kind(of), ranks[subject.index()], ranks[item.index()])
    };
    let mut order: Vec<&RowChange> = changes.iter().collect();
    // Stable: of two changes of one row the later one stays behind the other.
    order.sort_by_key(|change| rank(change));
    order.chunk_by(|a, b| key(a) == key(b)).filter_map(<[&RowChange]>::last).copied().collect()
}

/// The places of subjects and items among each other by text, at the names' numbers. Each text is compared for its own
/// place only, and rows by the places: texts lie all over the memory.
fn ranks(names: &Names, changes: &[RowChange]) -> Vec<u32> {
    const UNRANKED: u32 = 0;
    const WANTED: u32 = u32::MAX;
    // Pages that nobody touches cost nothing, so that this may be as long as the pool.
    let mut ranks = vec![UNRANKED; names.len()];
    let mut used: Vec<(u64, Name)> = Vec::new();
    for change in changes {
        let (_, subject, item) = key(change);
        for name in [subject, item] {
            if std::mem::replace(&mut ranks[name.index()], WANTED) == UNRANKED {
                used.push((head(names.text(name)), name));
            }
        }
    }
    used.sort_unstable_by(|(a_head, a), (b_head, b)| a_head.cmp(b_head).then_with(|| names.by_text(*a, *b)));
    for (rank, (_, name)) in (1u32..).zip(&used) {
        ranks[name.index()] = rank;
    }
    ranks
}

/// The first eight bytes as a number with the order of the text: they tell most texts apart without a look at them.
fn head(text: &str) -> u64 {
    let mut bytes = [0; 8];
    let first = text.len().min(bytes.len());
    bytes[..first].copy_from_slice(&text.as_bytes()[..first]);
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Row;

    #[test]
    fn changes_are_sorted_by_the_bytes_of_their_texts_and_the_last_of_a_row_stays() {
        let mut names = Names::new();
        let mut put = |subject: &str, item: &str, mark: u32| {
            let (subject, item) = (names.intern(subject), names.intern(item));
            RowChange::Put(Kind::Tag, Row { subject, item, value: Name::SET, mark })
        };
        let changes = [
            put("user-0002", "b", 1),
            put("user-00010", "a", 2),
            put("", "", 3),
            put("张三", "a", 4),
            put("user-0002", "", 5),
            put("user-0002", "b", 6),
            put("user\u{0}", "", 7),
            put("user", "", 8),
        ];
        let sorted = by_text(&names, &changes, |kind| kind);
        let marks = sorted.iter().map(|change| match change {
            RowChange::Put(_, row) => row.mark,
            RowChange::Drop(..) => 0,
        });
        assert_eq!(marks.collect::<Vec<_>>(), [3, 8, 7, 2, 5, 6, 4]);
    }
}
