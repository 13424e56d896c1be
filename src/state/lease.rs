//! The rules of the lease, the same for every store: who may take it, who has lost it, who may end it.
//!
//! Pure: keeping the lease is the store's.

use super::Lease;
use crate::clock::Wait;
use crate::problem::{Failure, Problem, Problems, Result};
use crate::timestamp::Timestamp;

/// Who asks for the lease, and how.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// Person, machine and process, for people.
    pub owner: &'a str,
    /// What for.
    pub operation: &'a str,
    /// As in [`Lease::process`].
    pub process: Option<&'a str>,
    /// Whether a process of this name is known to be at work on this machine: its lease is not taken, whatever its end.
    pub is_alive: fn(&str) -> bool,
    /// The time, where the store has no clock of its own.
    pub now: Timestamp,
    /// How long, in milliseconds.
    pub ms: i64,
    /// Whether the state has to be there.
    pub presence: Presence,
    /// A lease that is known to be left behind: it is taken over whatever its end, if it is still exactly this one.
    pub over: Option<&'a Lease>,
}

/// Where a state has to be for its lease to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// In this place.
    Here,
    /// Anywhere: it may have moved away, and is about to be replaced.
    Anywhere,
}

/// Renews a lease at a moment for so many milliseconds, without the store that it came from.
pub type Renewer = Box<dyn Fn(Timestamp, i64) -> Wait<'static, Result<()>> + Send>;

/// The code of what [`mine`] refuses.
const LOST: &str = "state::lock_lost";

/// The code of a store that cannot be reached at the moment.
pub(super) const UNREACHABLE: &str = "state::unreachable";

/// Whether this may be over in a moment: the network, or a server that is started anew.
#[must_use]
pub fn is_passing(problems: &Problems) -> bool {
    problems.list().iter().any(|problem| problem.code == UNREACHABLE)
}

/// Whether this says that the lease is somebody else's by now, or was ended.
#[must_use]
pub fn is_lost(problems: &Problems) -> bool {
    problems.list().iter().any(|problem| problem.code == LOST)
}

/// The lease that a claim gets at `now`, where nobody holds one, its end has passed, or it is the one that was left
/// behind. Its id is typed by people, so it is short; `fence` is higher than that of any lease before.
pub(super) fn granted(
    held: Option<&Lease>,
    claim: &Claim<'_>,
    now: Timestamp,
    (id, fence): (String, u64),
) -> Result<Lease> {
    let is_alive = |held: &Lease| held.process.as_deref().is_some_and(claim.is_alive);
    takeable(held.filter(|held| claim.over != Some(*held)), is_alive, now)?;
    Ok(Lease {
        id,
        owner: claim.owner.to_owned(),
        operation: claim.operation.to_owned(),
        acquired_at: now,
        ends_at: now.plus(claim.ms),
        fence,
        process: claim.process.map(str::to_owned),
    })
}

fn takeable(held: Option<&Lease>, is_alive: impl Fn(&Lease) -> bool, now: Timestamp) -> Result<()> {
    let Some(held) = held else { return Ok(()) };
    let Lease { id, owner, operation, acquired_at, ends_at, .. } = held;
    let (until, advice) = if *ends_at > now {
        let dead = "if it is certainly dead, end its lock with";
        (format!("until {ends_at} unless it is renewed"), format!("{dead} `pushform state unlock {id}`"))
    } else if is_alive(held) {
        let hangs = "if it hangs, end its process, or its lock with";
        (
            "by a process that still runs on this machine".to_owned(),
            format!("{hangs} `pushform state unlock {id}`"),
        )
    } else {
        return Ok(());
    };
    let summary = format!("the state is locked by {owner} since {acquired_at}, for `{operation}`, {until}");
    let advice = format!("wait for that run to end; {advice}");
    Err(locked(Problem::error("state::locked", summary).help(advice)))
}

/// Whether the state is still where it was: `gone` says where it is now, and since when.
pub(super) fn stays(gone: Option<&(String, Timestamp)>) -> Result<()> {
    let Some((place, at)) = gone else { return Ok(()) };
    let problem = Problem::error("state::moved", format!("the state has moved to `{place}` at {at}"));
    Err(problem
        .help("name that place at `state:` in pushform.yaml; what stands here is no longer true")
        .into())
}

/// Whether `mine` is still the lease that is held. A lease whose end has passed is, as long as nobody has
/// taken it over: what counts is the fence.
pub(super) fn mine(held: Option<&Lease>, mine: &Lease) -> Result<()> {
    let summary = match held {
        Some(held) if held.fence == mine.fence && held.id == mine.id => return Ok(()),
        Some(held) => format!(
            "this run has lost its lock on the state: {} took it over at {}, for `{}`",
            held.owner, held.acquired_at, held.operation
        ),
        None => "this run has lost its lock on the state: `state unlock` ended it, or the state was deleted or put back"
            .to_owned(),
    };
    let advice = "what was sent is recorded; run the same command again once the other run has ended";
    Err(locked(Problem::error(LOST, summary).help(advice)))
}

/// Whether the lease may be ended by force under this id.
pub(super) fn endable(held: Option<&Lease>, id: Option<&str>) -> Result<()> {
    match (held, id) {
        (Some(held), Some(id)) if held.id != id => {
            let summary = format!("the state's lock is `{}`, not `{id}`; {} holds it", held.id, held.owner);
            let advice = format!("`pushform state unlock {}` ends that one", held.id);
            Err(Problem::error("state::other_lock", summary).help(advice).into())
        }
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

fn locked(problem: Problem) -> Problems {
    Problems::of(Failure::Locked, problem)
}
