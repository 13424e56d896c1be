//! Blacklist, status, device status, details and badge.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Refusal, Said, check_path_cids, check_users, part, read};
use crate::emulator::setup::{Denied, Phone, Status, UserSetup};
use crate::emulator::switches::StatusBadUser;
use crate::emulator::violation::Sort;
use crate::emulator::world::{Call, World};

/// The most users of one blacklist call.
const BLACKLIST_MAX: usize = 200;
/// The most users of one status call.
const STATUS_MAX: usize = 1_000;
/// The most users of one device status call.
const DEVICE_STATUS_MAX: usize = 100;
/// The most users of one details call.
const DETAILS_MAX: usize = 1_000;
/// The most users of one badge call.
const BADGE_MAX: usize = 200;
/// When an offline user was last there, unless the world says it: the document's example.
const LAST_LOGIN_MS: i64 = 1_484_018_265_935;

/// What a blacklist call does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    /// `POST`
    Add,
    /// `DELETE`
    Remove,
}

/// `POST` and `DELETE user/black/cid/$cid,$cid`: repeating either has no effect.
pub(super) fn blacklist(world: &mut World, call: &Call, listing: Listing) -> Said {
    let path = part(world, call)?;
    let cids = check_path_cids(world, call, &path, BLACKLIST_MAX)?;
    check_users(world, &cids)?;
    for cid in cids {
        let user = world.users.enter(cid);
        world.users.change(user, |user| user.blacklisted = listing == Listing::Add);
    }
    Ok(None)
}

const fn word(status: Status) -> &'static str {
    match status {
        Status::Online => "online",
        Status::Offline => "offline",
    }
}

/// `GET user/status/$cid,$cid`: an online user has no last time of logging in.
pub(super) fn status(world: &mut World, call: &Call) -> Said {
    let path = part(world, call)?;
    let cids = check_path_cids(world, call, &path, STATUS_MAX)?;
    if world.rules.switches.status_bad_user == StatusBadUser::Refused {
        check_users(world, &cids)?;
    }
    let known = cids.into_iter().filter(|cid| world.users.exists(cid));
    let describe = |cid: &str| {
        let profile = world.users.profile(cid);
        let mut user = json!({"status": word(profile.status)});
        if profile.status == Status::Offline {
            user["last_login_time"] = json!(profile.last_login_time.unwrap_or(LAST_LOGIN_MS).to_string());
        }
        (cid.to_owned(), user)
    };
    let users: Map<String, Value> = known.map(describe).collect();
    Ok(Some(Value::Object(users).to_string()))
}

/// `GET user/deviceStatus/$cid,$cid`: each user has a reply of its own.
pub(super) fn device_status(world: &mut World, call: &Call) -> Said {
    if world.rules.getui.denied.contains(&Denied::DeviceStatus) {
        return Err(Refusal::new(403, 30020, "no permission for device status"));
    }
    let path = part(world, call)?;
    let cids = check_path_cids(world, call, &path, DEVICE_STATUS_MAX)?;
    let describe = |cid: &str| {
        if !world.users.exists(cid) {
            return (cid.to_owned(), json!({"code": 20001, "msg": "target user is invalid"}));
        }
        let status = word(world.users.profile(cid).status);
        let data = json!({"cid_status": status, "device_status": status});
        (cid.to_owned(), json!({"code": 0, "msg": "success", "data": data}))
    };
    let users: Map<String, Value> = cids.into_iter().map(describe).collect();
    Ok(Some(Value::Object(users).to_string()))
}

/// `GET user/detail/$cid,$cid`: the invalid ones are left out when there are none.
pub(super) fn details(world: &mut World, call: &Call) -> Said {
    let path = part(world, call)?;
    let cids = check_path_cids(world, call, &path, DETAILS_MAX)?;
    let (valid, invalid): (Vec<&str>, Vec<&str>) = cids.into_iter().partition(|cid| world.users.exists(cid));
    let app = world.rules.getui.credentials.as_ref().map_or(call.app, |credentials| &credentials.app_id);
    let users: Map<String, Value> =
        valid.into_iter().map(|cid| (cid.to_owned(), detail(app, world.users.profile(cid)))).collect();
    let mut data = json!({"validCids": users});
    if !invalid.is_empty() {
        data["invalidCids"] = json!(invalid);
    }
    Ok(Some(data.to_string()))
}

fn detail(app: &str, profile: UserSetup) -> Value {
    let phone_type = match profile.phone {
        Phone::Android => 1,
        Phone::Ios => 2,
    };
    // The token's prefix tells the maker; who has no token is unknown.
    let maker = match (&profile.device_token, profile.phone) {
        (None, _) => "unknown",
        (Some(_), Phone::Ios) => "iphone",
        (Some(_), Phone::Android) => "hw",
    };
    let mut detail = json!({
        "client_app_id": app,
        "package_name": profile.package_name.unwrap_or_else(|| "com.getui.demo".to_owned()),
        "phone_type": phone_type,
        "phone_model": profile.phone_model.unwrap_or_else(|| "vv".to_owned()),
        "notification_switch": !profile.notifications_off,
        "create_time": profile.create_time.unwrap_or_else(|| "2021-06-30 00:00:00".to_owned()),
        "login_freq": profile.login_freq.unwrap_or(10),
        "brand": profile.brand.unwrap_or_else(|| maker.to_owned()),
    });
    if let Some(token) = profile.device_token {
        detail["device_token"] = json!(token);
    }
    detail
}

#[derive(Deserialize)]
struct Badge {
    badge: Option<Value>,
}

/// What a badge call does to a number.
#[derive(Clone, Copy)]
enum BadgeChange {
    Set(i64),
    Add(i64),
}

/// `POST user/badge/cid/$cid,$cid`
pub(super) fn badge(world: &mut World, call: &Call) -> Said {
    let path = part(world, call)?;
    let cids = check_path_cids(world, call, &path, BADGE_MAX)?;
    let body: Badge = read(world, call)?;
    let Some(change) = badge_change(body.badge.as_ref()) else {
        world.wrong(call, Sort::BadValue, "a badge is N, +N or -N");
        return Err(Refusal::parameter("badge is invalid"));
    };
    check_users(world, &cids)?;
    if let Some(cid) = cids.iter().find(|cid| world.users.profile(cid).phone != Phone::Ios) {
        world.wrong(call, Sort::NotIos, format!("{cid} has no iOS phone"));
        return Err(Refusal::unknown_user());
    }
    for cid in cids {
        let user = world.users.enter(cid);
        world.users.change(user, |user| {
            let badge = match change {
                BadgeChange::Set(number) => number,
                BadgeChange::Add(number) => user.badge.saturating_add(number),
            };
            user.badge = badge.max(0);
        });
    }
    Ok(None)
}

/// The document declares text and shows a bare `-8` as well.
fn badge_change(badge: Option<&Value>) -> Option<BadgeChange> {
    let text = match badge? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = digits.parse::<i64>().ok()?;
    Some(match text.as_bytes()[0] {
        b'+' => BadgeChange::Add(number),
        b'-' => BadgeChange::Add(-number),
        _ => BadgeChange::Set(number),
    })
}
