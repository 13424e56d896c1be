//! What a call does: the part of a plan file that calls are made from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::Role;
use crate::kind::Write;
use crate::names::Name;

/// A [`Write`] with something else in place of names: their texts, or their numbers in a file.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "WriteDoc", description = "A [`Write`] with texts in place of names.")]
pub(super) enum WriteDoc<T> {
    BindAliases(Vec<(T, T)>),
    UnbindAliases(Vec<(T, T)>),
    ClearAlias(T, Vec<T>),
    OverwriteTags {
        user: T,
        tags: Vec<T>,
        drops: Vec<T>,
        /// What is only carried along: with it the user is read immediately before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        carried: Option<Vec<T>>,
    },
    BindTag(T, Vec<T>),
    UnbindTag(T, Vec<T>),
    Block(Vec<T>),
    Unblock(Vec<T>),
    BindTokens(T, Vec<(T, T)>),
    UnbindTokens(T, Vec<T>),
    CreateProperty(T, T),
    DescribeProperty(T, T),
    DeleteProperty(T),
    SetValues(Vec<(T, T, T)>),
    RemoveValue(T, T),
}

impl<T> WriteDoc<T> {
    /// A write with what `refer` makes of each of its names, which it is given in the order in which they stand.
    pub fn of(write: &Write, mut refer: impl FnMut(Role, Name) -> T) -> Self {
        let refer = &mut refer;
        match write {
            Write::BindAliases(all) => Self::BindAliases(pairs(Role::Alias, all, refer)),
            Write::UnbindAliases(all) => Self::UnbindAliases(pairs(Role::Alias, all, refer)),
            Write::ClearAlias(alias, users) => {
                Self::ClearAlias(refer(Role::Alias, *alias), each(Role::User, users, refer))
            }
            Write::OverwriteTags { user, tags, drops, carried } => Self::OverwriteTags {
                user: refer(Role::User, *user),
                tags: each(Role::Nobody, tags, refer),
                drops: each(Role::Nobody, drops, refer),
                carried: carried.as_ref().map(|carried| each(Role::Nobody, carried, refer)),
            },
            Write::BindTag(tag, users) => {
                Self::BindTag(refer(Role::Nobody, *tag), each(Role::User, users, refer))
            }
            Write::UnbindTag(tag, users) => {
                Self::UnbindTag(refer(Role::Nobody, *tag), each(Role::User, users, refer))
            }
            Write::Block(users) => Self::Block(each(Role::User, users, refer)),
            Write::Unblock(users) => Self::Unblock(each(Role::User, users, refer)),
            Write::BindTokens(channel, all) => {
                Self::BindTokens(refer(Role::Nobody, *channel), pairs(Role::Token, all, refer))
            }
            Write::UnbindTokens(channel, users) => {
                Self::UnbindTokens(refer(Role::Nobody, *channel), each(Role::User, users, refer))
            }
            Write::CreateProperty(name, value) => {
                Self::CreateProperty(refer(Role::Nobody, *name), refer(Role::Nobody, *value))
            }
            Write::DescribeProperty(name, value) => {
                Self::DescribeProperty(refer(Role::Nobody, *name), refer(Role::Nobody, *value))
            }
            Write::DeleteProperty(name) => Self::DeleteProperty(refer(Role::Nobody, *name)),
            Write::SetValues(all) => {
                let one = |(device, property, value): &(Name, Name, Name)| {
                    let device = refer(Role::Device, *device);
                    (device, refer(Role::Nobody, *property), refer(Role::Nobody, *value))
                };
                Self::SetValues(all.iter().map(one).collect())
            }
            Write::RemoveValue(device, property) => {
                Self::RemoveValue(refer(Role::Device, *device), refer(Role::Nobody, *property))
            }
        }
    }

    /// The write of the names that `name` makes of each part, which it is given in the same order as in [`WriteDoc::of`].
    ///
    /// # Errors
    /// What `name` fails with.
    pub fn write<E>(&self, mut name: impl FnMut(Role, &T) -> Result<Name, E>) -> Result<Write, E> {
        let name = &mut name;
        Ok(match self {
            Self::BindAliases(all) => Write::BindAliases(try_pairs(Role::Alias, all, name)?),
            Self::UnbindAliases(all) => Write::UnbindAliases(try_pairs(Role::Alias, all, name)?),
            Self::ClearAlias(alias, users) => {
                Write::ClearAlias(name(Role::Alias, alias)?, try_each(Role::User, users, name)?)
            }
            Self::OverwriteTags { user, tags, drops, carried } => Write::OverwriteTags {
                user: name(Role::User, user)?,
                tags: try_each(Role::Nobody, tags, name)?,
                drops: try_each(Role::Nobody, drops, name)?,
                carried: carried.as_ref().map(|carried| try_each(Role::Nobody, carried, name)).transpose()?,
            },
            Self::BindTag(tag, users) => {
                Write::BindTag(name(Role::Nobody, tag)?, try_each(Role::User, users, name)?)
            }
            Self::UnbindTag(tag, users) => {
                Write::UnbindTag(name(Role::Nobody, tag)?, try_each(Role::User, users, name)?)
            }
            Self::Block(users) => Write::Block(try_each(Role::User, users, name)?),
            Self::Unblock(users) => Write::Unblock(try_each(Role::User, users, name)?),
            Self::BindTokens(channel, all) => {
                Write::BindTokens(name(Role::Nobody, channel)?, try_pairs(Role::Token, all, name)?)
            }
            Self::UnbindTokens(channel, users) => {
                Write::UnbindTokens(name(Role::Nobody, channel)?, try_each(Role::User, users, name)?)
            }
            Self::CreateProperty(property, value) => {
                Write::CreateProperty(name(Role::Nobody, property)?, name(Role::Nobody, value)?)
            }
            Self::DescribeProperty(property, value) => {
                Write::DescribeProperty(name(Role::Nobody, property)?, name(Role::Nobody, value)?)
            }
            Self::DeleteProperty(property) => Write::DeleteProperty(name(Role::Nobody, property)?),
            Self::SetValues(all) => {
                let one = |(device, property, value): &(T, T, T)| {
                    let device = name(Role::Device, device)?;
                    Ok((device, name(Role::Nobody, property)?, name(Role::Nobody, value)?))
                };
                Write::SetValues(all.iter().map(one).collect::<Result<_, E>>()?)
            }
            Self::RemoveValue(device, property) => {
                Write::RemoveValue(name(Role::Device, device)?, name(Role::Nobody, property)?)
            }
        })
    }
}

fn each<T>(role: Role, names: &[Name], refer: &mut impl FnMut(Role, Name) -> T) -> Vec<T> {
    names.iter().map(|name| refer(role, *name)).collect()
}

/// Pairs of a user and something of another role.
fn pairs<T>(role: Role, all: &[(Name, Name)], refer: &mut impl FnMut(Role, Name) -> T) -> Vec<(T, T)> {
    all.iter().map(|(user, other)| (refer(Role::User, *user), refer(role, *other))).collect()
}

fn try_each<T, E>(
    role: Role,
    all: &[T],
    name: &mut impl FnMut(Role, &T) -> Result<Name, E>,
) -> Result<Vec<Name>, E> {
    all.iter().map(|one| name(role, one)).collect()
}

fn try_pairs<T, E>(
    role: Role,
    all: &[(T, T)],
    name: &mut impl FnMut(Role, &T) -> Result<Name, E>,
) -> Result<Vec<(Name, Name)>, E> {
    all.iter().map(|(user, other)| Ok((name(Role::User, user)?, name(role, other)?))).collect()
}
