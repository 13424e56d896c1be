//! What no vendor can hold: worlds that read well and cannot be, each fault with the path of what it is about.
//!
//! What was allowed once, and is kept by the vendor, is a fault unless the world says that it is `legacy`.

mod today;

use std::collections::BTreeSet;

use crate::emulator::Endpoint;
use crate::emulator::civil;
use crate::emulator::fault::{Action, Fault, fits};
use crate::emulator::getui::all_channels;
use crate::emulator::jpush::{holds, name_fault, text_fault};
use crate::emulator::setup::{GetuiSetup, JpushSetup, ManySetup, Setup, Status, UserSetup};
use crate::emulator::world::users::{CID_DIGITS, USER_TAGS_MAX};
use crate::manifest::source::{nearest, quoted};
use crate::timestamp::Zone;

/// The most users that `many` makes: more fit into no memory.
const MANY_MAX: u64 = 10_000_000;
/// The days over which Getui counts on how many a user was there.
const LOGIN_DAYS: u32 = 100;

/// What is meant: a key itself, or what stands behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    Key,
    Value,
}

/// One step from a node to one in it.
#[derive(Clone)]
pub(super) enum Step {
    /// To the value of a key.
    Key(String),
    /// To an entry of a list, by its number.
    Entry(usize),
    /// To the entry of a list that reads so.
    Text(String),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<&String> for Step {
    fn from(key: &String) -> Self {
        Self::Key(key.clone())
    }
}

impl From<usize> for Step {
    fn from(number: usize) -> Self {
        Self::Entry(number)
    }
}

/// One fault.
pub(super) struct Wrong {
    /// From the root on.
    pub path: Vec<Step>,
    pub spot: Spot,
    pub summary: String,
    pub help: String,
}

/// Where a check is, and what it has found.
struct Checks {
    path: Vec<Step>,
    found: Vec<Wrong>,
}

impl Checks {
    fn within(&mut self, step: impl Into<Step>, check: impl FnOnce(&mut Self)) {
        self.path.push(step.into());
        check(self);
        self.path.pop();
    }

    fn push(&mut self, spot: Spot, summary: String, help: &str) {
        self.found.push(Wrong { path: self.path.clone(), spot, summary, help: help.to_owned() });
    }

    fn value(&mut self, summary: impl Into<String>, help: &str) {
        self.push(Spot::Value, summary.into(), help);
    }

    fn key(&mut self, summary: impl Into<String>, help: &str) {
        self.push(Spot::Key, summary.into(), help);
    }
}

/// Everything that cannot be in a world.
pub(super) fn check(setup: &Setup) -> Vec<Wrong> {
    let mut checks = Checks { path: Vec::new(), found: Vec::new() };
    checks.within("getui", |at| getui(at, &setup.getui, &setup.time_zone.0));
    checks.within("jpush", |at| {
        jpush(at, &setup.jpush, &setup.time_zone.0);
        check_count(at, &setup.jpush, setup.switches.properties_max);
    });
    checks.within("faults", |at| {
        for (number, fault) in setup.faults.iter().enumerate() {
            at.within(number, |at| check_fault(at, fault));
        }
    });
    for (name, ms) in [("latency_ms", setup.latency_ms), ("latency_jitter_ms", setup.latency_jitter_ms)] {
        if ms < 0 {
            checks.within(name, |at| at.value(format!("a call cannot take {ms} ms"), "give it 0 or more"));
        }
    }
    checks.found
}

/// Why a text cannot be an id in a path, where ids stand between slashes and commas.
fn id_fault(id: &str) -> Option<&'static str> {
    let bad = |c: char| c == ',' || c == '/' || c.is_whitespace() || c.is_control();
    match id {
        "" => Some("it is empty"),
        "." | ".." => Some("a path takes it for a step"),
        _ if id.chars().any(bad) => Some("it holds a comma, a slash, a space or a control character"),
        _ => None,
    }
}

fn getui(at: &mut Checks, setup: &GetuiSetup, zone: &Zone) {
    if let Some(why) = setup.credentials.as_ref().and_then(|own| id_fault(&own.app_id)) {
        at.within("credentials", |at| {
            at.within("app_id", |at| {
                at.value(format!("this cannot be the id of an app: {why}"), "change it")
            });
        });
    }
    if !setup.legacy {
        today::check(at, setup);
    }
    at.within("users", |at| {
        for (cid, user) in &setup.users {
            at.within(cid, |at| {
                check_cid(at, cid, Spot::Key);
                if setup.foreign.contains(cid) {
                    let help = "take it out of `users` or out of `foreign`";
                    at.key(format!("user {} cannot be this app's and another app's", quoted(cid)), help);
                }
                user.iter().for_each(|user| check_user(at, user, zone));
            });
        }
    });
    at.within("many", |at| {
        let all: u64 = setup.many.iter().map(|many| u64::from(many.count)).sum();
        if all > MANY_MAX {
            at.value(format!("{all} users: a world has at most {MANY_MAX} of them"), "make fewer");
        }
        for (number, many) in setup.many.iter().enumerate() {
            at.within(number, |at| check_many(at, many, zone));
        }
    });
    at.within("foreign", |at| {
        for cid in &setup.foreign {
            at.within(Step::Text(cid.clone()), |at| check_cid(at, cid, Spot::Value));
        }
    });
}

fn check_cid(at: &mut Checks, cid: &str, spot: Spot) {
    if let Some(why) = id_fault(cid) {
        let help = "a cid is 32 hexadecimal digits; other text is taken without commas, slashes and spaces";
        at.push(spot, format!("{} cannot be a cid: {why}", quoted(cid)), help);
    }
}

fn check_many(at: &mut Checks, many: &ManySetup, zone: &Zone) {
    let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let free = u32::try_from(CID_DIGITS.saturating_sub(many.prefix.len())).unwrap_or(0);
    let room = 16_u32.checked_pow(free).unwrap_or(u32::MAX);
    if !many.prefix.chars().all(is_digit) || many.prefix.len() > CID_DIGITS {
        let help = "give the first hexadecimal digits of their cids, in lower case";
        at.within("prefix", |at| at.value(format!("no cid starts with {}", quoted(&many.prefix)), help));
    } else if many.count > room {
        let summary = format!("{} users do not fit behind {}", many.count, quoted(&many.prefix));
        at.within("count", |at| at.value(summary, "a cid has 32 digits: make the prefix shorter"));
    }
    at.within("like", |at| check_user(at, &many.like, zone));
}

fn check_user(at: &mut Checks, user: &UserSetup, zone: &Zone) {
    check_tags(at, &user.tags);
    if user.alias.as_deref().is_some_and(|alias| alias.is_empty() || alias.chars().any(char::is_control)) {
        at.within("alias", |at| {
            at.value("an alias is never empty and has no control characters", "leave it out")
        });
    }
    at.within("device_tokens", |at| {
        for (channel, token) in &user.device_tokens {
            at.within(channel, |at| {
                if !all_channels().contains(&channel.as_str()) {
                    at.key(format!("unknown channel {}", quoted(channel)), &channels());
                } else if token.is_empty() {
                    at.value("a device token is never empty", "leave the channel out");
                }
            });
        }
    });
    if user.no_mini_program && user.device_tokens.contains_key("wx") {
        let help = "take the token out, or `no_mini_program`";
        at.within("no_mini_program", |at| {
            at.key("channel wx refuses this user, who has a token of it", help)
        });
    }
    if user.last_login_time.is_some_and(|ms| ms < 0) {
        at.within("last_login_time", |at| at.value("nobody was there before 1970", "give it 0 or more"));
    }
    if user.badge < 0 {
        at.within("badge", |at| at.value(format!("no icon shows {}", user.badge), "give it 0 or more"));
    }
    if user.login_freq.is_some_and(|days| days > LOGIN_DAYS) {
        let summary = format!("nobody is there on more than {LOGIN_DAYS} of {LOGIN_DAYS} days");
        at.within("login_freq", |at| at.value(summary, "give it 0 to 100"));
    }
    if user.status == Status::Online && user.last_login_time.is_some() {
        let help = "leave it out, or make the status `offline`";
        at.within("last_login_time", |at| at.value("a user who is online has no last time", help));
    }
    if let Some(text) = user.create_time.as_deref().filter(|text| civil::read(zone, text).is_none()) {
        at.within("create_time", |at| at.value(no_time(text), TIME_HELP));
    }
}

fn channels() -> String {
    format!("expected one of {}", all_channels().join(", "))
}

const TIME_HELP: &str = "write it as yyyy-MM-dd HH:mm:ss";

fn no_time(text: &str) -> String {
    format!("{} is not a time", quoted(text))
}

fn check_tags(at: &mut Checks, tags: &[String]) {
    at.within("tags", |at| {
        if tags.len() > USER_TAGS_MAX {
            at.value(format!("{} tags: a user has at most {USER_TAGS_MAX}", tags.len()), "take some out");
        }
        let mut seen = BTreeSet::new();
        for (number, tag) in tags.iter().enumerate() {
            at.within(number, |at| {
                if tag.is_empty() || tag.chars().any(|c| c.is_whitespace() || c.is_control()) {
                    let help = "the vendor shows a user's tags with spaces between them: list two tags, or join the words";
                    at.value(format!("{} cannot be a tag: a tag is not empty and has no spaces", quoted(tag)), help);
                } else if !seen.insert(tag) {
                    at.value(format!("tag {} stands twice", quoted(tag)), "take one out");
                }
            });
        }
    });
}

/// Whether there are more properties than the app may have, which no document says and a switch does.
fn check_count(at: &mut Checks, setup: &JpushSetup, most: i64) {
    let count = setup.properties.len();
    if i64::try_from(count).is_ok_and(|count| count > most) {
        let what = format!("{count} properties: `switches.properties_max` allows {most}");
        at.within("properties", |at| at.value(what, "take some out, or raise the switch"));
    }
}

fn jpush(at: &mut Checks, setup: &JpushSetup, zone: &Zone) {
    at.within("properties", |at| {
        for (name, property) in &setup.properties {
            at.within(name, |at| {
                if let Some(why) = name_fault(name) {
                    at.key(format!("{} cannot be a property: {why}", quoted(name)), "give it another name");
                }
                if let Some(why) = text_fault(&property.description) {
                    at.within("description", |at| {
                        at.value(format!("a description that {why}"), "shorten it")
                    });
                }
                let time = property.last_update_time.as_deref();
                if let Some(text) = time.filter(|text| civil::read(zone, text).is_none()) {
                    at.within("last_update_time", |at| at.value(no_time(text), TIME_HELP));
                }
            });
        }
    });
    let known: Vec<&str> = setup.properties.keys().map(String::as_str).collect();
    at.within("devices", |at| {
        for (device, values) in &setup.devices {
            at.within(device, |at| {
                if let Some(why) = id_fault(device) {
                    at.key(
                        format!("{} cannot be a registration id: {why}", quoted(device)),
                        "give it letters and digits",
                    );
                }
                for (name, value) in values.iter().flatten() {
                    at.within(name, |at| {
                        check_value(at, setup, zone, &known, (name.as_str(), value.as_str()))
                    });
                }
            });
        }
    });
}

fn check_value(
    at: &mut Checks,
    setup: &JpushSetup,
    zone: &Zone,
    known: &[&str],
    (name, value): (&str, &str),
) {
    let Some(property) = setup.properties.get(name) else {
        let near = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
        let help = near.unwrap_or_else(|| "declare it under `jpush.properties`, with its type".to_owned());
        return at.key(format!("{} is not declared as a property", quoted(name)), &help);
    };
    if !holds(zone, property.value_type, value) {
        let kind = format!("{:?}", property.value_type).to_lowercase();
        at.value(
            format!("{} is not a {kind}, as {} is declared", quoted(value), quoted(name)),
            "correct the value, or the type of the property",
        );
    }
}

/// What of a line of the script is without effect or can never be.
fn check_fault(at: &mut Checks, fault: &Fault) {
    for wrong in fault_faults(fault) {
        at.within(wrong.key, |at| at.value(wrong.summary, &wrong.help));
    }
}

/// One thing that is wrong with a fault of the script.
pub(in crate::emulator) struct FaultFault {
    pub key: &'static str,
    pub summary: String,
    pub help: String,
}

/// What of a fault is without effect or can never be.
pub(in crate::emulator) fn fault_faults(fault: &Fault) -> Vec<FaultFault> {
    let mut found = Vec::new();
    let mut wrong = |key, summary: String, help: String| found.push(FaultFault { key, summary, help });
    let names: Vec<&str> = Endpoint::all().map(Endpoint::name).collect();
    if !names.iter().any(|name| fits(&fault.on, name)) {
        let near = nearest(&fault.on, &names).map(|near| format!("did you mean `{near}`?"));
        let help = near
            .unwrap_or_else(|| "docs/endpoints.md lists them; `*` stands for any piece of a name".to_owned());
        wrong("on", format!("no endpoint is called {}", quoted(&fault.on)), help);
    }
    for (key, number) in [("call", fault.call), ("times", fault.times)] {
        if number == Some(0) {
            wrong(key, "it would strike no call".to_owned(), "count from 1".to_owned());
        }
    }
    if fault.probability.is_some_and(|likely| !(0.0..=1.0).contains(&likely)) {
        wrong("probability", "a probability is from 0 to 1".to_owned(), "0.1 is every tenth call".to_owned());
    }
    if fault.ms.is_some_and(|ms| ms < 0) {
        wrong("ms", "no reply comes earlier".to_owned(), "give it 0 or more".to_owned());
    }
    if fault.status.is_some_and(|status| !(100..=599).contains(&status)) {
        wrong("status", "an HTTP status is from 100 to 599".to_owned(), "502 is a proxy's".to_owned());
    }
    let action = fault.action;
    let is_page = matches!(action, Action::Status | Action::Garbage | Action::Empty);
    for (key, is_set, has_effect, of) in [
        ("ms", fault.ms.is_some(), matches!(action, Action::Slow | Action::Late), "slow and late"),
        (
            "status",
            fault.status.is_some(),
            matches!(action, Action::Status | Action::Code),
            "status and code",
        ),
        ("code", fault.code.is_some(), action == Action::Code, "code"),
        ("msg", fault.msg.is_some(), action == Action::Code, "code"),
        ("carried_out", fault.carried_out, is_page, "status, garbage and empty"),
    ] {
        if is_set && !has_effect {
            let help = format!("it belongs to the actions {of}; take it out");
            wrong(key, format!("`{key}` changes nothing here"), help);
        }
    }
    found
}
