//! What comes from outside and means no good: saved plans, ids and replies.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::tool::{ALICE, Project};
use super::vendors::{SECRETS, Vendors};

/// A plan saved against a running emulator.
fn saved() -> (Project, Vendors) {
    let mut project = Project::new();
    let vendors = Vendors::start(&project, "");
    vendors.point(&mut project);
    project.ends(0, "plan -o plan.json");
    (project, vendors)
}

/// The text with a digest that fits, as somebody would make it who knows the format.
fn with_digest(text: &str) -> String {
    let body = text.split(",\n\"digest\"").next().unwrap_or_default();
    format!("{body},\n\"digest\":\"{}\"}}\n", blake3::hash(body.as_bytes()).to_hex())
}

#[test]
fn a_changed_digit_of_a_saved_plan_ends_with_code_6_and_nothing_is_sent() {
    let (project, vendors) = saved();
    let before = vendors.writes();
    let plan = project.read("plan.json");
    let digits: Vec<usize> =
        plan.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
    // The first two are the version of the format, which says of itself that it does not fit.
    for at in digits.iter().skip(2).step_by(digits.len() / 12) {
        let mut changed = plan.clone().into_bytes();
        changed[*at] = if changed[*at] == b'7' { b'8' } else { b'7' };
        std::fs::write(project.folder().join("plan.json"), changed).expect("a file in the project");
        project.ends(6, "apply plan.json");
    }
    assert_eq!(vendors.writes(), before);
}

#[test]
fn a_path_a_method_or_a_body_of_a_saved_plan_is_never_sent() {
    let (project, vendors) = saved();
    let before = vendors.writes();
    let plan = project.read("plan.json");
    for (from, to) in [
        ("\"path\":\"/user/", "\"path\":\"/../../other-app/user/"),
        ("\"path\":\"/user/", "\"path\":\"https://evil.example/user/"),
        ("\"path\":\"/user/", "\"path\":\"@evil.example/user/"),
        ("\"method\":\"POST\"", "\"method\":\"DELETE\""),
        ("\"body\":{", "\"body\":{\"more\":1,"),
    ] {
        assert!(plan.contains(from), "`{from}` is not in the plan:\n{plan}");
        project.write("plan.json", &with_digest(&plan.replacen(from, to, 1)));
        let ran = project.ends(1, "apply plan.json");
        assert!(ran.stderr.contains("is not the call that its rows need"), "{from} -> {to}: {}", ran.stderr);
    }
    assert_eq!(vendors.writes(), before);
}

#[test]
fn an_id_that_would_leave_its_place_in_a_path_is_refused_before_anything_is_called() {
    let (project, vendors) = saved();
    let before = vendors.control("GET", "stats", "");
    for id in ["../../auth", "a/b", "..", "a%2fb", "a?b", "a#b", "a\u{7}b", "a,b"] {
        let ran = project.run(&format!("user {id}"));
        assert_eq!(ran.code, 1, "{id:?}: {}", ran.shown());
        let quoted = serde_json::Value::from(id);
        project.write("manifests/more.yaml", &format!("getui:\n  blacklist: [{quoted}]\n"));
        assert_eq!(project.run("plan").code, 1, "{id:?} was planned");
    }
    assert_eq!(vendors.control("GET", "stats", ""), before, "something was called");
}

/// Answers everything with these bytes; counts who comes.
fn answers(reply: String) -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let came = Arc::new(AtomicU64::new(0));
    let count = came.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::SeqCst);
            drop(answer(stream, &reply));
        }
    });
    (address, came)
}

fn answer(mut stream: TcpStream, reply: &str) -> std::io::Result<()> {
    let mut request = [0; 8_192];
    let read = stream.read(&mut request)?;
    assert!(read > 0 || reply.is_empty(), "a connection without a request");
    stream.write_all(reply.as_bytes())
}

#[test]
fn a_redirect_takes_no_credentials_to_another_host() {
    let (elsewhere, came) = answers(String::new());
    let head =
        format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{elsewhere}/v2/demo-app/auth\r\n");
    let (here, asked) = answers(format!("{head}Content-Length: 0\r\nConnection: close\r\n\r\n"));
    let mut project = Project::new();
    for (name, value) in SECRETS {
        project.set(name, value);
    }
    for (after, path) in [("${GETUI_APP_ID}", "/v2"), ("${JPUSH_APP_KEY}", "")] {
        project.replace("pushform.yaml", after, &format!("{after}\n  base_url: http://{here}{path}"));
    }
    let ran = project.ends(1, "-vv plan");
    assert!(ran.stderr.contains("a redirect, which is not followed"), "{}", ran.stderr);
    assert!(asked.load(Ordering::SeqCst) > 0, "nobody asked");
    project.run(&format!("user {ALICE}"));
    assert_eq!(came.load(Ordering::SeqCst), 0, "somebody followed the redirect");
}
