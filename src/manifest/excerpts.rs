//! The lines around lines of a file, in one pass and without keeping the rest.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};

use super::source::{Excerpt, LINES_AROUND};

/// The longest piece of a line that is kept: a flow list of two thousand users.
const LINE_BYTES_MAX: usize = 1 << 16;

/// The most that is kept of one file, for a thousand problems in lines of the longest sort.
const KEPT_BYTES_MAX: usize = 64 << 20;

/// The lines around each of these lines, which are ascending; empty where reading fails before them.
pub fn around(bytes: impl Read, lines: &[u32]) -> Vec<Excerpt> {
    let mut kept = Kept::default();
    let mut reader = BufReader::with_capacity(1 << 16, bytes);
    let reach = u32::try_from(LINES_AROUND).unwrap_or(u32::MAX);
    let mut wanted = lines;
    let mut number = 1_u32;
    while let Some(next) = wanted.first() {
        if next.saturating_add(reach) < number {
            wanted = &wanted[1..];
            continue;
        }
        let is_near = number.saturating_add(reach) >= *next;
        match read_line(&mut reader, if is_near { LINE_BYTES_MAX } else { 0 }) {
            Some(line) if is_near => kept.keep(number, line),
            Some(_) => {}
            None => break,
        }
        number = number.saturating_add(1);
    }
    lines.iter().map(|line| kept.around(*line, reach)).collect()
}

#[derive(Default)]
struct Kept {
    lines: BTreeMap<u32, String>,
    bytes: usize,
}

impl Kept {
    fn keep(&mut self, number: u32, mut line: String) {
        if number == 1 && line.starts_with('\u{feff}') {
            line.drain(..'\u{feff}'.len_utf8());
        }
        self.bytes += line.len();
        if self.bytes <= KEPT_BYTES_MAX {
            self.lines.insert(number, line);
        }
    }

    fn around(&self, line: u32, reach: u32) -> Excerpt {
        let first = line.saturating_sub(reach).max(1);
        let mut excerpt = Excerpt { first_line: first, lines: Vec::new() };
        for number in first..=line.saturating_add(reach) {
            match self.lines.get(&number) {
                Some(text) => excerpt.lines.push(text.clone()),
                None if number <= line => return Excerpt::default(),
                None => break,
            }
        }
        excerpt
    }
}

/// The next line, at most `keep` bytes of it, without its end; `None` at the end of the file.
fn read_line(reader: &mut impl BufRead, keep: usize) -> Option<String> {
    let mut line = Vec::new();
    let mut is_any = false;
    loop {
        let buffer = reader.fill_buf().ok()?;
        if buffer.is_empty() {
            break;
        }
        is_any = true;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let piece = &buffer[..end.unwrap_or(buffer.len())];
        line.extend_from_slice(&piece[..piece.len().min(keep - line.len())]);
        let used = end.map_or(buffer.len(), |end| end + 1);
        reader.consume(used);
        if end.is_some() {
            break;
        }
    }
    let text = String::from_utf8_lossy(&line);
    is_any.then(|| text.trim_end_matches('\r').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_with_their_neighbours() {
        let text = "\u{feff}1\r\n2\n3\n4\n5\n6\n7\n8";
        let shown: Vec<String> = around(text.as_bytes(), &[1, 2, 7, 8, 9])
            .into_iter()
            .map(|excerpt| format!("{}:{}", excerpt.first_line, excerpt.lines.join(",")))
            .collect();
        assert_eq!(shown, ["1:1,2,3", "1:1,2,3,4", "5:5,6,7,8", "6:6,7,8", "0:"]);
    }
}
