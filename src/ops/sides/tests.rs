//! Whatever is declared, recorded and live: the plan of what was gathered is the plan of everything.

use std::collections::{BTreeMap, BTreeSet};

use super::Sides;
use crate::kind::Definition;
use crate::manifest::Declaration;
use crate::manifest::rows::{Rows, Stream};
use crate::names::{Name, Names};
use crate::plan::testing::{World, plan_of, show};
use crate::plan::{Live, Plan};
use crate::state::{Memory, RowChange, Store};
use crate::table::{Kind, Row, Table};
use crate::text_rows::{MEMBERS, SET};
use crate::timestamp::{MINUTE_MS, Timestamp};

/// How many cases are drawn.
const SEEDS: u64 = 300;

/// Rows: kind, subject and item, and the value.
type Facts = BTreeMap<(Kind, String, String), String>;

/// What is declared, what is recorded, and what a look at the vendors shows.
struct Drawn {
    desired: Facts,
    exact_users: BTreeSet<String>,
    recorded: Facts,
    live: Facts,
    aliases: Vec<String>,
    alias_users: Vec<String>,
    tag_users: Vec<String>,
    devices: Vec<String>,
    doubted: Vec<String>,
    unknown: Vec<String>,
    properties: bool,
}

fn name(letter: char, rng: &mut fastrand::Rng, below: u32) -> String {
    format!("{letter}{}", rng.u32(0..below))
}

fn draw(rng: &mut fastrand::Rng) -> Drawn {
    let (mut desired, mut exact_users) = (Facts::new(), BTreeSet::new());
    let mut put = |kind, subject: &str, item: &str, value: &str| {
        desired.insert((kind, subject.to_owned(), item.to_owned()), value.to_owned());
    };
    for user in 0..30 {
        let user = format!("u{user}");
        if rng.u8(0..4) > 0 {
            put(Kind::Alias, &user, "", &name('a', rng, 15));
        }
        let is_exact = rng.bool();
        if is_exact {
            exact_users.insert(user.clone());
        }
        for _ in 0..rng.u8(0..4) {
            put(Kind::Tag, &user, &name('t', rng, 6), if is_exact { SET } else { MEMBERS });
        }
        if rng.u8(0..8) == 0 {
            put(Kind::Blacklist, &user, "", "");
        }
        if rng.u8(0..4) == 0 {
            put(Kind::DeviceToken, &user, ["wx", "hw"][rng.usize(0..2)], &name('k', rng, 9));
        }
    }
    for property in ["p0", "p1", "p2"] {
        put(Kind::Property, property, "", &Definition::encode("string", &name('w', rng, 2)));
        for _ in 0..8 {
            put(Kind::Device, &name('d', rng, 9), property, &name('v', rng, 3));
        }
    }
    let changes = rng.u8(0..8);
    let recorded = changed(&desired, changes, rng);
    let live = if rng.bool() { changed(&recorded, 4, rng) } else { Facts::new() };
    let some = |letter, below: u32, rng: &mut fastrand::Rng| -> Vec<String> {
        let count = if live.is_empty() { 0 } else { rng.u32(0..below) };
        (0..count).map(|_| name(letter, rng, below)).collect()
    };
    let [aliases, alias_users, tag_users] = [some('a', 15, rng), some('u', 30, rng), some('u', 30, rng)];
    let [devices, doubted] = [some('d', 9, rng), some('t', 3, rng)];
    let unknown = if rng.u8(0..4) == 0 { some('u', 3, rng) } else { Vec::new() };
    let properties = !live.is_empty() && rng.bool();
    let mut drawn = Drawn {
        desired,
        exact_users,
        recorded,
        live,
        aliases,
        alias_users,
        tag_users,
        devices,
        doubted,
        unknown,
        properties,
    };
    // Only what was looked at was seen.
    drawn.live.retain(|(kind, subject, _), value| match kind {
        Kind::Alias => drawn.alias_users.contains(subject) || drawn.aliases.contains(value),
        Kind::Tag => drawn.tag_users.contains(subject),
        Kind::Device => drawn.devices.contains(subject),
        Kind::Property => properties,
        Kind::Blacklist | Kind::DeviceToken => false,
    });
    drawn
}

/// The same but for some rows: gone, different, moved, or new.
fn changed(facts: &Facts, changes: u8, rng: &mut fastrand::Rng) -> Facts {
    let mut facts = facts.clone();
    for _ in 0..changes {
        let keys: Vec<_> = facts.keys().cloned().collect();
        if keys.is_empty() {
            return facts;
        }
        let key = keys[rng.usize(0..keys.len())].clone();
        let value = facts.remove(&key).unwrap_or_default();
        match (key.0, rng.u8(0..3)) {
            (Kind::Alias, 1..) => drop(facts.insert(key, name('a', rng, 18))),
            (Kind::Tag, 1..) => {
                let other = [SET, MEMBERS][rng.usize(0..2)];
                facts.insert((key.0, key.1, name('t', rng, 7)), other.to_owned());
            }
            (Kind::Property, 1..) => {
                let word = ["number", "string"][rng.usize(0..2)];
                facts.insert(key, Definition::encode(word, &name('w', rng, 2)));
            }
            (Kind::Device | Kind::DeviceToken, 1..) => drop(facts.insert(key, name('v', rng, 4))),
            (Kind::Blacklist, 1..) => drop(facts.insert((key.0, name('u', rng, 40), String::new()), value)),
            (_, _) => {}
        }
    }
    facts
}

fn interned(names: &mut Names, facts: &Facts, mark: u32) -> Vec<(Kind, Row)> {
    let row = |((kind, subject, item), value): (&(Kind, String, String), &String)| {
        let [subject, item, value] = [subject, item, value].map(|text| names.intern(text));
        (*kind, Row { subject, item, value, mark })
    };
    facts.iter().map(row).collect()
}

/// What the vendors showed, with names of a pool.
fn live(names: &mut Names, drawn: &Drawn) -> Live {
    let mut live = Live { looked: vec!["worth".to_owned()], properties: drawn.properties, ..Live::default() };
    let rows = interned(names, &drawn.live, 0);
    for kind in Kind::ALL {
        let of = rows.iter().filter(|(of, _)| *of == kind);
        // Who declares a tag is nothing that a vendor shows.
        let of = of
            .map(|(_, row)| Row { value: if kind == Kind::Tag { Name::MEMBERS } else { row.value }, ..*row });
        live.tables.set(kind, Table::from_rows(of.collect()));
    }
    let mut list = |texts: &[String]| {
        let mut list: Vec<Name> = texts.iter().map(|text| names.intern(text)).collect();
        list.sort_unstable();
        list.dedup();
        list
    };
    live.aliases = list(&drawn.aliases);
    live.alias_users = list(&drawn.alias_users);
    live.tag_users = list(&drawn.tag_users);
    live.devices = list(&drawn.devices);
    live.doubted = list(&drawn.doubted);
    live.unknown = list(&drawn.unknown);
    live
}

/// The declaration, sorted with next to no memory, its rows in an order that is drawn.
fn declaration(drawn: &Drawn, rng: &mut fastrand::Rng) -> Declaration {
    let mut rows = Rows::of("".into(), 64);
    let mut facts: Vec<_> = drawn.desired.iter().collect();
    rng.shuffle(&mut facts);
    for ((kind, subject, item), value) in facts {
        match kind {
            Kind::Alias => rows.alias_record(value, subject, 7),
            Kind::Tag | Kind::Blacklist | Kind::DeviceToken | Kind::Property | Kind::Device => {
                rows.push(*kind, subject, item, value, 7);
            }
        }
    }
    drawn.exact_users.iter().for_each(|user| rows.declare(Stream::Sets, user, 7));
    rows.finish(String::new()).expect("a temporary file")
}

async fn recorded(drawn: &Drawn) -> Memory {
    let store = Memory::new();
    let lease = store.acquire("ann", "apply", Timestamp(0), MINUTE_MS).await.expect("the lease");
    let mut names = Names::new();
    let rows = interned(&mut names, &drawn.recorded, 5);
    let rows: Vec<RowChange> = rows.into_iter().map(|(kind, row)| RowChange::Put(kind, row)).collect();
    store.amend(&lease, &names, &rows).await.expect("the rows");
    store
}

fn shown(plan: &Plan) -> String {
    let unobserved: Vec<String> = plan
        .unobserved
        .iter()
        .map(|one| format!("{} {} {}", one.kind.word(), one.rows, one.recorded_at))
        .collect();
    let problems: Vec<&str> = plan.problems.list().iter().map(|one| one.summary.as_str()).collect();
    format!("{}\n{:?}\n{unobserved:?}\n{problems:?}\n{:?}", show(plan), plan.sizes, plan.notes)
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(future)
}

#[test]
fn the_plan_of_what_was_gathered_is_the_plan_of_everything() {
    let (mut left_aside, mut with_changes) = (0, 0_u64);
    for seed in 0..SEEDS {
        let mut rng = fastrand::Rng::with_seed(seed);
        let drawn = draw(&mut rng);
        let declaration = declaration(&drawn, &mut rng);
        wait(async {
            let store = recorded(&drawn).await;
            let mut world = World::default();
            (world.options.deletes_percent, world.options.deletes_at_least) = (30, 3);

            let compiled = declaration.compiled().expect("the file");
            let mut names = compiled.names;
            let mut whole = World { desired: compiled.desired, ..world.clone() };
            whole.recorded = store.snapshot(&mut names).await.expect("the state");
            whole.live = live(&mut names, &drawn);
            let all = whole.recorded.rows();
            whole.names = names;

            let mut sides = Sides::of(&store, &declaration).await.expect("the state");
            sides.gather(&Kind::ALL).await.expect("the rows");
            let live = live(&mut sides.names, &drawn);
            sides.gather_with(&live, &Kind::ALL).await.expect("the rows");
            let Sides { names, desired, recorded, .. } = sides;
            left_aside += recorded.settled.rows();
            assert_eq!(recorded.rows(), all, "seed {seed}");
            let gathered = World { names, desired, recorded, live, ..world };

            let (whole, gathered) = (plan_of(&whole, 3), plan_of(&gathered, 3));
            with_changes += u64::from(!whole.cells.is_empty());
            let (whole, gathered) = (shown(&whole), shown(&gathered));
            let first = whole.lines().zip(gathered.lines()).find(|(whole, gathered)| whole != gathered);
            assert_eq!(whole, gathered, "seed {seed}: first of all {first:?}");
        });
    }
    assert!(left_aside > 25 * SEEDS && with_changes > SEEDS / 2, "{left_aside} rows, {with_changes} plans");
}
