//! Saved plans: what is written is read back the same, and what was changed is noticed.

use super::{Accounts, DIGEST_KEY, Document, Saved, from_json, to_apply, to_json};
use crate::kind::Provider;
use crate::plan::Plan;
use crate::plan::laws::drawn_plan;
use crate::plan::testing::{Fake, parse, plan_of, quotas, show};
use crate::problem::{Failure, Problems};
use crate::wire::Vendor;

const WORLD: &str = r#"
    desired:
      alias alice = u1 u2 u3
      set u4 = vip gold
      members vip = u5
      black u6
      token wx u7 = t"1
      property level = number 会员等级
      device d1 level = 3
    recorded:
      alias alice = u1 u9
      property level = string 会员等级
    live:
      alias alice = u1 u9
      set u4 = vip foreign
      property level = string 会员等级
      property theirs = bool
      replaced d2 level = abc
      seen aliases alice
      seen tag_users u4
      seen properties
"#;

fn with_accounts<T>(work: impl FnOnce(Accounts<'_>) -> T) -> T {
    let fake = |vendor| Fake { vendor, batch_max: 3 };
    let (getui, jpush) = (fake(Vendor::Getui), fake(Vendor::Jpush));
    let providers: [&dyn Provider; 2] = [&getui, &jpush];
    work(Accounts { providers: &providers, quotas: &quotas() })
}

fn written<'a>(plan: impl Into<Document<'a>>) -> String {
    let mut text = String::new();
    with_accounts(|accounts| to_json(plan, accounts, &mut text)).expect("a text takes everything");
    text
}

fn read(text: &str) -> Result<Plan, Problems> {
    with_accounts(|accounts| to_apply(text, accounts))
}

fn saved(plan: &Plan) -> Vec<u8> {
    let mut bytes = Vec::new();
    super::write(plan, &mut bytes).expect("a list takes everything");
    bytes
}

fn to_show(mut bytes: &[u8]) -> Result<Saved, Problems> {
    with_accounts(|accounts| super::read(&mut bytes, accounts))
}

/// Why a file of lines is refused.
fn why(bytes: &[u8]) -> (&'static str, String) {
    let problems = to_show(bytes).err().expect("it should be refused");
    assert_eq!(problems.failure, Failure::Stale, "{problems:?}");
    let first = &problems.list()[0];
    (first.code, first.summary.clone())
}

fn refusal(text: &str) -> (Failure, &'static str, String) {
    let problems = read(text).err().expect("it should be refused");
    let first = &problems.list()[0];
    (problems.failure, first.code, first.summary.clone())
}

/// The same file with other content and a digest that fits.
fn forged(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "`{from}` stands in the file");
    let changed = text.replace(from, to);
    let body = &changed[..changed.rfind(DIGEST_KEY).expect("a digest")];
    format!("{body}{DIGEST_KEY}{}\"}}\n", blake3::hash(body.as_bytes()).to_hex())
}

#[test]
fn a_plan_is_read_back_as_it_was_written() {
    let plan = plan_of(&parse(WORLD), 3);
    let text = written(&plan);
    let again = read(&text).unwrap_or_else(|why| panic!("{why:?}\n{text}"));
    assert_eq!(show(&plan), show(&again));
    assert_eq!((&plan.base, &plan.forecast), (&again.base, &again.forecast));
    assert_eq!(plan.created_at, again.created_at);
    assert_eq!(plan.calls.len(), again.calls.len());
    assert_eq!(written(&again), text, "and written again it is the same file");
}

#[test]
fn a_file_is_json_with_the_fields_of_the_contract() {
    let text = written(&plan_of(&parse(WORLD), 3));
    let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let change = file["resource_changes"].as_array().expect("a list").iter();
    let level = change.clone().find(|one| one["address"] == "jpush.property[\"level\"]").expect("a change");
    assert_eq!(level["change"]["actions"], serde_json::json!(["delete", "create"]));
    assert_eq!(level["change"]["before"]["type"], "string");
    assert_eq!(level["change"]["after"]["type"], "number");
    assert_eq!(level["mode"], "managed");
    assert_eq!((&level["type"], &level["provider_name"]), (&"jpush_property".into(), &"jpush".into()));
    let alice = change.clone().find(|one| one["name"] == "alice").expect("a change");
    assert_eq!(alice["change"]["before"]["users"], serde_json::json!(["u1", "u9"]));
    assert_eq!(alice["change"]["after"]["users"], serde_json::json!(["u1", "u2", "u3"]));
    assert_eq!(file["format_version"], "1.0");
    assert_eq!(file["summary"]["add"].as_u64(), Some(5));
}

#[test]
fn a_changed_digit_anywhere_is_noticed() {
    let text = written(&plan_of(&parse(WORLD), 3));
    let digits = text.char_indices().filter(|(_, c)| c.is_ascii_digit());
    for (at, digit) in digits.step_by(7) {
        let other = if digit == '1' { "2" } else { "1" };
        let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
        assert!(
            read(&changed).is_err(),
            "the digit at {at} was changed: {}",
            &text[at.saturating_sub(20)..at]
        );
    }
}

#[test]
fn a_call_is_made_anew_and_never_taken_from_the_file() {
    let text = written(&plan_of(&parse(WORLD), 3));
    for (from, to) in [
        ("\"path\":\"/blacklist\"", "\"path\":\"/alias\""),
        ("\"method\":\"POST\"", "\"method\":\"DELETE\""),
        ("block u6\"", "block u7\""),
        ("\"after\":[]", "\"after\":[900]"),
    ] {
        let (failure, code, summary) = refusal(&forged(&text, from, to));
        assert_eq!((failure, code), (Failure::Stale, "plan::damaged"), "{from}: {summary}");
    }
}

#[test]
fn a_file_of_another_sort_version_or_account_says_so() {
    let plan = plan_of(&parse(WORLD), 3);
    let text = written(&plan);
    assert_eq!(refusal("hello").1, "plan::no_plan");
    assert_eq!(refusal(&text.replace(':', ": ")).1, "plan::damaged", "its layout counts too");
    assert_eq!(refusal(&text[..text.len() / 2]).1, "plan::damaged");
    assert_eq!(refusal(&text.replace("\"1.0\"", "\"2.0\"")).1, "plan::format_version");
    let other = refusal(&forged(&text, "app of getui", "another app"));
    assert_eq!((other.0, other.1), (Failure::Stale, "plan::wrong_account"));
}

#[test]
fn a_refused_plan_can_be_saved_and_not_applied() {
    let text = written(&plan_of(&parse("options:\n guard 30 0\nrecorded:\n black u1"), 3));
    let (failure, code, summary) = refusal(&text);
    assert_eq!((failure, code), (Failure::Guard, "plan::refused"));
    assert!(summary.contains("deletes too much"), "{summary}");
}

#[test]
fn a_drawn_plan_is_the_same_from_either_format() {
    for seed in 0..300 {
        let plan = drawn_plan(seed);
        let text = written(&plan);
        let bytes = saved(&plan);
        assert_eq!(bytes, saved(&plan), "seed {seed}: the same plan gives the same bytes");
        let document = with_accounts(|accounts| from_json(&text, accounts));
        for (what, read) in [("lines", to_show(&bytes)), ("the document", document)] {
            let again = read.unwrap_or_else(|why| panic!("seed {seed}, {what}: {why:?}"));
            assert_eq!(show(&again.plan), show(&plan), "seed {seed}, {what}");
            assert_eq!(again.plan.forecast, plan.forecast, "seed {seed}, {what}");
            assert_eq!(written(&again), text, "seed {seed}, {what}");
            assert_eq!(written(&to_show(&saved(&again.plan)).expect("lines")), text, "seed {seed}, {what}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_plan_is_saved_and_a_refused_one_is_not_applied() {
    let plan = plan_of(&parse("options:\n guard 30 0\nrecorded:\n black u1"), 3);
    let bytes = saved(&plan);
    let again = to_show(&bytes).unwrap_or_else(|why| panic!("{why:?}"));
    assert!(written(&plan).contains("deletes too much"));
    assert_eq!(written(&again), written(&plan));
    let refused = with_accounts(|accounts| super::read_to_apply(&mut bytes.as_slice(), accounts));
    let problems = refused.err().expect("it should be refused");
    assert_eq!((problems.failure, problems.list()[0].code), (Failure::Guard, "plan::refused"));
}

#[test]
fn long_lists_of_one_address_take_several_lines() {
    let users = |letter: char| (0..2_500).map(|at| format!(" {letter}{at}")).collect::<String>();
    let (kept, new) = (users('k'), users('n'));
    let world = format!(
        "desired:\n members vip ={kept}{new}\n black{new}\nrecorded:\n members vip ={kept}\n black{kept}\nlive:"
    );
    let plan = plan_of(&parse(&world), 1_000);
    let bytes = saved(&plan);
    let again = to_show(&bytes).unwrap_or_else(|why| panic!("{why:?}"));
    assert_eq!(written(&again), written(&plan));
    assert!(plan.changes.iter().any(|change| change.cells.len() > 1_000));
}

#[test]
fn a_changed_byte_anywhere_in_saved_lines_is_noticed() {
    let bytes = saved(&plan_of(&parse(WORLD), 3));
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            why(&changed);
        }
    }
}

#[test]
fn saved_lines_that_are_cut_short_or_go_on_say_so() {
    let bytes = saved(&plan_of(&parse(WORLD), 3));
    for at in 0..bytes.len() {
        let (code, what) = why(&bytes[..at]);
        assert_eq!(code, "plan::damaged");
        assert!(what.contains("it is cut short"), "{at}: {what}");
    }
    for more in [b"x".as_slice(), b"\n", &bytes] {
        let (_, what) = why(&[&bytes, more].concat());
        assert!(
            what.contains("it is cut short, or something was added") || what.contains("digest"),
            "{what}"
        );
    }
}

/// What it unpacks to is bounded by its size: a megabyte of one letter in each line.
#[test]
fn a_file_that_unpacks_to_more_than_any_plan_is_refused() {
    let note = format!("{{\"note\":\"{}\"}}\n", "x".repeat(1 << 20));
    let header = lines_of(&saved(&plan_of(&parse(WORLD), 3))).lines().next().expect("a header").to_owned();
    let many = format!("{header}\n{}", note.repeat(150));
    assert!(packed(&many, None).len() < 32 << 10, "it is small");
    assert_eq!(why(&packed(&many, None)).1, "the saved plan is damaged: it unpacks to more than any plan");
    let one = format!("{header}\n{}", note.trim_end().repeat(65));
    assert!(why(&packed(&one, None)).1.contains("a line is too long"));
}

#[test]
fn a_file_that_wants_its_reader_to_remember_much_is_refused() {
    let text = lines_of(&saved(&plan_of(&parse(WORLD), 3)));
    assert_eq!(to_show(&packed(&text, Some(23))).map(drop), Ok(()));
    assert!(why(&packed(&text, Some(27))).1.contains("it cannot be unpacked"));
}

#[test]
fn what_stands_between_the_lines_and_the_digest_is_refused() {
    let text = lines_of(&saved(&plan_of(&parse(WORLD), 3)));
    let mut frames = zstd::encode_all(text.as_bytes(), 3).expect("a list takes everything");
    frames.extend(zstd::encode_all(&b"{\"note\":\"more\"}\n"[..], 3).expect("a list takes everything"));
    assert!(why(&sealed(frames)).1.contains("something stands behind its last line"));
}

/// Half of it is what the ids say; in JSON a row takes 250 bytes.
#[test]
fn a_saved_plan_takes_ten_bytes_a_row() {
    const USERS: usize = 5_000;
    let id = |at: usize| blake3::hash(&at.to_le_bytes()).to_hex()[..32].to_owned();
    let mut world = "desired:\n".to_owned();
    for at in 0..USERS {
        let tags: Vec<String> = (0..3).map(|nth| format!("tag{}", at * (nth + 7) % 97 + nth * 97)).collect();
        world += &format!("  alias customer_{at} = {id}\n  set {id} = {}\n", tags.join(" "), id = id(at));
    }
    let plan = plan_of(&parse(&world), 1_000);
    assert_eq!(plan.cells.len(), USERS * 4);
    let (lines, document) = (saved(&plan).len(), written(&plan).len());
    assert!(lines < USERS * 4 * 10, "{lines} bytes for {} rows", USERS * 4);
    assert!(lines * 20 < document, "{lines} bytes, as a document {document}");
}

/// The lines of a file.
fn lines_of(bytes: &[u8]) -> String {
    String::from_utf8(zstd::decode_all(bytes).expect("compressed lines")).expect("text")
}

/// Lines with a digest that fits, as somebody would make them who knows the format.
fn packed(lines: &str, window_log: Option<u32>) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("an encoder");
    window_log.into_iter().for_each(|log| encoder.window_log(log).expect("a window"));
    std::io::Write::write_all(&mut encoder, lines.as_bytes()).expect("a list takes everything");
    sealed(encoder.finish().expect("a list takes everything"))
}

fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let digest = blake3::hash(&bytes);
    bytes.extend([0x50, 0x2a, 0x4d, 0x18, 32, 0, 0, 0]);
    bytes.extend(digest.as_bytes());
    bytes
}
