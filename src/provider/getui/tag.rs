//! Tags at Getui: a user's tags, replacing them, and one tag for many users.
//!
//! Pages "【标签】…" of the user API. Which of the two ways is taken is the planner's to choose.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::kind::{AfterLook, Failed, Refusal, Remedy, Verdict, limits};
use crate::provider::{json, words};
use crate::wire::{Method, Reply, Request, segment};

use super::verdict;

#[derive(Serialize)]
struct Tags<'a> {
    custom_tag: Vec<&'a str>,
}

#[derive(Serialize)]
struct Users<'a> {
    cid: &'a [&'a str],
}

/// Asks for a user's tags: "查询用户标签".
pub(super) fn of_user(user: &str) -> Request {
    super::plain(Method::Get, of_user_path(user))
}

/// Replaces a user's tags, once a day: "一个用户绑定一批标签".
pub(super) fn overwrite<'a>(user: &str, tags: impl Iterator<Item = &'a str>) -> Request {
    super::with_body(Method::Post, of_user_path(user), &Tags { custom_tag: tags.collect() })
}

/// What an overwrite is about.
pub(super) struct Wanted<'a> {
    /// What the user carried and shall carry when it was planned.
    pub tags: Vec<&'a str>,
    /// What shall go.
    pub drops: Vec<&'a str>,
    /// What of `tags` is only carried along; `None` where nothing else shall stay.
    pub carried: Option<Vec<&'a str>>,
}

/// The overwrite of a user who carries these tags now.
pub(super) fn overwrite_after(user: &str, wanted: &Wanted<'_>, found: &[String]) -> AfterLook {
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let Some(carried) = &wanted.carried else {
        let tags: BTreeSet<&str> = wanted.tags.iter().copied().collect();
        let request = || AfterLook::Send(overwrite(user, wanted.tags.iter().copied()));
        return if found == tags { AfterLook::Done } else { request() };
    };
    let added = wanted.tags.iter().filter(|tag| !carried.contains(tag));
    let stays = found.iter().filter(|tag| !wanted.drops.contains(tag));
    let tags: BTreeSet<&str> = stays.chain(added).copied().collect();
    if found == tags {
        return AfterLook::Done;
    }
    match unfit(&tags) {
        Some(why) => AfterLook::Unfit(format!("the user `{user}` {why}")),
        None => AfterLook::Send(overwrite(user, tags.into_iter())),
    }
}

/// Why a set cannot be sent as a whole, with tags in it that others gave.
fn unfit(tags: &BTreeSet<&str>) -> Option<String> {
    let chars = |tag: &str| tag.chars().count();
    let all: usize = tags.iter().map(|tag| chars(tag)).sum();
    let (count_max, all_max) = (limits::USER_TAGS_MAX, limits::OVERWRITE_CHARS_MAX);
    if tags.is_empty() {
        return Some("would carry no tag any more, which no overwrite can say".to_owned());
    }
    if tags.len() > count_max {
        return Some(format!("would carry {} tags: {count_max} at most are allowed", tags.len()));
    }
    if all > all_max {
        return Some(format!("would carry tags of {all} characters: one overwrite takes {all_max}"));
    }
    let strange = |tag: &&&str| chars(tag) > limits::TAG_CHARS_MAX || tag.contains(char::is_whitespace);
    let strange = tags.iter().find(strange)?;
    Some(format!("carries the tag `{strange}`, which no overwrite can carry along"))
}

fn of_user_path(user: &str) -> String {
    format!("/user/custom_tag/cid/{}", segment(user))
}

/// Gives these users a tag; it takes effect later: "一批用户绑定一个标签".
pub(super) fn bind(tag: &str, users: &[&str]) -> Request {
    batch(Method::Put, tag, users)
}

/// Takes a tag from these users: "一批用户解绑一个标签".
pub(super) fn unbind(tag: &str, users: &[&str]) -> Request {
    batch(Method::Delete, tag, users)
}

fn batch(method: Method, tag: &str, users: &[&str]) -> Request {
    super::with_body(method, format!("/user/custom_tag/batch/{}", segment(tag)), &Users { cid: users })
}

/// The tags of the reply: under the user's id, one text that holds all of them, or a list.
pub(super) fn tags(reply: &Reply, user: &str) -> Verdict<Vec<String>> {
    let data = match verdict::content(reply) {
        // A user whom the vendor does not know carries none; who is unknown is asked for by itself.
        Err(refusal) if verdict::is_no_user(&refusal) => return Ok(Vec::new()),
        content => content?,
    };
    let found = match &data {
        Value::Object(users) if users.is_empty() => None,
        Value::Object(users) => {
            Some(users.get(user).ok_or_else(|| verdict::lacking(reply, "this user's tags"))?)
        }
        list => Some(list),
    };
    let listed = found.map(json::texts).unwrap_or_default();
    Ok(listed.iter().flat_map(|tags| tags.split_whitespace()).map(str::to_owned).collect())
}

/// The users of a batch whose tag was not changed. A reply without any result means that all of it was.
pub(super) fn failures(reply: &Reply, users: &[&str]) -> Verdict<Vec<Failed>> {
    let data = verdict::content(reply)?;
    if json::says_nothing(&data) {
        return Ok(Vec::new());
    }
    Ok(users.iter().filter_map(|user| failure(user, data.get(user))).collect())
}

fn failure(user: &str, result: Option<&Value>) -> Option<Failed> {
    let words = match result {
        Some(result) if json::flag(result) == Some(true) => return None,
        Some(result) => {
            format!("the tag was refused for this user, with {}", words::clean(&result.to_string()))
        }
        None => "the reply does not name this user".to_owned(),
    };
    Some(Failed { subject: user.to_owned(), code: None, words })
}

/// A refused overwrite. The vendor has two codes for a second one in a day, and does not say which it uses.
pub(super) fn overwrite_refused(refusal: Refusal) -> Refusal {
    match refusal.code {
        Some(verdict::TAG_DAY_SPENT | verdict::TAG_FAILED) => Refusal {
            remedy: Remedy::Tomorrow,
            advice: "this user's tags were already replaced today, which Getui allows once a day: it goes tomorrow"
                .to_owned(),
            ..refusal
        },
        _ => refusal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tags_of_a_user_are_read_in_every_form() {
        for (data, expected) in [
            (r#","data":{"u":["a b"]}"#, "a,b"),
            (r#","data":{"u":["a 喜爱","c"]}"#, "a,喜爱,c"),
            (r#","data":{"u":"a b"}"#, "a,b"),
            (r#","data":{"u":[1]}"#, "1"),
            (r#","data":["a"]"#, "a"),
            (r#","data":{"u":[""]}"#, ""),
            (r#","data":{"u":[]}"#, ""),
            (r#","data":{"u":null}"#, ""),
            (r#","data":{}"#, ""),
            (r#","data":[]"#, ""),
            ("", ""),
        ] {
            let reply = Reply::json(200, format!(r#"{{"code":0{data}}}"#));
            assert_eq!(tags(&reply, "u").map(|tags| tags.join(",")), Ok(expected.to_owned()), "{data}");
        }
        let other = Reply::json(200, r#"{"code":0,"data":{"somebody":["a"]}}"#);
        assert_eq!(tags(&other, "u").map_err(|refusal| refusal.remedy), Err(Remedy::Retry));
    }

    #[test]
    fn an_overwrite_carries_what_the_user_has_by_then() {
        let after =
            |tags: &[&'static str], drops: &[&'static str], carried: Option<&[&'static str]>, found: &str| {
                let carried = carried.map(<[_]>::to_vec);
                let wanted = Wanted { tags: tags.to_vec(), drops: drops.to_vec(), carried };
                let found: Vec<String> = found.split_whitespace().map(str::to_owned).collect();
                match overwrite_after("u", &wanted, &found) {
                    AfterLook::Done => "done".to_owned(),
                    AfterLook::Send(request) => request.body.unwrap_or_default(),
                    AfterLook::Unfit(why) => why,
                }
            };
        let body = |tags: &str| format!(r#"{{"custom_tag":[{tags}]}}"#);
        let (tags, drops, carried) = (&["a", "theirs"][..], &["old"][..], Some(&["theirs"][..]));
        assert_eq!(after(tags, drops, carried, "theirs old"), body(r#""a","theirs""#));
        assert_eq!(after(tags, drops, carried, "theirs old new"), body(r#""a","new","theirs""#));
        assert_eq!(after(tags, drops, carried, "old"), body(r#""a""#), "what they took away stays away");
        assert_eq!(after(tags, drops, carried, "a new"), "done");
        assert_eq!(after(tags, drops, None, "a theirs"), "done");
        assert_eq!(after(tags, drops, None, "a theirs new"), body(r#""a","theirs""#));
        let many: String = (0..100).map(|n| format!("t{n} ")).collect();
        assert!(after(tags, drops, carried, &many).starts_with("the user `u` would carry 101 tags"));
        assert!(after(&[], drops, Some(&[]), "old").starts_with("the user `u` would carry no tag"));
    }

    #[test]
    fn a_batch_says_for_each_user_whether_it_worked() {
        let judged = |data: &str| {
            let reply = Reply::json(200, format!(r#"{{"code":0{data}}}"#));
            let failed = failures(&reply, &["a", "b"]).expect("a judgement");
            failed
                .into_iter()
                .map(|row| format!("{}: {}", row.subject, row.words))
                .collect::<Vec<_>>()
                .join("; ")
        };
        for done in [r#"{"a":"true","b":true}"#, r#"{"a":1,"b":"1"}"#, "{}", "[]", "null"] {
            assert_eq!(judged(&format!(r#","data":{done}"#)), "", "{done}");
        }
        assert_eq!(judged(""), "");
        assert_eq!(
            judged(r#","data":{"a":"false","c":"true"}"#),
            r#"a: the tag was refused for this user, with "false"; b: the reply does not name this user"#
        );
    }

    #[test]
    fn a_second_overwrite_goes_tomorrow() {
        for code in [30011, 23001] {
            let reply = Reply::json(403, format!(r#"{{"code":{code},"msg":"x"}}"#));
            let refusal = overwrite_refused(verdict::content(&reply).expect_err("a refusal"));
            assert_eq!(refusal.remedy, Remedy::Tomorrow, "{code}");
        }
        let reply = Reply::json(401, r#"{"code":10005,"msg":"x"}"#);
        let refusal = overwrite_refused(verdict::content(&reply).expect_err("a refusal"));
        assert_eq!(refusal.remedy, Remedy::Wait(60_000));
    }
}
