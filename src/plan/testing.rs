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

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::address::{self, Selector};
use crate::kind::{Answer, Definition, Failed, Provider, Read, Session, Shown, Verdict, Write};
use crate::manifest::Desired;
use crate::names::{Name, Names};
use crate::quota::limit::subject_key;
use crate::quota::{Ledger, Limit, Quota, Quotas, Spend};
use crate::table::{Kind, Row, Table, Tables};
use crate::timestamp::{Timestamp, Zone};
use crate::wire::{Method, Reply, Request, Vendor};

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

/// The quotas of the test's vendors.
pub(crate) fn quotas() -> Quotas {
    let quota = |vendor, name, limits: &[&str]| Quota {
        vendor,
        name,
        limits: limits.iter().map(|text| Limit::parse(text).expect("a limit")).collect(),
        zone: Zone::shanghai(),
        reserve_percent: 0,
    };
    Quotas::new(vec![
        quota(Vendor::Getui, "requests", &["1200/1m"]),
        quota(Vendor::Getui, "tag_batch", &["100/1m", "10000/1d"]),
        quota(Vendor::Getui, "tag_overwrite_per_user", &["1/1d"]),
        quota(Vendor::Jpush, "requests", &["600/1m"]),
    ])
}

/// A vendor without a wire: requests name the write, replies mean nothing.
pub(crate) struct Fake {
    pub vendor: Vendor,
    pub batch_max: usize,
}

impl Provider for Fake {
    fn vendor(&self) -> Vendor {
        self.vendor
    }
    fn account(&self) -> String {
        format!("app of {}", self.vendor.word())
    }
    fn read(&self, _: &Read, _: &Names) -> Request {
        Request::new(self.vendor, Method::Get, "/")
    }
    fn read_spends(&self, _: &Read, _: &Quotas) -> Vec<Spend> {
        Vec::new()
    }
    fn answer(&self, _: &Read, _: &Names, _: &Reply) -> Verdict<Answer> {
        Ok(Answer::Count(0))
    }
    fn write(&self, write: &Write, names: &Names) -> Request {
        let body = serde_json::json!({ "call": show_write(write, names) }).to_string();
        Request::new(self.vendor, Method::Post, format!("/{}", write.kind().word())).body(body)
    }
    fn write_spends(&self, write: &Write, names: &Names, quotas: &Quotas) -> Vec<Spend> {
        let shared = |name| quotas.find(self.vendor, name).map(|quota| Spend { quota, subject: 0 });
        let mut spends = vec![shared("requests")];
        match write {
            Write::BindTag(..) | Write::UnbindTag(..) => spends.push(shared("tag_batch")),
            Write::OverwriteTags { user, .. } => {
                let own = |spend: Spend| Spend { subject: subject_key(names.text(*user)), ..spend };
                spends.push(shared("tag_overwrite_per_user").map(own));
            }
            _ => {}
        }
        spends.into_iter().flatten().collect()
    }
    fn judge(&self, _: &Write, _: &Names, _: &Reply) -> Verdict<Vec<Failed>> {
        Ok(Vec::new())
    }
    fn unknown_max(&self) -> usize {
        1_000
    }

    fn batch_max(&self, _: Kind) -> usize {
        self.batch_max
    }
    fn sign_in(&self, _: Timestamp) -> Option<Request> {
        None
    }
    fn sign_in_spends(&self, _: &Quotas) -> Vec<Spend> {
        Vec::new()
    }
    fn session(&self, _: &Reply, now: Timestamp) -> Verdict<Session> {
        Ok(Session { token: crate::secret::Secret::new(String::new()), ends_at: now })
    }
    fn authorize(&self, request: Request, _: Option<&Session>) -> Request {
        request
    }
    fn shown(&self, _: &Reply) -> Option<Shown> {
        None
    }
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
    let live = &mut world.live;
    let list = match what {
        Some("alias_users") => &mut live.alias_users,
        Some("aliases") => &mut live.aliases,
        Some("tag_users") => &mut live.tag_users,
        Some("devices") => &mut live.devices,
        Some("unknown") => &mut live.unknown,
        Some("properties") => {
            live.properties = true;
            return true;
        }
        Some("count") => {
            let property = world.names.intern(words.next().expect("a property"));
            let count = words.next().and_then(|count| count.parse().ok()).expect("a count");
            live.property_devices.push((property, count));
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

/// A plan as text.
pub(crate) fn show(plan: &Plan) -> String {
    let mut out = String::new();
    let text = |name: Name| plan.names.text(name);
    for (title, changes, cells) in
        [("", &plan.changes, &plan.cells), ("drift ", &plan.drift, &plan.drift_cells)]
    {
        for change in changes {
            let address = address::show(change.resource, text(change.name));
            let action = format!("{:?}", change.action).to_lowercase();
            let _ = writeln!(out, "{title}{action} {address} ({})", change.basis.word());
            for at in &change.cells {
                let _ = writeln!(out, "  {}", show_cell(plan, &cells[*at as usize]));
            }
            for row in &change.kept {
                let _ = writeln!(out, "    {}", show_row(&plan.names, row));
            }
        }
    }
    for (id, call) in (0..).zip(&plan.calls) {
        assert_eq!(call.rank, id, "ranks are places");
        let _ = write!(out, "call {id}: {}", show_write(&call.write, &plan.names));
        let _ = write!(out, " for {:?}", call.changes);
        let _ = writeln!(
            out,
            "{}",
            if call.after.is_empty() { String::new() } else { format!(" after {:?}", call.after) }
        );
    }
    if plan.forecast.calls != plan.forecast.calls_minimum {
        let _ = writeln!(out, "calls at least {}", plan.forecast.calls_minimum);
    }
    for one in &plan.replacements {
        let pairs = |list: &[(Name, Name)]| {
            list.iter()
                .map(|(device, value)| format!("{}={}", text(*device), text(*value)))
                .collect::<Vec<_>>()
        };
        let (carried, lost) = (pairs(&one.carried).join(" "), pairs(&one.lost).join(" "));
        let _ = writeln!(
            out,
            "replace {} on {}: carried [{carried}] lost [{lost}]",
            text(one.property),
            one.devices
        );
    }
    for (title, rows) in [("adopt", &plan.adopts), ("forget", &plan.forgets)] {
        let mut lines: Vec<String> = rows
            .iter()
            .map(|(kind, row)| format!("{title} {} {}", kind.word(), show_row(&plan.names, row)))
            .collect();
        lines.sort();
        lines.iter().for_each(|line| writeln!(out, "{line}").expect("text takes it"));
    }
    for (resource, name) in &plan.unmanaged {
        let _ = writeln!(out, "unmanaged {}", address::show(*resource, text(*name)));
    }
    for (user, _) in &plan.unknown {
        let _ = writeln!(out, "unknown {}", text(*user));
    }
    if !plan.protected.is_empty() {
        let mut list: Vec<&str> = plan.protected.iter().map(|name| text(*name)).collect();
        list.sort_unstable();
        let _ = writeln!(out, "protected {}", list.join(" "));
    }
    plan.notes.iter().for_each(|note| writeln!(out, "note {note}").expect("text takes it"));
    for problem in plan.problems.list() {
        let failure = plan.problems.failure;
        let _ = writeln!(out, "{failure:?} {}: {}", problem.code, problem.summary);
    }
    if out.is_empty() { "nothing\n".to_owned() } else { out }
}

fn show_cell(plan: &Plan, cell: &crate::change::Cell) -> String {
    let text = |name: Name| plan.names.text(name);
    let item = if cell.item == Name::NONE { String::new() } else { format!(" {}", text(cell.item)) };
    let value = |value: Option<Name>| value.map_or("-".to_owned(), |value| format!("`{}`", text(value)));
    let (before, after) = (value(cell.before), value(cell.after));
    format!("{}{item}: {before} to {after}, {}", text(cell.subject), cell.basis.word())
}

fn show_row(names: &Names, row: &Row) -> String {
    let parts = [row.subject, row.item, row.value].into_iter().filter(|name| *name != Name::NONE);
    parts.map(|name| names.text(name)).collect::<Vec<_>>().join(" ")
}

/// One write in a line.
pub(crate) fn show_write(write: &Write, names: &Names) -> String {
    let text = |name: &Name| names.text(*name).to_owned();
    let list = |list: &[Name]| list.iter().map(text).collect::<Vec<_>>().join(" ");
    let pairs = |pairs: &[(Name, Name)]| {
        pairs.iter().map(|(a, b)| format!("{}={}", text(a), text(b))).collect::<Vec<_>>().join(" ")
    };
    match write {
        Write::BindAliases(list) => format!("bind {}", pairs(list)),
        Write::UnbindAliases(list) => format!("unbind {}", pairs(list)),
        Write::ClearAlias(alias, users) => format!("clear {} of {}", text(alias), list(users)),
        Write::OverwriteTags { user, tags, drops } => {
            let drops = if drops.is_empty() { String::new() } else { format!(" dropping {}", list(drops)) };
            format!("overwrite {} with {}{drops}", text(user), list(tags))
        }
        Write::BindTag(tag, users) => format!("tag {} on {}", text(tag), list(users)),
        Write::UnbindTag(tag, users) => format!("untag {} from {}", text(tag), list(users)),
        Write::Block(users) => format!("block {}", list(users)),
        Write::Unblock(users) => format!("unblock {}", list(users)),
        Write::BindTokens(channel, tokens) => format!("tokens {}: {}", text(channel), pairs(tokens)),
        Write::UnbindTokens(channel, users) => format!("no tokens {}: {}", text(channel), list(users)),
        Write::CreateProperty(name, value) => format!("create {} `{}`", text(name), text(value)),
        Write::DescribeProperty(name, value) => format!("describe {} `{}`", text(name), text(value)),
        Write::DeleteProperty(name) => format!("delete {}", text(name)),
        Write::SetValues(values) => {
            let one = |(device, property, value): &(Name, Name, Name)| {
                format!("{}.{}={}", text(device), text(property), text(value))
            };
            format!("set {}", values.iter().map(one).collect::<Vec<_>>().join(" "))
        }
        Write::RemoveValue(device, property) => format!("remove {}.{}", text(device), text(property)),
    }
}
