//! Tags, by example.

use super::holds;
use crate::plan::testing::{check, now, parse, plan_of, plan_with, quotas, show};
use crate::quota::limit::subject_key;
use crate::quota::{Ledger, Spend};
use crate::wire::Vendor;

#[test]
fn a_tag_set_is_exact_and_members_are_not() {
    holds(
        "
            desired:
              set u1 = vip
              members vip = u2
            live:
              set u1 = vip foreign
              set u2 = foreign
              seen tag_users u1 u2
        ",
        r#"
            update getui.tag_set["u1"] (observed)
              u1 foreign: `set` to -, observed
                u1 vip set
            create getui.tag_members["vip"] (observed)
              u2 vip: - to `members`, observed
            call 0: untag foreign from u1 for [0]
            call 1: tag vip on u2 for [1]
            adopt tag u1 vip set
        "#,
    );
}

#[test]
fn a_tag_that_only_changes_who_declares_it_is_recorded_anew() {
    holds(
        "
            desired:
              set u1 = vip
              members gold = u2
            recorded:
              members vip = u1
              set u2 = gold
        ",
        "
            adopt tag u1 vip set
            adopt tag u2 gold members
        ",
    );
}

#[test]
fn an_empty_tag_set_is_never_sent_as_an_overwrite() {
    holds(
        "
            desired:
              set u1 =
            live:
              set u1 = a b
              seen tag_users u1
        ",
        r#"
            delete getui.tag_set["u1"] (observed)
              u1 a: `set` to -, observed
              u1 b: `set` to -, observed
            call 0: untag a from u1 for [0]
            call 1: untag b from u1 for [0]
        "#,
    );
}

#[test]
fn one_overwrite_replaces_many_batches_and_carries_foreign_tags() {
    holds(
        "
            desired:
              members a = u1
              members b = u1
              members c = u1
            live:
              set u1 = foreign
              seen tag_users u1
        ",
        r#"
            create getui.tag_members["a"] (observed)
              u1 a: - to `members`, observed
            create getui.tag_members["b"] (observed)
              u1 b: - to `members`, observed
            create getui.tag_members["c"] (observed)
              u1 c: - to `members`, observed
            call 0: overwrite u1 with a b c foreign after reading, carrying foreign for [0, 1, 2]
        "#,
    );
}

#[test]
fn a_batch_of_three_users_is_better_than_three_overwrites() {
    holds(
        "
            desired:
              members a = u1 u2 u3
            live:
              seen tag_users u1 u2 u3
        ",
        r#"
            create getui.tag_members["a"] (observed)
              u1 a: - to `members`, observed
              u2 a: - to `members`, observed
              u3 a: - to `members`, observed
            call 0: tag a on u1 u2 u3 for [0]
        "#,
    );
}

#[test]
fn a_tag_that_some_of_its_users_lost_outside_is_changed_and_one_that_all_lost_is_deleted() {
    holds(
        "
            desired:
              members all = u1
              members some = u1 u2 u3
            recorded:
              members all = u1
              members some = u1 u2 u3
            live:
              set u3 = some
              seen tag_users u1 u3
        ",
        r#"
            update getui.tag_members["some"] (observed)
              u1 some: - to `members`, observed
                u2 some members
                u3 some members
            create getui.tag_members["all"] (observed)
              u1 all: - to `members`, observed
            drift delete getui.tag_members["all"] (observed)
              u1 all: `members` to -, observed
            drift update getui.tag_members["some"] (observed)
              u1 some: `members` to -, observed
            call 0: tag all on u1 for [1]
            call 1: tag some on u1 for [0]
        "#,
    );
}

/// Nobody looked at the user's tags, so nobody may overwrite them, and an addition has room only after a removal.
#[test]
fn a_user_with_a_hundred_tags_loses_one_before_gaining_one() {
    let many: Vec<String> = (0..99).map(|n| format!("members t{n} = u1")).collect();
    let many = many.join("\n");
    let world = format!("desired:\n{many}\nmembers new = u1 u2\nrecorded:\n{many}\nmembers old = u1");
    let plan = check(&world);
    let calls: Vec<&str> = plan.lines().filter(|line| line.starts_with("call ")).collect();
    assert_eq!(calls, ["call 0: untag old from u1 for [0]", "call 1: tag new on u1 u2 for [1] after [0]"]);
}

#[test]
fn a_user_with_a_hundred_foreign_tags_can_not_gain_one() {
    let foreign: Vec<String> = (0..100).map(|n| format!("f{n}")).collect();
    let world =
        format!("desired:\nmembers new = u1\nlive:\nset u1 = {}\nseen tag_users u1", foreign.join(" "));
    let plan = check(&world);
    let left_out = "left out the user `u1` would carry 101 tags: 100 at most are allowed";
    assert!(plan.contains(left_out) && !plan.contains("call "), "{plan}");
}

/// Three tags of one user are one overwrite, unless the day's overwrite is gone.
#[test]
fn nobody_is_overwritten_twice_a_day() {
    let world = parse("desired:\n set u1 = a b c");
    let first = show(&plan_of(&world, 3));
    assert!(first.contains("call 0: overwrite u1 with a b c"), "{first}");
    let mut ledger = Ledger::new(quotas());
    let quota = quotas().find(Vendor::Getui, "tag_overwrite_per_user").expect("a quota");
    let ticket = ledger.send(&[Spend { quota, subject: subject_key("u1") }], now());
    ledger.reply(ticket, now());
    let second = show(&plan_with(&world, 3, &ledger));
    assert!(second.contains("call 2: tag c on u1"), "{second}");
}

#[test]
fn tags_too_long_in_all_for_one_call_go_in_batches() {
    let tags: Vec<String> = (0..17).map(|n| format!("{n:0>32}")).collect();
    let fits = check(&format!("desired:\n set u1 = {}", tags[..16].join(" ")));
    assert_eq!(fits.matches("call ").count(), 1, "sixteen tags of 32 characters are 512: {fits}");
    let too_long = check(&format!("desired:\n set u1 = {}", tags.join(" ")));
    assert_eq!(too_long.matches("call ").count(), 17, "{too_long}");
}
