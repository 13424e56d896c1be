//! Every request as the vendor's document shows it, and what each spends.

use super::*;
use crate::kind::Definition;
use crate::quota::Quota;
use crate::timestamp::Zone;
use crate::wire::HeaderValue;

fn account() -> Jpush {
    Jpush::new("k", Secret::new("m4ster".to_owned()))
}

/// `POST /path body`
fn line(request: &Request) -> String {
    assert_eq!(request.headers, [], "a request carries no header before it is authorized");
    let body = request.body.as_deref().map(|body| format!(" {body}")).unwrap_or_default();
    format!("{} {}{body}", request.method.word(), request.path)
}

fn quotas() -> Quotas {
    let quota = |vendor| Quota {
        vendor,
        name: "requests",
        limits: Vec::new(),
        zone: Zone::shanghai(),
        reserve_percent: 0,
    };
    Quotas::new(vec![quota(Vendor::Getui), quota(Vendor::Jpush)])
}

fn reads(names: &mut Names) -> Vec<(Read, &'static str)> {
    vec![
        (Read::Properties(1), "GET /v3/property?page=1&page_size=100"),
        (
            Read::DevicesOf(names.intern("等 级/x"), 2),
            "GET /v3/property/%E7%AD%89%20%E7%BA%A7%2Fx?page=2&page_size=1000",
        ),
        (Read::ValuesOf(names.intern("121c83f7602bda9ba31")), "GET /v3/property/bind/121c83f7602bda9ba31"),
        (
            Read::HasValue(names.intern("121c83f7602bda9ba31"), names.intern("property_name")),
            "GET /v3/property/property_name/bind/121c83f7602bda9ba31",
        ),
    ]
}

fn writes(names: &mut Names) -> Vec<(Write, &'static str)> {
    let definition = names.intern(&Definition::encode("string", "a desc"));
    let mut name = |text| names.intern(text);
    let (r1, r2) = (name("registration_id1"), name("registration_id2"));
    let (p1, p2) = (name("property_name1"), name("property_name2"));
    vec![
        (
            Write::CreateProperty(p1, definition),
            r#"POST /v3/property {"property_name":"property_name1","property_desc":"a desc","property_type":"string"}"#,
        ),
        (
            Write::DescribeProperty(p1, definition),
            r#"PUT /v3/property/property_name1 {"property_desc":"a desc"}"#,
        ),
        (Write::DeleteProperty(name("a?b")), "DELETE /v3/property/a%3Fb"),
        (
            Write::SetValues(vec![
                (r1, p1, name("property_value1")),
                (r1, p2, name("3")),
                (r2, p1, name("true")),
            ]),
            concat!(
                r#"POST /v3/property/bind/registration_ids {"registration_id1":{"property_name1":"property_value1","#,
                r#""property_name2":"3"},"registration_id2":{"property_name1":"true"}}"#
            ),
        ),
        (Write::RemoveValue(r1, p1), "DELETE /v3/property/property_name1/bind/registration_id1"),
    ]
}

#[test]
fn every_question_is_asked_as_documented() {
    let mut names = Names::new();
    for (read, expected) in reads(&mut names) {
        assert_eq!(line(&account().read(&read, &names)), expected);
        assert_is_one_request(&account().read_spends(&read, &quotas()), expected);
    }
}

#[test]
fn every_call_is_made_as_documented() {
    let mut names = Names::new();
    for (write, expected) in writes(&mut names) {
        assert_eq!(line(&account().write(&write, &names)), expected);
        assert_is_one_request(&account().write_spends(&write, &names, &quotas()), expected);
    }
}

fn assert_is_one_request(spends: &[Spend], line: &str) {
    let quotas = quotas();
    let spent: Vec<_> = spends.iter().map(|spend| quotas.get(spend.quota).vendor).collect();
    assert_eq!(spent, [Vendor::Jpush], "{line}");
}

#[test]
fn what_is_not_declared_is_asked_as_documented() {
    assert_eq!(line(&property::total()), "GET /v3/property/total_num");
    assert_eq!(
        line(&device::is_bound("121c83f7602bda9ba31", "property_name")),
        "GET /v3/property/property_name/bind/121c83f7602bda9ba31"
    );
}

#[test]
fn the_credentials_travel_as_a_secret() {
    let request = account().authorize(plain(Method::Get, "/x"), None);
    // printf '%s' k:m4ster | base64
    let expected = HeaderValue::Secret(Secret::new("Basic azptNHN0ZXI=".to_owned()));
    assert_eq!(request.headers.last(), Some(&("authorization", expected)));
    let shown = format!("{request:?} {:?}", account());
    assert!(!shown.contains("m4ster") && !shown.contains("azptNHN0ZXI="), "{shown}");
}

#[test]
fn every_refusal_is_shown_without_the_secret() {
    let mut names = Names::new();
    let reply = Reply::json(400, r#"{"error":{"code":9002,"message":"m4ster, Basic azptNHN0ZXI="}}"#);
    for (read, line) in reads(&mut names) {
        let refusal = account().answer(&read, &names, &reply).expect_err(line);
        assert_eq!(refusal.words, "[secret], [secret]", "{line}");
    }
    for (write, line) in writes(&mut names) {
        let refusal = account().judge(&write, &names, &reply).expect_err(line);
        assert_eq!(refusal.words, "[secret], [secret]", "{line}");
    }
}

#[test]
fn success_without_content_is_success() {
    let mut names = Names::new();
    for body in ["", "{}", "null", r#"{"new":1}"#] {
        for (write, line) in writes(&mut names) {
            let judged = account().judge(&write, &names, &Reply::json(200, body));
            assert_eq!(judged, Ok(Vec::new()), "{line}: {body}");
        }
    }
}

#[test]
fn a_device_that_failed_is_named_once() {
    let mut names = Names::new();
    let (write, _) = writes(&mut names).swap_remove(3);
    let reply = Reply::json(
        200,
        r#"{"success":["registration_id2"],"error":{"registration_id1":{"code":9003,"msg":"bad"}}}"#,
    );
    let failed = account().judge(&write, &names, &reply).expect("a judgement");
    let shown: Vec<_> =
        failed.iter().map(|row| (row.subject.as_str(), row.code, row.words.as_str())).collect();
    assert_eq!(shown, [("registration_id1", Some(9003), "bad")]);
}
