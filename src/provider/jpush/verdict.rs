//! What JPush's replies mean: by their code where they bear one, else by the HTTP status.
//!
//! Codes are those of "用户属性 API" (调用返回) and of the REST API's rate limit, checked on 2026-11-22. What a
//! reply's content says is read by the file of the kind in question.

use serde_json::Value;

use crate::kind::{Refusal, Remedy, Verdict};
use crate::provider::json::{self, Body};
use crate::provider::words;
use crate::wire::Reply;

use super::limits;

/// The HTTP status and the code of "too many calls".
const TOO_MANY: (u16, i64) = (429, 2002);

/// A parameter of the call is wrong.
const PARAMETER: i64 = 9003;

/// Whether a refusal of a question about one device says that the app has no such device: its id is the only
/// parameter that can be wrong. The page does not say how the vendor answers it; this is one of the possible answers.
pub(super) fn is_of_nobody(refusal: &Refusal) -> bool {
    refusal.code == Some(PARAMETER)
}

/// The reply's content, where the question needs one.
pub(super) fn content(reply: &Reply) -> Verdict<Value> {
    accepted(reply)?.ok_or_else(|| words::unreadable(reply, "an empty reply"))
}

/// The reply's content, if there is any: success may have an empty body.
pub(super) fn accepted(reply: &Reply) -> Verdict<Option<Value>> {
    if let Some(refusal) = words::redirect(reply) {
        return Err(refusal);
    }
    let body = json::parse(&reply.body);
    if let Body::Json(body) = &body
        && let Some((code, message)) = error(body, reply.status)
    {
        return Err(refusal(reply, code, &message));
    }
    let is_success = (200..=299).contains(&reply.status);
    match body {
        Body::Json(body) if is_success => Ok(Some(body)),
        Body::Empty if is_success => Ok(None),
        Body::Json(_) => Err(without_code(reply, "an error without a code")),
        Body::Empty => Err(without_code(reply, "an empty reply")),
        Body::Other => Err(without_code(reply, "a reply that is no JSON")),
    }
}

/// The refusal of a reply that was taken but does not hold what it should.
pub(super) fn lacking(reply: &Reply, what: &str) -> Refusal {
    words::unreadable(reply, &format!("a reply without {what}"))
}

/// The code and words of an error, nested as `{"error":{"code","message"}}` or flat. The errors that a bulk bind
/// gives by device are none: below `error` there are ids then, and no code.
fn error(body: &Value, status: u16) -> Option<(i64, String)> {
    let nested = json::field(body, "error").filter(|error| error.is_object());
    let error = nested.filter(|error| code(error).is_some()).unwrap_or(body);
    let code = code(error).filter(|code| *code != 0 || status >= 400)?;
    Some((code, message(error)))
}

fn code(value: &Value) -> Option<i64> {
    json::field(value, "code").and_then(json::whole)
}

/// The words of an error, under either of their names.
pub(super) fn message(error: &Value) -> String {
    let words = json::text_of(error, "message");
    words::clean(&if words.is_empty() { json::text_of(error, "msg") } else { words })
}

fn without_code(reply: &Reply, what: &str) -> Refusal {
    let refusal = words::unreadable(reply, what);
    if reply.status == TOO_MANY.0 { too_many(reply, refusal) } else { refusal }
}

fn too_many(reply: &Reply, refusal: Refusal) -> Refusal {
    Refusal {
        remedy: Remedy::Wait(limits::reset_ms(reply)),
        advice: "the bucket that pushes spend too is empty: we wait for its next minute; if it happens often, lower \
                 `jpush.limits.requests` or raise `jpush.reserve`"
            .to_owned(),
        ..refusal
    }
}

fn refusal(reply: &Reply, code: i64, message: &str) -> Refusal {
    let (remedy, advice) = match code {
        1101 => {
            (Remedy::GiveUp, "a property of this name exists already: look at the live ones and plan again")
        }
        9001 => (Remedy::GiveUp, "we were not let in: check `jpush.app_key` and `jpush.master_secret`"),
        9002 => (Remedy::GiveUp, "this app has no permission for user properties: ask JPush to open it"),
        PARAMETER => (Remedy::GiveUp, "a parameter of the call is wrong: correct what the message names"),
        9004 => (Remedy::Retry, "the service is unwell: the call is repeated"),
        _ => by_status(reply.status),
    };
    let refusal = Refusal {
        status: reply.status,
        code: Some(code),
        words: words::clean(message),
        remedy,
        advice: advice.to_owned(),
    };
    if reply.status == TOO_MANY.0 || code == TOO_MANY.1 { too_many(reply, refusal) } else { refusal }
}

/// A code that the page does not name.
const fn by_status(status: u16) -> (Remedy, &'static str) {
    match status {
        500..=599 => (Remedy::Retry, "the service is unwell: the call is repeated"),
        401 | 403 => (
            Remedy::GiveUp,
            "we were not let in: check `jpush.app_key`, `jpush.master_secret` and the app's IP allow list",
        ),
        _ => (Remedy::GiveUp, "look this code up on JPush's page of return codes"),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// One line a code: what the vendor says, what we do, what a person should do.
    fn table() -> String {
        let replies = [
            (400, r#"{"error":{"code":1101,"message":"property name exist"}}"#),
            (401, r#"{"error":{"code":9001,"message":"auth"}}"#),
            (401, r#"{"code":9002,"msg":"no permission"}"#),
            (400, r#"{"error":{"code":"9003","msg":"bad"}}"#),
            (500, r#"{"code":9004,"message":"unwell"}"#),
            (429, r#"{"error":{"code":2002,"message":"Rate limit exceeded"}}"#),
            (200, r#"{"error":{"code":2002,"message":"Rate limit exceeded"}}"#),
            (429, ""),
            (401, r#"{"error":{"code":1004,"message":"auth"}}"#),
            (400, r#"{"error":{"code":7,"message":"new"}}"#),
            (503, r#"{"error":{"code":1030,"message":"time"}}"#),
            (404, ""),
            (401, ""),
            (502, "<html>"),
            (200, "<html>"),
            (302, ""),
            (400, r#"{"error":"odd"}"#),
        ];
        let mut text = String::new();
        for (status, body) in replies {
            let refusal = accepted(&Reply::json(status, body)).expect_err(body);
            let code = refusal.code.map_or("-".to_owned(), |code| code.to_string());
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
    fn success_may_be_empty_unless_something_was_asked_for() {
        for body in ["", " ", "null"] {
            let reply = Reply::json(200, body);
            assert_eq!(accepted(&reply), Ok(None), "{body:?}");
            assert_eq!(content(&reply).map_err(|refusal| refusal.remedy), Err(Remedy::Retry), "{body:?}");
        }
        for body in ["{}", r#"{"code":0,"message":"ok"}"#, r#"{"success":[],"error":{"r1":{"code":1101}}}"#] {
            assert!(accepted(&Reply::json(200, body)).is_ok(), "{body}");
        }
    }

    #[test]
    fn too_many_calls_wait_as_long_as_the_header_says() {
        let mut reply = Reply::json(429, r#"{"error":{"code":2002,"message":"Rate limit exceeded"}}"#);
        reply.headers.push(("x-rate-limit-reset".to_owned(), "7".to_owned()));
        assert_eq!(accepted(&reply).map_err(|refusal| refusal.remedy), Err(Remedy::Wait(7_000)));
    }
}
