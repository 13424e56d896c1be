//! Worlds as files, written and read back.

use super::*;
use crate::emulator::Setup;
use crate::emulator::testing::{CIDS, client};
use crate::emulator::world::Incoming;
use crate::timestamp::MINUTE_MS;
use crate::wire::Method;

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

/// Every fault of a text, a line each: `line:column summary (help)`.
fn faults(yaml: &str) -> Vec<String> {
    let problems = read_setup(yaml, "emulator.yaml").err().unwrap_or_default();
    let line = |problem: &Problem| {
        let place = &problem.labels.first().expect("a place").place;
        let help = problem.help.as_deref().expect("a help");
        format!("{}:{} {} ({help})", place.line, place.column, problem.summary)
    };
    problems.list().iter().map(line).collect()
}

#[test]
fn a_wrong_setup_says_where_and_what() {
    for (yaml, expected) in [
        ("getui: {user: {}}", "1:9 unknown key `user` (did you mean `users`?)"),
        (
            "getui:\n  nothing: 1\n",
            "2:3 unknown key `nothing` (expected one of credentials, any_credentials, users, many, foreign, users_unknown, legacy, denied)",
        ),
        (
            "seed: x",
            "1:7 expected a whole number from 0, found `x` (`pushform schema world` prints what may stand in the file)",
        ),
        (
            "switches: {alias_of_none: maybe}",
            "1:27 switch `alias_of_none` cannot be `maybe`; it takes empty_string, absent, empty_object, 20001 (`pushform schema world` prints what may stand in the file)",
        ),
        (
            "limits: {auth: 5/1w}",
            "1:16 `5/1w` is no limit such as 100/1m, 5/10s or 10000/1d (`pushform schema world` prints what may stand in the file)",
        ),
        (
            "limits: {auth: [1/1m, 5/1w]}",
            "1:23 `5/1w` is no limit such as 100/1m, 5/10s or 10000/1d (`pushform schema world` prints what may stand in the file)",
        ),
        (
            "faults: [{do: explod}]",
            "1:15 unknown value `explod` (expected one of slow, late, refuse, cut_before, cut_after, status, garbage, empty, token_gone, over_limit, code)",
        ),
        (
            "faults: [{on: '*'}]",
            "1:10 the key `do` is missing (`pushform schema world` prints what may stand in the file)",
        ),
        (
            "getui: {users: {a: {}, a: {}}}",
            "1:24 the key `a` stands twice (`pushform schema world` prints what may stand in the file)",
        ),
        (
            "seed: 1\nseed: 2\n",
            "2:1 the key `seed` stands twice (`pushform schema world` prints what may stand in the file)",
        ),
        (
            "seed: 1\n---\nseed: 2\n",
            "3:1 a world is one document, and this is a second one (put everything into one document)",
        ),
        (
            "getui: [1]",
            "1:8 expected a mapping, found a list (`pushform schema world` prints what may stand in the file)",
        ),
    ] {
        assert_eq!(faults(yaml), [expected], "{yaml}");
    }
    assert!(
        faults("switches: {alias_of_non: absent}")[0].starts_with("1:12 there is no switch `alias_of_non`")
    );
    assert!(faults("time_zone: Mars/Olympus")[0].starts_with("1:12 no time zone is called"));
}

#[test]
fn users_whom_no_vendor_can_hold_are_errors_with_their_places() {
    let user = |fields: &str| format!("getui:\n  users:\n    c1: {{{fields}}}\n");
    for (yaml, expected) in [
        (
            user("tags: [vip, two words]"),
            "3:22 `two words` cannot be a tag: a tag is not empty and has no spaces (the vendor shows a user's tags with spaces between them: list two tags, or join the words)",
        ),
        (
            user("tags: [vip, '']"),
            "3:23 `` cannot be a tag: a tag is not empty and has no spaces (the vendor shows a user's tags with spaces between them: list two tags, or join the words)",
        ),
        (user("tags: [vip, vip]"), "3:22 tag `vip` stands twice (take one out)"),
        (user("alias: ''"), "3:18 an alias is never empty and has no control characters (leave it out)"),
        (
            user("alias: two words"),
            "3:17 `two words` cannot be an alias: it has other characters than letters, digits, underscores and Chinese characters (correct it, or set `getui.legacy: true` if it is from before today's limits)",
        ),
        (
            user("alias: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            "3:17 `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` cannot be an alias: it has 40 characters or more (correct it, or set `getui.legacy: true` if it is from before today's limits)",
        ),
        (
            user("tags: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]"),
            "3:17 tag `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` has more than 32 characters (correct it, or set `getui.legacy: true` if it is from before today's limits)",
        ),
        (
            "getui: {many: [{count: 12, like: {alias: a}}]}".to_owned(),
            "1:42 alias `a` has more than 10 users (correct it, or set `getui.legacy: true` if it is from before today's limits)",
        ),
        (
            user("no_mini_program: true, device_tokens: {wx: t}"),
            "3:10 channel wx refuses this user, who has a token of it (take the token out, or `no_mini_program`)",
        ),
        (user("last_login_time: -5"), "3:27 nobody was there before 1970 (give it 0 or more)"),
        (
            "getui: {credentials: {app_id: a/b, app_key: k, master_secret: s}}".to_owned(),
            "1:31 this cannot be the id of an app: it holds a comma, a slash, a space or a control character (change it)",
        ),
        (
            user("device_tokens: {zz: t}"),
            "3:26 unknown channel `zz` (expected one of wx, hw, hwq, ho, xm, op, opg, vv, mz, fcm, st, sn, ios)",
        ),
        (user("badge: -1"), "3:17 no icon shows -1 (give it 0 or more)"),
        (user("login_freq: 101"), "3:22 nobody is there on more than 100 of 100 days (give it 0 to 100)"),
        (
            user("status: online, last_login_time: 5"),
            "3:43 a user who is online has no last time (leave it out, or make the status `offline`)",
        ),
        (user("create_time: yesterday"), "3:23 `yesterday` is not a time (write it as yyyy-MM-dd HH:mm:ss)"),
        (
            "getui: {users: {'a,b': {}}}".to_owned(),
            "1:18 `a,b` cannot be a cid: it holds a comma, a slash, a space or a control character (a cid is 32 hexadecimal digits; other text is taken without commas, slashes and spaces)",
        ),
        (
            "getui: {users: {x: {}}, foreign: [y, x]}".to_owned(),
            "1:17 user `x` cannot be this app's and another app's (take it out of `users` or out of `foreign`)",
        ),
        (
            "getui: {many: [{count: 17, prefix: beefbeefbeefbeefbeefbeefbeefbee}]}".to_owned(),
            "1:24 17 users do not fit behind `beefbeefbeefbeefbeefbeefbeefbee` (a cid has 32 digits: make the prefix shorter)",
        ),
        (
            "getui: {many: [{count: 1, prefix: XY}]}".to_owned(),
            "1:35 no cid starts with `XY` (give the first hexadecimal digits of their cids, in lower case)",
        ),
    ] {
        assert_eq!(faults(&yaml), [expected], "{yaml}");
    }
}

#[test]
fn what_no_call_sets_today_is_in_a_world_that_says_so() {
    let twelve: String = (0..12).map(|at| format!("    c{at:02}: {{alias: with-hyphen}}\n")).collect();
    let world = |legacy: &str| format!("getui:\n  legacy: {legacy}\n  users:\n{twelve}");
    assert_eq!(faults(&world("true")), Vec::<String>::new());
    assert_eq!(faults(&world("false")).len(), 12);
    let eleventh = faults(&world("false").replace('-', "_"));
    assert_eq!(eleventh.len(), 1);
    assert!(eleventh[0].starts_with("14:18 alias `with_hyphen` has more than 10 users"), "{}", eleventh[0]);
}

#[test]
fn what_else_no_vendor_can_hold_is_an_error_with_its_place() {
    let device = |value: &str| {
        format!("jpush:\n  properties: {{level: {{type: number}}}}\n  devices: {{r1: {{{value}}}}}\n")
    };
    let fault = |fields: &str| format!("faults:\n  - {{{fields}}}\n");
    for (yaml, expected) in [
        (device("levl: 3"), "3:18 `levl` is not declared as a property (did you mean `level`?)"),
        (
            device("level: ' 3'"),
            "3:26 ` 3` is not a number, as `level` is declared (correct the value, or the type of the property)",
        ),
        (
            "switches: {properties_max: 1}\njpush: {properties: {p: {type: bool}, q: {type: bool}}}"
                .to_owned(),
            "2:21 2 properties: `switches.properties_max` allows 1 (take some out, or raise the switch)",
        ),
        (
            device("city: 3"),
            "3:18 `city` is not declared as a property (declare it under `jpush.properties`, with its type)",
        ),
        (
            device("level: three"),
            "3:25 `three` is not a number, as `level` is declared (correct the value, or the type of the property)",
        ),
        (
            "jpush: {properties: {bind: {type: bool}}}".to_owned(),
            "1:22 `bind` cannot be a property: a path has this word where names stand (give it another name)",
        ),
        (
            "jpush: {properties: {p: {type: bool, last_update_time: soon}}}".to_owned(),
            "1:56 `soon` is not a time (write it as yyyy-MM-dd HH:mm:ss)",
        ),
        (
            fault("on: getui.tag.bnd, do: slow"),
            "2:10 no endpoint is called `getui.tag.bnd` (did you mean `getui.tag.bind`?)",
        ),
        (fault("do: refuse, call: 0"), "2:24 it would strike no call (count from 1)"),
        (
            fault("do: refuse, probability: .nan"),
            "2:31 expected a number, found `.nan` (`pushform schema world` prints what may stand in the file)",
        ),
        (
            fault("do: refuse, probability: NaN"),
            "2:31 a probability is from 0 to 1 (0.1 is every tenth call)",
        ),
        (
            fault("do: cut_after, carried_out: true"),
            "2:34 `carried_out` changes nothing here (it belongs to the actions status, garbage and empty; take it out)",
        ),
        (
            fault("do: refuse, ms: 5"),
            "2:22 `ms` changes nothing here (it belongs to the actions slow and late; take it out)",
        ),
        ("latency_ms: -1".to_owned(), "1:13 a call cannot take -1 ms (give it 0 or more)"),
    ] {
        assert_eq!(faults(&yaml), [expected], "{yaml}");
    }
}

#[test]
fn every_fault_of_a_world_is_told_at_once() {
    let yaml = "getui: {users: {c1: {tags: [a b], badge: -1}}}\nfaults: [{on: nowhere, do: slow}]\n";
    let lines: Vec<String> =
        faults(yaml).iter().map(|line| line.split(' ').next().expect("a place").to_owned()).collect();
    assert_eq!(lines, ["1:29", "1:42", "2:15"]);
}

#[test]
fn a_script_of_faults_says_what_of_it_has_no_effect() {
    let said = |text: &str| read_fault(text).expect_err("wrong");
    assert_eq!(
        said(r#"{"on":"jpush.nothing","do":"slow"}"#),
        "on: no endpoint is called `jpush.nothing`; docs/endpoints.md lists them; `*` stands for any piece of a name"
    );
    assert!(said(r#"{"do":"explode"}"#).contains("unknown variant"));
    assert!(read_fault(r#"{"on":"jpush.*","do":"slow","ms":5}"#).is_ok());
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
    let request =
        Incoming { method: Method::Get, path: "/v3/property".to_owned(), headers: vec![], body: vec![] };
    assert_eq!(first.world.travel(&request), second.world.travel(&request), "chance goes on as well");
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
    assert!(problem.list()[0].summary.starts_with("w.json cannot be read"));
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
