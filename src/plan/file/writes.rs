//! What a call does, as text: the part of a plan file that calls are made from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// The texts of a write.
    pub fn of(write: &Write, names: &Names) -> Self {
        let text = |name: &Name| names.text(*name).to_owned();
        let list = |list: &[Name]| list.iter().map(text).collect();
        let pairs = |pairs: &[(Name, Name)]| pairs.iter().map(|(a, b)| (text(a), text(b))).collect();
        match write {
            Write::BindAliases(all) => Self::BindAliases(pairs(all)),
            Write::UnbindAliases(all) => Self::UnbindAliases(pairs(all)),
            Write::ClearAlias(alias, users) => Self::ClearAlias(text(alias), list(users)),
            Write::OverwriteTags { user, tags, drops, carried } => Self::OverwriteTags {
                user: text(user),
                tags: list(tags),
                drops: list(drops),
                carried: carried.as_ref().map(|carried| list(carried)),
            },
            Write::BindTag(tag, users) => Self::BindTag(text(tag), list(users)),
            Write::UnbindTag(tag, users) => Self::UnbindTag(text(tag), list(users)),
            Write::Block(users) => Self::Block(list(users)),
            Write::Unblock(users) => Self::Unblock(list(users)),
            Write::BindTokens(channel, all) => Self::BindTokens(text(channel), pairs(all)),
            Write::UnbindTokens(channel, users) => Self::UnbindTokens(text(channel), list(users)),
            Write::CreateProperty(name, value) => Self::CreateProperty(text(name), text(value)),
            Write::DescribeProperty(name, value) => Self::DescribeProperty(text(name), text(value)),
            Write::DeleteProperty(name) => Self::DeleteProperty(text(name)),
            Write::SetValues(all) => {
                Self::SetValues(all.iter().map(|(a, b, c)| (text(a), text(b), text(c))).collect())
            }
            Write::RemoveValue(device, property) => Self::RemoveValue(text(device), text(property)),
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
