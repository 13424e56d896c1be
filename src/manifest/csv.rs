//! CSV with a header, record by record: never more than one record in memory.
//!
//! The only file that names the CSV reader. Which columns there are is `records.rs`'s, where the bytes come from
//! is `load.rs`'s.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// The longest record. A record of one line of ids has a hundred bytes; a megabyte means that a quote is missing,
/// and without a bound the rest of the file would be read into memory.
pub const RECORD_BYTES_MAX: u64 = 1 << 20;

/// How much is read at once.
const BUFFER_BYTES: usize = 1 << 16;

/// The records of one file.
pub struct Records<'r> {
    reader: csv::Reader<Bounded<'r>>,
    record: csv::ByteRecord,
    since_record: Rc<Cell<u64>>,
}

/// One record.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    /// The line in which it starts, from 1.
    pub line: u32,
    record: &'a csv::ByteRecord,
}

/// Why a record can not be read: where, and why in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The line in which the record starts, from 1.
    pub line: u32,
    /// The end of a sentence that begins with the record.
    pub why: String,
}

impl<'r> Records<'r> {
    /// The records of these bytes.
    #[must_use]
    pub fn new(bytes: Box<dyn Read + 'r>) -> Self {
        let since_record = Rc::new(Cell::new(0));
        let bounded = Bounded { bytes, since_record: since_record.clone(), last: b'\n' };
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            // The default also ends a record between the two bytes of a CRLF, and lines could not be counted.
            .terminator(csv::Terminator::Any(b'\n'))
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(bounded);
        Self { reader, record: csv::ByteRecord::new(), since_record }
    }

    /// The next record, the header first; empty lines are skipped.
    ///
    /// # Errors
    /// When reading fails or a record is too long; nothing can be read after that.
    pub fn read(&mut self) -> Result<Option<Line<'_>>, Broken> {
        loop {
            self.since_record.set(0);
            let start = self.reader.position().line();
            match self.reader.read_byte_record(&mut self.record) {
                Ok(true) if is_blank(&self.record) => {}
                Ok(true) => return Ok(Some(Line { line: self.line(start), record: &self.record })),
                Ok(false) => return Ok(None),
                Err(error) => return Err(Broken { line: number(start), why: words(&error) }),
            }
        }
    }

    /// The line of the record at hand. The reader only tells where it stood before any empty lines, so the start
    /// is counted back from the line feed that ended the record. A quote that is never closed ends without one.
    fn line(&self, stood: u64) -> u32 {
        let feeds: u64 = self.record.as_slice().iter().map(|byte| u64::from(*byte == b'\n')).sum();
        number(self.reader.position().line().saturating_sub(1 + feeds).max(stood))
    }
}

fn is_blank(record: &csv::ByteRecord) -> bool {
    record.len() == 1 && record.get(0) == Some(b"\r")
}

fn number(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

fn words(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Io(why) if why.kind() == io::ErrorKind::FileTooLarge => why.to_string(),
        csv::ErrorKind::Io(why) => format!("can not be read: {why}"),
        _ => error.to_string(),
    }
}

impl<'a> Line<'a> {
    /// How many fields it has.
    #[must_use]
    pub fn fields(self) -> usize {
        self.record.len()
    }

    /// A field; `None` where it is no UTF-8 text. Empty beyond the last.
    #[must_use]
    pub fn text(self, index: usize) -> Option<&'a str> {
        let mut field = self.record.get(index).unwrap_or_default();
        if index + 1 == self.record.len() {
            field = field.strip_suffix(b"\r").unwrap_or(field);
        }
        std::str::from_utf8(field).ok()
    }
}

/// Bytes that end with an error where one record would be longer than [`RECORD_BYTES_MAX`], and else always with
/// a line feed.
struct Bounded<'r> {
    bytes: Box<dyn Read + 'r>,
    since_record: Rc<Cell<u64>>,
    last: u8,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_record.get() > RECORD_BYTES_MAX {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "is longer than a megabyte: a closing quote may be missing",
            ));
        }
        let count = self.bytes.read(buffer)?;
        self.since_record.set(self.since_record.get() + count as u64);
        if count > 0 {
            self.last = buffer[count - 1];
        } else if self.last != b'\n' && !buffer.is_empty() {
            self.last = b'\n';
            buffer[0] = b'\n';
            return Ok(1);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut records = Records::new(Box::new(text.as_bytes()));
        let mut shown = Vec::new();
        loop {
            match records.read() {
                Ok(Some(line)) => {
                    let fields: Vec<&str> =
                        (0..line.fields()).map(|at| line.text(at).unwrap_or("?")).collect();
                    shown.push(format!("{}:{}", line.line, fields.join("|")));
                }
                Ok(None) => return shown.join(" "),
                Err(broken) => return format!("{} {}:{}", shown.join(" "), broken.line, broken.why),
            }
        }
    }

    #[test]
    fn records_know_their_lines() {
        assert_eq!(shown("a,b\n1,2\n3,4\n"), "1:a|b 2:1|2 3:3|4");
        assert_eq!(shown("a,b\r\n1,2\r\n3,4"), "1:a|b 2:1|2 3:3|4");
        assert_eq!(shown("\u{feff}a\n\n\nb\n\n\"c\nd\"\ne\n\n"), "1:a 4:b 6:c\nd 8:e");
        assert_eq!(shown("a\n\r\n\r\nb"), "1:a 4:b");
        assert_eq!(shown(""), "");
        assert_eq!(shown("\n\n"), "");
        assert_eq!(shown("a\nb\n\"never closed\n"), "1:a 2:b 3:never closed\n");
    }

    #[test]
    fn a_record_without_an_end_is_not_read_into_memory() {
        let text = format!("a\n\"{}", "x\n".repeat(2_000_000));
        assert_eq!(shown(&text), "1:a 2:is longer than a megabyte: a closing quote may be missing");
    }
}
