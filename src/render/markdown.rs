//! A plan or a drift as Markdown, for a comment on a pull request: counts, deletions in a warning, the rest
//! folded, never longer than a comment may be.
//!
//! Names are written by strangers: `safe` keeps them text.

mod safe;

use crate::change::Action;
use crate::plan::{Plan, Summary};
use crate::render::drift::Found;
use crate::render::look::Tone;
use crate::render::mask::Mask;
use crate::render::text;
use crate::render::view::{self, Block, Cuts, Group, Lens, Line, Sign, View};
use crate::timestamp::Zone;

/// The most that a comment takes on the larger code hosts: characters here, bytes there, so both are kept.
pub const CHARS_MAX: usize = 65_536;
/// Left to whoever writes the comment, for a marker and a line of their own.
const BYTES_FOR_PIPELINES: usize = 1_536;
/// The most that is written.
const BYTES_MAX: usize = CHARS_MAX - BYTES_FOR_PIPELINES;
/// Kept free for what always stands there: the title, the heads of all groups with the counts of what is left
/// out (at most 56, of 200 bytes), and the closing part.
const BYTES_RESERVED: usize = 18_000;
/// The most that the closing notes take; they are cut where they would pass it.
const NOTES_BYTES_MAX: usize = 4_000;

/// A plan.
#[must_use]
pub fn plan(plan: &Plan, zone: &Zone, mask: &Mask) -> String {
    let view = view::view(plan, Lens { mask, cuts: Cuts::SCREEN, zone });
    let Summary { add, change, destroy } = view.summary;
    let mut page = Page::default();
    if view.groups.is_empty() && plan.problems.has_errors() {
        page.add("### Pushform: errors\n\n");
        page.add(&format!("{}\n\n", view.nothing));
    } else if view.groups.is_empty() {
        page.add("### Pushform: no changes\n\n");
    } else {
        let [add, change, destroy] = [add, change, destroy].map(text::group);
        page.add(&format!("### Pushform: {add} to add, {change} to change, {destroy} to destroy\n\n"));
    }
    let (deletes, rest): (Vec<&Group>, Vec<&Group>) =
        view.groups.iter().partition(|group| matches!(group.action, Action::Delete | Action::Replace));
    warned(&mut page, &deletes);
    for group in rest {
        folded(&mut page, group);
    }
    if !view.drift.is_empty() {
        let things = text::count(view.drift_count, "object has", "objects have");
        page.add(&format!("**{things} changed outside of Pushform since the last apply:**\n\n"));
        view.drift.iter().for_each(|group| folded(&mut page, group));
    }
    closing(&mut page, &view);
    page.end()
}

/// What changed outside.
#[must_use]
pub fn drift(found: Found<'_>, zone: &Zone, mask: &Mask) -> String {
    let view = view::view(found.plan, Lens { mask, cuts: Cuts::SCREEN, zone });
    let mut page = Page::default();
    let things = text::count(view.drift_count, "object", "objects");
    match (view.drift_count, found.short_counts()) {
        (0, 0) => page.add("### Pushform: no drift\n\n"),
        (0, tags) => {
            page.add(&format!("### Pushform: {} changed outside\n\n", text::count(tags, "tag", "tags")))
        }
        (_, _) => page.add(&format!("### Pushform: {things} changed outside\n\n")),
    }
    page.add(&format!("{}\n\n", found.ending()));
    for group in &view.drift {
        folded(&mut page, group);
    }
    let proven = found.proven().map(|proven| format!("Sample: {proven}."));
    let unobserved = found.unobserved(zone).into_iter().map(|what| format!("Not observed: {what}."));
    let more: Vec<String> = view.notes.into_iter().chain(proven).chain(unobserved).collect();
    notes(&mut page, &more);
    page.end()
}

/// What is written.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    /// Adds what must stand there.
    fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// How many bytes one group's changes may take: half of what is left, so that a long group leaves room for
    /// those after it.
    fn share(&self) -> usize {
        (BYTES_MAX - BYTES_RESERVED).saturating_sub(self.text.len()) / 2
    }

    fn end(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text.push('\n');
        self.text
    }
}

/// What goes, in a warning that is not folded.
fn warned(page: &mut Page, groups: &[&Group]) {
    if groups.is_empty() {
        return;
    }
    let total: u64 = groups.iter().map(|group| group.count()).sum();
    let things = text::count(total, "thing will be", "things will be");
    page.add(&format!("> [!WARNING]\n> **{things} destroyed or replaced.**\n"));
    for group in groups {
        // Each line of it stands in the quotation.
        for line in changes(group, page.share() / 2).lines() {
            page.add(if line.is_empty() { ">" } else { "> " });
            page.add(line);
            page.add("\n");
        }
    }
    page.add("\n");
}

/// What comes and what changes, folded with its counts.
fn folded(page: &mut Page, group: &Group) {
    let (things, word) = (text::group(group.count()), safe::code(&group.resource));
    let rows = group.rows.words(group.count()).map(|rows| format!(" · {rows}")).unwrap_or_default();
    page.add(&format!("<details><summary>{things} {word} {}{rows}</summary>\n", group.verb()));
    let changes = changes(group, page.share());
    page.add(&changes);
    page.add("\n</details>\n\n");
}

/// A group's changes as a diff, as many as fit, and how many there are more.
fn changes(group: &Group, bytes: usize) -> String {
    let (mut shown, mut diff) = (0, String::new());
    for block in &group.blocks {
        let lines = lines(block);
        if diff.len() + lines.len() > bytes {
            break;
        }
        if shown > 0 {
            diff.push('\n');
        }
        diff.push_str(&lines);
        shown += 1;
    }
    let mut out = if diff.is_empty() { String::new() } else { format!("\n```diff\n{diff}```\n") };
    let more = group.more + (group.blocks.len() - shown) as u64;
    if more > 0 {
        let beside = if shown > 0 { "… and " } else { "" };
        let word = if shown > 0 { " more" } else { ", too many to show here:" };
        let (more, code) = (text::group(more), safe::code(&group.resource));
        out.push_str(&format!("\n{beside}{more}{word} {code} {}\n", group.verb()));
    }
    out
}

/// One change as lines of a diff, whose first character says what it is.
fn lines(block: &Block) -> String {
    let basis = block.basis.as_ref().map(|basis| format!("    {basis}")).unwrap_or_default();
    let mut out = format!("# {} {}{basis}\n", safe::unfenced(&block.address), block.verb);
    for line in &block.lines {
        let sign = match line.sign {
            Sign::Replace | Sign::Remove => '-',
            Sign::Change => '!',
            Sign::Add => '+',
            Sign::Keep => ' ',
        };
        let note = line.note.as_ref().map(|note| format!("    {note}")).unwrap_or_default();
        out.push_str(&safe::unfenced(&format!("{sign} {}{note}\n", marked(line))));
    }
    out
}

/// A line's text; a part that goes stands in `[-…-]` and one that comes in `{+…+}`, as `git diff --word-diff`
/// has it.
fn marked(line: &Line) -> String {
    let mut out = String::new();
    for piece in &line.pieces {
        match piece.tone {
            Tone::Old => out.push_str(&format!("[-{}-]", piece.text)),
            Tone::New => out.push_str(&format!("{{+{}+}}", piece.text)),
            Tone::Plain
            | Tone::Strong
            | Tone::Faint
            | Tone::Add
            | Tone::Remove
            | Tone::Change
            | Tone::Error => out.push_str(&piece.text),
        }
    }
    out
}

fn closing(page: &mut Page, view: &View) {
    if let Some(calls) = &view.calls {
        let mut parts = vec![format!("**Calls:** {}", safe::sentence(calls))];
        parts.extend(view.quotas.iter().chain(&view.done).map(|part| safe::sentence(part)));
        page.add(&format!("{}\n\n", parts.join(" · ")));
    }
    let mut more: Vec<String> = Vec::new();
    for wait in &view.waits {
        let calls = text::count(wait.calls, "call waits", "calls wait");
        more.push(format!("{calls} for {}", wait.date));
    }
    if view.adopts > 0 {
        let rows = text::count(view.adopts, "row is", "rows are");
        more.push(format!("{rows} already as declared and adopted without a call"));
    }
    if view.forgets > 0 {
        let rows = text::count(view.forgets, "row is", "rows are");
        more.push(format!("{rows} gone or changed by somebody else and forgotten without a call"));
    }
    more.extend(unmanaged(view));
    more.extend(view.notes.iter().cloned());
    notes(page, &more);
}

/// How many unmanaged things are named; the rest is counted.
const UNMANAGED_MAX: usize = 5;

/// `unmanaged and left alone: jpush.property["nickname"]`
fn unmanaged(view: &View) -> Option<String> {
    let names: Vec<String> =
        view.unmanaged.iter().take(UNMANAGED_MAX).map(|address| format!("`{address}`")).collect();
    let more = view.unmanaged_more + view.unmanaged.len().saturating_sub(UNMANAGED_MAX) as u64;
    let more = if more > 0 { format!(" and {} more", text::group(more)) } else { String::new() };
    (!names.is_empty()).then(|| format!("unmanaged and left alone: {}{more}", names.join(", ")))
}

fn notes(page: &mut Page, notes: &[String]) {
    let mut used = 0;
    for (at, note) in notes.iter().enumerate() {
        let line = format!("- {}\n", safe::sentence(note));
        used += line.len();
        if used > NOTES_BYTES_MAX {
            page.add(&format!("- … and {} more\n", text::group((notes.len() - at) as u64)));
            return;
        }
        page.add(&line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::{self, Resource};
    use crate::change::Basis;
    use crate::render::sample::{ALICE, Sample};

    fn shown(plan: &Plan) -> String {
        super::plan(plan, &Zone::shanghai(), &Mask::show())
    }

    #[test]
    fn the_example_warns_of_deletions_first() {
        insta::assert_snapshot!(shown(&Sample::example()));
    }

    #[test]
    fn a_comment_is_never_too_long_and_its_counts_are_whole() {
        let mut s = Sample::new();
        let long = "喜".repeat(300);
        for resource in Resource::ALL {
            for action in [Action::Delete, Action::Create] {
                for at in 0..400 {
                    let name = format!("{long}{at}");
                    s.change((resource, &name), action, Basis::Observed, &[(&name, &name, "", &name)], &[]);
                }
            }
        }
        s.plan.notes = (0..500).map(|at| format!("note {at} {}", "@".repeat(500))).collect();
        let text = shown(&s.plan);
        assert!(text.len() <= BYTES_MAX, "{} bytes", text.len());
        assert!(
            text.starts_with("### Pushform: 2,800 to add, 0 to change, 2,800 to destroy\n"),
            "{text:.80}"
        );
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
        assert_eq!(text.matches("```").count() % 2, 0);
        for resource in Resource::ALL {
            let head = format!("<summary>400 <code>{}</code>", address::resource_word(resource));
            assert!(text.contains(&head), "no {head}");
        }
    }

    #[test]
    fn fifty_thousand_changes_show_some_of_each_sort_and_count_the_rest() {
        let mut s = Sample::new();
        for at in 0..50_000 {
            let (resource, action) = if at % 2 == 0 {
                (Resource::Alias, Action::Update)
            } else {
                (Resource::TagSet, Action::Create)
            };
            let (name, user) = (format!("member_{at}"), format!("{at:032x}"));
            s.change((resource, &name), action, Basis::Observed, &[(&user, "", "old", &name)], &[]);
        }
        let text = shown(&s.plan);
        assert!(text.len() <= BYTES_MAX, "{} bytes", text.len());
        for piece in [
            "25,000 to add, 25,000 to change",
            "\n… and 24,980 more <code>getui.alias</code> will be updated",
        ] {
            assert!(text.contains(piece), "no `{piece}` in {text}");
        }
    }

    #[test]
    fn a_part_of_a_description_that_changes_is_marked_and_a_whole_one_is_not() {
        let mut s = Sample::new();
        let changes =
            [("level", "number 会员等级", "number 会员级别"), ("city", "string 城市", "string where")];
        for (name, before, after) in changes {
            let cells = [(name, "", before, after)];
            s.change((Resource::Property, name), Action::Update, Basis::Observed, &cells, &[]);
        }
        let before = "2026-11-22 10:00:00";
        let cells = [("d", "seen", before, "2026-11-23 10:00:00"), ("d", "level", "10", "100")];
        s.change((Resource::Device, "d"), Action::Update, Basis::Observed, &cells, &[]);
        let text = shown(&s.plan);
        assert!(text.contains("! seen   2026-11-[-22-] 10:00:00 -> 2026-11-{+23+} 10:00:00\n"), "{text}");
        assert!(text.contains("! level  10 -> 100\n"), "{text}");
        assert!(text.contains("! description  \"会员[-等-]级\" -> \"会员级{+别+}\"\n"), "{text}");
        assert!(text.contains("! description  \"城市\" -> \"where\"\n"), "{text}");
    }

    #[test]
    fn a_hostile_name_stays_text() {
        let mut s = Sample::new();
        let name = "x```\n</details><script>@all [a](http://b) #7";
        s.change((Resource::TagSet, name), Action::Update, Basis::Observed, &[(ALICE, name, "", "set")], &[]);
        s.plan.notes = vec![name.to_owned()];
        let text = shown(&s.plan);
        assert_eq!(text.matches("```").count(), 2, "{text}");
        let outside: String = text.split("```").step_by(2).collect();
        for bad in ["<script>", "@all", "[a](", "http://", "#7"] {
            assert!(!outside.contains(bad), "{bad} in {outside}");
        }
    }

    fn found(plan: &Plan) -> Found<'_> {
        Found { plan, sampled: None }
    }

    #[test]
    fn drift_and_no_changes_are_said_in_the_title() {
        assert!(shown(&Sample::new().plan).starts_with("### Pushform: no changes\n"));
        let calm = drift(found(&Sample::new().plan), &Zone::shanghai(), &Mask::show());
        assert!(calm.starts_with("### Pushform: no drift\n"), "{calm}");
        let mut s = Sample::new();
        s.change((Resource::Alias, "a"), Action::Delete, Basis::Observed, &[(ALICE, "", "a", "")], &[])
            .outside();
        let moved = drift(found(&s.plan), &Zone::shanghai(), &Mask::show());
        assert!(moved.starts_with("### Pushform: 1 object changed outside\n"), "{moved}");
    }
}
