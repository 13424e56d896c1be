//! Lines and columns of a text at hand, found in the same time however long a line is.
//!
//! For each block of the text it is known what stands before it, so that no question reads more than a block and a
//! list of blocks. It keeps no text: every question brings the text that the index was made of.

use std::ops::Range;

/// How much of a text one entry stands for, in bytes.
const BLOCK_BYTES: usize = 4096;

/// What stands before a block.
#[derive(Clone, Copy, Debug, Default)]
struct Before {
    feeds: usize,
    chars: usize,
    /// Characters as editors count them: in UTF-16.
    units: usize,
    /// Where the last line begins that begins before the block.
    line_start: usize,
}

/// The index of one text.
#[derive(Clone, Debug)]
pub struct LineIndex {
    blocks: Vec<Before>,
}

impl LineIndex {
    /// Reads the text once.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut before = Before::default();
        let mut blocks = Vec::with_capacity(text.len() / BLOCK_BYTES + 1);
        for (number, block) in text.as_bytes().chunks(BLOCK_BYTES).enumerate() {
            blocks.push(before);
            before.feeds += feeds(block);
            before.chars += block.iter().filter(|byte| begins_char(**byte)).count();
            before.units += block.iter().map(|byte| units_of(*byte)).sum::<usize>();
            if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
                before.line_start = number * BLOCK_BYTES + at + 1;
            }
        }
        blocks.push(before);
        Self { blocks }
    }

    /// Where the line begins that this byte is in.
    #[must_use]
    pub fn line_start(&self, text: &str, at: usize) -> usize {
        let (block, begin) = self.block(at);
        let found = text.as_bytes()[begin..at].iter().rposition(|byte| *byte == b'\n');
        found.map_or(block.line_start, |feed| begin + feed + 1)
    }

    /// Where the line ends that this byte is in: at its line feed, or with the text.
    #[must_use]
    pub fn line_end(&self, text: &str, at: usize) -> usize {
        let (block, begin) = self.block(at);
        let feeds_before = block.feeds + feeds(&text.as_bytes()[begin..at]);
        // The first block that more line feeds stand before than before this byte is behind the end.
        let next = self.blocks.partition_point(|block| block.feeds <= feeds_before);
        let from = next.saturating_sub(1) * BLOCK_BYTES;
        let from = from.max(at).min(text.len());
        text.as_bytes()[from..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |feed| from + feed)
    }

    /// The line of this number, from 1, without its line feed; empty behind the last.
    #[must_use]
    pub fn line(&self, text: &str, number: u32) -> Range<usize> {
        let wanted = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        let next = self.blocks.partition_point(|block| block.feeds < wanted);
        let (mut at, mut feeds_before) = match next.checked_sub(1) {
            Some(index) => (index * BLOCK_BYTES, self.blocks[index].feeds),
            None => (0, 0),
        };
        while feeds_before < wanted {
            match text.as_bytes().get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n')) {
                Some(feed) => at += feed + 1,
                None => return text.len()..text.len(),
            }
            feeds_before += 1;
        }
        at..self.line_end(text, at)
    }

    /// How many characters stand between these bytes.
    #[must_use]
    pub fn chars(&self, text: &str, range: Range<usize>) -> usize {
        let before = |at: usize| {
            let (block, begin) = self.block(at);
            block.chars + text.as_bytes()[begin..at].iter().filter(|byte| begins_char(**byte)).count()
        };
        before(range.end) - before(range.start)
    }

    /// How many UTF-16 units the first `chars` characters of a line have, or all of them where it has fewer.
    #[must_use]
    pub fn units(&self, text: &str, line: Range<usize>, chars: usize) -> usize {
        let (block, begin) = self.block(line.start);
        let inside = &text.as_bytes()[begin..line.start];
        let chars_before = block.chars + inside.iter().filter(|byte| begins_char(**byte)).count();
        let units_before = block.units + inside.iter().map(|byte| units_of(*byte)).sum::<usize>();
        let wanted = chars_before + chars;
        // The last block that begins with no more characters before it than that, and begins in this line.
        let last = self.blocks.partition_point(|block| block.chars <= wanted).saturating_sub(1);
        let last = last.min(line.end / BLOCK_BYTES);
        let (mut counted, mut units, from) = match self.blocks.get(last) {
            Some(block) if last * BLOCK_BYTES > line.start => (block.chars, block.units, last * BLOCK_BYTES),
            Some(_) | None => (chars_before, units_before, line.start),
        };
        for byte in &text.as_bytes()[from.min(line.end)..line.end] {
            if begins_char(*byte) {
                if counted == wanted {
                    break;
                }
                counted += 1;
            }
            units += units_of(*byte);
        }
        units - units_before
    }

    fn block(&self, at: usize) -> (Before, usize) {
        let number = (at / BLOCK_BYTES).min(self.blocks.len() - 1);
        (self.blocks[number], number * BLOCK_BYTES)
    }
}

fn feeds(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

/// Whether a byte of UTF-8 is the first of a character.
const fn begins_char(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

/// The UTF-16 units of the character that a byte begins: two where it has four bytes.
const fn units_of(byte: u8) -> usize {
    if !begins_char(byte) {
        0
    } else if byte >= 0xf0 {
        2
    } else {
        1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Texts with lines that begin, end and go on at the edges of blocks.
    fn texts() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("\n".to_owned()),
            Just("a".to_owned()),
            Just("喜".to_owned()),
            Just("𠮷".to_owned()),
            (BLOCK_BYTES - 3..BLOCK_BYTES + 3).prop_map(|count| "x".repeat(count)),
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn an_index_says_what_reading_from_the_start_says(text in texts(), part in 0.0..=1.0_f64, chars in 0..9_usize) {
            let index = LineIndex::new(&text);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "any place will do")]
            let mut at = (text.len() as f64 * part) as usize;
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let start = text[..at].rfind('\n').map_or(0, |feed| feed + 1);
            let end = text[at..].find('\n').map_or(text.len(), |feed| at + feed);
            prop_assert_eq!(index.line_start(&text, at), start);
            prop_assert_eq!(index.line_end(&text, at), end);
            prop_assert_eq!(index.chars(&text, start..at), text[start..at].chars().count());
            let number = text[..at].matches('\n').count() + 1;
            prop_assert_eq!(index.line(&text, u32::try_from(number).expect("few lines")), start..end);
            let column = text[start..at].chars().count() + chars;
            let units: usize = text[start..end].chars().take(column).map(char::len_utf16).sum();
            prop_assert_eq!(index.units(&text, start..end, column), units);
        }
    }
}
