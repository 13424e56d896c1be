//! Looking into a world from a test: what is so, what was called, what was wrong.

use std::collections::BTreeMap;

use super::devices::Property;
use super::{Tally, World};
use crate::emulator::endpoint::Endpoint;
use crate::emulator::fault::Fault;
use crate::emulator::violation::{Sort, Violation};
use crate::timestamp::Timestamp;

impl World {
    /// What clients did wrong, the first thousand in full.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        self.violations.list()
    }

    /// How often they did each sort of wrong.
    #[must_use]
    pub const fn violation_counts(&self) -> &BTreeMap<Sort, u64> {
        self.violations.counts()
    }

    /// How often each endpoint was called.
    #[must_use]
    pub const fn stats(&self) -> &BTreeMap<Endpoint, Tally> {
        &self.stats
    }

    /// How often one endpoint was called.
    #[must_use]
    pub fn calls(&self, endpoint: &str) -> u64 {
        Endpoint::named(endpoint)
            .and_then(|endpoint| self.stats.get(&endpoint))
            .map_or(0, |tally| tally.calls)
    }

    /// The latest time that the world was told.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The faults of its script.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        self.faults.list()
    }

    /// Adds a line to the script of faults; it counts calls from now on.
    pub fn add_fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// The alias of a user.
    #[must_use]
    pub fn alias_of(&self, cid: &str) -> Option<&str> {
        self.users.alias_of(cid)
    }

    /// The users of an alias, sorted.
    #[must_use]
    pub fn users_of(&self, alias: &str) -> Vec<&str> {
        let mut users = self.users.users_of(alias);
        users.sort_unstable();
        users
    }

    /// The tags of a user, sorted: those that are seen, and those on their way.
    #[must_use]
    pub fn tags_of(&self, cid: &str) -> (Vec<&str>, Vec<&str>) {
        let (mut seen, mut pending) = (self.users.tags_of(cid), self.users.pending_of(cid));
        seen.sort_unstable();
        pending.sort_unstable();
        (seen, pending)
    }

    /// Whether a user is on the blacklist.
    #[must_use]
    pub fn is_blacklisted(&self, cid: &str) -> bool {
        self.users.find(cid).is_some_and(|user| user.blacklisted)
    }

    /// The device token of a user on a channel.
    #[must_use]
    pub fn token_of(&self, channel: &str, cid: &str) -> Option<&str> {
        let tokens = &self.users.find(cid)?.tokens;
        tokens.iter().find(|(other, _)| **other == *channel).map(|(_, token)| token.as_str())
    }

    /// The badge of a user.
    #[must_use]
    pub fn badge_of(&self, cid: &str) -> i64 {
        self.users.find(cid).map_or(0, |user| user.badge)
    }

    /// A property by its name.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.devices.properties().get(name)
    }

    /// The value of a property on a device.
    #[must_use]
    pub fn value(&self, registration_id: &str, name: &str) -> Option<&str> {
        self.devices.values(registration_id)?.get(name).map(|value| value.text.as_str())
    }
}
