//! What a call does, as text: the part of a plan file that calls are made from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::{Role, View};
use crate::kind::Write;
use crate::names::{Name, Names};

/// A [`Write`] with texts in place of names.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum WriteDoc {
    BindAliases(Vec<(String, String)>),
    UnbindAliases(Vec<(String, String)>),
    ClearAlias(String, Vec<String>),
    OverwriteTags {
        user: String,
        tags: Vec<String>,
        drops: Vec<String>,
        /// What is only carried along: with it the user is read immediately before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        carried: Option<Vec<String>>,
    },
    BindTag(String, Vec<String>),
    UnbindTag(String, Vec<String>),
    Block(Vec<String>),
    Unblock(Vec<String>),
    BindTokens(String, Vec<(String, String)>),
    UnbindTokens(String, Vec<String>),
    CreateProperty(String, String),
    DescribeProperty(String, String),
    DeleteProperty(String),
    SetValues(Vec<(String, String, String)>),
    RemoveValue(String, String),
}

impl WriteDoc {
    /// The texts of a write, as this view shows them.
    pub fn of(write: &Write, names: &Names, view: &dyn View) -> Self {
        let shown = |role: Role, name: &Name| view.text(role, names.text(*name));
        let plain = |name: &Name| shown(Role::Nobody, name);
        let plains = |list: &[Name]| list.iter().map(plain).collect();
        let user = |name: &Name| shown(Role::User, name);
        let users = |list: &[Name]| list.iter().map(user).collect();
        let pairs = |role: Role, pairs: &[(Name, Name)]| {
            pairs.iter().map(|(one, other)| (user(one), shown(role, other))).collect()
        };
        match write {
            Write::BindAliases(all) => Self::BindAliases(pairs(Role::Alias, all)),
            Write::UnbindAliases(all) => Self::UnbindAliases(pairs(Role::Alias, all)),
            Write::ClearAlias(alias, list) => Self::ClearAlias(shown(Role::Alias, alias), users(list)),
            Write::OverwriteTags { user: one, tags, drops, carried } => Self::OverwriteTags {
                user: user(one),
                tags: plains(tags),
                drops: plains(drops),
                carried: carried.as_ref().map(|carried| plains(carried)),
            },
            Write::BindTag(tag, list) => Self::BindTag(plain(tag), users(list)),
            Write::UnbindTag(tag, list) => Self::UnbindTag(plain(tag), users(list)),
            Write::Block(list) => Self::Block(users(list)),
            Write::Unblock(list) => Self::Unblock(users(list)),
            Write::BindTokens(channel, all) => Self::BindTokens(plain(channel), pairs(Role::Token, all)),
            Write::UnbindTokens(channel, list) => Self::UnbindTokens(plain(channel), users(list)),
            Write::CreateProperty(name, value) => Self::CreateProperty(plain(name), plain(value)),
            Write::DescribeProperty(name, value) => Self::DescribeProperty(plain(name), plain(value)),
            Write::DeleteProperty(name) => Self::DeleteProperty(plain(name)),
            Write::SetValues(all) => {
                let one = |(device, property, value): &(Name, Name, Name)| {
                    (shown(Role::Device, device), plain(property), plain(value))
                };
                Self::SetValues(all.iter().map(one).collect())
            }
            Write::RemoveValue(device, property) => {
                Self::RemoveValue(shown(Role::Device, device), plain(property))
            }
        }
    }

    /// The write of these texts, put into the pool.
    pub fn intern(&self, names: &mut Names) -> Write {
        let mut name = |text: &String| names.intern(text);
        match self {
            Self::BindAliases(all) => Write::BindAliases(pairs(all, name)),
            Self::UnbindAliases(all) => Write::UnbindAliases(pairs(all, name)),
            Self::ClearAlias(alias, users) => {
                Write::ClearAlias(name(alias), users.iter().map(name).collect())
            }
            Self::OverwriteTags { user, tags, drops, carried } => Write::OverwriteTags {
                user: name(user),
                tags: tags.iter().map(&mut name).collect(),
                drops: drops.iter().map(&mut name).collect(),
                carried: carried.as_ref().map(|carried| carried.iter().map(&mut name).collect()),
            },
            Self::BindTag(tag, users) => Write::BindTag(name(tag), users.iter().map(name).collect()),
            Self::UnbindTag(tag, users) => Write::UnbindTag(name(tag), users.iter().map(name).collect()),
            Self::Block(users) => Write::Block(users.iter().map(name).collect()),
            Self::Unblock(users) => Write::Unblock(users.iter().map(name).collect()),
            Self::BindTokens(channel, all) => Write::BindTokens(name(channel), pairs(all, name)),
            Self::UnbindTokens(channel, users) => {
                Write::UnbindTokens(name(channel), users.iter().map(name).collect())
            }
            Self::CreateProperty(property, value) => Write::CreateProperty(name(property), name(value)),
            Self::DescribeProperty(property, value) => Write::DescribeProperty(name(property), name(value)),
            Self::DeleteProperty(property) => Write::DeleteProperty(name(property)),
            Self::SetValues(all) => {
                Write::SetValues(all.iter().map(|(a, b, c)| (name(a), name(b), name(c))).collect())
            }
            Self::RemoveValue(device, property) => Write::RemoveValue(name(device), name(property)),
        }
    }
}

fn pairs(all: &[(String, String)], mut name: impl FnMut(&String) -> Name) -> Vec<(Name, Name)> {
    all.iter().map(|(a, b)| (name(a), name(b))).collect()
}
