//! The recorded rows in memory, by their texts.

use super::Inner;
use crate::names::{Name, Names};
use crate::plan::Recorded;
use crate::state::{Keep, RowChange, RowQuery};
use crate::table::{Kind, Row, Table};
use crate::text_rows::{TextRow, TextRows};

impl Inner {
    pub(super) fn change(&mut self, names: &Names, rows: &[RowChange]) {
        let own = |name: Name| names.text(name).to_owned();
        for row in rows {
            match *row {
                RowChange::Put(kind, Row { subject, item, value, mark }) => {
                    self.rows.insert((kind, own(subject), own(item)), (own(value), mark));
                }
                RowChange::Drop(kind, subject, item) => {
                    self.rows.remove(&(kind, own(subject), own(item)));
                }
            }
        }
    }

    /// The rows of a kind from this key on, sorted by text.
    fn rows(&self, kind: Kind, (subject, item): (&str, &str)) -> impl Iterator<Item = TextRow<'_>> {
        let rows = self.rows.range((kind, subject.to_owned(), item.to_owned())..);
        rows.take_while(move |((of, ..), _)| *of == kind).map(|((_, subject, item), (value, mark))| TextRow {
            subject,
            item,
            value,
            mark: *mark,
        })
    }

    pub(super) fn page(
        &self,
        query: RowQuery,
        after: Option<(&str, &str)>,
        limit: usize,
        rows: &mut TextRows,
    ) {
        let wanted = query.wanted();
        let from = after.unwrap_or_default();
        let found = self.rows(wanted.kind, from).filter(|row| after != Some(row.key()) && wanted.takes(row));
        rows.clear();
        found.take(limit).for_each(|row| rows.push(row));
    }

    pub(super) fn snapshot(&self, names: &mut Names) -> Recorded {
        let mut recorded = self.about(names);
        for kind in Kind::ALL {
            let rows = self.rows(kind, ("", "")).map(|row| row.intern(names));
            recorded.tables.set(kind, Table::from_rows(rows.collect()));
        }
        recorded
    }

    pub(super) fn about(&self, names: &mut Names) -> Recorded {
        let mut recorded = Recorded { serial: self.serial, ..Recorded::default() };
        recorded.protected = self.protected.iter().map(|property| names.intern(property)).collect();
        recorded.protected.sort_unstable();
        let kept = self.kept.iter().map(|((subject, item), (value, mark))| {
            TextRow { subject, item, value, mark: *mark }.intern(names)
        });
        recorded.kept = kept.collect();
        recorded.kept.sort_unstable_by_key(Row::key);
        recorded.accounts.clone_from(&self.accounts);
        recorded
    }

    pub(super) fn keep(&mut self, names: &Names, rows: &[Row], keep: Keep) {
        for row in rows {
            let TextRow { subject, item, value, mark } = TextRow::of(row, names);
            let key = (subject.to_owned(), item.to_owned());
            match keep {
                Keep::Hold => self.kept.insert(key, (value.to_owned(), mark)),
                Keep::LetGo => self.kept.remove(&key),
            };
        }
    }

    pub(super) fn protect(&mut self, names: &Names, properties: &[Name]) {
        self.protected = properties.iter().map(|name| names.text(*name).to_owned()).collect();
    }
}
