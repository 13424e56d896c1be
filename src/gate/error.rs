//! How a call can end without its answer.
//!
//! Each says in itself whether the call may have been carried out: only [`CallError::InDoubt`] may. Which exit
//! code it means is not decided here.

use std::fmt;

use crate::kind::{Refusal, Remedy};
use crate::problem::{Failure, Problem, Problems};
use crate::timestamp::Timestamp;
use crate::wire::Vendor;

/// Why a call has no answer. The call was not carried out, unless this is `InDoubt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// The vendor refused it, and repeating does not help or did not.
    Refused {
        /// Who.
        vendor: Vendor,
        /// Its words.
        refusal: Refusal,
    },
    /// A call that changes something may have been carried out, and is not harmless to repeat, or repeating it
    /// has not helped: this is what came of the last try.
    InDoubt(Box<CallError>),
    /// No reply came, several times. Alone it is the end of a read.
    NoReply {
        /// Who did not answer.
        vendor: Vendor,
        /// What the network said.
        words: String,
    },
    /// It never left, several times.
    NotSent {
        /// Who could not be reached.
        vendor: Vendor,
        /// What the network said.
        words: String,
    },
    /// Today's calls are spent.
    DayUsedUp {
        /// Of which quota: `getui tag_batch`.
        quota: String,
        /// When the day turns over.
        until: Timestamp,
    },
    /// There is no room before the deadline.
    Deadline,
    /// Somebody asked us to stop.
    Interrupted,
    /// A limit of 0 forbids it.
    Forbidden {
        /// Which quota: `getui tag_batch`.
        quota: String,
    },
    /// Its path has a part that a URL resolves, so it was not sent: it would arrive somewhere else.
    Unreachable {
        /// Whose call.
        vendor: Vendor,
        /// The path.
        path: String,
    },
    /// It no longer fits what the vendor showed immediately before it was to be sent.
    Unfit {
        /// Whose call.
        vendor: Vendor,
        /// Who does not fit and why, as a sentence.
        words: String,
    },
    /// The project has no account with this vendor.
    NoAccount(Vendor),
    /// Its spends could not be written down, so it was not sent.
    Store(Problems),
}

impl CallError {
    /// Whether the call may have been carried out.
    #[must_use]
    pub const fn is_in_doubt(&self) -> bool {
        matches!(self, Self::InDoubt(_))
    }

    /// Whether the same call can go later: nothing is wrong with it but the hour.
    #[must_use]
    pub const fn is_for_later(&self) -> bool {
        match self {
            Self::DayUsedUp { .. } | Self::Deadline | Self::Interrupted => true,
            Self::Refused { .. }
            | Self::InDoubt(_)
            | Self::NoReply { .. }
            | Self::NotSent { .. }
            | Self::Forbidden { .. }
            | Self::Unreachable { .. }
            | Self::Unfit { .. }
            | Self::NoAccount(_)
            | Self::Store(_) => false,
        }
    }

    /// What a person is told. The vendor's own code and words are in it.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let problem = Problem::error(self.code(), self.to_string());
        match self.advice() {
            Some(help) => problem.help(help),
            None => problem,
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "call::refused",
            Self::InDoubt(_) => "call::in_doubt",
            Self::NoReply { .. } => "call::no_reply",
            Self::NotSent { .. } => "call::not_sent",
            Self::DayUsedUp { .. } => "call::day_used_up",
            Self::Deadline => "call::deadline",
            Self::Interrupted => "call::interrupted",
            Self::Forbidden { .. } => "call::forbidden",
            Self::Unreachable { .. } => "call::unreachable",
            Self::Unfit { .. } => "call::unfit",
            Self::NoAccount(_) => "call::no_account",
            Self::Store(_) => "call::store",
        }
    }

    fn advice(&self) -> Option<String> {
        match self {
            Self::Refused { refusal, .. } if refusal.advice.is_empty() => None,
            Self::Refused { refusal, .. } => Some(format!("{}{}", refusal.advice, in_vain(refusal.remedy))),
            Self::InDoubt(_) => Some("run it again: it looks first at what came of the call".to_owned()),
            Self::NoReply { words, .. } | Self::NotSent { words, .. } => Some(of_network(words).to_owned()),
            Self::DayUsedUp { until, .. } => Some(format!("run it again after {until}")),
            Self::Deadline => Some("run it again, or allow more time with --until".to_owned()),
            Self::Interrupted => Some("run it again to go on".to_owned()),
            Self::Forbidden { .. } => Some("raise the limit in the project file".to_owned()),
            Self::Unreachable { .. } => {
                Some("remove what has this name in the vendor's console: no call can name it".to_owned())
            }
            Self::Unfit { .. } => Some("run it again: it plans with what is there now".to_owned()),
            Self::NoAccount(vendor) => Some(format!("add `{}:` to the project file", vendor.word())),
            Self::Store(problems) => problems.list().first().and_then(|problem| problem.help.clone()),
        }
    }
}

/// What to do about a network's words.
fn of_network(words: &str) -> &'static str {
    if words.contains("the certificate is not trusted") {
        "check `base_url`; where the server, or a proxy in front of it, has an authority of its own, name the file of \
         its certificate with `SSL_CERT_FILE`"
    } else if words.contains("names the proxy") || words.contains("names a proxy") {
        "correct or unset that variable, or name the host in `NO_PROXY`; then run it again"
    } else {
        "check the network and `base_url`, then run it again"
    }
}

/// What was done about a refusal before it became the call's end.
const fn in_vain(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::SignIn => "; that did not help: check the app's id and keys",
        Remedy::Wait(_) => "; waiting did not help: run it again later",
        Remedy::Tomorrow => "; run it again tomorrow",
        Remedy::Retry => "; repeating it did not help: run it again later",
        Remedy::GiveUp => "",
    }
}

impl fmt::Display for CallError {
    /// A lower-case fragment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { vendor, refusal } => {
                write!(f, "{} refused the call: ", vendor.word())?;
                if let Some(code) = refusal.code {
                    write!(f, "{code} ")?;
                }
                write!(f, "`{}` (HTTP {})", refusal.words, refusal.status)
            }
            Self::InDoubt(cause) => write!(f, "it is unknown whether the call was carried out: {cause}"),
            Self::NoReply { vendor, words } => write!(f, "no reply from {}: {words}", vendor.word()),
            Self::NotSent { vendor, words } => write!(f, "{} cannot be reached: {words}", vendor.word()),
            Self::DayUsedUp { quota, until } => {
                write!(f, "today's calls of {quota} are spent; there are new ones at {until}")
            }
            Self::Deadline => f.write_str("no call has room before the deadline"),
            Self::Interrupted => f.write_str("interrupted before the call was sent"),
            Self::Forbidden { quota } => write!(f, "the limit of {quota} is 0, which forbids the call"),
            Self::Unreachable { vendor, path } => {
                let vendor = vendor.word();
                write!(f, "the call to {vendor} was not sent: a URL resolves a part of its path `{path}`")
            }
            Self::Unfit { vendor, words } => {
                write!(
                    f,
                    "{words}; others have changed the tags at {} since the plan was made",
                    vendor.word()
                )
            }
            Self::NoAccount(vendor) => write!(f, "the project has no {} account", vendor.word()),
            Self::Store(problems) => match problems.list().first() {
                Some(problem) => {
                    write!(f, "the call's spends could not be written down: {}", problem.summary)
                }
                None => f.write_str("the call's spends could not be written down"),
            },
        }
    }
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        error.problem()
    }
}

impl From<CallError> for Problems {
    fn from(error: CallError) -> Self {
        let failure = match error {
            CallError::Interrupted => Failure::Interrupted,
            CallError::DayUsedUp { .. } | CallError::Deadline => Failure::Later,
            CallError::Refused { .. }
            | CallError::InDoubt(_)
            | CallError::NoReply { .. }
            | CallError::NotSent { .. }
            | CallError::Forbidden { .. }
            | CallError::Unreachable { .. }
            | CallError::Unfit { .. }
            | CallError::NoAccount(_)
            | CallError::Store(_) => Failure::Error,
        };
        Self::of(failure, error.problem())
    }
}
