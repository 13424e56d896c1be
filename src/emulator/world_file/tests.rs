//! Worlds as files, written and read back.

use super::*;
use crate::emulator::Setup;
use crate::emulator::testing::{CIDS, client};
use crate::timestamp::MINUTE_MS;

#[test]
fn the_example_is_a_world() {
    let world = World::new(read_setup(EXAMPLE, "emulator.yaml").expect("a setup"));
    let cid = "e605a0db5ce3cca9b76b012978064940";
    assert_eq!(
        (world.alias_of(cid), world.tags_of(cid).0, world.badge_of(cid)),
        (Some("old_name"), vec!["vip", "喜爱足球"], 3)
    );
    assert_eq!(world.tags_of("beef00000000000000000000000003e7").0, ["newsletter"]);
    assert_eq!((world.value("1a0018970aa97f72bb6", "level"), world.faults().len()), (Some("3"), 3));
    assert_eq!(
        world.token_of("wx", "f5fc768b8f3d0ac24d6b7df65e0221b0"),
        Some("oX-Yr4ICsWkJaydB8mdRD3DMahkA")
    );
}

#[test]
fn ids_that_look_like_numbers_stay_text() {
    let cid = "96275881725471401625687950277681";
    let yaml = format!(
        "{{getui: {{users: {{{cid}: {{alias: 0123, tags: [1e10, no]}}}}}}, jpush: {{properties: {{p: {{type: string}}}}, devices: {{00e1: {{p: 1e400}}}}}}}}"
    );
    let world = World::new(read_setup(&yaml, "x").expect("a setup"));
    assert_eq!((world.alias_of(cid), world.tags_of(cid).0), (Some("0123"), vec!["1e10", "no"]));
    assert_eq!(world.value("00e1", "p"), Some("1e400"));
}

#[test]
fn a_wrong_setup_says_where_and_what() {
    let wrong = |yaml: &str| read_setup(yaml, "emulator.yaml").expect_err("wrong").list()[0].summary.clone();
    assert!(wrong("getui: {user: {}}").contains("unknown field `user`"), "{}", wrong("getui: {user: {}}"));
    assert!(wrong("switches: {alias_of_none: maybe}").contains("it takes empty_string, absent"));
    assert!(wrong("limits: {auth: 5/1w}").contains("emulator.yaml"));
    assert!(wrong("time_zone: Mars/Olympus").contains("no time zone is called"));
    assert!(wrong("faults: [{do: explode}]").contains("unknown variant `explode`"));
}

#[test]
fn an_empty_setup_is_the_world_of_all_defaults() {
    for text in ["", "\n# nothing\n", "{}"] {
        assert_eq!(read_setup(text, "x").expect("a setup").switches, Setup::default().switches);
    }
}

#[test]
fn a_world_that_was_saved_goes_on_as_if_nothing_had_happened() {
    let mut first = client(
        "{limits: {tag_batch: 2/1m}, latency_jitter_ms: 50, jpush: {properties: {p: {type: number}}}, \
        faults: [{on: getui.alias.clear, call: 2, do: status}], getui: {foreign: [x], users_unknown: accept}}",
    );
    let batch = format!(r#"{{"cid":["{}","{}"]}}"#, CIDS[0], CIDS[1]);
    first.getui("PUT", "user/custom_tag/batch/late", &batch);
    first.getui("POST", &format!("user/custom_tag/cid/{}", CIDS[1]), r#"{"custom_tag":["set"]}"#);
    first.getui("POST", "user/alias", &format!(r#"{{"data_list":[{{"cid":"{}","alias":"a"}}]}}"#, CIDS[0]));
    first.getui("DELETE", "user/alias/other", "");
    first.getui("GET", "user/nothing", "");
    first.jpush("POST", "property/bind/registration_ids", r#"{"r1":{"p":"1"}}"#);
    let text = write_saved(&first.world);
    let mut second = client("");
    (second.world, second.token) = (read_world(&text, "x").expect("a world"), first.token.clone());
    assert_eq!(write_saved(&second.world), text, "what was read is what was written");
    assert_eq!(second.world.violations(), first.world.violations());
    for (method, path, body) in [
        ("PUT", "user/custom_tag/batch/again", &batch[..]),
        ("PUT", "user/custom_tag/batch/over", &batch),
        ("POST", &format!("user/custom_tag/cid/{}", CIDS[1]), r#"{"custom_tag":["again"]}"#),
        ("DELETE", "user/alias/second", ""),
        ("GET", &format!("user/alias/cid/{}", CIDS[0]), ""),
        ("GET", &format!("user/custom_tag/cid/{}", CIDS[0]), ""),
    ] {
        first.pass(MINUTE_MS / 30);
        second.now = first.now;
        assert_eq!(first.getui(method, path, body), second.getui(method, path, body), "{method} {path}");
    }
    assert_eq!(first.jpush("GET", "property/bind/r1", ""), second.jpush("GET", "property/bind/r1", ""));
    assert_eq!(first.world.travel_ms(), second.world.travel_ms(), "chance goes on as well");
    assert_eq!(write_saved(&first.world), write_saved(&second.world));
}

#[test]
fn new_rules_keep_what_the_world_holds() {
    let mut c = client("limits: {tag_batch: 1/1m}");
    let batch = format!(r#"{{"cid":["{}"]}}"#, CIDS[0]);
    c.getui("PUT", "user/custom_tag/batch/a", &batch);
    c.world.set_rules(read_setup("limits: {tag_batch: 2/1m}", "x").expect("a setup"));
    assert!(c.getui("PUT", "user/custom_tag/batch/b", &batch).starts_with("200"));
    assert!(
        c.getui("PUT", "user/custom_tag/batch/c", &batch).starts_with("403"),
        "the first call still counts"
    );
    assert_eq!(c.world.tags_of(CIDS[0]).1, ["a", "b"]);
}

#[test]
fn a_broken_or_strange_file_is_a_problem() {
    let problem = read_saved("{\"memory\"", "w.json").expect_err("broken");
    assert!(problem.list()[0].summary.starts_with("w.json can not be read"));
    let text = write_saved(&World::default()).replace("\"version\":1", "\"version\":9");
    let problem = read_saved(&text, "w.json").expect_err("another version");
    assert!(problem.list()[0].summary.contains("format 9, this is format 1"));
}

#[test]
fn no_credential_is_saved() {
    let yaml = "getui: {credentials: {app_id: i, app_key: k, master_secret: hunter2}}";
    let world = World::new(read_setup(yaml, "x").expect("a setup"));
    assert!(!write_saved(&world).contains("hunter2"));
}
