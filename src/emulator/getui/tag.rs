//! The four tag endpoints.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::text::{TagUse, check_tag};
use super::{Refusal, Said, check_filled, check_list, check_users, missing, part, read};
use crate::emulator::setup::Denied;
use crate::emulator::switches::{OverwriteAgain, OverwriteEmpty, TagsOfNone};
use crate::emulator::throttle::Window;
use crate::emulator::violation::Sort;
use crate::emulator::world::users::USER_TAGS_MAX;
use crate::emulator::world::{Bucket, Call, World};
use crate::names::Name;

/// The most users of one batch.
const BATCH_MAX: usize = 1_000;
/// The most characters of all tags of an overwrite together.
const ALL_TAGS_CHARS_MAX: usize = 512;

fn check_permission(world: &World) -> Result<(), Refusal> {
    if world.rules.getui.denied.contains(&Denied::Tags) {
        return Err(Refusal::new(403, 30001, "no permission for tags"));
    }
    Ok(())
}

#[derive(Deserialize)]
struct Tags<'a> {
    #[serde(borrow, default)]
    custom_tag: Option<Vec<Cow<'a, str>>>,
}

/// `POST user/custom_tag/cid/$cid`
pub(super) fn overwrite(world: &mut World, call: &Call) -> Said {
    check_permission(world)?;
    let cid = part(world, call)?;
    let body: Tags = read(world, call)?;
    // Only a list that is there and empty is the case that the switch decides.
    let tags = body.custom_tag.ok_or_else(|| missing(world, call, "custom_tag"))?;
    check_users(world, &[&cid])?;
    check_set(world, call, &tags)?;
    let (day, most) = (world.day(call), world.rules.limits.tag_overwrite_per_user);
    let user = world.users.enter(&cid);
    let before = world.users.find(&cid).and_then(|user| user.overwritten);
    let today = before.filter(|(before, _)| *before == day).map_or(0, |(_, count)| count);
    if today >= most && !world.rules.unlimited {
        world.wrong(call, Sort::OverLimit, format!("the tags of {cid} were overwritten today"));
        return Err(match world.rules.switches.overwrite_again {
            OverwriteAgain::DailyLimit => Refusal::new(403, 30011, "tag calls per day over limit"),
            OverwriteAgain::Failed => Refusal::new(400, 23001, "tag operation failed"),
        });
    }
    let tags: Vec<Name> = tags.iter().map(|tag| world.users.tag(tag)).collect();
    world.users.overwrite(user, &tags);
    world.users.change(user, |user| user.overwritten = Some((day, today + 1)));
    Ok(None)
}

/// Refuses a set of tags that no user can have.
fn check_set(world: &mut World, call: &Call, tags: &[Cow<str>]) -> Result<(), Refusal> {
    if tags.is_empty() {
        world.wrong(call, Sort::EmptyOverwrite, "an overwrite with no tag");
        return match world.rules.switches.overwrite_empty {
            OverwriteEmpty::Clears => Ok(()),
            OverwriteEmpty::Refused => Err(Refusal::parameter("custom_tag can not be empty")),
        };
    }
    for tag in tags {
        check_tag(world, call, tag, TagUse::Bound)?;
    }
    check_list(world, call, ("custom_tag", "custom_tag"), USER_TAGS_MAX, tags.iter().map(AsRef::as_ref))?;
    let chars: usize = tags.iter().map(|tag| tag.chars().count()).sum();
    if chars > ALL_TAGS_CHARS_MAX {
        world.wrong(call, Sort::OverSize, format!("tags of {chars} characters together"));
        return Err(Refusal::parameter("custom_tag size over limit"));
    }
    Ok(())
}

/// What a batch does with its tag.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Batch {
    /// `PUT`
    Bind,
    /// `DELETE`
    Unbind,
}

#[derive(Deserialize)]
struct Cids<'a> {
    #[serde(borrow, default)]
    cid: Option<Vec<Cow<'a, str>>>,
}

/// `PUT` and `DELETE user/custom_tag/batch/$custom_tag`: one answer a user.
pub(super) fn batch(world: &mut World, call: &Call, batch: Batch) -> Said {
    world.spend(Bucket::TagBatch, call).map_err(|limit| match limit.window {
        Window::Day => Refusal::new(403, 30011, "tag calls per day over limit"),
        Window::Sliding(_) => Refusal::new(403, 30012, "tag calls per minute over limit"),
    })?;
    check_permission(world)?;
    let tag = part(world, call)?;
    let purpose = if batch == Batch::Bind { TagUse::Bound } else { TagUse::Unbound };
    check_tag(world, call, &tag, purpose)?;
    let body: Cids = read(world, call)?;
    let cids = body.cid.ok_or_else(|| missing(world, call, "cid"))?;
    check_filled(world, call, cids.iter().map(AsRef::as_ref))?;
    check_list(world, call, ("cid", "cid"), BATCH_MAX, cids.iter().map(AsRef::as_ref))?;
    let delay = world.rules.switches.tag_bind_delay_ms;
    let due = (delay > 0).then(|| call.now.plus(delay));
    let tag = world.users.tag(&tag);
    let mut results: BTreeMap<&str, &str> = BTreeMap::new();
    for cid in &cids {
        let done = world.users.exists(cid) && {
            let user = world.users.enter(cid);
            match batch {
                Batch::Bind => world.users.bind_tag(user, tag, due),
                Batch::Unbind => {
                    world.users.unbind_tag(user, tag);
                    true
                }
            }
        };
        results.insert(cid, if done { "true" } else { "false" });
    }
    Ok(Some(json!(results).to_string()))
}

/// `GET user/custom_tag/cid/$cid`: one element, the tags in it separated by spaces.
pub(super) fn of_user(world: &mut World, call: &Call) -> Said {
    check_permission(world)?;
    let cid = part(world, call)?;
    check_users(world, &[&cid])?;
    let tags = world.users.tags_of(&cid).join(" ");
    if !tags.is_empty() {
        return Ok(Some(json!({cid.as_ref(): [tags]}).to_string()));
    }
    match world.rules.switches.tags_of_none {
        TagsOfNone::EmptyObject => Ok(Some("{}".to_owned())),
        TagsOfNone::EmptyList => Ok(Some(json!({cid.as_ref(): []}).to_string())),
        TagsOfNone::EmptyText => Ok(Some(json!({cid.as_ref(): [""]}).to_string())),
        TagsOfNone::Absent => Ok(None),
    }
}
