//! Laws of the planner, held against drawn worlds: a plan done in any allowed order ends as declared, leaves
//! what is foreign alone, and a second plan finds nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::kind::{Definition, PropertyType, Write, limits};
use crate::names::{Name, Names};
use crate::table::{Kind, Row, Table, Tables};

use super::Plan;
use super::testing::{World, plan_of, show};

/// Rows as texts: kind, subject and item, and the value.
type Facts = BTreeMap<(Kind, String, String), String>;

/// A drawn case: what the vendors have, what is declared and recorded, and whether anybody looks.
#[derive(Clone, Debug)]
struct Drawn {
    vendor: Facts,
    desired: Facts,
    recorded: Facts,
    aliases: BTreeSet<String>,
    exact_users: BTreeSet<String>,
    look: Look,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Full,
    None,
}

/// A plan of whatever is drawn by this seed.
pub(super) fn drawn_plan(seed: u64) -> Plan {
    let mut rng = fastrand::Rng::with_seed(seed);
    let drawn = draw(&mut rng);
    plan_of(&drawn.world(&mut rng), rng.usize(1..6))
}

fn name(letter: char, rng: &mut fastrand::Rng, below: u32) -> String {
    format!("{letter}{}", rng.u32(0..below))
}

fn draw(rng: &mut fastrand::Rng) -> Drawn {
    let look = if rng.bool() { Look::Full } else { Look::None };
    let (recorded, ..) = declaration(rng);
    let (desired, aliases, exact_users) = declaration(rng);
    let mut vendor = recorded.clone();
    if look == Look::Full {
        change_outside(&mut vendor, rng);
    }
    Drawn { vendor, desired, recorded, aliases, exact_users, look }
}

/// A declaration that breaks no rule of the manifests.
fn declaration(rng: &mut fastrand::Rng) -> (Facts, BTreeSet<String>, BTreeSet<String>) {
    let mut facts = Facts::new();
    let (mut aliases, mut exact_users) = (BTreeSet::new(), BTreeSet::new());
    let mut put = |kind, subject: &str, item: &str, value: &str| {
        facts.insert((kind, subject.to_owned(), item.to_owned()), value.to_owned());
    };
    let mut held: BTreeMap<String, usize> = BTreeMap::new();
    for user in 0..26 {
        let (user, alias) = (format!("u{user}"), name('a', rng, 4));
        let count = held.entry(alias.clone()).or_default();
        if rng.u8(0..6) > 0 && *count < limits::ALIAS_USERS_MAX {
            *count += 1;
            put(Kind::Alias, &user, "", &alias);
            aliases.insert(alias);
        }
        let is_exact = rng.u8(0..3) == 0;
        if is_exact {
            exact_users.insert(user.clone());
        }
        for _ in 0..rng.u8(0..4) {
            let by = if is_exact { "set" } else { "members" };
            put(Kind::Tag, &user, &name('t', rng, 6), by);
        }
    }
    for _ in 0..rng.u8(0..6) {
        put(Kind::Blacklist, &name('u', rng, 9), "", "");
        put(Kind::DeviceToken, &name('u', rng, 5), ["wx", "hw"][rng.usize(0..2)], &name('k', rng, 4));
    }
    for property in ["p0", "p1", "p2"] {
        let is_number = rng.bool();
        if rng.u8(0..4) == 0 {
            continue;
        }
        let definition = Definition::encode(if is_number { "number" } else { "string" }, &name('w', rng, 2));
        put(Kind::Property, property, "", &definition);
        for _ in 0..rng.u8(0..5) {
            put(Kind::Device, &name('d', rng, 5), property, value(is_number, rng));
        }
    }
    (facts, aliases, exact_users)
}

fn value(is_number: bool, rng: &mut fastrand::Rng) -> &'static str {
    ["5", "6", "abc"][rng.usize(0..if is_number { 2 } else { 3 })]
}

/// What somebody else did since: rows gone, rows different, rows of their own.
fn change_outside(vendor: &mut Facts, rng: &mut fastrand::Rng) {
    vendor.retain(|key, _| !key.0.can_be_read() || rng.u8(0..10) > 0);
    let theirs = |letter, rng: &mut fastrand::Rng| name(letter, rng, 30);
    for _ in 0..rng.u8(0..12) {
        let (user, alias) = (theirs('u', rng), name('a', rng, 6));
        let count = vendor.iter().filter(|(key, value)| key.0 == Kind::Alias && **value == alias).count();
        if count < limits::ALIAS_USERS_MAX {
            vendor.insert((Kind::Alias, user, String::new()), alias);
        }
        vendor.insert((Kind::Tag, theirs('u', rng), name('t', rng, 9)), String::new());
    }
    if rng.bool() {
        vendor.insert((Kind::Property, "p9".to_owned(), String::new()), "string theirs".to_owned());
    }
    if rng.u8(0..4) == 0 {
        let word = ["number w0", "string w0"][rng.usize(0..2)];
        vendor.insert((Kind::Property, "p0".to_owned(), String::new()), word.to_owned());
    }
    let types = types(vendor);
    for (property, kind) in &types {
        for _ in 0..rng.u8(0..3) {
            let value = value(*kind == PropertyType::Number, rng);
            vendor.insert((Kind::Device, name('d', rng, 9), property.clone()), value.to_owned());
        }
    }
    // A value is there only with its property, and fits it.
    vendor.retain(|(kind, _, item), value| {
        *kind != Kind::Device || types.get(item).is_some_and(|kind| kind.holds(value))
    });
}

fn types(facts: &Facts) -> BTreeMap<String, PropertyType> {
    let properties = facts.iter().filter(|(key, _)| key.0 == Kind::Property);
    properties.filter_map(|(key, value)| Some((key.1.clone(), Definition::decode(value).kind?))).collect()
}

impl Drawn {
    /// The case as the planner sees it, with names in an order drawn anew.
    fn world(&self, rng: &mut fastrand::Rng) -> World {
        let mut world = World::default();
        (world.options.deletes_percent, world.options.deletes_at_least) = (100, u64::MAX);
        let names = &mut world.names;
        world.desired.tables = tables(&self.desired, names, rng);
        world.recorded.tables = tables(&self.recorded, names, rng);
        world.desired.aliases = list(&self.aliases, names);
        world.desired.exact_users = list(&self.exact_users, names);
        if self.look == Look::Full {
            self.look_everywhere(&mut world, rng);
        }
        world
    }

    fn look_everywhere(&self, world: &mut World, rng: &mut fastrand::Rng) {
        let (names, live) = (&mut world.names, &mut world.live);
        let seen: Facts = self.vendor.clone().into_iter().filter(|(key, _)| key.0.can_be_read()).collect();
        live.tables = tables(&seen, names, rng);
        live.properties = true;
        let all = |letter: char, count| (0..count).map(|n| format!("{letter}{n}")).collect::<BTreeSet<_>>();
        (live.alias_users, live.aliases) = (list(&all('u', 30), names), list(&all('a', 6), names));
        (live.tag_users, live.devices) = (list(&all('u', 30), names), list(&all('d', 9), names));
        live.replaced = live.tables.of(Kind::Device).rows().to_vec();
    }
}

fn tables(facts: &Facts, names: &mut Names, rng: &mut fastrand::Rng) -> Tables {
    let mut facts: Vec<_> = facts.iter().collect();
    rng.shuffle(&mut facts);
    let mut rows: BTreeMap<Kind, Vec<Row>> = BTreeMap::new();
    for ((kind, subject, item), value) in facts {
        let mut name = |text: &str| names.intern(text);
        let row = Row { subject: name(subject), item: name(item), value: name(value), mark: 3 };
        rows.entry(*kind).or_default().push(row);
    }
    let mut tables = Tables::default();
    for (kind, rows) in rows {
        tables.set(kind, Table::from_rows(rows));
    }
    tables
}

fn list(texts: &BTreeSet<String>, names: &mut Names) -> Vec<Name> {
    let mut list: Vec<Name> = texts.iter().map(|text| names.intern(text)).collect();
    list.sort_unstable();
    list
}

/// Does all calls in an order drawn from those that are allowed.
fn apply(plan: &Plan, vendor: &mut Facts, rng: &mut fastrand::Rng) {
    let mut done = vec![false; plan.calls.len()];
    let mut waiting: Vec<usize> = (0..plan.calls.len()).collect();
    while !waiting.is_empty() {
        let may_go = |call: &usize| plan.calls[*call].after.iter().all(|before| done[*before as usize]);
        let ready: Vec<usize> = waiting.iter().copied().filter(may_go).collect();
        let call = ready[rng.usize(0..ready.len())];
        waiting.retain(|other| *other != call);
        carry_out(&plan.calls[call].write, &plan.names, vendor);
        done[call] = true;
        keeps_limits(vendor);
    }
}

fn keeps_limits(vendor: &Facts) {
    let mut held: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, alias) in vendor.iter().filter(|(key, _)| key.0 == Kind::Alias) {
        let count = held.entry(alias).or_default();
        *count += 1;
        assert!(*count <= limits::ALIAS_USERS_MAX, "`{alias}` holds too many users");
    }
}

/// One call, as the vendors' documents have it.
fn carry_out(write: &Write, names: &Names, vendor: &mut Facts) {
    let text = |name: Name| names.text(name).to_owned();
    let key = |kind, subject: Name, item: Name| (kind, text(subject), text(item));
    match write {
        Write::BindAliases(pairs) => pairs.iter().for_each(|(user, alias)| {
            vendor.insert(key(Kind::Alias, *user, Name::NONE), text(*alias));
        }),
        Write::UnbindAliases(pairs) => pairs.iter().for_each(|(user, alias)| {
            let key = key(Kind::Alias, *user, Name::NONE);
            if vendor.get(&key) == Some(&text(*alias)) {
                vendor.remove(&key);
            }
        }),
        Write::ClearAlias(alias, _) => {
            vendor.retain(|key, value| key.0 != Kind::Alias || *value != text(*alias));
        }
        Write::OverwriteTags { user, tags, .. } => {
            assert!((1..=limits::USER_TAGS_MAX).contains(&tags.len()));
            vendor.retain(|key, _| key.0 != Kind::Tag || key.1 != text(*user));
            vendor.extend(tags.iter().map(|tag| (key(Kind::Tag, *user, *tag), String::new())));
        }
        Write::BindTag(tag, users) => users.iter().for_each(|user| {
            vendor.insert(key(Kind::Tag, *user, *tag), String::new());
        }),
        Write::UnbindTag(tag, users) => users.iter().for_each(|user| {
            vendor.remove(&key(Kind::Tag, *user, *tag));
        }),
        Write::Block(users) => users.iter().for_each(|user| {
            vendor.insert(key(Kind::Blacklist, *user, Name::NONE), String::new());
        }),
        Write::Unblock(users) => users.iter().for_each(|user| {
            vendor.remove(&key(Kind::Blacklist, *user, Name::NONE));
        }),
        Write::BindTokens(channel, pairs) => pairs.iter().for_each(|(user, token)| {
            vendor.insert(key(Kind::DeviceToken, *user, *channel), text(*token));
        }),
        Write::UnbindTokens(channel, users) => users.iter().for_each(|user| {
            vendor.remove(&key(Kind::DeviceToken, *user, *channel));
        }),
        Write::CreateProperty(property, value) => {
            let old = vendor.insert(key(Kind::Property, *property, Name::NONE), text(*value));
            assert_eq!(old, None, "a property is created twice");
        }
        Write::DescribeProperty(property, value) => {
            let old = vendor.insert(key(Kind::Property, *property, Name::NONE), text(*value));
            let old = old.expect("only what is there is described");
            assert_eq!(Definition::decode(&old).type_word, Definition::decode(names.text(*value)).type_word);
        }
        Write::DeleteProperty(property) => {
            let old = vendor.remove(&key(Kind::Property, *property, Name::NONE));
            assert!(old.is_some(), "a property is deleted that is not there");
            vendor.retain(|key, _| key.0 != Kind::Device || key.2 != text(*property));
        }
        Write::SetValues(values) => values.iter().for_each(|(device, property, value)| {
            let kind = types(vendor)[names.text(*property)];
            assert!(kind.holds(names.text(*value)), "a value does not fit its property");
            vendor.insert(key(Kind::Device, *device, *property), text(*value));
        }),
        Write::RemoveValue(device, property) => {
            vendor.remove(&key(Kind::Device, *device, *property));
        }
    }
}

/// What the state says afterwards.
fn record(plan: &Plan, recorded: &mut Facts) {
    let text = |name: Name| plan.names.text(name).to_owned();
    for cell in &plan.cells {
        let key = (cell.kind(), text(cell.subject), text(cell.item));
        match cell.after {
            Some(value) => drop(recorded.insert(key, text(value))),
            None => drop(recorded.remove(&key)),
        }
    }
    for (kind, row) in &plan.adopts {
        recorded.insert((*kind, text(row.subject), text(row.item)), text(row.value));
    }
    for (kind, row) in &plan.forgets {
        recorded.remove(&(*kind, text(row.subject), text(row.item)));
    }
}

/// Whether a row that the vendor had may be changed by this declaration and record at all.
fn is_in_reach(drawn: &Drawn, key: &(Kind, String, String), value: &str) -> bool {
    let exact = match key.0 {
        Kind::Alias => drawn.aliases.contains(value),
        Kind::Tag => drawn.exact_users.contains(&key.1),
        Kind::Blacklist | Kind::DeviceToken | Kind::Property | Kind::Device => false,
    };
    // A user whom somebody moved to another alias is no longer where we put them.
    let recorded = drawn.recorded.get(key).is_some_and(|was| key.0 != Kind::Alias || was == value);
    exact || recorded || drawn.desired.contains_key(key)
}

/// The values that a device keeps when its property is deleted, or gets another type.
fn survives_its_property(drawn: &Drawn, key: &(Kind, String, String), value: &str) -> bool {
    let (before, after) = (types(&drawn.vendor), types(&drawn.desired));
    let property = &key.2;
    match (before.get(property), after.get(property)) {
        (Some(before), Some(after)) if before != after => after.holds(value),
        (Some(_), None) => !drawn.recorded.contains_key(&(Kind::Property, property.clone(), String::new())),
        (Some(_), Some(_)) | (None, _) => true,
    }
}

#[test]
fn a_plan_ends_as_declared_leaves_others_alone_and_the_second_is_empty() {
    for seed in 0..500 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let drawn = draw(&mut rng);
        let plan = plan_of(&drawn.world(&mut rng), rng.usize(1..6));
        let context = || format!("seed {seed}\n{drawn:?}\n{}", show(&plan));
        assert!(!plan.problems.has_errors(), "{}", context());
        let mut vendor = drawn.vendor.clone();
        apply(&plan, &mut vendor, &mut rng);
        for (key, value) in &drawn.desired {
            let is = vendor.get(key).is_some_and(|is| key.0 == Kind::Tag || is == value);
            assert!(is, "{key:?} is not {value}: {}", context());
        }
        for (key, value) in &vendor {
            let foreign = !is_in_reach(&drawn, key, value) || drawn.desired.contains_key(key);
            assert!(foreign, "{key:?} should be gone: {}", context());
        }
        for (key, value) in &drawn.vendor {
            let stays = !is_in_reach(&drawn, key, value)
                && (key.0 != Kind::Device || survives_its_property(&drawn, key, value));
            assert!(!stays || vendor.get(key) == Some(value), "{key:?} is not ours: {}", context());
        }
        let mut next = Drawn { vendor, ..drawn.clone() };
        record(&plan, &mut next.recorded);
        let second = plan_of(&next.world(&mut rng), 3);
        let found = second.cells.len() + second.adopts.len() + second.forgets.len() + second.calls.len();
        assert_eq!(found, 0, "the second plan finds\n{}\nafter {}", show(&second), context());
    }
}

#[test]
fn only_rows_that_are_recorded_or_in_an_exact_set_are_removed() {
    for seed in 0..500 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let drawn = draw(&mut rng);
        let plan = plan_of(&drawn.world(&mut rng), 3);
        for cell in plan.cells.iter().filter(|cell| cell.after.is_none()) {
            let text = |name: Name| plan.names.text(name).to_owned();
            let key = (cell.kind(), text(cell.subject), text(cell.item));
            let value = cell.before.map(text).unwrap_or_default();
            let in_reach = is_in_reach(&drawn, &key, &value);
            assert!(in_reach && !drawn.desired.contains_key(&key), "seed {seed}: {key:?} is removed");
        }
    }
}

#[test]
fn the_order_of_the_input_changes_nothing() {
    for seed in 0..150 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let drawn = draw(&mut rng);
        let first = plan_of(&drawn.world(&mut rng), 3);
        let second = plan_of(&drawn.world(&mut rng), 3);
        let (a, b) = (show(&first), show(&second));
        let differ = a.lines().zip(b.lines()).find(|(a, b)| a != b);
        assert!(a == b, "seed {seed}: {differ:?}");
        assert_eq!(first.base, second.base, "seed {seed}");
        assert_eq!(first.forecast, second.forecast, "seed {seed}");
    }
}
