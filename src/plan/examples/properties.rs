//! Properties and values of devices, by example.

use super::holds;

#[test]
fn a_description_is_changed_in_place() {
    holds(
        "
            desired:
              property level = number new words
            recorded:
              property level = number old words
            live:
              property level = number old words
              seen properties
        ",
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
        "
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
        ",
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
            call 2: set d1.level=3 d1.other=x d2.level=4 d3.level=7 for [1, 2, 3] after [1]
            replace level on 5: carried [d1=3 d3=7] lost [d4=abc]
        "#,
    );
}

#[test]
fn values_kept_by_an_interrupted_replacement_are_bound_again() {
    holds(
        "
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
        ",
        r#"
            update jpush.property["level"] (observed)
                level number 
            call 0: set d2.level=8 for [0]
            replace level on 1: carried [d2=8] lost []
            note 1 value of jpush.property["level"] that an interrupted replacement kept will be bound again.
        "#,
    );
}

#[test]
fn an_interrupted_replacement_is_gone_on_with() {
    holds(
        "
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
        ",
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
            call 1: set d1.level=3 d2.level=8 for [0, 1] after [0]
            replace level on 1: carried [d2=8] lost []
            note 1 value of jpush.property["level"] that an interrupted replacement kept will be bound again.
        "#,
    );
}

#[test]
fn a_property_no_longer_declared_takes_its_values_with_it() {
    holds(
        "
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
        ",
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
        "
            desired:
              property level = number
              device d1 level = 1
            recorded:
              property level = number
              device d1 level = 1
              device d2 level = 1
        ",
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
        "
            desired:
              property level = number
            live:
              property theirs = string
              property also_theirs = string
              seen properties
        ",
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
        "
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
        ",
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
        "
            desired:
              property level = string
            recorded:
              property level = number
              protected level
        ",
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
        "
            desired:
              property level = number
            recorded:
              property level = number
              protected level
        ",
        "
            nothing
        ",
    );
}
