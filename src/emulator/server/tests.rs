//! The world on a port, called over real sockets.

use super::*;
use crate::emulator::testing::{CIDS, setup};

/// One request over a socket: the whole answer as text, or nothing where the line was cut.
async fn ask(address: SocketAddr, method: &str, path: &str, token: &str, body: &str) -> String {
    let stream = TcpStream::connect(address).await.expect("a connection");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nTOKEN: {token}\r\nauthorization: Basic YTpi\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.writable().await.expect("room");
    assert_eq!(stream.try_write(request.as_bytes()).expect("a write"), request.len());
    let mut all = Vec::new();
    loop {
        stream.readable().await.expect("bytes or an end");
        let mut piece = [0; 4096];
        match stream.try_read(&mut piece) {
            Ok(0) => return String::from_utf8(all).expect("text"),
            Ok(len) => all.extend_from_slice(&piece[..len]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return String::new(),
            Err(error) => panic!("{error}"),
        }
    }
}

fn with_server<F: Future>(yaml: &str, work: impl FnOnce(SocketAddr, SharedWorld) -> F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let world = Arc::new(Mutex::new(World::new(setup(yaml))));
    runtime.block_on(async {
        let listener = listen("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(serve(listener, world.clone(), Clock::real(), std::future::pending()));
        work(address, world).await
    })
}

#[test]
fn both_vendors_answer_on_one_port() {
    with_server("", |address, world| async move {
        let open = format!(r#"{{"sign":"x","timestamp":"{}","appkey":"k"}}"#, Clock::real().now().0);
        let reply = ask(address, "POST", "/v2/APP/auth", "", &open).await;
        let token =
            reply.split(r#""token":""#).nth(1).expect(&reply).split('"').next().expect("a token").to_owned();
        let body = format!(r#"{{"data_list":[{{"cid":"{}","alias":"a"}}]}}"#, CIDS[0]);
        let reply = ask(address, "POST", "/v2/APP/user/alias", &token, &body).await;
        assert!(
            reply.starts_with("HTTP/1.1 200 OK\r\n") && reply.ends_with(r#"{"code":0,"msg":"success"}"#),
            "{reply}"
        );
        assert_eq!(world.lock().expect("a world").alias_of(CIDS[0]), Some("a"));
        let reply = ask(address, "GET", "/v3/property/total_num", "", "").await;
        assert!(
            reply.contains("x-rate-limit-remaining: 599") && reply.ends_with(r#"{"total":0}"#),
            "{reply}"
        );
    });
}

#[test]
fn a_method_that_no_vendor_has_is_refused_in_the_words_of_the_vendor_of_the_path() {
    with_server("", |address, world| async move {
        for (path, expected) in [
            ("/v3/property", r#"405 {"error":{"code":405,"message":"no such endpoint"}}"#),
            ("/v3/nothing", r#"404 {"error":{"code":404,"message":"no such endpoint"}}"#),
            ("/v2/APP/user/alias", r#"405 {"code":405,"msg":"no such endpoint"}"#),
            ("/_emulator/world", r#"404 {"error":"there are violations, stats, world and faults"}"#),
        ] {
            let reply = ask(address, "PATCH", path, "", "").await;
            let (head, body) = reply.split_once("\r\n\r\n").expect("a head and a body");
            let status = head.split(' ').nth(1).expect("a status");
            assert_eq!(format!("{status} {body}"), expected, "{path}");
        }
        assert_eq!(world.lock().expect("a world").violations().len(), 3);
    });
}

#[test]
fn a_cut_line_brings_nothing_and_the_next_one_works() {
    let faults = "faults: [{on: jpush.property.add, call: 1, do: cut_before}, {on: jpush.property.add, call: 2, do: cut_after}]";
    with_server(faults, |address, world| async move {
        let body = r#"{"property_name":"p","property_desc":"","property_type":"bool"}"#;
        for expected in [None, Some(())] {
            assert_eq!(ask(address, "POST", "/v3/property", "", body).await, "");
            assert_eq!(world.lock().expect("a world").property("p").map(|_| ()), expected);
        }
        assert!(ask(address, "POST", "/v3/property", "", body).await.contains("1101"));
    });
}

#[test]
fn a_test_outside_can_look_into_the_world_and_change_it() {
    with_server("", |address, world| async move {
        ask(address, "GET", "/v2/APP/nothing", "", "").await;
        ask(address, "GET", "/v3/property", "", "").await;
        let reply = ask(address, "GET", "/_emulator/violations", "", "").await;
        assert!(
            reply.contains(r#""counts":{"unknown_endpoint":1}"#) && reply.ends_with(r#""total":1}"#),
            "{reply}"
        );
        let reply = ask(address, "GET", "/_emulator/stats", "", "").await;
        assert!(reply.ends_with(r#"{"jpush.property.list":{"calls":1,"refused":0}}"#), "{reply}");
        let fault = r#"{"on":"*","do":"empty","carried_out":false}"#;
        assert!(ask(address, "POST", "/_emulator/faults", "", fault).await.starts_with("HTTP/1.1 200"));
        assert!(ask(address, "GET", "/v3/property", "", "").await.ends_with("\r\n\r\n"));
        let reply = ask(address, "GET", "/_emulator/world", "", "").await;
        let saved = reply.split("\r\n\r\n").nth(1).expect("a body").to_owned();
        ask(address, "PUT", "/_emulator/world", "", "jpush: {properties: {p: {type: bool}}}").await;
        assert!(world.lock().expect("a world").property("p").is_some());
        ask(address, "PUT", "/_emulator/world", "", &saved).await;
        assert_eq!(world.lock().expect("a world").violations().len(), 1);
        let reply = ask(address, "PUT", "/_emulator/world", "", "getui: 5").await;
        assert!(reply.starts_with("HTTP/1.1 400"), "{reply}");
    });
}

#[test]
fn it_listens_on_loopback_addresses_only() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for (address, summary) in [
            ("0.0.0.0:0", "the emulator listens on loopback addresses only, and `0.0.0.0:0` is none"),
            ("nowhere", "`nowhere` is no address"),
        ] {
            let problems = listen(address).await.expect_err("refused");
            assert_eq!(problems.list()[0].summary, summary);
        }
        for address in ["localhost:0", "0", "[::1]:0"] {
            listen(address)
                .await
                .unwrap_or_else(|problems| panic!("{address}: {}", problems.list()[0].summary));
        }
    });
}
