//! A world as data, and back: the setup that would make it, and the memory that no setup has.
//!
//! Limits, sessions, binds on their way and the world's own time are in it, so that a run goes on where the last
//! one stopped. Credentials are not. Writing the text is `world_file.rs`'s.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sessions::Sessions;
use super::{Bucket, Tally, World, meters};
use crate::emulator::endpoint::Endpoint;
use crate::emulator::fault::{Dice, Faults};
use crate::emulator::setup::Setup;
use crate::emulator::throttle::MeterMemory;
use crate::emulator::violation::Violations;
use crate::timestamp::{Day, Timestamp};

/// The version of this format.
pub const VERSION: u32 = 1;

/// A world at rest.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// [`VERSION`].
    pub version: u32,
    /// The setup that makes such a world.
    pub setup: Setup,
    /// What no setup has.
    pub memory: Memory,
}

/// What a world remembers beside what it holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    now: Timestamp,
    dice: Dice,
    sessions: Sessions,
    meters: BTreeMap<String, MeterMemory>,
    /// When, to whom, which tag.
    binds: Vec<(Timestamp, String, String)>,
    overwritten: BTreeMap<String, (Day, u32)>,
    bound: BTreeMap<String, BTreeMap<String, Timestamp>>,
    faults_seen: Vec<u64>,
    violations: Violations,
    /// Calls, and how many of them were refused.
    stats: BTreeMap<String, (u64, u64)>,
}

impl Bucket {
    const ALL: [Self; 6] =
        [Self::GetuiRequests, Self::Auth, Self::TagBatch, Self::DeviceToken, Self::Jpush, Self::JpushOwn];

    const fn word(self) -> &'static str {
        match self {
            Self::GetuiRequests => "getui_requests",
            Self::Auth => "auth",
            Self::TagBatch => "tag_batch",
            Self::DeviceToken => "device_token",
            Self::Jpush => "jpush_requests",
            Self::JpushOwn => "jpush_requests_own",
        }
    }
}

impl World {
    /// The world at rest.
    #[must_use]
    pub fn save(&self) -> Saved {
        let mut setup = self.rules.clone();
        setup.getui.users = self.users.declared();
        (setup.getui.foreign, setup.getui.users_unknown) = self.users.strangers();
        let declared = self.devices.declared(&setup.time_zone.0);
        (setup.jpush.properties, setup.jpush.devices) = (declared.properties, declared.devices);
        setup.faults = self.faults.list().to_vec();
        let memory = Memory {
            now: self.now,
            dice: self.dice,
            sessions: self.sessions.clone(),
            meters: self
                .meters
                .iter()
                .map(|(bucket, meter)| (bucket.word().to_owned(), meter.memory()))
                .collect(),
            binds: self.users.on_their_way(),
            overwritten: self.users.overwritten(),
            bound: self.devices.bound(),
            faults_seen: self.faults.seen().to_vec(),
            violations: self.violations.clone(),
            stats: self
                .stats
                .iter()
                .map(|(e, tally)| (e.name().to_owned(), (tally.calls, tally.refused)))
                .collect(),
        };
        Saved { version: VERSION, setup, memory }
    }

    /// The world that was saved.
    ///
    /// # Errors
    /// A sentence fragment when another version wrote it.
    pub fn load(saved: Saved) -> Result<Self, String> {
        let Saved { version, setup, memory } = saved;
        if version != VERSION {
            return Err(format!("an emulated world of format {version}, this is format {VERSION}"));
        }
        let faults = Faults::new(setup.faults.clone(), memory.faults_seen);
        let mut world = Self::new(setup);
        world.faults = faults;
        (world.now, world.dice, world.sessions) = (memory.now, memory.dice, memory.sessions);
        world.meters = meters(&world.rules);
        for bucket in Bucket::ALL {
            if let (Some(meter), Some(seen)) =
                (world.meters.get_mut(&bucket), memory.meters.get(bucket.word()))
            {
                *meter = meter.clone().remembering(seen);
            }
        }
        for (due, cid, tag) in &memory.binds {
            let (user, tag) = (world.users.enter(cid), world.users.tag(tag));
            world.users.bind_tag(user, tag, Some(*due));
        }
        for (cid, overwritten) in memory.overwritten {
            let user = world.users.enter(&cid);
            world.users.change(user, |user| user.overwritten = Some(overwritten));
        }
        world.devices.rebind(&memory.bound);
        world.violations = memory.violations;
        let stats = memory
            .stats
            .into_iter()
            .filter_map(|(name, (calls, refused))| Some((Endpoint::named(&name)?, Tally { calls, refused })));
        world.stats = stats.collect();
        Ok(world)
    }
}
