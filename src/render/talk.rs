//! What is said while an apply runs: Terraform's sentences for changes, ours for calls and limits.

use crate::change::Action;
use crate::plan::Plan;
use crate::render::look::Look;
use crate::render::mask::Mask;
use crate::render::text;
use crate::report::{Event, Lane, Progress, ReadingBack, What};
use crate::timestamp::{SECOND_MS, Timestamp, Zone};
use crate::wire::{Method, Vendor};

/// The sentence of an event, without a moment in it; none where there is nothing to say.
#[must_use]
pub fn sentence(plan: &Plan, event: &Event, mask: &Mask) -> Option<String> {
    let of = |at: u32| plan.changes.get(at as usize);
    let address =
        |at: u32| of(at).map(|c| mask.address(c.resource, plan.names.text(c.name))).unwrap_or_default();
    let action = |at: u32| of(at).map_or(Action::Update, |change| change.action);
    match &event.what {
        What::RunStart | What::CallStart { .. } | What::Rests(_) | What::Verified(_) => None,
        What::ChangeStart { change } => Some(format!("{}: {}", address(*change), doing(action(*change)))),
        What::ChangeDone { change, ms } => {
            let (done, seconds) = (done(action(*change)), ms / SECOND_MS);
            Some(format!("{}: {done} complete after {seconds}s", address(*change)))
        }
        What::ChangeErrored { change, .. } => {
            Some(format!("{}: {} errored", address(*change), done(action(*change))))
        }
        What::CallDone { call, ms } => Some(format!("call {call}: taken after {ms} ms")),
        What::CallRepeated { call, why } => {
            Some(format!("call {call}: sent again, {}", text::clean(&mask.prose(why))))
        }
        What::CallFailed { problem, .. } => Some(text::clean(&mask.prose(&problem.summary))),
        What::QuotaWait { quota, limit, until } => {
            let ms = until.since(event.at);
            Some(format!("waiting {} for {quota} {}", text::duration(ms), text::limit(limit)))
        }
        What::Progress(progress) => Some(progress_line(progress, event.at)),
        What::Noticed(problem) => Some(text::clean(&mask.prose(&problem.summary))),
    }
}

const fn doing(action: Action) -> &'static str {
    match action {
        Action::Create => "Creating...",
        Action::Update => "Modifying...",
        Action::Delete => "Destroying...",
        Action::Replace => "Replacing...",
    }
}

const fn done(action: Action) -> &'static str {
    match action {
        Action::Create => "Creation",
        Action::Update => "Modifications",
        Action::Delete => "Destruction",
        Action::Replace => "Replacement",
    }
}

/// One call, for whoever wants to see each: `getui POST /user/alias: 200 after 112 ms`. A path can hold ids, so
/// that under a mask only its first words stand; `None` is a path that is a secret itself.
#[must_use]
pub fn call(
    vendor: Vendor,
    method: Method,
    path: Option<&str>,
    (status, ms): (u16, i64),
    mask: &Mask,
) -> String {
    let path = match path {
        None => "(a secret path)".to_owned(),
        Some(path) if mask.hides() => first_words(path),
        Some(path) => text::cut(&text::clean(path), PATH_COLUMNS_MAX),
    };
    format!(
        "{} {} {path}: {status} after {} ms",
        vendor.word(),
        method.word(),
        text::group(ms.unsigned_abs())
    )
}

/// A call may name hundreds of users in its path.
const PATH_COLUMNS_MAX: usize = 120;

/// The first two words of every path are the API's own.
fn first_words(path: &str) -> String {
    let mut words = path.trim_start_matches('/').splitn(3, '/');
    let first: Vec<&str> =
        words.by_ref().take(2).map(|word| word.split('?').next().unwrap_or_default()).collect();
    let more = if words.next().is_some() { "/…" } else { "" };
    format!("/{}{more}", first.join("/"))
}

/// `2,400 of 11,204 calls · getui tag_batch 2,400 of 11,204, 7,600 of 10,000/1d left · done in about 1 h 28 min`
#[must_use]
pub fn progress_line(progress: &Progress, at: Timestamp) -> String {
    let Progress { done, calls, finishes_at, lanes, reading_back } = progress;
    let mut parts = vec![format!("{} of {}", text::group(*done), text::count(*calls, "call", "calls"))];
    parts.extend(
        lanes
            .iter()
            .filter(|lane| lane.done < lane.calls)
            .map(|l| format!("{} {} of {}, {}", l.quota, text::group(l.done), text::group(l.calls), left(l))),
    );
    if let Some(ReadingBack { done, of, until }) = reading_back {
        let rows = text::count(*of, "row is", "rows are");
        parts.push(format!("{} of {rows} as written", text::group(*done)));
        parts.push(format!("looking again for up to {}", text::duration(until.since(at))));
    } else {
        let end = finishes_at.filter(|end| *end > at);
        parts.extend(end.map(|end| format!("done in about {}", text::duration(end.since(at)))));
    }
    parts.join(" · ")
}

/// What a limit makes wait, and until when: `waiting 48 s for getui tag_batch 100/1m, until 2026-11-23 10:13`
#[must_use]
pub fn wait(what: &str, until: Timestamp, now: Timestamp, zone: &Zone) -> String {
    format!("waiting {} for {what}, until {}", text::duration(until.since(now)), zone.minute(until))
}

/// What is said before a long reading begins: `reading live state: 400,000 calls, about 5 h 33 min`
#[must_use]
pub fn reading_begins(calls: u64, ms: i64) -> String {
    let calls = text::count(calls, "call", "calls");
    if ms == i64::MAX {
        return format!("reading live state: {calls}, more than a day's limit allows");
    }
    format!("reading live state: {calls}, about {}", text::duration(ms))
}

/// How far a reading is: `reading live state: 1,200 of 5,000 calls, about 3 min left`. How many calls there are in all is
/// said before the first of them, and is never less than were made.
#[must_use]
pub fn reading_line(done: u64, expected: u64, took_ms: i64) -> String {
    let calls = text::count(expected.max(done), "call", "calls");
    let left = reading_left(done, expected, took_ms);
    format!("reading live state: {} of {calls}{left}", text::group(done))
}

/// How long a reading still takes: `, about 3 min left`. Nothing while nobody can tell.
#[must_use]
pub fn reading_left(done: u64, expected: u64, took_ms: i64) -> String {
    let left = i64::try_from(expected.max(done) - done).unwrap_or(i64::MAX);
    match i64::try_from(done) {
        Ok(done) if done > 0 && left > 0 => {
            let left_ms = took_ms.saturating_mul(left) / done;
            format!(", about {} left", text::duration(left_ms))
        }
        Ok(_) | Err(_) => String::new(),
    }
}

/// `7,600 of 10,000/1d left`
#[must_use]
pub fn left(lane: &Lane) -> String {
    format!("{} of {} left", text::group(lane.left), text::limit(&lane.limit))
}

/// When a limit has room again, said for people: near moments by their distance, others by the clock.
#[must_use]
pub fn until(until: Timestamp, now: Timestamp, look: &Look) -> String {
    let ms = until.since(now);
    if ms < FAR_MS { format!("in {}", text::duration(ms)) } else { format!("at {}", look.zone.minute(until)) }
}

/// From this distance on a moment is told by the clock.
const FAR_MS: i64 = 2 * crate::timestamp::HOUR_MS;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_says_how_many_calls_it_takes_and_how_long() {
        assert_eq!(
            reading_begins(400_000, 19_980_000),
            "reading live state: 400,000 calls, about 5 h 33 min"
        );
        assert_eq!(
            reading_line(2_032, 400_000, 100_800),
            "reading live state: 2,032 of 400,000 calls, about 5 h 30 min left"
        );
        assert_eq!(reading_line(0, 1, 10_000), "reading live state: 0 of 1 call");
        assert_eq!(reading_line(7, 5, 10_000), "reading live state: 7 of 7 calls");
    }

    #[test]
    fn a_call_is_one_short_line_without_secrets() {
        let line = |path, mask: &Mask| call(Vendor::Getui, Method::Get, path, (200, 1_112), mask);
        let path = "/user/cid/alias/alice_w";
        assert_eq!(line(Some(path), &Mask::show()), "getui GET /user/cid/alias/alice_w: 200 after 1,112 ms");
        assert_eq!(line(Some(path), &Mask::hide()), "getui GET /user/cid/…: 200 after 1,112 ms");
        assert_eq!(line(Some("/user/count"), &Mask::hide()), "getui GET /user/count: 200 after 1,112 ms");
        assert_eq!(line(None, &Mask::show()), "getui GET (a secret path): 200 after 1,112 ms");
        assert!(line(Some(&"/user/status/".repeat(100)), &Mask::show()).len() < 200);
    }
}
