//! The world: everything that both vendors know, and the one transition that every request is.
//!
//! No clock, no I/O: the time comes with the request, chance from the seed. What the endpoints answer is
//! `getui/`'s and `jpush/`'s, what they keep is in the folder beside this file.

pub(super) mod devices;
mod inspect;
mod outside;
pub mod saved;
pub(super) mod sessions;
#[cfg(test)]
mod tests;
pub(super) mod users;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use percent_encoding::percent_decode_str;

use super::endpoint::{Endpoint, Route, route};
use super::fault::{Action, Dice, Fault, Faults};
use super::setup::Setup;
use super::switches::RefusedCalls;
use super::throttle::{Limit, Meter};
use super::violation::{Sort, Violation, Violations};
use super::{getui, jpush};
use crate::timestamp::{Day, Timestamp};
use crate::wire::{Method, Reply, Vendor};
use devices::Devices;
use sessions::{Sessions, Standing};
use users::Users;

pub use outside::Outside;

/// A request as it arrives.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// How.
    pub method: Method,
    /// The whole path with its query: `/v2/$appId/user/alias`, `/v3/property?page=1`.
    pub path: String,
    /// Names in any case.
    pub headers: Vec<(String, String)>,
    /// As it came.
    pub body: Vec<u8>,
}

/// How a request ends for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// With a reply.
    Reply(Reply),
    /// The connection is not taken.
    Refused,
    /// The connection is cut; nothing was changed.
    CutBefore,
    /// The connection is cut; the call was carried out.
    CutAfter,
}

/// What comes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How long after its arrival the client sees the end of it.
    pub delay_ms: i64,
    /// The end.
    pub end: End,
}

/// What the endpoints are told.
pub(super) struct Call<'a> {
    pub endpoint: Endpoint,
    pub app: &'a str,
    parts: [&'a str; 2],
    query: &'a str,
    headers: &'a [(String, String)],
    pub body: &'a [u8],
    pub now: Timestamp,
}

impl<'a> Call<'a> {
    /// An open part of the path, decoded; `None` when it is no text.
    pub fn part(&self, index: usize) -> Option<Cow<'a, str>> {
        percent_decode_str(self.parts[index]).decode_utf8().ok()
    }

    /// A header of this name, whatever the case it is written in.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// A field of the query, decoded; an empty one counts as none.
    pub fn field(&self, name: &str) -> Option<String> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.into_iter().find(|(key, value)| *key == name && !value.is_empty())?;
        let spaced = value.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8().ok().map(Cow::into_owned)
    }
}

/// What a limit is counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bucket {
    /// Every call to Getui.
    GetuiRequests,
    /// Signing in at Getui.
    Auth,
    /// Bind and unbind of one tag.
    TagBatch,
    /// Device tokens.
    DeviceToken,
    /// JPush's bucket with the pushes that others send.
    Jpush,
    /// The same without them: what the client itself is to blame for.
    JpushOwn,
}

/// How often an endpoint was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many calls it answered or dropped.
    pub calls: u64,
    /// How many of them it answered with an error.
    pub refused: u64,
}

/// Both vendors.
#[derive(Clone)]
pub struct World {
    /// The setup without its users, properties, devices and faults.
    pub(super) rules: Setup,
    pub(super) users: Users,
    pub(super) devices: Devices,
    pub(super) sessions: Sessions,
    pub(super) dice: Dice,
    meters: BTreeMap<Bucket, Meter>,
    faults: Faults,
    violations: Violations,
    stats: BTreeMap<Endpoint, Tally>,
    now: Timestamp,
}

impl Default for World {
    fn default() -> Self {
        Self::new(Setup::default())
    }
}

impl World {
    /// The world of a setup, before its first call.
    #[must_use]
    pub fn new(mut setup: Setup) -> Self {
        let users = Users::new(&setup.getui);
        let devices = Devices::new(&setup.jpush, &setup.time_zone.0);
        let faults = Faults::new(std::mem::take(&mut setup.faults), Vec::new());
        let rules = rules_of(setup);
        Self {
            users,
            devices,
            sessions: Sessions::default(),
            dice: Dice(rules.seed),
            meters: meters(&rules),
            faults,
            violations: Violations::default(),
            stats: BTreeMap::new(),
            now: Timestamp(0),
            rules,
        }
    }

    /// Takes the rules of another setup (all but its users, properties and devices) and keeps what the world holds: a saved world under an `emulator.yaml` that was changed since.
    pub fn set_rules(&mut self, mut setup: Setup) {
        let faults = std::mem::take(&mut setup.faults);
        let seen = if faults == self.faults.list() { self.faults.seen().to_vec() } else { Vec::new() };
        self.faults = Faults::new(faults, seen);
        self.rules = rules_of(setup);
        self.users.set_strangers(&self.rules.getui.foreign, self.rules.getui.users_unknown);
        self.devices.set_unknown(self.rules.jpush.devices_unknown);
        self.fit_meters();
    }

    /// Sets one switch from `NAME=VALUE`, from the next call on.
    ///
    /// # Errors
    /// A sentence that says what could stand there.
    pub fn set_switch(&mut self, text: &str) -> Result<(), String> {
        self.rules.switches.set_text(text)?;
        self.fit_meters();
        Ok(())
    }

    /// Gives the meters the limits of the rules, and lets them keep what they have seen.
    fn fit_meters(&mut self) {
        let before = std::mem::take(&mut self.meters);
        self.meters = meters(&self.rules);
        for (bucket, meter) in &mut self.meters {
            if let Some(before) = before.get(bucket) {
                *meter = meter.clone().remembering(&before.memory());
            }
        }
    }

    /// One request, one outcome. Time does not go back: an earlier `now` counts as the latest one.
    pub fn handle(&mut self, request: &Incoming, now: Timestamp) -> Outcome {
        self.settle(now);
        let (endpoint, app, parts, query) = match route(request.method, &request.path) {
            Route::Found { endpoint, app, parts, query } => (endpoint, app, parts, query),
            Route::WrongMethod(vendor) => return self.stray(request, vendor, 405),
            Route::WrongPath(vendor) => return self.stray(request, vendor, 404),
        };
        let (headers, body, now) = (&request.headers[..], &request.body[..], self.now);
        let call = Call { endpoint, app, parts, query, headers, body, now };
        if !request.path.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.wrong(&call, Sort::Malformed, "the path is not percent-encoded");
        }
        let script = self.faults.next(endpoint.name(), &mut self.dice);
        let end = match script.strike {
            Some(fault) => self.struck(&call, &fault),
            None => End::Reply(self.carry_out(&call)),
        };
        if end != End::Refused {
            let tally = self.stats.entry(endpoint).or_default();
            tally.calls += 1;
            tally.refused += u64::from(matches!(&end, End::Reply(reply) if reply.status != 200));
        }
        Outcome { delay_ms: script.slow_ms, end }
    }

    /// How long the next request is under way, and as long its reply: half of the latency each.
    pub fn travel_ms(&mut self) -> i64 {
        let (latency, jitter) = (self.rules.latency_ms, self.rules.latency_jitter_ms);
        let varied = if jitter > 0 { self.dice.upto(jitter) } else { 0 };
        latency.max(0).saturating_add(varied) / 2
    }

    /// The latest time that the world was told, once everything that is due by then is seen.
    pub(super) fn settle(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        self.users.settle(self.now);
    }

    fn carry_out(&mut self, call: &Call) -> Reply {
        match call.endpoint {
            Endpoint::Getui(endpoint) => getui::answer(self, call, endpoint),
            Endpoint::Jpush(endpoint) => jpush::answer(self, call, endpoint),
        }
    }

    fn struck(&mut self, call: &Call, fault: &Fault) -> End {
        match fault.action {
            Action::Slow => End::Reply(self.carry_out(call)),
            Action::Refuse => End::Refused,
            Action::CutBefore => End::CutBefore,
            Action::CutAfter => {
                self.carry_out(call);
                End::CutAfter
            }
            Action::Status | Action::Garbage | Action::Empty => {
                if fault.carried_out {
                    self.carry_out(call);
                }
                End::Reply(broken(fault))
            }
            Action::TokenGone => {
                if let Some(token) = call.header("token") {
                    self.sessions.end(token, Standing::Lost);
                }
                End::Reply(self.carry_out(call))
            }
            Action::OverLimit => match call.endpoint {
                Endpoint::Getui(_) => End::Reply(getui::refusal(401, 10005, "calls per minute over limit")),
                Endpoint::Jpush(_) => {
                    End::Reply(jpush::refusal(&self.rules, 429, 2002, "Rate limit exceeded"))
                }
            },
            Action::Code => {
                let (status, code) = (fault.status.unwrap_or(403), fault.code.unwrap_or(30019));
                let msg = fault.msg.as_deref().unwrap_or("system busy");
                match call.endpoint {
                    Endpoint::Getui(_) => End::Reply(getui::refusal(status, code, msg)),
                    Endpoint::Jpush(_) => End::Reply(jpush::refusal(&self.rules, status, code, msg)),
                }
            }
        }
    }

    fn stray(&mut self, request: &Incoming, vendor: Vendor, status: u16) -> Outcome {
        let detail = format!("{status}, {}", if status == 405 { "another method" } else { "no such path" });
        let path = request.path.split('?').next().unwrap_or_default();
        let endpoint = format!("{} {path}", request.method.word());
        self.violations.push(Violation { at: self.now, sort: Sort::UnknownEndpoint, endpoint, detail });
        let reply = match vendor {
            Vendor::Getui => getui::refusal(status, i64::from(status), "no such endpoint"),
            Vendor::Jpush => jpush::refusal(&self.rules, status, i64::from(status), "no such endpoint"),
        };
        Outcome { delay_ms: 0, end: End::Reply(reply) }
    }

    /// Writes a violation down.
    pub(super) fn wrong(&mut self, call: &Call, sort: Sort, detail: impl Into<String>) {
        let endpoint = call.endpoint.name().to_owned();
        self.violations.push(Violation { at: call.now, sort, endpoint, detail: detail.into() });
    }

    /// The calendar day of a call.
    pub(super) fn day(&self, call: &Call) -> Day {
        self.rules.time_zone.0.day(call.now)
    }

    /// Counts a call into a bucket.
    ///
    /// # Errors
    /// The limit that has no room, after it was written down as the client's violation.
    pub(super) fn spend(&mut self, bucket: Bucket, call: &Call) -> Result<(), Limit> {
        let full = self.spend_quietly(bucket, call.now, 1);
        if let Some(limit) = full {
            self.wrong(call, Sort::OverLimit, format!("more than {limit}"));
            return Err(limit);
        }
        Ok(())
    }

    /// The same without blame.
    pub(super) fn spend_quietly(&mut self, bucket: Bucket, now: Timestamp, calls: u32) -> Option<Limit> {
        if self.rules.unlimited {
            return None;
        }
        let day = self.rules.time_zone.0.day(now);
        let meter = self.meters.get_mut(&bucket)?;
        let full = meter.full(now, day);
        if full.is_none() || self.rules.switches.refused_calls == RefusedCalls::Spend {
            for _ in 0..calls {
                meter.spend(now, day);
            }
        }
        full
    }

    /// What a bucket has left: size, rest, and in how many milliseconds more comes free.
    pub(super) fn room(&self, bucket: Bucket, now: Timestamp) -> Option<(u32, u32, i64)> {
        self.meters.get(&bucket)?.room(now)
    }
}

impl fmt::Debug for World {
    /// Short: a world may hold a million users.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "World(at {}, {:?})", self.now, self.violations.counts())
    }
}

/// A setup without what the world keeps elsewhere.
fn rules_of(mut setup: Setup) -> Setup {
    setup.getui.users = BTreeMap::new();
    setup.getui.many = Vec::new();
    setup.jpush.properties = BTreeMap::new();
    setup.jpush.devices = BTreeMap::new();
    setup
}

fn meters(rules: &Setup) -> BTreeMap<Bucket, Meter> {
    let requests = u32::try_from(rules.switches.requests_per_minute).unwrap_or(u32::MAX);
    let limits = &rules.limits;
    BTreeMap::from([
        (Bucket::GetuiRequests, Meter::new(&[Limit::per_minute(requests)])),
        (Bucket::Auth, Meter::new(&limits.auth.0)),
        (Bucket::TagBatch, Meter::new(&limits.tag_batch.0)),
        (Bucket::DeviceToken, Meter::new(&limits.device_token.0)),
        (Bucket::Jpush, Meter::new(&limits.jpush_requests.0)),
        (Bucket::JpushOwn, Meter::new(&limits.jpush_requests.0)),
    ])
}

/// What a proxy between the vendor and the client sends when it does not know what to say.
fn broken(fault: &Fault) -> Reply {
    let page =
        "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
    let html = |status| Reply {
        status,
        headers: vec![("content-type".to_owned(), "text/html".to_owned())],
        body: page.as_bytes().to_vec(),
    };
    match fault.action {
        Action::Status => html(fault.status.unwrap_or(502)),
        Action::Empty => Reply { status: 200, headers: Vec::new(), body: Vec::new() },
        Action::Garbage
        | Action::Slow
        | Action::Refuse
        | Action::CutBefore
        | Action::CutAfter
        | Action::TokenGone
        | Action::OverLimit
        | Action::Code => html(200),
    }
}
