//! Problems drawn for people: where, the piece of source with an arrow, what to do.
//!
//! The only file that names miette. It reads no file: a [`Snippet`] carries the few lines that are shown, and
//! `Window` shows them with the numbers that they have in the file.

use std::fmt::{self, Write};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use crate::problem::{Place, Problem, Problems, Severity, Snippet};
use crate::render::look::{Look, Paint, Tone};
use crate::render::mask::Mask;
use crate::render::text;

/// How many problems are drawn in full; the rest is counted.
pub const DRAWN_MAX: usize = 50;

/// Draws problems in their order, separated by empty lines, with a count at the end where there are several.
#[must_use]
pub fn problems(problems: &Problems, look: &Look, mask: &Mask) -> String {
    let mut out = String::new();
    for problem in problems.list().iter().take(DRAWN_MAX) {
        out.push_str(&one(problem, look, mask));
        out.push('\n');
    }
    let rest = problems.list().len().saturating_sub(DRAWN_MAX) + problems.uncounted();
    if rest > 0 {
        let _ = writeln!(out, "… and {} more\n", text::group(rest as u64));
    }
    out.push_str(&tally(problems, look));
    out
}

/// `3 errors, 1 warning`; nothing for a single problem, which needs no counting.
fn tally(problems: &Problems, look: &Look) -> String {
    let of = |severity| problems.list().iter().filter(|p| p.severity == severity).count() as u64;
    let (errors, warnings) = (of(Severity::Error) + problems.uncounted() as u64, of(Severity::Warning));
    if errors + warnings < 2 {
        return String::new();
    }
    let mut parts = Vec::new();
    if errors > 0 {
        parts.push(look.paint.tone(Tone::Error, &text::count(errors, "error", "errors")));
    }
    if warnings > 0 {
        parts.push(look.paint.tone(Tone::Change, &text::count(warnings, "warning", "warnings")));
    }
    format!("{}\n", parts.join(", "))
}

/// Draws one problem.
#[must_use]
pub fn one(problem: &Problem, look: &Look, mask: &Mask) -> String {
    let mut out = format!("{}: {}\n", word(problem.severity, look.paint), problem.code);
    let last = problem.labels.len().saturating_sub(1);
    let mut views = vec![Drawn::main(problem, mask)];
    views.extend(problem.labels.iter().skip(1).map(|label| Drawn::other(&label.place, &label.text, mask)));
    if let (Some(help), Some(view)) = (&problem.help, views.get_mut(last)) {
        view.help = Some(text_of(help, mask));
    }
    let handler = handler(look);
    for view in &views {
        handler.render_report(&mut out, view).unwrap_or_default();
    }
    out
}

fn word(severity: Severity, paint: Paint) -> String {
    match severity {
        Severity::Error => paint.tone(Tone::Error, "error"),
        Severity::Warning => paint.tone(Tone::Change, "warning"),
    }
}

fn handler(look: &Look) -> GraphicalReportHandler {
    let styles = match look.paint {
        Paint::Plain => ThemeStyles::none(),
        Paint::Colour => ThemeStyles::ansi(),
    };
    let theme = GraphicalTheme { characters: ThemeCharacters::unicode(), styles };
    // An id or an address that is broken in two cannot be copied.
    GraphicalReportHandler::new_themed(theme)
        .with_width(look.width)
        .with_links(false)
        .with_break_words(false)
        .without_syntax_highlighting()
}

/// A sentence as it may be shown.
fn text_of(plain: &str, mask: &Mask) -> String {
    clean_lines(&mask.prose(plain))
}

/// Cleaned, but for line ends.
fn clean_lines(plain: &str) -> String {
    plain.split('\n').map(text::clean).collect::<Vec<_>>().join("\n")
}

/// One picture: a sentence, and maybe a window of a file.
#[derive(Debug)]
struct Drawn {
    severity: miette::Severity,
    sentence: String,
    window: Option<Window>,
    label: Option<LabeledSpan>,
    help: Option<String>,
}

impl Drawn {
    fn main(problem: &Problem, mask: &Mask) -> Self {
        let severity = match problem.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        };
        let sentence = text_of(&problem.summary, mask);
        match problem.labels.first() {
            None => Self { severity, sentence, window: None, label: None, help: None },
            Some(label) => Self::at(severity, sentence, &label.place, &label.text, mask),
        }
    }

    /// Another place that belongs to a problem: its text stands above, so that it is read in order.
    fn other(place: &Place, text: &str, mask: &Mask) -> Self {
        let sentence = if text.is_empty() { "and here".to_owned() } else { text_of(text, mask) };
        Self::at(miette::Severity::Advice, sentence, place, "", mask)
    }

    fn at(severity: miette::Severity, sentence: String, place: &Place, text: &str, mask: &Mask) -> Self {
        // Source is full of ids, so under a mask the place alone is shown.
        let Some(snippet) = place.snippet.as_ref().filter(|_| !mask.hides()) else {
            let text = if text.is_empty() { String::new() } else { format!(": {}", text_of(text, mask)) };
            let sentence = format!("{sentence}\nat {}{text}", clean_lines(&place.to_string()));
            return Self { severity, sentence, window: None, label: None, help: None };
        };
        let window = Window::new(place, snippet);
        let text = (!text.is_empty()).then(|| text_of(text, mask));
        let label = Some(LabeledSpan::new(text, window.start, window.len));
        Self { severity, sentence, window: Some(window), label, help: None }
    }
}

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Drawn {}

impl Diagnostic for Drawn {
    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.window.as_ref().map(|window| window as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.label.as_ref().map(|label| Box::new(std::iter::once(label.clone())) as Box<_>)
    }
}

/// A few lines of a file that know which lines they are.
#[derive(Debug)]
struct Window {
    file: String,
    text: String,
    first_line: usize,
    start: usize,
    len: usize,
    line: usize,
    column: usize,
}

impl Window {
    fn new(place: &Place, snippet: &Snippet) -> Self {
        let (before, inside, after) = split(snippet);
        let (before, inside, after) = (clean_source(before), clean_source(inside), clean_source(after));
        Self {
            file: text::clean(&place.file),
            first_line: (snippet.first_line as usize).saturating_sub(1),
            start: before.len(),
            len: inside.len(),
            line: (place.line as usize).saturating_sub(1),
            column: (place.column as usize).saturating_sub(1),
            text: before + &inside + &after,
        }
    }
}

/// The text before the place, of it, and after it; a place that does not lie in the text is at its end.
fn split(snippet: &Snippet) -> (&str, &str, &str) {
    let text = snippet.text.as_str();
    let start = text.floor_char_boundary(snippet.start);
    let end = text.floor_char_boundary(snippet.start.saturating_add(snippet.len)).max(start);
    (&text[..start], &text[start..end], &text[end..])
}

/// Source as it may be shown: line ends and tabs stay.
fn clean_source(source: &str) -> String {
    let keep = |line: &str| line.split('\t').map(text::clean).collect::<Vec<_>>().join("\t");
    source.split('\n').map(|line| keep(line.trim_end_matches('\r'))).collect::<Vec<_>>().join("\n")
}

impl SourceCode for Window {
    /// Asked for no context, it says where the place is; else it gives all that it has.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let bytes = self.text.as_bytes();
        let (data, span, line, column) = if lines_before == 0 && lines_after == 0 {
            let end = span.offset().saturating_add(span.len()).min(bytes.len());
            (&bytes[span.offset().min(end)..end], *span, self.line, self.column)
        } else {
            (bytes, SourceSpan::from((0, bytes.len())), self.first_line, 0)
        };
        let lines = self.text.lines().count();
        Ok(Box::new(MietteSpanContents::new_named(self.file.clone(), data, span, line, column, lines)))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::timestamp::Zone;

    /// A place in a text, at the first `needle` of it.
    pub(crate) fn place(file: &str, source: &str, needle: &str, first_line: u32) -> Place {
        let start = source.find(needle).expect("the needle is in the source");
        let before = &source[..start];
        let line = first_line + u32::try_from(before.matches('\n').count()).expect("few lines");
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        let column = u32::try_from(column).expect("short lines");
        let len = u32::try_from(needle.chars().count()).expect("a short needle");
        let snippet = Snippet { first_line, text: source.to_owned(), start, len: needle.len() };
        let (end_line, end_column) = (line, column + len);
        Place { file: file.into(), line, column, end_line, end_column, snippet: Some(snippet) }
    }

    fn twice() -> Problem {
        let a = "getui:\n  tag_members:\n    喜爱足球: [e605a0db5ce3cca9b76b012978064940]\n  aliases:";
        let b = "    喜爱足球: []\n";
        Problem::error("manifest::declared_twice", "the tag `喜爱足球` is declared twice")
            .at(place("manifests/b.yaml", b, "喜爱足球", 1204), "here again")
            .at(place("manifests/a.yaml", a, "喜爱足球", 7), "first declared here")
            .help("keep one of them, or move the users of both into one list")
    }

    fn look(width: usize) -> Look {
        Look::plain(Zone::shanghai()).wide(width)
    }

    #[test]
    fn a_problem_shows_both_places_and_what_to_do() {
        insta::assert_snapshot!(one(&twice(), &look(80), &Mask::show()));
    }

    #[test]
    fn a_problem_without_source_says_its_place() {
        let mut problem = twice();
        problem.labels.iter_mut().for_each(|label| label.place.snippet = None);
        insta::assert_snapshot!(one(&problem, &look(80), &Mask::show()));
        let nowhere = Problem::warning("state::old", "the state is of an older format").help("run it once");
        insta::assert_snapshot!(one(&nowhere, &look(80), &Mask::show()));
    }

    #[test]
    fn under_a_mask_no_source_is_shown() {
        let shown = one(&twice(), &look(80), &Mask::hide());
        assert!(!shown.contains("e605"), "{shown}");
        assert!(!shown.contains("喜爱足球"), "{shown}");
        assert!(shown.contains("manifests/b.yaml:1204:5"), "{shown}");
    }

    #[test]
    fn source_can_not_move_the_cursor() {
        let problem =
            Problem::error("x", "a\u{1b}[2Jb").at(place("a.yaml", "k: \u{1b}[2J\u{202e}v", "v", 1), "");
        let shown = one(&problem, &look(80), &Mask::show());
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown:?}");
    }

    #[test]
    fn many_problems_are_cut_with_a_count() {
        let mut all = Problems::new();
        (0..1_300).for_each(|at| all.push(Problem::error("x", format!("wrong {at}"))));
        let shown = problems(&all, &look(80), &Mask::show());
        assert!(shown.contains("… and 1,250 more"), "{shown}");
        assert!(shown.ends_with("1,300 errors\n"), "{shown}");
    }
}
