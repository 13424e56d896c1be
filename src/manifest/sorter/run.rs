//! Rows in order, packed: each says how much of each text it shares with the row before, and what comes instead.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use crate::text_rows::TextRow;

/// How much of a file is read at a time.
const BUFFER_BYTES: usize = 64 << 10;

/// The texts of one row.
#[derive(Default)]
struct Texts {
    texts: [String; 3],
    mark: u32,
}

impl Texts {
    fn row(&self) -> TextRow<'_> {
        let [subject, item, value] = &self.texts;
        TextRow { subject, item, value, mark: self.mark }
    }
}

/// Packs rows that come in order.
#[derive(Default)]
pub struct Packer {
    bytes: Vec<u8>,
    last: Texts,
}

impl Packer {
    /// Whether the row may come next.
    pub fn takes(&self, row: TextRow<'_>) -> bool {
        self.bytes.is_empty() || super::compare(self.last.row(), row).is_le()
    }

    /// Adds a row, which comes behind all others.
    pub fn push(&mut self, row: TextRow<'_>) {
        for (last, text) in self.last.texts.iter_mut().zip([row.subject, row.item, row.value]) {
            let shared = shared(last, text);
            put(&mut self.bytes, shared as u64);
            let rest = &text[shared..];
            put(&mut self.bytes, rest.len() as u64);
            self.bytes.extend_from_slice(rest.as_bytes());
            last.truncate(shared);
            last.push_str(rest);
        }
        let step = i64::from(row.mark) - i64::from(self.last.mark);
        put(&mut self.bytes, (step << 1 ^ step >> 63).cast_unsigned());
        self.last.mark = row.mark;
    }

    /// How much memory it takes.
    pub fn bytes(&self) -> usize {
        self.bytes.capacity()
    }

    /// The bytes so far, or since [`Packer::clear_written`].
    pub fn written(&self) -> &[u8] {
        &self.bytes
    }

    /// Lets go of the bytes, which somebody has kept. What comes next goes on from the last row.
    pub fn clear_written(&mut self) {
        self.bytes.clear();
    }

    /// The run, if there is a row.
    pub fn finish(mut self) -> Option<Run> {
        self.bytes.shrink_to_fit();
        (!self.bytes.is_empty()).then_some(Run { place: Place::Memory(self.bytes) })
    }
}

/// How many bytes two texts share, up to a character's start.
fn shared(a: &str, b: &str) -> usize {
    // Most rows have a text that the one before has, too.
    if a == b {
        return a.len();
    }
    let mut shared = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    while !b.is_char_boundary(shared) || !a.is_char_boundary(shared) {
        shared -= 1;
    }
    shared
}

/// A number in as few bytes as it takes, seven bits in each.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f | 0x80) as u8);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Packed rows.
pub struct Run {
    place: Place,
}

enum Place {
    Memory(Vec<u8>),
    File { file: Rc<RefCell<File>>, start: u64, len: u64 },
}

impl Run {
    /// How long it is.
    pub fn bytes(&self) -> usize {
        match &self.place {
            Place::Memory(bytes) => bytes.len(),
            Place::File { len, .. } => usize::try_from(*len).unwrap_or(usize::MAX),
        }
    }

    /// Its bytes, unless they are in a file.
    pub fn in_memory(&self) -> Option<&[u8]> {
        match &self.place {
            Place::Memory(bytes) => Some(bytes),
            Place::File { .. } => None,
        }
    }

    /// A run whose bytes are in a file.
    pub fn in_file(file: Rc<RefCell<File>>, start: u64, len: u64) -> Self {
        Self { place: Place::File { file, start, len } }
    }

    /// Reads it from its start.
    pub fn reader(&self) -> Reader<'_> {
        let bytes = match &self.place {
            Place::Memory(bytes) => Bytes { memory: bytes, at: 0, file: None },
            Place::File { file, start, len } => {
                let file =
                    FileBytes { file: file.clone(), next: *start, end: start + len, buffer: Vec::new() };
                Bytes { memory: &[], at: 0, file: Some(file) }
            }
        };
        Reader { bytes, current: Texts::default(), more: Vec::new() }
    }
}

/// A run being read.
pub struct Reader<'a> {
    bytes: Bytes<'a>,
    current: Texts,
    more: Vec<u8>,
}

impl Reader<'_> {
    /// Goes to the next row, if there is one.
    pub fn step(&mut self) -> io::Result<bool> {
        if self.bytes.is_over()? {
            return Ok(false);
        }
        for at in 0..3 {
            let shared = self.length()?;
            let len = self.length()?;
            let text = &mut self.current.texts[at];
            if !text.is_char_boundary(shared) {
                return Err(damaged());
            }
            text.truncate(shared);
            if len > 0 {
                let more = self.bytes.take(len, &mut self.more)?;
                text.push_str(std::str::from_utf8(more).map_err(|_| damaged())?);
            }
        }
        let step = self.bytes.number()?;
        let step = (step >> 1).cast_signed() ^ -(step & 1).cast_signed();
        self.current.mark = u32::try_from(i64::from(self.current.mark) + step).map_err(|_| damaged())?;
        Ok(true)
    }

    fn length(&mut self) -> io::Result<usize> {
        usize::try_from(self.bytes.number()?).map_err(|_| damaged())
    }

    /// The row at which it stands.
    pub fn row(&self) -> TextRow<'_> {
        self.current.row()
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the temporary file was changed by somebody else")
}

/// Bytes one after the other, from memory or, piece by piece, from a file.
struct Bytes<'a> {
    memory: &'a [u8],
    at: usize,
    file: Option<FileBytes>,
}

struct FileBytes {
    file: Rc<RefCell<File>>,
    next: u64,
    end: u64,
    buffer: Vec<u8>,
}

impl Bytes<'_> {
    fn piece(&self) -> &[u8] {
        self.file.as_ref().map_or(self.memory, |file| &file.buffer)
    }

    /// Whether there is no byte left.
    fn is_over(&mut self) -> io::Result<bool> {
        if self.at < self.piece().len() {
            return Ok(false);
        }
        let Some(FileBytes { file, next, end, buffer }) = &mut self.file else { return Ok(true) };
        let len = (*end - *next).min(BUFFER_BYTES as u64);
        buffer.resize(usize::try_from(len).unwrap_or(BUFFER_BYTES), 0);
        self.at = 0;
        let mut file = file.borrow_mut();
        file.seek(SeekFrom::Start(*next))?;
        file.read_exact(buffer)?;
        *next += len;
        Ok(len == 0)
    }

    /// The next number. Nearly every one takes one byte.
    #[inline]
    fn number(&mut self) -> io::Result<u64> {
        match self.piece().get(self.at) {
            Some(byte) if *byte < 0x80 => {
                let number = u64::from(*byte);
                self.at += 1;
                Ok(number)
            }
            Some(_) | None => self.long_number(),
        }
    }

    fn long_number(&mut self) -> io::Result<u64> {
        let (mut number, mut shift) = (0_u64, 0);
        loop {
            if self.is_over()? || shift > 63 {
                return Err(damaged());
            }
            let byte = self.piece()[self.at];
            self.at += 1;
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return Ok(number);
            }
        }
    }

    /// The next `len` bytes, put together in `room` where they are in two pieces.
    fn take<'t>(&'t mut self, len: usize, room: &'t mut Vec<u8>) -> io::Result<&'t [u8]> {
        let end = self.at.saturating_add(len);
        if end <= self.piece().len() {
            let start = std::mem::replace(&mut self.at, end);
            return Ok(&self.piece()[start..end]);
        }
        room.clear();
        while room.len() < len {
            if self.is_over()? {
                return Err(damaged());
            }
            let piece = self.piece();
            let to = piece.len().min(self.at + (len - room.len()));
            room.extend_from_slice(&piece[self.at..to]);
            self.at = to;
        }
        Ok(room)
    }
}
