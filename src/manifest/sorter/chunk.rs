//! Rows in the order in which they came, until they are sorted and packed.

use std::cmp::Ordering;

use crate::text_rows::TextRow;

use super::run::Packer;

/// Rows in no order.
#[derive(Default)]
pub struct Chunk {
    text: String,
    rows: Vec<Place>,
}

/// Where a row is in the text.
#[derive(Clone, Copy)]
struct Place {
    /// The first bytes of its subject, so that most comparisons need no look at the text.
    head: u64,
    start: usize,
    subject: u32,
    item: u32,
    value: u32,
    mark: u32,
}

impl Chunk {
    /// Adds a row.
    pub fn push(&mut self, row: TextRow<'_>) {
        let start = self.text.len();
        let mut add = |text: &str| {
            self.text.push_str(text);
            u32::try_from(text.len()).unwrap_or(u32::MAX)
        };
        let [subject, item, value] = [add(row.subject), add(row.item), add(row.value)];
        self.rows.push(Place { head: head(row.subject), start, subject, item, value, mark: row.mark });
    }

    /// How much memory it takes.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + self.rows.capacity() * size_of::<Place>()
    }

    fn row<'a>(text: &'a str, place: &Place) -> TextRow<'a> {
        let (subject, rest) = text[place.start..].split_at(place.subject as usize);
        let (item, rest) = rest.split_at(place.item as usize);
        TextRow { subject, item, value: &rest[..place.value as usize], mark: place.mark }
    }

    /// Its rows in order.
    pub fn pack(self) -> Packer {
        let Self { text, mut rows } = self;
        let bytes = text.as_bytes();
        rows.sort_unstable_by(|a, b| a.head.cmp(&b.head).then_with(|| Place::compare(bytes, a, b)));
        let mut packer = Packer::default();
        rows.iter().for_each(|place| packer.push(Self::row(&text, place)));
        packer
    }
}

impl Place {
    /// As [`super::compare`], on bytes.
    fn compare(bytes: &[u8], a: &Self, b: &Self) -> Ordering {
        let texts = |place: &Self| {
            let item = place.start + place.subject as usize;
            let value = item + place.item as usize;
            (&bytes[place.start..item], &bytes[item..value], &bytes[value..value + place.value as usize])
        };
        let ((a_subject, a_item, a_value), (b_subject, b_item, b_value)) = (texts(a), texts(b));
        (a_subject.cmp(b_subject))
            .then_with(|| a_item.cmp(b_item))
            .then_with(|| b_value.cmp(a_value))
            .then_with(|| a.mark.cmp(&b.mark))
    }
}

/// The first eight bytes of a text, in its order.
fn head(text: &str) -> u64 {
    let mut bytes = [0; 8];
    let len = text.len().min(8);
    bytes[..len].copy_from_slice(&text.as_bytes()[..len]);
    u64::from_be_bytes(bytes)
}
