//! The planner by example: a world as text, and the plan of it as text.
//!
//! The language of both is `testing.rs`'s. Calls take at most three subjects here.

mod alias;
mod properties;
mod refusals;
mod tags;

use super::testing::check;

/// Holds the plan of a world against a text; indentation common to all lines does not count.
#[track_caller]
pub(super) fn holds(world: &str, expected: &str) {
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
        "
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
        ",
        "
            nothing
        ",
    );
}

#[test]
fn what_is_as_declared_and_not_recorded_is_adopted() {
    holds(
        "
            desired:
              alias alice = u1
              members vip = u2
              property level = number the level
            live:
              alias alice = u1
              set u2 = vip
              property level = number the level
              seen properties
        ",
        "
            adopt alias u1 alice
            adopt property level number the level
            adopt tag u2 vip members
        ",
    );
}

#[test]
fn what_nobody_looked_at_rests_on_the_record_or_is_assumed() {
    holds(
        "
            desired:
              alias alice = u1 u2
              members vip = u1
            recorded:
              alias bob = u2
              members old = u3
        ",
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
fn the_blacklist_comes_first_and_additions_before_removals() {
    holds(
        "
            desired:
              black u1 u2 u3 u4
              alias a = u9
            recorded:
              black u7 u8
        ",
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
        "
            desired:
              token wx u1 = t1
              token wx u2 = new
              token hw u1 = t3
            recorded:
              token wx u2 = old
              token wx u3 = t9
        ",
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
fn what_changed_outside_is_drift() {
    holds(
        "
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
        ",
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
              u2: `alice` to `other`, observed
              u8: - to `alice`, observed
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
