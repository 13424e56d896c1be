//! Lines as text, the comments beside them in one column as far as a paragraph goes.
//!
//! A line that is wide already does not push the others' comments away. It breaks no line.

use unicode_width::UnicodeWidthStr;

use super::layout::Line;

/// The widest code that comments of other lines wait for.
const ALIGNED_MAX: usize = 48;
/// Spaces before a comment, at least.
const GAP: usize = 2;

/// The text of lines.
pub(super) fn aligned(lines: &[Line]) -> String {
    let mut text = String::new();
    for paragraph in lines.chunk_by(|one, other| !parts(one) && !parts(other)) {
        let with_comments = paragraph.iter().filter(|line| !line.beside.is_empty());
        let widths = with_comments.map(|line| line.code.width()).filter(|width| *width <= ALIGNED_MAX);
        let column = widths.max().unwrap_or(0);
        for line in paragraph {
            text.push_str(&line.code);
            if !line.beside.is_empty() {
                let gap =
                    if line.code.is_empty() { 0 } else { column.saturating_sub(line.code.width()) + GAP };
                text.push_str(&" ".repeat(gap));
                text.push_str(&line.beside);
            }
            text.push('\n');
        }
    }
    text
}

/// A blank line and a line of comment end a paragraph.
fn parts(line: &Line) -> bool {
    line.code.is_empty() || line.code.trim_start().starts_with('#')
}
