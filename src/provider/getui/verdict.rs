//! What Getui's replies mean: the body's `code` decides, never the HTTP status alone.
//!
//! Codes are those of the page on return codes, checked on 2026-11-22. What a reply's `data` says is read by the
//! file of the kind in question.

use serde_json::Value;

use crate::kind::{Refusal, Remedy, Verdict};
use crate::provider::json::{self, Body};
use crate::provider::words;
use crate::timestamp::MINUTE_MS;
use crate::wire::Reply;

/// The session's token is wrong or has ended; nothing else means "sign in again".
pub(super) const SESSION_ENDED: i64 = 10001;
/// The app is kept in another data centre.
pub(super) const OTHER_CENTRE: i64 = 301;
/// The app or the address is blocked.
pub(super) const BLOCKED: i64 = 10002;
/// A parameter is wrong; `msg` says which.
pub(super) const PARAMETER: i64 = 20001;
/// A tag operation failed.
pub(super) const TAG_FAILED: i64 = 23001;
/// This app may not tag.
pub(super) const NO_TAGS: i64 = 30001;
/// This app may not ask for the status of devices.
pub(super) const NO_DEVICE_STATUS: i64 = 30020;
/// The tag calls of the day are used up.
pub(super) const TAG_DAY_SPENT: i64 = 30011;

/// The reply's `data`, [`Value::Null`] where there is none.
pub(super) fn content(reply: &Reply) -> Verdict<Value> {
    if let Some(refusal) = words::redirect(reply) {
        return Err(refusal);
    }
    let mut body = match json::parse(&reply.body) {
        Body::Json(body) => body,
        Body::Empty => return Err(words::unreadable(reply, "an empty reply")),
        Body::Other => return Err(words::unreadable(reply, "a reply that is no JSON")),
    };
    match json::field(&body, "code").and_then(json::whole) {
        Some(0) => Ok(body.get_mut("data").map(Value::take).unwrap_or_default()),
        Some(code) => Err(refusal(reply.status, code, &json::text_of(&body, "msg"))),
        None => Err(words::unreadable(reply, "a reply without a code")),
    }
}

/// The refusal of a reply that was taken but does not hold what it should.
pub(super) fn lacking(reply: &Reply, what: &str) -> Refusal {
    words::unreadable(reply, &format!("a reply without {what}"))
}

/// Whether a refusal says that the thing asked about does not exist, or is nobody's. The vendor does not say how
/// it answers the alias of a user who has none; one of the possible answers is this. A request that is wrong in
/// itself is another matter.
pub(super) fn is_of_nobody(refusal: &Refusal) -> bool {
    let ours = ["size over limit", "can not be empty", "duplicate"];
    refusal.code == Some(PARAMETER) && !ours.iter().any(|fault| refusal.words.contains(fault))
}

fn refusal(status: u16, code: i64, message: &str) -> Refusal {
    let (remedy, advice) = match code {
        PARAMETER => (Remedy::GiveUp, parameter(message)),
        _ => CODES
            .iter()
            .find(|(known, ..)| *known == code)
            .map_or_else(|| unknown(status), |(_, remedy, advice)| (*remedy, *advice)),
    };
    Refusal { status, code: Some(code), words: words::clean(message), remedy, advice: advice.to_owned() }
}

/// Codes whose meaning does not depend on the message.
const CODES: [(i64, Remedy, &str); 12] = [
    (2, Remedy::Retry, "the service is just starting: the call is repeated"),
    (
        OTHER_CENTRE,
        Remedy::GiveUp,
        "this app lives in another data centre: set `getui.base_url` to the address that Getui names for it",
    ),
    (SESSION_ENDED, Remedy::SignIn, "the session has ended: we sign in again and repeat the call"),
    (
        BLOCKED,
        Remedy::GiveUp,
        "this app or this machine's address is blocked: look at the app's IP allow list, or ask Getui to lift it",
    ),
    (
        10003,
        Remedy::Wait(MINUTE_MS),
        "too many sign-ins this minute: we wait; other programs that sign in to this app count too",
    ),
    (
        10005,
        Remedy::Wait(MINUTE_MS),
        "too many calls this minute: we wait; if it happens often, lower `getui.limits.requests`",
    ),
    (
        TAG_FAILED,
        Remedy::GiveUp,
        "the tag operation failed: check the tags' characters and lengths and the users' ids, then apply again",
    ),
    (NO_TAGS, Remedy::GiveUp, "this app has no permission for tags: ask Getui to open it"),
    (
        TAG_DAY_SPENT,
        Remedy::Tomorrow,
        "today's tag calls are used up: the rest goes tomorrow; other programs that tag users of this app count too",
    ),
    (
        30012,
        Remedy::Wait(MINUTE_MS),
        "too many tag calls this minute: we wait; if it happens often, lower `getui.limits.tag_batch`",
    ),
    (30019, Remedy::Retry, "the service is busy: the call is repeated"),
    (
        NO_DEVICE_STATUS,
        Remedy::GiveUp,
        "this app has no permission to ask for the status of devices: ask Getui to open it",
    ),
];

/// Whether a refusal says that there is no such user, or that the user is another app's.
pub(super) fn is_no_user(refusal: &Refusal) -> bool {
    refusal.code == Some(PARAMETER) && refusal.words.contains(NO_USER)
}

const NO_USER: &str = "target user is invalid";

/// 20001 is told apart by its message.
fn parameter(message: &str) -> &'static str {
    let advices = [
        (
            NO_USER,
            "a user of this call does not exist or belongs to another app: check the ids and `getui.app_id`",
        ),
        ("contains duplicate", "the call names something twice: take one of the two out"),
        (
            "size over limit",
            "the call holds more than Getui takes: shorten the list or the text that is named",
        ),
        ("can not be empty", "something in the call is empty: fill in what is named"),
        ("is invalid", "a value is not as Getui wants it: correct what is named"),
    ];
    let found = advices.iter().find(|(part, _)| message.contains(part));
    found.map_or("a parameter of the call is wrong: correct what the message names", |(_, advice)| advice)
}

/// A code that no page names: only a broken service makes it worth repeating.
const fn unknown(status: u16) -> (Remedy, &'static str) {
    match status {
        500..=599 => (Remedy::Retry, "the service is unwell: the call is repeated"),
        429 => (Remedy::Wait(MINUTE_MS), "too many calls in the vendor's count: it is repeated in a minute"),
        _ => (Remedy::GiveUp, "look this code up on Getui's page of return codes (公共返回码)"),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// One line a code: what the vendor says, what we do, what a person should do.
    fn table() -> String {
        let replies = [
            (200, 2, "service starting"),
            (200, 301, "wrong data centre"),
            (401, 10001, "token is invalid"),
            (401, 10002, "in blacklist"),
            (401, 10003, "auth over limit"),
            (401, 10005, "call over limit"),
            (400, 20001, "target user is invalid"),
            (400, 20001, "contains duplicate cid"),
            (400, 20001, "alias is invalid"),
            (400, 20001, "data_list size over limit"),
            (400, 20001, "cid can not be empty"),
            (400, 20001, "?"),
            (400, 23001, "tag failed"),
            (403, 30001, "no permission"),
            (403, 30011, "day limit"),
            (403, 30012, "minute limit"),
            (403, 30019, "busy"),
            (403, 30020, "no permission"),
            (400, 99999, "new"),
            (500, 99999, "new"),
        ];
        let mut text = String::new();
        for (status, code, message) in replies {
            let reply = Reply::json(status, format!(r#"{{"code":{code},"msg":"{message}"}}"#));
            let refusal = content(&reply).expect_err("a refusal");
            writeln!(text, "{status} {code} {}: {:?}: {}", refusal.words, refusal.remedy, refusal.advice)
                .expect("a text grows");
        }
        text
    }

    #[test]
    fn every_code_has_a_remedy_and_an_advice() {
        let expected = include_str!("codes.txt");
        assert!(table() == expected, "the codes now read\n{}", table());
    }

    #[test]
    fn the_code_decides_and_not_the_status() {
        assert!(content(&Reply::json(403, r#"{"code":0}"#)).is_ok());
        assert!(content(&Reply::json(500, r#"{"code":"0","msg":"ok","data":{}}"#)).is_ok());
        assert!(content(&Reply::json(200, r#"{"code":"20001","msg":"x"}"#)).is_err());
        assert!(content(&Reply::json(302, r#"{"code":0}"#)).is_err(), "a redirect is never followed");
    }

    #[test]
    fn a_reply_that_cannot_be_read_says_what_came() {
        for (status, body, words, remedy) in [
            (
                502,
                "<html>\n<b>Bad\u{7} Gateway",
                "a reply that is no JSON: <html> <b>Bad Gateway",
                Remedy::Retry,
            ),
            (200, "", "an empty reply", Remedy::Retry),
            (200, "null", "an empty reply: null", Remedy::Retry),
            (200, r#"{"code":0,"#, r#"a reply that is no JSON: {"code":0,"#, Remedy::Retry),
            (200, "[1]", "a reply without a code: [1]", Remedy::Retry),
            (404, r#"{"path":"/x"}"#, r#"a reply without a code: {"path":"/x"}"#, Remedy::GiveUp),
            (301, "moved", "a redirect, which is not followed", Remedy::GiveUp),
        ] {
            let refusal = content(&Reply::json(status, body)).expect_err(body);
            assert_eq!(
                (refusal.words.as_str(), refusal.remedy, refusal.code),
                (words, remedy, None),
                "{body}"
            );
        }
    }
}
