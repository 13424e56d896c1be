//! What a drift check says beside its changes.

use super::*;
use crate::address::Resource;
use crate::change::{Action, Basis};
use crate::plan::sampling::Proof;
use crate::render::sample::{ALICE, BOB, Sample};

fn proven(population: u64, drawn: u64, differing: u64) -> String {
    let sample = Sample::new();
    let sampled = Sampled { proof: Proof::of(population, drawn, differing), gone: 0, seed: 17 };
    Found { plan: &sample.plan, sampled: Some(sampled) }.proven().expect("a sample was drawn")
}

#[test]
fn a_sample_says_what_it_proves() {
    assert_eq!(
        proven(200_000, 1_500, 0),
        "1,500 of 200,000 recorded users looked at, drawn by seed 17, none differs: \
         at most 0.31 % of users (610) differ, 99 % confidence"
    );
    assert_eq!(
        proven(1_000, 100, 7),
        "100 of 1,000 recorded users looked at, drawn by seed 17, 7 differ: \
         about 7 % of users, at most 14.8 % of users (148) differ, 99 % confidence"
    );
    assert_eq!(proven(3, 10, 1), "all 3 recorded users were looked at, 1 differs");
    assert_eq!(proven(0, 10, 0), "nobody's alias or tags are recorded, so there is nobody to draw");
}

#[test]
fn what_apply_would_do_is_told_by_its_own_plan() {
    let remedy = |planned: &[(&str, &str, &str, &str)]| {
        let mut s = Sample::new();
        let happened = [(ALICE, "vip", "members", ""), (BOB, "vip", "members", "")];
        s.change((Resource::TagMembers, "vip"), Action::Update, Basis::Observed, &happened, &[]).outside();
        s.change((Resource::TagMembers, "vip"), Action::Update, Basis::Observed, planned, &[]);
        s.plan.cells.sort_by_key(Cell::key);
        Remedy::of(&s.plan, &s.plan.drift[0]).sentence(&s.plan.drift[0])
    };
    let (alice, bob) = ((ALICE, "vip", "", "set"), (BOB, "vip", "", "members"));
    assert_eq!(remedy(&[alice, bob]), "apply puts it back");
    assert_eq!(remedy(&[bob]), "apply puts 1 of 2 rows back");
    assert_eq!(remedy(&[]), "apply leaves it and records it");
}

#[test]
fn what_nobody_looked_at_is_named_with_its_reason() {
    let mut s = Sample::new();
    let unobserved = |kind, rows| Unobserved { kind, rows, recorded_at: 1_795_312_800 };
    s.plan.unobserved = vec![
        unobserved(Kind::Tag, 200_000),
        unobserved(Kind::Blacklist, 1),
        unobserved(Kind::DeviceToken, 2),
    ];
    let found = Found { plan: &s.plan, sampled: None };
    assert_eq!(
        found.unobserved(&Zone::shanghai()),
        [
            "1 user on the blacklist, recorded 2026-11-22 10:00: it cannot be read back",
            "2 device tokens, recorded 2026-11-22 10:00: it cannot be read back",
            "200,000 tags of users: only the record says so"
        ]
    );
    assert_eq!(percent(31), "0.31");
    assert_eq!(percent(30), "0.3");
    assert_eq!(percent(1_200), "12");
}
