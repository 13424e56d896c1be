//! A plan as one page that needs nothing else: the numbers, when each limit's calls go as a picture, and the
//! changes with a field to search them.
//!
//! Everything shown is escaped; the page fetches nothing and sends nothing, and a policy inside it says so.

mod schedule;

use std::fmt::Write;

use crate::plan::{Plan, Summary};
use crate::render::look::Tone;
use crate::render::mask::Mask;
use crate::render::text;
use crate::render::view::{self, Block, Cuts, Group, Lens, Line, Sign, View};
use crate::timestamp::Zone;

/// What changes may take of a page, in bytes: a browser opens this much at once, and nobody reads more.
const CHANGES_BYTES_MAX: usize = 4 << 20;
/// Up to so many changes are unfolded from the beginning.
const OPEN_MAX: usize = 60;

/// How the page looks.
const STYLE: &str = include_str!("html/page.css");
/// How the field searches.
const SCRIPT: &str = include_str!("html/page.js");
/// The digests of both: nothing else may look or run.
const STYLE_DIGEST: &str = "APOXVdbmqLwx1TzBgL9RXw7fLj/gavvmnS/QVZmqWvc=";
const SCRIPT_DIGEST: &str = "0CFSKfW695kEgfggsWo78P+xZ1dGxOkDzJ37D0w07/c=";

/// The page of a plan.
#[must_use]
pub fn plan(plan: &Plan, zone: &Zone, mask: &Mask) -> String {
    let view = view::view(plan, Lens { mask, cuts: Cuts::PAGE, zone });
    let mut out = String::with_capacity(64 * 1024);
    head(&mut out, view.summary);
    let when = escape(&zone.minute(plan.created_at));
    let _ = writeln!(out, "<h1>Pushform plan</h1><p class=faint>made {when} ({})</p>", escape(zone.name()));
    numbers(&mut out, view.summary);
    cost(&mut out, &view);
    schedule::schedule(&mut out, plan, zone);
    changes(&mut out, &view);
    let _ = writeln!(out, "<script>{SCRIPT}</script></body></html>");
    out
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

fn numbers(out: &mut String, summary: Summary) {
    out.push_str("<ul class=sum>");
    let Summary { add, change, destroy } = summary;
    for (class, number, words) in
        [("add", add, "to add"), ("change", change, "to change"), ("remove", destroy, "to destroy")]
    {
        let class = if number == 0 { "keep" } else { class };
        let _ = write!(out, "<li class={class}><b>{}</b>{words}", text::group(number));
    }
    out.push_str("</ul>\n");
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

fn changes(out: &mut String, view: &View) {
    out.push_str("<h2>Changes</h2>\n");
    if view.groups.is_empty() && view.drift.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", view.nothing);
        return;
    }
    let shown: usize = view.groups.iter().chain(&view.drift).map(|group| group.blocks.len()).sum();
    let open = if shown <= OPEN_MAX { " open" } else { "" };
    out.push_str(
        "<div class=find><input id=q type=search placeholder=\"Search names and rows\" \
         aria-label=\"Search names and rows\"><output id=found class=faint></output></div>\n",
    );
    let mut room = CHANGES_BYTES_MAX;
    view.groups.iter().for_each(|group| self::group(out, group, open, &mut room));
    if !view.drift.is_empty() {
        out.push_str("<h2>Changed outside of Pushform</h2>\n");
        view.drift.iter().for_each(|group| self::group(out, group, open, &mut room));
    }
}

/// A group's changes, in at most half of the room that is left: a long one leaves some to those after it.
fn group(out: &mut String, group: &Group, open: &str, room: &mut usize) {
    let (count, word) = (text::group(group.count()), escape(&group.resource));
    let class = class(Sign::of(group.action));
    let rows = group.rows.words(group.count());
    let rows = rows.map(|rows| format!(" <small>{}</small>", escape(&rows))).unwrap_or_default();
    let _ = writeln!(
        out,
        "<section class=g><h3><span class={class}>{count} {word} {}</span>{rows}</h3>",
        group.verb()
    );
    let end = out.len() + *room / 2;
    let start = out.len();
    let mut shown = 0;
    for block in &group.blocks {
        if out.len() >= end {
            break;
        }
        self::block(out, block, open);
        shown += 1;
    }
    *room = room.saturating_sub(out.len() - start);
    let more = group.more + (group.blocks.len() - shown) as u64;
    if more > 0 {
        let _ = writeln!(out, "<p class=faint>… and {} more {word}, not on this page</p>", text::group(more));
    }
    out.push_str("</section>\n");
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

#[cfg(test)]
mod tests {
    use base64::Engine;
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::address::Resource;
    use crate::change::{Action, Basis};
    use crate::quota::{QuotaId, Spend};
    use crate::render::sample::{ALICE, Sample};

    fn page(plan: &Plan) -> String {
        super::plan(plan, &Zone::shanghai(), &Mask::show())
    }

    #[test]
    fn the_page_has_numbers_changes_and_a_schedule() {
        let mut plan = Sample::example();
        for call in &mut plan.calls {
            call.spends = vec![Spend { quota: QuotaId(0), subject: 0 }];
        }
        let page = page(&plan);
        for piece in [
            "<li class=add><b>2</b>to add",
            "<code class=remove>getui.alias[&quot;legacy&quot;]</code> will be destroyed",
            "会员<del>等</del>级",
            "moves from &quot;old_name&quot;",
            "<svg ",
            "class=bar",
            "getui tag_batch 10,000/1d",
            "<small>+1,204 rows</small>",
        ] {
            assert!(page.contains(piece), "no {piece} in {page}");
        }
        assert!(page.ends_with("</html>\n"));
        for outside in ["http://", "https://", " src=", "@import", " style=", " href="] {
            assert!(!page.contains(outside), "{outside} is fetched, or looks without the policy");
        }
    }

    #[test]
    fn the_policy_lets_our_style_and_our_script_run_and_nothing_else() {
        let digest = |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
        assert_eq!(STYLE_DIGEST, digest(STYLE), "put the digest on the right into html.rs");
        assert_eq!(SCRIPT_DIGEST, digest(SCRIPT), "put the digest on the right into html.rs");
        let page = page(&Sample::new().plan);
        assert!(page.contains("default-src 'none';") && !page.contains("unsafe"), "{page}");
        assert_eq!((page.matches("<script>").count(), page.matches("<style>").count()), (1, 1));
    }

    #[test]
    fn a_hostile_name_stays_text() {
        let mut s = Sample::new();
        let name = "</pre><script>alert(1)</script>\"' onload=x";
        s.change((Resource::TagSet, name), Action::Update, Basis::Observed, &[(ALICE, name, "", "set")], &[]);
        s.plan.notes = vec![name.to_owned()];
        let page = page(&s.plan);
        assert!(!page.contains("<script>alert"), "{page}");
        assert_eq!(page.matches("</pre>").count(), 1, "{page}");
    }

    #[test]
    fn a_hundred_thousand_changes_are_counted_and_cut() {
        let mut s = Sample::new();
        let tags: Vec<String> = (0..30).map(|at| format!("tag{at}{}", "喜".repeat(25))).collect();
        for at in 0..100_000 {
            let user = format!("{at:032x}");
            let shown = if at < 3_000 { tags.len() } else { 1 };
            let cells: Vec<_> =
                tags[..shown].iter().map(|tag| (user.as_str(), tag.as_str(), "", "set")).collect();
            let resource = if at % 2 == 0 { Resource::TagSet } else { Resource::TagMembers };
            s.change((resource, &user), Action::Create, Basis::Observed, &cells, &[]);
        }
        let page = page(&s.plan);
        assert!(page.len() < CHANGES_BYTES_MAX + 100_000, "{} bytes", page.len());
        for piece in [
            "<b>100,000</b>to add",
            "50,000 getui.tag_set will be created",
            " more getui.tag_members, not on",
        ] {
            assert!(page.contains(piece), "no {piece}");
        }
    }
}
