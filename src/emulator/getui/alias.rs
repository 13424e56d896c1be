//! The five alias endpoints.

use std::borrow::Cow;

use hashbrown::HashMap;
use serde::Deserialize;
use serde_json::json;

use super::text::check_alias;
use super::{Refusal, Said, check_filled, check_list, check_users, missing, part, read};
use crate::emulator::body::Object;
use crate::emulator::switches::{AliasBadUser, AliasFull, AliasOfNone, UsersOfNone};
use crate::emulator::violation::Sort;
use crate::emulator::world::users::ALIAS_USERS_MAX;
use crate::emulator::world::{Call, World};

/// The most pairs of one call.
const PAIRS_MAX: usize = 1_000;

#[derive(Deserialize)]
struct Pairs<'a> {
    #[serde(borrow, default)]
    data_list: Option<Vec<Object<Pair<'a>>>>,
}

#[derive(Deserialize)]
struct Pair<'a> {
    #[serde(borrow, default)]
    cid: Cow<'a, str>,
    #[serde(borrow, default)]
    alias: Cow<'a, str>,
}

fn read_pairs<'a>(world: &mut World, call: &Call<'a>) -> Result<Vec<Pair<'a>>, Refusal> {
    let body: Pairs = read(world, call)?;
    let list = body.data_list.ok_or_else(|| missing(world, call, "data_list"))?;
    let pairs: Vec<Pair> = list.into_iter().map(|pair| pair.0).collect();
    check_filled(world, call, pairs.iter().map(|pair| pair.cid.as_ref()))?;
    check_list(world, call, ("data_list", "cid"), PAIRS_MAX, pairs.iter().map(|pair| pair.cid.as_ref()))?;
    Ok(pairs)
}

/// Leaves the pairs that are to be done, and says how the call ends if they are.
fn sort_out(world: &World, pairs: &mut Vec<Pair>) -> Said {
    let before = pairs.len();
    pairs.retain(|pair| world.users.exists(&pair.cid));
    if pairs.len() == before {
        return Ok(None);
    }
    match world.rules.switches.alias_bad_user {
        AliasBadUser::RefusesAll => {
            pairs.clear();
            Err(Refusal::unknown_user())
        }
        AliasBadUser::DoesTheRest => Err(Refusal::unknown_user()),
        AliasBadUser::KeepsSilent => Ok(None),
    }
}

/// `POST user/alias`
pub(super) fn bind(world: &mut World, call: &Call) -> Said {
    let mut pairs = read_pairs(world, call)?;
    for pair in &pairs {
        check_alias(world, call, &pair.alias)?;
    }
    let end = sort_out(world, &mut pairs);
    let end = check_room(world, call, &mut pairs)?.map_or(end, Err);
    for pair in &pairs {
        let user = world.users.enter(&pair.cid);
        world.users.bind_alias(user, &pair.alias);
    }
    end
}

/// Refuses a call that would at any moment, pair by pair, bind an eleventh user to an alias: whole, or once the other pairs
/// are done.
fn check_room(world: &mut World, call: &Call, pairs: &mut Vec<Pair>) -> Result<Option<Refusal>, Refusal> {
    let mut refusal = None;
    while let Some(at) = overfull(world, pairs) {
        if refusal.is_none() {
            world.wrong(call, Sort::AliasOverTen, format!("alias {}", pairs[at].alias));
        }
        refusal = Some(Refusal::parameter("alias size over limit"));
        match world.rules.switches.alias_full {
            AliasFull::RefusesAll => return Err(Refusal::parameter("alias size over limit")),
            AliasFull::DoesTheRest => drop(pairs.remove(at)),
        }
    }
    Ok(refusal)
}

/// The first pair that would bind an eleventh user.
fn overfull(world: &World, pairs: &[Pair]) -> Option<usize> {
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    for (at, pair) in pairs.iter().enumerate() {
        let before = world.users.alias_of(&pair.cid);
        if before == Some(&pair.alias) {
            continue;
        }
        if let Some(before) = before {
            *sizes.entry(before).or_insert_with(|| world.users.alias_size(before)) -= 1;
        }
        let size = sizes.entry(&pair.alias).or_insert_with(|| world.users.alias_size(&pair.alias));
        *size += 1;
        if *size > ALIAS_USERS_MAX {
            return Some(at);
        }
    }
    None
}

/// `GET user/alias/cid/$cid`
pub(super) fn of_user(world: &mut World, call: &Call) -> Said {
    let cid = part(world, call)?;
    check_users(world, &[&cid])?;
    if let Some(alias) = world.users.alias_of(&cid) {
        return Ok(Some(json!({"alias": alias}).to_string()));
    }
    match world.rules.switches.alias_of_none {
        AliasOfNone::EmptyText => Ok(Some(r#"{"alias":""}"#.to_owned())),
        AliasOfNone::Absent => Ok(None),
        AliasOfNone::EmptyObject => Ok(Some("{}".to_owned())),
        AliasOfNone::Refused => Err(Refusal::unknown_user()),
    }
}

/// `GET user/cid/alias/$alias`: at most ten users, and any text as an alias.
pub(super) fn users(world: &mut World, call: &Call) -> Said {
    let alias = part(world, call)?;
    let mut users = world.users.users_of(&alias);
    users.truncate(ALIAS_USERS_MAX);
    if !users.is_empty() {
        return Ok(Some(json!({"cid": users}).to_string()));
    }
    match world.rules.switches.users_of_none {
        UsersOfNone::EmptyList => Ok(Some(r#"{"cid":[]}"#.to_owned())),
        UsersOfNone::Absent => Ok(None),
        UsersOfNone::EmptyObject => Ok(Some("{}".to_owned())),
        UsersOfNone::Refused => Err(Refusal::parameter("alias is invalid")),
    }
}

/// `DELETE user/alias`: a pair that is not bound has no effect.
pub(super) fn unbind(world: &mut World, call: &Call) -> Said {
    let mut pairs = read_pairs(world, call)?;
    if pairs.iter().any(|pair| pair.alias.is_empty()) {
        world.wrong(call, Sort::BadText, "an empty alias");
        return Err(Refusal::parameter("alias can not be empty"));
    }
    let end = sort_out(world, &mut pairs);
    for pair in &pairs {
        if world.users.alias_of(&pair.cid) == Some(&pair.alias) {
            let user = world.users.enter(&pair.cid);
            world.users.release_alias(user);
        }
    }
    end
}

/// `DELETE user/alias/$alias`
pub(super) fn clear(world: &mut World, call: &Call) -> Said {
    let alias = part(world, call)?;
    world.users.clear_alias(&alias);
    Ok(None)
}
