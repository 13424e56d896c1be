//! A plan as one page that needs nothing else: the numbers, what is deleted, when each limit's calls go as a picture,
//! and every change, with filters and a field to search them.
//!
//! All changes are packed into the page (`packed.rs`) and drawn where they are looked at; the first ones stand in it as
//! HTML too. Everything shown is escaped, and the script sets text alone; the page fetches nothing and sends nothing,
//! and a policy inside it says so.

mod packed;
mod schedule;
#[cfg(test)]
mod tests;

use std::fmt::{self, Write};

use crate::address::resource_word;
use crate::change::Action;
use crate::plan::{Base, Plan, Summary};
use crate::render::groups::Grouping;
use crate::render::look::Tone;
use crate::render::mask::Mask;
use crate::render::terminal;
use crate::render::text;
use crate::render::view::{self, Block, Cuts, Group, Lens, Line, Sign, Tally, View};
use crate::timestamp::Zone;

/// Changes that are there without a script, and on paper.
const FIRST_MAX: u64 = 1_000;
/// What they may take of a page, in bytes.
const FIRST_BYTES_MAX: usize = 1 << 20;
/// Up to so many changes are unfolded from the beginning.
const OPEN_MAX: u64 = 60;
/// Up to so many deletions of one group are unfolded above the schedule.
const OPEN_DELETIONS_MAX: usize = 10;

/// How the page looks.
const STYLE: &str = include_str!("html/page.css");
/// What unpacks, draws, filters and searches the changes.
const SCRIPT: &str = include_str!("html/page.js");
/// What the script shows once the changes are unpacked.
const TOOLS: &str = include_str!("html/tools.html");
/// The digests of the first two: nothing else may look or run.
const STYLE_DIGEST: &str = "17qCgyGp5ZEGKRz9Yee6Lmx+dUPU0wVh1/Bl56AoBKs=";
const SCRIPT_DIGEST: &str = "ZtPYyzWf5uAZlAE2Fpu4oYat1qXFaU+rv1XzZBmuRSo=";

/// Writes the page of a plan, piece by piece: what holds every change is never there as a whole.
///
/// # Errors
/// When `out` takes no more.
pub fn plan(plan: &Plan, zone: &Zone, mask: &Mask, out: &mut dyn fmt::Write) -> fmt::Result {
    let view = view::view(plan, Lens { mask, cuts: Cuts::SCREEN, zone });
    let changes = [&Grouping::planned(plan), &Grouping::happened(plan)];
    let mut page = String::with_capacity(64 * 1024);
    head(&mut page, view.summary);
    origin(&mut page, plan, zone);
    numbers(&mut page, &view);
    cost(&mut page, &view);
    deletions(&mut page, &view);
    schedule::schedule(&mut page, plan, zone);
    page.push_str("<h2>Changes</h2>\n");
    let is_empty = changes.iter().all(|grouping| grouping.groups().is_empty());
    if is_empty {
        let _ = writeln!(page, "<p>{}</p>", view.nothing);
    } else {
        page.push_str(TOOLS);
        page.push_str("<div id=first>\n");
        first(&mut page, &changes, Lens { mask, cuts: Cuts::PAGE, zone });
        page.push_str("</div>\n");
    }
    out.write_str(&page)?;
    if !is_empty {
        packed::write(out, &changes, Lens { mask, cuts: Cuts::NONE, zone })?;
    }
    writeln!(out, "<script>{SCRIPT}</script></body></html>")
}

fn head(out: &mut String, summary: Summary) {
    let Summary { add, change, destroy } = summary;
    let [add, change, destroy] = [add, change, destroy].map(text::group);
    let _ = writeln!(
        out,
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>\n\
         <meta name=viewport content=\"width=device-width,initial-scale=1\">\n\
         <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; base-uri 'none'; form-action 'none'; \
         style-src 'sha256-{STYLE_DIGEST}'; script-src 'sha256-{SCRIPT_DIGEST}'\">\n\
         <title>Pushform plan: {add} to add, {change} to change, {destroy} to destroy</title>\n\
         <style>{STYLE}</style></head><body>"
    );
}

/// Whose plan it is, and of when.
fn origin(out: &mut String, plan: &Plan, zone: &Zone) {
    let Base { project, emulated, accounts, .. } = &plan.base;
    let badge = if *emulated { " <b class=badge>emulated</b>" } else { "" };
    let when = escape(&zone.minute(plan.created_at));
    let _ = write!(out, "<h1>Pushform plan{badge}</h1><dl>");
    let mut term = |name: &str, text: &str| {
        let _ = write!(out, "<div><dt>{name}<dd>{}</div>", escape(&text::clean(text)));
    };
    if !project.is_empty() {
        term("Project", project);
    }
    for account in accounts.values() {
        term("Account", account);
    }
    let zone = zone.name();
    let _ = writeln!(out, "<div><dt>Made<dd>{when} ({})</div></dl>", escape(zone));
    if *emulated {
        out.push_str("<p>The vendors were emulated: nothing of this is about a real account.</p>\n");
    }
}

fn numbers(out: &mut String, view: &View) {
    out.push_str("<ul class=sum>");
    let Summary { add, change, destroy } = view.summary;
    for (class, number, words) in
        [("add", add, "to add"), ("change", change, "to change"), ("remove", destroy, "to destroy")]
    {
        let class = if number == 0 { "keep" } else { class };
        let _ = write!(out, "<li class={class}><b>{}</b>{words}", text::group(number));
    }
    out.push_str("</ul>\n");
    if !view.groups.is_empty() {
        let _ = writeln!(out, "<p><b>{}</b></p>", terminal::totals(view.summary));
    }
}

fn cost(out: &mut String, view: &View) {
    let mut lines: Vec<String> = Vec::new();
    if let Some(calls) = &view.calls {
        let mut parts = vec![format!("Calls: {calls}")];
        parts.extend(view.quotas.iter().cloned());
        parts.extend(view.done.clone());
        lines.push(parts.join(" · "));
    }
    for wait in &view.waits {
        let calls = text::count(wait.calls, "call", "calls");
        lines.push(format!("Waits for {}: {calls} · {}", wait.date, wait.what.join(" · ")));
    }
    if view.adopts > 0 {
        lines.push(format!("Adopted without a call: {}", text::count(view.adopts, "row", "rows")));
    }
    if view.forgets > 0 {
        lines.push(format!("Forgotten without a call: {}", text::count(view.forgets, "row", "rows")));
    }
    if !view.unmanaged.is_empty() {
        let more = if view.unmanaged_more > 0 {
            format!(" and {} more", text::group(view.unmanaged_more))
        } else {
            String::new()
        };
        lines.push(format!("Unmanaged, left alone: {}{more}", view.unmanaged.join(", ")));
    }
    lines.extend(view.notes.iter().map(|note| format!("Note: {note}")));
    for line in lines {
        let _ = writeln!(out, "<p>{}</p>", escape(&line));
    }
}

/// What goes, before when it goes: nobody should have to scroll for it.
fn deletions(out: &mut String, view: &View) {
    if view.groups.is_empty() {
        return;
    }
    out.push_str("<h2>Deletions</h2>\n");
    let is_deletion = |group: &&Group| matches!(group.action, Action::Delete | Action::Replace);
    for group in view.groups.iter().filter(is_deletion) {
        heading(out, (&group.resource, group.verb(), group.action), (group.count(), group.rows));
        let open = if group.blocks.len() <= OPEN_DELETIONS_MAX { " open" } else { "" };
        group.blocks.iter().for_each(|block| self::block(out, block, open));
        more(out, group.more, &group.resource, ", among the changes below");
    }
    let rows: u64 =
        view.groups.iter().filter(|group| !is_deletion(group)).map(|group| group.rows.remove).sum();
    let objects = view.groups.iter().filter(is_deletion).count();
    match (objects, rows) {
        (0, 0) => out.push_str("<p>Nothing is deleted.</p>\n"),
        (_, 0) => {}
        (objects, rows) => {
            let rows = text::count(rows, "row", "rows");
            let also = if objects == 0 { "No object is destroyed. Updates" } else { "Updates also" };
            let _ = writeln!(out, "<p>{also} remove {rows}.</p>");
        }
    }
}

/// The first changes, for whoever runs no script, and for paper.
fn first(out: &mut String, changes: &[&Grouping<'_>], lens: Lens<'_>) {
    let all: u64 = changes.iter().flat_map(|grouping| grouping.groups()).map(|group| group.changes).sum();
    let open = if all <= OPEN_MAX { " open" } else { "" };
    let (mut room, end) = (FIRST_MAX, out.len() + FIRST_BYTES_MAX);
    for grouping in changes {
        if grouping.is_drift() && !grouping.groups().is_empty() {
            out.push_str("<h2>Changed outside of Pushform</h2>\n");
        }
        for group in grouping.groups() {
            let word = resource_word(group.resource);
            heading(out, (&word, group.verb, group.action), (group.changes, group.rows));
            let mut shown = 0;
            for (change, mut block) in grouping.headings(group, lens) {
                if room == 0 || out.len() >= end {
                    break;
                }
                grouping.lines(change, lens, &mut |line| block.lines.push(line));
                self::block(out, &block, open);
                (room, shown) = (room - 1, shown + 1);
            }
            more(out, group.changes - shown, &word, ": the page lists them on a screen, with JavaScript");
        }
    }
}

fn heading(out: &mut String, (word, verb, action): (&str, &str, Action), (count, rows): (u64, Tally)) {
    let class = class(Sign::of(action));
    let rows = rows.words(count).map(|rows| format!(" <small>{}</small>", escape(&rows)));
    let (count, rows) = (text::group(count), rows.unwrap_or_default());
    let _ = writeln!(out, "<h3><span class={class}>{count} {} {verb}</span>{rows}</h3>", escape(word));
}

fn more(out: &mut String, more: u64, word: &str, place: &str) {
    if more > 0 {
        let _ = writeln!(out, "<p class=faint>… and {} more {}{place}</p>", text::group(more), escape(word));
    }
}

fn block(out: &mut String, block: &Block, open: &str) {
    let class = class(Sign::of(block.action));
    let basis = block.basis.as_ref().map(|basis| format!(" <i>{}</i>", escape(basis))).unwrap_or_default();
    let _ = write!(
        out,
        "<details{open} class=c><summary><code class={class}>{}</code> {}{basis}</summary><pre>",
        escape(&block.address),
        block.verb
    );
    block.lines.iter().for_each(|line| self::line(out, line));
    out.push_str("</pre></details>\n");
}

fn line(out: &mut String, line: &Line) {
    let _ = write!(out, "<span class={}>{}", class(line.sign), line.sign.gutter());
    for piece in &line.pieces {
        let text = escape(&piece.text);
        let _ = match piece.tone {
            Tone::Old | Tone::Remove => write!(out, "<del>{text}</del>"),
            Tone::New | Tone::Add => write!(out, "<ins>{text}</ins>"),
            Tone::Plain | Tone::Strong | Tone::Faint | Tone::Change | Tone::Error => write!(out, "{text}"),
        };
    }
    if let Some(note) = &line.note {
        let _ = write!(out, "    <i>{}</i>", escape(note));
    }
    out.push_str("</span>\n");
}

const fn class(sign: Sign) -> &'static str {
    match sign {
        Sign::Replace | Sign::Remove => "remove",
        Sign::Change => "change",
        Sign::Add => "add",
        Sign::Keep => "keep",
    }
}

/// Text in which no tag, attribute or entity can begin or end.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
