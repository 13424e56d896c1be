//! What comes from outside and means no good: saved plans, ids and replies.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::plan_file::{lines, packed};
use super::tool::{ALICE, BOB, Project};
use super::vendors::{SECRETS, Vendors};

/// A plan saved against a running emulator.
fn saved() -> (Project, Vendors) {
    let mut project = Project::new();
    let vendors = Vendors::start(&project, "");
    vendors.point(&mut project);
    let document = project.ends(0, "plan --json -o plan.pushform").stdout;
    project.write("plan.json", &document);
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
    let half = plan.char_indices().nth(plan.chars().count() / 2).map_or(0, |(at, _)| at);
    let without_a_value = with_digest(&plan.replacen("\"created_at\":\"", "\"created_at\":\"x", 1));
    for damaged in [&plan[..half], plan.trim_end_matches(['}', '\n']), &without_a_value] {
        project.write("plan.json", damaged);
        project.ends(6, "apply plan.json");
    }
    let lines = std::fs::read(project.folder().join("plan.pushform")).expect("a file in the project");
    for at in (0..lines.len()).step_by(lines.len() / 12) {
        let mut changed = lines.clone();
        changed[at] ^= 4;
        std::fs::write(project.folder().join("plan.pushform"), changed).expect("a file in the project");
        project.ends(6, "apply plan.pushform");
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
        let ran = project.ends(6, "apply plan.json");
        assert!(ran.stderr.contains("is not the call that its rows need"), "{from} -> {to}: {}", ran.stderr);
    }
    assert_eq!(vendors.writes(), before);
}

#[test]
fn lines_of_a_saved_plan_that_do_not_make_a_plan_send_nothing() {
    let (project, vendors) = saved();
    let before = vendors.writes();
    let plan = lines(&std::fs::read(project.folder().join("plan.pushform")).expect("a file in the project"));
    for (from, to) in [
        ("{\"call\":", "{\"other\":"),
        ("\"changes\":[", "\"changes\":[9000,"),
        ("\"of\":\"getui.alias\",\"name\":", "\"of\":\"getui.alias\",\"name\":9000"),
        ("{\"texts\":[", "{\"texts\":[\"set\","),
    ] {
        assert!(plan.contains(from), "`{from}` is not in the plan:\n{plan}");
        let forged = packed(&plan.replacen(from, to, 1));
        std::fs::write(project.folder().join("plan.pushform"), forged).expect("a file in the project");
        let ran = project.ends(6, "apply plan.pushform");
        assert!(ran.stderr.contains("the saved plan is damaged"), "{from} -> {to}: {}", ran.stderr);
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
    let words = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ").replace("│ ", "");
    let said = format!("a redirect to `http://{elsewhere}`, which is not followed");
    assert!(words.contains(&said), "{}", ran.stderr);
    assert!(asked.load(Ordering::SeqCst) > 0, "nobody asked");
    project.run(&format!("user {ALICE}"));
    assert_eq!(came.load(Ordering::SeqCst), 0, "somebody followed the redirect");
}

/// A tag is never an order to the build host, on any of our outputs.
#[test]
fn no_name_is_a_command_of_the_build_host() {
    const WORDS: [&str; 5] =
        ["::stop-commands::x", "::add-mask::1", "##[error]x", "##vso[task.complete]", "##teamcity[x]"];
    let list = WORDS.map(|word| format!("\"{word}\"")).join(", ");
    let manifest = format!(
        "getui:\n  tag_sets:\n    {ALICE}: [{list}, more]\n  tag_members:\n    \"::notice::x\": [{BOB}]\n"
    );
    let world = format!(
        "getui:\n  users:\n    {ALICE}: {{tags: [{list}, \"::group::x\"]}}\n    {BOB}: {{tags: []}}\n"
    );
    let mut project = Project::of(&manifest, &world, "");
    project.write(
        "manifests/crooked.yaml",
        "getui:\n    blacklist:\n      - \"::add-mask::1\"\n      - ##[error]x\n",
    );
    project.run("fmt manifests/audience.yaml");
    project.set("GITHUB_ACTIONS", "true");
    let mut all = Vec::new();
    for words in ["fmt --check manifests/crooked.yaml", "validate", "validate --json"] {
        all.push((words, project.run(words)));
    }
    std::fs::remove_file(project.folder().join("manifests/crooked.yaml")).expect("a file of the project");
    for words in [
        "plan --emulate",
        "plan --emulate --json",
        "plan --emulate --markdown",
        "-vv apply --emulate --auto-approve",
        "drift --emulate",
        "drift --emulate --json",
        "drift --emulate --markdown",
        "state list --emulate",
        "state show getui.* --emulate",
        "state export --emulate",
        "user --emulate e605a0db5ce3cca9b76b012978064940",
        "user --emulate --json e605a0db5ce3cca9b76b012978064940",
    ] {
        let ran = project.run(words);
        assert!(!ran.stdout.is_empty(), "{words}: {}", ran.stderr);
        all.push((words, ran));
    }
    for (words, ran) in &all {
        for line in ran.stdout.lines().chain(ran.stderr.lines()) {
            let is_ours = line.starts_with("::error ") || line.starts_with("::warning ");
            let is_command = line.trim_start().starts_with("::") && !is_ours;
            let is_old_command = ["##[", "##vso[", "##teamcity["].iter().any(|word| line.contains(word));
            assert!(!is_command && !is_old_command, "{words} says to the host: {line}");
        }
    }
    let plan = &all.iter().find(|(words, _)| *words == "plan --emulate --json").expect("a plan").1.stdout;
    let plan: serde_json::Value = serde_json::from_str(plan).expect("JSON");
    let after = plan["resource_changes"][0]["change"]["after"]["tags"].to_string();
    for word in WORDS {
        assert!(after.contains(word), "JSON says what it said: {after}");
    }
}

/// What `plan` says of what answers at this address.
fn plan_at(base: &str) -> String {
    let mut project = Project::empty();
    for (name, value) in SECRETS {
        project.set(name, value);
    }
    let account =
        "app_id: ${GETUI_APP_ID}\n  app_key: ${GETUI_APP_KEY}\n  master_secret: ${GETUI_MASTER_SECRET}";
    project
        .write("pushform.yaml", &format!("getui:\n  {account}\n  base_url: {base}\nmanifests: [a.yaml]\n"));
    project.write("a.yaml", &format!("getui:\n  aliases:\n    alice: [{ALICE}]\n"));
    let ran = project.ends(1, "plan");
    assert!(!ran.stderr.contains("marked-"), "{}", ran.stderr);
    ran.stderr
}

fn reply(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

#[test]
fn a_refused_sign_in_blames_what_its_code_names() {
    let centre =
        r#"{"code":301,"msg":"x","data":{"host_list":["https://restapi-hz.example","https://b.example"]}}"#;
    for (reply, said) in [
        (reply("200 OK", "", centre), "https://restapi-hz.example, https://b.example"),
        (reply("401 No", "", r#"{"code":10002,"msg":"x"}"#), "IP allow list"),
        (reply("404 No", "", r#"{"code":404,"msg":"x"}"#), "ends with `/v2`"),
        (reply("404 No", "", "<html>"), "ends with `/v2`"),
        (
            reply("302 Found", "Location: https://login.example/sso?t=marked-x\r\n", ""),
            "`https://login.example`",
        ),
    ] {
        let (address, _) = answers(reply);
        let told = plan_at(&format!("http://{address}/v2"));
        let words = told.split_whitespace().collect::<Vec<_>>().join(" ").replace("│ ", "");
        assert!(words.contains(said), "{said} is not in {told}");
        assert!(!told.contains("master_secret") && !told.contains("clock"), "{told}");
    }
}

#[test]
fn an_address_that_cannot_be_getuis_is_noticed_before_anything_is_called() {
    for (base, said) in [
        ("https://restapi.getui.com", "does not end with `/v2`"),
        ("https://restapi.getui.com/v2/demo-app", "contains the app's id"),
    ] {
        let project = Project::empty();
        let text = format!(
            "getui: {{app_id: demo-app, app_key: k, master_secret: s, base_url: \"{base}\"}}\nmanifests: []\n"
        );
        project.write("pushform.yaml", &text);
        let ran = project.ends(0, "validate");
        assert!(ran.stderr.contains("warning") && ran.stderr.contains(said), "{}", ran.stderr);
    }
}

/// A self-signed certificate of an authority, and its key, which nobody trusts.
const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUGxoSa0zNiIdOqLPPGaDL+HaFzAowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEzMDIwMzMxMVoYDzIxMjYxMTA2
MjAzMzExWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQ6r2VS4kBQydxH80VKTNjPnxf5u95Km/EdDSUZUwP3vTiWkgEHY9kk
FJDHFprfOUmoKJbu4D3Hq3lY7d93C7too28wbTAdBgNVHQ4EFgQUQas0J4y9lG2e
lDomQc70Yyo3w3owHwYDVR0jBBgwFoAUQas0J4y9lG2elDomQc70Yyo3w3owDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhAMAX8U2ro+hrQYukXBzFbAUJiZLCzY0AM2l6egaGTjbEAiEA
uoQKfTpKY9i6AhdLoYVGX3Rgwy6pm0rxciOO8hfqxlI=
-----END CERTIFICATE-----
";
const CERTIFICATE_KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgwz5LjOMrqbiZ+GIL
OQLxzLXTSX5IkJ7cfD5Ipt3rn/ShRANCAAQ6r2VS4kBQydxH80VKTNjPnxf5u95K
m/EdDSUZUwP3vTiWkgEHY9kkFJDHFprfOUmoKJbu4D3Hq3lY7d93C7to
-----END PRIVATE KEY-----
";

#[test]
fn a_certificate_that_nobody_trusts_is_said_to_be_one() {
    use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use tokio_rustls::rustls::{ServerConfig, ServerConnection};
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(CERTIFICATE_KEY.as_bytes()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate with its key");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            drop(connection.complete_io(&mut stream));
        }
    });
    let told = plan_at(&format!("https://{address}/v2"));
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ").replace("│ ", "");
    assert!(words.contains("the certificate is not trusted: "), "{told}");
    assert!(words.contains("`SSL_CERT_FILE`"), "{told}");
}

#[test]
fn a_proxy_that_does_not_answer_is_named_by_its_variable() {
    for (variable, address, said) in [
        ("ALL_PROXY", "socks5://ann:hunter2@127.0.0.1:1", "expected http:// or https://"),
        ("HTTPS_PROXY", "http://ann:hunter2@127.0.0.1:1", "`HTTPS_PROXY` names the proxy http://127.0.0.1:1"),
    ] {
        let mut project = Project::new();
        for (name, value) in SECRETS {
            project.set(name, value);
        }
        project.set(variable, address);
        let ran = project.ends(1, "plan");
        let words = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ").replace("│ ", "");
        assert!(words.contains(&format!("`{variable}`")) && words.contains(said), "{}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }
}
