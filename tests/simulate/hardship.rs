//! The kinds of things that can go wrong in a story. Each has dice of its own, drawn from the story's seed, so that one
//! kind can be left out or run alone without changing what the others draw.
//!
//! `PUSHFORM_DRAW=clock_steps,slow_store` lets these alone happen; without it, or with `all`, all of them do.

use std::collections::BTreeSet;

use fastrand::Rng;

/// One kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A call fails before or after it has its effect, or its reply says nothing.
    Faults,
    /// A run dies at an entry of its journal or at any moment, stands still, or meets a rival.
    Fates,
    /// The machine's clock is behind, and is set back between runs.
    Skew,
    /// Somebody else changes tags, sends pushes, ends sessions.
    Strangers,
    /// The vendor answers otherwise where its documents are silent.
    Switches,
    /// The vendor takes fewer calls a minute than the project says.
    Requests,
    /// The machine's clock is set forwards or back while a run is at work, forwards until it is over.
    ClockSteps,
    /// The same, and it stays so for the runs that come.
    LastingSteps,
    /// Each operation of the state takes its time, and a few take seconds.
    SlowStore,
    /// The vendor counts a call anywhere between its sending and its reply, and its day begins elsewhere.
    MovedWindows,
    /// Tags are seen later than anybody expects, each time by another delay.
    LateBinds,
    /// Devices and properties of others come and go between two pages of a list.
    ShiftingPages,
    /// Another project of the same account, with a state of its own, is at work at the same time.
    OtherProject,
}

impl Kind {
    pub const ALL: [(Self, &'static str); 13] = [
        (Self::Faults, "faults"),
        (Self::Fates, "fates"),
        (Self::Skew, "skew"),
        (Self::Strangers, "strangers"),
        (Self::Switches, "switches"),
        (Self::Requests, "requests"),
        (Self::ClockSteps, "clock_steps"),
        (Self::LastingSteps, "lasting_steps"),
        (Self::SlowStore, "slow_store"),
        (Self::MovedWindows, "moved_windows"),
        (Self::LateBinds, "late_binds"),
        (Self::ShiftingPages, "shifting_pages"),
        (Self::OtherProject, "other_project"),
    ];

    fn of(word: &str) -> Self {
        let found = Self::ALL.into_iter().find(|(_, known)| *known == word);
        let words = || Self::ALL.map(|(_, word)| word).join(", ");
        found.unwrap_or_else(|| panic!("PUSHFORM_DRAW: `{word}` is none of {}", words())).0
    }
}

/// Which kinds may happen.
#[derive(Clone, Debug)]
pub struct Kinds {
    seed: u64,
    on: BTreeSet<Kind>,
}

impl Kinds {
    /// Those that the environment names, else all.
    #[expect(clippy::disallowed_methods, reason = "a test has no configuration to ask")]
    pub fn new(seed: u64) -> Self {
        let named = std::env::var("PUSHFORM_DRAW").ok();
        let on = match named.as_deref() {
            None | Some("all") => Kind::ALL.into_iter().map(|(kind, _)| kind).collect(),
            Some(words) => words.split(',').map(|word| Kind::of(word.trim())).collect(),
        };
        Self { seed, on }
    }

    pub fn has(&self, kind: Kind) -> bool {
        self.on.contains(&kind)
    }

    /// The dice of a kind, where the story has it: one story in `sides`, and each where it is the only kind.
    pub fn dice(&self, kind: Kind, sides: u8) -> Option<Rng> {
        let number = Kind::ALL.iter().position(|(other, _)| *other == kind).unwrap_or_default();
        let number = u64::try_from(number).unwrap_or_default() + 1;
        let mut dice = Rng::with_seed(self.seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let is_drawn = dice.u8(..sides) == 0 || self.on.len() == 1;
        (self.has(kind) && is_drawn).then_some(dice)
    }
}
