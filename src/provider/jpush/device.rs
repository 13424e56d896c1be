//! Values of properties on devices at JPush: reading, setting in bulk, removing one by one.
//!
//! "用户属性 API". Values travel as texts: how the other types should, the document does not say.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kind::{Failed, Verdict};
use crate::provider::{json, words};
use crate::wire::{Method, Reply, Request, segment};

use super::verdict;

pub use super::limits::requests as spends;

/// Asks for a device's values: "查询设备的用户属性".
pub(super) fn values_of(device: &str) -> Request {
    super::plain(Method::Get, format!("/v3/property/bind/{}", segment(device)))
}

/// Sets values: triples of device, property, value: "新增/更新设备的用户属性".
pub(super) fn set<'a>(values: impl Iterator<Item = (&'a str, &'a str, &'a str)>) -> Request {
    let mut devices: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for (device, property, value) in values {
        devices.entry(device).or_default().insert(property, value);
    }
    super::with_body(Method::Post, "/v3/property/bind/registration_ids", &devices)
}

/// Removes a property's value from a device: "删除设备的用户属性".
pub(super) fn remove(device: &str, property: &str) -> Request {
    super::plain(Method::Delete, path(device, property))
}

/// Asks whether a device has a value of a property: "查询设备和用户属性的绑定关系".
#[must_use]
pub fn is_bound(device: &str, property: &str) -> Request {
    super::plain(Method::Get, path(device, property))
}

fn path(device: &str, property: &str) -> String {
    format!("/v3/property/{}/bind/{}", segment(property), segment(device))
}

/// Reads the reply to [`is_bound`].
///
/// # Errors
/// The refusal.
pub fn is_bound_in(reply: &Reply) -> Verdict<bool> {
    let body = verdict::content(reply)?;
    json::field(&body, "result").and_then(json::flag).ok_or_else(|| verdict::lacking(reply, "a result"))
}

/// The values of a device: property and value, in the vendor's order. The document shows a bare list; one that
/// stands under `data` is read too. A device that the app does not have has no values; setting one names it.
pub(super) fn values(reply: &Reply) -> Verdict<Vec<(String, String)>> {
    let body = match verdict::content(reply) {
        Err(refusal) if verdict::is_of_nobody(&refusal) => return Ok(Vec::new()),
        content => content?,
    };
    let list = json::field(&body, "data").unwrap_or(&body);
    let is_list = list.is_array() || json::says_nothing(list) || json::field(list, "property_name").is_some();
    if !is_list {
        return Err(verdict::lacking(reply, "values"));
    }
    let all = json::objects(list)
        .map(|entry| (json::text_of(entry, "property_name"), json::text_of(entry, "property_value")));
    Ok(all.filter(|(property, _)| !property.is_empty()).collect())
}

/// The devices of a bulk bind whose values were not set. An empty reply means that all were.
pub(super) fn failures<'a>(reply: &Reply, devices: impl Iterator<Item = &'a str>) -> Verdict<Vec<Failed>> {
    let body = verdict::accepted(reply)?.unwrap_or_default();
    let said: Vec<&Value> = json::objects(&body).collect();
    let succeeded = said.iter().find_map(|part| json::field(part, "success")).map(succeeded);
    let failed = |device: &str| {
        let error =
            said.iter().filter_map(|part| json::field(part, "error")).find_map(|errors| errors.get(device));
        match (error, &succeeded) {
            (Some(error), _) => Some(failure(device, error)),
            (None, Some(succeeded)) if !succeeded.contains(device) => {
                let words = "the reply names this device neither as done nor as failed".to_owned();
                Some(Failed { subject: device.to_owned(), code: None, words })
            }
            (None, _) => None,
        }
    };
    Ok(devices.filter_map(failed).collect())
}

fn succeeded(list: &Value) -> std::collections::BTreeSet<String> {
    json::texts(list).into_iter().collect()
}

fn failure(device: &str, error: &Value) -> Failed {
    let said = verdict::message(error);
    let words =
        if said.is_empty() { words::clean(&format!("the device was refused, with {error}")) } else { said };
    Failed { subject: device.to_owned(), code: json::field(error, "code").and_then(json::whole), words }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Remedy;

    #[test]
    fn values_of_every_sort_are_read_as_texts() {
        let body = r#"[{"property_name":"a","property_value":"v 1","bind_time":"2022-07-21 15:17:12"},
            {"property_name":"b","property_value":3},{"property_name":"c","property_value":2.5},
            {"property_name":"d","property_value":true},{"property_name":"e"},{"property_value":"lost"}]"#;
        let expected = [("a", "v 1"), ("b", "3"), ("c", "2.5"), ("d", "true"), ("e", "")];
        let expected: Vec<_> = expected.iter().map(|(p, v)| ((*p).to_owned(), (*v).to_owned())).collect();
        assert_eq!(values(&Reply::json(200, body)), Ok(expected.clone()));
        assert_eq!(values(&Reply::json(200, format!(r#"{{"data":{body}}}"#))), Ok(expected));
    }

    #[test]
    fn a_device_without_values_has_none_and_a_strange_reply_is_no_such_device() {
        for (status, body) in [
            (200, "[]"),
            (200, "{}"),
            (200, r#"{"data":[]}"#),
            (400, r#"{"error":{"code":9003,"message":"registration_id is invalid"}}"#),
        ] {
            assert_eq!(values(&Reply::json(status, body)), Ok(vec![]), "{body}");
        }
        for body in [r#"{"welcome":1}"#, "7", ""] {
            let refused = values(&Reply::json(200, body)).map_err(|refusal| refusal.remedy);
            assert_eq!(refused, Err(Remedy::Retry), "{body}");
        }
    }

    #[test]
    fn a_bulk_bind_says_for_each_device_whether_it_worked() {
        let judged = |body: &str| {
            let failed = failures(&Reply::json(200, body), ["r1", "r2"].into_iter()).expect("a judgement");
            let lines = failed.iter().map(|row| format!("{} {:?} {}", row.subject, row.code, row.words));
            lines.collect::<Vec<_>>().join("; ")
        };
        for done in [
            "",
            "{}",
            "[]",
            r#"{"success":["r1","r2"]}"#,
            r#"{"error":{}}"#,
            r#"[{"success":["r1","r2"],"error":{}}]"#,
        ] {
            assert_eq!(judged(done), "", "{done}");
        }
        let document = r#"{"success":["r1"],"error":{"r2":{"code":1101,"msg":"property name exist"}}}"#;
        assert_eq!(judged(document), "r2 Some(1101) property name exist");
        assert_eq!(judged(r#"{"error":{"r1":"no"}}"#), r#"r1 None the device was refused, with "no""#);
        assert_eq!(
            judged(r#"{"success":["r1"]}"#),
            "r2 None the reply names this device neither as done nor as failed"
        );
    }

    #[test]
    fn a_bulk_bind_that_is_refused_as_a_whole_is_a_refusal() {
        let reply = Reply::json(400, r#"{"error":{"code":9003,"message":"bad"}}"#);
        assert!(failures(&reply, ["r1"].into_iter()).is_err());
    }

    #[test]
    fn whether_a_property_is_bound_is_read_in_every_form() {
        for (body, expected) in [
            (r#"{"result":true}"#, Some(true)),
            (r#"{"result":"false"}"#, Some(false)),
            (r#"{"result":1}"#, Some(true)),
            ("{}", None),
        ] {
            assert_eq!(is_bound_in(&Reply::json(200, body)).ok(), expected, "{body}");
        }
    }
}
