//! One fixed course of events with something of every kind: what is so, what is applied first, and what then.

use std::collections::{BTreeMap, BTreeSet};

use pushform::emulator::setup::{PropertySetup, ValueType};
use pushform::emulator::{Setup, Switches};

use crate::declared::Declared;
use crate::draw::{alias, device, property, tag, user};
use crate::facts::Facts;
use crate::sim::{Keeps, Limits, MORNING, Sim};

/// Devices of nobody's declaration with a value of the property that is replaced: more than a small page holds.
pub const CROWD: usize = 120;
/// Properties that nobody declares: more than a small page holds.
const UNMANAGED: usize = 12;

/// How much stands in the world beside what is declared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// As little as shows every kind.
    Small,
    /// With pages of devices and properties.
    Crowded,
}

/// Of which vendor something is declared and changed outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Getui,
    Jpush,
    Both,
}

impl Part {
    /// What of a declaration is this part's.
    fn of(self, mut declared: Declared) -> Declared {
        if self == Self::Jpush {
            let Declared { properties, devices, .. } = declared;
            return Declared { properties, devices, ..Declared::default() };
        }
        if self == Self::Getui {
            declared.properties.clear();
            declared.devices.clear();
        }
        declared
    }
}

/// A simulation after the first apply, the declaration that was applied, and the one that is to be.
pub struct Scenario {
    pub sim: Sim,
    /// What has to be so after the second apply.
    pub wanted: Facts,
    part: Part,
    size: Size,
}

impl Scenario {
    /// Runs up to the moment before the second apply. Inside of a simulation's runtime only.
    pub async fn start(size: Size, switches: Switches, keeps: Keeps) -> Self {
        Self::start_part(Part::Both, size, switches, keeps).await
    }

    /// The same with one vendor's part of the declarations.
    pub async fn start_part(part: Part, size: Size, switches: Switches, keeps: Keeps) -> Self {
        let (first, second) = (part.of(first()), part.of(second()));
        let limits = Limits {
            getui: format!("{{requests: {}/1m}}", switches.requests_per_minute),
            jpush: "{}".to_owned(),
        };
        let sim = Sim::new(setup(size, switches), &limits, MORNING, keeps);
        sim.declare(&first);
        sim.apply_all("the first apply").await;
        sim.nobody_did_wrong("the first apply");
        let now = sim.world.borrow().now();
        change_outside(&mut sim.world.borrow_mut(), now);
        let wanted = sim.facts().after(&first, &second);
        sim.declare(&second);
        Self { sim, wanted, part, size }
    }

    /// Asserts that the second declaration is what is so.
    pub async fn is_settled(&self, step: &str) {
        self.sim.is_settled(step, &self.wanted).await;
        let came_along = self.size == Size::Crowded && self.part != Part::Getui;
        let expected = if came_along { CROWD } else { 0 };
        let world = self.sim.world.borrow();
        let has = |number: &usize| world.value(&crowd(*number), &property(0)) == Some("5");
        assert_eq!((0..CROWD).filter(has).count(), expected, "{step}: values of the crowd that came along");
    }
}

fn crowd(number: usize) -> String {
    format!("1f{number:06}")
}

fn users(numbers: impl IntoIterator<Item = usize>) -> BTreeSet<String> {
    numbers.into_iter().map(user).collect()
}

fn tags(numbers: impl IntoIterator<Item = usize>) -> BTreeSet<String> {
    numbers.into_iter().map(tag).collect()
}

fn values(list: &[(usize, &str)]) -> BTreeMap<String, String> {
    list.iter().map(|(of, text)| (property(*of), (*text).to_owned())).collect()
}

fn definition(type_word: &str, description: &str) -> (String, String) {
    (type_word.to_owned(), description.to_owned())
}

fn setup(size: Size, switches: Switches) -> Setup {
    let (getui, mut jpush) = world().setup();
    if size == Size::Crowded {
        let one = || PropertySetup {
            value_type: ValueType::Bool,
            description: String::new(),
            last_update_time: None,
        };
        jpush.properties.extend((0..UNMANAGED).map(|number| (format!("of others {number:02}"), one())));
        let value = BTreeMap::from([(property(0), "5".to_owned())]);
        jpush.devices.extend((0..CROWD).map(|number| (crowd(number), Some(value.clone()))));
    }
    Setup { getui, jpush, switches, latency_ms: 20, seed: 7, ..Setup::default() }
}

/// Two full aliases, a third of nobody's, foreign tags, tokens and values.
fn world() -> Facts {
    let mut facts = Facts::default();
    facts.alias.extend((0..30).map(|number| (user(number), alias(number / 10))));
    facts
        .tags
        .extend([(0, 0), (0, 1), (1, 2), (2, 3), (3, 4), (4, 5)].map(|(who, what)| (user(who), tag(what))));
    facts.blacklist.insert(user(9));
    facts.tokens.insert(("wx".to_owned(), user(5)), "oX-of-others".to_owned());
    facts.properties.insert(property(0), definition("string", "level"));
    facts.properties.insert(property(2), definition("bool", "of nobody"));
    for (on, text) in [(3, "7"), (4, "abc"), (5, "-1.5")] {
        facts.values.insert((device(on), property(0)), text.to_owned());
    }
    facts.values.insert((device(3), property(2)), "true".to_owned());
    facts
}

fn first() -> Declared {
    let mut first = Declared::default();
    first.aliases.insert(alias(0), users(0..10));
    first.aliases.insert(alias(1), users(10..20));
    first.tag_sets.insert(user(0), tags([0, 1]));
    first.tag_sets.insert(user(6), tags([2]));
    first.tag_members.insert(tag(3), users([1, 2, 7]));
    first.tag_members.insert(tag(4), users([8]));
    first.blacklist = users([1, 2]);
    first.tokens.insert(
        "wx".to_owned(),
        BTreeMap::from([(user(1), "oX-1".to_owned()), (user(2), "oX-2".to_owned())]),
    );
    first.properties.insert(property(0), definition("string", "level"));
    first.properties.insert(property(1), definition("datetime", "birthday"));
    first.devices.insert(device(0), values(&[(0, "3"), (1, "2020-02-29 00:00:00")]));
    first.devices.insert(device(1), values(&[(0, "gold")]));
    first.devices.insert(device(2), values(&[(0, "8"), (1, "2026-11-22 10:12:00")]));
    first
}

/// A ring of full aliases, an alias that moves, an emptied set, removals of every kind, a new type, a new property.
fn second() -> Declared {
    let mut second = Declared::default();
    second.aliases.insert(alias(0), users((0..9).chain([10])));
    second.aliases.insert(alias(1), users((11..20).chain([9])));
    second.aliases.insert(alias(3), users([20, 31]));
    second.tag_sets.insert(user(0), tags([1, 2, 5]));
    second.tag_sets.insert(user(3), tags([]));
    second.tag_members.insert(tag(3), users([1, 9, 10]));
    second.tag_members.insert(tag(0), users([11, 12]));
    second.blacklist = users([2, 3, 11]);
    second.tokens.insert(
        "wx".to_owned(),
        BTreeMap::from([(user(2), "oX-new".to_owned()), (user(3), "oX-3".to_owned())]),
    );
    second.tokens.insert("hw".to_owned(), BTreeMap::from([(user(1), "hw-1".to_owned())]));
    second.properties.insert(property(0), definition("number", "level"));
    second.properties.insert(property(3), definition("bool", "new"));
    second.devices.insert(device(0), values(&[(0, "3"), (3, "true")]));
    second.devices.insert(device(1), values(&[(0, "2e6")]));
    second
}

/// Somebody else is at work in between.
fn change_outside(world: &mut pushform::emulator::World, now: pushform::timestamp::Timestamp) {
    use pushform::emulator::world::Outside;
    for change in [
        Outside::TagRemoved(&user(1), &tag(3)),
        Outside::TagAdded(&user(7), &tag(5)),
        Outside::Alias(&user(19), None),
        Outside::Alias(&user(15), Some(&alias(2).replace('客', "友"))),
        Outside::Value(&device(1), &property(0), Some("silver")),
        Outside::Value(&device(5), &property(0), Some("2.50")),
        Outside::Allowed(&user(9)),
    ] {
        world.change_outside(change, now);
    }
}
