//! The planner by example: a world as text, and the plan of it as text.
//!
//! The language of both is `testing.rs`'s. Calls take at most three subjects here.

use super::testing::check;

/// Holds the plan of a world against a text; indentation common to all lines does not count.
#[track_caller]
fn holds(world: &str, expected: &str) {
    let actual = check(world);
    let expected = dedent(expected);
    assert!(actual.trim_end() == expected, "the plan is\n\n{actual}\nand not\n\n{expected}\n");
}

fn dedent(text: &str) -> String {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    let indent = lines().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    lines().map(|line| &line[indent..]).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_as_declared_and_recorded_needs_nothing() {
    holds(
        r#"
            desired:
              alias alice = u1 u2
              set u1 = vip
              black u5
            recorded:
              alias alice = u1 u2
              set u1 = vip
              black u5
            live:
              alias alice = u1 u2
              set u1 = vip
              seen aliases alice
              seen tag_users u1
        "#,
        r#"
            nothing
        "#,
    );
}

#[test]
fn what_is_as_declared_and_not_recorded_is_adopted() {
    holds(
        r#"
            desired:
              alias alice = u1
              members vip = u2
              property level = number the level
            live:
              alias alice = u1
              set u2 = vip
              property level = number the level
              seen properties
        "#,
        r#"
            adopt alias u1 alice
            adopt property level number the level
            adopt tag u2 vip members
            note 3 rows are already as declared and will be recorded without a call.
        "#,
    );
}

#[test]
fn an_alias_gains_and_loses_users_and_one_moves() {
    holds(
        r#"
            desired:
              alias alice = u1 u2 u3
            recorded:
              alias alice = u1 u4
            live:
              alias alice = u1 u4
              alias old = u2
              seen aliases alice
              seen alias_users u2 u3
        "#,
        r#"
            update getui.alias["alice"] (observed)
              u4: `alice` to -, observed
              u2: `old` to `alice`, observed
              u3: - to `alice`, observed
                u1 alice
            call 0: unbind u4=alice for [0]
            call 1: bind u2=alice u3=alice for [0]
        "#,
    );
}

#[test]
fn a_user_on_a_declared_alias_leaves_it_though_nobody_recorded_them() {
    holds(
        r#"
            desired:
              alias alice = u1
            live:
              alias alice = u1 u9
              alias other = u8
              seen aliases alice
        "#,
        r#"
            update getui.alias["alice"] (observed)
              u9: `alice` to -, observed
                u1 alice
            call 0: unbind u9=alice for [0]
            adopt alias u1 alice
            note 1 row is already as declared and will be recorded without a call.
        "#,
    );
}

#[test]
fn a_user_moved_by_somebody_else_is_forgotten_and_left_alone() {
    holds(
        r#"
            desired:
              alias bob = u2
            recorded:
              alias alice = u1
              alias bob = u2
              alias bob = u3
            live:
              alias elsewhere = u1
              alias bob = u2
              seen aliases bob
              seen alias_users u1 u3
        "#,
        r#"
            drift delete getui.alias["bob"] (observed)
              u3: `bob` to -, observed
            drift update getui.alias["elsewhere"] (observed)
              u1: `alice` to `elsewhere`, observed
            forget alias u1 alice
            forget alias u3 bob
            note 2 rows are recorded, but gone or changed by somebody else, and will be forgotten without a call.
        "#,
    );
}

#[test]
fn an_alias_no_longer_declared_is_destroyed() {
    holds(
        r#"
            desired:
              alias bob = u2
            recorded:
              alias bob = u2
              alias alice = u1
            live:
              alias bob = u2
              alias alice = u1
              seen aliases bob alice
        "#,
        r#"
            delete getui.alias["alice"] (observed)
              u1: `alice` to -, observed
            call 0: unbind u1=alice for [0]
        "#,
    );
}

#[test]
fn an_alias_that_everybody_leaves_is_cleared_by_its_name() {
    holds(
        r#"
            desired:
              alias bob = u3
            recorded:
              alias bob = u3
              alias alice = u1 u2
            live:
              alias bob = u3
              alias alice = u1 u2
              seen aliases bob alice
        "#,
        r#"
            delete getui.alias["alice"] (observed)
              u1: `alice` to -, observed
              u2: `alice` to -, observed
            call 0: clear alice of u1 u2 for [0]
        "#,
    );
}

#[test]
fn an_alias_that_somebody_else_has_too_is_not_cleared() {
    holds(
        r#"
            desired:
              alias bob = u3
            recorded:
              alias bob = u3
              alias alice = u1 u2
            live:
              alias bob = u3
              alias alice = u1 u2 u9
              seen aliases bob alice
        "#,
        r#"
            delete getui.alias["alice"] (observed)
              u1: `alice` to -, observed
              u2: `alice` to -, observed
            drift update getui.alias["alice"] (observed)
              u9: - to `alice`, observed
            call 0: unbind u1=alice u2=alice for [0]
        "#,
    );
}

#[test]
fn what_nobody_looked_at_rests_on_the_record_or_is_assumed() {
    holds(
        r#"
            desired:
              alias alice = u1 u2
              members vip = u1
            recorded:
              alias bob = u2
              members old = u3
        "#,
        r#"
            delete getui.tag_members["old"] (recorded)
              u3 old: `members` to -, recorded
            create getui.alias["alice"] (assumed)
              u1: - to `alice`, assumed
              u2: `bob` to `alice`, recorded
            create getui.tag_members["vip"] (assumed)
              u1 vip: - to `members`, assumed
            call 0: untag old from u3 for [0]
            call 1: bind u1=alice u2=alice for [1]
            call 2: tag vip on u1 for [2]
        "#,
    );
}

#[test]
fn a_tag_set_is_exact_and_members_are_not() {
    holds(
        r#"
            desired:
              set u1 = vip
              members vip = u2
            live:
              set u1 = vip foreign
              set u2 = foreign
              seen tag_users u1 u2
        "#,
        r#"
            update getui.tag_set["u1"] (observed)
              u1 foreign: `set` to -, observed
                u1 vip set
            create getui.tag_members["vip"] (observed)
              u2 vip: - to `members`, observed
            call 0: untag foreign from u1 for [0]
            call 1: tag vip on u2 for [1]
            adopt tag u1 vip set
            note 1 row is already as declared and will be recorded without a call.
        "#,
    );
}

#[test]
fn a_tag_that_only_changes_who_declares_it_is_recorded_anew() {
    holds(
        r#"
            desired:
              set u1 = vip
              members gold = u2
            recorded:
              members vip = u1
              set u2 = gold
        "#,
        r#"
            adopt tag u1 vip set
            adopt tag u2 gold members
            note 2 rows are already as declared and will be recorded without a call.
        "#,
    );
}

#[test]
fn an_empty_tag_set_is_never_sent_as_an_overwrite() {
    holds(
        r#"
            desired:
              set u1 =
            live:
              set u1 = a b
              seen tag_users u1
        "#,
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
        r#"
            desired:
              members a = u1
              members b = u1
              members c = u1
            live:
              set u1 = foreign
              seen tag_users u1
        "#,
        r#"
            create getui.tag_members["a"] (observed)
              u1 a: - to `members`, observed
            create getui.tag_members["b"] (observed)
              u1 b: - to `members`, observed
            create getui.tag_members["c"] (observed)
              u1 c: - to `members`, observed
            call 0: overwrite u1 with a b c foreign for [0, 1, 2]
        "#,
    );
}

#[test]
fn a_batch_of_three_users_is_better_than_three_overwrites() {
    holds(
        r#"
            desired:
              members a = u1 u2 u3
            live:
              seen tag_users u1 u2 u3
        "#,
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
fn the_blacklist_comes_first_and_additions_before_removals() {
    holds(
        r#"
            desired:
              black u1 u2 u3 u4
              alias a = u9
            recorded:
              black u7 u8
        "#,
        r#"
            update getui.blacklist (assumed)
              u7: `` to -, recorded
              u8: `` to -, recorded
              u1: - to ``, assumed
              u2: - to ``, assumed
              u3: - to ``, assumed
              u4: - to ``, assumed
            create getui.alias["a"] (assumed)
              u9: - to `a`, assumed
            call 0: block u1 u2 u3 for [0]
            call 1: block u4 for [0]
            call 2: unblock u7 u8 for [0]
            call 3: bind u9=a for [1]
        "#,
    );
}

#[test]
fn device_tokens_go_channel_by_channel() {
    holds(
        r#"
            desired:
              token wx u1 = t1
              token wx u2 = new
              token hw u1 = t3
            recorded:
              token wx u2 = old
              token wx u3 = t9
        "#,
        r#"
            update getui.device_tokens["wx"] (assumed)
              u3 wx: `t9` to -, recorded
              u1 wx: - to `t1`, assumed
              u2 wx: `old` to `new`, recorded
            create getui.device_tokens["hw"] (assumed)
              u1 hw: - to `t3`, assumed
            call 0: tokens hw: u1=t3 for [1]
            call 1: no tokens wx: u3 for [0]
            call 2: tokens wx: u1=t1 u2=new for [0]
        "#,
    );
}

#[test]
fn a_description_is_changed_in_place() {
    holds(
        r#"
            desired:
              property level = number new words
            recorded:
              property level = number old words
            live:
              property level = number old words
              seen properties
        "#,
        r#"
            update jpush.property["level"] (observed)
              level: `number old words` to `number new words`, observed
            call 0: describe level `number new words` for [0]
        "#,
    );
}

#[test]
fn a_type_change_replaces_the_property_and_brings_values_along() {
    holds(
        r#"
            desired:
              property level = number the level
              device d1 level = 3
              device d2 level = 4
              property other = string
              device d1 other = x
            recorded:
              property level = string the level
              property other = string
              device d1 level = 3
              device d2 level = 2
              device d5 level = 5
            live:
              property level = string the level
              property other = string
              device d1 level = 3
              device d2 level = 2
              device d5 level = 5
              replaced d1 level = 3
              replaced d2 level = 2
              replaced d3 level = 7
              replaced d4 level = abc
              replaced d5 level = 5
              seen properties
              seen devices d1 d2 d5
              count level 5
        "#,
        r#"
            delete jpush.device["d5"] (observed)
              d5 level: `5` to -, observed
            replace jpush.property["level"] (observed)
              level: `string the level` to `number the level`, observed
            update jpush.device["d1"] (observed)
              d1 other: - to `x`, observed
                d1 level 3
            update jpush.device["d2"] (observed)
              d2 level: `2` to `4`, observed
            call 0: delete level for [0, 1]
            call 1: create level `number the level` for [1] after [0]
            call 2: set d1.level=3 d1.other=x d2.level=4 d3.level=7 for [2, 3] after [1]
            replace level on 5: carried [d1=3 d3=7] lost [d4=abc]
        "#,
    );
}

#[test]
fn values_kept_by_an_interrupted_replacement_are_bound_again() {
    holds(
        r#"
            desired:
              property level = number
              device d1 level = 3
            recorded:
              property level = number
              device d1 level = 3
              kept d2 level = 8
              kept d3 level = abc
              kept d4 level = 9
              kept d5 gone = 1
            live:
              property level = number
              device d1 level = 3
              device d4 level = 1
              seen properties
              seen devices d1 d4
        "#,
        r#"
            call 0: set d2.level=8 for []
            replace level on 2: carried [d2=8] lost [d3=abc]
            note 1 value of jpush.property["level"] that an interrupted replacement kept will be bound again.
        "#,
    );
}

#[test]
fn an_interrupted_replacement_is_gone_on_with() {
    holds(
        r#"
            desired:
              property level = number
              device d1 level = 3
            recorded:
              property level = string
              device d1 level = 3
              kept d1 level = 3
              kept d2 level = 8
            live:
              seen properties
        "#,
        r#"
            create jpush.property["level"] (observed)
              level: - to `number `, observed
            create jpush.device["d1"] (observed)
              d1 level: - to `3`, observed
            drift delete jpush.property["level"] (observed)
              level: `string ` to -, observed
            drift delete jpush.device["d1"] (observed)
              d1 level: `3` to -, observed
            call 0: create level `number ` for [0]
            call 1: set d1.level=3 d2.level=8 for [1] after [0]
            replace level on 1: carried [d2=8] lost []
            note 1 value of jpush.property["level"] that an interrupted replacement kept will be bound again.
        "#,
    );
}

#[test]
fn a_property_no_longer_declared_takes_its_values_with_it() {
    holds(
        r#"
            desired:
              property other = string
              device d1 other = x
            recorded:
              property level = number
              property other = string
              device d1 level = 3
              device d1 other = x
              device d2 level = 4
            live:
              property level = number
              property other = string
              device d1 other = x
              device d1 level = 3
              device d2 level = 4
              seen properties
              seen devices d1 d2
              count level 38
        "#,
        r#"
            delete jpush.property["level"] (observed)
              level: `number ` to -, observed
            delete jpush.device["d2"] (observed)
              d2 level: `4` to -, observed
            update jpush.device["d1"] (observed)
              d1 level: `3` to -, observed
                d1 other x
            call 0: delete level for [0, 1, 2]
            note Destroying jpush.property["level"] takes its values from 38 devices.
        "#,
    );
}

#[test]
fn a_value_no_longer_declared_is_removed_alone() {
    holds(
        r#"
            desired:
              property level = number
              device d1 level = 1
            recorded:
              property level = number
              device d1 level = 1
              device d2 level = 1
        "#,
        r#"
            delete jpush.device["d2"] (recorded)
              d2 level: `1` to -, recorded
            call 0: remove d2.level for [0]
        "#,
    );
}

#[test]
fn properties_nobody_declared_are_listed_and_left_alone() {
    holds(
        r#"
            desired:
              property level = number
            live:
              property theirs = string
              property also_theirs = string
              seen properties
        "#,
        r#"
            create jpush.property["level"] (observed)
              level: - to `number `, observed
            call 0: create level `number ` for [0]
            unmanaged jpush.property["also_theirs"]
            unmanaged jpush.property["theirs"]
        "#,
    );
}

#[test]
fn a_protected_property_is_not_destroyed_even_when_the_whole_property_is_taken_out() {
    holds(
        r#"
            desired:
              property birthday = string
              protected birthday
            recorded:
              property level = number
              property birthday = datetime
              protected level
              protected birthday
            live:
              property level = number
              property birthday = datetime
              seen properties
        "#,
        r#"
            delete jpush.property["level"] (observed)
              level: `number ` to -, observed
            replace jpush.property["birthday"] (observed)
              birthday: `datetime ` to `string `, observed
            call 0: delete birthday for [1]
            call 1: create birthday `string ` for [1] after [0]
            call 2: delete level for [0]
            replace birthday on 0: carried [] lost []
            protected birthday level
            Guard plan::prevent_destroy: jpush.property["birthday"] says `prevent_destroy` and would be replaced
            Guard plan::prevent_destroy: jpush.property["level"] says `prevent_destroy` and would be destroyed
        "#,
    );
}

#[test]
fn a_property_declared_without_the_line_is_protected_for_one_more_plan() {
    holds(
        r#"
            desired:
              property level = string
            recorded:
              property level = number
              protected level
        "#,
        r#"
            replace jpush.property["level"] (recorded)
              level: `number ` to `string `, recorded
            call 0: delete level for [0]
            call 1: create level `string ` for [0] after [0]
            replace level on 0: carried [] lost []
            Guard plan::prevent_destroy: jpush.property["level"] says `prevent_destroy` and would be replaced
        "#,
    );
}

#[test]
fn a_property_declared_without_the_line_lets_the_protection_go() {
    holds(
        r#"
            desired:
              property level = number
            recorded:
              property level = number
              protected level
        "#,
        r#"
            nothing
        "#,
    );
}

#[test]
fn too_many_deletions_are_refused_by_kind() {
    holds(
        r#"
            options:
              guard 30 2
            desired:
              members vip = u1
              black u1
            recorded:
              members vip = u1 u2 u3 u4
              black u1 u2 u3
        "#,
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
        r#"
            options:
              guard 30 2
              max-deletes 3
            desired:
              members vip = u1
            recorded:
              members vip = u1 u2 u3 u4
        "#,
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
fn declaring_nothing_at_all_is_refused() {
    holds(
        r#"
            recorded:
              black u1
        "#,
        r#"
            delete getui.blacklist (recorded)
              u1: `` to -, recorded
            call 0: unblock u1 for [0]
            Guard plan::empty_declaration: the manifests declare nothing, and there are 1 recorded row
        "#,
    );
}

#[test]
fn a_state_of_another_account_is_refused() {
    holds(
        r#"
            desired:
              black u1
            recorded:
              account another app
        "#,
        r#"
            create getui.blacklist (assumed)
              u1: - to ``, assumed
            call 0: block u1 for [0]
            Guard plan::wrong_account: the state belongs to the getui account `another app`, not to `app of getui`
        "#,
    );
}

#[test]
fn rows_of_unknown_users_are_left_out_and_those_recorded_forgotten() {
    holds(
        r#"
            desired:
              alias alice = u1 u2
              members vip = u2 u3
            recorded:
              members old = u4
            live:
              unknown u2 u4
        "#,
        r#"
            create getui.alias["alice"] (assumed)
              u1: - to `alice`, assumed
            create getui.tag_members["vip"] (assumed)
              u3 vip: - to `members`, assumed
            call 0: bind u1=alice for [0]
            call 1: tag vip on u3 for [1]
            forget tag u4 old members
            unknown u2
            note 1 row is recorded, but gone or changed by somebody else, and will be forgotten without a call.
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
            note 1 row is already as declared and will be recorded without a call.
        "#,
    );
}

#[test]
fn what_changed_outside_is_drift() {
    holds(
        r#"
            desired:
              alias alice = u1 u2
              set u1 = vip
              property level = number
            recorded:
              alias alice = u1 u2
              set u1 = vip
              set u7 = vip
              property level = number
            live:
              alias alice = u1 u8
              alias other = u2
              set u1 = foreign
              set u7 = vip foreign
              property level = string
              seen aliases alice
              seen alias_users u2
              seen tag_users u1 u7
              seen properties
        "#,
        r#"
            delete getui.tag_set["u7"] (observed)
              u7 vip: `set` to -, observed
            replace jpush.property["level"] (observed)
              level: `string ` to `number `, observed
            update getui.alias["alice"] (observed)
              u8: `alice` to -, observed
              u2: `other` to `alice`, observed
                u1 alice
            update getui.tag_set["u1"] (observed)
              u1 foreign: `set` to -, observed
              u1 vip: - to `set`, observed
            drift replace jpush.property["level"] (observed)
              level: `number ` to `string `, observed
            drift update getui.alias["alice"] (observed)
              u8: - to `alice`, observed
            drift update getui.alias["other"] (observed)
              u2: `alice` to `other`, observed
            drift update getui.tag_set["u1"] (observed)
              u1 vip: `set` to -, observed
              u1 foreign: - to `set`, observed
            drift update getui.tag_set["u7"] (observed)
              u7 foreign: - to `set`, observed
            call 0: unbind u8=alice for [2]
            call 1: untag vip from u7 for [0]
            call 2: bind u2=alice for [2]
            call 3: delete level for [1]
            call 4: create level `number ` for [1] after [3]
            call 5: overwrite u1 with vip dropping foreign for [3]
            replace level on 0: carried [] lost []
        "#,
    );
}

#[test]
fn a_full_alias_gets_its_new_user_after_an_old_one_left() {
    holds(
        r#"
            desired:
              alias a = u1 u2 u3 u4 u5 u6 u7 u8 u9 n1
              alias b = u0
            recorded:
              alias a = u0 u1 u2 u3 u4 u5 u6 u7 u8 u9
        "#,
        r#"
            update getui.alias["a"] (assumed)
              n1: - to `a`, assumed
                u1 a
                u2 a
                u3 a
                u4 a
                u5 a
                u6 a
                u7 a
                u8 a
                u9 a
            create getui.alias["b"] (recorded)
              u0: `a` to `b`, recorded
            call 0: bind u0=b for [1]
            call 1: bind n1=a for [0] after [0]
            calls at least 1
        "#,
    );
}

#[test]
fn two_full_aliases_that_swap_users_are_a_ring_and_cost_one_unbind() {
    holds(
        r#"
            desired:
              alias a = b0 a1 a2 a3 a4 a5 a6 a7 a8 a9
              alias b = a0 b1 b2 b3 b4 b5 b6 b7 b8 b9
            recorded:
              alias a = a0 a1 a2 a3 a4 a5 a6 a7 a8 a9
              alias b = b0 b1 b2 b3 b4 b5 b6 b7 b8 b9
        "#,
        r#"
            update getui.alias["a"] (recorded)
              b0: `b` to `a`, recorded
                a1 a
                a2 a
                a3 a
                a4 a
                a5 a
                a6 a
                a7 a
                a8 a
                a9 a
            update getui.alias["b"] (recorded)
              a0: `a` to `b`, recorded
                b1 b
                b2 b
                b3 b
                b4 b
                b5 b
                b6 b
                b7 b
                b8 b
                b9 b
            call 0: unbind b0=b for [0]
            call 1: bind a0=b for [1] after [0]
            call 2: bind b0=a for [0] after [1]
            calls at least 2
            note One user is without an alias for a while, since full aliases wait for one another in a ring.
        "#,
    );
}

#[test]
fn an_alias_kept_full_by_a_user_who_is_not_selected_to_move_is_a_problem() {
    holds(
        r#"
            options:
              exclude getui.alias["b"]
            desired:
              alias a = n0 a1 a2 a3 a4 a5 a6 a7 a8 a9
              alias b = a0
            recorded:
              alias a = a0 a1 a2 a3 a4 a5 a6 a7 a8 a9
        "#,
        r#"
            update getui.alias["a"] (assumed)
              n0: - to `a`, assumed
                a1 a
                a2 a
                a3 a
                a4 a
                a5 a
                a6 a
                a7 a
                a8 a
                a9 a
            Error plan::alias_full: getui.alias["a"] has no room for 1 user: it holds 10 at most
        "#,
    );
}
