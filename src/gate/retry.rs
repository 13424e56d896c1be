//! What is done about a call that brought no answer: pure decisions, no waiting.

use super::transport::SEND_MS_MAX;
use crate::kind::{Refusal, Remedy};
use crate::timestamp::{HOUR_MS, SECOND_MS, Timestamp};

/// The most tries of one call that end in a fault: no connection, no reply, or a busy service. With full jitter
/// five of them last seconds, which outlives a restart on the other side and still fails while somebody looks.
pub const FAULTS_MAX: u32 = 5;

/// The most sessions that one call asks for: the one that has ended, and one that somebody else's sign-in ended.
pub const SIGN_INS_MAX: u32 = 2;

/// The most times that one call waits for a limit which only the vendor has seen used up.
pub const LIMIT_WAITS_MAX: u32 = 10;

/// The first pause is drawn from 0 to this many milliseconds, each later one from twice as many…
const PAUSE_FIRST_MS: i64 = 500;

/// …up to this many.
const PAUSE_MS_MAX: i64 = 20 * SECOND_MS;

/// What a try came to, where it did not come to an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It never left.
    NotSent(String),
    /// It may have left.
    NoReply(String),
    /// The vendor refused it.
    Refused(Refusal),
}

impl Fault {
    /// Until when a call that failed so at `now` may still reach the vendor: one that was answered never does.
    pub(super) fn may_arrive_until(&self, now: Timestamp) -> Timestamp {
        match self {
            Self::NoReply(_) => now.plus(SEND_MS_MAX),
            Self::NotSent(_) | Self::Refused(_) => Timestamp(i64::MIN),
        }
    }

    /// Whether fewer calls at a time might have gone well.
    pub(super) const fn is_too_much(&self) -> bool {
        match self {
            Self::NotSent(_) | Self::NoReply(_) => true,
            Self::Refused(refusal) => match refusal.remedy {
                Remedy::Wait(_) | Remedy::Retry => true,
                Remedy::SignIn | Remedy::Tomorrow | Remedy::GiveUp => false,
            },
        }
    }

    /// Whether the vendor takes the session for ended.
    pub(super) const fn ends_session(&self) -> bool {
        match self {
            Self::NotSent(_) | Self::NoReply(_) => false,
            Self::Refused(refusal) => matches!(refusal.remedy, Remedy::SignIn),
        }
    }

    /// The network's or the vendor's words.
    pub(super) fn words(&self) -> &str {
        match self {
            Self::NotSent(words) | Self::NoReply(words) => words,
            Self::Refused(refusal) => &refusal.words,
        }
    }
}

/// What sending a call a second time would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Nothing: it is a question.
    Question,
    /// It would end the same.
    Harmless,
    /// Something else, but one question tells whether it was carried out: it is asked first.
    AfterLook,
    /// Something else: only what was surely not carried out is sent again.
    Harmful,
}

/// What is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Sign in and try again.
    SignIn,
    /// Try again when a limit has been left alone for these milliseconds.
    AfterLimit(i64),
    /// Try again tomorrow.
    AfterDay,
    /// Try again after a pause.
    AfterPause,
    /// That was the last try.
    Stop,
}

/// The tries of one call.
#[derive(Debug, Default)]
pub(super) struct Tries {
    faults: u32,
    sign_ins: u32,
    limit_waits: u32,
    /// Whether one of them may have been carried out.
    pub(super) in_doubt: bool,
}

impl Tries {
    /// Counts a try that came to `fault` and says what is next.
    pub(super) fn next(&mut self, fault: &Fault, repeat: Repeat) -> Next {
        match fault {
            Fault::NotSent(_) => self.pause(),
            Fault::NoReply(_) => self.doubt(repeat),
            Fault::Refused(refusal) => match refusal.remedy {
                Remedy::SignIn => up_to(&mut self.sign_ins, SIGN_INS_MAX, Next::SignIn),
                Remedy::Wait(ms) => {
                    let next = Next::AfterLimit(ms.clamp(SECOND_MS, HOUR_MS));
                    up_to(&mut self.limit_waits, LIMIT_WAITS_MAX, next)
                }
                Remedy::Tomorrow => up_to(&mut self.limit_waits, LIMIT_WAITS_MAX, Next::AfterDay),
                Remedy::Retry => self.doubt(repeat),
                Remedy::GiveUp => Next::Stop,
            },
        }
    }

    /// Whether a limit that is used up was met with before: then the first guess at which one was wrong.
    pub(super) const fn is_first_limit(&self) -> bool {
        self.limit_waits <= 1
    }

    /// How long to pause now: full jitter, so that calls that failed together do not come back together.
    pub(super) fn pause_ms(&self, jitter: &mut fastrand::Rng) -> i64 {
        let doublings = self.faults.saturating_sub(1).min(16);
        jitter.i64(0..=(PAUSE_FIRST_MS << doublings).min(PAUSE_MS_MAX))
    }

    fn doubt(&mut self, repeat: Repeat) -> Next {
        match repeat {
            Repeat::Question => self.pause(),
            Repeat::Harmless | Repeat::AfterLook => {
                self.in_doubt = true;
                self.pause()
            }
            Repeat::Harmful => {
                self.in_doubt = true;
                Next::Stop
            }
        }
    }

    fn pause(&mut self) -> Next {
        self.faults += 1;
        if self.faults < FAULTS_MAX { Next::AfterPause } else { Next::Stop }
    }
}

fn up_to(count: &mut u32, max: u32, next: Next) -> Next {
    *count += 1;
    if *count <= max { next } else { Next::Stop }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(remedy: Remedy) -> Fault {
        let (words, advice) = ("no".to_owned(), String::new());
        Fault::Refused(Refusal { status: 400, code: None, words, remedy, advice })
    }

    #[test]
    fn only_what_was_surely_not_carried_out_is_sent_again() {
        let gone = || Fault::NoReply("cut".to_owned());
        for (fault, repeat, next, in_doubt) in [
            (Fault::NotSent("refused".to_owned()), Repeat::Harmful, Next::AfterPause, false),
            (gone(), Repeat::Harmful, Next::Stop, true),
            (gone(), Repeat::Harmless, Next::AfterPause, true),
            (gone(), Repeat::AfterLook, Next::AfterPause, true),
            (gone(), Repeat::Question, Next::AfterPause, false),
            (refused(Remedy::Retry), Repeat::Harmful, Next::Stop, true),
            (refused(Remedy::Retry), Repeat::Harmless, Next::AfterPause, true),
            (refused(Remedy::SignIn), Repeat::Harmful, Next::SignIn, false),
            (refused(Remedy::Wait(60_000)), Repeat::Harmful, Next::AfterLimit(60_000), false),
            (refused(Remedy::Wait(0)), Repeat::Harmful, Next::AfterLimit(1_000), false),
            (refused(Remedy::Tomorrow), Repeat::Harmful, Next::AfterDay, false),
            (refused(Remedy::GiveUp), Repeat::Question, Next::Stop, false),
        ] {
            let mut tries = Tries::default();
            assert_eq!(
                (tries.next(&fault, repeat), tries.in_doubt),
                (next, in_doubt),
                "{fault:?} {repeat:?}"
            );
        }
    }

    #[test]
    fn tries_are_bounded_and_pauses_grow() {
        let mut tries = Tries::default();
        let mut jitter = fastrand::Rng::with_seed(1);
        let fault = Fault::NotSent("refused".to_owned());
        for n in 1..FAULTS_MAX {
            assert_eq!(tries.next(&fault, Repeat::Question), Next::AfterPause, "fault {n}");
            let pause_ms = tries.pause_ms(&mut jitter);
            assert!(pause_ms <= 500 << (n - 1), "fault {n}: {pause_ms} ms");
        }
        assert_eq!(tries.next(&fault, Repeat::Question), Next::Stop);
        for n in 0..SIGN_INS_MAX {
            assert_eq!(tries.next(&refused(Remedy::SignIn), Repeat::Question), Next::SignIn, "{n}");
        }
        assert_eq!(tries.next(&refused(Remedy::SignIn), Repeat::Question), Next::Stop);
    }
}
