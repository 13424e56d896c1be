//! Everything that a plan is made from, as data.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::address::Selector;
use crate::kind::Provider;
use crate::manifest::Desired;
use crate::names::{Name, Names};
use crate::quota::Ledger;
use crate::table::{Kind, Row, Tables};
use crate::timestamp::Timestamp;
use crate::wire::Vendor;

use super::Approval;

/// What the state says. Rows' marks are the seconds at which they were last known to be so.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Grows by one with every apply.
    pub serial: u64,
    /// The recorded rows.
    pub tables: Tables,
    /// Properties recorded as protected from destruction, sorted by number.
    pub protected: Vec<Name>,
    /// Values kept of properties that are being replaced, not bound again yet: subject device, item property,
    /// sorted by key.
    pub kept: Vec<Row>,
    /// The account that this state belongs to, by vendor.
    pub accounts: BTreeMap<Vendor, String>,
}

/// What the vendors showed. Only what was asked for is here: `looked` says what that was.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// The kinds that were looked at, in order.
    pub looked: Vec<Kind>,
    /// The rows that were seen.
    pub tables: Tables,
    /// Users whose alias is known, be it none; sorted by number.
    pub alias_users: Vec<Name>,
    /// Aliases whose users are known, be it none; sorted by number.
    pub aliases: Vec<Name>,
    /// Users whose tags are known, be it none; sorted by number.
    pub tag_users: Vec<Name>,
    /// Whether all properties were read.
    pub properties: bool,
    /// How many devices have a value of each property, by property, sorted by number.
    pub property_devices: Vec<(Name, u64)>,
    /// Devices whose values are known, be it none; sorted by number.
    pub devices: Vec<Name>,
    /// Every value of the properties that change their type: subject device, item property.
    pub replaced: Vec<Row>,
    /// Users whom the vendor does not know, sorted by number.
    pub unknown: Vec<Name>,
    /// How long a call takes, typically, in milliseconds, where any was made.
    pub latency_ms: Option<i64>,
    /// How many calls the reading took.
    pub calls: u64,
}

/// What the person asked for beside.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only these; all when empty.
    pub targets: Vec<Selector>,
    /// Not these.
    pub excludes: Vec<Selector>,
    /// Of what would change, only what this approves.
    pub only: Option<Rc<Approval>>,
    /// `--max-deletes`.
    pub deletes_max: Option<u64>,
    /// Of what is recorded of a kind, more than this share is too much to delete…
    pub deletes_percent: u32,
    /// …if it is also more rows than this.
    pub deletes_at_least: u64,
}

/// Everything that a plan is made from.
pub struct Input<'a> {
    /// The pool of all names.
    pub names: Names,
    /// What is declared.
    pub desired: &'a Desired,
    /// What is recorded.
    pub recorded: &'a Recorded,
    /// What is live.
    pub live: &'a Live,
    /// What was spent of the limits, this run's reads included.
    pub ledger: &'a Ledger,
    /// The accounts.
    pub providers: &'a [&'a dyn Provider],
    /// What the person asked for.
    pub options: &'a Options,
    /// When it is.
    pub now: Timestamp,
}
