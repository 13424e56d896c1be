//! Blacklist, status, details, badges, counts and device tokens.

use super::*;

#[test]
fn the_blacklist_takes_two_hundred_users_again_and_again() {
    let mut c = client("");
    let all = users(201);
    for _ in 0..2 {
        assert_eq!(c.getui("POST", &format!("user/black/cid/{}", all[..200].join(",")), ""), OK);
    }
    assert!(c.world.is_blacklisted(&all[199]));
    assert_eq!(c.getui("DELETE", &format!("user/black/cid/{}%2C{}", all[0], all[200]), ""), OK);
    assert!(!c.world.is_blacklisted(&all[0]));
    assert!(c.wrongs().is_empty());
    let over = c.getui("POST", &format!("user/black/cid/{}", all.join(",")), "");
    assert_eq!(over, r#"400 {"code":20001,"msg":"cid size over limit"}"#);
    let twice = c.getui("POST", &format!("user/black/cid/{0},{0}", all[0]), "");
    assert_eq!(twice, r#"400 {"code":20001,"msg":"contains duplicate cid"}"#);
    assert_eq!(c.getui("POST", &format!("user/black/cid/{},nobody", all[0]), ""), BAD_USER);
    assert!(!c.world.is_blacklisted(&all[0]), "one bad user refuses the call");
    assert_eq!(c.wrongs(), ["OverSize getui.blacklist.add", "Duplicate getui.blacklist.add"]);
}

#[test]
fn status_and_device_status_tell_of_each_user() {
    let yaml = format!("users: {{{}: {{status: online}}, {}: {{last_login_time: 7}}}}", CIDS[0], CIDS[1]);
    let mut c = client(&format!("getui: {{{yaml}}}"));
    let path = format!("{},{}", CIDS[0], CIDS[1]);
    let data = format!(
        r#"{{"{}":{{"status":"online"}},"{}":{{"last_login_time":"7","status":"offline"}}}}"#,
        CIDS[0], CIDS[1]
    );
    let reply = format!(r#"200 {{"code":0,"msg":"success","data":{data}}}"#);
    assert_eq!(c.getui("GET", &format!("user/status/{path}"), ""), reply);
    assert_eq!(c.getui("GET", &format!("user/status/{path},nobody"), ""), BAD_USER);
    let data = format!(
        r#"{{"{}":{{"code":0,"data":{{"cid_status":"online","device_status":"online"}},"msg":"success"}},"nobody":{{"code":20001,"msg":"target user is invalid"}}}}"#,
        CIDS[0]
    );
    let reply = format!(r#"200 {{"code":0,"msg":"success","data":{data}}}"#);
    assert_eq!(c.getui("GET", &format!("user/deviceStatus/{},nobody", CIDS[0]), ""), reply);
    let mut c = client(&format!("{{getui: {{{yaml}}}, switches: {{status_bad_user: left_out}}}}"));
    assert!(c.getui("GET", "user/status/nobody", "").ends_with(r#""data":{}}"#));
}

#[test]
fn what_is_not_granted_is_refused() {
    let mut c = client("getui: {denied: [tags, device_status, vendor_channels]}");
    assert_eq!(overwrite(&mut c, CIDS[0], &["a"]), r#"403 {"code":30001,"msg":"no permission for tags"}"#);
    let status = c.getui("GET", &format!("user/deviceStatus/{}", CIDS[0]), "");
    assert_eq!(status, r#"403 {"code":30020,"msg":"no permission for device status"}"#);
    let tokens = c.getui("POST", "user/bind_dt/hw", "");
    assert_eq!(tokens, r#"400 {"code":20001,"msg":"type is invalid"}"#);
    assert!(c.wrongs().is_empty());
}

#[test]
fn the_channels_of_makers_of_phones_are_open_only_where_the_world_says_so() {
    let list = format!(r#"{{"dt_list":[{{"cid":"{}","device_token":"t"}}]}}"#, CIDS[0]);
    for (world, open) in [("", ["wx"].as_slice()), ("getui: {denied: []}", &["wx", "hw", "ios"])] {
        for channel in ["wx", "hw", "ios"] {
            let mut c = client(world);
            let reply = c.getui("POST", &format!("user/bind_dt/{channel}"), &list);
            assert_eq!(reply.starts_with("200"), open.contains(&channel), "{world} {channel}: {reply}");
        }
    }
}

#[test]
fn details_part_the_valid_from_the_invalid() {
    let mut c = client(&format!(
        "getui: {{users_unknown: reject, users: {{{}: {{phone: ios, device_token: d, login_freq: 3}}}}}}",
        CIDS[0]
    ));
    let valid = concat!(
        r#"{"brand":"iphone","client_app_id":"APP","create_time":"2021-06-30 00:00:00","device_token":"d","#,
        r#""login_freq":3,"notification_switch":true,"package_name":"com.getui.demo","phone_model":"vv","phone_type":2}"#
    );
    let reply = |invalid: &str| {
        format!(
            r#"200 {{"code":0,"msg":"success","data":{{{invalid}"validCids":{{"{}":{valid}}}}}}}"#,
            CIDS[0]
        )
    };
    assert_eq!(c.getui("GET", &format!("user/detail/{}", CIDS[0]), ""), reply(""));
    let invalid = format!(r#""invalidCids":["{}"],"#, CIDS[1]);
    assert_eq!(c.getui("GET", &format!("user/detail/{},{}", CIDS[0], CIDS[1]), ""), reply(&invalid));
}

#[test]
fn a_badge_is_set_raised_and_lowered_on_ios_only() {
    let world = format!("getui: {{users: {{{}: {{phone: ios, badge: 3}}, {}: {{}}}}}}", CIDS[0], CIDS[1]);
    let mut c = client(&world);
    let path = format!("user/badge/cid/{}", CIDS[0]);
    for (badge, result) in [(r#""+2""#, 5), ("-1", 4), (r#""-8""#, 0), ("7", 7), (r#""9""#, 9)] {
        assert_eq!(c.getui("POST", &path, &format!(r#"{{"badge":{badge}}}"#)), OK);
        assert_eq!(c.world.badge_of(CIDS[0]), result, "{badge}");
    }
    assert_eq!(c.getui("POST", &path, r#"{"badge":"x"}"#), r#"400 {"code":20001,"msg":"badge is invalid"}"#);
    assert_eq!(c.getui("POST", &format!("{path},{}", CIDS[1]), r#"{"badge":1}"#), BAD_USER);
    assert_eq!(c.wrongs(), ["BadValue getui.user.badge", "NotIos getui.user.badge"]);
    let stranger = CIDS[2];
    assert_eq!(c.getui("POST", &format!("user/badge/cid/{stranger}"), r#"{"badge":2}"#), OK);
    assert_eq!(
        c.world.badge_of(stranger),
        2,
        "a user whom no world lists has every device that a call wants"
    );
    assert!(c.getui("GET", &format!("user/detail/{stranger}"), "").contains(r#""phone_type":2"#));
    let saved = serde_json::to_string(&c.world.save()).expect("JSON");
    assert_eq!(saved.matches(r#""phone":"ios""#).count(), 2, "{saved}");
}

#[test]
fn a_token_is_of_one_app() {
    let mut c = client("{}");
    assert_eq!(c.reply("GET", &format!("/v2/APP/user/alias/cid/{}", CIDS[0]), "").status, 200);
    let other = c.reply("GET", &format!("/v2/OTHER/user/alias/cid/{}", CIDS[0]), "");
    assert_eq!((other.status, other.body.starts_with(br#"{"code":10001,"#)), (401, true));
    assert_eq!(c.wrongs(), ["BadCredentials getui.alias.of_user"]);
}

#[test]
fn a_count_joins_keys_by_and_and_values_by_their_operation() {
    let mut c = client(
        "getui: {many: [{count: 3, prefix: a, like: {tags: [x]}}, {count: 4, prefix: b, like: {tags: [x, y], phone: ios, region: '11000000'}}, {count: 5, prefix: c, like: {region: '12000000'}}]}",
    );
    let mut check = |conditions: &[(&str, &str, &str)], count: u32| {
        let list: Vec<String> = conditions
            .iter()
            .map(|(key, values, opt)| format!(r#"{{"key":"{key}","values":[{values}],"opt_type":"{opt}"}}"#))
            .collect();
        let reply = c.getui("POST", "user/count", &format!(r#"{{"tag":[{}]}}"#, list.join(",")));
        let expected = format!(r#"200 {{"code":0,"msg":"success","data":{{"user_count":{count}}}}}"#);
        assert_eq!(reply, expected, "{conditions:?}");
    };
    check(&[("custom_tag", r#""x""#, "or")], 7);
    check(&[("custom_tag", r#""x","y""#, "or")], 7);
    check(&[("custom_tag", r#""x","y""#, "and")], 4);
    check(&[("custom_tag", r#""x","y""#, "not")], 5);
    check(&[("region", r#""11000000","12000000""#, "or")], 9);
    check(&[("region", r#""11000000""#, "not"), ("custom_tag", r#""x""#, "and")], 3);
    check(
        &[
            ("phone_type", r#""android""#, "or"),
            ("region", r#""12000000""#, "or"),
            ("custom_tag", r#""x""#, "not"),
        ],
        5,
    );
    assert!(c.getui("POST", "user/count", r#"{"tag":[]}"#).starts_with("400"));
    assert_eq!(
        c.getui("POST", "user/count", r#"{"tag":[{"key":"age","values":["1"],"opt_type":"or"}]}"#),
        r#"400 {"code":20001,"msg":"key is invalid"}"#
    );
}

#[test]
fn device_tokens_bind_unbind_and_fail_one_by_one() {
    let mut c = client(&format!(
        "getui: {{users_unknown: reject, foreign: [f0], users: {{{}: , {}: {{no_mini_program: true}}}}}}",
        CIDS[0], CIDS[1]
    ));
    let entry = |cid: &str, token: &str| format!(r#"{{"cid":"{cid}","device_token":"{token}"}}"#);
    let body = |entries: &[String]| format!(r#"{{"dt_list":[{}]}}"#, entries.join(","));
    assert_eq!(c.getui("POST", "user/bind_dt/wx", &body(&[entry(CIDS[0], "t")])), OK);
    assert_eq!(c.world.token_of("wx", CIDS[0]), Some("t"));
    let unbind = format!(r#"{{"dt_list":[{{"cid":"{}"}}]}}"#, CIDS[0]);
    assert_eq!(c.getui("POST", "user/bind_dt/wx", &unbind), OK);
    assert_eq!(c.world.token_of("wx", CIDS[0]), None);
    assert!(c.wrongs().is_empty());
    let list =
        [entry("", "a"), entry("none", "b"), entry("f0", "c"), entry(CIDS[1], "d"), entry(CIDS[0], "e")];
    let errors = format!(
        r#"[{{"cid":"","device_token":"WX_a","error_code":24001}},{{"cid":"none","device_token":"WX_b","error_code":24002}},{{"cid":"f0","device_token":"WX_c","error_code":24003}},{{"cid":"{}","device_token":"WX_d","error_code":24004}}]"#,
        CIDS[1]
    );
    let expected = format!(r#"200 {{"code":0,"msg":"success","data":{{"errorList":{errors}}}}}"#);
    assert_eq!(c.getui("POST", "user/bind_dt/wx", &body(&list)), expected);
    assert_eq!(c.world.token_of("wx", CIDS[0]), Some("e"));
    assert_eq!(
        c.getui("POST", "user/bind_dt/qq", &body(&list)),
        r#"400 {"code":20001,"msg":"type is invalid"}"#
    );
    assert_eq!(c.wrongs(), ["BadText getui.device_token.bind"; 2]);
}
