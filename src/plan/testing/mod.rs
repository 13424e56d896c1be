//! Test helper: a world written as text in, the plan as text out.
//!
//! It has a vendor of its own with small sizes, so that examples stay short: 3 users on an alias call and so on.
//!
//! Lines of a world, under one of the heads `desired:`, `recorded:`, `live:`:
//!
//! ```text
//! alias alice = u1 u2        set u1 = vip gold       members vip = u3 u4
//! black u5 u6                token wx u1 = t1        property level = number the level
//! device d1 level = 3        protected level         kept d1 level = 3        replaced d1 level = 3
//! ```
//!
//! What was looked at, under `live:`: `seen alias_users u1 u2`, `seen aliases a`, `seen tag_users u1`, `seen
//! properties`, `seen devices d1`, `count level 38`, `unknown u9`. Under `options:`: `target X`, `exclude X`,
//! `max-deletes N`, `guard PERCENT AT_LEAST`.

mod show;
mod vendor;

pub(crate) use show::{show, show_write};
pub(crate) use vendor::{Fake, quotas};

use std::collections::BTreeMap;

use crate::address::Selector;
use crate::kind::{Definition, Provider};
use crate::manifest::Desired;
use crate::names::{Name, Names};
use crate::quota::Ledger;
use crate::table::{Kind, Row, Table, Tables};
use crate::timestamp::Timestamp;
use crate::wire::Vendor;

use super::{Input, Live, Options, Plan, Recorded, plan};

/// A world as the planner sees it.
#[derive(Default, Clone)]
pub(crate) struct World {
    pub names: Names,
    pub desired: Desired,
    pub recorded: Recorded,
    pub live: Live,
    pub options: Options,
}

/// Ten in the morning in Shanghai.
pub(crate) fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T02:00:00Z").expect("a moment")
}

/// The plan of a world written as text, as text.
pub(crate) fn check(world: &str) -> String {
    show(&plan_of(&parse(world), 3))
}

/// The plan of a world, with calls of at most `batch_max` subjects.
pub(crate) fn plan_of(world: &World, batch_max: usize) -> Plan {
    plan_with(world, batch_max, &Ledger::new(quotas()))
}

/// The same with a ledger that has spends.
pub(crate) fn plan_with(world: &World, batch_max: usize, ledger: &Ledger) -> Plan {
    let (getui, jpush) =
        (Fake { vendor: Vendor::Getui, batch_max }, Fake { vendor: Vendor::Jpush, batch_max });
    let providers: [&dyn Provider; 2] = [&getui, &jpush];
    plan(Input {
        names: world.names.clone(),
        desired: &world.desired,
        recorded: &world.recorded,
        live: &world.live,
        ledger,
        providers: &providers,
        options: &world.options,
        now: now(),
    })
}

/// Reads a world.
pub(crate) fn parse(text: &str) -> World {
    let mut world = World::default();
    (world.options.deletes_percent, world.options.deletes_at_least) = (100, 1_000);
    let mut rows: BTreeMap<&str, Vec<(Kind, Row)>> = BTreeMap::new();
    let mut head = "";
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_suffix(':') {
            head = name;
            continue;
        }
        let list = rows.entry(head).or_default();
        match head {
            "options" => option(&mut world.options, line),
            "live" if look(&mut world, line) => {}
            _ => statement(&mut world, head, line, list),
        }
    }
    world.desired.tables = tables(rows.remove("desired"));
    world.recorded.tables = tables(rows.remove("recorded"));
    world.live.tables = tables(rows.remove("live"));
    sort(&mut world);
    world
}

fn sort(world: &mut World) {
    let World { desired, recorded, live, .. } = world;
    for list in [&mut desired.aliases, &mut desired.exact_users, &mut desired.protected] {
        list.sort_unstable();
    }
    recorded.protected.sort_unstable();
    recorded.kept.sort_unstable_by_key(Row::key);
    live.property_devices.sort_unstable();
    for list in
        [&mut live.alias_users, &mut live.aliases, &mut live.tag_users, &mut live.devices, &mut live.unknown]
    {
        list.sort_unstable();
    }
}

fn tables(rows: Option<Vec<(Kind, Row)>>) -> Tables {
    let mut tables = Tables::default();
    let rows = rows.unwrap_or_default();
    for kind in Kind::ALL {
        let of_kind = rows.iter().filter(|(of, _)| *of == kind).map(|(_, row)| *row);
        tables.set(kind, Table::from_rows(of_kind.collect()));
    }
    tables
}

fn option(options: &mut Options, line: &str) {
    let (word, rest) = line.split_once(' ').expect("an option and its value");
    match word {
        "target" => options.targets.push(Selector::parse(rest).expect("a selector")),
        "exclude" => options.excludes.push(Selector::parse(rest).expect("a selector")),
        "max-deletes" => options.deletes_max = Some(rest.parse().expect("a number")),
        "guard" => {
            let (percent, at_least) = rest.split_once(' ').expect("two numbers");
            options.deletes_percent = percent.parse().expect("a number");
            options.deletes_at_least = at_least.parse().expect("a number");
        }
        other => panic!("no option is called `{other}`"),
    }
}

/// Reads what was looked at; whether the line was that.
fn look(world: &mut World, line: &str) -> bool {
    let mut words = line.split_whitespace();
    let first = words.next();
    let what = if first == Some("seen") { words.next() } else { first };
    let seen = &mut world.live;
    let list = match what {
        Some("alias_users") => &mut seen.alias_users,
        Some("aliases") => &mut seen.aliases,
        Some("tag_users") => &mut seen.tag_users,
        Some("devices") => &mut seen.devices,
        Some("unknown") => &mut seen.unknown,
        Some("properties") => {
            seen.properties = true;
            return true;
        }
        Some("count") => {
            let property = world.names.intern(words.next().expect("a property"));
            let count = words.next().and_then(|count| count.parse().ok()).expect("a count");
            seen.property_devices.push((property, count));
            return true;
        }
        _ => return false,
    };
    list.extend(words.map(|word| world.names.intern(word)));
    true
}

fn statement(world: &mut World, head: &str, line: &str, rows: &mut Vec<(Kind, Row)>) {
    let (left, right) = line.split_once(" =").unwrap_or((line, ""));
    let left: Vec<&str> = left.split_whitespace().collect();
    let right = right.trim();
    let World { names, desired, recorded, live, .. } = world;
    let mut name = |text: &str| names.intern(text);
    let mark = if head == "live" { 0 } else { 7 };
    let row = |subject, item, value| Row { subject, item, value, mark };
    let each = right.split_whitespace();
    match left[0] {
        "alias" => {
            let alias = name(left[1]);
            rows.extend(each.map(|user| (Kind::Alias, row(name(user), Name::NONE, alias))));
            if head == "desired" {
                desired.aliases.push(alias);
            }
        }
        "set" => {
            let user = name(left[1]);
            rows.extend(each.map(|tag| (Kind::Tag, row(user, name(tag), Name::SET))));
            if head == "desired" {
                desired.exact_users.push(user);
            }
        }
        "members" => {
            let tag = name(left[1]);
            rows.extend(each.map(|user| (Kind::Tag, row(name(user), tag, Name::MEMBERS))));
        }
        "black" => {
            let users = left[1..].iter();
            rows.extend(users.map(|user| (Kind::Blacklist, row(name(user), Name::NONE, Name::NONE))));
        }
        "token" => rows.push((Kind::DeviceToken, row(name(left[2]), name(left[1]), name(right)))),
        "property" => {
            let (type_word, description) = right.split_once(' ').unwrap_or((right, ""));
            let value = name(&Definition::encode(type_word, description));
            rows.push((Kind::Property, row(name(left[1]), Name::NONE, value)));
        }
        "device" => rows.push((Kind::Device, row(name(left[1]), name(left[2]), name(right)))),
        "kept" => recorded.kept.push(row(name(left[1]), name(left[2]), name(right))),
        "replaced" => live.replaced.push(row(name(left[1]), name(left[2]), name(right))),
        "protected" if head == "desired" => desired.protected.push(name(left[1])),
        "protected" => recorded.protected.push(name(left[1])),
        "account" => drop(recorded.accounts.insert(Vendor::Getui, left[1..].join(" "))),
        other => panic!("no line begins with `{other}`"),
    }
}
