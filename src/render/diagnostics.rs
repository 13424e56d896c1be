//! Problems as JSON: `validate --json`, in the shape of `terraform validate -json`.

use serde_json::{Value, json};

use crate::problem::{Place, Problem, Problems, Severity, Snippet};
use crate::render::mask::Mask;

/// The version of the format of [`validate`].
pub const FORMAT_VERSION: &str = "1.0";

/// What `validate --json` writes.
#[must_use]
pub fn validate(problems: &Problems, mask: &Mask) -> String {
    let of = |severity| problems.list().iter().filter(|problem| problem.severity == severity).count();
    let errors = of(Severity::Error) + problems.uncounted();
    let whole = json!({
        "format_version": FORMAT_VERSION,
        "valid": errors == 0,
        "error_count": errors,
        "warning_count": of(Severity::Warning),
        "diagnostics": problems.list().iter().map(|problem| one(problem, mask)).collect::<Vec<_>>(),
    });
    format!("{whole:#}\n")
}

/// One problem. `detail` is what to do and the other places, `code` is ours alone.
#[must_use]
pub fn one(problem: &Problem, mask: &Mask) -> Value {
    let severity = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let others = problem.labels.iter().skip(1).map(|label| {
        let text = if label.text.is_empty() { "see also" } else { &label.text };
        format!("{} ({})", mask.prose(text), label.place)
    });
    let help = problem.help.as_ref().map(|help| mask.prose(help));
    let detail: Vec<String> = others.chain(help).collect();
    let mut out = json!({
        "severity": severity,
        "code": problem.code,
        "summary": mask.prose(&problem.summary),
        "detail": detail.join("\n"),
    });
    if let Some(label) = problem.labels.first() {
        out["range"] = range(&label.place);
        // Source is full of ids, so under a mask it stays away.
        if let Some(snippet) = label.place.snippet.as_ref().filter(|_| !mask.hides()) {
            out["snippet"] = snippet_of(&label.place, snippet);
        }
    }
    out
}

fn range(place: &Place) -> Value {
    json!({
        "filename": &*place.file,
        "start": {"line": place.line, "column": place.column},
        "end": {"line": place.end_line, "column": place.end_column},
    })
}

/// The lines of the place itself, as Terraform has it; offsets count bytes of `code`.
fn snippet_of(place: &Place, snippet: &Snippet) -> Value {
    let text = snippet.text.as_str();
    let start = text.floor_char_boundary(snippet.start);
    let end = text.floor_char_boundary(snippet.start.saturating_add(snippet.len)).max(start);
    let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let to = text[end..].find('\n').map_or(text.len(), |at| end + at);
    json!({
        "context": null,
        "code": &text[from..to],
        "start_line": place.line,
        "highlight_start_offset": start - from,
        "highlight_end_offset": end - from,
        "values": [],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::problem::tests::place;

    #[test]
    fn problems_read_as_terraforms() {
        let source = "getui:\n  aliases:\n    喜爱: [x]\n";
        let problem = Problem::error("manifest::bad_id", "`x` is no user's id")
            .at(place("manifests/a.yaml", source, "x", 7), "")
            .help("an id has 32 characters");
        let mut problems = Problems::from(problem);
        problems.push(Problem::warning("state::old", "the state is old"));
        insta::assert_snapshot!(validate(&problems, &Mask::show()));
        let masked = validate(&problems, &Mask::hide());
        assert!(!masked.contains("snippet") && !masked.contains("`x`"), "{masked}");
    }

    #[test]
    fn no_problem_is_valid() {
        let value: Value = serde_json::from_str(&validate(&Problems::new(), &Mask::show())).expect("JSON");
        assert_eq!(value["valid"], true);
        assert_eq!(value["diagnostics"], json!([]));
    }
}
