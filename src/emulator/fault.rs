//! Scripted faults: which call is struck, and with what.
//!
//! A fault only says what happens; the world and those who carry its replies make it happen. Chance comes from
//! the world's seed, so the same script strikes the same calls again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One line of the script.
///
/// Without `call`, `times` and `probability` it strikes every call of `on`. With `call` it strikes that one
/// (counted from 1 among the calls of `on`), and with `times` as well so many from there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Endpoints by name, `*` for any piece of it: `getui.tag.bind`, `getui.*`, `*`.
    #[serde(default = "everywhere")]
    pub on: String,
    /// What happens.
    #[serde(rename = "do")]
    pub action: Action,
    /// The first call that it strikes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub call: Option<u64>,
    /// How many calls it strikes; one with `call`, else all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub times: Option<u64>,
    /// From 0 to 1: how likely it strikes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub probability: Option<f64>,
    /// For `slow` and `late`: by how many milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub ms: Option<i64>,
    /// For `status` and `code`: the HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 100, max = 599))]
    pub status: Option<u16>,
    /// For `code`: the vendor's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// For `code`: the vendor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg: Option<String>,
    /// For `status`, `garbage` and `empty`: whether the call is carried out all the same.
    #[serde(default)]
    pub carried_out: bool,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The reply comes `ms` later.
    Slow,
    /// The call arrives `ms` later, and so does its reply.
    Late,
    /// The connection is not taken.
    Refuse,
    /// The connection is cut before the change.
    CutBefore,
    /// The connection is cut after the change.
    CutAfter,
    /// An HTTP status (502 unless told otherwise) with a page of a proxy.
    Status,
    /// Status 200 with a page of a proxy instead of JSON.
    Garbage,
    /// Status 200 without a body.
    Empty,
    /// The session of the call ends by itself: 10001. JPush has no sessions and takes the call.
    TokenGone,
    /// The vendor says that too many calls came: 10005, or 429 with 2002.
    OverLimit,
    /// The vendor refuses with `status`, `code` and `msg`, such as 403, 30019 or 200, 2.
    Code,
}

fn everywhere() -> String {
    "*".to_owned()
}

impl Fault {
    /// A fault that strikes every call of `on`.
    #[must_use]
    pub fn new(on: &str, action: Action) -> Self {
        Self {
            on: on.to_owned(),
            action,
            call: None,
            times: None,
            probability: None,
            ms: None,
            status: None,
            code: None,
            msg: None,
            carried_out: false,
        }
    }

    /// The same for the `call`th of them alone, counted from 1.
    #[must_use]
    pub fn at_call(mut self, call: u64) -> Self {
        self.call = Some(call);
        self
    }

    fn delay_ms(&self) -> i64 {
        self.ms.unwrap_or(1_000).max(0)
    }

    fn strikes(&self, number: u64, dice: &mut Dice) -> bool {
        let first = self.call.unwrap_or(1);
        let times = self.times.unwrap_or(if self.call.is_some() { 1 } else { u64::MAX });
        let in_turn = number >= first && number - first < times;
        in_turn && self.probability.is_none_or(|likely| dice.unit() < likely)
    }
}

/// Whether an endpoint's name fits a pattern in which `*` stands for any piece.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            (0..=name.len()).any(|skip| name.is_char_boundary(skip) && fits(rest, &name[skip..]))
        }),
    }
}

/// What the script does to one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// By how much its reply is late.
    pub slow_ms: i64,
    /// The first fault of another sort that strikes it.
    pub strike: Option<Fault>,
}

/// The script and how far it is.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    list: Vec<Fault>,
    /// How many calls each fault has seen.
    seen: Vec<u64>,
}

impl Faults {
    /// A script from its start, or from where another came to.
    #[must_use]
    pub fn new(list: Vec<Fault>, mut seen: Vec<u64>) -> Self {
        seen.resize(list.len(), 0);
        Self { list, seen }
    }

    /// The lines of the script.
    #[must_use]
    pub fn list(&self) -> &[Fault] {
        &self.list
    }

    /// How many calls each line has seen.
    #[must_use]
    pub fn seen(&self) -> &[u64] {
        &self.seen
    }

    /// Adds a line; it counts calls from now on.
    pub fn push(&mut self, fault: Fault) {
        self.list.push(fault);
        self.seen.push(0);
    }

    /// By how much the next call of an endpoint arrives late.
    pub fn late_ms(&mut self, endpoint: &str, dice: &mut Dice) -> i64 {
        let mut late_ms = 0;
        for (fault, seen) in self.list.iter().zip(&mut self.seen) {
            if fault.action == Action::Late && fits(&fault.on, endpoint) {
                *seen += 1;
                late_ms += if fault.strikes(*seen, dice) { fault.delay_ms() } else { 0 };
            }
        }
        late_ms
    }

    /// What happens to the next call of an endpoint, once it has arrived.
    pub fn next(&mut self, endpoint: &str, dice: &mut Dice) -> Script {
        let mut script = Script::default();
        for (fault, seen) in self.list.iter().zip(&mut self.seen) {
            if fault.action == Action::Late || !fits(&fault.on, endpoint) {
                continue;
            }
            *seen += 1;
            if !fault.strikes(*seen, dice) {
                continue;
            }
            if fault.action == Action::Slow {
                script.slow_ms += fault.delay_ms();
            } else if script.strike.is_none() {
                script.strike = Some(fault.clone());
            }
        }
        script
    }
}

/// Chance that a seed repeats (`SplitMix64`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Dice(pub u64);

impl Dice {
    /// The next 64 bits.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number from 0 up to, but not including, 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exactly what a double holds")]
    pub fn unit(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number from 0 to `max`; 0 when that is negative.
    pub fn upto(&mut self, max: i64) -> i64 {
        let sides = u64::try_from(max).unwrap_or(0) + 1;
        i64::try_from(self.roll() % sides).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strikes(fault: Fault, calls: usize) -> Vec<usize> {
        let (mut faults, mut dice) = (Faults::new(vec![fault], Vec::new()), Dice(7));
        (1..=calls).filter(|_| faults.next("getui.tag.bind", &mut dice).strike.is_some()).collect()
    }

    #[test]
    fn a_pattern_takes_any_piece_for_a_star() {
        for (pattern, fit) in [("*", true), ("getui.*", true), ("*.bind", true), ("getui.tag.bind", true)] {
            assert_eq!(fits(pattern, "getui.tag.bind"), fit, "{pattern}");
        }
        for pattern in ["jpush.*", "getui.tag", "*.tag", "getui.*.unbind"] {
            assert!(!fits(pattern, "getui.tag.bind"), "{pattern}");
        }
    }

    #[test]
    fn a_fault_strikes_the_calls_that_it_names() {
        assert_eq!(strikes(Fault::new("*", Action::Refuse), 3), [1, 2, 3]);
        assert_eq!(strikes(Fault::new("*", Action::Refuse).at_call(2), 4), [2]);
        assert_eq!(
            strikes(Fault { times: Some(2), ..Fault::new("*", Action::Refuse).at_call(2) }, 4),
            [2, 3]
        );
        assert_eq!(strikes(Fault::new("jpush.*", Action::Refuse), 3), Vec::<usize>::new());
    }

    #[test]
    fn a_late_call_is_counted_by_itself_and_strikes_nothing_else() {
        let late = Fault { ms: Some(50), times: Some(1), ..Fault::new("*", Action::Late) };
        let (mut faults, mut dice) = (Faults::new(vec![late], Vec::new()), Dice(7));
        assert_eq!(faults.next("getui.tag.bind", &mut dice), Script::default());
        let all: Vec<i64> = (0..2).map(|_| faults.late_ms("getui.tag.bind", &mut dice)).collect();
        assert_eq!(all, [50, 0]);
    }

    #[test]
    fn chance_repeats_itself_and_keeps_its_rate() {
        let fault = Fault { probability: Some(0.25), ..Fault::new("*", Action::Refuse) };
        let first = strikes(fault.clone(), 4_000);
        assert_eq!(first, strikes(fault, 4_000));
        assert!((800..1_200).contains(&first.len()), "{} of 4000", first.len());
    }
}
