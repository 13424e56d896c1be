//! What is said while an apply runs: Terraform's sentences for changes, ours for calls and limits.

use crate::change::Action;
use crate::plan::Plan;
use crate::render::look::Look;
use crate::render::mask::Mask;
use crate::render::text;
use crate::report::{Event, Lane, Progress, Verified, What};
use crate::timestamp::{SECOND_MS, Timestamp};

/// The sentence of an event, without a moment in it; none where there is nothing to say.
#[must_use]
pub fn sentence(plan: &Plan, event: &Event, mask: &Mask) -> Option<String> {
    let of = |at: u32| plan.changes.get(at as usize);
    let address =
        |at: u32| of(at).map(|c| mask.address(c.resource, plan.names.text(c.name))).unwrap_or_default();
    let action = |at: u32| of(at).map_or(Action::Update, |change| change.action);
    match &event.what {
        What::RunStart | What::CallStart { .. } | What::Rests(_) | What::Verified(Verified::Nothing) => None,
        What::ChangeStart { change } => Some(format!("{}: {}", address(*change), doing(action(*change)))),
        What::ChangeDone { change, ms } => {
            let (done, seconds) = (done(action(*change)), ms / SECOND_MS);
            Some(format!("{}: {done} complete after {seconds}s", address(*change)))
        }
        What::ChangeErrored { change, problem } => {
            Some(format!("{}: {}", address(*change), text::clean(&mask.prose(&problem.summary))))
        }
        What::CallDone { call, ms } => Some(format!("call {call}: taken after {ms} ms")),
        What::CallRepeated { call, why } => {
            Some(format!("call {call}: sent again, {}", text::clean(&mask.prose(why))))
        }
        What::CallFailed { call, problem } => {
            Some(format!("call {call}: {}", text::clean(&mask.prose(&problem.summary))))
        }
        What::QuotaWait { quota, limit, until } => {
            let ms = until.since(event.at);
            Some(format!("waiting {} for {quota} {}", text::duration(ms), text::limit(limit)))
        }
        What::Progress(progress) => Some(progress_line(progress, event.at)),
        What::Noticed(problem) => Some(text::clean(&mask.prose(&problem.summary))),
        What::Verified(Verified::InFull { rows, .. } | Verified::Sampled { rows, .. }) => {
            Some(format!("read back {}", text::count(*rows, "row", "rows")))
        }
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

/// `2,400 of 11,204 calls · getui tag_batch 2,400 of 11,204, 7,600 of 10,000/1d left · done in about 1 h 28 min`
#[must_use]
pub fn progress_line(progress: &Progress, at: Timestamp) -> String {
    let Progress { done, calls, finishes_at, lanes } = progress;
    let mut parts = vec![format!("{} of {}", text::group(*done), text::count(*calls, "call", "calls"))];
    parts.extend(
        lanes
            .iter()
            .filter(|lane| lane.done < lane.calls)
            .map(|l| format!("{} {} of {}, {}", l.quota, text::group(l.done), text::group(l.calls), left(l))),
    );
    parts.extend(finishes_at.map(|end| format!("done in about {}", text::duration(end.since(at)))));
    parts.join(" · ")
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
