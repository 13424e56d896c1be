//! `docs/endpoints.md` against the emulator's list of endpoints and against what the scenarios really call.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use pushform::emulator::Endpoint;

use crate::scenarios::{ALL, Scenario};

/// A row: the endpoint's name and the scenario that shows it.
fn rows() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/endpoints.md");
    let text = fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> =
            line.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`')).collect();
        assert_eq!(cells.len(), 5, "a row has a name, a path, limits, a use and a test: {line}");
        assert!(!cells[1].is_empty() && !cells[3].is_empty(), "{line}");
        let before = rows.insert(cells[0].to_owned(), cells[4].to_owned());
        assert_eq!(before, None, "{} stands twice", cells[0]);
    }
    rows
}

#[track_caller]
fn shows((name, run): Scenario) {
    let served = run();
    let called: BTreeSet<String> = served.called().into_iter().collect();
    let promised = rows().into_iter().filter(|(_, test)| test == name);
    let missing: Vec<String> =
        promised.map(|(endpoint, _)| endpoint).filter(|name| !called.contains(name)).collect();
    assert!(missing.is_empty(), "`{name}` does not call {missing:?}, but {called:?}");
    let violations = served.inside("violations");
    assert_eq!(violations["total"], 0, "{violations:#}");
}

#[test]
fn every_endpoint_of_the_emulator_is_in_the_table() {
    let listed: Vec<String> = rows().into_keys().collect();
    let mut there: Vec<String> = Endpoint::all().map(|endpoint| endpoint.name().to_owned()).collect();
    there.sort();
    assert_eq!(listed, there, "the rows of docs/endpoints.md (left) and the emulator's endpoints (right)");
}

#[test]
fn every_test_of_the_table_is_one_of_these() {
    let known: BTreeSet<&str> = ALL.iter().map(|(name, _)| *name).collect();
    let unknown: BTreeMap<String, String> =
        rows().into_iter().filter(|(_, test)| !known.contains(test.as_str())).collect();
    assert!(unknown.is_empty(), "no such scenario: {unknown:?}");
}

#[test]
fn audience_is_applied_and_taken_back() {
    shows(ALL[0]);
}

#[test]
fn device_tokens_are_bound_and_refused_one_by_one() {
    shows(ALL[1]);
}

#[test]
fn properties_and_devices_are_applied_and_taken_back() {
    shows(ALL[2]);
}

#[test]
fn a_user_is_shown_with_everything() {
    shows(ALL[3]);
}

#[test]
fn users_are_counted() {
    shows(ALL[4]);
}

#[test]
fn badges_are_set_and_added() {
    shows(ALL[5]);
}

#[test]
fn everything_is_pulled() {
    shows(ALL[6]);
}
