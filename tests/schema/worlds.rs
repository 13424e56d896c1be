//! The JSON Schema of the emulator's world: it says the same about structure as the emulator does.

use jsonschema::Validator;
use serde_json::Value;

use pushform::emulator::world_file::{EXAMPLE, read_setup, schema::schema};

fn validator() -> Validator {
    jsonschema::draft7::new(&schema()).expect("a schema")
}

/// What the schema and the emulator say of a world.
fn judged(validator: &Validator, yaml: &str) -> (bool, bool) {
    let value: Value = serde_yaml::from_str(yaml).expect("YAML");
    (validator.is_valid(&value), read_setup(yaml, "emulator.yaml").is_ok())
}

#[test]
fn a_world_that_the_emulator_takes_fits_the_schema() {
    let validator = validator();
    for yaml in [
        EXAMPLE,
        include_str!("../../src/cli/templates/emulator.yaml"),
        "{}",
        "getui: {users: {c1: {}, c2: null, c3: {alias: 0123, tags: [1e10, 7]}}}",
        "getui:\n  users:\njpush:\nfaults:\nswitches:\n",
        "limits: {auth: 5/10s, tag_batch: [1/1m, 10/1d], tag_overwrite_per_user: 3}",
        "switches: {overwrite_again: 23001, wrong_sign: '10001', tag_bind_delay_ms: 5, device_page_max: '7'}",
        "{unlimited: true, latency_ms: 5, seed: 18446744073709551615, time_zone: UTC}",
        "faults: [{do: late, ms: 5}, {on: '*', do: status, status: 503, carried_out: true, probability: 0.5}]",
        "jpush: {properties: {p: {type: bool}}, devices: {r1: {p: true}, r2: null}}",
    ] {
        assert_eq!(judged(&validator, yaml), (true, true), "{yaml}: {:?}", read_setup(yaml, "x").err());
    }
}

#[test]
fn a_fault_of_structure_is_one_for_the_schema_and_for_the_emulator() {
    let validator = validator();
    for yaml in [
        "getui: {user: {}}",
        "nothing: 1",
        "getui: [1]",
        "getui: {users: {c1: {tags: [two words]}}}",
        "getui: {users: {c1: {tags: [a, a]}}}",
        "getui: {users: {c1: {tags: vip}}}",
        "getui: {users: {c1: {badge: -1}}}",
        "getui: {users: {c1: {badge: many}}}",
        "getui: {users: {c1: {login_freq: 101}}}",
        "getui: {users: {c1: {phone: windows}}}",
        "getui: {many: [{count: 1, prefix: XY}]}",
        "getui: {denied: [everything]}",
        "getui: {users_unknown: maybe}",
        "jpush: {properties: {p: {}}}",
        "jpush: {properties: {p: {type: date}}}",
        "limits: {auth: 5/1w}",
        "limits: {auth: [5/0s]}",
        "limits: {auth: 5/2d}",
        "switches: {alias_of_none: maybe}",
        "switches: {no_such_switch: 1}",
        "switches: {tag_bind_delay_ms: -1}",
        "faults: [{on: '*'}]",
        "faults: [{do: explode}]",
        "faults: [{do: slow, call: 0}]",
        "faults: [{do: slow, probability: 2}]",
        "faults: [{do: status, status: 99}]",
        "latency_ms: -1",
        "seed: x",
        "unlimited: perhaps",
    ] {
        assert_eq!(judged(&validator, yaml), (false, false), "{yaml}");
    }
}

#[test]
fn every_key_of_a_world_is_described() {
    fn look(value: &Value, path: &str) {
        for (key, property) in value.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let said = property.get("description").and_then(Value::as_str).unwrap_or_default();
            assert!(said.chars().count() > 10 && said.ends_with('.'), "{path}/{key} says {said:?}");
        }
        for (key, item) in value.as_object().into_iter().flatten() {
            // The keys of `properties` and `definitions` are names, not words of the schema's own.
            let named = item.as_object().filter(|_| matches!(key.as_str(), "properties" | "definitions"));
            named.into_iter().flatten().for_each(|(name, item)| look(item, &format!("{path}/{name}")));
            if named.is_none() {
                look(item, &format!("{path}/{key}"));
            }
        }
    }
    look(&schema(), "world");
}
