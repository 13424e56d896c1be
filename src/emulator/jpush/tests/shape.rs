//! What a call may look like: the types of its fields, and what must not be missing.

use super::{new, world};
use crate::emulator::testing::client;

fn refused(message: &str) -> String {
    format!(r#"400 {{"error":{{"code":9003,"message":"{message}"}}}}"#)
}

#[test]
fn a_list_is_no_object_and_a_number_no_text() {
    for (method, path, body) in [
        ("POST", "property", r#"["p","d","string"]"#),
        ("POST", "property", r#"{"property_name":1,"property_desc":"d","property_type":"string"}"#),
        ("PUT", "property/level", r#"["emptied"]"#),
        ("PUT", "property/level", r#"{"property_desc":7}"#),
        ("POST", "property/bind/registration_ids", r#"[{"r1":{"level":"1"}}]"#),
        ("POST", "property/bind/registration_ids", r#"{"r1":[["level","1"]]}"#),
        ("POST", "property/bind/registration_ids", r#"{"r1":"1"}"#),
    ] {
        let mut c = world();
        assert_eq!(c.jpush(method, path, body), refused("body is invalid"), "{method} {path} {body}");
        assert_eq!(c.world.violations().len(), 1, "{method} {path} {body}");
        assert_eq!(c.world.property("level").map(|property| property.description.as_str()), Some("会员等级"));
    }
}

#[test]
fn a_description_that_is_left_out_empties_none() {
    for body in ["{}", r#"{"property_desc":null}"#, r#"{"desc":"x"}"#] {
        let mut c = world();
        assert_eq!(c.jpush("PUT", "property/level", body), refused("property_desc is missing"), "{body}");
        assert_eq!(c.wrongs(), ["MissingField jpush.property.update"], "{body}");
        assert_eq!(c.world.property("level").map(|property| property.description.as_str()), Some("会员等级"));
    }
    let mut c = world();
    assert_eq!(c.jpush("PUT", "property/level", r#"{"property_desc":""}"#), "200");
    assert_eq!(c.world.property("level").map(|property| property.description.as_str()), Some(""));
    let body = r#"{"property_name":"p","property_type":"bool"}"#;
    assert_eq!(c.jpush("POST", "property", body), refused("property_desc is missing"));
}

#[test]
fn a_new_type_for_a_property_that_exists_is_counted() {
    let mut c = world();
    let body = r#"{"property_desc":"d","property_type":"string"}"#;
    assert_eq!(c.jpush("PUT", "property/level", body), "200");
    assert_eq!(c.wrongs(), ["BadValue jpush.property.update"]);
}

#[test]
fn bytes_that_are_no_text_are_no_default() {
    for path in ["property?page=%FF", "property/level?page_size=%FF", "property?start_time=%FF"] {
        let mut c = world();
        assert!(c.jpush("GET", path, "").starts_with("400"), "{path}");
        assert_eq!(c.world.violations().len(), 1, "{path}");
    }
}

#[test]
fn a_name_has_no_control_characters() {
    let mut c = client("");
    assert_eq!(c.jpush("POST", "property", &new("a\\u0000b", "string")), refused("property_name is invalid"));
    assert_eq!(c.wrongs(), ["BadText jpush.property.add"]);
}
