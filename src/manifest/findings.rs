//! What is found wrong while files are read: at once where the text is at hand, later where only a mark is left.
//!
//! Errors come before warnings, so that a million warnings hide no error. The lines of marks are read again at the
//! end, all of one file together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::problem::{PROBLEMS_MAX, Place, Problem, Problems, Severity};

use super::codes;
use super::fullwidth;
use super::origins::Origins;
use super::source::{Excerpt, nearest, place_at, place_in, quoted};
use super::tree::{At, Shape};
use super::words::Word;

/// A place that is only known by its mark.
#[derive(Clone, Debug)]
pub struct Spot {
    mark: u32,
    text: String,
    skip: usize,
    at: Option<usize>,
    label: String,
}

impl Spot {
    /// The line of this mark, and in it this text.
    pub fn new(mark: u32, text: &str, label: impl Into<String>) -> Self {
        Self { mark, text: text.to_owned(), skip: 0, at: None, label: label.into() }
    }

    /// One character of the line of this mark, by its first byte in that line.
    pub fn at(mark: u32, at: usize, label: impl Into<String>) -> Self {
        Self { at: Some(at), ..Self::new(mark, "", label) }
    }

    /// Two spots of the same text: where both are in one line, the second means the second mention.
    #[must_use]
    pub fn pair(first: Self, mut second: Self) -> [Self; 2] {
        if first.mark == second.mark && first.text == second.text {
            second.skip = 1;
        }
        [first, second]
    }
}

#[derive(Debug)]
struct Later {
    problem: Problem,
    spots: Vec<Spot>,
}

/// Problems on their way.
#[derive(Debug, Default)]
pub struct Findings {
    /// Those with their places.
    pub placed: Problems,
    later: Vec<Later>,
    later_warnings: Vec<Later>,
    omitted: usize,
    /// Whether something could not be read, so that what is missing may only be hidden.
    pub has_gaps: bool,
}

/// What is wanted where something else was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// One piece of text.
    Text,
    /// A list.
    List,
    /// A mapping.
    Map,
    /// A list, or `{from: FILE}`.
    ListOrFrom,
    /// One piece of text or a list of them.
    TextOrList,
}

impl Wanted {
    const fn words(self) -> &'static str {
        match self {
            Self::Text => "one piece of text",
            Self::List => "a list",
            Self::Map => "a mapping",
            Self::ListOrFrom => "a list, or `{from: FILE}`",
            Self::TextOrList => "one piece of text or a list",
        }
    }

    const fn help_for_nothing(self) -> &'static str {
        match self {
            Self::Text => "write the text; put it in quotes if `~` or `null` is meant as text",
            Self::List | Self::ListOrFrom | Self::TextOrList => "leave the key out, or write a list",
            Self::Map => "leave the key out, or write `{}`",
        }
    }
}

const fn shape_words(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => "text",
        Shape::Null => "nothing",
        Shape::List => "a list",
        Shape::Map => "a mapping",
        Shape::Refused => "something that is not read",
    }
}

impl Findings {
    /// Something wrong at a node.
    pub fn error_at(&mut self, at: At<'_>, code: &'static str, what: String, help: impl Into<String>) {
        self.place(at, Problem::error(code, what).help(help));
    }

    /// Puts a problem at a node. Beyond the number that is kept, no place is made any more.
    fn place(&mut self, at: At<'_>, problem: Problem) {
        if self.placed.list().len() < PROBLEMS_MAX {
            self.placed.push(problem.at(at.place(), ""));
        } else {
            self.placed.omit(1);
        }
    }

    /// Something wrong at a line that is not at hand.
    pub fn later(&mut self, problem: Problem, spots: impl Into<Vec<Spot>>) {
        let list = match problem.severity {
            Severity::Error => &mut self.later,
            Severity::Warning => &mut self.later_warnings,
        };
        if list.len() < PROBLEMS_MAX {
            list.push(Later { problem, spots: spots.into() });
        } else {
            self.omitted += 1;
        }
    }

    /// Something else was found than what is wanted. Says nothing of what was refused already.
    pub fn wrong_type(&mut self, at: At<'_>, what: &str, wanted: Wanted) {
        let found = at.shape();
        if found == Shape::Refused {
            return;
        }
        let summary = format!("{what} must be {}, not {}", wanted.words(), shape_words(found));
        let help = (found == Shape::Null).then(|| wanted.help_for_nothing().to_owned());
        self.place_or_sign(at, Problem::error(codes::WRONG_TYPE, summary), help);
    }

    /// Whether it is a mapping; says so where not.
    pub fn is_map(&mut self, at: At<'_>, what: &str) -> bool {
        let fine = at.shape() == Shape::Map;
        if !fine {
            self.wrong_type(at, what, Wanted::Map);
        }
        fine
    }

    /// The text of a scalar; says so where it is none.
    pub fn text<'a>(&mut self, at: At<'a>, what: &str) -> Option<&'a str> {
        if at.shape() == Shape::Text {
            return Some(at.text());
        }
        self.wrong_type(at, what, Wanted::Text);
        None
    }

    /// The text of a scalar that is such a word; says so where it is none.
    pub fn word<'a>(&mut self, at: At<'a>, word: Word) -> Option<&'a str> {
        let text = self.text(at, word.noun())?;
        let Some(fault) = word.fault(text) else { return Some(text) };
        let what = if text.is_empty() { word.noun().to_owned() } else { quoted(text) };
        let problem = Problem::error(word.code(), format!("{what} {fault}"));
        self.place_or_sign(at, problem, Some(word.help()));
        None
    }

    /// The entries of a mapping with these keys; says so of unknown keys, and of keys that stand there twice.
    pub fn keyed<'a>(&mut self, at: At<'a>, what: &str, known: &[&str]) -> Vec<(At<'a>, At<'a>)> {
        if !self.is_map(at, what) {
            return Vec::new();
        }
        let mut found: Vec<(At<'a>, At<'a>)> = Vec::new();
        for (key, value) in at.entries() {
            if !known.contains(&key.text()) {
                self.unknown_key(key, known);
            } else if let Some((first, _)) = found.iter().find(|(other, _)| other.text() == key.text()) {
                self.duplicate_key(*first, key);
            } else {
                found.push((key, value));
            }
        }
        found
    }

    /// A key that nothing knows.
    pub fn unknown_key(&mut self, key: At<'_>, known: &[&str]) {
        let help = match nearest(key.text(), known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        let problem = Problem::error(codes::UNKNOWN_KEY, format!("unknown key {}", key.quoted()));
        self.place_or_sign(key, problem, Some(help));
    }

    /// Puts a problem at a node, or at the sign in it that only looks like one of YAML's.
    fn place_or_sign(&mut self, at: At<'_>, problem: Problem, help: Option<String>) {
        let sign = if at.is_plain() { fullwidth::first(at.text()) } else { None };
        match (sign, help) {
            (Some(sign), _) if self.placed.list().len() < PROBLEMS_MAX => {
                self.placed.push(problem.at(at.place_of(sign.range()), "this sign").help(sign.help()));
            }
            (_, Some(help)) => self.place(at, problem.help(help)),
            (_, None) => self.place(at, problem),
        }
    }

    /// The same key twice in one mapping.
    pub fn duplicate_key(&mut self, first: At<'_>, second: At<'_>) {
        if self.placed.list().len() >= PROBLEMS_MAX {
            return self.placed.omit(1);
        }
        let what = format!("the key {} stands here twice", second.quoted());
        let problem = Problem::error(codes::YAML_DUPLICATE_KEY, what).at(second.place(), "again");
        self.placed.push(problem.at(first.place(), "first here").help("put both together under one key"));
    }

    /// A key that has to be there.
    pub fn missing_key(&mut self, map: At<'_>, what: &str, key: &str, help: &str) {
        self.error_at(map, codes::MISSING_KEY, format!("`{key}` is missing in {what}"), help);
    }

    /// Everything with its places, sorted; `read` gives the lines around lines of a file, in the order asked for.
    pub fn finish(
        mut self,
        origins: &Origins,
        mut read: impl FnMut(&Arc<str>, &[u32]) -> Vec<Excerpt>,
    ) -> Problems {
        self.later.append(&mut self.later_warnings);
        let mut wanted: BTreeMap<Arc<str>, BTreeSet<u32>> = BTreeMap::new();
        for spot in self.later.iter().flat_map(|later| &later.spots) {
            if let Some((file, line)) = origins.line(spot.mark) {
                wanted.entry(file.clone()).or_default().insert(line);
            }
        }
        let mut excerpts: BTreeMap<(Arc<str>, u32), Excerpt> = BTreeMap::new();
        for (file, lines) in wanted {
            let lines: Vec<u32> = lines.into_iter().collect();
            let read = read(&file, &lines);
            excerpts.extend(lines.into_iter().map(|line| (file.clone(), line)).zip(read));
        }
        let (mut errors, mut warnings) = (Problems::new(), Problems::new());
        let mut sort_in = |problem: Problem| match problem.severity {
            Severity::Error => errors.push(problem),
            Severity::Warning => warnings.push(problem),
        };
        for problem in self.placed.list() {
            sort_in(problem.clone());
        }
        for Later { mut problem, spots } in self.later {
            for spot in spots {
                if let Some(place) = place_of(origins, &excerpts, &spot) {
                    problem = problem.at(place, spot.label);
                }
            }
            sort_in(problem);
        }
        errors.extend(warnings);
        errors.omit(self.omitted + self.placed.uncounted());
        errors.sort();
        errors
    }
}

fn place_of(origins: &Origins, excerpts: &BTreeMap<(Arc<str>, u32), Excerpt>, spot: &Spot) -> Option<Place> {
    let (file, line) = origins.line(spot.mark)?;
    let none = Excerpt::default();
    let excerpt = excerpts.get(&(file.clone(), line)).unwrap_or(&none);
    Some(match spot.at {
        Some(at) => place_at(file, excerpt, line, at),
        None => place_in(file, excerpt, line, &spot.text, spot.skip),
    })
}
