//! The world: everything that both vendors know, and the one transition that every request is.
//!
//! No clock, no I/O: the time comes with the request, chance from the seed. What the endpoints answer is
//! `getui/`'s and `jpush/`'s, what they keep is in the folder beside this file.

pub(super) mod devices;
mod inspect;
mod outside;
pub mod saved;
mod script;
pub(super) mod sessions;
#[cfg(test)]
mod tests;
pub(super) mod users;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use percent_encoding::percent_decode_str;

use super::endpoint::{Endpoint, Route, is_known, route, vendor_of};
use super::fault::{Dice, Faults};
use super::setup::Setup;
use super::switches::{CountedAt, RefusedCalls};
use super::throttle::{Limit, Meter};
use super::violation::{Sort, Violation, Violations};
use super::{getui, jpush};
use crate::timestamp::{Day, Timestamp};
use crate::wire::{Method, Reply};
use devices::Devices;
use sessions::Sessions;
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

/// How long a call is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Travel {
    /// The request.
    pub there_ms: i64,
    /// The reply.
    pub back_ms: i64,
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

    /// A field of the query, decoded; an empty one counts as none, and bytes that are no text as no field's value.
    pub fn field(&self, name: &str) -> Option<String> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.into_iter().find(|(key, value)| *key == name && !value.is_empty())?;
        let spaced = value.replace('+', " ");
        Some(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
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

    /// Keeps no limit at all, from the next call on.
    pub const fn set_unlimited(&mut self) {
        self.rules.unlimited = true;
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
            Route::WrongMethod(vendor) => return self.stray_of(request, vendor, 405),
            Route::WrongPath(vendor) => return self.stray_of(request, vendor, 404),
        };
        let (headers, body, now) = (&request.headers[..], &request.body[..], self.now);
        let call = Call { endpoint, app, parts, query, headers, body, now };
        if !is_encoded(&request.path) {
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

    /// A request with a method that neither vendor has, such as `PATCH`.
    pub fn handle_method(&mut self, method: &str, path: &str, now: Timestamp) -> Outcome {
        self.settle(now);
        self.stray(method, path, vendor_of(path), if is_known(path) { 405 } else { 404 })
    }

    /// How long a request is under way and how long its reply: the latency in two parts, of which the first is longer
    /// where a fault makes the request late.
    pub fn travel(&mut self, request: &Incoming) -> Travel {
        let (latency, jitter) = (self.rules.latency_ms, self.rules.latency_jitter_ms);
        let varied = if jitter > 0 { self.dice.upto(jitter) } else { 0 };
        let all = latency.max(0).saturating_add(varied);
        let there_ms = match self.rules.switches.counted_at {
            CountedAt::Middle => all / 2,
            CountedAt::Sending => 0,
            CountedAt::Reply => all,
            CountedAt::Anywhere => self.dice.upto(all),
        };
        let late_ms = match route(request.method, &request.path) {
            Route::Found { endpoint, .. } => self.faults.late_ms(endpoint.name(), &mut self.dice),
            Route::WrongMethod(_) | Route::WrongPath(_) => 0,
        };
        Travel { there_ms: there_ms.saturating_add(late_ms), back_ms: all - there_ms }
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

/// Whether a path is written as one travels: visible ASCII, and behind every `%` two hexadecimal digits.
fn is_encoded(path: &str) -> bool {
    let escapes = path.split('%').skip(1);
    path.bytes().all(|byte| byte.is_ascii_graphic())
        && escapes
            .map(str::as_bytes)
            .all(|rest| rest.len() >= 2 && rest[..2].iter().all(u8::is_ascii_hexdigit))
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
