//! A plan, a drift and the end of an apply as a person reads them: Terraform's signs and closing lines letter
//! for letter, since tools parse them, then ours.
//!
//! Everything can be read without colours.

use std::fmt::Write;

use crate::change::Action;
use crate::plan::{Plan, Summary};
use crate::problem::Failure;
use crate::render::drift::Found;
use crate::render::look::{Look, Tone};
use crate::render::mask::Mask;
use crate::render::text;
use crate::render::view::{self, Block, Cuts, Group, Lens, Line, Sign, View};
use crate::report::{Report, Rest, Verified};

/// The plan with its closing lines.
#[must_use]
pub fn plan(plan: &Plan, look: &Look, mask: &Mask) -> String {
    let view = view::view(plan, Lens { mask, cuts: Cuts::SCREEN, zone: &look.zone });
    let mut out = String::new();
    drifted(&mut out, &view.drift, look);
    if !view.drift.is_empty() && !view.groups.is_empty() {
        out.push_str(&look.paint.tone(Tone::Faint, &"─".repeat(look.width.min(RULE_MAX))));
        out.push_str("\n\n");
    }
    if view.groups.is_empty() {
        out.push_str(&look.paint.tone(Tone::Strong, view.nothing));
        out.push_str("\n\n");
    } else {
        out.push_str("Pushform will perform the following actions:\n\n");
        groups(&mut out, &view.groups, look);
    }
    beside(&mut out, &view, look);
    closing(&mut out, &view, look);
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// A rule is no longer than this on a wide screen.
const RULE_MAX: usize = 80;

/// What changed outside, for `drift`.
#[must_use]
pub fn drift(found: Found<'_>, look: &Look, mask: &Mask) -> String {
    let lens = Lens { mask, cuts: Cuts::SCREEN, zone: &look.zone };
    let view = view::view(found.plan, lens);
    let mut out = String::new();
    drifted(&mut out, &view.drift, look);
    for note in &view.notes {
        out.push_str(&text::wrap(&format!("Note: {note}"), look.width, 6));
        out.push_str("\n\n");
    }
    let _ = writeln!(out, "{}", found.ending());
    let proven = found.proven().map(|proven| format!("Sample: {proven}."));
    let unobserved = found.unobserved(&look.zone).into_iter().map(|what| format!("Not observed: {what}."));
    for line in proven.into_iter().chain(unobserved) {
        out.push_str(&text::wrap(&line, look.width, 8));
        out.push('\n');
    }
    out
}

fn drifted(out: &mut String, drift: &[Group], look: &Look) {
    if drift.is_empty() {
        return;
    }
    out.push_str(&look.paint.tone(Tone::Strong, "Note: Objects have changed outside of Pushform"));
    out.push_str("\n\n");
    let why = "Pushform detected the following changes made outside of Pushform since the last \
               \"pushform apply\":";
    out.push_str(&text::wrap(why, look.width, 0));
    out.push_str("\n\n");
    groups(out, drift, look);
}

fn groups(out: &mut String, groups: &[Group], look: &Look) {
    for group in groups {
        for block in &group.blocks {
            self::block(out, block, look);
        }
        if group.more > 0 {
            let verb = group.blocks.first().map_or("", |block| block.verb);
            let more = format!("  # … and {} more {} {verb}", text::group(group.more), group.resource);
            out.push_str(&look.paint.tone(Tone::Strong, &more));
            out.push_str("\n\n");
        }
    }
}

fn block(out: &mut String, block: &Block, look: &Look) {
    let heading = format!("  # {} {}", block.address, block.verb);
    let tone =
        if matches!(block.action, Action::Delete | Action::Replace) { Tone::Remove } else { Tone::Strong };
    let mut used = text::width(&heading);
    out.push_str(&look.paint.tone(tone, &heading));
    if let Some(basis) = &block.basis {
        beside_it(out, basis, &mut used, look);
    }
    out.push('\n');
    for line in &block.lines {
        self::line(out, line, look);
    }
    out.push('\n');
}

/// Four spaces before what stands beside a line.
const BESIDE: &str = "    ";
/// What does not fit beside a line goes under it, this far in.
const UNDER: usize = 8;

/// A note beside what was written, or under it where it does not fit.
fn beside_it(out: &mut String, note: &str, used: &mut usize, look: &Look) {
    let fits = *used + BESIDE.len() + text::width(note) <= look.width;
    if fits {
        out.push_str(BESIDE);
        out.push_str(&look.paint.tone(Tone::Faint, note));
        return;
    }
    let wrapped = text::wrap(note, look.width.saturating_sub(UNDER), 0);
    for piece in wrapped.lines() {
        out.push('\n');
        out.push_str(&" ".repeat(UNDER));
        out.push_str(&look.paint.tone(Tone::Faint, piece));
    }
}

fn line(out: &mut String, line: &Line, look: &Look) {
    let gutter = line.sign.gutter();
    out.push_str(&look.paint.tone(line.sign.tone(), gutter));
    let mut used = gutter.len();
    for piece in &line.pieces {
        let tone = if line.sign == Sign::Keep { Tone::Faint } else { piece.tone };
        out.push_str(&look.paint.tone(tone, &piece.text));
        used += text::width(&piece.text);
    }
    if let Some(note) = &line.note {
        beside_it(out, note, &mut used, look);
    }
    out.push('\n');
}

/// What stands between the changes and the closing lines.
fn beside(out: &mut String, view: &View, look: &Look) {
    let mut say = |sentence: String| {
        out.push_str(&text::wrap(&sentence, look.width, 4));
        out.push_str("\n\n");
    };
    let rows = |count| text::count(count, "row is", "rows are");
    if view.adopts > 0 {
        say(format!("Adopted without a call: {} already as declared.", rows(view.adopts)));
    }
    if view.forgets > 0 {
        say(format!("Forgotten without a call: {} gone or changed by somebody else.", rows(view.forgets)));
    }
    if !view.unmanaged.is_empty() {
        let more = view.unmanaged_more;
        let more = if more > 0 { format!(" and {} more", text::group(more)) } else { String::new() };
        say(format!("Unmanaged, left alone: {}{more}", view.unmanaged.join(", ")));
    }
    for note in &view.notes {
        say(format!("Note: {note}"));
    }
}

/// `Plan: 2 to add, 2 to change, 2 to destroy.`
#[must_use]
pub fn totals(summary: Summary) -> String {
    let Summary { add, change, destroy } = summary;
    format!("Plan: {add} to add, {change} to change, {destroy} to destroy.")
}

fn closing(out: &mut String, view: &View, look: &Look) {
    if !view.groups.is_empty() {
        out.push_str(&look.paint.tone(Tone::Strong, &totals(view.summary)));
        out.push('\n');
    }
    if let Some(calls) = &view.calls {
        let mut parts = vec![format!("Calls: {calls}")];
        parts.extend(view.quotas.iter().cloned());
        parts.extend(view.done.clone());
        let parts = parts.iter().map(String::as_str);
        out.push_str(&text::join(parts, " · ", look.width, 7));
        out.push('\n');
    }
    for wait in &view.waits {
        let calls = text::count(wait.calls, "call", "calls");
        let head = format!("Waits for {}: {calls}", wait.date);
        out.push_str(&text::join(
            std::iter::once(head.as_str()).chain(wait.what.iter().map(String::as_str)),
            " · ",
            look.width,
            7,
        ));
        out.push('\n');
    }
}

/// `Apply complete! Resources: 1 added, 2 changed, 3 destroyed.`
#[must_use]
pub fn ended(report: &Report) -> String {
    let Summary { add, change, destroy } = report.summary;
    let word = if report.problems.has_errors() || report.problems.failure == Failure::Interrupted {
        "incomplete."
    } else if report.rest.is_some() {
        "paused."
    } else {
        "complete!"
    };
    format!("Apply {word} Resources: {add} added, {change} changed, {destroy} destroyed.")
}

/// What is said of a saved plan of which nothing is left.
pub const ALREADY: &str =
    "The saved plan is already applied: every row is as it was planned. Nothing was sent.";

/// The end of an apply: what is done, how it was made sure, what waits. Problems are drawn by `problem.rs`.
#[must_use]
pub fn report(report: &Report, look: &Look) -> String {
    let mut out = if report.already_applied { format!("{ALREADY}\n\n") } else { String::new() };
    out.push_str(&format!("{}\n", look.paint.tone(Tone::Strong, &ended(report))));
    let mut parts = Vec::new();
    let calls = report.calls + report.reads;
    if calls > 0 {
        parts.push(format!("Calls: {} in {}", text::group(calls), text::duration(report.took_ms())));
    }
    parts.extend(verified(report.verified));
    if report.adopted > 0 {
        parts.push(format!("{} adopted", text::count(report.adopted, "row", "rows")));
    }
    if report.errored > 0 {
        parts.push(text::count(report.errored, "change failed", "changes failed"));
    }
    if !parts.is_empty() {
        out.push_str(&text::join(parts.iter().map(String::as_str), " · ", look.width, 7));
        out.push('\n');
    }
    if let Some(rest) = &report.rest {
        out.push_str(&text::wrap(&self::rest(rest, look), look.width, 6));
        out.push('\n');
    }
    out
}

/// What waits, and until when.
fn rest(rest: &Rest, look: &Look) -> String {
    let calls = text::count(rest.calls, "call", "calls");
    if rest.calls == 0 {
        return format!(
            "Rest: reading back had no time before {}; run the same command again.",
            rest.because
        );
    }
    if rest.because.starts_with("--") {
        return format!("Rest: {calls} had no time before {}; run the same command again.", rest.because);
    }
    let waits = if rest.calls == 1 { "waits" } else { "wait" };
    let (because, from) = (text::clean(&rest.because), look.zone.minute(rest.next_at));
    format!("Rest: {calls} {waits} for {because}; run the same command again from {from} on.")
}

/// `verified in full: 17 rows read back`; where some are not as written, `read back: 3 of 17 rows are not as written`
fn verified(verified: Verified) -> Option<String> {
    let rows = |rows| text::count(rows, "row", "rows");
    let blind = |unreadable| match unreadable {
        0 => String::new(),
        some => format!(", {} cannot be", rows(some)),
    };
    let not_so = |untrue: u64| format!("{} not as written", text::count(untrue, "is", "are"));
    match verified {
        Verified::Nothing | Verified::InFull { rows: 0, untrue: _, unreadable: 0 } => None,
        Verified::InFull { rows: 0, untrue: _, unreadable } => {
            Some(format!("{} cannot be read back", rows(unreadable)))
        }
        Verified::InFull { rows: all, untrue: 0, unreadable } => {
            Some(format!("verified in full: {} read back{}", rows(all), blind(unreadable)))
        }
        Verified::InFull { rows: all, untrue, unreadable } => {
            Some(format!("read back in full: of {} {}{}", rows(all), not_so(untrue), blind(unreadable)))
        }
        Verified::CutShort { rows: seen, of, unreadable } => {
            let open = text::group(of.saturating_sub(seen));
            Some(format!("not read back: {open} of {}{}", rows(of), blind(unreadable)))
        }
        Verified::Sampled { counts, rows: some, of, untrue, unreadable, seed } => {
            let counts = if counts > 0 {
                format!("{} and ", text::count(counts, "count", "counts"))
            } else {
                String::new()
            };
            let (some, of, blind) = (text::group(some), rows(of), blind(unreadable));
            let (word, untrue) = match untrue {
                0 => ("verified", String::new()),
                some => ("read back", format!(", of which {}", not_so(some))),
            };
            Some(format!(
                "{word} by {counts}a sample: {some} of {of} read back{untrue}, drawn by seed {seed}{blind}"
            ))
        }
    }
}

#[cfg(test)]
#[path = "terminal_tests.rs"]
mod tests;
