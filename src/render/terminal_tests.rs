//! What a screen shows, word for word.

use super::*;
use crate::address::Resource;
use crate::change::Basis;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::render::look::Paint;
use crate::render::sample::{ALICE, BOB, CAROL, Sample};
use crate::report::Rest;
use crate::timestamp::{DAY_MS, Zone};

fn shown(plan: &Plan, width: usize) -> String {
    super::plan(plan, &Look::plain(Zone::shanghai()).wide(width), &Mask::show())
}

#[test]
fn the_example_reads_as_promised_on_a_wide_screen() {
    insta::assert_snapshot!(shown(&Sample::example(), 200));
}

#[test]
fn the_example_fits_eighty_columns() {
    let text = shown(&Sample::example(), 80);
    for line in text.lines().filter(|line| !line.starts_with("  #")) {
        assert!(text::width(line) <= 80, "{} columns: {line}", text::width(line));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn colours_add_nothing_but_codes() {
    let look = Look::plain(Zone::shanghai()).wide(200).paint(Paint::Colour);
    let coloured = super::plan(&Sample::example(), &look, &Mask::show());
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        let end = rest[at..].find('m').expect("a code ends in m");
        rest = &rest[at + end + 1..];
    }
    plain.push_str(rest);
    assert_eq!(plain, shown(&Sample::example(), 200));
    assert!(coloured.contains('\u{1b}'));
}

#[test]
fn a_mask_hides_aliases_and_ids_and_leaves_tags() {
    let look = Look::plain(Zone::shanghai());
    let text = super::plan(&Sample::example(), &look, &Mask::hide());
    for secret in ["legacy", "alice_w", "old_name", ALICE, BOB, CAROL, "1a0018970aa97f72bb6"] {
        assert!(!text.contains(secret), "{secret} is shown:\n{text}");
    }
    for word in ["spring_sale", "喜爱足球", "level", "moves from \"alias#"] {
        assert!(text.contains(word), "{word} is hidden:\n{text}");
    }
}

#[test]
fn nothing_to_do_is_said_as_terraform_says_it() {
    assert_eq!(
        shown(&Sample::new().plan, 80),
        "No changes. Your infrastructure matches the configuration.\n"
    );
    let mut adopting = Sample::new();
    let row = crate::table::Row {
        subject: adopting.name(ALICE),
        item: crate::names::Name::NONE,
        value: adopting.name("alice"),
        mark: 0,
    };
    adopting.plan.adopts = vec![(crate::table::Kind::Alias, row)];
    adopting.plan.notes = vec!["JPush was not asked.".to_owned()];
    insta::assert_snapshot!(shown(&adopting.plan, 80));
}

#[test]
fn a_plan_of_several_days_says_what_waits() {
    let mut s = Sample::new();
    s.change((Resource::TagMembers, "vip"), Action::Create, Basis::Observed, &[(ALICE, "vip", "", "x")], &[])
        .change(
            (Resource::TagMembers, "足球"),
            Action::Create,
            Basis::Observed,
            &[(BOB, "足球", "", "x")],
            &[],
        )
        .calls(0, 10_000, 0)
        .calls(0, 200, DAY_MS)
        .calls(1, 1_004, DAY_MS)
        .quota("getui tag_batch", "100/1m", 11_204, 100)
        .quota("getui tag_batch", "10000/1d", 11_204, 10_000)
        .forecast(DAY_MS, &[("2026-11-23", 10_000), ("2026-11-24", 1_204)]);
    insta::assert_snapshot!(shown(&s.plan, 80));
}

#[test]
fn many_changes_of_one_sort_are_cut_with_a_count() {
    let mut s = Sample::new();
    for at in 0..1_000 {
        let alias = format!("a{at:04}");
        s.change((Resource::Alias, &alias), Action::Create, Basis::Observed, &[(ALICE, "", "", &alias)], &[]);
    }
    let text = shown(&s.plan, 80);
    assert_eq!(text.matches("will be created").count(), 21, "{text}");
    assert!(text.contains("  # … and 980 more getui.alias will be created\n"), "{text}");
    assert!(text.contains("Plan: 1000 to add, 0 to change, 0 to destroy.\n"), "{text}");
}

#[test]
fn a_name_can_not_draw_over_the_plan() {
    let mut s = Sample::new();
    s.change(
        (Resource::TagSet, ALICE),
        Action::Delete,
        Basis::Observed,
        &[(ALICE, "x\u{1b}[1A\r", "set", "")],
        &[],
    );
    s.change(
        (Resource::TagMembers, "a\u{202e}b"),
        Action::Delete,
        Basis::Observed,
        &[(ALICE, "a", "x", "")],
        &[],
    );
    let text = shown(&s.plan, 80);
    assert!(!text.contains(['\u{1b}', '\r', '\u{202e}']), "{text:?}");
}

#[test]
fn values_that_a_plan_changes_are_counted_beside_those_that_come_along() {
    let mut plan = Sample::example();
    plan.replacements[0].devices = 1_263;
    let text = shown(&plan, 200);
    assert!(text.contains("1,263 devices: 37 values come along, 1 cannot (\"abc\" on "), "{text}");
    assert!(text.contains("), the plan changes 1,225\n"), "{text}");
}

#[test]
fn drift_is_told_before_what_will_be_done() {
    let mut s = Sample::new();
    s.change((Resource::Alias, "alice"), Action::Update, Basis::Observed, &[(ALICE, "", "alice", "")], &[])
        .outside()
        .change((Resource::Alias, "alice"), Action::Update, Basis::Observed, &[(ALICE, "", "", "alice")], &[])
        .calls(0, 1, 0)
        .forecast(100, &[("2026-11-23", 1)]);
    insta::assert_snapshot!(shown(&s.plan, 80));
    let look = Look::plain(Zone::shanghai()).wide(80);
    insta::assert_snapshot!(super::drift(Found { plan: &s.plan, sampled: None }, &look, &Mask::show()));
    assert!(
        super::drift(Found { plan: &Sample::new().plan, sampled: None }, &look, &Mask::show())
            .starts_with("No drift.")
    );
}

#[test]
fn unmanaged_things_are_listed_and_left_alone() {
    let mut s = Sample::new();
    let names: Vec<_> = (0..30).map(|at| s.name(&format!("p{at}"))).collect();
    s.plan.unmanaged = names.into_iter().map(|name| (Resource::Property, name)).collect();
    let text = shown(&s.plan, 80);
    assert!(text.contains("Unmanaged, left alone: jpush.property[\"p0\"], "), "{text}");
    assert!(
        text.trim_end().replace("\n    ", " ").ends_with("jpush.property[\"p19\"] and 10 more"),
        "{text}"
    );
}

fn ended() -> Report {
    Report {
        summary: Summary { add: 1, change: 2, destroy: 3 },
        calls: 14,
        verified: Verified::InFull { rows: 17, untrue: 0, unreadable: 2 },
        started_at: Some(crate::timestamp::Timestamp(0)),
        ended_at: Some(crate::timestamp::Timestamp(2_600)),
        ..Report::new()
    }
}

#[test]
fn the_end_of_an_apply_reads_as_terraforms() {
    let look = Look::plain(Zone::shanghai()).wide(80);
    assert_eq!(
        report(&ended(), &look),
        "Apply complete! Resources: 1 added, 2 changed, 3 destroyed.\n\
         Calls: 14 in 3 s · verified in full: 17 rows read back, 2 rows cannot be\n"
    );
    let next_at = crate::timestamp::Timestamp::parse("2026-11-23T16:00:00Z").expect("a moment");
    let rest = Some(Rest { calls: 1_204, next_at, because: "getui tag_batch 10,000/1d".to_owned() });
    let sampled = Verified::Sampled { counts: 2, rows: 50, of: 9_000, untrue: 0, unreadable: 0, seed: 17 };
    let paused = Report { rest, verified: sampled, ..ended() };
    insta::assert_snapshot!(report(&paused, &look));
    let failed = Report { errored: 1, problems: Problem::error("x", "y").into(), ..ended() };
    assert!(report(&failed, &look).starts_with("Apply incomplete. Resources: 1 added"));
}
