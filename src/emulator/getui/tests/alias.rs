//! Sessions and aliases.

use super::*;

#[test]
fn a_session_opens_lives_a_day_and_closes() {
    let mut c = client("");
    assert_eq!(
        c.getui("GET", &format!("user/alias/cid/{}", CIDS[0]), "null"),
        r#"200 {"code":0,"msg":"success","data":{"alias":""}}"#
    );
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
    let sign = crate::emulator::getui::auth::sign_of("key", "1795312800000", "secret");
    let right = format!(r#"{{"sign":"{sign}","timestamp":1795312800000,"appkey":"key"}}"#);
    let reply = c.getui("POST", "auth", &right);
    assert!(
        reply.starts_with(r#"200 {"code":0,"msg":"","data":{"expire_time":"1795399200000","token":""#),
        "{reply}"
    );
    let wrong = r#"{"sign":"beef","timestamp":"1795312800000","appkey":"key"}"#;
    assert_eq!(c.getui("POST", "auth", wrong), r#"400 {"code":20001,"msg":"sign is invalid"}"#);
    assert_eq!(
        c.getui("POST", "auth", r#"{"sign":"x"}"#),
        r#"400 {"code":20001,"msg":"appkey can not be empty"}"#
    );
    assert_eq!(c.wrongs(), ["BadCredentials getui.auth.open", "MissingField getui.auth.open"]);
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
    assert_eq!(
        c.getui("DELETE", "user/alias", &pairs(&[(CIDS[0], "old")])),
        OK,
        "what is not bound has no effect"
    );
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
    assert_eq!(
        c.getui("POST", "user/alias", &pairs(&swap)),
        r#"400 {"code":20001,"msg":"alias size over limit"}"#
    );
    assert_eq!(c.world.alias_of(&all[0]), Some("full"), "a refused call does nothing");
    assert_eq!(c.getui("POST", "user/alias", &pairs(&[swap[1], swap[0]])), OK);
    assert_eq!(c.world.users_of("full").len(), 10);
    assert_eq!(c.wrongs(), ["AliasOverTen getui.alias.bind"]);
}

#[test]
fn a_full_alias_ends_a_call_as_the_switch_says() {
    for (value, done) in [("refuses_all", None), ("does_the_rest", Some("other"))] {
        let mut c = client(&format!("switches: {{alias_full: {value}}}"));
        let all = users(12);
        let ten: Vec<_> = all[..10].iter().map(|cid| (cid.as_str(), "full")).collect();
        assert_eq!(c.getui("POST", "user/alias", &pairs(&ten)), OK);
        assert_eq!(
            c.getui("POST", "user/alias", &pairs(&[(&all[10], "full"), (&all[11], "other")])),
            r#"400 {"code":20001,"msg":"alias size over limit"}"#
        );
        assert_eq!((c.world.alias_of(&all[10]), c.world.alias_of(&all[11])), (None, done), "{value}");
        assert_eq!(c.wrongs(), ["AliasOverTen getui.alias.bind"]);
    }
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
        assert_eq!(
            c.getui("POST", "user/alias", &pairs(&[(CIDS[0], "a"), ("nobody", "a")])),
            reply,
            "{value}"
        );
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
        (
            "users_of_none",
            "20001",
            "user/cid/alias/x",
            r#"400 {"code":20001,"msg":"alias is invalid"}"#.to_owned(),
        ),
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
