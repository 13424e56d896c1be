//! Each endpoint, each limit and each switch of JPush, as the documents have them.

mod shape;

use crate::emulator::testing::{Client, client};
use crate::emulator::world_file::read_setup;
use crate::timestamp::{MINUTE_MS, SECOND_MS};

const WORLD: &str = "{properties: {level: {type: number, description: 会员等级}, city: {type: string}, \
    vip: {type: bool}, birthday: {type: datetime}}, devices: {r1: {level: 3, vip: true}, r2: {level: 4}}}";

fn world() -> Client {
    client(&format!("jpush: {WORLD}"))
}

fn switched(switch: &str, value: &str) -> Client {
    client(&format!("{{jpush: {WORLD}, switches: {{{switch}: '{value}'}}}}"))
}

fn new(name: &str, value_type: &str) -> String {
    format!(r#"{{"property_name":"{name}","property_desc":"d","property_type":"{value_type}"}}"#)
}

#[test]
fn a_property_is_added_described_listed_and_deleted() {
    let mut c = client("");
    assert_eq!(c.jpush("POST", "property", &new("level", "number")), "200");
    c.pass(MINUTE_MS);
    assert_eq!(c.jpush("PUT", "property/level/", r#"{"property_desc":"等级"}"#), "200");
    let row = r#"{"device_num":0,"last_update_time":"2026-11-22 10:01:00","property_desc":"等级","property_name":"level","property_type":"number"}"#;
    assert_eq!(
        c.jpush("GET", "property?page=1&page_size=10&keyword=", ""),
        format!(r#"200 {{"data":[{row}],"total":1}}"#)
    );
    assert_eq!(c.jpush("GET", "property/total_num", ""), r#"200 {"total":1}"#);
    assert_eq!(c.jpush("DELETE", "property/level", ""), "200");
    assert_eq!(c.jpush("GET", "property/total_num", ""), r#"200 {"total":0}"#);
    assert!(c.wrongs().is_empty(), "{:?}", c.wrongs());
}

#[test]
fn a_new_property_is_judged_by_its_texts_in_bytes() {
    let mut c = client("");
    let refused = |message: &str| format!(r#"400 {{"error":{{"code":9003,"message":"{message}"}}}}"#);
    assert_eq!(
        c.jpush("POST", "property", &new(&"汉".repeat(17), "string")),
        refused("property_name is too long")
    );
    assert_eq!(c.jpush("POST", "property", &new("bind", "string")), refused("property_name is invalid"));
    assert_eq!(c.jpush("POST", "property", &new("", "string")), refused("property_name is empty"));
    assert_eq!(c.jpush("POST", "property", &new("a", "date")), refused("property_type is invalid"));
    assert_eq!(c.jpush("POST", "property", "{"), refused("body is invalid"));
    assert_eq!(c.jpush("POST", "property", &new(&"a".repeat(50), "string")), "200");
    let long = format!(r#"{{"property_desc":"{}"}}"#, "a".repeat(51));
    assert_eq!(c.jpush("PUT", "property/x", &long), refused("property_desc is too long"));
    let sorts: Vec<_> = c.world.violations().iter().map(|v| format!("{:?}", v.sort)).collect();
    assert_eq!(sorts, ["OverSize", "ReservedName", "BadText", "BadValue", "Malformed", "OverSize"]);
}

#[test]
fn codes_and_shapes_of_errors_are_as_the_switches_say() {
    for (switch, value, method, path, reply) in [
        (
            "property_exists",
            "1101",
            "POST",
            "property",
            r#"400 {"error":{"code":1101,"message":"property name exist"}}"#,
        ),
        (
            "property_exists",
            "9003",
            "POST",
            "property",
            r#"400 {"error":{"code":9003,"message":"property name exist"}}"#,
        ),
        (
            "property_missing",
            "9003",
            "GET",
            "property/no",
            r#"400 {"error":{"code":9003,"message":"property name not exist"}}"#,
        ),
        (
            "property_missing",
            "1102",
            "GET",
            "property/no",
            r#"400 {"error":{"code":1102,"message":"property name not exist"}}"#,
        ),
        (
            "property_delete_missing",
            "refused",
            "DELETE",
            "property/no",
            r#"400 {"error":{"code":9003,"message":"property name not exist"}}"#,
        ),
        ("property_delete_missing", "accepted", "DELETE", "property/no", "200"),
        (
            "error_shape",
            "flat",
            "GET",
            "property/no",
            r#"400 {"code":9003,"message":"property name not exist"}"#,
        ),
        (
            "error_word",
            "msg",
            "GET",
            "property/no",
            r#"400 {"error":{"code":9003,"msg":"property name not exist"}}"#,
        ),
        ("success_body", "empty", "DELETE", "property/vip", "200"),
        ("success_body", "object", "DELETE", "property/vip", "200 {}"),
        (
            "properties_max",
            "4",
            "POST",
            "property?",
            r#"400 {"error":{"code":1101,"message":"property name exist"}}"#,
        ),
    ] {
        let mut c = switched(switch, value);
        assert_eq!(c.jpush(method, path, &new("level", "number")), reply, "{switch}={value}");
    }
    let mut c = switched("properties_max", "4");
    assert!(c.jpush("POST", "property", &new("fifth", "bool")).contains("too many properties"));
}

#[test]
fn a_list_has_pages_keywords_and_times() {
    let mut c = world();
    let names = |reply: &str| -> Vec<String> {
        let body: serde_json::Value =
            serde_json::from_str(reply.strip_prefix("200 ").expect(reply)).expect("JSON");
        let name = |row: &serde_json::Value| row["property_name"].as_str().expect("a name").to_owned();
        let total = body["total"].to_string();
        std::iter::once(total).chain(body["data"].as_array().expect("rows").iter().map(name)).collect()
    };
    assert_eq!(names(&c.jpush("GET", "property", "")), ["4", "birthday", "city", "level", "vip"]);
    assert_eq!(names(&c.jpush("GET", "property?page=2&page_size=3", "")), ["4", "vip"]);
    assert_eq!(names(&c.jpush("GET", "property?page=3&page_size=3", "")), ["4"]);
    assert_eq!(names(&c.jpush("GET", "property?keyword=%E4%BC%9A%E5%91%98", "")), ["1", "level"]);
    let old = "start_time=2022-08-03+09:00:00&end_time=2022-08-03%2022:00:00";
    assert_eq!(
        names(&c.jpush("GET", &format!("property?{old}"), "")),
        ["4", "birthday", "city", "level", "vip"]
    );
    c.jpush("PUT", "property/city", r#"{"property_desc":"城市"}"#);
    assert_eq!(names(&c.jpush("GET", &format!("property?{old}"), "")), ["3", "birthday", "level", "vip"]);
    assert!(c.wrongs().is_empty(), "{:?}", c.wrongs());
    assert!(c.jpush("GET", "property?page=0", "").starts_with("400"));
    assert_eq!(c.wrongs(), ["Malformed jpush.property.list"]);
    let mut c = switched("property_page_max", "2");
    assert_eq!(names(&c.jpush("GET", "property?page_size=1000", "")), ["4", "birthday", "city"]);
    let mut c =
        client(&format!("{{jpush: {WORLD}, switches: {{property_page_max: '2', page_size_over: refused}}}}"));
    assert!(c.jpush("GET", "property?page_size=1000", "").starts_with("400"));
}

#[test]
fn the_devices_of_a_property_come_in_pages() {
    let mut c = world();
    assert_eq!(
        c.jpush("GET", "property/level", ""),
        r#"200 {"device_num":2,"registration_ids":["r1","r2"]}"#
    );
    assert_eq!(
        c.jpush("GET", "property/level?page=2&page_size=1", ""),
        r#"200 {"device_num":2,"registration_ids":["r2"]}"#
    );
}

#[test]
fn values_are_set_read_asked_for_and_removed() {
    let mut c = world();
    let reply = c.jpush(
        "POST",
        "property/bind/registration_ids",
        r#"{"r1":{"level":"7","city":"上海"},"r9":{"birthday":"2000-02-29 00:00:00"}}"#,
    );
    assert_eq!(reply, r#"200 {"error":{},"success":["r1","r9"]}"#);
    let row = |name: &str, value: &str, time: &str| {
        format!(r#"{{"bind_time":"{time}","property_name":"{name}","property_value":{value}}}"#)
    };
    let now = "2026-11-22 10:00:00";
    let rows = [
        row("city", r#""上海""#, now),
        row("level", r#""7""#, now),
        row("vip", r#""true""#, "2022-08-03 14:55:35"),
    ];
    assert_eq!(c.jpush("GET", "property/bind/r1", ""), format!("200 [{}]", rows.join(",")));
    assert_eq!(c.jpush("GET", "property/bind/r77", ""), "200 []");
    assert_eq!(c.jpush("GET", "property/city/bind/r1", ""), r#"200 {"result":true}"#);
    for _ in 0..2 {
        assert_eq!(c.jpush("DELETE", "property/city/bind/r1", ""), "200", "again has no effect");
    }
    assert_eq!(c.jpush("GET", "property/city/bind/r1", ""), r#"200 {"result":false}"#);
    c.jpush("DELETE", "property/level", "");
    assert_eq!(c.world.value("r1", "level"), None, "a property goes with its values");
    assert!(c.wrongs().is_empty(), "{:?}", c.wrongs());
}

#[test]
fn the_bulk_call_answers_for_each_device() {
    let mut c = client(&format!(
        "jpush: {}, devices_unknown: reject}}",
        WORLD.trim_end_matches('}').to_owned() + "}}"
    ));
    let body = r#"{"r1":{"level":"x"},"r2":{"level":5,"vip":false},"r3":{"level":"1"},"r1":{"nothing":"1","city":"a"}}"#;
    let reply = c.jpush("POST", "property/bind/registration_ids", body);
    let error = |code: i64, msg: &str| format!(r#"{{"code":{code},"msg":"{msg}"}}"#);
    let expected = format!(
        r#"200 {{"error":{{"r1":{},"r3":{}}},"success":["r2"]}}"#,
        error(9003, "property name not exist"),
        error(9003, "registration_id is invalid")
    );
    assert_eq!(reply, expected);
    assert_eq!((c.world.value("r1", "city"), c.world.value("r2", "level")), (None, Some("5")));
    assert_eq!(c.wrongs(), ["BadValue jpush.device.set", "Duplicate jpush.device.set"]);
    let many: Vec<String> = (0..1_001).map(|i| format!(r#""r{i}":{{"level":"1"}}"#)).collect();
    let reply = c.jpush("POST", "property/bind/registration_ids", &format!("{{{}}}", many.join(",")));
    assert_eq!(reply, r#"400 {"error":{"code":9003,"message":"too many registration_ids"}}"#);
    let mut c = switched("bulk_no_errors", "absent");
    let reply = c.jpush("POST", "property/bind/registration_ids", r#"{"r1":{"level":"1"}}"#);
    assert_eq!(reply, r#"200 {"success":["r1"]}"#);
}

#[test]
fn values_travel_as_the_switch_says() {
    for (value, level, vip) in [("string", r#""3""#, r#""true""#), ("native", "3", "true")] {
        let reply = switched("values_travel", value).jpush("GET", "property/bind/r1", "");
        assert!(reply.contains(&format!(r#""property_value":{level}"#)), "{reply}");
        assert!(reply.contains(&format!(r#""property_value":{vip}"#)), "{reply}");
    }
}

#[test]
fn six_hundred_calls_a_minute_and_the_headers_count_them_down() {
    let mut c = world();
    for call in 1..=600 {
        let reply = c.reply("GET", "/v3/property/total_num", "");
        assert_eq!(reply.status, 200, "call {call}");
        assert_eq!(reply.header("x-rate-limit-limit"), Some("600"));
        assert_eq!(reply.header("x-rate-limit-remaining"), Some(&(600 - call).to_string()[..]));
    }
    c.pass(SECOND_MS);
    let reply = c.reply("GET", "/v3/property/total_num", "");
    assert_eq!((reply.status, reply.header("x-rate-limit-reset")), (429, Some("59")));
    assert_eq!(
        String::from_utf8_lossy(&reply.body),
        r#"{"error":{"code":2002,"message":"Rate limit exceeded"}}"#
    );
    c.pass(MINUTE_MS - SECOND_MS);
    assert!(c.jpush("GET", "property/total_num", "").starts_with("200"));
    assert_eq!(c.wrongs(), ["OverLimit jpush.property.total"]);
}

#[test]
fn pushes_spend_the_bucket_and_are_nobodys_violation() {
    let mut c = world();
    c.world.change_outside(crate::emulator::world::Outside::Pushes(600), c.now);
    assert!(c.jpush("GET", "property/total_num", "").starts_with("429"));
    assert!(c.wrongs().is_empty());
}

#[test]
fn the_rate_headers_are_as_the_switch_says() {
    for (value, there, missing) in [
        ("quota", "x-rate-limit-quota", "x-rate-limit-limit"),
        ("limit", "x-rate-limit-limit", "x-rate-limit-quota"),
        ("absent", "content-type", "x-rate-limit-remaining"),
    ] {
        let reply = switched("rate_headers", value).reply("GET", "/v3/property/total_num", "");
        assert!(
            reply.header(there).is_some() && reply.header(missing).is_none(),
            "{value}: {:?}",
            reply.headers
        );
    }
}

#[test]
fn credentials_are_checked_where_they_are_given() {
    let mut c = client("");
    let yaml = "jpush: {credentials: {app_key: a, master_secret: c}}";
    c.world.set_rules(read_setup(yaml, "x").expect("a setup"));
    assert_eq!(
        c.jpush("GET", "property", ""),
        r#"401 {"error":{"code":9001,"message":"authentication failed"}}"#
    );
    let yaml = "jpush: {credentials: {app_key: a, master_secret: b}}";
    c.world.set_rules(read_setup(yaml, "x").expect("a setup"));
    assert!(c.jpush("GET", "property", "").starts_with("200"));
    assert_eq!(c.wrongs(), ["BadCredentials jpush.property.list"]);
}
