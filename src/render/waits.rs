//! What a plan costs and how long it takes, in words: calls, limits, days, and what waits for another day.
//!
//! It forecasts nothing: the plan's forecast is only put into words.

use std::collections::BTreeMap;

use crate::address::resource_word;
use crate::plan::{Choice, Forecast, Plan, QuotaNeed};
use crate::quota::{Limit, Window};
use crate::render::text;
use crate::render::view::Lens;
use crate::timestamp::Zone;

/// What goes on one later day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// `2026-11-24`
    pub date: String,
    /// How many calls.
    pub calls: u64,
    /// What they serve: `getui.tag_members["spring_sale"] (1,204 calls)`.
    pub what: Vec<String>,
}

/// How many later days are told one by one.
const DAYS_MAX: usize = 7;
/// How many things are told for each of them.
const WHAT_MAX: usize = 5;

/// What goes on each later day.
#[must_use]
pub fn waits(plan: &Plan, lens: Lens<'_>) -> Vec<Wait> {
    let days = &plan.forecast.days;
    if plan.forecast.sends_at.len() != plan.calls.len() {
        return Vec::new();
    }
    let mut order: Vec<usize> = (0..plan.calls.len()).collect();
    order.sort_by_key(|call| plan.forecast.sends_at[*call]);
    let today = lens.zone.date(plan.created_at);
    let mut from = 0;
    let mut out = Vec::new();
    for (date, calls) in days.iter().take(DAYS_MAX + 1) {
        let mut left = *calls;
        let is_of_day = |call: &&usize| {
            let wire = plan.calls[**call].write.wire_calls();
            let fits = left >= wire;
            left = left.saturating_sub(wire);
            fits
        };
        let to = from + order[from..].iter().take_while(is_of_day).count();
        if *date != today {
            out.push(Wait { date: date.clone(), calls: *calls, what: served(plan, &order[from..to], lens) });
        }
        from = to;
    }
    out
}

/// The changes that calls serve, those with the most calls first.
fn served(plan: &Plan, calls: &[usize], lens: Lens<'_>) -> Vec<String> {
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    for call in calls {
        for change in &plan.calls[*call].changes {
            *counts.entry(*change).or_default() += 1;
        }
    }
    let mut counts: Vec<(u32, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(change, count)| (std::cmp::Reverse(*count), *change));
    let mut out: Vec<String> = counts
        .iter()
        .take(WHAT_MAX)
        .filter_map(|(at, count)| Some((plan.changes.get(*at as usize)?, count)))
        .map(|(change, count)| {
            let address = lens.mask.address(change.resource, plan.names.text(change.name));
            format!("{address} ({})", text::count(*count, "call", "calls"))
        })
        .collect();
    let mut more: BTreeMap<String, u64> = BTreeMap::new();
    for (at, _) in counts.iter().skip(WHAT_MAX) {
        if let Some(change) = plan.changes.get(*at as usize) {
            *more.entry(resource_word(change.resource)).or_default() += 1;
        }
    }
    out.extend(more.into_iter().map(|(word, count)| format!("{} more {word}", text::group(count))));
    out
}

/// `14 (14 is the least possible)`, `5,000 (2,036 is the least possible, but later)`
#[must_use]
pub fn calls(forecast: &Forecast) -> Option<String> {
    let (calls, least) = (text::group(forecast.calls), text::group(forecast.calls_minimum));
    let in_time = |choice: &Choice| forecast.calls - choice.calls.min(forecast.calls) + choice.calls_minimum;
    let is_later = forecast.choice.as_ref().is_some_and(|choice| in_time(choice) > forecast.calls_minimum);
    let later = if is_later { ", but later" } else { "" };
    (forecast.calls > 0).then(|| format!("{calls} ({least} is the least possible{later})"))
}

/// The limits that are worth a word: those that decide when it is done, those of a day, and those of which more
/// than a tenth goes.
#[must_use]
pub fn quotas(forecast: &Forecast) -> Vec<String> {
    let mut out: Vec<(&str, Vec<String>)> = Vec::new();
    for need in &forecast.quotas {
        if !is_worth_a_word(need) {
            continue;
        }
        // The sentence of one quota names all its limits.
        if out.iter().all(|(name, _)| *name != need.name) {
            let others = forecast.quotas.iter().filter(|other| other.name == need.name && other.needed > 0);
            out.push((&need.name, others.map(quota).collect()));
        }
    }
    out.into_iter().map(|(name, limits)| format!("{name} {}", limits.join(", "))).collect()
}

/// The suffix of a quota of which every user has one of their own: its sum says nothing unless it binds.
pub(super) const PER_USER: &str = "_per_user";

fn is_worth_a_word(need: &QuotaNeed) -> bool {
    let of_day = is_day(need) && !need.name.ends_with(PER_USER);
    need.needed > 0
        && (need.binds || of_day || need.needed.saturating_mul(10) > need.left)
        && (need.binds || !need.name.ends_with(PER_USER))
}

fn is_day(need: &QuotaNeed) -> bool {
    Limit::parse(&need.limit).is_ok_and(|limit| limit.window == Window::Day)
}

/// `2 of 100/1m`, `9,998 of 10,000/1d left`; where more is needed than one window gives, `11,204 at 100/1m`.
fn quota(need: &QuotaNeed) -> String {
    let limit = text::limit(&need.limit);
    let needed = text::group(need.needed);
    match (is_day(need), need.left.checked_sub(need.needed)) {
        (true, Some(left)) => format!("{} of {limit} left", text::group(left)),
        (true, None) => format!("{needed} at {limit}, {} left today", text::group(need.left)),
        (false, Some(_)) => format!("{needed} of {limit}"),
        (false, None) => format!("{needed} at {limit}"),
    }
}

/// How many days the closing line names.
const DAYS_NAMED: usize = 3;

/// `done in about 3 s`, `done in 2 days: 10,000 calls today, 1,204 on 2026-11-24`
#[must_use]
pub fn done(plan: &Plan, zone: &Zone) -> Option<String> {
    let forecast = &plan.forecast;
    if forecast.calls == 0 {
        return None;
    }
    let Some(end) = forecast.finishes_at else {
        return Some("never done: a limit of 0 forbids a call".to_owned());
    };
    let today = zone.date(plan.created_at);
    match forecast.days.as_slice() {
        [] => {}
        [(date, _)] if *date == today => {}
        [(date, calls)] => {
            return Some(format!("done on {date}: {} then", text::count(*calls, "call", "calls")));
        }
        days => {
            return Some(done_in_days(
                days,
                &today,
                i64::from(zone.day(end).0 - zone.day(plan.created_at).0) + 1,
            ));
        }
    }
    Some(format!("done in about {}", text::duration(end.since(plan.created_at).max(1))))
}

fn done_in_days(days: &[(String, u64)], today: &str, count: i64) -> String {
    let count = u64::try_from(count).unwrap_or(0).max(days.len() as u64);
    let part = |at: usize, (date, calls): &(String, u64)| {
        let number = if at == 0 { text::count(*calls, "call", "calls") } else { text::group(*calls) };
        if date == today { format!("{number} today") } else { format!("{number} on {date}") }
    };
    let mut parts: Vec<String> =
        days.iter().enumerate().take(DAYS_NAMED).map(|(at, day)| part(at, day)).collect();
    if days.len() > DAYS_NAMED {
        let cut = days.len() - DAYS_NAMED;
        if cut > 1 {
            parts.push("…".to_owned());
        }
        parts.extend(days.last().map(|last| part(1, last)));
    }
    format!("done in {}: {}", text::count(count, "day", "days"), parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_calls_that_would_be_done_later_are_called_so() {
        let choice = Choice { calls: 5_000, calls_minimum: 4_960, ms: 240_000, ms_minimum: 240_000 };
        let mut forecast = Forecast { calls: 5_010, calls_minimum: 2_046, ..Forecast::default() };
        assert_eq!(calls(&forecast).expect("calls"), "5,010 (2,046 is the least possible)");
        forecast.choice = Some(choice);
        assert_eq!(calls(&forecast).expect("calls"), "5,010 (2,046 is the least possible, but later)");
        forecast.choice = Some(Choice { calls_minimum: 2_036, ..choice });
        assert_eq!(calls(&forecast).expect("calls"), "5,010 (2,046 is the least possible)");
    }
}
