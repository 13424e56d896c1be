//! Getui's user API: who may call, what its replies look like, and one function an endpoint.
//!
//! Section by section as the document has them. The order of judgement is ours: limit of all calls, session,
//! limit of the endpoint, permission, what the call carries.

mod alias;
mod auth;
mod count;
mod device_token;
mod tag;
#[cfg(test)]
mod tests;
mod text;
mod user;

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::json;

use super::body::Object;
use super::endpoint::GetuiEndpoint;
use super::violation::Sort;
use super::world::{Bucket, Call, World};
use crate::wire::Reply;

pub(super) use device_token::all_channels;
pub(super) use text::{TAG_CHARS_MAX, alias_fault};

/// Data of a success, as JSON text where there is any, or why not.
type Said = Result<Option<String>, Refusal>;

/// An error of Getui's.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    status: u16,
    code: i64,
    msg: Cow<'static, str>,
}

impl Refusal {
    fn new(status: u16, code: i64, msg: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, msg: msg.into() }
    }

    /// 20001, told apart by what it says.
    fn parameter(msg: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, 20001, msg)
    }

    fn unknown_user() -> Self {
        Self::parameter("target user is invalid")
    }
}

/// An error reply.
pub(super) fn refusal(status: u16, code: i64, msg: &str) -> Reply {
    Reply::json(status, json!({"code": code, "msg": msg}).to_string())
}

/// What an endpoint answers.
pub(super) fn answer(world: &mut World, call: &Call, endpoint: GetuiEndpoint) -> Reply {
    let said = admit(world, call, endpoint).and_then(|()| dispatch(world, call, endpoint));
    // Signing in is the one success without a word.
    let msg = if endpoint == GetuiEndpoint::AuthOpen { "" } else { "success" };
    match said {
        Ok(None) => Reply::json(200, format!(r#"{{"code":0,"msg":"{msg}"}}"#)),
        Ok(Some(data)) => Reply::json(200, format!(r#"{{"code":0,"msg":"{msg}","data":{data}}}"#)),
        Err(refused) => refusal(refused.status, refused.code, &refused.msg),
    }
}

/// Whether the call may come in at all.
fn admit(world: &mut World, call: &Call, endpoint: GetuiEndpoint) -> Result<(), Refusal> {
    use GetuiEndpoint as E;
    let over_minute = |_| Refusal::new(401, 10005, "calls per minute over limit");
    world.spend(Bucket::GetuiRequests, call).map_err(over_minute)?;
    match endpoint {
        E::AuthOpen => {
            let refused = |_| Refusal::new(401, 10003, "auth calls per minute over limit");
            return world.spend(Bucket::Auth, call).map_err(refused);
        }
        E::AuthClose => return Ok(()),
        E::AliasBind
        | E::AliasOfUser
        | E::UsersOfAlias
        | E::AliasUnbind
        | E::AliasClear
        | E::TagOverwrite
        | E::TagBind
        | E::TagUnbind
        | E::TagsOfUser
        | E::BlacklistAdd
        | E::BlacklistRemove
        | E::UserStatus
        | E::DeviceStatus
        | E::UserDetails
        | E::BadgeSet
        | E::UserCount
        | E::DeviceTokens => {}
    }
    auth::check_token(world, call)
}

fn dispatch(world: &mut World, call: &Call, endpoint: GetuiEndpoint) -> Said {
    use GetuiEndpoint as E;
    match endpoint {
        E::AuthOpen => auth::open(world, call),
        E::AuthClose => auth::close(world, call),
        E::AliasBind => alias::bind(world, call),
        E::AliasOfUser => alias::of_user(world, call),
        E::UsersOfAlias => alias::users(world, call),
        E::AliasUnbind => alias::unbind(world, call),
        E::AliasClear => alias::clear(world, call),
        E::TagOverwrite => tag::overwrite(world, call),
        E::TagBind => tag::batch(world, call, tag::Batch::Bind),
        E::TagUnbind => tag::batch(world, call, tag::Batch::Unbind),
        E::TagsOfUser => tag::of_user(world, call),
        E::BlacklistAdd => user::blacklist(world, call, user::Listing::Add),
        E::BlacklistRemove => user::blacklist(world, call, user::Listing::Remove),
        E::UserStatus => user::status(world, call),
        E::DeviceStatus => user::device_status(world, call),
        E::UserDetails => user::details(world, call),
        E::BadgeSet => user::badge(world, call),
        E::UserCount => count::count(world, call),
        E::DeviceTokens => device_token::bind(world, call),
    }
}

/// The body of a call that takes one.
fn read<'a, T: Deserialize<'a>>(world: &mut World, call: &Call<'a>) -> Result<T, Refusal> {
    let media = call.header("content-type").unwrap_or_default();
    if !is_json(media) {
        world.wrong(call, Sort::Malformed, format!("the header `content-type` is `{media}`, not JSON"));
    }
    let body = serde_json::from_slice::<Object<T>>(call.body);
    body.map(|body| body.0).map_err(|error| {
        world.wrong(call, Sort::Malformed, format!("the body: {error}"));
        Refusal::parameter("body is invalid")
    })
}

/// Whether a media type is the document's `application/json;charset=utf-8`; the charset is JSON's own.
fn is_json(media: &str) -> bool {
    let mut parts = media.split(';').map(str::trim);
    let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("application/json"));
    is_named && parts.all(|part| part.eq_ignore_ascii_case("charset=utf-8"))
}

/// A field that the document demands and the call leaves out.
fn missing(world: &mut World, call: &Call, field: &str) -> Refusal {
    world.wrong(call, Sort::MissingField, format!("no `{field}`"));
    Refusal::parameter(format!("{field} can not be empty"))
}

/// Refuses an empty cid among those of a list.
fn check_filled<'a>(
    world: &mut World,
    call: &Call,
    mut cids: impl Iterator<Item = &'a str>,
) -> Result<(), Refusal> {
    if cids.any(str::is_empty) {
        world.wrong(call, Sort::BadText, "an empty cid");
        return Err(Refusal::parameter("cid can not be empty"));
    }
    Ok(())
}

/// An open part of the path as text.
fn part<'a>(world: &mut World, call: &Call<'a>) -> Result<Cow<'a, str>, Refusal> {
    call.part(0).ok_or_else(|| {
        world.wrong(call, Sort::Malformed, "the path is no UTF-8");
        Refusal::parameter("path is invalid")
    })
}

/// Checks a list that a call carries: not empty, not too long, nothing twice.
fn check_list<'a>(
    world: &mut World,
    call: &Call,
    (list, entry): (&'static str, &'static str),
    max: usize,
    entries: impl ExactSizeIterator<Item = &'a str>,
) -> Result<(), Refusal> {
    check_size(world, call, list, max, entries.len())?;
    check_unique(world, call, entry, entries)
}

/// Checks that a list is neither empty nor too long.
fn check_size(
    world: &mut World,
    call: &Call,
    list: &'static str,
    max: usize,
    len: usize,
) -> Result<(), Refusal> {
    if len == 0 {
        world.wrong(call, Sort::EmptyList, list);
        return Err(Refusal::parameter(format!("{list} can not be empty")));
    }
    if len > max {
        world.wrong(call, Sort::OverSize, format!("{len} entries in {list}, at most {max}"));
        return Err(Refusal::parameter(format!("{list} size over limit")));
    }
    Ok(())
}

/// Checks that no entry of a list stands twice.
fn check_unique<'a>(
    world: &mut World,
    call: &Call,
    entry: &'static str,
    entries: impl Iterator<Item = &'a str>,
) -> Result<(), Refusal> {
    let mut seen = hashbrown::HashSet::with_capacity(entries.size_hint().0);
    for text in entries {
        if !seen.insert(text) {
            world.wrong(call, Sort::Duplicate, format!("{entry} {text} stands twice"));
            return Err(Refusal::parameter(format!("contains duplicate {entry}")));
        }
    }
    Ok(())
}

/// The cids of a path, separated by commas.
fn check_path_cids<'a>(
    world: &mut World,
    call: &Call,
    path: &'a str,
    max: usize,
) -> Result<Vec<&'a str>, Refusal> {
    let cids: Vec<&str> = path.split(',').collect();
    check_filled(world, call, cids.iter().copied())?;
    check_list(world, call, ("cid", "cid"), max, cids.iter().copied())?;
    Ok(cids)
}

/// Refuses a call that names a user who does not exist.
fn check_users(world: &World, cids: &[&str]) -> Result<(), Refusal> {
    if cids.iter().all(|cid| world.users.exists(cid)) { Ok(()) } else { Err(Refusal::unknown_user()) }
}
