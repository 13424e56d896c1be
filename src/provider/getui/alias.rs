//! Aliases at Getui: who has which, binding and unbinding.
//!
//! Pages "【别名】…" of the user API. In which order binds may go is the planner's.

use serde::Serialize;
use serde_json::Value;

use crate::kind::Verdict;
use crate::provider::json;
use crate::wire::{Method, Reply, Request, segment};

use super::verdict::{self, is_of_nobody};

#[derive(Serialize)]
struct Pairs<'a> {
    data_list: Vec<Pair<'a>>,
}

#[derive(Serialize)]
struct Pair<'a> {
    cid: &'a str,
    alias: &'a str,
}

/// Gives each user this alias: "绑定别名".
pub(super) fn bind<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Request {
    call(Method::Post, pairs)
}

/// Takes from each user this alias: "批量解绑别名".
pub(super) fn unbind<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Request {
    call(Method::Delete, pairs)
}

/// Takes an alias from all its users: "解绑所有别名".
pub(super) fn clear(alias: &str) -> Request {
    super::plain(Method::Delete, format!("/user/alias/{}", segment(alias)))
}

fn call<'a>(method: Method, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Request {
    let data_list = pairs.map(|(cid, alias)| Pair { cid, alias }).collect();
    super::with_body(method, "/user/alias", &Pairs { data_list })
}

/// Asks for a user's alias: "根据cid查询别名".
pub(super) fn of_user(user: &str) -> Request {
    super::plain(Method::Get, format!("/user/alias/cid/{}", segment(user)))
}

/// Asks for an alias's users: "根据别名查询cid".
pub(super) fn users_of(alias: &str) -> Request {
    super::plain(Method::Get, format!("/user/cid/alias/{}", segment(alias)))
}

/// The alias of the reply, if the user has one.
pub(super) fn alias(reply: &Reply) -> Verdict<Option<String>> {
    let data = content_or_nobody(reply)?;
    let alias = json::field(&data, "alias").map(json::texts).unwrap_or_default();
    Ok(alias.into_iter().next())
}

/// The users of the reply.
pub(super) fn users(reply: &Reply) -> Verdict<Vec<String>> {
    let data = content_or_nobody(reply)?;
    Ok(json::field(&data, "cid").map(json::texts).unwrap_or_default())
}

/// An alias that is nobody's and a user who has none may be answered with a refusal; it says what we want to know.
fn content_or_nobody(reply: &Reply) -> Verdict<Value> {
    verdict::content(reply)
        .or_else(|refusal| if is_of_nobody(&refusal) { Ok(Value::Null) } else { Err(refusal) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_without_an_alias_is_understood_in_every_form() {
        for (status, body) in [
            (200, r#"{"code":0,"msg":"success","data":{"alias":""}}"#),
            (200, r#"{"code":0,"msg":"success","data":{"alias":null}}"#),
            (200, r#"{"code":0,"msg":"success","data":{}}"#),
            (200, r#"{"code":0,"msg":"success","data":[]}"#),
            (200, r#"{"code":0,"msg":"success"}"#),
            (400, r#"{"code":20001,"msg":"target user is invalid"}"#),
        ] {
            assert_eq!(alias(&Reply::json(status, body)), Ok(None), "{body}");
        }
    }

    #[test]
    fn an_alias_is_read_whatever_it_is_made_of() {
        for (json, expected) in [(r#""a-b 喜""#, "a-b 喜"), ("13800138000", "13800138000"), (r#"["x"]"#, "x")]
        {
            let reply = Reply::json(200, format!(r#"{{"code":0,"data":{{"alias":{json},"more":1}}}}"#));
            assert_eq!(alias(&reply), Ok(Some(expected.to_owned())), "{json}");
        }
    }

    #[test]
    fn the_users_of_an_alias_may_be_none_one_or_many() {
        for (body, expected) in [
            (r#"{"code":0,"data":{"cid":["a","b"]}}"#, vec!["a", "b"]),
            (r#"{"code":0,"data":{"cid":"a"}}"#, vec!["a"]),
            (r#"{"code":0,"data":{"cid":[""]}}"#, vec![]),
            (r#"{"code":0,"data":{"cid":[]}}"#, vec![]),
            (r#"{"code":0,"data":{}}"#, vec![]),
            (r#"{"code":0}"#, vec![]),
            (r#"{"code":20001,"msg":"alias is invalid"}"#, vec![]),
        ] {
            let expected = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(users(&Reply::json(200, body)), Ok(expected), "{body}");
        }
    }

    #[test]
    fn a_wrong_request_is_not_taken_for_nobody() {
        for message in ["cid can not be empty", "cid size over limit", "contains duplicate cid"] {
            let reply = Reply::json(400, format!(r#"{{"code":20001,"msg":"{message}"}}"#));
            assert!(alias(&reply).is_err(), "{message}");
        }
    }
}
