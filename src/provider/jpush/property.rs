//! Properties at JPush: their definitions, and which devices have a value.
//!
//! "用户属性 API". Only a description can be changed; what a change of type means is the planner's.

use serde::Serialize;

use crate::kind::{Answer, Definition, Verdict};
use crate::provider::json;
use crate::wire::{Method, Reply, Request, segment};

use super::limits::{DEVICES_PAGE, PROPERTIES_PAGE};
use super::verdict;

pub use super::limits::requests as spends;

/// Asks for one page of the properties, from 1: "查询用户属性".
pub(super) fn list(page: u32) -> Request {
    super::plain(Method::Get, format!("/v3/property?page={page}&page_size={PROPERTIES_PAGE}"))
}

/// Creates a property with a definition: "新增用户属性".
pub(super) fn create(name: &str, definition: &str) -> Request {
    #[derive(Serialize)]
    struct Body<'a> {
        #[serde(rename = "property_name")]
        name: &'a str,
        #[serde(rename = "property_desc")]
        description: &'a str,
        #[serde(rename = "property_type")]
        type_word: &'a str,
    }
    let Definition { kind: _, type_word, description } = Definition::decode(definition);
    let body = Body { name, description, type_word };
    super::with_body(Method::Post, "/v3/property", &body)
}

/// Gives a property a definition's description: "更新用户属性".
pub(super) fn describe(name: &str, definition: &str) -> Request {
    #[derive(Serialize)]
    struct Body<'a> {
        property_desc: &'a str,
    }
    let Definition { kind: _, type_word: _, description } = Definition::decode(definition);
    super::with_body(Method::Put, path(name), &Body { property_desc: description })
}

/// Deletes a property and its values on all devices: "删除用户属性".
pub(super) fn delete(name: &str) -> Request {
    super::plain(Method::Delete, path(name))
}

/// Asks for one page of the devices that have a value, from 1: "查询用户属性的设备详情".
pub(super) fn devices(name: &str, page: u32) -> Request {
    super::plain(Method::Get, format!("{}?page={page}&page_size={DEVICES_PAGE}", path(name)))
}

/// Asks how many properties there are: "查询用户属性已创建总数量".
#[must_use]
pub fn total() -> Request {
    super::plain(Method::Get, "/v3/property/total_num")
}

fn path(name: &str) -> String {
    format!("/v3/property/{}", segment(name))
}

/// Reads the reply to [`total`].
///
/// # Errors
/// The refusal.
pub fn total_of(reply: &Reply) -> Verdict<u64> {
    let body = verdict::content(reply)?;
    json::field(&body, "total").and_then(json::count).ok_or_else(|| verdict::lacking(reply, "a total"))
}

/// One page of properties. An entry without a name cannot be spoken of and is passed over.
pub(super) fn listed(reply: &Reply, page: u32) -> Verdict<Answer> {
    let body = verdict::content(reply)?;
    let (total, data) = (json::field(&body, "total").and_then(json::count), json::field(&body, "data"));
    if total.is_none() && data.is_none() {
        return Err(verdict::lacking(reply, "properties"));
    }
    let all = data.into_iter().flat_map(json::objects).map(|entry| {
        let devices = json::field(entry, "device_num").and_then(json::count).unwrap_or(0);
        let text = |name| json::text_of(entry, name);
        (text("property_name"), text("property_type"), text("property_desc"), devices)
    });
    let list: Vec<_> = all.filter(|(name, ..)| !name.is_empty()).collect();
    let total = total.unwrap_or_else(|| total_so_far(page, PROPERTIES_PAGE, list.len()));
    Ok(Answer::Properties { total, page: list })
}

/// One page of devices.
pub(super) fn devices_listed(reply: &Reply, page: u32) -> Verdict<Answer> {
    let body = verdict::content(reply)?;
    let total = json::field(&body, "device_num").and_then(json::count);
    let ids = json::field(&body, "registration_ids");
    if total.is_none() && ids.is_none() {
        return Err(verdict::lacking(reply, "devices"));
    }
    let list = ids.map(json::texts).unwrap_or_default();
    let total = total.unwrap_or_else(|| total_so_far(page, DEVICES_PAGE, list.len()));
    Ok(Answer::Devices { total, page: list })
}

/// The total where the vendor leaves it out: what the pages held, and one more behind a full page, so that the
/// next one is asked for.
fn total_so_far(page: u32, page_size: usize, here: usize) -> u64 {
    let before = u64::from(page.saturating_sub(1)) * page_size as u64;
    before + here as u64 + u64::from(here >= page_size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_properties_is_read_in_every_form() {
        let entry = |devices| ("level".to_owned(), "number".to_owned(), "会员等级".to_owned(), devices);
        for (body, expected) in [
            (
                r#"{"total":94,"data":[{"property_name":"level","property_desc":"会员等级","property_type":"number","device_num":2,"last_update_time":"2022-08-03 14:55:35"}]}"#,
                (94, vec![entry(2)]),
            ),
            (
                r#"{"total":"94","data":{"property_name":"level","property_desc":"会员等级","property_type":"number"}}"#,
                (94, vec![entry(0)]),
            ),
            (
                r#"{"data":[{"property_name":"level","property_desc":"会员等级","property_type":"number"},{}]}"#,
                (1, vec![entry(0)]),
            ),
            (r#"{"total":0}"#, (0, vec![])),
            (r#"{"total":0,"data":null}"#, (0, vec![])),
        ] {
            let expected = Answer::Properties { total: expected.0, page: expected.1 };
            assert_eq!(listed(&Reply::json(200, body), 1), Ok(expected), "{body}");
        }
        assert!(listed(&Reply::json(200, "{}"), 1).is_err(), "an object that says nothing is no empty list");
    }

    #[test]
    fn a_page_of_devices_is_read_in_every_form() {
        for (body, total, ids) in [
            (r#"{"device_num":2,"registration_ids":["1a","12"]}"#, 2, vec!["1a", "12"]),
            (r#"{"device_num":"2","registration_ids":["1a",12]}"#, 2, vec!["1a", "12"]),
            (r#"{"registration_ids":["1a"]}"#, 1, vec!["1a"]),
            (r#"{"device_num":0}"#, 0, vec![]),
        ] {
            let page = ids.into_iter().map(str::to_owned).collect();
            assert_eq!(
                devices_listed(&Reply::json(200, body), 1),
                Ok(Answer::Devices { total, page }),
                "{body}"
            );
        }
    }

    #[test]
    fn behind_a_full_page_without_a_total_there_may_be_another() {
        assert_eq!(total_so_far(1, 100, 99), 99);
        assert_eq!(total_so_far(1, 100, 100), 101);
        assert_eq!(total_so_far(2, 100, 3), 103);
    }

    #[test]
    fn the_number_of_properties_is_read() {
        assert_eq!(total_of(&Reply::json(200, r#"{"total":94}"#)), Ok(94));
        assert!(total_of(&Reply::json(200, "{}")).is_err());
        assert!(total_of(&Reply::json(200, "")).is_err());
    }
}
