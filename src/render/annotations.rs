//! Problems as GitHub's workflow commands, which put them beside the lines of a pull request.
//!
//! See <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>. GitHub alone reads them.

use std::fmt::Write as _;
use std::path::Path;

use crate::problem::{Place, Problem, Problems, Severity};
use crate::render::Mask;

/// The most annotations of one command: GitHub shows ten of each severity for a step, and keeps no more than fifty.
const ANNOTATIONS_MAX: usize = 50;

/// One line for each problem. Files are named relative to the repository: `folder` is where the project lies in it.
#[must_use]
pub fn annotations(problems: &Problems, folder: &Path, mask: &Mask) -> String {
    let list = problems.list();
    let errors = list.iter().filter(|problem| problem.severity == Severity::Error);
    let warnings = list.iter().filter(|problem| problem.severity == Severity::Warning);
    errors.chain(warnings).take(ANNOTATIONS_MAX).map(|problem| one(problem, folder, mask)).collect()
}

fn one(problem: &Problem, folder: &Path, mask: &Mask) -> String {
    let command = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut out = format!("::{command} ");
    if let Some(label) = problem.labels.first() {
        out += &place(&label.place, folder);
    }
    let mut text = mask.prose(&problem.summary);
    for other in problem.labels.iter().skip(1) {
        let said = if other.text.is_empty() { "see also" } else { &other.text };
        let _ = write!(text, "\n{} ({})", mask.prose(said), other.place);
    }
    if let Some(help) = &problem.help {
        let _ = write!(text, "\n{}", mask.prose(help));
    }
    let _ = writeln!(out, "title={}::{}", property(problem.code), data(&text));
    out
}

fn place(place: &Place, folder: &Path) -> String {
    let file = folder.join(&*place.file).to_string_lossy().replace('\\', "/");
    let mut out = format!("file={},line={},endLine={},", property(&file), place.line, place.end_line);
    // Columns are read only where one line is meant.
    if place.line == place.end_line {
        let _ = write!(out, "col={},endColumn={},", place.column, place.end_column);
    }
    out
}

/// The text of a command, in which no other one stands.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace("##", "#\\u0023")
}

/// A property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::problem::tests::place as at;

    #[test]
    fn a_problem_names_file_line_and_columns() {
        let source = "getui:\n  aliases:\n    a: [x]\n    b: [x]\n";
        let problem = Problem::error("manifest::two_aliases", "100 % wrong: `x`, twice")
            .at(at("b, c.yaml", source, "x", 1), "here")
            .at(at("a.yaml", source, "x", 1), "and here")
            .help("choose one");
        let mut problems = Problems::from(Problem::warning("state::old", "old"));
        problems.push(problem);
        assert_eq!(
            annotations(&problems, Path::new("env/live"), &Mask::show()),
            "::error file=env/live/b%2C c.yaml,line=3,endLine=3,col=9,endColumn=10,title=manifest%3A%3Atwo_aliases::\
             100 %25 wrong: `x`, twice%0Aand here (a.yaml:3:9)%0Achoose one\n\
             ::warning title=state%3A%3Aold::old\n"
        );
        assert!(!annotations(&problems, Path::new(""), &Mask::hide()).contains("`x`"));
    }

    #[test]
    fn there_are_never_more_than_github_keeps_and_errors_come_first() {
        let mut problems = Problems::new();
        for _ in 0..100 {
            problems.push(Problem::warning("a::b", "w"));
        }
        problems.push(Problem::error("a::b", "e"));
        let text = annotations(&problems, Path::new(""), &Mask::show());
        assert_eq!(text.lines().count(), ANNOTATIONS_MAX);
        assert!(text.starts_with("::error "));
    }
}
