//! Watches the quotes of a CSV file while its bytes are read, because a quote that is never closed takes every record
//! behind it into one field, and their users out of the declaration.
//!
//! It knows where quotes open and close and nothing of columns. What stands in a field is `csv.rs`'s.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read};
use std::rc::Rc;

/// The most lines of one record. Only values of devices may hold a line break, and no message has more.
pub const RECORD_LINES_MAX: u32 = 32;

/// The longest record. A record of one line of ids has a hundred bytes; without a bound a file without a line feed
/// would be read into memory.
pub const RECORD_BYTES_MAX: u64 = 1 << 20;

/// How much of the beginning of a file is kept, in bytes: enough to see what it is written in.
const HEAD_BYTES: usize = 256;

/// A byte of a file: its line from 1, and its place in that line from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The line.
    pub line: u32,
    /// The byte of the line.
    pub at: usize,
}

/// What is wrong with a quote or the length of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A quote opens here, and the file ends before it closes.
    NeverClosed(Spot),
    /// A quote opens here, and is not closed within [`RECORD_LINES_MAX`] lines.
    TooManyLines(Spot),
    /// A quote opens here and closes there, and there is text behind it instead of a comma or the end of the line.
    TextBehind(Spot, Spot),
    /// A record that begins in this line is longer than [`RECORD_BYTES_MAX`].
    TooLong(u32),
}

impl Fault {
    /// The line to look at first.
    #[must_use]
    pub const fn line(&self) -> u32 {
        match self {
            Self::NeverClosed(opened) | Self::TooManyLines(opened) | Self::TextBehind(opened, _) => {
                opened.line
            }
            Self::TooLong(line) => *line,
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::NeverClosed(_) => "this quote is never closed".to_owned(),
            Self::TooManyLines(_) => format!("this quote is not closed within {RECORD_LINES_MAX} lines"),
            Self::TextBehind(..) => "this quote closes in the middle of a field".to_owned(),
            Self::TooLong(_) => format!("this record is longer than {RECORD_BYTES_MAX} bytes"),
        }
    }
}

/// What is known while bytes pass.
#[derive(Debug, Default)]
pub struct Watched {
    /// What was found wrong: nothing is read behind it.
    pub fault: Option<Fault>,
    /// The first bytes of the file.
    pub head: Vec<u8>,
    /// How many bytes passed since the last record was taken.
    pub since_record: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A field begins.
    Begin,
    /// In a field without quotes, where a quote is a letter.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind a quote that closes, or is the first of two that stand for one.
    Closed,
}

/// The bytes of a file, up to the record in which a quote is wrong; and always with a line feed at the end.
pub struct Quotes<R> {
    bytes: R,
    watched: Rc<RefCell<Watched>>,
    state: State,
    /// The byte that comes next.
    here: Spot,
    opened: Spot,
    /// The line in which the record begins.
    record_line: u32,
    is_ended: bool,
    last: u8,
}

impl<R: Read> Quotes<R> {
    /// Watches these bytes.
    pub const fn new(bytes: R, watched: Rc<RefCell<Watched>>) -> Self {
        let begin = Spot { line: 1, at: 0 };
        Self {
            bytes,
            watched,
            state: State::Begin,
            here: begin,
            opened: begin,
            record_line: 1,
            is_ended: false,
            last: b'\n',
        }
    }

    /// Passes over bytes. On a fault gives how many of them belong to records before.
    fn pass(&mut self, bytes: &[u8]) -> Result<(), (usize, Fault)> {
        let is_open = matches!(self.state, State::Quoted | State::Closed);
        if !is_open && !bytes.contains(&b'"') {
            self.pass_plain(bytes);
            return Ok(());
        }
        let mut record = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let next = match (self.state, byte) {
                (State::Begin, b'"') => {
                    self.opened = self.here;
                    State::Quoted
                }
                (State::Quoted, b'"') => State::Closed,
                (State::Quoted, _) | (State::Closed, b'"') => State::Quoted,
                (State::Begin | State::Plain | State::Closed, b',' | b'\n') => State::Begin,
                (State::Closed, _) => {
                    let closed = Spot { at: self.here.at.saturating_sub(1), ..self.here };
                    return Err((record, Fault::TextBehind(self.opened, closed)));
                }
                (State::Begin | State::Plain, _) => State::Plain,
            };
            self.state = next;
            if *byte != b'\n' {
                self.here.at += 1;
                continue;
            }
            self.here = Spot { line: self.here.line.saturating_add(1), at: 0 };
            if next == State::Begin {
                record = at + 1;
                self.record_line = self.here.line;
            } else if self.here.line - self.opened.line >= RECORD_LINES_MAX {
                return Err((record, Fault::TooManyLines(self.opened)));
            }
        }
        Ok(())
    }

    /// The same for bytes outside of quotes that hold none: nothing can be wrong.
    fn pass_plain(&mut self, bytes: &[u8]) {
        let feeds = bytes.iter().filter(|byte| **byte == b'\n').count();
        if let Some(feed) = bytes.iter().rposition(|byte| *byte == b'\n') {
            let lines = u32::try_from(feeds).unwrap_or(u32::MAX);
            self.here = Spot { line: self.here.line.saturating_add(lines), at: bytes.len() - feed - 1 };
            self.record_line = self.here.line;
        } else {
            self.here.at += bytes.len();
        }
        self.state = match bytes.last() {
            Some(b',' | b'\n') => State::Begin,
            Some(_) => State::Plain,
            None => self.state,
        };
    }

    fn stop(&self, fault: Fault) -> io::Error {
        self.watched.borrow_mut().fault.get_or_insert(fault);
        ErrorKind::InvalidData.into()
    }
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.watched.borrow().fault.is_some() {
            return Err(ErrorKind::InvalidData.into());
        }
        if self.is_ended || buffer.is_empty() {
            return Ok(0);
        }
        if self.watched.borrow().since_record > RECORD_BYTES_MAX {
            return Err(self.stop(Fault::TooLong(self.record_line)));
        }
        let count = self.bytes.read(buffer)?;
        if count == 0 {
            self.is_ended = true;
            if self.state == State::Quoted {
                return Err(self.stop(Fault::NeverClosed(self.opened)));
            }
            if self.last == b'\n' {
                return Ok(0);
            }
            buffer[0] = b'\n';
            return Ok(1);
        }
        self.last = buffer[count - 1];
        {
            let mut watched = self.watched.borrow_mut();
            watched.since_record += count as u64;
            let wanted = HEAD_BYTES.saturating_sub(watched.head.len());
            watched.head.extend_from_slice(&buffer[..count.min(wanted)]);
        }
        match self.pass(&buffer[..count]) {
            Ok(()) => Ok(count),
            // The records before are whole, and are read; the next bytes that are asked for are none.
            Err((before, fault)) if before > 0 => {
                drop(self.stop(fault));
                Ok(before)
            }
            Err((_, fault)) => Err(self.stop(fault)),
        }
    }
}
