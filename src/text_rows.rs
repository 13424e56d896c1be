//! Rows as texts, many in one buffer: how rows come from a manifest or from the state, in the order of their texts,
//! without a pool of names. What is to be kept of them is interned by whoever reads them.

use crate::names::Names;
use crate::table::Row;

/// The value of a tag row that a tag set declares, as [`Name::SET`](crate::names::Name::SET).
pub const SET: &str = "set";
/// The value of a tag row that a tag's member list declares, as [`Name::MEMBERS`](crate::names::Name::MEMBERS).
pub const MEMBERS: &str = "members";

/// One row as texts. Rows are in order when their keys are, by the bytes of UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextRow<'a> {
    /// Who or what is described.
    pub subject: &'a str,
    /// Which of the subject's things, empty where there is only one.
    pub item: &'a str,
    /// What it is, empty where being there says all.
    pub value: &'a str,
    /// What [`Row::mark`] says.
    pub mark: u32,
}

impl<'a> TextRow<'a> {
    /// The texts of a row.
    #[must_use]
    pub fn of(row: &Row, names: &'a Names) -> Self {
        let [subject, item, value] = [row.subject, row.item, row.value].map(|name| names.text(name));
        Self { subject, item, value, mark: row.mark }
    }

    /// What makes two rows the same row: subject and item.
    #[must_use]
    pub const fn key(&self) -> (&'a str, &'a str) {
        (self.subject, self.item)
    }

    /// The row of these texts, in a pool.
    pub fn intern(&self, names: &mut Names) -> Row {
        let [subject, item, value] = [self.subject, self.item, self.value].map(|text| names.intern(text));
        Row { subject, item, value, mark: self.mark }
    }
}

/// Rows of one kind, in the order in which they were pushed. Nothing is allocated for a single row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextRows {
    text: String,
    rows: Vec<Ends>,
}

/// Where a row's texts end in the buffer, and its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ends {
    subject: usize,
    item: usize,
    value: usize,
    mark: u32,
}

impl TextRows {
    /// Adds a row at the end.
    pub fn push(&mut self, row: TextRow<'_>) {
        let mut add = |text: &str| {
            self.text.push_str(text);
            self.text.len()
        };
        let (subject, item, value) = (add(row.subject), add(row.item), add(row.value));
        self.rows.push(Ends { subject, item, value, mark: row.mark });
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many bytes the rows take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.len() + self.rows.len() * size_of::<Ends>()
    }

    /// Takes all rows out and keeps the room.
    pub fn clear(&mut self) {
        self.text.clear();
        self.rows.clear();
    }

    /// The row at a place.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<TextRow<'_>> {
        let ends = self.rows.get(at)?;
        let start = if at == 0 { 0 } else { self.rows[at - 1].value };
        Some(TextRow {
            subject: &self.text[start..ends.subject],
            item: &self.text[ends.subject..ends.item],
            value: &self.text[ends.item..ends.value],
            mark: ends.mark,
        })
    }

    /// The last row.
    #[must_use]
    pub fn last(&self) -> Option<TextRow<'_>> {
        self.get(self.len().checked_sub(1)?)
    }

    /// All rows, first to last.
    pub fn iter(&self) -> impl Iterator<Item = TextRow<'_>> {
        (0..self.len()).filter_map(|at| self.get(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_out_as_they_went_in_whatever_is_empty_in_them() {
        let given = [("u1", "vip", ""), ("u1", "", "x"), ("", "", ""), ("张三", "城市", "上海")];
        let mut rows = TextRows::default();
        for (mark, (subject, item, value)) in (7..).zip(given) {
            rows.push(TextRow { subject, item, value, mark });
        }
        let found: Vec<_> = rows.iter().map(|row| (row.subject, row.item, row.value)).collect();
        assert_eq!(found, given);
        assert_eq!(rows.last().map(|row| row.mark), Some(10));
        let mut names = Names::new();
        let row = rows.get(3).expect("the fourth").intern(&mut names);
        assert_eq!(TextRow::of(&row, &names), rows.get(3).expect("the fourth"));
        rows.clear();
        assert!(rows.is_empty() && rows.last().is_none());
    }
}
