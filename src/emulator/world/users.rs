//! Getui's users: who exists, their aliases, tags, badges and tokens, and the binds that are not yet seen.
//!
//! The rules of the data live here (one alias a user, a bind releases the alias before it, a tag stands once);
//! what a call may carry and how a refusal reads is `getui/`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use hashbrown::{HashMap, HashSet};

use crate::emulator::setup::{GetuiSetup, ManySetup, Phone, Unknown, UserSetup};
use crate::names::{Name, Names};
use crate::timestamp::{Day, Timestamp};

/// How many users an alias holds, and how many a question for it shows.
pub const ALIAS_USERS_MAX: usize = 10;
/// The digits of a cid.
pub const CID_DIGITS: usize = 32;
/// How many tags a user carries.
pub const USER_TAGS_MAX: usize = 100;

/// A tag on its way to a user.
#[derive(Clone, Copy, Debug)]
struct Pending {
    tag: Name,
    number: u64,
}

/// One user. Texts are names of the pool, since a world may hold a million users.
#[derive(Clone, Debug)]
pub struct User {
    alias: Name,
    tags: Vec<Name>,
    pending: Vec<Pending>,
    /// Whether pushes pass this user by.
    pub blacklisted: bool,
    /// What the icon shows.
    pub badge: i64,
    /// By channel.
    pub tokens: Vec<(Box<str>, String)>,
    /// The day of the last overwrite, and how many there were on it.
    pub overwritten: Option<(Day, u32)>,
    /// What no client can change, where it is not the default.
    profile: Option<Arc<UserSetup>>,
}

impl Default for User {
    fn default() -> Self {
        Self {
            alias: Name::NONE,
            tags: Vec::new(),
            pending: Vec::new(),
            blacklisted: false,
            badge: 0,
            tokens: Vec::new(),
            overwritten: None,
            profile: None,
        }
    }
}

/// All users of the app.
#[derive(Clone, Default)]
pub struct Users {
    names: Names,
    entries: HashMap<Name, User>,
    by_alias: HashMap<Name, Vec<Name>>,
    tag_counts: HashMap<Name, u32>,
    /// Which binds become visible when: by moment and number, the user.
    due: BTreeMap<(Timestamp, u64), Name>,
    binds: u64,
    foreign: HashSet<String>,
    unknown: Unknown,
}

/// A cid as Getui gives them: 32 hexadecimal digits in lower case.
#[must_use]
pub fn is_cid(text: &str) -> bool {
    text.len() == CID_DIGITS && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// What the vendor knows of a user whom no world lists. Badges are for iOS alone, and nothing is kept from iOS: so
/// every call can be tried with any cid.
static STRANGER: LazyLock<Arc<UserSetup>> =
    LazyLock::new(|| Arc::new(UserSetup { phone: Phone::Ios, ..UserSetup::default() }));

impl Users {
    /// The users of a setup, exactly as it declares them: what is outside of the rules may have come about
    /// behind every client's back.
    #[must_use]
    pub fn new(setup: &GetuiSetup) -> Self {
        let foreign = setup.foreign.iter().cloned().collect();
        let mut users = Self { foreign, unknown: setup.users_unknown, ..Self::default() };
        for many in &setup.many {
            for number in 0..many.count {
                users.place(&ManySetup::cid(&many.prefix, number), &many.like);
            }
        }
        let nothing = UserSetup::default();
        for (cid, user) in &setup.users {
            users.place(cid, user.as_ref().unwrap_or(&nothing));
        }
        users
    }

    /// Puts one user into the world as declared.
    pub fn place(&mut self, cid: &str, setup: &UserSetup) {
        let user = self.enter(cid);
        if let Some(alias) = &setup.alias {
            self.bind_alias(user, alias);
        }
        let tags: Vec<Name> = setup.tags.iter().map(|tag| self.names.intern(tag)).collect();
        self.overwrite(user, &tags);
        let Some(user) = self.entries.get_mut(&user) else { return };
        (user.blacklisted, user.badge) = (setup.blacklisted, setup.badge);
        user.tokens = setup.device_tokens.iter().map(|(c, t)| (c.as_str().into(), t.clone())).collect();
        let profile = profile_of(setup);
        user.profile = (profile != UserSetup::default()).then(|| Arc::new(profile));
    }

    /// Every user as it would be declared, by cid.
    #[must_use]
    pub fn declared(&self) -> BTreeMap<String, Option<UserSetup>> {
        let text = |name: Name| self.names.text(name).to_owned();
        let declare = |(cid, user): (&Name, &User)| {
            let profile = user.profile.as_deref().cloned().unwrap_or_default();
            let setup = UserSetup {
                alias: (user.alias != Name::NONE).then(|| text(user.alias)),
                tags: user.tags.iter().map(|tag| text(*tag)).collect(),
                blacklisted: user.blacklisted,
                badge: user.badge,
                device_tokens: user.tokens.iter().map(|(c, t)| (c.to_string(), t.clone())).collect(),
                ..profile
            };
            (text(*cid), (setup != UserSetup::default()).then_some(setup))
        };
        self.entries.iter().map(declare).collect()
    }

    /// Whether a user of this app has the cid.
    #[must_use]
    pub fn exists(&self, cid: &str) -> bool {
        match self.unknown {
            Unknown::Accept if is_cid(cid) => !self.is_foreign(cid),
            Unknown::Accept | Unknown::Reject => self.find(cid).is_some(),
        }
    }

    /// Whether the cid belongs to another app.
    #[must_use]
    pub fn is_foreign(&self, cid: &str) -> bool {
        !self.foreign.is_empty() && self.foreign.contains(cid)
    }

    /// From now on, which cids are another app's, and what happens with those that nobody lists.
    pub fn set_strangers(&mut self, foreign: &BTreeSet<String>, unknown: Unknown) {
        self.foreign = foreign.iter().cloned().collect();
        self.unknown = unknown;
    }

    /// The user of a cid, entered into the books if it was not yet.
    pub fn enter(&mut self, cid: &str) -> Name {
        let name = self.names.intern(cid);
        let stranger = || User { profile: Some(STRANGER.clone()), ..User::default() };
        self.entries.entry(name).or_insert_with(stranger);
        name
    }

    /// Takes a user out, as when the app is removed from a phone.
    pub fn remove(&mut self, cid: &str) {
        let Some(name) = self.names.find(cid) else { return };
        self.release_alias(name);
        self.overwrite(name, &[]);
        self.entries.remove(&name);
    }

    /// The user of a cid, if it is in the books.
    #[must_use]
    pub fn find(&self, cid: &str) -> Option<&User> {
        self.entries.get(&self.names.find(cid)?)
    }

    /// Changes what of a user no rule binds to others.
    pub fn change(&mut self, name: Name, change: impl FnOnce(&mut User)) {
        if let Some(user) = self.entries.get_mut(&name) {
            change(user);
        }
    }

    /// What the vendor knows about the user of a cid.
    #[must_use]
    pub fn profile(&self, cid: &str) -> UserSetup {
        let known = |user: &User| user.profile.as_deref().cloned().unwrap_or_default();
        self.find(cid).map_or_else(|| (**STRANGER).clone(), known)
    }

    /// The alias of the user of a cid.
    #[must_use]
    pub fn alias_of(&self, cid: &str) -> Option<&str> {
        let user = self.find(cid)?;
        (user.alias != Name::NONE).then(|| self.names.text(user.alias))
    }

    /// The users of an alias, in the order in which they were bound.
    #[must_use]
    pub fn users_of(&self, alias: &str) -> Vec<&str> {
        let users = self.names.find(alias).and_then(|alias| self.by_alias.get(&alias));
        users.map_or_else(Vec::new, |users| users.iter().map(|user| self.names.text(*user)).collect())
    }

    /// How many users an alias has.
    #[must_use]
    pub fn alias_size(&self, alias: &str) -> usize {
        self.names.find(alias).and_then(|alias| self.by_alias.get(&alias)).map_or(0, Vec::len)
    }

    /// Binds an alias; the one before is released by itself.
    pub fn bind_alias(&mut self, user: Name, alias: &str) {
        let alias = self.names.intern(alias);
        if self.entries.get(&user).is_some_and(|user| user.alias == alias) {
            return;
        }
        self.release_alias(user);
        self.by_alias.entry(alias).or_default().push(user);
        if let Some(user) = self.entries.get_mut(&user) {
            user.alias = alias;
        }
    }

    /// Unbinds whatever alias a user has.
    pub fn release_alias(&mut self, user: Name) {
        let Some(before) =
            self.entries.get_mut(&user).map(|user| std::mem::replace(&mut user.alias, Name::NONE))
        else {
            return;
        };
        if let Some(users) = self.by_alias.get_mut(&before) {
            users.retain(|other| *other != user);
            if users.is_empty() {
                self.by_alias.remove(&before);
            }
        }
    }

    /// Unbinds every user of an alias.
    pub fn clear_alias(&mut self, alias: &str) {
        let users = self.names.find(alias).and_then(|alias| self.by_alias.remove(&alias));
        for user in users.unwrap_or_default() {
            if let Some(user) = self.entries.get_mut(&user) {
                user.alias = Name::NONE;
            }
        }
    }

    /// The name of a tag.
    pub fn tag(&mut self, text: &str) -> Name {
        self.names.intern(text)
    }

    /// How many users are seen to carry a tag.
    #[must_use]
    pub fn tag_count(&self, tag: &str) -> u32 {
        self.names.find(tag).and_then(|tag| self.tag_counts.get(&tag)).copied().unwrap_or(0)
    }

    /// The tags that the user of a cid is seen to carry, in the order in which they came.
    #[must_use]
    pub fn tags_of(&self, cid: &str) -> Vec<&str> {
        let tags = self.find(cid).map_or(&[][..], |user| &user.tags);
        tags.iter().map(|tag| self.names.text(*tag)).collect()
    }

    /// The tags that are on their way to the user of a cid.
    #[must_use]
    pub fn pending_of(&self, cid: &str) -> Vec<&str> {
        let pending = self.find(cid).map_or(&[][..], |user| &user.pending);
        pending.iter().map(|pending| self.names.text(pending.tag)).collect()
    }

    /// Sets the whole of a user's tags. Binds that are on their way are lost: the later call wins.
    pub fn overwrite(&mut self, user: Name, tags: &[Name]) {
        let Some(entry) = self.entries.get_mut(&user) else { return };
        entry.pending.clear();
        for tag in std::mem::take(&mut entry.tags) {
            if let Some(count) = self.tag_counts.get_mut(&tag) {
                *count -= 1;
            }
        }
        for tag in tags {
            if !entry.tags.contains(tag) {
                entry.tags.push(*tag);
                *self.tag_counts.entry(*tag).or_default() += 1;
            }
        }
    }

    /// Binds one tag, seen from `due` on; says whether there was room for it.
    pub fn bind_tag(&mut self, user: Name, tag: Name, due: Option<Timestamp>) -> bool {
        let Some(entry) = self.entries.get_mut(&user) else { return false };
        if entry.tags.contains(&tag) || entry.pending.iter().any(|pending| pending.tag == tag) {
            return true;
        }
        if entry.tags.len() + entry.pending.len() >= USER_TAGS_MAX {
            return false;
        }
        if let Some(due) = due {
            self.binds += 1;
            entry.pending.push(Pending { tag, number: self.binds });
            self.due.insert((due, self.binds), user);
        } else {
            entry.tags.push(tag);
            *self.tag_counts.entry(tag).or_default() += 1;
        }
        true
    }

    /// Unbinds one tag, on its way or not.
    pub fn unbind_tag(&mut self, user: Name, tag: Name) {
        let Some(entry) = self.entries.get_mut(&user) else { return };
        entry.pending.retain(|pending| pending.tag != tag);
        let before = entry.tags.len();
        entry.tags.retain(|other| *other != tag);
        if entry.tags.len() < before
            && let Some(count) = self.tag_counts.get_mut(&tag)
        {
            *count -= 1;
        }
    }

    /// Lets everything be seen that is due at `now`.
    pub fn settle(&mut self, now: Timestamp) {
        while let Some(first) = self.due.first_entry() {
            let (due, number) = *first.key();
            if due > now {
                return;
            }
            let user = first.remove();
            let Some(entry) = self.entries.get_mut(&user) else { continue };
            let Some(at) = entry.pending.iter().position(|pending| pending.number == number) else {
                continue;
            };
            let tag = entry.pending.remove(at).tag;
            entry.tags.push(tag);
            *self.tag_counts.entry(tag).or_default() += 1;
        }
    }

    /// What is on its way: when, to whom, which tag.
    #[must_use]
    pub fn on_their_way(&self) -> Vec<(Timestamp, String, String)> {
        let describe = |(key, user): (&(Timestamp, u64), &Name)| {
            let pending = self.entries.get(user)?.pending.iter().find(|pending| pending.number == key.1)?;
            Some((key.0, self.names.text(*user).to_owned(), self.names.text(pending.tag).to_owned()))
        };
        self.due.iter().filter_map(describe).collect()
    }

    /// Whose tags were overwritten, on which day, and how often.
    #[must_use]
    pub fn overwritten(&self) -> BTreeMap<String, (Day, u32)> {
        let of = |(cid, user): (&Name, &User)| Some((self.names.text(*cid).to_owned(), user.overwritten?));
        self.entries.iter().filter_map(of).collect()
    }

    /// How many users fit: told the cid's profile and a test for tags.
    pub fn count(&self, fits: impl Fn(&UserSetup, &dyn Fn(&str) -> bool) -> bool) -> usize {
        let nothing = UserSetup::default();
        let fit = |user: &&User| {
            let has = |tag: &str| self.names.find(tag).is_some_and(|tag| user.tags.contains(&tag));
            fits(user.profile.as_deref().unwrap_or(&nothing), &has)
        };
        self.entries.values().filter(fit).count()
    }

    /// The cids of other apps, and what happens with those that nobody lists.
    #[must_use]
    pub fn strangers(&self) -> (BTreeSet<String>, Unknown) {
        (self.foreign.iter().cloned().collect(), self.unknown)
    }
}

/// What of a setup no client can change: the rest is kept in the user itself.
fn profile_of(setup: &UserSetup) -> UserSetup {
    UserSetup {
        alias: None,
        tags: Vec::new(),
        blacklisted: false,
        badge: 0,
        device_tokens: BTreeMap::new(),
        ..setup.clone()
    }
}
