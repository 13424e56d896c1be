//! CSV with a header, record by record: never more than one record in memory.
//!
//! The only file that names the CSV reader. Which columns there are is `records.rs`'s, where the bytes come from
//! is `load.rs`'s, and where quotes are wrong `quotes.rs` says: the reader itself takes every order of quotes.

use std::cell::RefCell;
use std::io::Read;
use std::rc::Rc;

use super::quotes::{Fault, Quotes, Watched};

/// How much is read at once.
const BUFFER_BYTES: usize = 1 << 16;

/// The records of one file.
pub struct Records<'r> {
    reader: csv::Reader<Quotes<Box<dyn Read + 'r>>>,
    record: csv::ByteRecord,
    watched: Rc<RefCell<Watched>>,
}

/// One record.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    /// The line in which it starts, from 1.
    pub line: u32,
    record: &'a csv::ByteRecord,
}

/// What stands between two commas of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it says.
    pub text: String,
    /// What of a field it is.
    pub part: Part,
}

/// What of a field a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of one without line breaks.
    Whole,
    /// Some of one with line breaks.
    Within,
    /// The end of one with line breaks, where its quote closes.
    End,
}

/// Why a record cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The file has a fault.
    Fault(Fault),
    /// The system does not give more bytes: the line in which the record starts, and why.
    Unreadable(u32, String),
}

impl Broken {
    /// The line to look at first.
    #[must_use]
    pub const fn line(&self) -> u32 {
        match self {
            Self::Fault(fault) => fault.line(),
            Self::Unreadable(line, _) => *line,
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::Fault(fault) => fault.summary(),
            Self::Unreadable(_, why) => format!("this record cannot be read: {why}"),
        }
    }
}

impl<'r> Records<'r> {
    /// The records of these bytes, whose lines end with line feeds.
    #[must_use]
    pub fn new(bytes: Box<dyn Read + 'r>) -> Self {
        let watched = Rc::new(RefCell::new(Watched::default()));
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(csv::Terminator::Any(b'\n'))
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(Quotes::new(bytes, watched.clone()));
        Self { reader, record: csv::ByteRecord::new(), watched }
    }

    /// The next record, the header first; empty lines are skipped.
    ///
    /// # Errors
    /// When reading fails, a quote is wrong or a record is too long; nothing can be read after that.
    pub fn read(&mut self) -> Result<Option<Line<'_>>, Broken> {
        self.watched.borrow_mut().since_record = 0;
        let start = self.reader.position().line();
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => Ok(Some(Line { line: self.line(start), record: &self.record })),
            Ok(false) => Ok(None),
            Err(error) => Err(match self.watched.borrow().fault.clone() {
                Some(fault) => Broken::Fault(fault),
                None => Broken::Unreadable(number(start), error.to_string()),
            }),
        }
    }

    /// The first bytes of the file, as far as it was read.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        self.watched.borrow().head.clone()
    }

    /// The line of the record at hand. The reader only tells where it stood before any empty lines, so the start
    /// is counted back from the line feed that ended the record.
    fn line(&self, stood: u64) -> u32 {
        let feeds: u64 = self.record.as_slice().iter().map(|byte| u64::from(*byte == b'\n')).sum();
        number(self.reader.position().line().saturating_sub(1 + feeds).max(stood))
    }
}

fn number(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
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
        std::str::from_utf8(self.record.get(index).unwrap_or_default()).ok()
    }

    /// All bytes of its fields.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.record.as_slice()
    }

    /// The lines of a record over several lines, except the one in which field `own` begins: each with its number and
    /// its pieces, as somebody reads them who sees no quotes around a line break. A carriage return alone breaks a
    /// line, too: many a program takes it for an end.
    #[must_use]
    pub fn lines_beside(self, own: usize) -> Vec<(u32, Vec<Piece>)> {
        let breaks = ['\n', '\r'];
        if !self.bytes().iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            return Vec::new();
        }
        let cut = |text: &str| -> Vec<Piece> {
            text.split(',').map(|piece| Piece { text: piece.to_owned(), part: Part::Within }).collect()
        };
        let (mut lines, mut own_line) = (Vec::new(), 0);
        let (mut number, mut pieces) = (self.line, Vec::new());
        for (at, field) in self.record.iter().map(String::from_utf8_lossy).enumerate() {
            if at == own {
                own_line = lines.len();
            }
            if !field.contains(breaks) {
                pieces.push(Piece { text: field.into_owned(), part: Part::Whole });
                continue;
            }
            let mut rest = &*field;
            while let Some(end) = rest.find(breaks) {
                pieces.extend(cut(&rest[..end]));
                lines.push((number, std::mem::take(&mut pieces)));
                number += u32::from(rest[end..].starts_with('\n'));
                rest = &rest[end + 1..];
            }
            pieces.extend(cut(rest));
            if let Some(end) = pieces.last_mut() {
                end.part = Part::End;
            }
        }
        lines.push((number, pieces));
        lines.remove(own_line);
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::super::line_ends::LineFeeds;
    use super::super::quotes::{RECORD_LINES_MAX, Spot};
    use super::*;

    fn shown(text: &str) -> String {
        let mut records = Records::new(Box::new(LineFeeds::new(text.as_bytes())));
        let mut shown = Vec::new();
        loop {
            match records.read() {
                Ok(Some(line)) => {
                    let fields: Vec<&str> =
                        (0..line.fields()).map(|at| line.text(at).unwrap_or("?")).collect();
                    shown.push(format!("{}:{}", line.line, fields.join("|")));
                }
                Ok(None) => return shown.join(" "),
                Err(Broken::Unreadable(line, why)) => return format!("{} {line}:{why}", shown.join(" ")),
                Err(Broken::Fault(fault)) => return format!("{} {}", shown.join(" "), named(&fault)),
            }
        }
    }

    fn named(fault: &Fault) -> String {
        let spot = |spot: &Spot| format!("{}:{}", spot.line, spot.at);
        match fault {
            Fault::NeverClosed(opened) => format!("never closed {}", spot(opened)),
            Fault::TooManyLines(opened) => format!("too many lines {}", spot(opened)),
            Fault::TextBehind(opened, closed) => format!("text behind {} {}", spot(opened), spot(closed)),
            Fault::TooLong(line) => format!("too long {line}"),
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
    }

    #[test]
    fn a_quote_closes_where_its_field_ends() {
        assert_eq!(shown("a,b\n\"1\",\"2\"\n\"3,4\",\"5 \"\"6\"\"\"\n"), "1:a|b 2:1|2 3:3,4|5 \"6\"");
        assert_eq!(shown("a\n\"\"\n\"\"\"\"\n"), "1:a 2: 3:\"");
        assert_eq!(shown("\u{feff}\"a\"\r\n\"1\r\n2\"\r\n"), "1:a 2:1\n2");
        assert_eq!(shown("a\n75\" TV\n it\"s\n"), "1:a 2:75\" TV 3: it\"s");
    }

    #[test]
    fn a_quote_that_takes_in_what_stands_behind_it_is_refused_where_it_opens() {
        assert_eq!(shown("a\nb\n\"never closed\n"), "1:a 2:b never closed 3:0");
        assert_eq!(shown("a,b\n1,\"75 inch\n2,x\n3,y\n"), "1:a|b never closed 2:2");
        assert_eq!(shown("a,b\n1,\"75 inch\n2,\"80 inch\n"), "1:a|b text behind 2:2 3:2");
        assert_eq!(shown("a,b\n1,\"75\" inch\n"), "1:a|b text behind 2:2 2:5");
        assert_eq!(shown("a,b\n\"1\" ,2\n"), "1:a|b text behind 2:0 2:2");
        assert_eq!(shown("a\n\"b\"c\"\n"), "1:a text behind 2:0 2:2");
        assert_eq!(shown("a\n\"b\"\"\n"), "1:a never closed 2:0");
        let lines = |count: u32| format!("a\n\"{}x\"\nb\n", "x\n".repeat(count as usize - 1));
        assert!(shown(&lines(RECORD_LINES_MAX)).ends_with(&format!(" {}:b", RECORD_LINES_MAX + 2)));
        assert_eq!(shown(&lines(RECORD_LINES_MAX + 1)), "1:a too many lines 2:0");
    }

    #[test]
    fn a_record_without_an_end_is_not_read_into_memory() {
        let text = format!("a\n{}", "x".repeat(4_000_000));
        assert_eq!(shown(&text), "1:a too long 2");
        let text = format!("a\n\"{}", "x".repeat(4_000_000));
        assert_eq!(shown(&text), "1:a too long 2");
    }

    #[test]
    fn quotes_are_watched_however_the_bytes_come() {
        struct One<'a>(&'a [u8]);
        impl Read for One<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let count = self.0.len().min(1);
                buffer[..count].copy_from_slice(&self.0[..count]);
                self.0 = &self.0[count..];
                Ok(count)
            }
        }
        for text in
            ["a,b\n1,\"75 inch\n2,x\n", "a,b\n\"1\",\"2\"\"\"\n3,4\n", "a,b\n1,\"75\" inch\n", "a\n\"b\"\"\n"]
        {
            let read = |mut bytes: Quotes<Box<dyn Read + '_>>, watched: &RefCell<Watched>| {
                let mut all = Vec::new();
                drop(bytes.read_to_end(&mut all));
                watched.borrow().fault.clone()
            };
            let watched = Rc::new(RefCell::new(Watched::default()));
            let once = read(Quotes::new(Box::new(text.as_bytes()), watched.clone()), &watched);
            let watched = Rc::new(RefCell::new(Watched::default()));
            let bit_by_bit = read(Quotes::new(Box::new(One(text.as_bytes())), watched.clone()), &watched);
            assert_eq!(once, bit_by_bit, "{text:?}");
        }
    }
}
