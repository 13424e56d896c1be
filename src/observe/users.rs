//! Everything that the vendor says of some users: as many of them in a call as it takes, calls side by side.
//!
//! What is only recorded of them is added by whoever has the record. Nothing here is compared with anything.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::gate::{CallError, Gate, Repeat};
use crate::kind::{Answer, Read, Verdict};
use crate::names::{Name, Names};
use crate::problem::{Problem, Problems, Result};
use crate::provider::user::{
    self, DETAIL_MAX, DEVICE_STATUS_MAX, Detail, Details, DeviceStatus, STATUS_MAX, Status,
};
use crate::quota::Quotas;
use crate::timestamp::Timestamp;
use crate::wire::{Reply, Request};

/// What a question came to, before anybody judges it.
type Asked<T> = std::result::Result<T, CallError>;

/// What is known of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their details, with the id.
    pub detail: Detail,
    /// The alias, if there is one.
    pub alias: Option<String>,
    /// The tags, sorted; `None` where this app may not ask.
    pub tags: Option<Vec<String>>,
    /// Whether their app is online; `None` where the vendor does not say.
    pub status: Option<Status>,
    /// Whether their device is online; `None` where this app may not ask or the vendor does not say.
    pub device: Option<DeviceStatus>,
    /// Since when they are recorded as blacklisted; nobody can look.
    pub blacklisted: Option<Timestamp>,
}

/// What was found out about some users.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Those who are known, in the order in which they were asked for.
    pub list: Vec<User>,
    /// Unknown users (errors), and what may not be asked (warnings).
    pub problems: Problems,
}

/// The problem of a user whom the vendor does not know.
#[must_use]
pub fn unknown(id: &str) -> Problem {
    let problem = Problem::error("user::unknown", format!("the vendor does not know the user `{id}`"));
    problem.help("check the id, and that it belongs to the app of the project file")
}

/// The details of these users, and which of them are unknown.
///
/// # Errors
/// The first question that was refused, in the vendor's words.
pub async fn details(gate: &Gate, quotas: &Quotas, cids: &[String]) -> Result<Details> {
    let asks = batches(cids, DETAIL_MAX).map(|batch| async move {
        let spends = user::spends(quotas);
        gate.ask(&user::detail(&batch), &spends, Repeat::Question, |reply| user::details(reply, &batch)).await
    });
    let all: Vec<Details> = stream::iter(asks).buffered(gate.ready_max()).try_collect().await?;
    let mut whole = Details { known: Vec::new(), unknown: Vec::new() };
    for part in all {
        whole.known.extend(part.known);
        whole.unknown.extend(part.unknown);
    }
    Ok(whole)
}

/// Asks everything about these users.
///
/// # Errors
/// The first question that was refused, in the vendor's words; what may not be asked is left out and said.
pub async fn look(gate: &Gate, quotas: &Quotas, cids: &[String], names: &mut Names) -> Result<Found> {
    let Details { known, unknown: strangers } = details(gate, quotas, cids).await?;
    let mut problems = Problems::new();
    strangers.iter().for_each(|id| problems.push(unknown(id)));
    let mut details: BTreeMap<String, Detail> =
        known.into_iter().map(|row| (row.user.clone(), row)).collect();
    let known: Vec<String> = cids.iter().filter(|id| details.contains_key(*id)).cloned().collect();
    let users: Vec<Name> = known.iter().map(|id| names.intern(id)).collect();

    let statuses = asked(gate, quotas, &known, STATUS_MAX, user::status, user::statuses);
    let devices = asked(gate, quotas, &known, DEVICE_STATUS_MAX, user::device_status, user::device_statuses);
    let asked_names = &*names;
    let (statuses, devices, aliases, tags) = tokio::join!(
        statuses,
        devices,
        each(gate, asked_names, &users, Read::AliasOf),
        each(gate, asked_names, &users, Read::TagsOf),
    );
    let mut statuses: BTreeMap<_, _> = statuses?.into_iter().map(|row| (row.user.clone(), row)).collect();
    let devices =
        allowed(devices, "user::device_status", "the status of devices cannot be shown", &mut problems)?
            .unwrap_or_default();
    let mut devices: BTreeMap<_, _> = devices.into_iter().map(|row| (row.user.clone(), row)).collect();
    let mut aliases = aliases?.into_iter();
    let mut tags = allowed(tags, "user::tags", "tags cannot be shown", &mut problems)?.map(Vec::into_iter);
    let list = known.into_iter().filter_map(|id| {
        let alias = match aliases.next() {
            Some(Answer::Alias(alias)) => alias,
            Some(_) | None => None,
        };
        let tags = tags.as_mut().map(|tags| texts(tags.next()));
        let (status, device) = (statuses.remove(&id), devices.remove(&id));
        Some(User { detail: details.remove(&id)?, alias, tags, status, device, blacklisted: None })
    });
    Ok(Found { list: list.collect(), problems })
}

fn batches(cids: &[String], max: usize) -> impl Iterator<Item = Vec<&str>> {
    cids.chunks(max).map(|batch| batch.iter().map(String::as_str).collect())
}

/// Asks one question about all of them, a batch a call.
async fn asked<T>(
    gate: &Gate,
    quotas: &Quotas,
    cids: &[String],
    max: usize,
    request: impl Fn(&[&str]) -> Request,
    verdict: impl Fn(&Reply) -> Verdict<Vec<T>>,
) -> Asked<Vec<T>> {
    let (request, verdict) = (&request, &verdict);
    let asks = batches(cids, max).map(|batch| async move {
        gate.ask(&request(&batch), &user::spends(quotas), Repeat::Question, verdict).await
    });
    let parts: Vec<Vec<T>> = stream::iter(asks).buffered(gate.ready_max()).try_collect().await?;
    Ok(parts.into_iter().flatten().collect())
}

/// Asks one question about each of them.
async fn each(gate: &Gate, names: &Names, users: &[Name], ask: fn(Name) -> Read) -> Asked<Vec<Answer>> {
    let asks = users.iter().map(|user| async move { gate.read(&ask(*user), names).await });
    stream::iter(asks).buffered(gate.ready_max()).try_collect().await
}

/// What was answered; nothing, and a warning, where this app may not ask.
fn allowed<T>(
    answered: Asked<T>,
    code: &'static str,
    what: &str,
    problems: &mut Problems,
) -> Result<Option<T>> {
    match answered {
        Ok(answer) => Ok(Some(answer)),
        Err(CallError::Refused { vendor, refusal }) if user::is_not_permitted(&refusal) => {
            let said = CallError::Refused { vendor, refusal: refusal.clone() };
            problems.push(Problem::warning(code, format!("{what}: {said}")).help(refusal.advice));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn texts(answer: Option<Answer>) -> Vec<String> {
    let Some(Answer::Texts(mut texts)) = answer else { return Vec::new() };
    texts.sort_unstable();
    texts.dedup();
    texts
}
