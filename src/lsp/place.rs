//! Places as editors count them: lines from 0, columns in UTF-16 units; and files as URIs.

use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

use crate::manifest::line_index::LineIndex;
use crate::problem::Place;

/// What stands for itself in the path of a URI.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The URI of an absolute path.
#[must_use]
pub fn uri_of(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let slash = if text.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{}", utf8_percent_encode(&text, PATH))
}

/// The path of a URI of a file on this machine.
#[must_use]
pub fn path_of(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let path = percent_decode_str(&rest[rest.find('/')?..]).decode_utf8().ok()?.into_owned();
    // `/C:/x` is a path of Windows.
    let is_drive = path.as_bytes().get(2) == Some(&b':');
    Some(PathBuf::from(if is_drive { &path[1..] } else { &path }))
}

/// A place's range; the text of its file, where it is at hand, says how wide its characters are.
#[must_use]
pub fn range(place: &Place, text: Option<Lines<'_>>) -> Value {
    let position = |line: u32, column: u32| {
        let chars = usize::try_from(column.saturating_sub(1)).unwrap_or(0);
        let units =
            text.map_or(chars, |Lines { text, index }| index.units(text, index.line(text, line), chars));
        json!({"line": line.saturating_sub(1), "character": units})
    };
    json!({
        "start": position(place.line, place.column),
        "end": position(place.end_line, place.end_column),
    })
}

/// A text and its index.
#[derive(Clone, Copy)]
pub struct Lines<'a> {
    /// The text.
    pub text: &'a str,
    /// Where its lines are.
    pub index: &'a LineIndex,
}

/// The byte of a line that an editor's column means; its end where the line is shorter.
#[must_use]
pub fn byte_of(line: &str, character: usize) -> usize {
    let mut units = 0;
    for (at, c) in line.char_indices() {
        if units >= character {
            return at;
        }
        units += c.len_utf16();
    }
    line.len()
}

/// An editor's column of a byte of a line.
#[must_use]
pub fn character_of(line: &str, byte: usize) -> usize {
    line[..byte].chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_comes_back_from_its_uri() {
        for path in ["/a b/喜爱%/x.yaml", "/plain.yaml", "/a#b?c.yaml"] {
            let uri = uri_of(Path::new(path));
            assert!(uri.is_ascii() && !uri.contains([' ', '#', '?']), "{uri}");
            assert_eq!(path_of(&uri).as_deref(), Some(Path::new(path)));
        }
        assert_eq!(path_of("file:///c%3A/x.yaml"), Some(PathBuf::from("c:/x.yaml")));
        assert_eq!(path_of("untitled:1"), None);
    }

    #[test]
    fn columns_count_what_editors_count() {
        let line = "a𠮷喜b";
        assert_eq!((byte_of(line, 3), byte_of(line, 4), byte_of(line, 99)), (5, 8, 9));
        assert_eq!((character_of(line, 5), character_of(line, 8)), (3, 4));
    }
}
