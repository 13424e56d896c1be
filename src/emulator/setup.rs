//! What a world is told before it starts: `emulator.yaml`, field by field.
//!
//! Everything has a default, unknown keys are errors. A saved world is the same shape with a memory beside it.
//! Reading the text is `world_file.rs`'s.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::switches::Switches;
use super::throttle::{Limit, Window};
use crate::timestamp::Zone;

/// A world before its first call.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Setup {
    /// The Getui app and its users.
    pub getui: GetuiSetup,
    /// The JPush app, its properties and devices.
    pub jpush: JpushSetup,
    /// How the vendors behave where their documents are silent.
    pub switches: Switches,
    /// What the vendors allow.
    pub limits: LimitsSetup,
    /// Whether no limit is kept at all.
    pub unlimited: bool,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// How long a call and its reply are under way together.
    pub latency_ms: i64,
    /// By how much that varies, upwards.
    pub latency_jitter_ms: i64,
    /// What all chance comes from.
    pub seed: u64,
    /// Where days turn over and in which JPush writes times.
    pub time_zone: ZoneName,
}

/// What happens with users and devices that the world does not list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// Any id of the right form exists.
    #[default]
    Accept,
    /// They do not exist.
    Reject,
}

/// The Getui app.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GetuiSetup {
    /// What clients must sign in with; without it any credentials will do. Never saved.
    #[serde(skip_serializing)]
    pub credentials: Option<GetuiCredentials>,
    /// Whether any credentials will do although some are given.
    #[serde(skip_serializing)]
    pub any_credentials: bool,
    /// The users, by cid.
    pub users: BTreeMap<String, Option<UserSetup>>,
    /// Many users at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub many: Vec<ManySetup>,
    /// Cids that exist, but in another app.
    pub foreign: BTreeSet<String>,
    /// What happens with cids that are listed nowhere.
    pub users_unknown: Unknown,
    /// What this app has no permission for.
    pub denied: BTreeSet<Denied>,
}

/// What Getui grants to an app only on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denied {
    /// The tag calls: 30001.
    Tags,
    /// The device status: 30020.
    DeviceStatus,
    /// Device tokens of other channels than mini programs.
    VendorChannels,
}

/// What signs a client in at Getui. These are the emulator's own, so they are no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "they are called as the vendor calls them")]
pub struct GetuiCredentials {
    pub app_id: String,
    pub app_key: String,
    pub master_secret: String,
}

/// What a phone runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phone {
    /// Type 1.
    #[default]
    Android,
    /// Type 2.
    Ios,
}

/// Whether a user is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Has a last time of logging in.
    #[default]
    Offline,
    /// Has none.
    Online,
}

/// One user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "they are called as the vendor calls them")]
pub struct UserSetup {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub blacklisted: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub device_tokens: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "is_default")]
    pub badge: i64,
    /// Shown by the details; no channel's token shows there by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_token: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub phone: Phone,
    /// A code of the vendor's list, such as `11000000`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub status: Status,
    /// Milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_login_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_model: Option<String>,
    /// `yyyy-MM-dd HH:mm:ss`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_freq: Option<u32>,
    #[serde(skip_serializing_if = "is_default")]
    pub notifications_off: bool,
    /// Whether the channel `wx` refuses this user: 24004.
    #[serde(skip_serializing_if = "is_default")]
    pub no_mini_program: bool,
}

/// Many users that differ in their cids alone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ManySetup {
    /// How many.
    pub count: u32,
    /// Hexadecimal digits with which their cids start; the rest counts from 0.
    pub prefix: String,
    /// What they have in common.
    pub like: UserSetup,
}

impl ManySetup {
    /// The cid of one of them: the prefix and the number in hexadecimal digits, 32 together.
    #[must_use]
    pub fn cid(prefix: &str, number: u32) -> String {
        let width = 32usize.saturating_sub(prefix.len());
        format!("{prefix}{number:0width$x}")
    }
}

/// The JPush app.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JpushSetup {
    /// What clients must show; without it any credentials will do. Never saved.
    #[serde(skip_serializing)]
    pub credentials: Option<JpushCredentials>,
    /// Whether any credentials will do although some are given.
    #[serde(skip_serializing)]
    pub any_credentials: bool,
    /// The properties, by name.
    pub properties: BTreeMap<String, PropertySetup>,
    /// The devices, by registration id, with their values.
    pub devices: BTreeMap<String, Option<BTreeMap<String, String>>>,
    /// What happens with registration ids that are listed nowhere.
    pub devices_unknown: Unknown,
}

/// What signs every JPush call. These are the emulator's own, so they are no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "they are called as the vendor calls them")]
pub struct JpushCredentials {
    pub app_key: String,
    pub master_secret: String,
}

/// The type of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they are called as the vendor calls them")]
pub enum ValueType {
    String,
    Number,
    Bool,
    Datetime,
}

/// One property.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PropertySetup {
    /// Its type.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// What it is said to be.
    #[serde(default)]
    pub description: String,
    /// `yyyy-MM-dd HH:mm:ss`; the beginning of the world unless it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_update_time: Option<String>,
}

/// The documented limits; those of which the documents name no figure are switches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsSetup {
    /// Signing in at Getui.
    pub auth: Limits,
    /// Getui's bind and unbind of one tag, together.
    pub tag_batch: Limits,
    /// How many overwrites of one user's tags a day takes.
    pub tag_overwrite_per_user: u32,
    /// Getui's device tokens.
    pub device_token: Limits,
    /// JPush's bucket, which pushes share.
    pub jpush_requests: Limits,
}

impl Default for LimitsSetup {
    fn default() -> Self {
        Self {
            auth: Limits(vec![Limit::per_minute(100), Limit::per_day(100_000)]),
            tag_batch: Limits(vec![Limit::per_minute(100), Limit::per_day(10_000)]),
            tag_overwrite_per_user: 1,
            device_token: Limits(vec![Limit::per_minute(1_000)]),
            jpush_requests: Limits(vec![Limit::per_minute(600)]),
        }
    }
}

/// Limits in a file: `COUNT/LENGTH` or a list of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "OneOrMore", into = "Vec<String>")]
pub struct Limits(pub Vec<Limit>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl TryFrom<OneOrMore> for Limits {
    type Error = String;

    fn try_from(texts: OneOrMore) -> Result<Self, String> {
        let texts = match texts {
            OneOrMore::One(text) => vec![text],
            OneOrMore::More(texts) => texts,
        };
        let limits: Vec<Limit> = texts.iter().map(|text| Limit::parse(text)).collect::<Result<_, _>>()?;
        let days = limits.iter().filter(|limit| limit.window == Window::Day).count();
        if days > 1 {
            return Err("one limit a day is enough".to_owned());
        }
        Ok(Self(limits))
    }
}

impl From<Limits> for Vec<String> {
    fn from(limits: Limits) -> Self {
        limits.0.iter().map(ToString::to_string).collect()
    }
}

/// A time zone in a file, by its IANA name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneName(pub Zone);

impl Default for ZoneName {
    fn default() -> Self {
        Self(Zone::shanghai())
    }
}

impl TryFrom<String> for ZoneName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Zone::named(&name).map(Self)
    }
}

impl From<ZoneName> for String {
    fn from(zone: ZoneName) -> Self {
        zone.0.name().to_owned()
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
