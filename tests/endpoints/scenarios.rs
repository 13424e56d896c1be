//! What somebody does with the binary, each with the endpoints that it reaches.
//!
//! Each scenario checks what was done; `table.rs` checks which endpoints were called.

use crate::run::Served;

/// Users of the worlds below.
const A: &str = "a0000000000000000000000000000001";
const B: &str = "a0000000000000000000000000000002";
const C: &str = "a0000000000000000000000000000003";
const STRANGER: &str = "f0000000000000000000000000000009";

/// A name and what happens.
pub type Scenario = (&'static str, fn() -> Served);

/// Every scenario, under the name of its test.
pub const ALL: [Scenario; 7] = [
    ("audience_is_applied_and_taken_back", audience),
    ("device_tokens_are_bound_and_refused_one_by_one", device_tokens),
    ("properties_and_devices_are_applied_and_taken_back", properties),
    ("a_user_is_shown_with_everything", user),
    ("users_are_counted", count),
    ("badges_are_set_and_added", badge),
    ("everything_is_pulled", pull),
];

fn world(rest: &str) -> String {
    format!(
        "getui:\n  users_unknown: reject\n  denied: []\n  users:\n    {A}: {{phone: ios, tags: [vip]}}\n    {B}: {{tags: [vip, 喜爱足球]}}\n    \
         {C}: {{alias: old, no_mini_program: true}}\n  foreign: [b0000000000000000000000000000001]\n{rest}"
    )
}

fn audience() -> Served {
    let served = Served::world(&world(""));
    served.apply(&format!(
        "getui:\n  aliases:\n    solo: {A}\n    pair: [{B}, {C}]\n  tag_sets:\n    {A}: [gold]\n  tag_members:\n    \
         sale: [{B}, {C}]\n  blacklist: [{A}, {C}]\n"
    ));
    served.apply(&format!(
        "getui:\n  aliases:\n    pair: [{B}, {C}]\n  tag_sets:\n    {A}: [gold]\n  blacklist: [{A}]\n"
    ));
    let ended = served.apply(&format!("getui:\n  tag_sets:\n    {A}: [gold]\n  blacklist: [{A}]\n"));
    assert!(ended.stdout.contains("getui.alias[\"pair\"] will be destroyed"), "{}", ended.stdout);
    let users = &served.world_now()["getui"]["users"];
    assert_eq!((&users[A]["tags"][0], &users[A]["blacklisted"]), (&"gold".into(), &true.into()), "{users}");
    assert_eq!((&users[B]["alias"], &users[C]["alias"]), (&().into(), &().into()), "{users}");
    served
}

fn device_tokens() -> Served {
    let served = Served::world(&world(""));
    served
        .apply(&format!("getui:\n  device_tokens:\n    wx: {{{A}: oX-1, {B}: oX-2}}\n    hw: {{{A}: T1}}\n"));
    let tokens = |user: &str| served.world_now()["getui"]["users"][user]["device_tokens"].clone();
    assert_eq!((tokens(A)["wx"].as_str(), tokens(A)["hw"].as_str()), (Some("oX-1"), Some("T1")));
    served.apply(&format!("getui:\n  device_tokens:\n    wx: {{{A}: oX-1}}\n"));
    assert_eq!((tokens(B)["wx"].as_str(), tokens(A)["hw"].as_str()), (None, None));

    // Whom nobody asked about is sent, and refused one by one; the others' tokens are bound.
    let foreign = "b0000000000000000000000000000001";
    served.folder.write(
        "manifests/all.yaml",
        &format!(
            "getui:\n  device_tokens:\n    wx: {{{A}: oX-3, {C}: oX-4, {STRANGER}: oX-5, {foreign}: oX-6}}\n"
        ),
    );
    let ended = served.folder.ends_with(1, &["apply", "--auto-approve", "--refresh", "none"]);
    for said in ["(code 24002)", "(code 24003)", "(code 24004)", "请检查参数"] {
        assert!(ended.stderr.contains(said), "{said} is missing in:\n{}", ended.stderr);
    }
    assert_eq!(tokens(A)["wx"].as_str(), Some("oX-3"));
    // Asked about first, the unknown ones are problems of the manifest, and nothing is sent for them.
    let ended = served.folder.ends_with(1, &["plan"]);
    for said in [STRANGER, foreign, "manifests/all.yaml"] {
        assert!(ended.stderr.contains(said), "{said} is missing in:\n{}", ended.stderr);
    }
    served
}

fn properties() -> Served {
    let served = Served::world(
        "jpush:\n  devices_unknown: reject\n  properties:\n    level: {type: string, description: old}\n    \
         stays: {type: string}\n  devices:\n    1a01: {level: \"3\", stays: x}\n    1a02: {level: gold}\n    1a03:\n",
    );
    let first = "jpush:\n  properties:\n    level: {type: number, description: 会员等级}\n    name: {type: string}\n  \
                 devices:\n    1a01: {name: 小王}\n    1a03: {level: 7, name: \"0123\"}\n";
    served.apply(first);
    let values = |device: &str| served.world_now()["jpush"]["devices"][device].clone();
    assert_eq!(values("1a01").to_string(), r#"{"level":"3","name":"小王","stays":"x"}"#);
    assert_eq!(values("1a03").to_string(), r#"{"level":"7","name":"0123"}"#);
    let second = "jpush:\n  properties:\n    level: {type: number, description: 等级}\n    name: {type: string}\n  \
                  devices:\n    1a03: {level: 7}\n";
    served.apply(second);
    assert_eq!(values("1a03").to_string(), r#"{"level":"7"}"#);
    served.apply("jpush:\n  properties:\n    level: {type: number, description: 等级}\n  devices:\n    1a03: {level: 7}\n");
    assert!(served.world_now()["jpush"]["properties"]["name"].is_null());

    // A device that the app does not have fails alone.
    served.folder.write(
        "manifests/all.yaml",
        "jpush:\n  properties:\n    level: {type: number, description: 等级}\n  devices:\n    1a03: {level: 8}\n    \
         1a99: {level: 9}\n",
    );
    let ended = served.folder.ends_with(1, &["apply", "--auto-approve"]);
    assert!(ended.stderr.contains("1a99"), "{}", ended.stderr);
    assert_eq!(values("1a03").to_string(), r#"{"level":"8"}"#);
    served
}

fn user() -> Served {
    let served = Served::world(&world(""));
    served.apply(&format!("getui:\n  blacklist: [{B}]\n"));
    let one = served.folder.ends_with(0, &["user", C]).stdout;
    for said in [
        C,
        "alias          old",
        "status         offline, last seen 2017-01-10",
        "android",
        "blacklisted    no",
    ] {
        assert!(one.contains(said), "{said} is missing in:\n{one}");
    }
    let many = served.folder.ends_with(1, &["user", A, STRANGER, B]);
    let lines: Vec<&str> = many.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{}", many.stdout);
    assert!(
        lines[2].starts_with(B) && lines[2].contains("yes, 20") && lines[2].ends_with("vip 喜爱足球"),
        "{}",
        many.stdout
    );
    assert!(many.stderr.contains(STRANGER), "{}", many.stderr);
    let json = served.folder.ends_with(0, &["user", "--json", A, B, A]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((json.as_array().map(Vec::len), json[0]["phone_type"].as_str()), (Some(2), Some("ios")));
    served
}

fn count() -> Served {
    let served = Served::world(&world(""));
    for (expression, users) in
        [("tag=vip", "2\n"), ("tag=vip & !tag=喜爱足球", "1\n"), ("tag=vip+喜爱足球 & phone=android", "1\n")]
    {
        assert_eq!(served.folder.ends_with(0, &["count", expression]).stdout, users, "{expression}");
    }
    let wrong = served.folder.ends_with(1, &["count", "tag=vip & city=1"]).stderr;
    assert!(
        wrong.contains("`city` is no key") && wrong.contains("keys are tag, phone and region"),
        "{wrong}"
    );
    served
}

fn badge() -> Served {
    let served = Served::world(&world(""));
    let badge = || served.world_now()["getui"]["users"][A]["badge"].clone();
    assert_eq!(served.folder.ends_with(0, &["badge", "set", "5", A]).stdout, "Badge set to 5 for 1 user.\n");
    assert_eq!(badge(), 5);
    // Whoever cannot have one does not spoil the call for the others.
    let ended = served.folder.ends_with(1, &["badge", "add", "-2", A, B, STRANGER]);
    assert_eq!(ended.stdout, "Badge lowered by 2 for 1 user.\n");
    for said in [B, "has no iOS device", STRANGER] {
        assert!(ended.stderr.contains(said), "{said} is missing in:\n{}", ended.stderr);
    }
    assert_eq!(badge(), 3);
    let quota = served.folder.ends_with(0, &["quota"]).stdout;
    let spent: Vec<&str> = quota.lines().filter(|line| line.contains("getui requests")).collect();
    assert!(spent[0].contains("1,200/1m") && !spent[0].contains("   0  1,200"), "{quota}");
    served
}

fn pull() -> Served {
    let served = Served::world(&world(
        "jpush:\n  properties:\n    no: {type: string, description: \"a: b\"}\n    level: {type: number}\n  devices:\n    \
         1a01: {no: \"1e10\", level: \"3\"}\n",
    ));
    served.folder.write("ids.csv", &format!("cid,registration_id\n{A},1a01\n{C},1a02\n{STRANGER},\n"));
    let ended = served.folder.ends_with(0, &["pull", "--cids", "ids.csv"]);
    assert_eq!(ended.stdout, "manifests/users.yaml\nmanifests/properties.yaml\nmanifests/devices.yaml\n");
    assert!(ended.stderr.contains(STRANGER), "{}", ended.stderr);
    assert!(ended.stderr.contains("`1a02` has no value of any property"), "{}", ended.stderr);
    assert!(served.folder.read("manifests/users.yaml").contains(&format!("    old: [{C}]\n")));
    assert!(served.folder.read("manifests/devices.yaml").contains("1a01: {level: \"3\", \"no\": \"1e10\"}"));
    let plan = served.folder.ends_with(0, &["plan", "--detailed-exitcode", "--refresh", "full"]);
    assert!(plan.stdout.contains("No changes."), "{}", plan.stdout);
    let again = served.folder.ends_with(1, &["pull", "--cids", "ids.csv"]);
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
    served
}
