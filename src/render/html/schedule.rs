//! The picture of a plan's schedule: a lane for each limit with its calls over time, then a bar for each sort of
//! call with arrows from what it waits for, the days marked.
//!
//! Across, everything is in percent, and down in pixels: so it fits a telephone and a wide screen alike, without
//! a script and without letters that shrink. Its size does not depend on the number of calls.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::escape;
use crate::kind::Write as Sent;
use crate::plan::{NEVER, Plan, QuotaNeed};
use crate::render::text;
use crate::timestamp::{Timestamp, Zone};

/// Columns of a lane: time from the plan to its end, in equal parts.
const COLUMNS: usize = 120;
/// Height of a limit's row: its words, its lane, and some room.
const ROW: usize = 58;
/// Height of a row with a bar.
const BAR_ROW: usize = 44;
/// Where a row's picture begins, below its words.
const PICTURE: usize = 20;
/// Height of a lane.
const LANE: usize = 28;
/// Height of a bar.
const BAR: usize = 12;
/// Where the first row begins, below the dates.
const TOP: usize = 24;
/// Dates that have room side by side on a telephone.
const DATES_MAX: usize = 4;
/// How far to the right a date can begin.
const DATE_PLACE_MAX: u64 = 8_500;
/// Days that are marked; more would be a grey area.
const DAYS_MAX: usize = 62;

/// From when to when the picture goes.
#[derive(Clone, Copy)]
struct Span {
    from: Timestamp,
    to: Timestamp,
}

impl Span {
    fn ms(self) -> i64 {
        self.to.since(self.from).max(1)
    }

    /// Where a moment is, in hundredths of a percent.
    fn place(self, at: Timestamp) -> u64 {
        let part = i128::from(at.since(self.from).max(0)) * 10_000 / i128::from(self.ms());
        u64::try_from(part).unwrap_or(0).min(10_000)
    }

    fn column(self, at: Timestamp) -> usize {
        let place = usize::try_from(self.place(at)).unwrap_or(0);
        (place * COLUMNS / 10_000).min(COLUMNS - 1)
    }
}

/// `12.34%`
fn percent(place: u64) -> String {
    format!("{}.{:02}%", place / 100, place % 100)
}

/// Draws it, where there is something to draw.
pub(super) fn schedule(out: &mut String, plan: &Plan, zone: &Zone) {
    let forecast = &plan.forecast;
    if plan.calls.is_empty() || forecast.sends_at.len() != plan.calls.len() {
        return;
    }
    let sent = forecast.sends_at.iter().copied().filter(|at| *at != NEVER);
    let last = sent.max().unwrap_or(plan.created_at);
    let span = Span { from: plan.created_at, to: forecast.finishes_at.unwrap_or(last).max(last) };
    let limits: Vec<&QuotaNeed> = forecast.quotas.iter().filter(|quota| quota.needed > 0).collect();
    let work = work(plan);
    let height = TOP + limits.len() * ROW + work.len() * BAR_ROW + 24;
    let _ = writeln!(
        out,
        "<h2>Schedule</h2><svg height={height} role=img aria-label=\"when calls go\"><defs><marker id=tip \
         viewBox=\"0 0 6 6\" refX=5 refY=3 markerWidth=6 markerHeight=6 orient=auto><path d=\"M0 0L6 3L0 6z\" \
         class=tip /></marker></defs>"
    );
    days(out, span, height, zone);
    for (at, limit) in limits.iter().enumerate() {
        lane(out, TOP + at * ROW, plan, limit, span);
    }
    let top = TOP + limits.len() * ROW;
    // Arrows lie below the words that they cross.
    arrows(out, top, &work, span);
    for (at, one) in work.iter().enumerate() {
        bar(out, top + at * BAR_ROW, one, span);
    }
    ends(out, height, span, zone);
    out.push_str("</svg>\n");
}

/// A line at each turn of a day, and the dates of some.
fn days(out: &mut String, span: Span, height: usize, zone: &Zone) {
    let mut turns = Vec::new();
    let mut at = zone.next_day(span.from);
    while at < span.to && turns.len() < DAYS_MAX {
        turns.push(at);
        at = zone.next_day(at);
    }
    let step = turns.len().div_ceil(DATES_MAX).max(1);
    for (number, turn) in turns.into_iter().enumerate() {
        let x = percent(span.place(turn));
        let bottom = height - 20;
        let _ = writeln!(out, "<line x1={x} x2={x} y1=16 y2={bottom} class=day />");
        // At the right edge a date has no room.
        if number % step == 0 && span.place(turn) < DATE_PLACE_MAX {
            let date = escape(&zone.date(turn));
            let _ = writeln!(out, "<text x={x} y=12 class=faint>{date}</text>");
        }
    }
}

/// When it begins and when it ends, below everything.
fn ends(out: &mut String, height: usize, span: Span, zone: &Zone) {
    let y = height - 4;
    let (from, to) = (escape(&zone.minute(span.from)), escape(&zone.minute(span.to)));
    let took = text::duration(span.ms());
    let _ = writeln!(
        out,
        "<text x=0 y={y} class=faint>{from}</text>\
         <text x=100% y={y} class=faint text-anchor=end>+ {took}<title>{to}</title></text>"
    );
}

/// The calls that spend a limit, over time.
fn lane(out: &mut String, y: usize, plan: &Plan, limit: &QuotaNeed, span: Span) {
    let mut parts = [0_u64; COLUMNS];
    for (call, sends_at) in plan.calls.iter().zip(&plan.forecast.sends_at) {
        if *sends_at != NEVER && call.spends.iter().any(|spend| spend.quota == limit.quota) {
            parts[span.column(*sends_at)] += 1;
        }
    }
    let decides = if limit.binds { " · decides the end" } else { "" };
    let name = format!("{} {}", limit.name, text::limit(&limit.limit));
    let calls = text::count(limit.needed, "call", "calls");
    let _ = write!(
        out,
        "<text x=0 y={}>{} <tspan class=faint>{calls}, room for {}{decides}</tspan></text>\
         <rect x=0 y={} width=100% height={LANE} class=lane />",
        y + 14,
        escape(&name),
        text::group(limit.left),
        y + PICTURE
    );
    let most = parts.iter().copied().max().unwrap_or(0).max(1);
    for (at, calls) in parts.iter().enumerate().filter(|(_, calls)| **calls > 0) {
        let tall = usize::try_from(calls.saturating_mul(LANE as u64).div_ceil(most)).unwrap_or(LANE).max(2);
        let x = percent(at as u64 * 10_000 / COLUMNS as u64);
        let _ = write!(
            out,
            "<rect x={x} y={} width=0.7% height={tall} class=bar><title>{}</title></rect>",
            y + PICTURE + LANE - tall,
            text::count(*calls, "call", "calls")
        );
    }
    out.push('\n');
}

/// All calls of one sort.
struct Work {
    word: &'static str,
    calls: u64,
    /// Those that a limit of 0 forbids.
    never: u64,
    first: Timestamp,
    last: Timestamp,
    /// What it waits for: another sort, how many calls wait, and when the first of them goes.
    after: BTreeMap<&'static str, (u64, Timestamp)>,
}

/// The sorts of calls, each with what it waits for.
fn work(plan: &Plan) -> Vec<Work> {
    let sends_at = &plan.forecast.sends_at;
    let mut found: BTreeMap<&'static str, Work> = BTreeMap::new();
    for (call, at) in plan.calls.iter().zip(sends_at) {
        let word = word(&call.write);
        let none =
            Work { word, calls: 0, never: 0, first: NEVER, last: Timestamp(0), after: BTreeMap::new() };
        let one = found.entry(word).or_insert(none);
        one.calls += 1;
        one.never += u64::from(*at == NEVER);
        one.first = one.first.min(*at);
        one.last = if *at == NEVER { one.last } else { one.last.max(*at) };
    }
    for (call, at) in plan.calls.iter().zip(sends_at) {
        let own = word(&call.write);
        let before = call.after.iter().filter_map(|before| plan.calls.get(*before as usize));
        let before: BTreeSet<&'static str> = before.map(|before| word(&before.write)).collect();
        for other in before.into_iter().filter(|other| *other != own) {
            let Some(own) = found.get_mut(own) else { continue };
            let waits = own.after.entry(other).or_insert((0, *at));
            waits.0 += 1;
            waits.1 = waits.1.min(*at);
        }
    }
    in_order(found)
}

/// In the order in which they begin; of those that begin at one moment, what waits stands below what it waits for.
fn in_order(mut found: BTreeMap<&'static str, Work>) -> Vec<Work> {
    let mut words: Vec<&'static str> = found.keys().copied().collect();
    words.sort_by_key(|word| (found[word].first, found[word].last));
    let mut sorted = Vec::new();
    words.into_iter().for_each(|word| place(word, &mut found, &mut sorted));
    sorted
}

/// Places one below those that it waits for and that begin no later. It is taken out first, so what waits for one
/// another comes to an end.
fn place(word: &'static str, found: &mut BTreeMap<&'static str, Work>, sorted: &mut Vec<Work>) {
    let Some(one) = found.remove(word) else { return };
    for before in one.after.keys() {
        if found.get(before).is_some_and(|before| before.first <= one.first) {
            place(before, found, sorted);
        }
    }
    sorted.push(one);
}

fn bar(out: &mut String, y: usize, one: &Work, span: Span) {
    let mut words = text::count(one.calls, "call", "calls");
    for (from, (calls, _)) in &one.after {
        let verb = if *calls == 1 { "waits" } else { "wait" };
        words.push_str(&format!(", {} {verb} for: {from}", text::group(*calls)));
    }
    if one.never > 0 {
        words.push_str(&format!(", {} never go: a limit of 0 forbids them", text::group(one.never)));
    }
    let (name, words) = (escape(one.word), escape(&words));
    let _ = write!(out, "<text x=0 y={}>{name} <tspan class=faint>{words}</tspan></text>", y + 14);
    if one.first != NEVER {
        let from = span.place(one.first).min(9_900);
        let wide = (span.place(one.last).saturating_sub(from)).max(100);
        let (x, width) = (percent(from), percent(wide));
        let _ = write!(out, "<rect x={x} y={} width={width} height={BAR} rx=3 class=span />", y + PICTURE);
    }
    out.push('\n');
}

/// From each sort of call to those that wait for it, where the first of them begins.
fn arrows(out: &mut String, top: usize, work: &[Work], span: Span) {
    let middle = |at: usize| top + at * BAR_ROW + PICTURE + BAR / 2;
    for (to, one) in work.iter().enumerate() {
        for (number, (before, (calls, at))) in one.after.iter().enumerate() {
            let from = work.iter().position(|one| one.word == *before);
            let Some(from) = from.filter(|_| *at != NEVER) else { continue };
            let x = percent(span.place(*at).min(9_900));
            // Arrows that would lie upon one another stand side by side; the tip ends at the bar's edge.
            let side = 4 + number * 6;
            let end = if from < to { middle(to) - BAR / 2 } else { middle(to) + BAR / 2 };
            let title = format!(
                "{} {} after {}",
                text::count(*calls, "call goes", "calls go"),
                escape(one.word),
                escape(before)
            );
            let _ = writeln!(
                out,
                "<line x1={x} x2={x} y1={} y2={end} transform=\"translate({side} 0)\" class=wait \
                 marker-end=\"url(#tip)\"><title>{title}</title></line>",
                middle(from)
            );
        }
    }
}

/// What a call does, in a few words.
const fn word(write: &Sent) -> &'static str {
    match write {
        Sent::BindAliases(_) => "bind aliases",
        Sent::UnbindAliases(_) => "unbind aliases",
        Sent::ClearAlias(..) => "clear aliases",
        Sent::OverwriteTags { .. } => "overwrite a user's tags",
        Sent::BindTag(..) => "bind a tag",
        Sent::UnbindTag(..) => "unbind a tag",
        Sent::Block(_) => "put on the blacklist",
        Sent::Unblock(_) => "take off the blacklist",
        Sent::BindTokens(..) => "bind device tokens",
        Sent::UnbindTokens(..) => "unbind device tokens",
        Sent::CreateProperty(..) => "create properties",
        Sent::DescribeProperty(..) => "describe properties",
        Sent::DeleteProperty(_) => "delete properties",
        Sent::SetValues(_) => "set values of devices",
        Sent::RemoveValue(..) => "remove values of devices",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Name;
    use crate::render::sample::Sample;

    fn drawn(sample: &Sample) -> String {
        let mut out = String::new();
        schedule(&mut out, &sample.plan, &Zone::shanghai());
        out
    }

    #[test]
    fn a_moment_has_a_place_whatever_the_span() {
        let span = Span { from: Timestamp(0), to: Timestamp(10) };
        assert_eq!(span.place(Timestamp(-5)), 0);
        assert_eq!(span.place(Timestamp(5)), 5_000);
        assert_eq!(span.column(Timestamp(5)), COLUMNS / 2);
        assert_eq!(span.column(Timestamp(99)), COLUMNS - 1);
        let wide = Span { from: Timestamp(0), to: NEVER };
        assert_eq!(wide.column(NEVER), COLUMNS - 1);
        assert_eq!(Span { from: Timestamp(7), to: Timestamp(7) }.place(Timestamp(7)), 0);
    }

    #[test]
    fn days_are_marked_and_the_dates_have_room() {
        let mut s = Sample::new();
        let day = 86_400_000;
        s.calls(0, 1, 0).calls(0, 1, 9 * day).forecast(9 * day + 100, &[]);
        let text = drawn(&s);
        assert_eq!(text.matches("class=day").count(), 9, "{text}");
        assert_eq!(text.matches(">2026-").count(), 3 + 1 + 1, "dates, begin and end:\n{text}");
        assert!(text.contains("+ 9 days"), "{text}");
    }

    #[test]
    fn what_waits_for_another_sort_of_call_has_an_arrow_from_it() {
        let mut s = Sample::new();
        s.calls(0, 3, 0).forecast(2_000, &[]);
        s.plan.calls[0].write = Sent::DeleteProperty(Name::NONE);
        s.plan.calls[1].write = Sent::CreateProperty(Name::NONE, Name::NONE);
        s.plan.calls[1].after = vec![0];
        s.plan.forecast.sends_at[1] = s.plan.created_at.plus(1_000);
        let text = drawn(&s);
        assert_eq!(text.matches("class=wait").count(), 1, "{text}");
        assert!(text.contains("1 call, 1 waits for: delete properties"), "{text}");
        assert!(
            text.contains("<title>1 call goes create properties after delete properties</title>"),
            "{text}"
        );
    }

    #[test]
    fn of_calls_that_begin_together_what_waits_stands_below_what_it_waits_for() {
        let mut s = Sample::new();
        s.calls(0, 3, 0).forecast(100, &[]);
        let (name, kept) = (Name::NONE, Name::NONE);
        s.plan.calls[0].write = Sent::DeleteProperty(name);
        s.plan.calls[1].write = Sent::CreateProperty(name, kept);
        s.plan.calls[1].after = vec![0];
        s.plan.calls[2].write = Sent::BindAliases(Vec::new());
        s.plan.calls[2].after = vec![1];
        let words: Vec<&str> = work(&s.plan).iter().map(|one| one.word).collect();
        assert_eq!(words, ["delete properties", "create properties", "bind aliases"]);
        // Sorts whose calls wait for one another have an order, too.
        s.plan.calls[0].after = vec![2];
        assert_eq!(work(&s.plan).len(), 3);
    }

    #[test]
    fn what_never_goes_is_said_and_not_drawn() {
        let mut s = Sample::new();
        s.calls(0, 2, 0).forecast(100, &[]);
        s.plan.forecast.finishes_at = None;
        s.plan.forecast.sends_at = vec![NEVER; 2];
        let text = drawn(&s);
        assert!(text.contains("2 calls, 2 never go"), "{text}");
        assert_eq!(text.matches("class=span").count(), 0, "{text}");
    }
}
