//! What a plan refuses, and what it leaves out, by example.

use super::holds;

#[test]
fn too_many_deletions_are_refused_by_kind() {
    holds(
        "
            options:
              guard 30 2
            desired:
              members vip = u1
              black u1
            recorded:
              members vip = u1 u2 u3 u4
              black u1 u2 u3
        ",
        r#"
            update getui.tag_members["vip"] (recorded)
              u2 vip: `members` to -, recorded
              u3 vip: `members` to -, recorded
              u4 vip: `members` to -, recorded
                u1 vip members
            update getui.blacklist (recorded)
              u2: `` to -, recorded
              u3: `` to -, recorded
                u1
            call 0: unblock u2 u3 for [1]
            call 1: untag vip from u2 u3 u4 for [0]
            Guard plan::max_deletes: the plan deletes too much: 3 of 4 recorded rows of kind tag
        "#,
    );
}

#[test]
fn a_number_of_deletions_given_counts_alone() {
    holds(
        "
            options:
              guard 30 2
              max-deletes 3
            desired:
              members vip = u1
            recorded:
              members vip = u1 u2 u3 u4
        ",
        r#"
            update getui.tag_members["vip"] (recorded)
              u2 vip: `members` to -, recorded
              u3 vip: `members` to -, recorded
              u4 vip: `members` to -, recorded
                u1 vip members
            call 0: untag vip from u2 u3 u4 for [0]
        "#,
    );
}

#[test]
fn declaring_nothing_any_more_is_measured_as_every_other_deletion() {
    let recorded = "recorded:\n black u1 u2";
    holds(
        &format!("options:\n guard 30 2\n{recorded}"),
        "
            delete getui.blacklist (recorded)
              u1: `` to -, recorded
              u2: `` to -, recorded
            call 0: unblock u1 u2 for [0]
        ",
    );
    holds(
        &format!("options:\n guard 30 1\n{recorded}"),
        "
            delete getui.blacklist (recorded)
              u1: `` to -, recorded
              u2: `` to -, recorded
            call 0: unblock u1 u2 for [0]
            Guard plan::max_deletes: the plan deletes too much: 2 of 2 recorded rows of kind blacklist
        ",
    );
}

#[test]
fn a_state_of_another_account_is_refused() {
    holds(
        "
            desired:
              black u1
            recorded:
              account another app
        ",
        "
            create getui.blacklist (assumed)
              u1: - to ``, assumed
            call 0: block u1 for [0]
            Guard plan::wrong_account: the state belongs to the getui account `another app`, not to `app of getui`
        ",
    );
}

#[test]
fn rows_of_unknown_users_are_left_out_and_those_recorded_forgotten() {
    holds(
        "
            desired:
              alias alice = u1 u2
              members vip = u2 u3
            recorded:
              members old = u4
            live:
              unknown u2 u4
        ",
        r#"
            create getui.alias["alice"] (assumed)
              u1: - to `alice`, assumed
            create getui.tag_members["vip"] (assumed)
              u3 vip: - to `members`, assumed
            call 0: bind u1=alice for [0]
            call 1: tag vip on u3 for [1]
            forget tag u4 old members
            unknown u2
        "#,
    );
}

#[test]
fn what_is_not_selected_stays_as_it_is() {
    holds(
        r#"
            options:
              target getui.alias["a*"]
              target getui.tag_members
              exclude getui.alias["ab"]
            desired:
              alias aa = u1
              alias ab = u2
              alias b = u3
              members vip = u4
              members gold = u6
            recorded:
              set u5 = x
            live:
              set u6 = gold
        "#,
        r#"
            create getui.alias["aa"] (assumed)
              u1: - to `aa`, assumed
            create getui.tag_members["vip"] (assumed)
              u4 vip: - to `members`, assumed
            call 0: bind u1=aa for [0]
            call 1: tag vip on u4 for [1]
            adopt tag u6 gold members
            note the plan is limited by --target/--exclude: only getui.alias["a*"], getui.tag_members; without getui.alias["ab"]
        "#,
    );
}
