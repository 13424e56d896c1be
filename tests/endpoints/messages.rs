//! What a person reads when a vendor refuses: what happened, the vendor's code and words, what to do.
//!
//! The emulated vendors refuse by script, inside the process, so that waiting takes no time.

use std::fmt::Write as _;

use crate::run::Folder;

const A: &str = "a0000000000000000000000000000001";
const B: &str = "a0000000000000000000000000000002";
const C: &str = "a0000000000000000000000000000003";
const FOREIGN: &str = "b0000000000000000000000000000001";

const PROJECT: &str = "getui: {app_id: APP, app_key: \"${KEY}\", master_secret: \"${SECRET}\"}
\
    jpush: {app_key: \"${KEY}\", master_secret: \"${SECRET}\"}
";

/// A refusal: which calls, the HTTP status, the vendor's code and words.
type Refusal = (&'static str, u16, i64, &'static str);

const COUNT: &[&str] = &["count", "tag=vip"];
const PULL: &[&str] = &["pull"];
const APPLY: &[&str] = &["apply", "--auto-approve"];

/// What is run, and what the vendor says to it.
const REFUSALS: [(&[&str], Refusal); 27] = [
    (COUNT, ("getui.user.count", 200, 2, "service is starting")),
    (COUNT, ("getui.user.count", 200, 301, "wrong data centre")),
    (COUNT, ("getui.user.count", 401, 10001, "token is invalid")),
    (COUNT, ("getui.auth.open", 401, 10001, "sign is invalid")),
    (COUNT, ("getui.user.count", 401, 10002, "in blacklist")),
    (COUNT, ("getui.auth.open", 401, 10003, "auth over limit")),
    (COUNT, ("getui.user.count", 401, 10005, "calls per minute over limit")),
    (COUNT, ("getui.user.count", 400, 20001, "target user is invalid")),
    (COUNT, ("getui.user.count", 400, 20001, "contains duplicate cid")),
    (COUNT, ("getui.user.count", 400, 20001, "alias is invalid")),
    (COUNT, ("getui.user.count", 400, 20001, "data_list size over limit")),
    (COUNT, ("getui.user.count", 400, 20001, "cid can not be empty")),
    (COUNT, ("getui.user.count", 403, 30019, "system busy")),
    (COUNT, ("getui.user.count", 400, 99999, "something new")),
    (&["user", A], ("getui.tag.of_user", 403, 30001, "no permission for tags")),
    (&["user", A], ("getui.user.device_status", 403, 30020, "no permission")),
    (&["badge", "add", "1", A], ("getui.user.badge", 400, 20001, "target user is invalid")),
    (APPLY, ("getui.tag.bind", 400, 23001, "tag operation failed")),
    (APPLY, ("getui.tag.bind", 403, 30001, "no permission for tags")),
    (APPLY, ("getui.tag.bind", 403, 30011, "tag calls per day over limit")),
    (APPLY, ("getui.tag.bind", 403, 30012, "tag calls per minute over limit")),
    (APPLY, ("jpush.property.add", 400, 1101, "property name exist")),
    (PULL, ("jpush.property.list", 401, 9001, "auth failed")),
    (PULL, ("jpush.property.list", 401, 9002, "no permission")),
    (PULL, ("jpush.property.list", 400, 9003, "page is invalid")),
    (PULL, ("jpush.property.list", 500, 9004, "server error")),
    (PULL, ("jpush.property.list", 429, 2002, "Rate limit exceeded")),
];

fn folder(fault: &str) -> Folder {
    let world = format!(
        "getui:\n  users:\n    {A}: {{phone: ios}}\n    {C}: {{no_mini_program: true}}\n  foreign: [{FOREIGN}]\n{fault}"
    );
    let manifest = format!(
        "getui: {{tag_members: {{sale: [{A}, {B}]}}}}\njpush: {{properties: {{level: {{type: number}}}}}}\n"
    );
    Folder::of(&[("pushform.yaml", PROJECT), ("emulator.yaml", &world), ("manifests/all.yaml", &manifest)])
}

/// What is read on both streams, without the plan and with the same moment everywhere.
fn read(folder: &Folder, words: &[&str]) -> String {
    let words: Vec<&str> = words.iter().copied().chain(["--emulate"]).collect();
    let ended = folder.pushform(&words);
    let shown = ended.stdout.rsplit_once("\nCalls: ").map_or("", |(_, rest)| rest);
    let shown = shown.split_once('\n').map_or("", |(_, rest)| rest).trim();
    let both = format!("{shown}\n{}", ended.stderr);
    let marks = [" call · ", " calls · ", "reading live state: "];
    let is_progress = |line: &str| marks.iter().any(|mark| line.contains(mark));
    let is_said_always = |line: &str| line.starts_with("The vendors are emulated");
    let lines = both.lines().map(str::trim_end);
    let lines: Vec<&str> =
        lines.filter(|line| !(line.is_empty() || is_progress(line) || is_said_always(line))).collect();
    format!("{}\nexit code {}\n", timeless(&lines.join("\n")), ended.code.unwrap_or(-1))
}

/// The text with every date and time replaced.
fn timeless(text: &str) -> String {
    let pattern = b"dddd-dd-dd";
    let bytes = text.as_bytes();
    let is_date = |at: usize| {
        let here = bytes.get(at..at + pattern.len());
        here.is_some_and(|here| {
            here.iter().zip(pattern).all(|(b, p)| if *p == b'd' { b.is_ascii_digit() } else { b == p })
        })
    };
    let mut out = String::new();
    let mut at = 0;
    while at < text.len() {
        if is_date(at) {
            out.push_str("<moment>");
            at += pattern.len();
            let time = |b: u8| b.is_ascii_digit() || matches!(b, b'T' | b':' | b'.' | b'Z');
            let from = if bytes.get(at) == Some(&b' ') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
                at + 1
            } else {
                at
            };
            let len = bytes[from..].iter().take_while(|b| time(**b)).count();
            at = if len > 0 { from + len } else { at };
        } else {
            let c = text[at..].chars().next().expect("a character");
            out.push(c);
            at += c.len_utf8();
        }
    }
    out
}

#[test]
fn every_code_says_what_happened_and_what_to_do() {
    let mut text = String::new();
    for (words, (on, status, code, msg)) in REFUSALS {
        let fault =
            format!("faults: [{{on: {on}, do: code, status: {status}, code: {code}, msg: \"{msg}\"}}]\n");
        let read = read(&folder(&fault), words);
        write!(text, "$ pushform {}    # {on}: {status} {code}\n{read}\n", words.join(" "))
            .expect("a text grows");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn every_user_whose_token_is_refused_is_named_with_the_documents_remedy() {
    let stranger = "f0000000000000000000000000000009";
    let folder = folder("");
    folder.write(
        "emulator.yaml",
        &format!(
            "{}\n",
            folder.read("emulator.yaml").replace("getui:\n", "getui:\n  users_unknown: reject\n")
        ),
    );
    folder.write(
        "manifests/all.yaml",
        &format!("getui: {{device_tokens: {{wx: {{{A}: t1, {C}: t2, {stranger}: t3, {FOREIGN}: t4}}}}}}\n"),
    );
    insta::assert_snapshot!(read(&folder, &["apply", "--auto-approve", "--refresh", "none"]));
}

#[test]
fn what_is_no_reply_of_a_vendor_is_told_as_such() {
    let mut text = String::new();
    for fault in ["do: status, status: 502", "do: garbage", "do: empty", "do: refuse", "do: cut_after"] {
        let read = read(&folder(&format!("faults: [{{on: getui.user.count, {fault}}}]\n")), COUNT);
        write!(text, "$ pushform {}    # {fault}\n{read}\n", COUNT.join(" ")).expect("a text grows");
    }
    // Added twice is twice as much, so nobody repeats it.
    let read = read(&folder("faults: [{on: getui.user.badge, do: cut_after}]\n"), &["badge", "add", "1", A]);
    write!(text, "$ pushform badge add 1    # do: cut_after\n{read}").expect("a text grows");
    insta::assert_snapshot!(text);
}
