//! Device tokens: bound or unbound a thousand a call, with one error an entry.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, Said, check_size, check_unique, missing, part, read};
use crate::emulator::body::Object;
use crate::emulator::setup::Denied;
use crate::emulator::violation::Sort;
use crate::emulator::world::{Bucket, Call, World};

/// The channel of mini programs, open to every app.
const MINI_PROGRAM: &str = "wx";
/// The channels of makers of phones.
const VENDOR_CHANNELS: [&str; 12] =
    ["hw", "hwq", "ho", "xm", "op", "opg", "vv", "mz", "fcm", "st", "sn", "ios"];
/// The most entries of one call.
const ENTRIES_MAX: usize = 1_000;

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, default)]
    dt_list: Option<Vec<Object<Entry<'a>>>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default)]
    cid: Cow<'a, str>,
    #[serde(borrow, default)]
    device_token: Option<Cow<'a, str>>,
}

/// `POST user/bind_dt/$type`: a token binds, none or an empty one unbinds.
pub(super) fn bind(world: &mut World, call: &Call) -> Said {
    let over = |_| Refusal::new(401, 10005, "calls per minute over limit");
    world.spend(Bucket::DeviceToken, call).map_err(over)?;
    let channel = part(world, call)?;
    check_channel(world, call, &channel)?;
    let body: Body = read(world, call)?;
    let list = body.dt_list.ok_or_else(|| missing(world, call, "dt_list"))?;
    let entries: Vec<Entry> = list.into_iter().map(|entry| entry.0).collect();
    check_size(world, call, "dt_list", ENTRIES_MAX, entries.len())?;
    let cids = || entries.iter().map(|entry| entry.cid.as_ref());
    // An entry without a cid fails by itself, with 24001.
    if cids().any(str::is_empty) {
        world.wrong(call, Sort::BadText, "an empty cid");
    }
    check_unique(world, call, "cid", cids().filter(|cid| !cid.is_empty()))?;
    if entries.iter().filter_map(|entry| entry.device_token.as_deref()).any(has_control) {
        world.wrong(call, Sort::BadText, "a device token with a control character");
        return Err(Refusal::parameter("device_token is invalid"));
    }
    let mut errors = Vec::new();
    for entry in &entries {
        if let Err(code) = carry_out(world, &channel, entry) {
            errors.push(describe(&channel, entry, code));
        }
    }
    let data = (!errors.is_empty()).then(|| json!({"errorList": errors}).to_string());
    Ok(data)
}

/// Every channel of the document.
pub(in crate::emulator) fn all_channels() -> Vec<&'static str> {
    std::iter::once(MINI_PROGRAM).chain(VENDOR_CHANNELS).collect()
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

fn check_channel(world: &mut World, call: &Call, channel: &str) -> Result<(), Refusal> {
    let granted = !world.rules.getui.denied.contains(&Denied::VendorChannels);
    if channel == MINI_PROGRAM || (granted && VENDOR_CHANNELS.contains(&channel)) {
        return Ok(());
    }
    if !VENDOR_CHANNELS.contains(&channel) {
        world.wrong(call, Sort::BadText, format!("channel {channel}"));
    }
    Err(Refusal::parameter("type is invalid"))
}

/// The error code where it fails.
fn carry_out(world: &mut World, channel: &str, entry: &Entry) -> Result<(), u32> {
    let cid = entry.cid.as_ref();
    if cid.is_empty() {
        return Err(24001);
    }
    if world.users.is_foreign(cid) {
        return Err(24003);
    }
    if !world.users.exists(cid) {
        return Err(24002);
    }
    if channel == MINI_PROGRAM && world.users.profile(cid).no_mini_program {
        return Err(24004);
    }
    let token = entry.device_token.as_deref().filter(|token| !token.is_empty());
    let user = world.users.enter(cid);
    world.users.change(user, |user| {
        user.tokens.retain(|(other, _)| **other != *channel);
        if let Some(token) = token {
            user.tokens.push((channel.into(), token.to_owned()));
        }
    });
    Ok(())
}

/// The document's example shows the token behind the channel in capitals: `WX_oX-…` for `oX-…`.
fn describe(channel: &str, entry: &Entry, code: u32) -> Value {
    let mut error = json!({"cid": entry.cid, "error_code": code});
    if let Some(token) = entry.device_token.as_deref().filter(|token| !token.is_empty()) {
        error["device_token"] = json!(format!("{}_{token}", channel.to_uppercase()));
    }
    error
}
