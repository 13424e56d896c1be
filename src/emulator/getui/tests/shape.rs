//! What a call may look like: the types of its fields, what must not be missing, and its headers.

use crate::emulator::testing::{CIDS, client};
use crate::timestamp::{HOUR_MS, MINUTE_MS};

const INVALID: &str = r#"400 {"code":20001,"msg":"body is invalid"}"#;

fn refused(what: &str) -> String {
    format!(r#"400 {{"code":20001,"msg":"{what}"}}"#)
}

#[test]
fn a_list_is_no_object() {
    let cid = CIDS[0];
    for (method, path, body) in [
        ("POST", "auth", r#"["x","1795312800000","k"]"#.to_owned()),
        ("POST", "user/alias", format!(r#"[[{{"cid":"{cid}","alias":"a"}}]]"#)),
        ("POST", "user/alias", format!(r#"{{"data_list":[["{cid}","a"]]}}"#)),
        ("DELETE", "user/alias", format!(r#"{{"data_list":[["{cid}","a"]]}}"#)),
        ("POST", &format!("user/custom_tag/cid/{cid}"), r#"[["vip"]]"#.to_owned()),
        ("PUT", "user/custom_tag/batch/vip", format!(r#"[["{cid}"]]"#)),
        ("DELETE", "user/custom_tag/batch/vip", format!(r#"[["{cid}"]]"#)),
        ("POST", &format!("user/badge/cid/{cid}"), r#"["3"]"#.to_owned()),
        ("POST", "user/count", r#"{"tag":[["custom_tag",["vip"],"or"]]}"#.to_owned()),
        ("POST", "user/bind_dt/wx", format!(r#"{{"dt_list":[["{cid}","token"]]}}"#)),
    ] {
        let mut c = client("");
        assert_eq!(c.getui(method, path, &body), INVALID, "{method} {path} {body}");
        assert_eq!(c.world.violations().len(), 1, "{method} {path}");
        assert_eq!(c.world.alias_of(cid).map_or(0, str::len) + c.world.tags_of(cid).1.len(), 0);
    }
}

#[test]
fn a_field_of_another_type_is_refused() {
    let cid = CIDS[0];
    for (method, path, body) in [
        ("POST", "auth", r#"{"sign":1,"timestamp":1795312800000,"appkey":"k"}"#.to_owned()),
        ("POST", "user/alias", r#"{"data_list":[{"cid":1,"alias":"a"}]}"#.to_owned()),
        ("POST", "user/alias", format!(r#"{{"data_list":[{{"cid":"{cid}","alias":null}}]}}"#)),
        ("POST", "user/alias", format!(r#"{{"data_list":{{"cid":"{cid}","alias":"a"}}}}"#)),
        ("POST", &format!("user/custom_tag/cid/{cid}"), r#"{"custom_tag":"vip"}"#.to_owned()),
        ("POST", &format!("user/custom_tag/cid/{cid}"), r#"{"custom_tag":[1]}"#.to_owned()),
        ("PUT", "user/custom_tag/batch/vip", format!(r#"{{"cid":"{cid}"}}"#)),
        ("PUT", "user/custom_tag/batch/vip", r#"{"cid":[7]}"#.to_owned()),
        ("POST", "user/count", r#"{"tag":[{"key":"custom_tag","values":"vip","opt_type":"or"}]}"#.to_owned()),
        ("POST", "user/count", r#"{"tag":[{"key":"custom_tag","values":[1],"opt_type":"or"}]}"#.to_owned()),
        ("POST", "user/bind_dt/wx", format!(r#"{{"dt_list":[{{"cid":"{cid}","device_token":1}}]}}"#)),
    ] {
        let mut c = client("");
        assert_eq!(c.getui(method, path, &body), INVALID, "{method} {path} {body}");
        assert_eq!(c.world.violations().len(), 1, "{method} {path}");
    }
}

#[test]
fn what_the_document_demands_must_be_there_whatever_the_switches_say() {
    let cid = CIDS[0];
    for (method, path, body, said) in [
        ("POST", "user/alias", "{}", "data_list can not be empty"),
        ("DELETE", "user/alias", r#"{"data_list":null}"#, "data_list can not be empty"),
        ("POST", &format!("user/custom_tag/cid/{cid}"), "{}", "custom_tag can not be empty"),
        ("POST", &format!("user/custom_tag/cid/{cid}"), r#"{"tags":["a"]}"#, "custom_tag can not be empty"),
        ("PUT", "user/custom_tag/batch/vip", "{}", "cid can not be empty"),
        ("PUT", "user/custom_tag/batch/vip", r#"{"cid":[""]}"#, "cid can not be empty"),
        ("POST", "user/alias", r#"{"data_list":[{"alias":"a"},{"alias":"b"}]}"#, "cid can not be empty"),
        ("POST", "user/count", "{}", "tag can not be empty"),
        ("POST", "user/bind_dt/wx", "{}", "dt_list can not be empty"),
        ("POST", "auth", r#"{"sign":"x","appkey":"k"}"#, "timestamp can not be empty"),
    ] {
        let mut c = client(
            "{getui: {users: {a0000000000000000000000000000001: {tags: [kept]}}}, switches: {overwrite_empty: clears}}",
        );
        assert_eq!(c.getui(method, path, body), refused(said), "{method} {path} {body}");
        assert_eq!(c.world.violations().len(), 1, "{method} {path} {body}");
        assert_eq!(c.world.tags_of(cid).0, ["kept"]);
    }
}

#[test]
fn entries_without_a_cid_fail_one_by_one_where_the_document_has_a_code_for_them() {
    let mut c = client("");
    let reply =
        c.getui("POST", "user/bind_dt/wx", r#"{"dt_list":[{"device_token":"a"},{"device_token":"b"}]}"#);
    assert_eq!(reply.matches("24001").count(), 2, "{reply}");
    assert_eq!(c.wrongs(), ["BadText getui.device_token.bind"]);
}

#[test]
fn the_timestamp_of_a_sign_in_is_near_the_vendors_clock() {
    for (off_ms, allowed_ms, status) in [
        (0, HOUR_MS, "200"),
        (-HOUR_MS, HOUR_MS, "200"),
        (HOUR_MS, HOUR_MS, "200"),
        (HOUR_MS + 1, HOUR_MS, "400"),
        (-1_000_000_000_000, HOUR_MS, "400"),
        (11 * MINUTE_MS, 10 * MINUTE_MS, "400"),
    ] {
        let mut c = client(&format!("switches: {{sign_in_clock_off_ms: {allowed_ms}}}"));
        let at = c.now.0 + off_ms;
        let reply = c.getui("POST", "auth", &format!(r#"{{"sign":"x","timestamp":{at:013},"appkey":"k"}}"#));
        assert!(reply.starts_with(status), "{off_ms} of {allowed_ms}: {reply}");
        assert_eq!(c.wrongs().is_empty(), status == "200", "{off_ms}: {:?}", c.wrongs());
    }
}

#[test]
fn a_token_is_ended_by_its_own_app() {
    let mut c = client("");
    let path = format!("/v2/OTHER/auth/{}", c.token);
    assert_eq!(c.reply("DELETE", &path, "").status, 401);
    assert!(c.getui("DELETE", "user/alias/x", "").starts_with("200"), "the session goes on");
}

#[test]
fn text_that_no_client_can_type_is_refused() {
    let cid = CIDS[0];
    for (method, path, body) in [
        ("PUT", "user/custom_tag/batch/a%00b", format!(r#"{{"cid":["{cid}"]}}"#)),
        ("POST", &format!("user/custom_tag/cid/{cid}"), r#"{"custom_tag":["a\u0000"]}"#.to_owned()),
        ("POST", "user/bind_dt/wx", format!(r#"{{"dt_list":[{{"cid":"{cid}","device_token":"a\n"}}]}}"#)),
    ] {
        let mut c = client("");
        assert!(c.getui(method, path, &body).starts_with("400"), "{method} {path}");
        assert_eq!(c.world.violations().len(), 1, "{method} {path}");
    }
}

#[test]
fn a_body_says_that_it_is_json() {
    let body = format!(r#"{{"cid":["{}"]}}"#, CIDS[0]);
    for (media, wrong) in [
        (Some("application/json;charset=utf-8"), 0),
        (Some("Application/JSON; charset=UTF-8"), 0),
        (Some("application/json"), 0),
        (Some("application/json;charset=gbk"), 1),
        (Some("application/x-www-form-urlencoded"), 1),
        (None, 1),
    ] {
        let mut c = client("");
        c.media = media.map(str::to_owned);
        assert!(c.getui("PUT", "user/custom_tag/batch/vip", &body).starts_with("200"), "{media:?}");
        assert!(c.getui("GET", &format!("user/alias/cid/{}", CIDS[0]), "").starts_with("200"));
        assert_eq!(c.world.violations().len(), wrong, "{media:?}");
    }
}

#[test]
fn a_path_that_is_not_percent_encoded_is_counted() {
    for (path, wrong) in
        [("user/alias/%E5%90%8D", 0), ("user/alias/100%", 1), ("user/alias/名", 1), ("user/alias/%zz", 1)]
    {
        let mut c = client("");
        c.getui("DELETE", path, "");
        assert_eq!(c.world.violations().len(), wrong, "{path}");
    }
}
