//! Rows in the order of their texts, however many there are: an external merge sort with a budget of memory.
//!
//! Rows are collected in chunks. A full chunk is sorted and packed into a run, in which a text that a row shares with
//! the one before costs a byte; when chunks and runs together reach the budget the runs go to a temporary file. Rows
//! that come in order are packed as they come. The file has no name, so it is gone with the process, whatever ends it.
//!
//! The order is that of the bytes of subject and item. Of rows with the same key the one with the greatest value comes
//! first: `set` before `members`.

mod chunk;
mod run;
mod spill;

use std::cmp::Ordering;
use std::io;

use crate::text_rows::TextRow;

use chunk::Chunk;
use run::{Packer, Reader, Run};
use spill::Spill;

/// How much memory rows may take before they go to a file, in bytes.
pub const SORT_BYTES_MAX: usize = 96 << 20;

/// A chunk is sorted at this part of the budget: a larger one takes longer than its share, a smaller one makes more
/// runs.
const CHUNKS_OF_BUDGET: usize = 8;

/// The order of rows in a stream.
fn compare(a: TextRow<'_>, b: TextRow<'_>) -> Ordering {
    (a.key().cmp(&b.key())).then_with(|| b.value.cmp(a.value)).then_with(|| a.mark.cmp(&b.mark))
}

/// Takes rows of several streams, in any order.
pub struct Sorter {
    streams: Vec<Stream>,
    budget: usize,
    spill: Spill,
}

/// The rows of one stream so far.
struct Stream {
    rows: u64,
    runs: Vec<Run>,
    open: Open,
}

/// The rows that are in no run yet.
enum Open {
    /// They came in order.
    Ordered(Packer),
    /// They did not.
    Mixed(Chunk),
}

impl Stream {
    fn new() -> Self {
        Self { rows: 0, runs: Vec::new(), open: Open::Ordered(Packer::default()) }
    }

    fn open_bytes(&self) -> usize {
        match &self.open {
            Open::Ordered(packer) => packer.bytes(),
            Open::Mixed(chunk) => chunk.bytes(),
        }
    }

    /// Adds a row and gives how many bytes more are taken.
    fn push(&mut self, row: TextRow<'_>, chunk_bytes: usize) -> usize {
        let before = self.open_bytes();
        self.rows += 1;
        match &mut self.open {
            Open::Ordered(packer) if packer.takes(row) => packer.push(row),
            Open::Ordered(_) => {
                let started = self.close();
                let mut chunk = Chunk::default();
                chunk.push(row);
                self.open = Open::Mixed(chunk);
                return (started + self.open_bytes()).saturating_sub(before);
            }
            Open::Mixed(chunk) => {
                chunk.push(row);
                if chunk.bytes() >= chunk_bytes {
                    let packed = self.close();
                    return packed.saturating_sub(before);
                }
            }
        }
        self.open_bytes().saturating_sub(before)
    }

    /// Makes a run of the open rows and gives its size.
    fn close(&mut self) -> usize {
        let packer = match std::mem::replace(&mut self.open, Open::Ordered(Packer::default())) {
            Open::Ordered(packer) => packer,
            Open::Mixed(chunk) => chunk.pack(),
        };
        let Some(run) = packer.finish() else { return 0 };
        let bytes = run.bytes();
        self.runs.push(run);
        bytes
    }
}

/// Reads runs as one stream.
fn read(runs: &[Run]) -> io::Result<Rows<'_>> {
    let mut readers = Vec::with_capacity(runs.len());
    for run in runs {
        let mut reader = run.reader();
        if reader.step()? {
            readers.push(reader);
        }
    }
    Ok(Rows::of(readers))
}

impl Sorter {
    /// None yet, for so many streams, with a budget of so many bytes for all of them together.
    #[must_use]
    pub fn new(streams: usize, budget: usize) -> Self {
        Self { streams: (0..streams).map(|_| Stream::new()).collect(), budget, spill: Spill::default() }
    }

    /// Adds a row to a stream. What goes wrong with the temporary file is given by [`Sorter::finish`].
    pub fn push(&mut self, stream: usize, row: TextRow<'_>) {
        let chunk_bytes = self.budget / CHUNKS_OF_BUDGET;
        let grown = self.streams[stream].push(row, chunk_bytes);
        // Growing is rare: a stream's room doubles.
        if grown > 0 && self.bytes() > self.budget {
            self.spill();
        }
    }

    /// How many rows a stream has.
    #[must_use]
    pub fn len(&self, stream: usize) -> u64 {
        self.streams[stream].rows
    }

    fn bytes(&self) -> usize {
        let of = |stream: &Stream| {
            stream.open_bytes()
                + stream.runs.iter().map(|run| run.in_memory().map_or(0, <[u8]>::len)).sum::<usize>()
        };
        self.streams.iter().map(of).sum()
    }

    /// Sorts what is open, and puts every run into the file.
    fn spill(&mut self) {
        for stream in &mut self.streams {
            stream.close();
            if self.spill.failed.is_some() {
                // What cannot be kept is let go: the error is all that comes of it.
                stream.runs.clear();
                continue;
            }
            for run in &mut stream.runs {
                if let Err(error) = self.spill.take(run) {
                    self.spill.failed = Some(error);
                    break;
                }
            }
        }
    }

    /// Sorts the rest.
    ///
    /// # Errors
    /// The temporary file could not be made or written.
    pub fn finish(mut self) -> io::Result<Sorted> {
        if let Some(error) = self.spill.failed {
            return Err(error);
        }
        for stream in &mut self.streams {
            stream.close();
            if stream.runs.len() > 1 {
                let run = self.spill.merge(&stream.runs)?;
                stream.runs = run.into_iter().collect();
            }
        }
        let lens = self.streams.iter().map(|stream| stream.rows).collect();
        Ok(Sorted { streams: self.streams.into_iter().map(|stream| stream.runs).collect(), lens })
    }
}

/// Streams of rows in order, to be read as often as is wanted.
#[derive(Default)]
pub struct Sorted {
    streams: Vec<Vec<Run>>,
    lens: Vec<u64>,
}

impl Sorted {
    /// How many rows a stream has.
    #[must_use]
    pub fn len(&self, stream: usize) -> u64 {
        self.lens.get(stream).copied().unwrap_or(0)
    }

    /// Whether anything went to the temporary file.
    #[must_use]
    pub fn has_spilled(&self) -> bool {
        self.streams.iter().flatten().any(|run| run.in_memory().is_none())
    }

    /// A stream from its start.
    ///
    /// # Errors
    /// The temporary file cannot be read.
    pub fn read(&self, stream: usize) -> io::Result<Rows<'_>> {
        read(self.streams.get(stream).map_or(&[][..], Vec::as_slice))
    }
}

/// One stream, row by row.
pub struct Rows<'a> {
    /// A heap by the row at which each stands, the least first.
    readers: Vec<Reader<'a>>,
    has_begun: bool,
}

impl<'a> Rows<'a> {
    fn of(readers: Vec<Reader<'a>>) -> Self {
        let mut rows = Self { readers, has_begun: false };
        for at in (0..rows.readers.len() / 2).rev() {
            rows.sink(at);
        }
        rows
    }

    /// Goes to the next row; the first call goes to the first.
    ///
    /// # Errors
    /// The temporary file cannot be read.
    pub fn step(&mut self) -> io::Result<bool> {
        if !std::mem::replace(&mut self.has_begun, true) {
            return Ok(!self.readers.is_empty());
        }
        let Some(least) = self.readers.first_mut() else { return Ok(false) };
        if !least.step()? {
            self.readers.swap_remove(0);
        }
        self.sink(0);
        Ok(!self.readers.is_empty())
    }

    /// The row at which it stands: nothing before the first step and behind the last row.
    #[must_use]
    pub fn row(&self) -> Option<TextRow<'_>> {
        self.readers.first().filter(|_| self.has_begun).map(Reader::row)
    }

    fn sink(&mut self, mut at: usize) {
        loop {
            let mut least = at;
            for child in [2 * at + 1, 2 * at + 2] {
                if child < self.readers.len()
                    && compare(self.readers[child].row(), self.readers[least].row()).is_lt()
                {
                    least = child;
                }
            }
            if least == at {
                return;
            }
            self.readers.swap(at, least);
            at = least;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(rows: &[(u8, String, String, String, u32)], budget: usize) -> Sorted {
        let mut sorter = Sorter::new(2, budget);
        for (stream, subject, item, value, mark) in rows {
            sorter.push(usize::from(*stream), TextRow { subject, item, value, mark: *mark });
        }
        sorter.finish().expect("a temporary file")
    }

    type Owned = (String, String, String, u32);

    fn read(sorted: &Sorted, stream: usize) -> Vec<Owned> {
        let mut rows = sorted.read(stream).expect("the file");
        let mut found = Vec::new();
        while rows.step().expect("the file") {
            let row = rows.row().expect("a row");
            found.push((row.subject.to_owned(), row.item.to_owned(), row.value.to_owned(), row.mark));
        }
        assert!(rows.row().is_none());
        assert_eq!(found.len() as u64, sorted.len(stream));
        found
    }

    fn expected(rows: &[(u8, String, String, String, u32)], stream: u8) -> Vec<Owned> {
        let of = rows.iter().filter(|row| row.0 == stream);
        let mut of: Vec<Owned> = of.map(|row| (row.1.clone(), row.2.clone(), row.3.clone(), row.4)).collect();
        of.sort_by(|a, b| (&a.0, &a.1, &b.2, a.3).cmp(&(&b.0, &b.1, &a.2, b.3)));
        of
    }

    proptest::proptest! {
        /// Whatever comes, in whatever order: every row comes out once, in order, and the budget only decides whether a
        /// file is used.
        #[test]
        fn rows_come_out_in_order_whatever_the_budget(
            rows in proptest::collection::vec((0..2_u8, "[ab张]{0,3}", "[a城]{0,2}", "(set|members|)", 0..1_000_u32), 0..300),
            budget in proptest::sample::select(vec![0_usize, 64, 1_000, 1 << 20]),
        ) {
            let sorted = sorted(&rows, budget);
            for stream in [0, 1] {
                // Twice: a stream is read as often as is wanted.
                for _ in 0..2 {
                    proptest::prop_assert_eq!(read(&sorted, usize::from(stream)), expected(&rows, stream));
                }
            }
            if budget < 1_000 && rows.len() > 60 {
                proptest::prop_assert!(sorted.has_spilled());
            }
        }
    }

    #[test]
    fn rows_in_order_are_packed_as_they_come_and_take_little() {
        let rows: Vec<_> = (0..100_000_u32)
            .map(|n| (0, format!("user{:08}", n / 4), format!("tag{}", n % 4), "set".to_owned(), n))
            .collect();
        let sorted = sorted(&rows, 4 << 20);
        assert!(!sorted.has_spilled());
        assert_eq!(sorted.streams[0].len(), 1);
        let bytes: usize = sorted.streams[0].iter().map(Run::bytes).sum();
        assert!(bytes < rows.len() * 12, "{bytes} bytes for {} rows", rows.len());
        assert_eq!(read(&sorted, 0).len(), rows.len());
    }

    #[test]
    fn a_large_stream_in_no_order_goes_to_a_file_and_is_merged_there() {
        let rows: Vec<_> = (0..50_000_u32)
            .map(|n| {
                let id = n.wrapping_mul(2_654_435_761);
                (1, format!("{id:010}"), String::new(), format!("alias{id}"), n)
            })
            .collect();
        let sorted = sorted(&rows, 1 << 20);
        assert!(sorted.has_spilled());
        assert_eq!(sorted.streams[1].len(), 1, "runs are merged once");
        assert_eq!(read(&sorted, 1), expected(&rows, 1));
        assert!(read(&sorted, 0).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_temporary_file_on_a_full_disk_fails_the_whole() {
        let mut sorter = Sorter::new(1, 64);
        let full = std::fs::File::options().write(true).open("/dev/full").expect("a disk that is full");
        sorter.spill.file = Some(std::rc::Rc::new(std::cell::RefCell::new(full)));
        for mark in 0..10_000 {
            sorter.push(0, TextRow { subject: "u1", item: "vip", value: "set", mark });
        }
        let failed = sorter.finish().err().expect("a failure");
        assert_eq!(failed.kind(), io::ErrorKind::StorageFull, "{failed}");
    }
}
