//! Aliases, by example.

use super::holds;

#[test]
fn an_alias_gains_and_loses_users_and_one_moves() {
    holds(
        "
            desired:
              alias alice = u1 u2 u3
            recorded:
              alias alice = u1 u4
            live:
              alias alice = u1 u4
              alias old = u2
              seen aliases alice
              seen alias_users u2 u3
        ",
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
        "
            desired:
              alias alice = u1
            live:
              alias alice = u1 u9
              alias other = u8
              seen aliases alice
        ",
        r#"
            update getui.alias["alice"] (observed)
              u9: `alice` to -, observed
                u1 alice
            call 0: unbind u9=alice for [0]
            adopt alias u1 alice
        "#,
    );
}

#[test]
fn a_user_moved_by_somebody_else_is_forgotten_and_left_alone() {
    holds(
        "
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
        ",
        r#"
            drift delete getui.alias["alice"] (observed)
              u1: `alice` to `elsewhere`, observed
            drift update getui.alias["bob"] (observed)
              u3: `bob` to -, observed
            forget alias u1 alice
            forget alias u3 bob
        "#,
    );
}

#[test]
fn an_alias_no_longer_declared_is_destroyed() {
    holds(
        "
            desired:
              alias bob = u2
            recorded:
              alias bob = u2
              alias alice = u1
            live:
              alias bob = u2
              alias alice = u1
              seen aliases bob alice
        ",
        r#"
            delete getui.alias["alice"] (observed)
              u1: `alice` to -, observed
            call 0: unbind u1=alice for [0]
        "#,
    );
}

#[test]
fn a_full_alias_gets_its_new_user_after_an_old_one_left() {
    holds(
        "
            desired:
              alias a = u1 u2 u3 u4 u5 u6 u7 u8 u9 n1
              alias b = u0
            recorded:
              alias a = u0 u1 u2 u3 u4 u5 u6 u7 u8 u9
        ",
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
        "
            desired:
              alias a = b0 a1 a2 a3 a4 a5 a6 a7 a8 a9
              alias b = a0 b1 b2 b3 b4 b5 b6 b7 b8 b9
            recorded:
              alias a = a0 a1 a2 a3 a4 a5 a6 a7 a8 a9
              alias b = b0 b1 b2 b3 b4 b5 b6 b7 b8 b9
        ",
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
            note 1 user will be without an alias for a moment, since full aliases wait for one another.
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
            note the plan is limited by --target/--exclude: without getui.alias["b"]
            Error plan::alias_full: getui.alias["a"] has no room for 1 user: it holds 10 at most
            Error plan::selection_not_closed: what is selected also moves what is not: `getui.alias["b"]`
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
fn an_alias_that_others_come_to_is_not_cleared() {
    holds(
        r#"
            desired:
              alias alice = u3
            recorded:
              alias alice = u1 u2
            live:
              alias alice = u1 u2
              seen aliases alice
              seen alias_users u1 u2 u3
        "#,
        r#"
            update getui.alias["alice"] (observed)
              u1: `alice` to -, observed
              u2: `alice` to -, observed
              u3: - to `alice`, observed
            call 0: unbind u1=alice u2=alice for [0]
            call 1: bind u3=alice for [0]
        "#,
    );
}
