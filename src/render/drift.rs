//! What beside the changes belongs to a drift check: what apply would do about them, what a sample proves, what nobody
//! looked at.
//!
//! How it is laid out is `terminal.rs`'s, `markdown.rs`'s and `json.rs`'s.

use serde_json::{Value, json};

use crate::change::{Cell, Change};
use crate::names::Name;
use crate::plan::sampling::CONFIDENCE_PERCENT;
use crate::plan::{Plan, Unobserved};
use crate::render::mask::{Mask, Sort};
use crate::render::text;
use crate::report::Sampled;
use crate::table::Kind;
use crate::timestamp::{Timestamp, Zone};

/// What came of a drift check.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    /// Its drift is what changed, its changes are what apply would do.
    pub plan: &'a Plan,
    /// What a sample proves, where one was drawn.
    pub sampled: Option<Sampled>,
}

/// What apply would do about a change from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// It is as recorded again afterwards.
    Back,
    /// So many of its rows are.
    Partly(usize),
    /// It changes, and not to what is recorded.
    Otherwise,
    /// It stays, and is recorded.
    Taken,
}

impl Remedy {
    /// What apply would do about a change of the plan's drift.
    #[must_use]
    pub fn of(plan: &Plan, change: &Change) -> Self {
        let cells = || change.cells.iter().filter_map(|at| plan.drift_cells.get(*at as usize));
        let planned = |cell: &Cell| plan.cell(cell.kind(), cell.subject, cell.item);
        let is_back = |cell: &&Cell| planned(cell).is_some_and(|other| leads_back(cell, other));
        match cells().filter(is_back).count() {
            0 if cells().any(|cell| planned(cell).is_some()) => Self::Otherwise,
            0 => Self::Taken,
            all if all == change.cells.len() => Self::Back,
            some => Self::Partly(some),
        }
    }

    /// `apply puts it back`
    #[must_use]
    pub fn sentence(self, change: &Change) -> String {
        let of = change.cells.len() as u64;
        match self {
            Self::Back => "apply puts it back".to_owned(),
            Self::Partly(rows) => format!("apply puts {} of {} back", rows, text::count(of, "row", "rows")),
            Self::Otherwise => "apply changes it".to_owned(),
            Self::Taken => "apply leaves it and records it".to_owned(),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Back => "put_back",
            Self::Partly(_) => "put_back_partly",
            Self::Otherwise => "change",
            Self::Taken => "leave",
        }
    }
}

/// Whether what is planned undoes what happened. Who declares a tag is no part of what it is.
fn leads_back(happened: &Cell, planned: &Cell) -> bool {
    match happened.kind() {
        Kind::Tag => planned.after.is_some() == happened.before.is_some(),
        Kind::Alias | Kind::Blacklist | Kind::DeviceToken | Kind::Property | Kind::Device => {
            planned.after == happened.before
        }
    }
}

impl Found<'_> {
    /// Tags that fewer users carry than are recorded to, and whose users nobody looked at.
    #[must_use]
    pub fn short_counts(&self) -> u64 {
        self.plan.counts.iter().filter(|one| one.missing() > 0).count() as u64
    }

    /// `Drift: 2 objects changed outside of Pushform.`
    #[must_use]
    pub fn ending(&self) -> String {
        let objects = self.plan.drift.len() as u64;
        let mut parts = Vec::new();
        if objects > 0 {
            parts.push(format!("{} changed outside of Pushform", text::count(objects, "object", "objects")));
        }
        match self.short_counts() {
            0 => {}
            1 => parts.push("1 tag has fewer users than are recorded".to_owned()),
            tags => parts.push(format!("{} tags have fewer users than are recorded", text::group(tags))),
        }
        match self.sampled.map_or(0, |sampled| sampled.gone) {
            0 => {}
            gone => {
                parts.push(format!(
                    "the vendor does not know {} any more",
                    text::count(gone, "user", "users")
                ));
            }
        }
        if parts.is_empty() && self.saw_nothing() {
            return "No drift is known: nothing of what is recorded was looked at.".to_owned();
        }
        if parts.is_empty() {
            return "No drift. Everything looked at is as it was recorded.".to_owned();
        }
        format!("Drift: {}.", parts.join(", "))
    }

    /// Whether neither a row nor a count was looked at.
    fn saw_nothing(&self) -> bool {
        let unobserved: u64 = self.plan.unobserved.iter().map(|one| one.rows).sum();
        let counts = |word: &String| word == "counts" || word == "worth";
        self.sampled.is_none()
            && self.plan.sizes.recorded > 0
            && unobserved >= self.plan.sizes.recorded as u64
            && !self.plan.base.looked.iter().any(counts)
    }

    /// What the sample proves, in sentences.
    #[must_use]
    pub fn proven(&self) -> Option<String> {
        let Sampled { proof, gone: _, seed } = self.sampled?;
        let users = text::count(proof.population, "recorded user", "recorded users");
        if proof.population == 0 {
            return Some("nobody's alias or tags are recorded, so there is nobody to draw".to_owned());
        }
        if proof.drawn == proof.population {
            let differ = match proof.differing {
                0 => "none differs".to_owned(),
                1 => "1 differs".to_owned(),
                some => format!("{} differ", text::group(some)),
            };
            return Some(format!("all {users} were looked at, {differ}"));
        }
        let drawn = format!("{} of {users} looked at, drawn by seed {seed}", text::group(proof.drawn));
        let share = percent(proof.at_most_hundredths());
        let bound = format!(
            "at most {share} % of users ({}) differ, {CONFIDENCE_PERCENT} % confidence",
            text::group(proof.at_most)
        );
        Some(match proof.differing {
            0 => format!("{drawn}, none differs: {bound}"),
            differing => {
                let verb = if differing == 1 { "differs" } else { "differ" };
                let found = percent(proof.found_hundredths());
                format!("{drawn}, {} {verb}: about {found} % of users, {bound}", text::group(differing))
            }
        })
    }

    /// What was not looked at, in sentences: what nobody can look at says since when it is recorded.
    #[must_use]
    pub fn unobserved(&self, zone: &Zone) -> Vec<String> {
        let (readable, blind): (Vec<_>, Vec<_>) =
            self.plan.unobserved.iter().partition(|one| one.kind.can_be_read());
        let mut out: Vec<String> = blind.into_iter().map(|one| recorded(one, zone)).collect();
        if !readable.is_empty() {
            let listed: Vec<String> = readable.iter().map(|one| rows_of(one.kind, one.rows)).collect();
            out.push(format!("{}: only the record says so", listed.join(", ")));
        }
        out
    }

    /// What `drift --json` says of it.
    #[must_use]
    pub fn json(&self, mask: &Mask) -> [(&'static str, Value); 3] {
        let counts = self.plan.counts.iter().map(|one| {
            let tag = self.plan.names.text(one.tag);
            let closer = mask.prose(&one.look_closer(tag));
            json!({"tag": tag, "recorded": one.recorded, "counted": one.counted, "look_closer": closer})
        });
        let unobserved = self.plan.unobserved.iter().map(|Unobserved { kind, rows, recorded_at }| {
            let reason = if kind.can_be_read() { "not_looked_at" } else { "cannot_be_read" };
            let at = Timestamp::from_seconds(*recorded_at).to_string();
            json!({"kind": kind.word(), "rows": rows, "reason": reason, "recorded_at": at})
        });
        let sample = self.sampled.map(|Sampled { proof, gone, seed }| {
            json!({
                "population": proof.population,
                "drawn": proof.drawn,
                "differing": proof.differing,
                "gone": gone,
                "at_most": proof.at_most,
                "at_most_percent": percent(proof.at_most_hundredths()),
                "confidence_percent": CONFIDENCE_PERCENT,
                "seed": seed,
            })
        });
        [
            ("counts", counts.collect()),
            ("not_observed", unobserved.collect()),
            ("sample", sample.unwrap_or_default()),
        ]
    }
}

/// What `drift --json` says of one change beside what a plan says.
#[must_use]
pub fn change_json(plan: &Plan, change: &Change, mask: &Mask) -> [(&'static str, Value); 3] {
    let at = Timestamp::from_seconds(change.recorded_at);
    let recorded = Some(at).filter(|_| change.recorded_at > 0).map(|at| at.to_string());
    let cells = change.cells.iter().filter_map(|at| plan.drift_cells.get(*at as usize));
    let moved: Vec<Value> = cells.filter_map(|cell| moved(plan, cell, mask)).collect();
    let apply = json!(Remedy::of(plan, change).word());
    [("recorded_at", json!(recorded)), ("moved", json!(moved)), ("apply", apply)]
}

/// A user who went from one alias to another: which, since one of them may not be ours.
fn moved(plan: &Plan, cell: &Cell, mask: &Mask) -> Option<Value> {
    let (Kind::Alias, Some(from), Some(to)) = (cell.kind(), cell.before, cell.after) else { return None };
    let shown = |sort, name: Name| {
        let plain = plan.names.text(name);
        if mask.hides() { mask.name(sort, plain) } else { plain.to_owned() }
    };
    let (from, to) = (shown(Sort::Alias, from), shown(Sort::Alias, to));
    Some(json!({"user": shown(Sort::User, cell.subject), "from": from, "to": to}))
}

/// `2 users on the blacklist, recorded 2026-11-20 10:12: it cannot be read back`
fn recorded(one: &Unobserved, zone: &Zone) -> String {
    let at = zone.minute(Timestamp::from_seconds(one.recorded_at));
    format!("{}, recorded {at}: it cannot be read back", rows_of(one.kind, one.rows))
}

/// `2 users on the blacklist`
fn rows_of(kind: Kind, rows: u64) -> String {
    let (one, many) = match kind {
        Kind::Alias => ("user's alias", "users' aliases"),
        Kind::Tag => ("tag of a user", "tags of users"),
        Kind::Blacklist => ("user on the blacklist", "users on the blacklist"),
        Kind::DeviceToken => ("device token", "device tokens"),
        Kind::Property => ("property", "properties"),
        Kind::Device => ("value on a device", "values on devices"),
    };
    text::count(rows, one, many)
}

/// Hundredths of a percent as a percentage, without zeros at its end: `0.3`, `12`, `0.31`.
fn percent(hundredths: u64) -> String {
    let (whole, part) = (hundredths / 100, hundredths % 100);
    match (part, part % 10) {
        (0, _) => whole.to_string(),
        (_, 0) => format!("{whole}.{}", part / 10),
        (_, _) => format!("{whole}.{part:02}"),
    }
}

#[cfg(test)]
#[path = "drift_tests.rs"]
mod tests;
