//! Laws of the world, under whatever calls come.

use proptest::prelude::*;

use super::*;
use crate::emulator::switches::Switches;
use crate::emulator::testing::{client, setup};
use crate::emulator::world_file::{read_saved, write_saved};

/// A call to every endpoint, with users, aliases, tags, properties and devices by number.
fn call(endpoint: u8, user: u8, text: u8) -> (&'static str, String, String) {
    let cid = format!("c{:031x}", user % 14);
    let (name, device) = (format!("n{}", text % 3), format!("r{}", user % 4));
    let pair = format!(r#"{{"data_list":[{{"cid":"{cid}","alias":"{name}"}}]}}"#);
    let cids = format!(r#"{{"cid":["{cid}","c{:031x}"]}}"#, (u32::from(user) + 1) % 14);
    let (method, path, body) = match endpoint % 28 {
        0 | 1 => ("POST", "user/alias".to_owned(), pair),
        2 => ("GET", format!("user/alias/cid/{cid}"), String::new()),
        3 => ("GET", format!("user/cid/alias/{name}"), String::new()),
        4 => ("DELETE", "user/alias".to_owned(), pair),
        5 => ("DELETE", format!("user/alias/{name}"), String::new()),
        6 => ("POST", format!("user/custom_tag/cid/{cid}"), format!(r#"{{"custom_tag":["{name}","t"]}}"#)),
        7 | 8 => ("PUT", format!("user/custom_tag/batch/{name}"), cids),
        9 => ("DELETE", format!("user/custom_tag/batch/{name}"), cids),
        10 => ("GET", format!("user/custom_tag/cid/{cid}"), String::new()),
        11 => ("POST", format!("user/black/cid/{cid}"), String::new()),
        12 => ("DELETE", format!("user/black/cid/{cid}"), String::new()),
        13 => ("GET", format!("user/status/{cid}"), String::new()),
        14 => ("GET", format!("user/deviceStatus/{cid}"), String::new()),
        15 => ("GET", format!("user/detail/{cid}"), String::new()),
        16 => ("POST", format!("user/badge/cid/{cid}"), r#"{"badge":"+1"}"#.to_owned()),
        17 => {
            let condition =
                format!(r#"{{"tag":[{{"key":"custom_tag","values":["{name}"],"opt_type":"or"}}]}}"#);
            ("POST", "user/count".to_owned(), condition)
        }
        18 => (
            "POST",
            "user/bind_dt/wx".to_owned(),
            format!(r#"{{"dt_list":[{{"cid":"{cid}","device_token":"{name}"}}]}}"#),
        ),
        19 => (
            "POST",
            "property".to_owned(),
            format!(r#"{{"property_name":"{name}","property_desc":"d","property_type":"string"}}"#),
        ),
        20 => ("GET", "property".to_owned(), String::new()),
        21 => ("PUT", format!("property/{name}"), r#"{"property_desc":"d"}"#.to_owned()),
        22 => ("DELETE", format!("property/{name}"), String::new()),
        23 => ("GET", format!("property/{name}"), String::new()),
        24 => ("GET", "property/total_num".to_owned(), String::new()),
        25 => ("GET", format!("property/bind/{device}"), String::new()),
        26 => (
            "POST",
            "property/bind/registration_ids".to_owned(),
            format!(r#"{{"{device}":{{"{name}":"v"}}}}"#),
        ),
        _ if text.is_multiple_of(2) => ("DELETE", format!("property/{name}/bind/{device}"), String::new()),
        _ => ("GET", format!("property/{name}/bind/{device}"), String::new()),
    };
    let base = if path.starts_with("property") { "/v3/" } else { "/v2/APP/" };
    (method, format!("{base}{path}"), body)
}

/// Whether what is kept twice agrees: alias with users, tag with counts, property with devices.
fn check_books(world: &World) {
    let saved = world.save();
    for (cid, user) in saved.setup.getui.users {
        let user = user.unwrap_or_default();
        if let Some(alias) = &user.alias {
            assert!(world.users_of(alias).contains(&cid.as_str()), "{alias} does not know {cid}");
            assert!(world.users_of(alias).len() <= users::ALIAS_USERS_MAX);
        }
    }
    for name in ["n0", "n1", "n2", "t"] {
        for cid in world.users_of(name) {
            assert_eq!(world.alias_of(cid), Some(name));
        }
        let counted = world.users.count(|_, has| has(name));
        assert_eq!(world.users.tag_count(name) as usize, counted, "the count of tag {name}");
        for device in world.property(name).map(|property| &property.devices).into_iter().flatten() {
            assert!(world.value(device, name).is_some());
        }
    }
}

#[test]
fn every_endpoint_answers_under_every_switch() {
    for switch in Switches::ALL {
        for value in switch.samples() {
            let mut c = client("");
            c.world.set_switch(&format!("{}={value}", switch.name)).expect("a switch");
            for endpoint in 0..28 {
                for text in 0..2 {
                    let (method, path, body) = call(endpoint, 3, text);
                    let reply = c.reply(method, &path, &body);
                    let json = serde_json::from_slice::<serde_json::Value>(&reply.body);
                    assert!(
                        json.is_ok() || reply.body.is_empty(),
                        "{}={value}: {method} {path}",
                        switch.name
                    );
                }
            }
            c.getui("DELETE", &format!("auth/{}", c.token.clone()), "");
            assert_eq!(c.world.stats().len(), Endpoint::all().count(), "every endpoint was called");
        }
    }
}

#[test]
fn a_setup_may_hold_what_no_client_could_make() {
    let many = "getui: {legacy: true, many: [{count: 12, prefix: d, like: {alias: live-one, tags: [a]}}]}";
    let mut world = World::new(setup(many));
    assert_eq!(world.users_of("live-one").len(), 12);
    assert_eq!(world.tags_of("d0000000000000000000000000000000").0, ["a"]);
    world.change_outside(Outside::UserGone("d0000000000000000000000000000000"), Timestamp(0));
    assert_eq!((world.users_of("live-one").len(), world.users.tag_count("a")), (11, 11));
    let mut c = client(many);
    let reply = c.getui("GET", "user/cid/alias/live-one", "");
    assert_eq!(reply.matches("\"d0").count(), 10, "a question shows ten: {reply}");
}

#[test]
fn what_happens_outside_is_seen_at_once_and_is_no_call() {
    let mut world = World::default();
    let cid = "c0000000000000000000000000000001";
    let at = Timestamp(5);
    world.change_outside(Outside::Alias(cid, Some("a")), at);
    world.change_outside(Outside::Tags(cid, &["x", "y"]), at);
    world.change_outside(Outside::TagAdded(cid, "z"), at);
    world.change_outside(Outside::TagRemoved(cid, "x"), at);
    world.change_outside(Outside::Blacklisted(cid), at);
    world.change_outside(Outside::Property("p", crate::emulator::setup::ValueType::Bool, "d"), at);
    world.change_outside(Outside::Value("r1", "p", Some("true")), at);
    assert_eq!((world.alias_of(cid), world.tags_of(cid).0), (Some("a"), vec!["y", "z"]));
    assert!(world.is_blacklisted(cid) && world.value("r1", "p") == Some("true"));
    world.change_outside(Outside::Alias(cid, None), at);
    world.change_outside(Outside::Allowed(cid), at);
    world.change_outside(Outside::PropertyGone("p"), at);
    assert_eq!((world.alias_of(cid), world.is_blacklisted(cid), world.value("r1", "p")), (None, false, None));
    assert!(world.stats().is_empty() && world.violations().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_books_agree_and_a_saved_world_is_the_same(calls in prop::collection::vec(any::<(u8, u8, u8, u16)>(), 1..120)) {
        let mut c = client("latency_jitter_ms: 9");
        for (endpoint, user, text, gap) in calls {
            c.pass(i64::from(gap) / 8);
            let (method, path, body) = call(endpoint, user, text);
            let _ = c.end(method, &path, &body);
        }
        check_books(&c.world);
        let text = write_saved(&c.world);
        let again = read_saved(&text, "x").expect("a world");
        check_books(&again);
        prop_assert_eq!(write_saved(&again), text);
    }
}
