//! An apply as Markdown, for the page of a build machine's job: how it ended, what failed, and the plan below.
//!
//! Words that strangers chose stand in blocks of code, where nothing is a link or a mention.

use crate::plan::Plan;
use crate::problem::Problems;
use crate::render::{Look, Mask, markdown, terminal, text};
use crate::report::Report;
use crate::timestamp::Zone;

/// The most problems that are written out.
const PROBLEMS_SHOWN_MAX: usize = 50;

/// How an apply ended.
#[must_use]
pub fn applied(plan: &Plan, report: &Report, zone: &Zone, mask: &Mask) -> String {
    let end = terminal::report(report, &Look::plain(zone.clone()));
    let mut page = format!("### Pushform: apply\n\n{}", block(&end));
    page += &failed(&report.problems, mask);
    page + "\n" + &markdown::plan(plan, zone, mask)
}

fn failed(problems: &Problems, mask: &Mask) -> String {
    let list = problems.list();
    if list.is_empty() {
        return String::new();
    }
    let shown = list.iter().take(PROBLEMS_SHOWN_MAX);
    let mut lines: String =
        shown.map(|problem| format!("{}\n", text::clean(&mask.prose(&problem.summary)))).collect();
    let more = list.len().saturating_sub(PROBLEMS_SHOWN_MAX) + problems.uncounted();
    if more > 0 {
        lines += &format!("and {more} more\n");
    }
    block(&lines)
}

/// A block of code that nothing inside can end.
fn block(text: &str) -> String {
    format!("```text\n{}```\n", text.replace("```", "'''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;
    use crate::render::sample::Sample;

    #[test]
    fn the_end_stands_first_and_nothing_leaves_its_block() {
        let mut report = Report::new();
        report.problems.push(Problem::error("a::b", "the tag ``` @everyone [x](y) failed"));
        let page = applied(&Sample::new().plan, &report, &Zone::shanghai(), &Mask::show());
        assert!(page.starts_with("### Pushform: apply\n\n```text\nApply "), "{page}");
        assert!(page.contains("\n```text\nthe tag ''' @everyone [x](y) failed\n```\n"), "{page}");
        assert!(page.contains("### Pushform: "), "{page}");
    }
}
