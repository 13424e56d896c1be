//! The scripts of the GitHub action: comments that rewrite themselves, outputs, and exit codes.

use super::host::{BOT, Host, TOKEN};
use super::tool::{Pipeline, Ran, source};

/// A run of the action for pull request 7.
fn on_pull_request(host: &Host) -> Pipeline {
    let mut pipeline = Pipeline::new();
    pipeline.set("GITHUB_API_URL", host.address()).set("GITHUB_REPOSITORY", "shop/audience");
    pipeline.set("GITHUB_GRAPHQL_URL", &format!("{}/graphql", host.address()));
    pipeline.set("GITHUB_RUN_ID", "42").set("PUSHFORM_COMMIT", "0123456789abcdef0123");
    pipeline.set("PUSHFORM_PULL_REQUEST", "7").set("PUSHFORM_TOKEN", TOKEN).set("PUSHFORM_NAME", "project");
    pipeline.set("PUSHFORM_FOLDER", "project").set("PUSHFORM_ARGUMENTS", "--emulate");
    pipeline
}

fn run(pipeline: &mut Pipeline, command: &str) -> Ran {
    let script = source("ci/github/run.sh").display().to_string();
    pipeline.set("PUSHFORM_COMMAND", command).bash(&[&script])
}

/// A host where other people have talked, so much that our comment is on the second page.
fn busy() -> Host {
    let mut comments: Vec<String> = (0..120).map(|at| format!("comment {at}")).collect();
    // Somebody quotes our comment, and somebody writes our hidden line: both stay as they are.
    comments.push("> <!-- pushform: project -->\n> ### Pushform: no changes".to_owned());
    comments.push("<!-- pushform: project -->\nnot ours".to_owned());
    Host::start(&comments)
}

#[test]
fn the_plan_is_one_comment_that_the_next_run_rewrites() {
    let host = busy();
    let mut pipeline = on_pull_request(&host);
    let first = run(&mut pipeline, "plan");
    first.is(0);
    assert_eq!((first.output("exitcode"), first.output("changes")), ("2", "true"));
    assert_eq!(["add", "change", "destroy"].map(|name| first.output(name)), ["4", "4", "1"]);
    let comments = host.comments();
    assert_eq!(comments.len(), 123, "one comment is new");
    let ours = &comments[122];
    let start = "<!-- pushform: project -->\n### Pushform: 4 to add, 4 to change, 1 to destroy\n";
    assert!(ours.starts_with(start), "{ours}");
    let end = "at 0123456789ab, [run](https://github.com/shop/audience/actions/runs/42)</sub>\n";
    assert!(ours.ends_with(end), "{ours}");

    pipeline.replace("project/manifests/audience.yaml", "spring_sale", "summer_sale");
    run(&mut pipeline, "plan").is(0);
    let again = host.comments();
    assert_eq!(again.len(), 123, "no comment is new");
    assert!(again[122].contains("summer_sale"), "{}", again[122]);
    assert_eq!(again[..122], comments[..122], "nobody else's comment is touched");
    assert!(host.calls().last().is_some_and(|call| call.starts_with("PATCH ")), "{:?}", host.calls());
}

/// Whoever the token belongs to: a workflow, an app, or a person.
#[test]
fn only_a_comment_of_our_own_is_rewritten() {
    let cases = [
        (Some("github-actions"), BOT),
        (Some("our-app[bot]"), "our-app[bot]"),
        (Some("ann"), "ann"),
        (None, BOT),
    ];
    for (viewer, login) in cases {
        let host = Host::start_as(&["<!-- pushform: project -->\nnot ours".to_owned()], viewer, login);
        let mut pipeline = on_pull_request(&host);
        for _ in 0..2 {
            let ran = run(&mut pipeline, "plan");
            assert!(!ran.is(0).text.contains("\n::add-mask"), "{}", ran.text);
        }
        let comments = host.comments();
        assert_eq!(comments.len(), 2, "{viewer:?} {login}: {comments:?}");
        assert!(comments[0].ends_with("\nnot ours"), "{viewer:?} {login}: {comments:?}");
    }
}

/// A runner that cancels a job sends a signal to the script.
#[test]
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "a signal comes at some real moment")]
fn a_signal_reaches_the_command_and_its_output_is_seen_while_it_comes() {
    use std::io::{BufRead, BufReader};
    use std::time::{Duration, Instant};
    let host = Host::start(&[]);
    let mut pipeline = on_pull_request(&host);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = silent.local_addr().expect("an address").port();
    let text = format!(
        "getui:\n  app_id: a\n  app_key: ${{KEY}}\n  master_secret: ${{SECRET}}\n  base_url: http://127.0.0.1:{port}/v2\nmanifests: [manifests]\n"
    );
    std::fs::write(pipeline.path("project/pushform.yaml"), text).expect("a file");
    let manifest = "getui:\n  blacklist: [e605a0db5ce3cca9b76b012978064940]\n";
    std::fs::write(pipeline.path("project/manifests/audience.yaml"), manifest).expect("a file");
    pipeline
        .set("KEY", "k")
        .set("SECRET", "s")
        .set("PUSHFORM_ARGUMENTS", "-vv")
        .set("PUSHFORM_COMMAND", "apply")
        .set("PUSHFORM_COMMENT", "false");
    let mut child = pipeline.start(&source("ci/github/run.sh").display().to_string());
    let mut err = BufReader::new(child.stderr.take().expect("a pipe"));
    // It asks who answers, and nobody does.
    let asked = silent.accept().expect("a call");
    let id = child.id().to_string();
    std::thread::sleep(Duration::from_millis(500));
    let sent = std::process::Command::new("kill").args(["-TERM", &id]).status().expect("kill starts");
    assert!(sent.success());
    let at = Instant::now();
    let mut line = String::new();
    err.read_line(&mut line).expect("a line");
    assert!(line.contains("Interrupt received"), "{line}");
    assert!(at.elapsed() < Duration::from_secs(2), "it was not shown while it came: {:?}", at.elapsed());
    let code = child.wait().expect("it ends").code();
    assert!(at.elapsed() < Duration::from_secs(9), "{:?}", at.elapsed());
    assert_eq!(code, Some(130));
    drop(asked);
}

#[test]
fn two_projects_have_a_comment_each() {
    let host = Host::start(&[]);
    let mut pipeline = on_pull_request(&host);
    run(&mut pipeline, "plan").is(0);
    pipeline.set("PUSHFORM_NAME", "other --> `x`");
    run(&mut pipeline, "plan").is(0);
    run(&mut pipeline, "plan").is(0);
    let heads: Vec<String> =
        host.comments().iter().filter_map(|text| Some(text.lines().next()?.to_owned())).collect();
    assert_eq!(heads, ["<!-- pushform: project -->", "<!-- pushform: other - -> 'x' -->"]);
}

#[test]
fn a_plan_that_fails_says_why_in_the_comment() {
    let host = Host::start(&[]);
    let mut pipeline = on_pull_request(&host);
    pipeline.replace("project/manifests/audience.yaml", "type: number", "type: numbre");
    let ran = run(&mut pipeline, "plan");
    assert_eq!(ran.is(1).output("exitcode"), "1");
    let comments = host.comments();
    let [comment] = comments.as_slice() else { panic!("one comment, not {comments:?}") };
    assert!(comment.contains("### Pushform: no plan, exit code 1\n\n    "), "{comment}");
    assert!(comment.contains("numbre"), "{comment}");
}

#[test]
fn a_run_that_may_not_comment_plans_all_the_same() {
    let host = Host::start(&[]);
    let mut pipeline = on_pull_request(&host);
    pipeline.set("PUSHFORM_TOKEN", "of a fork");
    let ran = run(&mut pipeline, "plan");
    ran.is(0);
    assert!(ran.text.contains("::warning::") && ran.text.contains("403"), "{}", ran.text);
    assert_eq!(ran.output("changes"), "true");
    assert!(!host.calls().is_empty() && host.comments().is_empty());
}

#[test]
fn without_a_pull_request_nothing_is_commented() {
    let host = Host::start(&[]);
    let mut pipeline = on_pull_request(&host);
    pipeline.set("PUSHFORM_PULL_REQUEST", "");
    run(&mut pipeline, "plan").is(0);
    pipeline.set("PUSHFORM_PULL_REQUEST", "7").set("PUSHFORM_COMMENT", "false");
    run(&mut pipeline, "plan").is(0);
    assert_eq!(host.calls(), Vec::<String>::new());
}

#[test]
fn names_are_hidden_in_comment_and_page_where_that_is_asked_for() {
    let host = Host::start(&[]);
    let mut pipeline = on_pull_request(&host);
    let ran = run(pipeline.set("PUSHFORM_MASK", "true"), "plan");
    let page = std::fs::read_to_string(ran.is(0).output("page")).expect("a page");
    for (what, text) in [("comment", &host.comments().concat()), ("page", &page), ("log", &ran.text)] {
        assert!(text.contains("alias#1"), "the {what} shows changes:\n{text}");
        for name in ["alice_w", "e605a0db5ce3cca9b76b012978064940"] {
            assert!(!text.contains(name), "{name} is in the {what}:\n{text}");
        }
    }
}

#[test]
fn arguments_are_words_and_never_shell() {
    let host = Host::start(&[]);
    let mut pipeline = on_pull_request(&host);
    pipeline.set(
        "PUSHFORM_ARGUMENTS",
        "--emulate --target getui.alias[*] --target $(touch${IFS}gone) ; touch gone",
    );
    run(&mut pipeline, "plan").is(1);
    assert!(!pipeline.path("gone").exists(), "an argument was run");
    pipeline.set("PUSHFORM_ARGUMENTS", "--emulate --target getui.*");
    assert_eq!(run(&mut pipeline, "plan").is(0).output("destroy"), "0", "a star selects and finds no files");
}

#[test]
fn a_merge_applies_and_the_night_finds_no_drift() {
    let host = Host::start(&[]);
    let mut pipeline = on_pull_request(&host);
    let planned = run(&mut pipeline, "plan");
    let plan = planned.is(0).output("plan-file").to_owned();
    pipeline.set("PUSHFORM_PLAN_FILE", &plan);
    assert_eq!(run(&mut pipeline, "apply").is(0).output("waits"), "false");
    // The same plan again has nothing left to do.
    let again = run(&mut pipeline, "apply");
    assert_eq!(again.is(0).output("exitcode"), "0");
    assert!(again.text.contains("already applied"), "{}", again.text);
    pipeline.set("PUSHFORM_PLAN_FILE", "");
    run(&mut pipeline, "apply").is(0);
    assert_eq!(run(&mut pipeline, "drift").is(0).output("changes"), "false");
    pipeline.replace("project/.pushform/emulated-world.json", "alice_w", "somebody");
    assert_eq!(run(&mut pipeline, "drift").is(2).output("changes"), "true");
}

#[test]
fn an_apply_that_waits_for_a_limit_is_green_and_says_so() {
    let host = Host::start(&[]);
    let mut pipeline = on_pull_request(&host);
    let limits = "  limits: {tag_batch: [100/1m, 1/1d], tag_overwrite_per_user: 0/1d}\njpush:";
    pipeline.replace("project/pushform.yaml", "jpush:", limits);
    let ran = run(&mut pipeline, "apply");
    assert_eq!((ran.is(0).output("exitcode"), ran.output("waits")), ("3", "true"));
    assert!(ran.text.contains("::notice::"), "{}", ran.text);
}

#[test]
fn an_unknown_command_is_refused() {
    let host = Host::start(&[]);
    let ran = run(&mut on_pull_request(&host), "destroy");
    assert!(ran.is(1).text.contains("one of validate, plan, apply, drift"), "{}", ran.text);
}

#[test]
fn a_tool_that_is_there_is_not_built_again() {
    let mut pipeline = Pipeline::new();
    pipeline.set("GITHUB_ACTION_PATH", &source("").display().to_string());
    let script = source("ci/github/tool.sh").display().to_string();
    assert_eq!(pipeline.bash(&[&script, "look"]).is(0).output("missing"), "false");
    pipeline.set("PATH", "/usr/bin:/bin");
    let ran = pipeline.bash(&[&script, "look"]);
    assert_eq!(ran.is(0).output("missing"), "true");
    let key = ran.output("key");
    assert!(key.starts_with("pushform-unknown-unknown-") && key.len() > 60, "{key}");
    assert_eq!(key, pipeline.bash(&[&script, "look"]).output("key"), "the same sources have the same key");
}
