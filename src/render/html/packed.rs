//! Every change of a plan inside the page: compressed, in base64, in a block that no browser runs.
//!
//! ```text
//! Grouping -> lines of text -> gzip -> base64 -> <script type="application/octet-stream" id=rows>
//! ```
//!
//! One line of text for a change, and one for each of its rows. The first byte says which, [`HEADING`] or a sign of
//! [`mark`]; tones are single bytes before what they colour, and a tab stands before a note. No text of a plan has
//! a byte below a space, so none can be taken for one of these. Groups follow one another in the order of `about`.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::address::resource_word;
use crate::change::Action;
use crate::render::groups::{Counted, Grouping};
use crate::render::look::Tone;
use crate::render::text;
use crate::render::view::{Lens, Line, Sign};

/// What the line of a change begins with.
const HEADING: u8 = b'!';
/// Between a text and what stands beside it.
const NOTE: u8 = b'\t';
/// Bytes in one line of base64: a multiple of three, so that every line can be decoded by itself.
const LINE_BYTES: usize = 24 * 1024;

/// What a row begins with.
const fn mark(sign: Sign) -> u8 {
    match sign {
        Sign::Replace => b'*',
        Sign::Remove => b'-',
        Sign::Change => b'~',
        Sign::Add => b'+',
        Sign::Keep => b' ',
    }
}

/// What stands before a piece; a row begins plain.
const fn tone(tone: Tone) -> u8 {
    match tone {
        Tone::Old | Tone::Remove => 1,
        Tone::New | Tone::Add => 2,
        Tone::Plain | Tone::Strong | Tone::Faint | Tone::Change | Tone::Error => 3,
    }
}

/// Writes the blocks of the page that hold every change.
///
/// # Errors
/// When `out` takes no more.
pub(super) fn write(out: &mut dyn fmt::Write, changes: &[&Grouping<'_>], lens: Lens<'_>) -> fmt::Result {
    out.write_str("<script type=\"application/octet-stream\" id=rows>\n")?;
    let sizes = rows(&mut *out, changes, lens).map_err(|_| fmt::Error)?;
    out.write_str("</script>\n<script type=\"application/json\" id=about>")?;
    about(&mut *out, changes, sizes)?;
    out.write_str("</script>\n")
}

/// How much was packed: the page makes room for it once.
#[derive(Clone, Copy, Default)]
struct Sizes {
    bytes: usize,
    lines: u64,
}

/// Packs the lines of all changes.
fn rows(out: &mut dyn fmt::Write, changes: &[&Grouping<'_>], lens: Lens<'_>) -> io::Result<Sizes> {
    let base64 = Base64 { out, bytes: Vec::with_capacity(LINE_BYTES) };
    let mut gzip = GzEncoder::new(base64, Compression::default());
    let mut sizes = Sizes::default();
    let mut line = Vec::new();
    for grouping in changes {
        for group in grouping.groups() {
            for (change, block) in grouping.headings(group, lens) {
                line.clear();
                heading(&mut line, &block.address, block.basis.as_deref());
                sizes.write(&mut gzip, &line)?;
                let mut written = Ok(());
                grouping.lines(change, lens, &mut |one| {
                    line.clear();
                    row(&mut line, &one);
                    if written.is_ok() {
                        written = sizes.write(&mut gzip, &line);
                    }
                });
                written?;
            }
        }
    }
    gzip.finish()?.end()?;
    Ok(sizes)
}

impl Sizes {
    fn write(&mut self, to: &mut dyn Write, line: &[u8]) -> io::Result<()> {
        self.bytes += line.len();
        self.lines += 1;
        to.write_all(line)
    }
}

fn heading(out: &mut Vec<u8>, address: &str, basis: Option<&str>) {
    out.push(HEADING);
    out.extend_from_slice(safe(address).as_bytes());
    note(out, basis);
}

fn row(out: &mut Vec<u8>, line: &Line) {
    out.push(mark(line.sign));
    let mut now = tone(Tone::Plain);
    for piece in &line.pieces {
        if tone(piece.tone) != now {
            now = tone(piece.tone);
            out.push(now);
        }
        out.extend_from_slice(safe(&piece.text).as_bytes());
    }
    note(out, line.note.as_deref());
}

fn note(out: &mut Vec<u8>, note: Option<&str>) {
    if let Some(note) = note {
        out.push(NOTE);
        out.extend_from_slice(safe(note).as_bytes());
    }
    out.push(b'\n');
}

/// A view's text, whose control characters are escaped already; were one not, it would be here.
fn safe(plain: &str) -> Cow<'_, str> {
    if plain.bytes().any(|byte| byte < b' ') { Cow::Owned(text::clean(plain)) } else { Cow::Borrowed(plain) }
}

/// What the script has to know of the groups: words of ours alone.
fn about(out: &mut dyn fmt::Write, changes: &[&Grouping<'_>], sizes: Sizes) -> fmt::Result {
    let of = |grouping: &&Grouping<'_>| -> Vec<serde_json::Value> {
        let drift = grouping.is_drift();
        grouping
            .groups()
            .iter()
            .map(|one| group(one, if drift { "outside" } else { word(one.action) }))
            .collect()
    };
    let groups: Vec<serde_json::Value> = changes.iter().flat_map(of).collect();
    let about = serde_json::json!({"bytes": sizes.bytes, "lines": sizes.lines, "groups": groups});
    write!(out, "{about}")
}

fn group(group: &Counted, action: &str) -> serde_json::Value {
    serde_json::json!({
        "kind": resource_word(group.resource),
        "action": action,
        "verb": group.verb,
        "count": group.changes,
        "rows": group.rows.words(group.changes),
        "class": super::class(Sign::of(group.action)),
    })
}

/// What stands in the filter.
const fn word(action: Action) -> &'static str {
    match action {
        Action::Delete => "destroy",
        Action::Replace => "replace",
        Action::Update => "change",
        Action::Create => "add",
    }
}

/// Takes bytes and gives base64, line by line.
struct Base64<'a> {
    out: &'a mut dyn fmt::Write,
    bytes: Vec<u8>,
}

impl Base64<'_> {
    fn line(&mut self) -> io::Result<()> {
        let line = STANDARD.encode(&self.bytes);
        self.bytes.clear();
        self.out.write_str(&line).and_then(|()| self.out.write_str("\n")).map_err(io::Error::other)
    }

    fn end(mut self) -> io::Result<()> {
        if self.bytes.is_empty() { Ok(()) } else { self.line() }
    }
}

impl Write for Base64<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(LINE_BYTES - self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..taken]);
        if self.bytes.len() == LINE_BYTES {
            self.line()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests;
