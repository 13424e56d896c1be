//! A plan as one page that needs nothing else: the numbers, the changes with a field to search them, and when
//! each limit's calls go, as a picture.
//!
//! Everything shown is escaped; the page fetches nothing and sends nothing.

use std::fmt::Write;

use crate::plan::{Plan, Summary};
use crate::render::look::Tone;
use crate::render::mask::Mask;
use crate::render::text;
use crate::render::view::{self, Block, Cuts, Group, Lens, Line, Sign, View};
use crate::timestamp::Zone;

/// The page of a plan.
#[must_use]
pub fn plan(plan: &Plan, zone: &Zone, mask: &Mask) -> String {
    let view = view::view(plan, Lens { mask, cuts: Cuts::PAGE, zone });
    let Summary { add, change, destroy } = view.summary;
    let mut out = String::with_capacity(16 * 1024);
    out.push_str(HEAD);
    let when = escape(&zone.minute(plan.created_at));
    let _ = writeln!(out, "<h1>Pushform plan</h1><p>made {when} ({})</p>", escape(zone.name()));
    let _ = writeln!(
        out,
        "<ul class=sum><li class=add>{add} to add<li class=change>{change} to change\
         <li class=remove>{destroy} to destroy</ul>"
    );
    cost(&mut out, &view);
    schedule(&mut out, plan, zone);
    if view.groups.is_empty() {
        out.push_str("<p>No changes. Your infrastructure matches the configuration.</p>\n");
    } else {
        out.push_str("<h2>Changes</h2><input id=q type=search placeholder=\"search\" aria-label=search>\n");
        view.groups.iter().for_each(|group| self::group(&mut out, group));
    }
    if !view.drift.is_empty() {
        out.push_str("<h2>Changed outside of Pushform</h2>\n");
        view.drift.iter().for_each(|group| self::group(&mut out, group));
    }
    out.push_str(FOOT);
    out
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

fn group(out: &mut String, group: &Group) {
    for block in &group.blocks {
        self::block(out, block);
    }
    if group.more > 0 {
        let (more, word) = (text::group(group.more), escape(&group.resource));
        let _ = writeln!(out, "<p>… and {more} more {word}</p>");
    }
}

fn block(out: &mut String, block: &Block) {
    let class = class(Sign::of(block.action));
    let basis = block.basis.as_ref().map(|basis| format!(" <i>{}</i>", escape(basis))).unwrap_or_default();
    let _ = write!(
        out,
        "<details open class=c><summary class={class}><code>{}</code> {}{basis}</summary><pre>",
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
            Tone::Old => write!(out, "<del>{text}</del>"),
            Tone::New => write!(out, "<ins>{text}</ins>"),
            Tone::Plain
            | Tone::Strong
            | Tone::Faint
            | Tone::Add
            | Tone::Remove
            | Tone::Change
            | Tone::Error => {
                write!(out, "{text}")
            }
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

/// Columns of the picture: time from the plan to its end, in equal parts.
const COLUMNS: usize = 60;
/// Height of a lane.
const LANE: usize = 34;
/// Width of the names before the lanes.
const NAMES: usize = 260;
/// Width of the lanes.
const WIDTH: usize = 600;

/// When calls go: a lane for each limit that is spent, darker where more go.
fn schedule(out: &mut String, plan: &Plan, zone: &Zone) {
    let forecast = &plan.forecast;
    let (Some(end), false) = (forecast.finishes_at, forecast.sends_at.is_empty()) else { return };
    if forecast.sends_at.len() != plan.calls.len() {
        return;
    }
    let spent: Vec<_> = forecast.quotas.iter().filter(|quota| quota.needed > 0).collect();
    let span = end.since(plan.created_at).max(1);
    let height = spent.len() * LANE + 24;
    let _ = writeln!(
        out,
        "<h2>Schedule</h2><svg viewBox=\"0 0 {} {height}\" role=img aria-label=\"when calls go\">",
        NAMES + WIDTH
    );
    for (at, quota) in spent.iter().enumerate() {
        let mut parts = [0u64; COLUMNS];
        for (call, sends_at) in plan.calls.iter().zip(&forecast.sends_at) {
            if call.spends.iter().any(|spend| spend.quota == quota.quota) {
                parts[column(sends_at.since(plan.created_at), span)] += 1;
            }
        }
        let name = format!("{} {}: {}", quota.name, text::limit(&quota.limit), text::group(quota.needed));
        lane(out, at * LANE, &name, &parts);
    }
    let y = spent.len() * LANE + 16;
    let _ = writeln!(
        out,
        "<text x={NAMES} y={y}>{}</text><text x={} y={y} text-anchor=end>{}</text></svg>",
        escape(&zone.minute(plan.created_at)),
        NAMES + WIDTH,
        escape(&zone.minute(end))
    );
}

fn column(since_ms: i64, span_ms: i64) -> usize {
    let columns = i128::try_from(COLUMNS).unwrap_or(1);
    let at = i128::from(since_ms.max(0)) * columns / i128::from(span_ms);
    usize::try_from(at).unwrap_or(0).min(COLUMNS - 1)
}

fn lane(out: &mut String, y: usize, name: &str, parts: &[u64; COLUMNS]) {
    let most = parts.iter().copied().max().unwrap_or(0).max(1);
    let _ = write!(out, "<text x=0 y={}>{}</text>", y + 20, escape(name));
    let _ = write!(out, "<rect x={NAMES} y={y} width={WIDTH} height=28 class=lane />");
    for (at, calls) in parts.iter().enumerate().filter(|(_, calls)| **calls > 0) {
        let tall = usize::try_from(calls.saturating_mul(28).div_ceil(most)).unwrap_or(28).max(2);
        let step = WIDTH / COLUMNS;
        let _ = write!(
            out,
            "<rect x={} y={} width={} height={tall} class=bar><title>{}</title></rect>",
            NAMES + at * step,
            y + 28 - tall,
            step - 1,
            text::count(*calls, "call", "calls")
        );
    }
    out.push('\n');
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

const HEAD: &str = include_str!("page_head.html");
const FOOT: &str = include_str!("page_foot.html");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Resource;
    use crate::change::{Action, Basis};
    use crate::quota::{QuotaId, Spend};
    use crate::render::sample::{ALICE, Sample};

    #[test]
    fn the_page_has_numbers_changes_and_a_schedule() {
        let mut plan = Sample::example();
        for call in &mut plan.calls {
            call.spends = vec![Spend { quota: QuotaId(0), subject: 0 }];
        }
        let page = super::plan(&plan, &Zone::shanghai(), &Mask::show());
        for piece in [
            "2 to add",
            "<code>getui.alias[&quot;legacy&quot;]</code> will be destroyed",
            "会员<del>等</del>级",
            "moves from &quot;old_name&quot;",
            "<svg ",
            "class=bar>",
            "getui tag_batch 10,000/1d: 2",
        ] {
            assert!(page.contains(piece), "no {piece} in {page}");
        }
        assert!(page.ends_with("</html>\n"));
        for outside in ["http://", "https://", " src=", "@import"] {
            assert!(!page.contains(outside), "{outside} is fetched");
        }
    }

    #[test]
    fn a_hostile_name_stays_text() {
        let mut s = Sample::new();
        let name = "</pre><script>alert(1)</script>\"' onload=x";
        s.change((Resource::TagSet, name), Action::Update, Basis::Observed, &[(ALICE, name, "", "set")], &[]);
        s.plan.notes = vec![name.to_owned()];
        let page = super::plan(&s.plan, &Zone::shanghai(), &Mask::show());
        assert!(!page.contains("<script>alert"), "{page}");
        assert_eq!(page.matches("</pre>").count(), 1, "{page}");
    }

    #[test]
    fn a_moment_has_a_column_whatever_the_span() {
        assert_eq!(column(0, 1), 0);
        assert_eq!(column(i64::MAX, i64::MAX), COLUMNS - 1);
        assert_eq!(column(-5, 10), 0);
        assert_eq!(column(5, 10), COLUMNS / 2);
    }
}
