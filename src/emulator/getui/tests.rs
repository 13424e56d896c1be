//! Each endpoint, each limit and each switch of Getui, as the documents have them.

use crate::emulator::testing::{CIDS, Client, client};
use crate::timestamp::{DAY_MS, MINUTE_MS};

const OK: &str = r#"200 {"code":0,"msg":"success"}"#;
const BAD_USER: &str = r#"400 {"code":20001,"msg":"target user is invalid"}"#;

fn pairs(pairs: &[(&str, &str)]) -> String {
    let list: Vec<String> = pairs.iter().map(|(c, a)| format!(r#"{{"cid":"{c}","alias":"{a}"}}"#)).collect();
    format!(r#"{{"data_list":[{}]}}"#, list.join(","))
}

fn users(count: u32) -> Vec<String> {
    (0..count).map(|number| format!("b{number:031x}")).collect()
}

fn cids(list: &[String]) -> String {
    serde_json::json!({"cid": list}).to_string()
}

fn tags(list: &[&str]) -> String {
    serde_json::json!({"custom_tag": list}).to_string()
}

fn overwrite(client: &mut Client, cid: &str, list: &[&str]) -> String {
    client.getui("POST", &format!("user/custom_tag/cid/{cid}"), &tags(list))
}

#[test]
fn a_session_opens_lives_a_day_and_closes() {
    let mut c = client("");
    assert_eq!(c.getui("GET", &format!("user/alias/cid/{}", CIDS[0]), "null"), r#"200 {"code":0,"msg":"success","data":{"alias":""}}"#);
    c.pass(DAY_MS);
    let expired = r#"401 {"code":10001,"msg":"token is invalid"}"#;
    assert_eq!(c.getui("DELETE", "user/alias/x", ""), expired);
    assert!(c.wrongs().is_empty(), "the call may have been under way: {:?}", c.wrongs());
    c.sign_in();
    let token = c.token.clone();
    assert_eq!(c.getui("DELETE", &format!("auth/{token}/"), ""), OK);
    assert_eq!(c.getui("DELETE", "user/alias/x", ""), expired);
    c.token.clear();
    assert_eq!(c.getui("DELETE", "user/alias/x", ""), expired);
    assert_eq!(c.wrongs(), ["StaleToken getui.alias.clear", "NoToken getui.alias.clear"]);
}

#[test]
fn signing_in_checks_the_sign_where_credentials_are_given() {
    let mut c = client("");
    let yaml = "getui: {credentials: {app_id: APP, app_key: key, master_secret: secret}}";
    c.world = crate::emulator::World::new(crate::emulator::testing::setup(yaml));
    let sign = super::auth::sign_of("key", "1795312800000", "secret");
    let right = format!(r#"{{"sign":"{sign}","timestamp":1795312800000,"appkey":"key"}}"#);
    let reply = c.getui("POST", "auth", &right);
    assert!(reply.starts_with(r#"200 {"code":0,"msg":"","data":{"expire_time":"1795399200000","token":""#), "{reply}");
    let wrong = r#"{"sign":"beef","timestamp":"1795312800000","appkey":"key"}"#;
    assert_eq!(c.getui("POST", "auth", wrong), r#"400 {"code":20001,"msg":"sign is invalid"}"#);
    assert_eq!(c.getui("POST", "auth", r#"{"sign":"x"}"#), r#"400 {"code":20001,"msg":"appkey can not be empty"}"#);
    assert_eq!(c.wrongs(), ["BadCredentials getui.auth.open"]);
}

#[test]
fn a_bind_releases_the_alias_before_it() {
    let mut c = client("");
    assert_eq!(c.getui("POST", "user/alias", &pairs(&[(CIDS[0], "old"), (CIDS[1], "old")])), OK);
    assert_eq!(c.getui("POST", "user/alias", &pairs(&[(CIDS[0], "汉字_9")])), OK);
    let found = format!(r#"200 {{"code":0,"msg":"success","data":{{"cid":["{}"]}}}}"#, CIDS[1]);
    assert_eq!(c.getui("GET", "user/cid/alias/old", ""), found);
    let found = r#"200 {"code":0,"msg":"success","data":{"alias":"汉字_9"}}"#;
    assert_eq!(c.getui("GET", &format!("user/alias/cid/{}/", CIDS[0]), ""), found);
    assert_eq!(c.getui("DELETE", "user/alias", &pairs(&[(CIDS[0], "old")])), OK, "what is not bound has no effect");
    assert_eq!(c.world.alias_of(CIDS[0]), Some("汉字_9"));
    assert_eq!(c.getui("DELETE", "user/alias", &pairs(&[(CIDS[0], "汉字_9")])), OK);
    assert_eq!(c.getui("DELETE", "user/alias/old", ""), OK);
    assert_eq!((c.world.alias_of(CIDS[0]), c.world.alias_of(CIDS[1])), (None, None));
    assert!(c.wrongs().is_empty(), "{:?}", c.wrongs());
}

#[test]
fn an_alias_never_holds_eleven_users_not_even_within_a_call() {
    let mut c = client("");
    let all = users(12);
    let ten: Vec<_> = all[..10].iter().map(|cid| (cid.as_str(), "full")).collect();
    assert_eq!(c.getui("POST", "user/alias", &pairs(&ten)), OK);
    let swap = [(all[10].as_str(), "full"), (all[0].as_str(), "other")];
    assert_eq!(c.getui("POST", "user/alias", &pairs(&swap)), r#"400 {"code":20001,"msg":"alias size over limit"}"#);
    assert_eq!(c.world.alias_of(&all[0]), Some("full"), "a refused call does nothing");
    assert_eq!(c.getui("POST", "user/alias", &pairs(&[swap[1], swap[0]])), OK);
    assert_eq!(c.world.users_of("full").len(), 10);
    assert_eq!(c.wrongs(), ["AliasOverTen getui.alias.bind"]);
}

#[test]
fn an_alias_call_is_judged_by_its_list_and_its_texts() {
    let mut c = client("");
    let refuse = |c: &mut Client, list: &[(&str, &str)], msg: &str| {
        let expected = format!(r#"400 {{"code":20001,"msg":"{msg}"}}"#);
        assert_eq!(c.getui("POST", "user/alias", &pairs(list)), expected);
    };
    refuse(&mut c, &[], "data_list can not be empty");
    refuse(&mut c, &[(CIDS[0], "a"), (CIDS[0], "b")], "contains duplicate cid");
    refuse(&mut c, &[(CIDS[0], "a-b")], "alias is invalid");
    refuse(&mut c, &[(CIDS[0], "")], "alias can not be empty");
    refuse(&mut c, &[(CIDS[0], &"汉".repeat(40))], "alias size over limit");
    let many = users(1_001);
    let many: Vec<_> = many.iter().map(|cid| (cid.as_str(), "a")).collect();
    refuse(&mut c, &many, "data_list size over limit");
    assert_eq!(c.getui("POST", "user/alias", "null"), r#"400 {"code":20001,"msg":"body is invalid"}"#);
    assert_eq!(c.getui("POST", "user/alias", &pairs(&[(CIDS[0], &"汉".repeat(39))])), OK);
    let sorts: Vec<_> = c.world.violations().iter().map(|v| format!("{:?}", v.sort)).collect();
    assert_eq!(sorts, ["EmptyList", "Duplicate", "BadText", "BadText", "OverSize", "OverSize", "Malformed"]);
}

#[test]
fn a_bad_user_ends_an_alias_call_as_the_switch_says() {
    for (value, reply, done) in [
        ("refuses_all", BAD_USER, None),
        ("does_the_rest", BAD_USER, Some("a")),
        ("does_the_rest_in_silence", OK, Some("a")),
    ] {
        let mut c = client(&format!("switches: {{alias_bad_user: {value}}}"));
        assert_eq!(c.getui("POST", "user/alias", &pairs(&[(CIDS[0], "a"), ("nobody", "a")])), reply, "{value}");
        assert_eq!(c.world.alias_of(CIDS[0]), done, "{value}");
    }
}

#[test]
fn nothing_reads_as_the_switches_say() {
    let success = |data: &str| format!(r#"200 {{"code":0,"msg":"success"{data}}}"#);
    let c0 = CIDS[0];
    let alias = format!("user/alias/cid/{c0}");
    let tags = format!("user/custom_tag/cid/{c0}");
    for (switch, value, path, reply) in [
        ("alias_of_none", "empty_string", &alias[..], success(r#","data":{"alias":""}"#)),
        ("alias_of_none", "absent", &alias, success("")),
        ("alias_of_none", "empty_object", &alias, success(r#","data":{}"#)),
        ("alias_of_none", "20001", &alias, BAD_USER.to_owned()),
        ("users_of_none", "empty_list", "user/cid/alias/x", success(r#","data":{"cid":[]}"#)),
        ("users_of_none", "absent", "user/cid/alias/x", success("")),
        ("users_of_none", "empty_object", "user/cid/alias/x", success(r#","data":{}"#)),
        ("users_of_none", "20001", "user/cid/alias/x", r#"400 {"code":20001,"msg":"alias is invalid"}"#.to_owned()),
        ("tags_of_none", "empty_object", &tags, success(r#","data":{}"#)),
        ("tags_of_none", "empty_list", &tags, success(&format!(r#","data":{{"{c0}":[]}}"#))),
        ("tags_of_none", "empty_string", &tags, success(&format!(r#","data":{{"{c0}":[""]}}"#))),
        ("tags_of_none", "absent", &tags, success("")),
    ] {
        let mut c = client(&format!("switches: {{{switch}: '{value}'}}"));
        assert_eq!(c.getui("GET", path, ""), reply, "{switch}={value}");
    }
}

#[test]
fn an_overwrite_replaces_everything_once_a_day() {
    for (value, again) in [
        ("30011", r#"403 {"code":30011,"msg":"tag calls per day over limit"}"#),
        ("23001", r#"400 {"code":23001,"msg":"tag operation failed"}"#),
    ] {
        let mut c = client(&format!(
            "{{getui: {{users: {{{}: {{tags: [old]}}}}}}, switches: {{overwrite_again: '{value}'}}}}",
            CIDS[0]
        ));
        assert_eq!(overwrite(&mut c, CIDS[0], &["vip", "喜爱足球"]), OK);
        let read = c.getui("GET", &format!("user/custom_tag/cid/{}", CIDS[0]), "");
        assert_eq!(read, format!(r#"200 {{"code":0,"msg":"success","data":{{"{}":["vip 喜爱足球"]}}}}"#, CIDS[0]));
        assert_eq!(overwrite(&mut c, CIDS[0], &["b"]), again);
        assert_eq!(overwrite(&mut c, CIDS[1], &["b"]), OK, "the rule is one user's");
        c.pass(14 * 60 * MINUTE_MS - 1); // the last moment of the day in Shanghai
        assert_eq!(overwrite(&mut c, CIDS[0], &["b"]), again);
        c.pass(1);
        assert_eq!(overwrite(&mut c, CIDS[0], &["b"]), OK);
        assert_eq!(c.wrongs(), ["OverLimit getui.tag.overwrite"; 2]);
    }
}

#[test]
fn an_overwrite_is_judged_by_its_tags() {
    let mut c = client("");
    let long = "汉".repeat(33);
    let sum: Vec<String> = (0..17).map(|i| format!("{i:031}")).collect();
    let sum: Vec<&str> = sum.iter().map(String::as_str).collect();
    let many: Vec<String> = (0..101).map(|i| i.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (list, msg) in [
        (&[][..], "custom_tag can not be empty"),
        (&["a b"], "custom_tag is invalid"),
        (&["a", "a"], "contains duplicate custom_tag"),
        (&[&long], "custom_tag size over limit"),
        (&sum, "custom_tag size over limit"),
        (&many, "custom_tag size over limit"),
    ] {
        let expected = format!(r#"400 {{"code":20001,"msg":"{msg}"}}"#);
        assert_eq!(overwrite(&mut c, CIDS[0], list), expected, "{list:?}");
    }
    assert_eq!(c.wrongs().len(), 6);
    assert_eq!(overwrite(&mut c, "nobody", &["a"]), BAD_USER);
    assert_eq!(overwrite(&mut c, CIDS[0], &many[..100]), OK, "a refused call has not used up the day");
    let mut c = client("switches: {overwrite_empty: clears}");
    overwrite(&mut c, CIDS[0], &["a"]);
    c.pass(DAY_MS - 1);
    assert_eq!(overwrite(&mut c, CIDS[0], &[]), OK);
    assert_eq!(c.world.tags_of(CIDS[0]), (vec![], vec![]));
    assert_eq!(c.wrongs(), ["EmptyOverwrite getui.tag.overwrite"], "the switch does not make it right");
}

#[test]
fn a_batch_bind_is_seen_later_and_answers_for_each_user() {
    let full: Vec<String> = (0..100).map(|i| format!("t{i}")).collect();
    let mut c = client(&format!("getui: {{users: {{{}: {{tags: [{}]}}}}}}", CIDS[1], full.join(", ")));
    let list: Vec<String> = [CIDS[0], CIDS[1], "nobody"].map(str::to_owned).to_vec();
    let reply = c.getui("PUT", "user/custom_tag/batch/%E5%96%9C%E7%88%B1", &cids(&list));
    let expected = format!(r#"{{"{}":"true","{}":"false","nobody":"false"}}"#, CIDS[0], CIDS[1]);
    assert_eq!(reply, format!(r#"200 {{"code":0,"msg":"success","data":{expected}}}"#));
    assert_eq!(c.world.tags_of(CIDS[0]), (vec![], vec!["喜爱"]));
    c.pass(1_999);
    assert!(c.getui("GET", &format!("user/custom_tag/cid/{}", CIDS[0]), "").ends_with(r#""data":{}}"#));
    c.pass(1);
    assert!(c.getui("GET", &format!("user/custom_tag/cid/{}", CIDS[0]), "").contains("喜爱"));
    let reply = c.getui("DELETE", "user/custom_tag/batch/%E5%96%9C%E7%88%B1", &cids(&list[..1]));
    assert_eq!(reply, format!(r#"200 {{"code":0,"msg":"success","data":{{"{}":"true"}}}}"#, CIDS[0]));
    assert_eq!(c.world.tags_of(CIDS[0]), (vec![], vec![]));
    assert!(c.wrongs().is_empty(), "{:?}", c.wrongs());
}

#[test]
fn a_later_call_wins_over_a_bind_that_is_on_its_way() {
    let mut c = client("");
    let list = [CIDS[0].to_owned(), CIDS[1].to_owned()];
    c.getui("PUT", "user/custom_tag/batch/late", &cids(&list));
    c.getui("DELETE", "user/custom_tag/batch/late", &cids(&list[..1]));
    overwrite(&mut c, CIDS[1], &["other"]);
    c.pass(MINUTE_MS);
    c.getui("GET", &format!("user/custom_tag/cid/{}", CIDS[0]), "");
    assert_eq!((c.world.tags_of(CIDS[0]).0, c.world.tags_of(CIDS[1]).0), (vec![], vec!["other"]));
}

#[test]
fn the_batches_of_one_tag_share_a_hundred_a_minute_and_ten_thousand_a_day() {
    let mut c = client("limits: {tag_batch: [100/1m, 150/1d]}");
    let list = cids(&[CIDS[0].to_owned()]);
    for i in 0..100 {
        let method = if i % 2 == 0 { "PUT" } else { "DELETE" };
        assert!(c.getui(method, "user/custom_tag/batch/a", &list).starts_with("200"), "call {i}");
    }
    let minute = r#"403 {"code":30012,"msg":"tag calls per minute over limit"}"#;
    assert_eq!(c.getui("PUT", "user/custom_tag/batch/a", &list), minute);
    c.pass(MINUTE_MS - 1);
    assert_eq!(c.getui("PUT", "user/custom_tag/batch/a", &list), minute);
    c.pass(1);
    for _ in 0..50 {
        assert!(c.getui("PUT", "user/custom_tag/batch/a", &list).starts_with("200"));
    }
    let day = r#"403 {"code":30011,"msg":"tag calls per day over limit"}"#;
    assert_eq!(c.getui("PUT", "user/custom_tag/batch/a", &list), day);
    assert_eq!(c.wrongs(), ["OverLimit getui.tag.bind"; 3]);
    c.pass(DAY_MS);
    c.sign_in();
    assert!(c.getui("PUT", "user/custom_tag/batch/a", &list).starts_with("200"));
}

#[test]
fn all_calls_and_sign_ins_and_device_tokens_have_limits_of_their_own() {
    let mut c = client("switches: {requests_per_minute: 5}");
    for _ in 0..4 {
        assert_eq!(c.getui("DELETE", "user/alias/x", ""), OK);
    }
    let over = r#"401 {"code":10005,"msg":"calls per minute over limit"}"#;
    assert_eq!(c.getui("DELETE", "user/alias/x", ""), over);
    let mut c = client("limits: {auth: 1/1m, device_token: [1/1m]}");
    let open = r#"{"sign":"x","timestamp":"1795312800000","appkey":"k"}"#;
    assert_eq!(c.getui("POST", "auth", open), r#"401 {"code":10003,"msg":"auth calls per minute over limit"}"#);
    let body = format!(r#"{{"dt_list":[{{"cid":"{}","device_token":"t"}}]}}"#, CIDS[0]);
    assert_eq!(c.getui("POST", "user/bind_dt/wx", &body), OK);
    assert_eq!(c.getui("POST", "user/bind_dt/wx", &body), over);
    assert_eq!(c.world.violation_counts().values().sum::<u64>(), 2);
}

#[test]
fn a_refused_call_spends_a_limit_where_the_switch_says_so() {
    for (value, reply) in [("free", "200"), ("spend", "403")] {
        let mut c = client(&format!("{{limits: {{tag_batch: 1/1m}}, switches: {{refused_calls: {value}}}}}"));
        let list = cids(&[CIDS[0].to_owned()]);
        c.getui("PUT", "user/custom_tag/batch/a", &list);
        c.pass(MINUTE_MS - 1);
        c.getui("PUT", "user/custom_tag/batch/a", &list);
        c.pass(1);
        assert!(c.getui("PUT", "user/custom_tag/batch/a", &list).starts_with(reply), "{value}");
    }
}

#[test]
fn an_unlimited_world_keeps_no_limit() {
    let mut c = client("{unlimited: true, limits: {tag_batch: 0/1m}, switches: {requests_per_minute: 0}}");
    for _ in 0..3 {
        assert_eq!(overwrite(&mut c, CIDS[0], &["a"]), OK);
        assert!(c.getui("PUT", "user/custom_tag/batch/a", &cids(&[CIDS[0].to_owned()])).starts_with("200"));
    }
    assert!(c.wrongs().is_empty());
}

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
        format!(r#"200 {{"code":0,"msg":"success","data":{{{invalid}"validCids":{{"{}":{valid}}}}}}}"#, CIDS[0])
    };
    assert_eq!(c.getui("GET", &format!("user/detail/{}", CIDS[0]), ""), reply(""));
    let invalid = format!(r#""invalidCids":["{}"],"#, CIDS[1]);
    assert_eq!(c.getui("GET", &format!("user/detail/{},{}", CIDS[0], CIDS[1]), ""), reply(&invalid));
}

#[test]
fn a_badge_is_set_raised_and_lowered_on_ios_only() {
    let mut c = client(&format!("getui: {{users: {{{}: {{phone: ios, badge: 3}}}}}}", CIDS[0]));
    let path = format!("user/badge/cid/{}", CIDS[0]);
    for (badge, result) in [(r#""+2""#, 5), ("-1", 4), (r#""-8""#, 0), ("7", 7), (r#""9""#, 9)] {
        assert_eq!(c.getui("POST", &path, &format!(r#"{{"badge":{badge}}}"#)), OK);
        assert_eq!(c.world.badge_of(CIDS[0]), result, "{badge}");
    }
    assert_eq!(c.getui("POST", &path, r#"{"badge":"x"}"#), r#"400 {"code":20001,"msg":"badge is invalid"}"#);
    assert_eq!(c.getui("POST", &format!("{path},{}", CIDS[1]), r#"{"badge":1}"#), BAD_USER);
    assert_eq!(c.wrongs(), ["BadValue getui.user.badge", "NotIos getui.user.badge"]);
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
    check(&[("phone_type", r#""android""#, "or"), ("region", r#""12000000""#, "or"), ("custom_tag", r#""x""#, "not")], 5);
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
    let list = [entry("", "a"), entry("none", "b"), entry("f0", "c"), entry(CIDS[1], "d"), entry(CIDS[0], "e")];
    let errors = format!(
        r#"[{{"cid":"","device_token":"WX_a","error_code":24001}},{{"cid":"none","device_token":"WX_b","error_code":24002}},{{"cid":"f0","device_token":"WX_c","error_code":24003}},{{"cid":"{}","device_token":"WX_d","error_code":24004}}]"#,
        CIDS[1]
    );
    let expected = format!(r#"200 {{"code":0,"msg":"success","data":{{"errorList":{errors}}}}}"#);
    assert_eq!(c.getui("POST", "user/bind_dt/wx", &body(&list)), expected);
    assert_eq!(c.world.token_of("wx", CIDS[0]), Some("e"));
    assert_eq!(c.getui("POST", "user/bind_dt/qq", &body(&list)), r#"400 {"code":20001,"msg":"type is invalid"}"#);
    assert_eq!(c.wrongs(), ["BadText getui.device_token.bind"; 2]);
}

#[test]
fn what_is_no_endpoint_is_counted() {
    let mut c = client("");
    assert!(c.getui("GET", "user/nothing", "").starts_with("404"));
    assert!(c.getui("PUT", "user/alias", "").starts_with("405"));
    c.getui("GET", "user/cid/alias/喜", "");
    assert_eq!(
        c.wrongs(),
        [
            "UnknownEndpoint GET /v2/APP/user/nothing",
            "UnknownEndpoint PUT /v2/APP/user/alias",
            "Malformed getui.alias.users"
        ]
    );
}
