//! Problems as an editor shows them: a squiggle at each place, with the other places that belong to it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::manifest::line_index::LineIndex;
use crate::manifest::project::FILE;
use crate::problem::{Label, Problem, Problems, Severity};

use super::place::{Lines, range};

/// How files are named to an editor, and what is in them.
pub trait Files {
    /// The URI of a file of the project.
    fn uri(&self, file: &str) -> String;
    /// Its text, as the editor has it; `None` where it is not open.
    fn text(&self, file: &str) -> Option<&str>;
}

/// The diagnostics of each file that has one, by its name. A problem of two places is told at both, and each leads to
/// the other.
#[must_use]
pub fn diagnose(problems: &Problems, files: &dyn Files) -> BTreeMap<String, Vec<Value>> {
    let mut by_file: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let texts = Texts::new(problems, files);
    for problem in problems.list() {
        if problem.labels.is_empty() {
            let start = json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}});
            by_file.entry(FILE.to_owned()).or_default().push(one(problem, &start, &[]));
        }
        for (index, label) in problem.labels.iter().enumerate() {
            let others = problem.labels.iter().enumerate().filter(|(other, _)| *other != index);
            let related: Vec<Value> = others.map(|(_, label)| related(label, files, &texts)).collect();
            let here = range(&label.place, texts.lines(&label.place.file));
            by_file.entry(label.place.file.to_string()).or_default().push(one(problem, &here, &related));
        }
    }
    by_file
}

/// The texts of the files that problems are in, each with its index: a line can be as long as its file.
struct Texts<'a>(BTreeMap<&'a str, (&'a str, LineIndex)>);

impl<'a> Texts<'a> {
    fn new(problems: &'a Problems, files: &'a dyn Files) -> Self {
        let mut texts = BTreeMap::new();
        for label in problems.list().iter().flat_map(|problem| &problem.labels) {
            let file: &str = &label.place.file;
            if let (false, Some(text)) = (texts.contains_key(file), files.text(file)) {
                texts.insert(file, (text, LineIndex::new(text)));
            }
        }
        Self(texts)
    }

    fn lines(&self, file: &str) -> Option<Lines<'_>> {
        self.0.get(file).map(|(text, index)| Lines { text, index })
    }
}

fn related(label: &Label, files: &dyn Files, texts: &Texts<'_>) -> Value {
    let file = &label.place.file;
    let location = json!({"uri": files.uri(file), "range": range(&label.place, texts.lines(file))});
    json!({"location": location, "message": if label.text.is_empty() { "see also" } else { &label.text }})
}

fn one(problem: &Problem, here: &Value, related: &[Value]) -> Value {
    let severity = match problem.severity {
        Severity::Error => 1,
        Severity::Warning => 2,
    };
    let help = problem.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
    json!({
        "range": here,
        "severity": severity,
        "source": "pushform",
        "code": problem.code,
        "message": format!("{}{help}", problem.summary),
        "relatedInformation": related,
    })
}
