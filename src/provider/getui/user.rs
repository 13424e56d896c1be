//! What Getui says about users beside what is declared: whether they exist, are online, on which device; badges.
//!
//! Pages "【用户】…" of the user API. Requests and readings only: every one of these calls spends
//! [`spends`] and goes through the gate like any other. How many users are there is `count.rs`'s.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::kind::{Refusal, Verdict};
use crate::provider::json;
use crate::timestamp::Timestamp;
use crate::wire::{Method, Reply, Request};

use super::verdict;

pub use super::limits::{BADGE_MAX, DETAIL_MAX, DEVICE_STATUS_MAX, STATUS_MAX, requests as spends};

/// The word for the phone type 1.
const ANDROID: &str = "android";

/// Whether a user's app is online.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The user.
    pub user: String,
    /// `online` or `offline`.
    pub status: String,
    /// When they last came; left out for those who are online.
    pub last_login: Option<Timestamp>,
}

/// Whether a user's device is online, by any app with the vendor's SDK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceStatus {
    /// The user.
    pub user: String,
    /// `online` or `offline`, empty where the vendor does not say.
    pub user_status: String,
    /// `online` or `offline`, empty where the vendor does not say.
    pub device_status: String,
    /// The vendor's code and words, where it could not say.
    pub refused: Option<(i64, String)>,
}

/// What the vendor knows of a user. Texts are empty where it does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The user.
    pub user: String,
    /// The app's public id.
    pub client_app_id: String,
    /// The app's package.
    pub package_name: String,
    /// The token of the channel that `brand` names.
    pub device_token: String,
    /// `android` or `ios`; the vendor's number for anything else.
    pub phone_type: String,
    /// The model.
    pub phone_model: String,
    /// Whether the system lets the app show notifications.
    pub notification_switch: Option<bool>,
    /// When the user first came, as the vendor writes it: `yyyy-MM-dd HH:mm:ss`.
    pub create_time: String,
    /// On how many of the last 100 days the user came.
    pub login_freq: Option<u64>,
    /// The channel's prefix: `hw`, `xm`, …, `unknown` without a token.
    pub brand: String,
}

/// What the vendor knows of several users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// Those it knows, sorted by id.
    pub known: Vec<Detail>,
    /// Those of the question that it does not know, in its order.
    pub unknown: Vec<String>,
}

/// What to do to a badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Badge {
    /// Show this number.
    Set(u32),
    /// Add this number, or take it off when it is negative.
    Add(i32),
}

/// Asks whether users are online, at most [`STATUS_MAX`] of them: "查询用户状态".
#[must_use]
pub fn status(users: &[&str]) -> Request {
    super::plain(Method::Get, format!("/user/status/{}", super::list(users)))
}

/// Asks whether devices are online, at most [`DEVICE_STATUS_MAX`] of them: "查询设备状态".
#[must_use]
pub fn device_status(users: &[&str]) -> Request {
    super::plain(Method::Get, format!("/user/deviceStatus/{}", super::list(users)))
}

/// Asks what is known of users, at most [`DETAIL_MAX`] of them: "查询用户信息".
#[must_use]
pub fn detail(users: &[&str]) -> Request {
    super::plain(Method::Get, format!("/user/detail/{}", super::list(users)))
}

/// Changes the badge of users, iOS only, at most [`BADGE_MAX`] of them: "设置角标".
#[must_use]
pub fn badge(users: &[&str], badge: Badge) -> Request {
    #[derive(Serialize)]
    struct Body {
        badge: String,
    }
    let badge = match badge {
        Badge::Set(number) => number.to_string(),
        Badge::Add(number) => format!("{number:+}"),
    };
    super::with_body(Method::Post, format!("/user/badge/cid/{}", super::list(users)), &Body { badge })
}

/// Reads the reply to [`status`]: those users that it names, sorted by id.
///
/// # Errors
/// The refusal.
pub fn statuses(reply: &Reply) -> Verdict<Vec<Status>> {
    let data = verdict::content(reply)?;
    let of = |(user, said): (String, &Value)| Status {
        user,
        status: json::text_of(said, "status"),
        last_login: json::field(said, "last_login_time").and_then(json::whole).map(Timestamp),
    };
    Ok(by_user(&data).into_iter().map(of).collect())
}

/// Reads the reply to [`device_status`]: those users that it names, sorted by id.
///
/// # Errors
/// The refusal.
pub fn device_statuses(reply: &Reply) -> Verdict<Vec<DeviceStatus>> {
    let data = verdict::content(reply)?;
    Ok(by_user(&data).into_iter().map(|(user, said)| device_status_of(user, said)).collect())
}

/// Each user's part is a reply in itself, with a code of its own.
fn device_status_of(user: String, said: &Value) -> DeviceStatus {
    let code = json::field(said, "code").and_then(json::whole).unwrap_or(0);
    let refused = (code != 0).then(|| (code, crate::provider::words::clean(&json::text_of(said, "msg"))));
    let data = json::field(said, "data").unwrap_or(said);
    let text = |name| json::text_of(data, name);
    DeviceStatus { user, user_status: text("cid_status"), device_status: text("device_status"), refused }
}

/// Reads the reply to [`detail`] of these users.
///
/// # Errors
/// The refusal.
pub fn details(reply: &Reply, users: &[&str]) -> Verdict<Details> {
    let data = verdict::content(reply)?;
    let (known, unknown) = told_apart(reply, &data, users)?;
    Ok(Details { unknown, known: known.into_iter().map(|(user, said)| detail_of(user, said)).collect() })
}

/// Reads in the reply to [`detail`] of these users only whom the vendor does not know, in the order of `users`.
///
/// # Errors
/// The refusal.
pub(super) fn unknown(reply: &Reply, users: &[&str]) -> Verdict<Vec<String>> {
    let data = verdict::content(reply)?;
    told_apart(reply, &data, users).map(|(_, unknown)| unknown)
}

/// What is said of each user whom the vendor knows, sorted by id, and whom it does not know.
type ToldApart<'a> = (Vec<(String, &'a Value)>, Vec<String>);

fn told_apart<'a>(reply: &Reply, data: &'a Value, users: &[&str]) -> Verdict<ToldApart<'a>> {
    let valid = json::field(data, "validCids");
    let known = valid.map(by_user).unwrap_or_default();
    let invalid: BTreeSet<String> =
        json::field(data, "invalidCids").map(json::texts).unwrap_or_default().into_iter().collect();
    if valid.is_none() && invalid.is_empty() && !users.is_empty() {
        return Err(verdict::lacking(reply, "anything about these users"));
    }
    let is_known =
        |user: &str| valid.is_none() || known.binary_search_by(|row| row.0.as_str().cmp(user)).is_ok();
    let unknown = users.iter().filter(|user| invalid.contains(**user) || !is_known(user));
    let unknown = unknown.map(|user| (*user).to_owned()).collect();
    Ok((known, unknown))
}

fn detail_of(user: String, said: &Value) -> Detail {
    let text = |name| json::text_of(said, name);
    let phone_type = match text("phone_type").as_str() {
        "1" => ANDROID.to_owned(),
        "2" => "ios".to_owned(),
        other => other.to_owned(),
    };
    Detail {
        user,
        client_app_id: text("client_app_id"),
        package_name: text("package_name"),
        device_token: text("device_token"),
        phone_type,
        phone_model: text("phone_model"),
        notification_switch: json::field(said, "notification_switch").and_then(json::flag),
        create_time: text("create_time"),
        login_freq: json::field(said, "login_freq").and_then(json::count),
        brand: text("brand"),
    }
}

/// What is said under each user's id, sorted by id. The document shows an object and calls it a list: both are
/// read, and so is a list whose entries name their user in a field.
fn by_user(data: &Value) -> Vec<(String, &Value)> {
    let mut found: Vec<(String, &Value)> = json::objects(data)
        .flat_map(|object| match json::field(object, "cid").and_then(json::text) {
            Some(user) => vec![(user, object)],
            None => {
                object.as_object().into_iter().flatten().map(|(user, said)| (user.clone(), said)).collect()
            }
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// Whether the vendor takes a badge for this user: 仅支持IOS. Where it does not say what their phone is, it may.
#[must_use]
pub fn can_have_a_badge(detail: &Detail) -> bool {
    detail.phone_type != ANDROID
}

/// Whether a refusal says that this app may not ask: the rest of what is known of a user can be shown all the same.
#[must_use]
pub fn is_not_permitted(refusal: &Refusal) -> bool {
    matches!(refusal.code, Some(verdict::NO_TAGS | verdict::NO_DEVICE_STATUS))
}

/// Reads the reply to [`badge`], which says no more than that it was done.
///
/// # Errors
/// The refusal.
pub fn done(reply: &Reply) -> Verdict<()> {
    verdict::content(reply).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Remedy;

    fn reply(data: &str) -> Reply {
        Reply::json(200, format!(r#"{{"code":0,"msg":"success","data":{data}}}"#))
    }

    #[test]
    fn a_status_is_read_with_and_without_a_last_login() {
        let read = statuses(&reply(
            r#"{"b":{"last_login_time":"1484018265935","status":"offline"},"a":{"status":"online"}}"#,
        ));
        let status = |user: &str, status: &str, last_login| Status {
            user: user.to_owned(),
            status: status.to_owned(),
            last_login,
        };
        assert_eq!(
            read,
            Ok(vec![status("a", "online", None), status("b", "offline", Some(Timestamp(1_484_018_265_935)))])
        );
        assert_eq!(statuses(&reply("{}")), Ok(vec![]));
        assert_eq!(statuses(&Reply::json(200, r#"{"code":0}"#)), Ok(vec![]));
    }

    #[test]
    fn a_device_status_has_a_code_of_its_own() {
        let read = device_statuses(&reply(
            r#"{"a":{"msg":"success","code":0,"data":{"cid_status":"offline","device_status":"online"}},"b":{"code":20001,"msg":"target user is invalid"}}"#,
        ))
        .expect("a reading");
        let shown: Vec<_> = read
            .iter()
            .map(|row| (row.user.as_str(), row.device_status.as_str(), row.refused.clone()))
            .collect();
        assert_eq!(
            shown,
            [("a", "online", None), ("b", "", Some((20001, "target user is invalid".to_owned())))]
        );
    }

    #[test]
    fn a_detail_is_read_as_the_document_shows_it() {
        let read = details(
            &reply(
                r#"{"invalidCids":["x"],"validCids":{"a":{"client_app_id":"app","package_name":"com.getui.demo","device_token":"t","phone_type":1,"phone_model":"vv","notification_switch":true,"create_time":"2021-06-30 00:00:00","login_freq":10,"brand":"hw","new":{}}}}"#,
            ),
            &["x", "a"],
        )
        .expect("a reading");
        let text = str::to_owned;
        let detail = Detail {
            user: text("a"),
            client_app_id: text("app"),
            package_name: text("com.getui.demo"),
            device_token: text("t"),
            phone_type: text("android"),
            phone_model: text("vv"),
            notification_switch: Some(true),
            create_time: text("2021-06-30 00:00:00"),
            login_freq: Some(10),
            brand: text("hw"),
        };
        assert_eq!(read, Details { known: vec![detail], unknown: vec![text("x")] });
    }

    #[test]
    fn a_user_is_unknown_when_the_reply_says_so_or_passes_over_them() {
        for (data, expected) in [
            (r#"{"validCids":{"a":{},"b":{}}}"#, ""),
            (r#"{"validCids":[{"a":{}},{"cid":"b"}]}"#, ""),
            (r#"{"validCids":{"a":{}}}"#, "b"),
            (r#"{"validCids":{},"invalidCids":["b","a"]}"#, "a,b"),
            (r#"{"invalidCids":"b"}"#, "b"),
            (r#"{"invalidcids":["c"],"validCids":{"a":{},"b":{}}}"#, ""),
        ] {
            let read = details(&reply(data), &["a", "b"]).map(|details| details.unknown.join(","));
            assert_eq!(read, Ok(expected.to_owned()), "{data}");
        }
        let silent = details(&reply("{}"), &["a"]);
        assert_eq!(silent.map_err(|refusal| refusal.remedy), Err(Remedy::Retry));
    }
}
