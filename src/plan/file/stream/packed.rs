//! The bytes of a saved plan: one zstd frame, and behind it a frame that zstd passes over, with a digest of the first.
//!
//! ```text
//! 28 b5 2f fd …                                        the lines
//! 50 2a 4d 18   20 00 00 00   32 bytes of BLAKE3       the digest of every byte before it
//! ```
//!
//! A file is read once and from front to end, so that a pipe will do. Nothing of it is believed before its digest
//! was seen to fit; memory holds one line of it. It is the only file that names zstd.

use std::io::{self, BufRead, BufReader, Read, Write};

use zstd::stream::read::Decoder;
use zstd::stream::write::Encoder;

use super::LINE_BYTES_MAX;

/// What a zstd frame begins with.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// What the frame with the digest begins with: a skippable frame of 32 bytes.
const DIGEST_HEAD: [u8; 8] = [0x50, 0x2a, 0x4d, 0x18, 32, 0, 0, 0];
/// How long that frame is.
const TAIL: usize = DIGEST_HEAD.len() + blake3::OUT_LEN;
/// How hard it is tried to make it small. Ids do not get smaller, and on numbers in one order higher levels win nothing.
const LEVEL: i32 = 1;
/// How far back a frame may refer, as a power of two: what a reader has to remember. Level 1 needs 19.
const WINDOW_LOG_MAX: u32 = 23;
/// How many times its size a file may unpack to beyond [`UNPACKED_FREE`]: no plan comes near it, a bomb passes it.
const UNPACKED_RATIO_MAX: u64 = 2_000;
/// What any file may unpack to, in bytes.
const UNPACKED_FREE: u64 = 64 << 20;
/// How much is read at once.
const CHUNK: usize = 128 << 10;

/// Whether a file that begins with these bytes (at least four of them, or all that there are) is such a plan, be it
/// cut short.
#[must_use]
pub fn begins_packed(head: &[u8]) -> bool {
    let both = head.len().min(MAGIC.len());
    head[..both] == MAGIC[..both]
}

/// Whether a whole file ends as such a plan does, whatever it begins with.
#[must_use]
pub fn ends_packed(bytes: &[u8]) -> bool {
    bytes.len().checked_sub(TAIL).is_some_and(|at| bytes[at..].starts_with(&DIGEST_HEAD))
}

/// Packs lines.
pub(super) struct Packer<'a> {
    encoder: Encoder<'static, Digested<'a>>,
    unpacked: u64,
}

impl<'a> Packer<'a> {
    pub fn new(out: &'a mut dyn Write) -> io::Result<Self> {
        let mut encoder = Encoder::new(Digested { out, hasher: blake3::Hasher::new(), count: 0 }, LEVEL)?;
        encoder.include_checksum(true)?;
        Ok(Self { encoder, unpacked: 0 })
    }

    /// Writes whole lines.
    pub fn lines(&mut self, lines: &[u8]) -> io::Result<()> {
        self.unpacked += lines.len() as u64;
        self.encoder.write_all(lines)
    }

    /// Writes what is left, and the digest.
    pub fn finish(self) -> io::Result<()> {
        let Digested { out, hasher, count } = self.encoder.finish()?;
        if self.unpacked > unpacked_max(count) {
            return Err(io::Error::other("a plan of so many equal rows cannot be saved"));
        }
        out.write_all(&DIGEST_HEAD)?;
        out.write_all(hasher.finalize().as_bytes())
    }
}

const fn unpacked_max(packed: u64) -> u64 {
    packed.saturating_mul(UNPACKED_RATIO_MAX).saturating_add(UNPACKED_FREE)
}

/// Digests and counts what is written.
struct Digested<'a> {
    out: &'a mut dyn Write,
    hasher: blake3::Hasher,
    count: u64,
}

impl Write for Digested<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Unpacks lines.
pub(super) struct Unpacker<'a> {
    lines: BufReader<Decoder<'static, Body<'a>>>,
    line: Vec<u8>,
    unpacked: u64,
}

impl<'a> Unpacker<'a> {
    pub fn new(from: &'a mut dyn Read) -> io::Result<Self> {
        let mut decoder = Decoder::with_buffer(Body::new(from))?.single_frame();
        decoder.window_log_max(WINDOW_LOG_MAX)?;
        Ok(Self { lines: BufReader::with_capacity(CHUNK, decoder), line: Vec::new(), unpacked: 0 })
    }

    /// The next line without its end; nothing behind the last.
    pub fn line(&mut self) -> Result<Option<&str>, String> {
        self.line.clear();
        let mut limited = (&mut self.lines).take(LINE_BYTES_MAX as u64 + 1);
        let read = limited.read_until(b'\n', &mut self.line);
        let read = read.map_err(|why| format!("it cannot be unpacked: {why}"))?;
        self.unpacked += read as u64;
        if self.unpacked > unpacked_max(self.lines.get_ref().get_ref().passed) {
            return Err("it unpacks to more than any plan".to_owned());
        }
        if read == 0 {
            return Ok(None);
        }
        if self.line.pop() != Some(b'\n') {
            return Err(
                if read > LINE_BYTES_MAX { "a line is too long" } else { "a line has no end" }.to_owned()
            );
        }
        std::str::from_utf8(&self.line).map(Some).map_err(|_| "a line is no UTF-8 text".to_owned())
    }

    /// Whether nothing stands between the last line and the digest.
    pub fn is_at_end(&mut self) -> Result<bool, String> {
        let rest = self.lines.get_mut().get_mut().fill_buf();
        rest.map(<[u8]>::is_empty).map_err(|why| format!("it cannot be read: {why}"))
    }

    /// Reads whatever is left, and holds the digest against all of it.
    pub fn finish(self) -> Result<(), String> {
        let mut body = self.lines.into_inner().finish();
        body.drain().map_err(|why| format!("it cannot be read: {why}"))?;
        let Some(digest) = body.tail().strip_prefix(&DIGEST_HEAD) else {
            return Err("it is cut short, or something was added to its end".to_owned());
        };
        if digest != body.hasher.finalize().as_bytes().as_slice() {
            return Err("its digest does not fit; somebody or something has changed it".to_owned());
        }
        Ok(())
    }
}

/// Every byte but those of the last frame, which are held back; digests what it gives.
struct Body<'a> {
    from: &'a mut dyn Read,
    buffer: Vec<u8>,
    start: usize,
    hasher: blake3::Hasher,
    passed: u64,
}

impl<'a> Body<'a> {
    fn new(from: &'a mut dyn Read) -> Self {
        let buffer = Vec::with_capacity(CHUNK + TAIL);
        Self { from, buffer, start: 0, hasher: blake3::Hasher::new(), passed: 0 }
    }

    /// Passes over all that is left.
    fn drain(&mut self) -> io::Result<()> {
        loop {
            let length = self.fill_buf()?.len();
            if length == 0 {
                return Ok(());
            }
            self.consume(length);
        }
    }

    /// What was held back, once everything else was read.
    fn tail(&self) -> &[u8] {
        &self.buffer[self.start..]
    }
}

impl BufRead for Body<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.buffer.len() - self.start <= TAIL {
            self.buffer.drain(..self.start);
            self.start = 0;
            let room = (CHUNK + TAIL - self.buffer.len()) as u64;
            (&mut *self.from).take(room).read_to_end(&mut self.buffer)?;
        }
        let end = self.buffer.len().saturating_sub(TAIL).max(self.start);
        Ok(&self.buffer[self.start..end])
    }

    fn consume(&mut self, amount: usize) {
        let end = self.start + amount;
        self.hasher.update(&self.buffer[self.start..end]);
        self.passed += amount as u64;
        self.start = end;
    }
}

impl Read for Body<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = {
            let bytes = self.fill_buf()?;
            let length = bytes.len().min(out.len());
            out[..length].copy_from_slice(&bytes[..length]);
            length
        };
        self.consume(length);
        Ok(length)
    }
}
