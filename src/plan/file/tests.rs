//! Saved plans: what is written is read back the same, and what was changed is noticed.

use super::{Accounts, DIGEST_KEY, to_apply, to_json};
use crate::kind::Provider;
use crate::plan::Plan;
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

fn written(plan: &Plan) -> String {
    let mut text = String::new();
    with_accounts(|accounts| to_json(plan, accounts, &mut text)).expect("a text takes everything");
    text
}

fn read(text: &str) -> Result<Plan, Problems> {
    with_accounts(|accounts| to_apply(text, accounts))
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
