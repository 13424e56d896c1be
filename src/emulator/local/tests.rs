//! The world inside the process, called as a client calls it.

use super::*;
use crate::emulator::Setup;
use crate::emulator::testing::{CIDS, setup};
use crate::emulator::world_file::write_saved;
use crate::timestamp::Timestamp;
use crate::wire::Method;

fn on_virtual_time<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(work)
}

fn vendors(setup: Setup) -> LocalVendors {
    let clock = Clock::starting_at(Timestamp(1_795_312_800_000));
    LocalVendors::new(Rc::new(RefCell::new(World::new(setup))), clock, "APP")
}

async fn token(vendors: &LocalVendors) -> String {
    let body = r#"{"sign":"x","timestamp":1795312800000,"appkey":"k"}"#;
    let request = Request::new(Vendor::Getui, Method::Post, "/auth").body(body.to_owned());
    let reply = vendors.send(&request).await.expect("a reply");
    let body: serde_json::Value = serde_json::from_slice(&reply.body).expect("JSON");
    body["data"]["token"].as_str().expect("a token").to_owned()
}

/// What comes of a bind of an alias, how long it took, and the alias afterwards.
async fn bind(yaml: &str) -> String {
    let vendors = vendors(setup(yaml));
    let token = HeaderValue::Plain(token(&vendors).await);
    let body = format!(r#"{{"data_list":[{{"cid":"{}","alias":"a"}}]}}"#, CIDS[0]);
    let request = Request::new(Vendor::Getui, Method::Post, "/user/alias").body(body).header("token", token);
    let before = vendors.clock.now();
    let end = match vendors.send(&request).await {
        Ok(reply) => format!("{} {}", reply.status, String::from_utf8_lossy(&reply.body)),
        Err(Broken::NotSent(why)) => format!("not sent: {why}"),
        Err(Broken::NoReply(why)) => format!("no reply: {why}"),
    };
    let took = vendors.clock.now().since(before);
    let world = vendors.world().borrow();
    format!("{end} | {took} ms | {}", world.alias_of(CIDS[0]).unwrap_or("-"))
}

#[test]
fn faults_are_what_a_network_does() {
    const OK: &str = r#"200 {"code":0,"msg":"success"}"#;
    const PAGE: &str =
        "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
    for (yaml, expected) in [
        ("", format!("{OK} | 0 ms | a")),
        ("latency_ms: 80", format!("{OK} | 80 ms | a")),
        ("faults: [{on: '*.alias.*', do: slow, ms: 500}]", format!("{OK} | 500 ms | a")),
        (
            "faults: [{on: '*.alias.*', do: slow, ms: 40000}]",
            "no reply: no reply in time | 30000 ms | a".to_owned(),
        ),
        ("faults: [{on: '*.alias.*', do: refuse}]", "not sent: connection refused | 0 ms | -".to_owned()),
        (
            "faults: [{on: '*.alias.*', do: cut_before}]",
            "no reply: connection reset by peer | 0 ms | -".to_owned(),
        ),
        (
            "faults: [{on: '*.alias.*', do: cut_after}]",
            "no reply: connection reset by peer | 0 ms | a".to_owned(),
        ),
        ("faults: [{on: '*.alias.*', do: status, status: 503}]", format!("503 {PAGE} | 0 ms | -")),
        ("faults: [{on: '*.alias.*', do: garbage, carried_out: true}]", format!("200 {PAGE} | 0 ms | a")),
        ("faults: [{on: '*.alias.*', do: empty}]", "200  | 0 ms | -".to_owned()),
        (
            "faults: [{on: '*.alias.*', do: token_gone}]",
            r#"401 {"code":10001,"msg":"token is invalid"} | 0 ms | -"#.to_owned(),
        ),
        (
            "faults: [{on: '*.alias.*', do: over_limit}]",
            r#"401 {"code":10005,"msg":"calls per minute over limit"} | 0 ms | -"#.to_owned(),
        ),
        (
            "faults: [{on: '*.alias.*', do: code, status: 200, code: 2, msg: starting}]",
            r#"200 {"code":2,"msg":"starting"} | 0 ms | -"#.to_owned(),
        ),
    ] {
        assert_eq!(on_virtual_time(bind(yaml)), expected, "{yaml}");
    }
}

#[test]
fn a_lost_session_is_nobodys_violation_and_a_new_one_helps() {
    on_virtual_time(async {
        let vendors = vendors(setup("faults: [{on: getui.alias.clear, call: 1, do: token_gone}]"));
        let token = HeaderValue::Plain(token(&vendors).await);
        let request = Request::new(Vendor::Getui, Method::Delete, "/user/alias/a").header("token", token);
        for _ in 0..2 {
            assert_eq!(vendors.send(&request).await.expect("a reply").status, 401);
        }
        let again = Request { headers: Vec::new(), ..request }
            .header("token", HeaderValue::Plain(self::token(&vendors).await));
        assert_eq!(vendors.send(&again).await.expect("a reply").status, 200);
        assert!(vendors.world().borrow().violations().is_empty());
    });
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = || {
        on_virtual_time(async {
            let vendors = vendors(setup(
                "{seed: 7, latency_ms: 20, latency_jitter_ms: 100, faults: [{probability: 0.3, do: cut_after, on: getui.alias.*}]}",
            ));
            let token = HeaderValue::Plain(token(&vendors).await);
            for i in 0..200 {
                let body = format!(r#"{{"data_list":[{{"cid":"{}","alias":"a{i}"}}]}}"#, CIDS[i % 3]);
                let bind = Request::new(Vendor::Getui, Method::Post, "/user/alias").body(body);
                let _ = vendors.send(&bind.header("token", token.clone())).await;
            }
            let world = vendors.world().borrow();
            (vendors.clock.now(), write_saved(&world))
        })
    };
    assert_eq!(run(), run());
}
