//! What aliases and tags may look like.

use super::Refusal;
use crate::emulator::violation::Sort;
use crate::emulator::world::{Call, World};

/// An alias is shorter than this, in characters: the document says `<40`.
const ALIAS_CHARS_END: usize = 40;
/// The longest tag, in characters.
pub(in crate::emulator) const TAG_CHARS_MAX: usize = 32;

/// Chinese characters: the blocks of unified and compatibility ideographs, and the zero.
const fn is_han(c: char) -> bool {
    matches!(c, '\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{323AF}')
}

/// Why a text cannot be bound as an alias.
pub(in crate::emulator) fn alias_fault(alias: &str) -> Option<&'static str> {
    if alias.is_empty() {
        Some("it is empty")
    } else if alias.chars().count() >= ALIAS_CHARS_END {
        Some("it has 40 characters or more")
    } else if !alias.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || is_han(c)) {
        Some("it has other characters than letters, digits, underscores and Chinese characters")
    } else {
        None
    }
}

/// Refuses what cannot be bound as an alias.
pub(super) fn check_alias(world: &mut World, call: &Call, alias: &str) -> Result<(), Refusal> {
    if alias.is_empty() {
        world.wrong(call, Sort::BadText, "an empty alias");
        return Err(Refusal::parameter("alias can not be empty"));
    }
    if alias.chars().count() >= ALIAS_CHARS_END {
        world.wrong(call, Sort::OverSize, format!("alias {alias} has {} characters", alias.chars().count()));
        return Err(Refusal::parameter("alias size over limit"));
    }
    if alias_fault(alias).is_some() {
        world.wrong(call, Sort::BadText, format!("alias {alias}"));
        return Err(Refusal::parameter("alias is invalid"));
    }
    Ok(())
}

/// Whether a tag that already is may be longer than one that is to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TagUse {
    /// To be bound.
    Bound,
    /// To be unbound: the document names no length there.
    Unbound,
}

/// Refuses what cannot be a tag.
pub(super) fn check_tag(world: &mut World, call: &Call, tag: &str, purpose: TagUse) -> Result<(), Refusal> {
    if tag.is_empty() || tag.chars().any(|c| c.is_whitespace() || c.is_control()) {
        world.wrong(call, Sort::BadText, format!("tag {tag:?}"));
        return Err(Refusal::parameter("custom_tag is invalid"));
    }
    if purpose == TagUse::Bound && tag.chars().count() > TAG_CHARS_MAX {
        world.wrong(call, Sort::OverSize, format!("tag {tag} has {} characters", tag.chars().count()));
        return Err(Refusal::parameter("custom_tag size over limit"));
    }
    Ok(())
}
