//! What stands in a plan's JSON for the names of people: themselves, or something else where they are hidden.
//!
//! Every text is handed over with its role, so that what hides an alias called `delete` leaves the action alone.

use crate::address::Resource;
use crate::table::Kind;

/// Whose name a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A user's id.
    User,
    /// An alias.
    Alias,
    /// A vendor's token.
    Token,
    /// A registration id.
    Device,
    /// Nobody's: a tag, a channel, a property, or its value.
    Nobody,
}

impl Role {
    /// Of the subject of a row.
    pub(super) const fn of_subject(kind: Kind) -> Self {
        match kind {
            Kind::Alias | Kind::Tag | Kind::Blacklist | Kind::DeviceToken => Self::User,
            Kind::Device => Self::Device,
            Kind::Property => Self::Nobody,
        }
    }

    /// Of the value of a row. Its item is nobody's.
    pub(super) const fn of_value(kind: Kind) -> Self {
        match kind {
            Kind::Alias => Self::Alias,
            Kind::DeviceToken => Self::Token,
            Kind::Tag | Kind::Blacklist | Kind::Device | Kind::Property => Self::Nobody,
        }
    }

    /// Of the name in an address.
    pub(super) const fn of_name(resource: Resource) -> Self {
        match resource {
            Resource::Alias => Self::Alias,
            Resource::TagSet => Self::User,
            Resource::Device => Self::Device,
            Resource::TagMembers | Resource::Blacklist | Resource::DeviceTokens | Resource::Property => {
                Self::Nobody
            }
        }
    }
}

/// Says what stands for each text.
pub trait View {
    /// For a name of this role.
    fn text(&self, role: Role, plain: &str) -> String;
    /// For a sentence.
    fn prose(&self, plain: &str) -> String;
    /// Whether everything stands for itself: only such a file can be applied.
    fn is_plain(&self) -> bool;
}

/// Everything stands for itself.
pub(super) struct Plain;

impl View for Plain {
    fn text(&self, _role: Role, plain: &str) -> String {
        plain.to_owned()
    }

    fn prose(&self, plain: &str) -> String {
        plain.to_owned()
    }

    fn is_plain(&self) -> bool {
        true
    }
}
