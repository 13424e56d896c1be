//! Signing in at Getui, and the header that a session puts into every call.
//!
//! Source: the page on authorization ("鉴权"), checked on 2026-11-22. Keeping a session and renewing it is the
//! gate's.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::kind::{Refusal, Remedy, Session, Verdict};
use crate::provider::{json, words};
use crate::secret::Secret;
use crate::timestamp::{DAY_MS, Timestamp};
use crate::wire::{HeaderValue, Method, Reply, Request, Vendor, segment};

use super::verdict;

#[derive(Serialize)]
struct SignIn<'a> {
    sign: &'a str,
    timestamp: &'a str,
    appkey: &'a str,
}

/// The request that begins a session, signed for this moment.
pub(super) fn begin(app_key: &Secret, master_secret: &Secret, now: Timestamp) -> Request {
    let timestamp = now.0.to_string();
    let sign = sign(app_key, &timestamp, master_secret);
    let body = SignIn { sign: &sign, timestamp: &timestamp, appkey: app_key.reveal() };
    super::with_body(Method::Post, "/auth", &body)
}

/// Lower-case hex of `sha256(appkey + timestamp + mastersecret)`.
fn sign(app_key: &Secret, timestamp: &str, master_secret: &Secret) -> String {
    let mut hash = Sha256::new();
    for part in [app_key.reveal(), timestamp, master_secret.reveal()] {
        hash.update(part);
    }
    format!("{:x}", hash.finalize())
}

/// The session of a reply. Nothing of the reply's body but the vendor's own message is ever shown.
pub(super) fn read(reply: &Reply, now: Timestamp) -> Verdict<Session> {
    let data = verdict::content(reply).map_err(|refusal| refused(refusal, reply))?;
    let token = json::text_of(&data, "token");
    if token.is_empty() {
        return Err(words::by_status(reply.status, "a reply to the sign-in without a token".to_owned()));
    }
    let said = json::field(&data, "expire_time").and_then(json::whole).map(Timestamp);
    Ok(Session { token: Secret::new(token), ends_at: ends_at(said, now) })
}

/// A session lives one day. Where our clock and the vendor's differ, neither a later end nor one that has
/// already passed is believed: the vendor says 10001 when it is over.
fn ends_at(said: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let day = now.plus(DAY_MS);
    said.filter(|end| *end > now).map_or(day, |end| end.min(day))
}

/// Signing in again cannot fix a sign-in, and a reply that cannot be read may hold a token.
fn refused(refusal: Refusal, reply: &Reply) -> Refusal {
    if refusal.code.is_none() && !(300..=399).contains(&refusal.status) {
        let words = format!("a reply to the sign-in that cannot be read, {} bytes long", reply.body.len());
        let advice = if is_nowhere(&refusal) { NOWHERE.to_owned() } else { refusal.advice };
        return Refusal { words, advice, ..refusal };
    }
    match refusal.remedy {
        Remedy::SignIn | Remedy::GiveUp => {
            Refusal { remedy: Remedy::GiveUp, advice: advice(&refusal, reply), ..refusal }
        }
        Remedy::Wait(_) | Remedy::Tomorrow | Remedy::Retry => refusal,
    }
}

/// Nothing is where the sign-in went.
const NOWHERE: &str = "nothing answers a sign-in at this address: check `getui.base_url`, which ends with `/v2` and \
                       does not have the app's id in it";

fn is_nowhere(refusal: &Refusal) -> bool {
    [404, 405].contains(&refusal.status) || refusal.code.is_some_and(|code| [404, 405].contains(&code))
}

/// Only where the code says nothing else, the keys are to blame.
fn advice(refusal: &Refusal, reply: &Reply) -> String {
    let own = (300..=399).contains(&refusal.status)
        || refusal.code.is_some_and(|code| [verdict::OTHER_CENTRE, verdict::BLOCKED].contains(&code));
    if own {
        let hosts = hosts(reply);
        let named = if hosts.is_empty() { hosts } else { format!(": {hosts}") };
        return format!("{}{named}", refusal.advice);
    }
    if is_nowhere(refusal) {
        return NOWHERE.to_owned();
    }
    "the sign-in was refused: check `getui.app_id`, `getui.app_key`, `getui.master_secret` and this machine's clock"
        .to_owned()
}

/// The most addresses that are shown.
const HOSTS_MAX: usize = 8;

/// The addresses that a refusal names, in its `host_list`.
fn hosts(reply: &Reply) -> String {
    let json::Body::Json(body) = json::parse(&reply.body) else { return String::new() };
    let within = |value: &Value| json::field(value, "host_list").cloned();
    let list = json::field(&body, "data").and_then(within).or_else(|| within(&body));
    let text = |value: &Value| value.as_str().map(words::clean);
    match list {
        Some(Value::Array(list)) => {
            list.iter().filter_map(text).take(HOSTS_MAX).collect::<Vec<_>>().join(", ")
        }
        Some(value) => text(&value).unwrap_or_default(),
        None => String::new(),
    }
}

/// The request that ends a session: `DELETE /auth/$token`. The token stands in the path.
pub(super) fn end(session: &Session) -> Request {
    let path = format!("/auth/{}", segment(session.token.reveal()));
    Request { path_is_secret: true, ..super::plain(Method::Delete, path) }
}

/// The request with the session's token.
pub(super) fn authorize(request: Request, session: Option<&Session>) -> Request {
    debug_assert_eq!(request.vendor, Vendor::Getui, "a token goes to Getui alone");
    match session {
        Some(session) => request.header("token", HeaderValue::Secret(session.token.clone())),
        None => request,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn the_signature_is_the_hash_of_key_moment_and_secret() {
        // printf '%s' ab1700000000000cd | sha256sum
        let request = begin(&secret("ab"), &secret("cd"), NOW);
        assert_eq!(
            request.body.as_deref(),
            Some(concat!(
                r#"{"sign":"57589b896311d95566dbd1b1d9c780cdcee72ecf36517a2406976559167e1e54","#,
                r#""timestamp":"1700000000000","appkey":"ab"}"#
            ))
        );
    }

    #[test]
    fn a_session_ends_when_the_vendor_says_but_within_a_day() {
        let hour = 3_600_000;
        for (said, ends) in [
            (r#","expire_time":"1700003600000""#, NOW.plus(hour)),
            (r#","expire_time":1700003600000"#, NOW.plus(hour)),
            (r#","expire_time":"1900000000000""#, NOW.plus(DAY_MS)),
            (r#","expire_time":"1600000000000""#, NOW.plus(DAY_MS)),
            (r#","expire_time":"soon""#, NOW.plus(DAY_MS)),
            ("", NOW.plus(DAY_MS)),
        ] {
            let reply = Reply::json(200, format!(r#"{{"code":0,"data":{{"token":"t"{said}}}}}"#));
            let session = read(&reply, NOW).unwrap_or_else(|refusal| panic!("{said}: {refusal:?}"));
            assert_eq!((session.token.reveal(), session.ends_at), ("t", ends), "{said}");
        }
    }

    #[test]
    fn a_session_is_ended_by_a_path_that_is_a_secret() {
        let request = end(&Session { token: secret("a/b"), ends_at: NOW });
        let shown = (request.method, request.path.as_str(), request.path_is_secret, request.body.as_deref());
        assert_eq!(shown, (Method::Delete, "/auth/a%2Fb", true, None));
    }

    #[test]
    fn a_sign_in_is_not_mended_by_signing_in() {
        let remedy = |status, body: &str| {
            read(&Reply::json(status, body), NOW).map(|_| ()).map_err(|refusal| refusal.remedy)
        };
        assert_eq!(remedy(401, r#"{"code":10001,"msg":"x"}"#), Err(Remedy::GiveUp));
        assert_eq!(remedy(400, r#"{"code":20001,"msg":"sign is invalid"}"#), Err(Remedy::GiveUp));
        assert_eq!(remedy(401, r#"{"code":10003,"msg":"x"}"#), Err(Remedy::Wait(60_000)));
        assert_eq!(remedy(200, r#"{"code":0,"data":{}}"#), Err(Remedy::Retry));
    }

    #[test]
    fn keys_are_blamed_only_where_the_code_says_nothing_else() {
        let advice = |status, body: &str| read(&Reply::json(status, body), NOW).expect_err(body).advice;
        let elsewhere =
            advice(200, r#"{"code":301,"msg":"x","data":{"host_list":["https://a.example","b\u001b"]}}"#);
        assert!(
            elsewhere.contains("another data centre") && elsewhere.ends_with(": https://a.example, b"),
            "{elsewhere}"
        );
        assert!(advice(401, r#"{"code":10002,"msg":"x"}"#).contains("is blocked"));
        for (status, body) in
            [(404, r#"{"code":404,"msg":"x"}"#), (404, "not found"), (200, r#"{"code":404}"#), (405, "")]
        {
            assert!(advice(status, body).contains("ends with `/v2`"), "{body}");
        }
        assert!(advice(401, r#"{"code":10001,"msg":"x"}"#).contains("master_secret"));
        let sent_on = Reply {
            status: 302,
            headers: vec![("location".to_owned(), "https://login.example/".to_owned())],
            body: Vec::new(),
        };
        let refusal = read(&sent_on, NOW).expect_err("a redirect");
        assert!(refusal.words.contains("https://login.example"), "{refusal:?}");
        assert!(refusal.advice.contains("base_url"), "{refusal:?}");
    }

    #[test]
    fn a_token_in_a_broken_reply_is_not_shown() {
        for body in [
            r#"{"code":0,"data":{"token":"s3cret""#,
            r#"{"data":{"token":"s3cret"}}"#,
            r#"{"code":0,"data":{"tokn":"s3cret"}}"#,
        ] {
            let refusal = read(&Reply::json(200, body), NOW).expect_err(body);
            assert!(!format!("{refusal:?}").contains("s3cret"), "{refusal:?}");
        }
    }
}
