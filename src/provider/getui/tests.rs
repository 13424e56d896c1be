//! Every request as the vendor's document shows it, and what each spends.

use super::*;
use crate::quota::Quota;
use crate::quota::limit::subject_key;
use crate::timestamp::Zone;
use crate::wire::HeaderValue;

fn account() -> Getui {
    Getui::new("app", Secret::new("app-k3y".to_owned()), Secret::new("m4ster".to_owned()))
}

/// `POST /path body`
fn line(request: &Request) -> String {
    assert_eq!(request.headers, [], "a request carries no header before it is authorized");
    let body = request.body.as_deref().map(|body| format!(" {body}")).unwrap_or_default();
    format!("{} {}{body}", request.method.word(), request.path)
}

/// Every question, with odd texts in the places where a path could be broken.
fn reads(names: &mut Names) -> Vec<(Read, &'static str)> {
    let mut name = |text| names.intern(text);
    vec![
        (Read::AliasOf(name("c/1")), "GET /user/alias/cid/c%2F1"),
        (Read::UsersOf(name("喜_1")), "GET /user/cid/alias/%E5%96%9C_1"),
        (Read::TagsOf(name("..")), "GET /user/custom_tag/cid/%2E%2E"),
        (Read::Unknown(vec![name("c1"), name("c,2")]), "GET /user/detail/c1,c%2C2"),
        (
            Read::CountOf(name("Tag 喜 爱")),
            r#"POST /user/count {"tag":[{"key":"custom_tag","values":["Tag 喜 爱"],"opt_type":"or"}]}"#,
        ),
    ]
}

/// Every call.
fn writes(names: &mut Names) -> Vec<(Write, &'static str, &'static str)> {
    let mut name = |text| names.intern(text);
    let (c1, c2, t) = (name("c1"), name("c2"), name("Tag 喜 爱"));
    vec![
        (
            Write::BindAliases(vec![(c1, name("a")), (c2, name("b\"c"))]),
            r#"POST /user/alias {"data_list":[{"cid":"c1","alias":"a"},{"cid":"c2","alias":"b\"c"}]}"#,
            "requests",
        ),
        (
            Write::UnbindAliases(vec![(c1, name("a"))]),
            r#"DELETE /user/alias {"data_list":[{"cid":"c1","alias":"a"}]}"#,
            "requests",
        ),
        (Write::ClearAlias(name("a b"), vec![c1]), "DELETE /user/alias/a%20b", "requests"),
        (
            Write::OverwriteTags {
                user: c1,
                tags: vec![name("tag1"), name("tag2")],
                drops: vec![name("tag3")],
                carried: None,
            },
            r#"POST /user/custom_tag/cid/c1 {"custom_tag":["tag1","tag2"]}"#,
            "requests tag_overwrite_per_user",
        ),
        (
            Write::OverwriteTags {
                user: c1,
                tags: vec![name("tag1"), name("tag2")],
                drops: vec![],
                carried: Some(vec![name("tag2")]),
            },
            r#"POST /user/custom_tag/cid/c1 {"custom_tag":["tag1","tag2"]}"#,
            "requests tag_overwrite_per_user requests",
        ),
        (
            Write::BindTag(t, vec![c1, c2]),
            r#"PUT /user/custom_tag/batch/Tag%20%E5%96%9C%20%E7%88%B1 {"cid":["c1","c2"]}"#,
            "requests tag_batch",
        ),
        (
            Write::UnbindTag(name("a/b"), vec![c1]),
            r#"DELETE /user/custom_tag/batch/a%2Fb {"cid":["c1"]}"#,
            "requests tag_batch",
        ),
        (Write::Block(vec![c1, c2]), "POST /user/black/cid/c1,c2", "requests"),
        (Write::Unblock(vec![c1]), "DELETE /user/black/cid/c1", "requests"),
        (
            Write::BindTokens(name("wx"), vec![(c1, name("t"))]),
            r#"POST /user/bind_dt/wx {"dt_list":[{"cid":"c1","device_token":"t"}]}"#,
            "requests device_token",
        ),
        (
            Write::UnbindTokens(name("hw"), vec![c1]),
            r#"POST /user/bind_dt/hw {"dt_list":[{"cid":"c1","device_token":""}]}"#,
            "requests device_token",
        ),
    ]
}

fn quotas() -> Quotas {
    let named = ["auth", "requests", "tag_batch", "tag_overwrite_per_user", "device_token"];
    let quota = |name| Quota {
        vendor: Vendor::Getui,
        name,
        limits: Vec::new(),
        zone: Zone::shanghai(),
        reserve_percent: 0,
    };
    Quotas::new(named.map(quota).to_vec())
}

fn spent(spends: &[Spend], quotas: &Quotas) -> String {
    spends.iter().map(|spend| quotas.get(spend.quota).name).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_question_is_asked_as_documented() {
    let mut names = Names::new();
    for (read, expected) in reads(&mut names) {
        assert_eq!(line(&account().read(&read, &names)), expected);
        assert_eq!(spent(&account().read_spends(&read, &quotas()), &quotas()), "requests", "{expected}");
    }
}

#[test]
fn every_call_is_made_as_documented_and_spends_its_limits() {
    let mut names = Names::new();
    for (write, expected, spends) in writes(&mut names) {
        assert_eq!(line(&account().write(&write, &names)), expected);
        assert_eq!(
            spent(&account().write_spends(&write, &names, &quotas()), &quotas()),
            spends,
            "{expected}"
        );
    }
}

#[test]
fn what_is_not_declared_is_asked_as_documented() {
    for (request, expected) in [
        (user::status(&["a", "b"]), "GET /user/status/a,b"),
        (user::device_status(&["a", "b"]), "GET /user/deviceStatus/a,b"),
        (user::detail(&["a", "b"]), "GET /user/detail/a,b"),
        (user::badge(&["a", "b"], user::Badge::Set(8)), r#"POST /user/badge/cid/a,b {"badge":"8"}"#),
        (user::badge(&["a"], user::Badge::Add(8)), r#"POST /user/badge/cid/a {"badge":"+8"}"#),
        (user::badge(&["a"], user::Badge::Add(-8)), r#"POST /user/badge/cid/a {"badge":"-8"}"#),
    ] {
        assert_eq!(line(&request), expected);
    }
}

#[test]
fn an_overwrite_spends_its_own_users_share() {
    let mut names = Names::new();
    let write =
        Write::OverwriteTags { user: names.intern("c1"), tags: Vec::new(), drops: Vec::new(), carried: None };
    let spends = account().write_spends(&write, &names, &quotas());
    assert_eq!(spends.iter().map(|spend| spend.subject).collect::<Vec<_>>(), [0, subject_key("c1")]);
}

#[test]
fn a_limit_that_a_run_does_not_have_is_not_spent() {
    assert_eq!(account().sign_in_spends(&Quotas::default()), []);
    assert_eq!(spent(&account().sign_in_spends(&quotas()), &quotas()), "requests auth");
}

#[test]
fn the_token_travels_as_a_secret() {
    let session = Session { token: Secret::new("t0ken".to_owned()), ends_at: Timestamp(0) };
    let request = account().authorize(plain(Method::Get, "/x"), Some(&session));
    assert_eq!(request.headers, [("token", HeaderValue::Secret(session.token.clone()))]);
    assert!(!format!("{request:?} {session:?} {:?}", account()).contains("t0ken"));
    assert!(!format!("{:?}", account()).contains("app-k3y"));
}

#[test]
fn every_refusal_is_shown_without_the_keys() {
    let mut names = Names::new();
    let reply = Reply::json(400, r#"{"code":20001,"msg":"app-k3y and m4ster size over limit"}"#);
    for (read, line) in reads(&mut names) {
        let refusal = account().answer(&read, &names, &reply).expect_err(line);
        assert_eq!(refusal.words, "[secret] and [secret] size over limit", "{line}");
    }
    for (write, line, _) in writes(&mut names) {
        let refusal = account().judge(&write, &names, &reply).expect_err(line);
        assert_eq!(refusal.words, "[secret] and [secret] size over limit", "{line}");
    }
}

#[test]
fn success_without_content_is_success() {
    let mut names = Names::new();
    for body in
        [r#"{"code":0,"msg":"success"}"#, r#"{"code":0,"data":{}}"#, r#"{"code":"0","data":[],"new":1}"#]
    {
        for (write, line, _) in writes(&mut names) {
            let judged = account().judge(&write, &names, &Reply::json(200, body));
            assert_eq!(judged, Ok(Vec::new()), "{line}: {body}");
        }
    }
}

#[test]
fn the_questions_are_answered() {
    let mut names = Names::new();
    let texts = |list: &[&str]| Answer::Texts(list.iter().map(|text| (*text).to_owned()).collect());
    let bodies = [
        (r#"{"alias":"x"}"#, Answer::Alias(Some("x".to_owned()))),
        (r#"{"cid":["a"]}"#, texts(&["a"])),
        (r#"{"..":["a b"]}"#, texts(&["a", "b"])),
        (r#"{"validCids":{"c1":{}},"invalidCids":["c,2"]}"#, texts(&["c,2"])),
        (r#"{"user_count":"7"}"#, Answer::Count(7)),
    ];
    for ((read, line), (data, expected)) in reads(&mut names).into_iter().zip(bodies) {
        let reply = Reply::json(200, format!(r#"{{"code":0,"data":{data}}}"#));
        assert_eq!(account().answer(&read, &names, &reply), Ok(expected), "{line}");
    }
}
