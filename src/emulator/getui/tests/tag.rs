//! Tags, and limits.

use super::*;

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
        assert_eq!(
            read,
            format!(r#"200 {{"code":0,"msg":"success","data":{{"{}":["vip 喜爱足球"]}}}}"#, CIDS[0])
        );
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
    assert_eq!(
        c.getui("POST", "auth", open),
        r#"401 {"code":10003,"msg":"auth calls per minute over limit"}"#
    );
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
