//! How many users meet some conditions: the question and its answer.
//!
//! The document ("查询用户总量") takes a list of conditions, each a key, values, and how the values are joined
//! (`or`, `and`, `not`); all conditions must hold. What it does with two conditions of one key it says less clearly
//! (同一个key之间是根据`opt_type`操作); so values that a user must all have are sent as one condition, and so are those
//! that a user must not have. How people write conditions is `expression.rs`'s.

use serde::Serialize;

use crate::kind::Verdict;
use crate::provider::json;
use crate::wire::{Method, Reply, Request};

use super::verdict;

pub use super::expression::{EXPRESSION_BYTES_MAX, parse};
pub use super::limits::requests as spends;

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Key {
    /// A tag.
    #[serde(rename = "custom_tag")]
    Tag,
    /// The system: `android` or `ios`.
    #[serde(rename = "phone_type")]
    Phone,
    /// A province or city, by its number.
    #[serde(rename = "region")]
    Region,
}

/// How the values of a condition are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Join {
    /// At least one of them.
    Or,
    /// All of them.
    And,
    /// None of them.
    Not,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// What it is about.
    pub key: Key,
    /// Its values, each once.
    pub values: Vec<String>,
    /// How they are joined.
    #[serde(rename = "opt_type")]
    pub join: Join,
}

/// Asks how many users meet all of these conditions.
#[must_use]
pub fn request(conditions: &[Condition]) -> Request {
    #[derive(Serialize)]
    struct Body<'a> {
        tag: &'a [Condition],
    }
    super::with_body(Method::Post, "/user/count", &Body { tag: conditions })
}

/// Asks how many users carry a tag.
pub(super) fn of_tag(tag: &str) -> Request {
    request(&[Condition { key: Key::Tag, values: vec![tag.to_owned()], join: Join::Or }])
}

/// Reads the reply to [`request`].
///
/// # Errors
/// The refusal.
pub fn users(reply: &Reply) -> Verdict<u64> {
    let data = verdict::content(reply)?;
    json::field(&data, "user_count")
        .and_then(json::count)
        .ok_or_else(|| verdict::lacking(reply, "a number of users"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_example_is_sent_as_it_stands_there() {
        let conditions = parse("phone=android & region=11000000,12000000 & !tag=aaa").expect("conditions");
        let request = request(&conditions);
        assert_eq!(
            format!("{} {} {}", request.method.word(), request.path, request.body.unwrap_or_default()),
            concat!(
                r#"POST /user/count {"tag":[{"key":"phone_type","values":["android"],"opt_type":"or"},"#,
                r#"{"key":"region","values":["11000000","12000000"],"opt_type":"or"},"#,
                r#"{"key":"custom_tag","values":["aaa"],"opt_type":"not"}]}"#
            )
        );
    }

    #[test]
    fn a_count_is_read_and_its_absence_is_no_zero() {
        for (data, expected) in
            [(r#"{"user_count":0}"#, Some(0)), (r#"{"user_count":"12"}"#, Some(12)), ("{}", None)]
        {
            let reply = Reply::json(200, format!(r#"{{"code":0,"data":{data}}}"#));
            assert_eq!(users(&reply).ok(), expected, "{data}");
        }
    }
}
