//! Changes behind every client's back: what other tools, people and the vendors themselves do.
//!
//! None of them is a call: no limit is spent, no violation is counted, everything is seen at once.

use super::{Bucket, World};
use crate::emulator::setup::{UserSetup, ValueType};
use crate::names::Name;
use crate::timestamp::Timestamp;

/// One such change.
#[derive(Clone, Copy, Debug)]
pub enum Outside<'a> {
    /// A user comes or becomes another.
    User(&'a str, &'a UserSetup),
    /// A user goes.
    UserGone(&'a str),
    /// A user gets an alias, or loses it.
    Alias(&'a str, Option<&'a str>),
    /// A user gets exactly these tags.
    Tags(&'a str, &'a [&'a str]),
    /// A user gets a tag.
    TagAdded(&'a str, &'a str),
    /// A user loses a tag.
    TagRemoved(&'a str, &'a str),
    /// A user is put on the blacklist.
    Blacklisted(&'a str),
    /// A user is taken from the blacklist.
    Allowed(&'a str),
    /// A property comes, or changes its type and description.
    Property(&'a str, ValueType, &'a str),
    /// A property goes with its values.
    PropertyGone(&'a str),
    /// A device gets a value, or loses it.
    Value(&'a str, &'a str, Option<&'a str>),
    /// So many pushes are sent and spend JPush's bucket.
    Pushes(u32),
    /// Getui forgets every session.
    SessionsLost,
}

impl World {
    /// Lets one such change happen at `now`.
    pub fn change_outside(&mut self, change: Outside, now: Timestamp) {
        self.settle(now);
        let now = self.now;
        match change {
            Outside::User(cid, setup) => self.users.place(cid, setup),
            Outside::UserGone(cid) => self.users.remove(cid),
            Outside::Alias(cid, alias) => {
                let user = self.users.enter(cid);
                match alias {
                    Some(alias) => self.users.bind_alias(user, alias),
                    None => self.users.release_alias(user),
                }
            }
            Outside::Tags(cid, tags) => {
                let user = self.users.enter(cid);
                let tags: Vec<Name> = tags.iter().map(|tag| self.users.tag(tag)).collect();
                self.users.overwrite(user, &tags);
            }
            Outside::TagAdded(cid, tag) => {
                let (user, tag) = (self.users.enter(cid), self.users.tag(tag));
                self.users.bind_tag(user, tag, None);
            }
            Outside::TagRemoved(cid, tag) => {
                let (user, tag) = (self.users.enter(cid), self.users.tag(tag));
                self.users.unbind_tag(user, tag);
            }
            Outside::Blacklisted(cid) => {
                let user = self.users.enter(cid);
                self.users.change(user, |user| user.blacklisted = true);
            }
            Outside::Allowed(cid) => {
                let user = self.users.enter(cid);
                self.users.change(user, |user| user.blacklisted = false);
            }
            Outside::Property(name, value_type, description) => {
                self.devices.add(name, value_type, description, now);
            }
            Outside::PropertyGone(name) => {
                self.devices.delete(name);
            }
            Outside::Value(device, name, Some(text)) => self.devices.set(device, name, text, now),
            Outside::Value(device, name, None) => self.devices.unset(device, name),
            Outside::Pushes(calls) => {
                self.spend_quietly(Bucket::Jpush, now, calls);
            }
            Outside::SessionsLost => self.sessions.lose_all(),
        }
    }
}
