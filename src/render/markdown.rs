//! A plan or a drift as Markdown, for a comment on a pull request: counts, deletions in a warning, the rest
//! folded, never longer than a comment may be.
//!
//! Names are written by strangers: whatever they contain, none becomes a link, a mention or a tag of the page.

use crate::change::Action;
use crate::plan::{Plan, Summary};
use crate::render::drift::Found;
use crate::render::mask::Mask;
use crate::render::text;
use crate::render::view::{self, Block, Cuts, Group, Lens, Sign, View};
use crate::timestamp::Zone;

/// The most characters that a comment takes on the larger code hosts.
pub const CHARS_MAX: usize = 65_536;
/// Kept free for what always stands at the end, the counts of what is left out included.
const CHARS_RESERVED: usize = 6_000;
/// The most characters that the closing part takes, notes cut where they would pass it.
const NOTES_CHARS_MAX: usize = 3_000;

/// A plan.
#[must_use]
pub fn plan(plan: &Plan, zone: &Zone, mask: &Mask) -> String {
    let view = view::view(plan, Lens { mask, cuts: Cuts::SCREEN, zone });
    let Summary { add, change, destroy } = view.summary;
    let mut page = Page::default();
    if view.groups.is_empty() {
        page.add("### Pushform: no changes\n\n");
    } else {
        page.add(&format!("### Pushform: {add} to add, {change} to change, {destroy} to destroy\n\n"));
    }
    let (deletes, rest): (Vec<&Group>, Vec<&Group>) =
        view.groups.iter().partition(|group| matches!(group.action, Action::Delete | Action::Replace));
    warned(&mut page, &deletes);
    for group in rest {
        folded(&mut page, group);
    }
    for group in &view.drift {
        folded(&mut page, group);
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
    let unobserved = found.unobserved().into_iter().map(|what| format!("Not observed: {what}."));
    let more: Vec<String> = view.notes.into_iter().chain(proven).chain(unobserved).collect();
    notes(&mut page, &more);
    page.end()
}

/// What is written.
#[derive(Default)]
struct Page {
    text: String,
    chars: usize,
}

impl Page {
    /// Adds what must stand there.
    fn add(&mut self, text: &str) {
        self.text.push_str(text);
        self.chars += text.chars().count();
    }

    /// Adds what may be left out, while there is room for it and for the rest.
    fn try_add(&mut self, text: &str) -> bool {
        let fits = self.chars + text.chars().count() <= CHARS_MAX - CHARS_RESERVED;
        if fits {
            self.add(text);
        }
        fits
    }

    fn end(self) -> String {
        self.text
    }
}

/// What goes, in a warning that is not folded.
fn warned(page: &mut Page, groups: &[&Group]) {
    if groups.is_empty() {
        return;
    }
    let total: u64 = groups.iter().map(|group| group.blocks.len() as u64 + group.more).sum();
    page.add(&format!(
        "> [!WARNING]\n> {} destroyed or replaced.\n\n",
        text::count(total, "thing will be", "things will be")
    ));
    for group in groups {
        listed(page, group);
    }
}

/// What comes and what changes, folded with its count.
fn folded(page: &mut Page, group: &Group) {
    let count = group.blocks.len() as u64 + group.more;
    let verb = group.blocks.first().map_or("", |block| block.verb);
    let (things, word) = (text::group(count), code(&group.resource));
    page.add(&format!("<details><summary>{things} {word} {verb}</summary>\n\n"));
    listed(page, group);
    page.add("</details>\n\n");
}

fn listed(page: &mut Page, group: &Group) {
    let mut shown = 0;
    page.add("```diff\n");
    for block in &group.blocks {
        if !page.try_add(&lines(block)) {
            break;
        }
        shown += 1;
    }
    page.add("```\n");
    let more = group.more + (group.blocks.len() - shown) as u64;
    if more > 0 {
        page.add(&format!("… and {} more {}\n", text::group(more), code(&group.resource)));
    }
    page.add("\n");
}

/// One change as lines of a diff, whose first character says what it is.
fn lines(block: &Block) -> String {
    let basis = block.basis.as_ref().map(|basis| format!("    {basis}")).unwrap_or_default();
    let mut out = format!("# {} {}{basis}\n", unfenced(&block.address), block.verb);
    for line in &block.lines {
        let sign = match line.sign {
            Sign::Replace | Sign::Remove => '-',
            Sign::Change => '!',
            Sign::Add => '+',
            Sign::Keep => ' ',
        };
        let note = line.note.as_ref().map(|note| format!("    {note}")).unwrap_or_default();
        out.push_str(&unfenced(&format!("{sign} {}{note}\n", line.text())));
    }
    out
}

/// Text that can not end the block of code it stands in: a line of our diff never begins with a fence, so that
/// only a run of three has to be broken.
fn unfenced(text: &str) -> String {
    text.replace("```", "`\u{200b}`\u{200b}`")
}

/// One of our own words as code, inside HTML too, where Markdown is not read.
fn code(word: &str) -> String {
    format!("<code>{word}</code>")
}

/// Text in which no tag, entity, link, mention or emphasis is left.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '@' => out.push_str("@\u{200b}"),
            '#' => out.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '|' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    // A bare address of the web would become a link.
    out.replace("://", ":\u{200b}//").replace("www.", "www\u{200b}.")
}

fn closing(page: &mut Page, view: &View) {
    if let Some(calls) = &view.calls {
        let mut parts = vec![format!("Calls: {calls}")];
        parts.extend(view.quotas.iter().cloned());
        parts.extend(view.done.clone());
        page.add(&format!("{}\n\n", escape(&parts.join(" · "))));
    }
    let mut more: Vec<String> = view
        .waits
        .iter()
        .map(|wait| format!("{} wait for {}", text::count(wait.calls, "call", "calls"), wait.date))
        .collect();
    if view.adopts > 0 {
        more.push(format!("{} adopted without a call", text::count(view.adopts, "row is", "rows are")));
    }
    if view.forgets > 0 {
        more.push(format!("{} forgotten without a call", text::count(view.forgets, "row is", "rows are")));
    }
    let unmanaged = view.unmanaged.len() as u64 + view.unmanaged_more;
    if unmanaged > 0 {
        let properties = text::count(unmanaged, "thing is", "things are");
        more.push(format!("{properties} unmanaged and left alone"));
    }
    more.extend(view.notes.iter().cloned());
    notes(page, &more);
}

fn notes(page: &mut Page, notes: &[String]) {
    let mut used = 0;
    for (at, note) in notes.iter().enumerate() {
        let line = format!("- {}\n", escape(note));
        used += line.chars().count();
        if used > NOTES_CHARS_MAX {
            page.add(&format!("- … and {} more\n", text::group((notes.len() - at) as u64)));
            return;
        }
        page.add(&line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Resource;
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
        assert!(text.chars().count() <= CHARS_MAX, "{} characters", text.chars().count());
        assert!(text.starts_with("### Pushform: 2800 to add, 0 to change, 2800 to destroy\n"), "{text:.80}");
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
        assert_eq!(text.matches("```").count() % 2, 0);
    }

    #[test]
    fn a_hostile_name_stays_text() {
        let mut s = Sample::new();
        let name = "x```\n</details><script>@all [a](http://b)";
        s.change((Resource::TagSet, name), Action::Update, Basis::Observed, &[(ALICE, name, "", "set")], &[]);
        s.plan.notes = vec![name.to_owned()];
        let text = shown(&s.plan);
        assert_eq!(text.matches("```").count(), 2, "{text}");
        let outside: String = text.split("```").step_by(2).collect();
        for bad in ["<script>", "@all", "[a](", "http://"] {
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
