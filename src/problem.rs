//! What is wrong, where, and what to do about it.
//!
//! Problems are collected, not thrown at the first. A summary is a lower-case fragment, the label says where,
//! the help says what to do. How they are drawn is `render/`'s, which exit code they mean is `cli/exit.rs`'s.

use std::fmt;
use std::sync::Arc;

/// Whether something must be mended or should only be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It must be mended.
    Error,
    /// It works, but somebody should look at it.
    Warning,
}

/// A few lines of a file around a place, kept so that the file itself need not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The number of the first line of `text`, from 1.
    pub first_line: u32,
    /// At most five lines, each cut at 240 characters.
    pub text: String,
    /// Where in `text` the place starts, in bytes.
    pub start: usize,
    /// How long the place is within `text`, in bytes.
    pub len: usize,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as the user would name it: relative to the project folder where it lies inside.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Line of the end, from 1.
    pub end_line: u32,
    /// Column just behind the end, in characters, from 1.
    pub end_column: u32,
    /// The piece of source, where it can be shown.
    pub snippet: Option<Snippet>,
}

impl fmt::Display for Place {
    /// `manifests/a.yaml:3:7`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A place and what is to be said at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// What the arrow says; may be empty.
    pub text: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A stable code for tools, such as `manifest::unknown_key`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, a lower-case fragment; the vendor's own code and words are in it, a secret never is.
    pub summary: String,
    /// Where; the first is the place itself, the others belong to it (the other of two declarations).
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    /// An error without a place yet.
    #[must_use]
    pub fn error(code: &'static str, summary: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, summary: summary.into(), labels: Vec::new(), help: None }
    }

    /// A warning without a place yet.
    #[must_use]
    pub fn warning(code: &'static str, summary: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, summary) }
    }

    /// The same problem at a place (the first call) or with one more place that belongs to it.
    #[must_use]
    pub fn at(mut self, place: Place, text: impl Into<String>) -> Self {
        self.labels.push(Label { place, text: text.into() });
        self
    }

    /// The same problem with what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// What sort of end a command came to: it decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Anything that is none of the others, wrong usage too.
    Error,
    /// A guard refused; nothing was sent.
    Guard,
    /// Another run holds the state.
    Locked,
    /// A saved plan no longer fits; nothing was sent.
    Stale,
    /// Nothing is wrong but the hour: today's calls are spent, or there is no time before `--until`.
    Later,
    /// Somebody pressed Ctrl-C or the system asked us to stop.
    Interrupted,
}

/// Longer words are not compared: comparing takes the product of two lengths.
const COMPARED_CHARS_MAX: usize = 200;

/// The nearest known word, when one is near enough to have been meant.
#[must_use]
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known.iter().filter_map(|other| Some((distance(word, other)?, *other)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, other)| other)
}

/// How many letters apart two words are, where they are near enough for one to be meant by the other.
#[must_use]
pub fn distance(word: &str, other: &str) -> Option<usize> {
    if word.len().max(other.len()) > COMPARED_CHARS_MAX {
        return None;
    }
    // Letters, not bytes: three bytes are one of Chinese.
    let (a, b) = (word.chars().count(), other.chars().count());
    let letters = a.max(b);
    let allowed = (letters / 3).max(1);
    if a.abs_diff(b) > allowed {
        return None;
    }
    let distance = letters_apart(word, other);
    (distance <= allowed && distance < letters).then_some(distance)
}

/// How many letters apart two words are, however far that is; of long ones only the beginnings count.
#[must_use]
pub fn letters_apart(word: &str, other: &str) -> usize {
    let start = |text: &str| text.chars().take(COMPARED_CHARS_MAX).collect::<String>();
    strsim::damerau_levenshtein(&start(word), &start(other))
}

/// How many problems are kept; the rest is only counted.
pub const PROBLEMS_MAX: usize = 1_000;

/// Problems, and what sort of end they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The sort of end.
    pub failure: Failure,
    list: Vec<Problem>,
    uncounted: usize,
}

impl Default for Problems {
    fn default() -> Self {
        Self { failure: Failure::Error, list: Vec::new(), uncounted: 0 }
    }
}

impl Problems {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One problem that ends a command in this way.
    #[must_use]
    pub fn of(failure: Failure, problem: Problem) -> Self {
        Self { failure, list: vec![problem], uncounted: 0 }
    }

    /// An end of this sort whose problems were told already.
    #[must_use]
    pub const fn silent(failure: Failure) -> Self {
        Self { failure, list: Vec::new(), uncounted: 0 }
    }

    /// Adds one; beyond [`PROBLEMS_MAX`] it is only counted.
    pub fn push(&mut self, problem: Problem) {
        if self.list.len() < PROBLEMS_MAX { self.list.push(problem) } else { self.uncounted += 1 }
    }

    /// The same with each of them changed.
    #[must_use]
    pub fn map(mut self, change: impl FnMut(Problem) -> Problem) -> Self {
        self.list = self.list.into_iter().map(change).collect();
        self
    }

    /// Adds all of another's.
    pub fn extend(&mut self, other: Self) {
        self.uncounted += other.uncounted;
        for problem in other.list {
            self.push(problem);
        }
    }

    /// Counts more that were left out before they were made.
    pub fn omit(&mut self, count: usize) {
        self.uncounted += count;
    }

    /// Those that were kept, in the order they were found.
    #[must_use]
    pub fn list(&self) -> &[Problem] {
        &self.list
    }

    /// How many more there were.
    #[must_use]
    pub const fn uncounted(&self) -> usize {
        self.uncounted
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether one of them must be mended.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Sorted by file, line and column, those without a place first.
    pub fn sort(&mut self) {
        let key = |problem: &Problem| {
            problem.labels.first().map(|l| (l.place.file.clone(), l.place.line, l.place.column))
        };
        self.list.sort_by_key(key);
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self::of(Failure::Error, problem)
    }
}

/// What most fallible functions give back.
pub type Result<T> = std::result::Result<T, Problems>;
