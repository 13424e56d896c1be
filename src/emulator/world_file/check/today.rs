//! What was allowed once and is kept by the vendor, and what no call gives a user today: a fault unless the world says
//! that it is `legacy`.

use std::collections::BTreeMap;

use crate::emulator::getui::{TAG_CHARS_MAX, alias_fault};
use crate::emulator::setup::{GetuiSetup, UserSetup};
use crate::emulator::world::users::ALIAS_USERS_MAX;
use crate::manifest::source::quoted;

use super::Checks;

const LEGACY_HELP: &str = "correct it, or set `getui.legacy: true` if it is from before today's limits";

/// What no call gives a user today.
pub(super) fn check(at: &mut Checks, setup: &GetuiSetup) {
    let mut sizes = BTreeMap::new();
    at.within("users", |at| {
        for (cid, user) in &setup.users {
            at.within(cid, |at| user.iter().for_each(|user| check_user(at, user, 1, &mut sizes)));
        }
    });
    at.within("many", |at| {
        for (number, many) in setup.many.iter().enumerate() {
            let count = usize::try_from(many.count).unwrap_or(usize::MAX);
            at.within(number, |at| {
                at.within("like", |at| check_user(at, &many.like, count, &mut sizes));
            });
        }
    });
}

fn check_user<'a>(at: &mut Checks, user: &'a UserSetup, count: usize, sizes: &mut BTreeMap<&'a str, usize>) {
    if let Some(alias) = &user.alias {
        let size = sizes.entry(alias).or_default();
        let before = *size;
        *size = before.saturating_add(count);
        let what = match alias_fault(alias) {
            Some(why) if !alias.is_empty() => Some(format!("{} cannot be an alias: {why}", quoted(alias))),
            None if before <= ALIAS_USERS_MAX && *size > ALIAS_USERS_MAX => {
                Some(format!("alias {} has more than {ALIAS_USERS_MAX} users", quoted(alias)))
            }
            Some(_) | None => None,
        };
        if let Some(what) = what {
            at.within("alias", |at| at.value(what, LEGACY_HELP));
        }
    }
    at.within("tags", |at| {
        for (number, tag) in user.tags.iter().enumerate() {
            if tag.chars().count() > TAG_CHARS_MAX {
                let what = format!("tag {} has more than {TAG_CHARS_MAX} characters", quoted(tag));
                at.within(number, |at| at.value(what, LEGACY_HELP));
            }
        }
    });
}
