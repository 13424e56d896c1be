//! The emulator's world file through the binary: what is wrong has its place, and what the emulator saved is taken.

use crate::run::{Served, refusal};

const CID: &str = "e605a0db5ce3cca9b76b012978064940";

#[test]
fn a_world_that_cannot_be_is_refused_with_the_place_of_each_fault() {
    let world = format!(
        "getui:\n  users:\n    {CID}: {{tags: [two words]}}\njpush:\n  devices: {{r1: {{level: 3}}}}\nfaults:\n  - {{on: getui.tag.bnd, do: slow}}\n"
    );
    let said_of = refusal(&world);
    for said in [
        "`two words` cannot be a tag",
        "world.yaml:3:",
        "`level` is not declared as a property",
        "world.yaml:5:",
        "no endpoint is called `getui.tag.bnd`",
        "did you mean `getui.tag.bind`?",
        "world.yaml:7:",
    ] {
        assert!(said_of.contains(said), "`{said}` is not in\n{}", said_of);
    }
}

#[test]
fn an_alias_that_no_call_sets_is_refused_unless_the_world_is_an_old_one() {
    let users =
        |alias: &str| -> String { (0..12).map(|at| format!("    c{at:02}: {{alias: {alias}}}\n")).collect() };
    for (alias, said) in [
        ("with-hyphen", "`with-hyphen` cannot be an alias"),
        ("shared", "alias `shared` has more than 10 users"),
    ] {
        let world = format!("getui:\n  users:\n{}", users(alias));
        let said_of = refusal(&world);
        for said in [said, "world.yaml:", "getui.legacy: true"] {
            assert!(said_of.contains(said), "`{said}` is not in\n{}", said_of);
        }
        let served = Served::world(&world.replace("  users", "  legacy: true\n  users"));
        assert_eq!(served.world_now()["getui"]["users"]["c00"]["alias"], alias);
    }
}

#[test]
fn an_unknown_key_of_a_world_is_refused_with_its_place_and_the_nearest() {
    let said_of = refusal("getui:\n  user: {}\n");
    for said in ["unknown key `user`", "world.yaml:2:3", "did you mean `users`?"] {
        assert!(said_of.contains(said), "`{said}` is not in\n{}", said_of);
    }
}

#[test]
fn a_world_that_the_emulator_saved_is_a_world_file() {
    let first = Served::world(&format!("getui: {{users: {{{CID}: {{tags: [vip]}}}}}}\n"));
    first.apply(&format!("getui: {{aliases: {{alice_w: [{CID}]}}}}\n"));
    let saved = first.inside("world");
    let second = Served::world(&saved.to_string());
    assert_eq!(second.world_now()["getui"], first.world_now()["getui"]);
    assert_eq!(second.inside("stats"), first.inside("stats"));
}
