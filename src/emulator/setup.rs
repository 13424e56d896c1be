//! What a world is told before it starts: `emulator.yaml`, field by field.
//!
//! Everything has a default, unknown keys are errors. A saved world is the same shape with a memory beside it.
//! Reading the text is `world_file.rs`'s.

mod limits;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::switches::Switches;
use crate::timestamp::Zone;

pub use limits::{Limits, LimitsSetup};

/// A world before its first call.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
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
    /// How long a call and its reply are under way together, in milliseconds.
    #[schemars(range(min = 0))]
    pub latency_ms: i64,
    /// By how much that varies, upwards, in milliseconds.
    #[schemars(range(min = 0))]
    pub latency_jitter_ms: i64,
    /// What all chance comes from.
    pub seed: u64,
    /// Where days turn over and in which JPush writes times.
    pub time_zone: ZoneName,
}

/// What happens with users and devices that the world does not list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// Any id of the right form exists.
    #[default]
    Accept,
    /// They do not exist.
    Reject,
}

/// The Getui app.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
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
    #[schemars(with = "BTreeSet<AnyText>")]
    pub foreign: BTreeSet<String>,
    /// What happens with cids that are listed nowhere.
    pub users_unknown: Unknown,
    /// Whether users may have what no call gives them today: aliases with other characters or more than ten users, and
    /// tags of more than 32 characters. A live alias with a hyphen was seen: a vendor keeps what it once took.
    pub legacy: bool,
    /// What this app has no permission for; by default the channels of makers of phones, as the document says.
    pub denied: BTreeSet<Denied>,
}

impl Default for GetuiSetup {
    fn default() -> Self {
        Self {
            credentials: None,
            any_credentials: false,
            users: BTreeMap::new(),
            many: Vec::new(),
            foreign: BTreeSet::new(),
            users_unknown: Unknown::default(),
            legacy: false,
            denied: BTreeSet::from([Denied::VendorChannels]),
        }
    }
}

/// What Getui grants to an app only on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetuiCredentials {
    /// The id of the app, which stands in every path.
    #[schemars(with = "AnyText")]
    pub app_id: String,
    /// The key of the app.
    #[schemars(with = "AnyText")]
    pub app_key: String,
    /// What signs.
    #[schemars(with = "AnyText")]
    pub master_secret: String,
}

/// What a phone runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phone {
    /// Type 1.
    #[default]
    Android,
    /// Type 2.
    Ios,
}

/// Whether a user is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Has a last time of logging in.
    #[default]
    Offline,
    /// Has none.
    Online,
}

/// One user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UserSetup {
    /// The user's alias.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<AnyText>")]
    pub alias: Option<String>,
    /// The user's tags: at most 100, without spaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<TagText>", length(max = 100), extend("uniqueItems" = true))]
    pub tags: Vec<String>,
    /// Whether pushes pass the user by.
    #[serde(skip_serializing_if = "is_default")]
    pub blacklisted: bool,
    /// Device tokens by channel, such as `wx`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, AnyText>")]
    pub device_tokens: BTreeMap<String, String>,
    /// The number on the app's icon.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(range(min = 0))]
    pub badge: i64,
    /// The token that the details show; no channel's token shows there by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<AnyText>")]
    pub device_token: Option<String>,
    /// What the phone runs.
    #[serde(skip_serializing_if = "is_default")]
    pub phone: Phone,
    /// A code of the vendor's list, such as `11000000`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<AnyText>")]
    pub region: Option<String>,
    /// Whether the user is there.
    #[serde(skip_serializing_if = "is_default")]
    pub status: Status,
    /// When an offline user was last there, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_login_time: Option<i64>,
    /// The name of the app's package.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<AnyText>")]
    pub package_name: Option<String>,
    /// The prefix of the maker's channel, such as `hw`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<AnyText>")]
    pub brand: Option<String>,
    /// The model of the phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<AnyText>")]
    pub phone_model: Option<String>,
    /// When the user first came: `yyyy-MM-dd HH:mm:ss`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_time: Option<String>,
    /// On how many of the last 100 days the user was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 100))]
    pub login_freq: Option<u32>,
    /// Whether the phone shows no notifications.
    #[serde(skip_serializing_if = "is_default")]
    pub notifications_off: bool,
    /// Whether the channel `wx` refuses this user: 24004.
    #[serde(skip_serializing_if = "is_default")]
    pub no_mini_program: bool,
}

/// Text that may look like a number or a boolean: an id stays text, whatever it looks like.
struct AnyText;

impl JsonSchema for AnyText {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"]})
    }
}

/// A tag: not empty, without spaces.
struct TagText;

impl JsonSchema for TagText {
    fn schema_name() -> Cow<'static, str> {
        "Tag".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"], "pattern": "^\\S+$"})
    }
}

/// Many users that differ in their cids alone.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ManySetup {
    /// How many users these are.
    pub count: u32,
    /// Hexadecimal digits with which their cids start; the rest counts from 0.
    #[schemars(with = "AnyText", regex(pattern = "^[0-9a-f]{0,32}$"))]
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
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
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
    #[schemars(with = "BTreeMap<String, Option<BTreeMap<String, AnyText>>>")]
    pub devices: BTreeMap<String, Option<BTreeMap<String, String>>>,
    /// What happens with registration ids that are listed nowhere.
    pub devices_unknown: Unknown,
}

/// What signs every JPush call. These are the emulator's own, so they are no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JpushCredentials {
    /// The key of the app.
    #[schemars(with = "AnyText")]
    pub app_key: String,
    /// What signs.
    #[schemars(with = "AnyText")]
    pub master_secret: String,
}

/// The type of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they are called as the vendor calls them")]
pub enum ValueType {
    String,
    Number,
    Bool,
    Datetime,
}

/// One property.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PropertySetup {
    /// What its values are.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// What it is said to be, at most 50 bytes.
    #[serde(default)]
    #[schemars(with = "AnyText", length(max = 50))]
    pub description: String,
    /// `yyyy-MM-dd HH:mm:ss`; the beginning of the world unless it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_update_time: Option<String>,
}

/// A time zone in a file, by its IANA name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneName(pub Zone);

impl JsonSchema for ZoneName {
    fn schema_name() -> Cow<'static, str> {
        "ZoneName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"description": "A time zone by its IANA name, such as `Asia/Shanghai`.", "type": "string"})
    }
}

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
