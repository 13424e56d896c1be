//! A file's bytes as if it had been written with plain line feeds and without a byte-order mark: a file that git
//! checks out with other line ends declares the same, and has the same digest.

use std::borrow::Cow;
use std::io::{self, Read};

const MARK: &[u8] = "\u{feff}".as_bytes();

/// The text with a line feed for every CRLF.
#[must_use]
pub fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") { text.replace("\r\n", "\n").into() } else { text.into() }
}

/// The text with a CRLF for every line feed, if that is how the lines of `like` end, for the most part.
#[must_use]
pub fn with_line_ends_of(like: &str, text: String) -> String {
    let crlf = like.matches("\r\n").count();
    let feeds = like.bytes().filter(|byte| *byte == b'\n').count();
    if crlf * 2 > feeds { text.replace('\n', "\r\n") } else { text }
}

/// Bytes without a mark at their beginning, and with a line feed for every CRLF.
pub struct LineFeeds<R> {
    bytes: R,
    is_begun: bool,
    /// A carriage return that ended a piece: what follows says whether it belongs to a line's end.
    has_return: bool,
}

impl<R: Read> LineFeeds<R> {
    /// These bytes.
    pub const fn new(bytes: R) -> Self {
        Self { bytes, is_begun: false, has_return: false }
    }

    /// Reads until there are as many bytes as a mark has, or no more.
    fn begin(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while count < MARK.len().min(buffer.len()) {
            match self.bytes.read(&mut buffer[count..])? {
                0 => break,
                more => count += more,
            }
        }
        self.is_begun = true;
        if !buffer[..count].starts_with(MARK) {
            return Ok(count);
        }
        buffer.copy_within(MARK.len()..count, 0);
        if count > MARK.len() { Ok(count - MARK.len()) } else { self.bytes.read(buffer) }
    }
}

impl<R: Read> Read for LineFeeds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Room for a return that was kept back.
        let Some(room) = buffer.len().checked_sub(1).filter(|room| *room > 0) else {
            return Err(io::Error::other("a buffer of two bytes at least is wanted"));
        };
        loop {
            let mut count = if self.is_begun {
                self.bytes.read(&mut buffer[..room])?
            } else {
                self.begin(&mut buffer[..room])?
            };
            let is_end = count == 0;
            if std::mem::take(&mut self.has_return) && buffer[..count].first() != Some(&b'\n') {
                buffer.copy_within(..count, 1);
                buffer[0] = b'\r';
                count += 1;
            }
            if !is_end && buffer[..count].last() == Some(&b'\r') {
                count -= 1;
                self.has_return = true;
            }
            count = without_returns(&mut buffer[..count]);
            if is_end || count > 0 {
                return Ok(count);
            }
        }
    }
}

/// Moves the bytes together over every return that a line feed follows; gives how many are left.
fn without_returns(bytes: &mut [u8]) -> usize {
    if !bytes.contains(&b'\r') {
        return bytes.len();
    }
    let mut to = 0;
    for at in 0..bytes.len() {
        if bytes[at] != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
            bytes[to] = bytes[at];
            to += 1;
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives a few bytes at a time, as a pipe does.
    struct Few<'a>(&'a [u8], usize);

    impl Read for Few<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(self.1).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    proptest! {
        #[test]
        fn line_ends_are_the_same_however_the_bytes_come(
            pieces in prop::collection::vec(prop::sample::select(vec!["\u{feff}", "\r", "\n", "\r\n", "a", "汉"]), 0..12),
            few in 1..5_usize,
        ) {
            let text = pieces.concat();
            let mut read = Vec::new();
            let mut bytes = LineFeeds::new(Few(text.as_bytes(), few));
            let mut buffer = [0; 5];
            loop {
                let count = bytes.read(&mut buffer).expect("bytes in memory");
                if count == 0 {
                    break;
                }
                read.extend_from_slice(&buffer[..count]);
            }
            let expected = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n");
            prop_assert_eq!(String::from_utf8(read).expect("text"), expected);
        }
    }

    #[test]
    fn a_text_keeps_the_line_ends_that_most_of_it_has() {
        assert_eq!(with_line_ends_of("a\r\nb\r\nc\n", "x\ny\n".to_owned()), "x\r\ny\r\n");
        assert_eq!(with_line_ends_of("a\r\nb\n", "x\n".to_owned()), "x\n");
        assert_eq!(with_line_ends_of("a", "x\n".to_owned()), "x\n");
        assert_eq!(with_line_feeds("a\r\nb\rc"), "a\nb\rc");
    }
}
