//! What the property test draws: worlds, declarations, what happens outside, and limits.
//!
//! The universe is small on purpose, so that what is drawn meets: users leave aliases that others join, tags are both
//! foreign and declared, types change under values.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use crate::declared::Declared;
use crate::facts::{Facts, holds};

pub const USERS: usize = 32;
pub const PROPERTIES: usize = 4;
pub const DEVICES: usize = 6;
pub const CHANNELS: [&str; 2] = ["wx", "hw"];
/// Users of tags, tokens and the blacklist: few, so that they meet.
const BUSY: usize = 10;
const ALIASES: usize = 4;
pub const TAGS: usize = 6;
const TYPES: [&str; 4] = ["string", "number", "bool", "datetime"];
const TEXTS: [&str; 10] = [
    "3",
    "3.0",
    "-1.5",
    "2e6",
    "true",
    "false",
    "2026-11-22 10:12:00",
    "2020-02-29 00:00:00",
    "abc",
    "喜爱 足球",
];

pub fn user(number: usize) -> String {
    format!("{number:032x}")
}

pub fn alias(number: usize) -> String {
    ["alice_w", "13800138000", "老客户", "team_4"][number].to_owned()
}

pub fn tag(number: usize) -> String {
    ["vip", "喜爱足球", "spring_sale", "newsletter", "trial", "2026"][number].to_owned()
}

pub fn property(number: usize) -> String {
    ["level", "生日", "wants night push", "a?b%c"][number].to_owned()
}

pub fn device(number: usize) -> String {
    format!("1a0018970aa97f72bb{number}")
}

/// Something that changes behind our back.
#[derive(Clone, Debug)]
pub enum Outside {
    Alias(usize, Option<usize>),
    TagAdded(usize, usize),
    TagRemoved(usize, usize),
    Blacklisted(usize),
    Allowed(usize),
    Property(usize, usize),
    PropertyGone(usize),
    Value(usize, usize, Option<usize>),
}

/// One course of events.
#[derive(Clone, Debug)]
pub struct Case {
    pub world: Facts,
    pub first: Option<Declared>,
    pub outside: Vec<Outside>,
    pub second: Declared,
    pub narrow: Narrow,
    /// How long before midnight it begins, in milliseconds.
    pub before_midnight_ms: i64,
    pub jitter_ms: i64,
    pub seed: u64,
}

/// Which limits are small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Narrow {
    Nothing,
    TagsByTheSecond,
    TagsByTheDay,
    Everything,
}

pub fn cases() -> impl Strategy<Value = Case> {
    let narrow = prop_oneof![
        3 => Just(Narrow::Nothing),
        1 => Just(Narrow::TagsByTheSecond),
        1 => Just(Narrow::TagsByTheDay),
        1 => Just(Narrow::Everything),
    ];
    let when = prop_oneof![2 => Just(10 * 3_600_000), 1 => 0..30_000_i64];
    let how = (narrow, when, 0..80_i64, any::<u64>());
    let what =
        (facts(), option::weighted(0.8, declared()), vec(outside(), 0..8), option::weighted(0.8, declared()));
    (what, how).prop_map(
        |((world, first, outside, second), (narrow, before_midnight_ms, jitter_ms, seed))| Case {
            second: second.or_else(|| first.clone()).unwrap_or_default(),
            world,
            first,
            outside,
            narrow,
            before_midnight_ms,
            jitter_ms,
            seed,
        },
    )
}

/// Who has which alias: anybody any, or three full ones, turned by some places, with some users exchanged.
fn aliases() -> impl Strategy<Value = BTreeMap<usize, usize>> {
    let any = vec(option::weighted(0.4, 0..ALIASES), USERS).prop_map(|list| {
        let pairs = list.into_iter().enumerate().filter_map(|(user, alias)| Some((user, alias?)));
        at_most_ten(pairs)
    });
    let full = (0..3_usize, vec((0..USERS, 0..USERS), 0..5)).prop_map(|(turn, swaps)| {
        let mut list: Vec<usize> =
            (0..USERS).map(|user| if user < 30 { (user / 10 + turn) % 3 } else { 3 }).collect();
        for (a, b) in swaps {
            list.swap(a, b);
        }
        at_most_ten(list.into_iter().enumerate())
    });
    prop_oneof![any, full]
}

fn at_most_ten(pairs: impl Iterator<Item = (usize, usize)>) -> BTreeMap<usize, usize> {
    let mut sizes = [0; ALIASES];
    pairs
        .filter(|(_, alias)| {
            sizes[*alias] += 1;
            sizes[*alias] <= 10
        })
        .collect()
}

fn tokens() -> impl Strategy<Value = BTreeMap<(usize, usize), usize>> {
    btree_map((0..CHANNELS.len(), 0..BUSY), 0..3_usize, 0..5)
}

fn token(number: usize) -> String {
    format!("oX-Yr4ICsWkJaydB8mdRD3DMah{number}")
}

fn properties() -> impl Strategy<Value = BTreeMap<String, (String, String)>> {
    let one = (0..TYPES.len(), prop_oneof![Just(""), Just("会员等级")]);
    let one = one.prop_map(|(of, about)| (TYPES[of].to_owned(), about.to_owned()));
    btree_map((0..PROPERTIES).prop_map(property), one, 0..=PROPERTIES)
}

fn values() -> impl Strategy<Value = BTreeMap<(String, String), String>> {
    let key = ((0..DEVICES).prop_map(device), (0..PROPERTIES).prop_map(property));
    btree_map(key, (0..TEXTS.len()).prop_map(|at| TEXTS[at].to_owned()), 0..14)
}

fn facts() -> impl Strategy<Value = Facts> {
    let tags = btree_set((0..BUSY, 0..TAGS), 0..24);
    (aliases(), tags, btree_set(0..BUSY, 0..4), tokens(), properties(), values()).prop_map(
        |(aliases, tags, blacklist, tokens, properties, mut values)| {
            values
                .retain(|(_, property), text| properties.get(property).is_some_and(|of| holds(&of.0, text)));
            Facts {
                alias: aliases.into_iter().map(|(who, what)| (user(who), alias(what))).collect(),
                tags: tags.into_iter().map(|(who, what)| (user(who), tag(what))).collect(),
                blacklist: blacklist.into_iter().map(user).collect(),
                tokens: tokens
                    .into_iter()
                    .map(|((at, who), what)| ((CHANNELS[at].to_owned(), user(who)), token(what)))
                    .collect(),
                properties,
                values,
            }
        },
    )
}

pub fn declared() -> impl Strategy<Value = Declared> {
    let sets = btree_map(0..BUSY, btree_set(0..TAGS, 0..4), 0..4);
    let members = btree_set((0..TAGS, 0..BUSY), 0..16);
    let users = (aliases(), vec(any::<bool>(), ALIASES), sets, members, btree_set(0..BUSY, 0..4), tokens());
    (users, properties(), values()).prop_map(
        |((who, declare, sets, members, blacklist, tokens), properties, values)| {
            let mut declared = Declared { properties, ..Declared::default() };
            for (who, what) in who.into_iter().filter(|(_, what)| declare[*what]) {
                declared.aliases.entry(alias(what)).or_default().insert(user(who));
            }
            for (who, tags) in sets {
                declared.tag_sets.insert(user(who), tags.into_iter().map(tag).collect());
            }
            for (what, who) in members {
                let outside = |set: &BTreeSet<String>| !set.contains(&tag(what));
                if !declared.tag_sets.get(&user(who)).is_some_and(outside) {
                    declared.tag_members.entry(tag(what)).or_default().insert(user(who));
                }
            }
            declared.blacklist = blacklist.into_iter().map(user).collect();
            for ((at, who), what) in tokens {
                declared.tokens.entry(CHANNELS[at].to_owned()).or_default().insert(user(who), token(what));
            }
            for ((device, property), text) in values {
                if declared.properties.get(&property).is_some_and(|of| holds(&of.0, &text)) {
                    declared.devices.entry(device).or_default().insert(property, text);
                }
            }
            declared
        },
    )
}

pub fn outside() -> impl Strategy<Value = Outside> {
    prop_oneof![
        (0..USERS, option::of(0..ALIASES)).prop_map(|(a, b)| Outside::Alias(a, b)),
        (0..BUSY, 0..TAGS).prop_map(|(a, b)| Outside::TagAdded(a, b)),
        (0..BUSY, 0..TAGS).prop_map(|(a, b)| Outside::TagRemoved(a, b)),
        (0..BUSY).prop_map(Outside::Blacklisted),
        (0..BUSY).prop_map(Outside::Allowed),
        (0..PROPERTIES, 0..TYPES.len()).prop_map(|(a, b)| Outside::Property(a, b)),
        (0..PROPERTIES).prop_map(Outside::PropertyGone),
        (0..DEVICES, 0..PROPERTIES, option::of(0..TEXTS.len())).prop_map(|(a, b, c)| Outside::Value(a, b, c)),
    ]
}

/// Lets it happen, unless the vendor's own rules would not let anybody do it.
pub fn happen(world: &mut pushform::emulator::World, change: &Outside) {
    use pushform::emulator::world::Outside as Real;
    let now = world.now();
    match *change {
        Outside::Alias(who, Some(what)) if world.users_of(&alias(what)).len() < 10 => {
            world.change_outside(Real::Alias(&user(who), Some(&alias(what))), now);
        }
        Outside::Alias(_, Some(_)) => {}
        Outside::Alias(who, None) => world.change_outside(Real::Alias(&user(who), None), now),
        Outside::TagAdded(who, what) => world.change_outside(Real::TagAdded(&user(who), &tag(what)), now),
        Outside::TagRemoved(who, what) => world.change_outside(Real::TagRemoved(&user(who), &tag(what)), now),
        Outside::Blacklisted(who) => world.change_outside(Real::Blacklisted(&user(who)), now),
        Outside::Allowed(who) => world.change_outside(Real::Allowed(&user(who)), now),
        Outside::Property(what, of) => {
            let value_type = crate::facts::value_type(TYPES[of]);
            world.change_outside(Real::Property(&property(what), value_type, "from outside"), now);
        }
        Outside::PropertyGone(what) => world.change_outside(Real::PropertyGone(&property(what)), now),
        Outside::Value(on, what, text) => {
            let of = world.property(&property(what)).map(|property| crate::facts::word(property.value_type));
            let fits = |text: &&str| of.is_some_and(|of| holds(of, text));
            let text = text.map(|at| TEXTS[at]);
            if text.is_none_or(|text| fits(&text)) {
                world.change_outside(Real::Value(&device(on), &property(what), text), now);
            }
        }
    }
}
