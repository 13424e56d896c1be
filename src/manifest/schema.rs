//! The structure of manifests and of the project file, as types: the JSON Schema for editors is made from them, and
//! the keys that the compiler knows are tested to be the same.
//!
//! The types are never filled: manifests are compiled from their tree, which knows its places.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::kind::limits;

use super::schema_text::{hand_up, without_null, without_words};
use super::source::is_home;
use super::words::Word;

/// The keys of [`Manifest`].
pub const MANIFEST_KEYS: &[&str] = &["getui", "jpush"];
/// The keys of [`Getui`].
pub const GETUI_KEYS: &[&str] = &["aliases", "tag_sets", "tag_members", "blacklist", "device_tokens"];
/// The keys of [`Jpush`].
pub const JPUSH_KEYS: &[&str] = &["properties", "devices"];
/// The keys of [`Property`].
pub const PROPERTY_KEYS: &[&str] = &["type", "description", "prevent_destroy"];
/// The keys of [`FromFile`].
pub const FROM_KEYS: &[&str] = &["from"];

/// The longest path of a data file, in characters.
const PATH_CHARS_MAX: usize = 1024;

/// Whether this can be no path of a data file.
#[must_use]
pub fn path_fault(text: &str) -> bool {
    text.is_empty()
        || is_home(text)
        || text.chars().count() > PATH_CHARS_MAX
        || text.chars().any(char::is_control)
}

/// The JSON Schema of manifests, draft-07.
#[must_use]
pub fn manifest() -> Value {
    let mut schema = generate::<Manifest>("Pushform manifest");
    // A document without anything declares nothing.
    schema["type"] = json!(["object", "null"]);
    schema
}

/// The JSON Schema of the project file, draft-07.
#[must_use]
pub fn project() -> Value {
    generate::<super::project_schema::Project>("Pushform project")
}

fn generate<T: JsonSchema>(title: &str) -> Value {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    let mut value = schema.to_value();
    without_null(&mut value);
    let mut definitions = value["definitions"].take();
    hand_up(&mut value, &definitions);
    let copy = definitions.clone();
    hand_up(&mut definitions, &copy);
    without_words(&mut definitions, &value.to_string());
    without_words(&mut definitions, &copy.to_string());
    value["definitions"] = definitions;
    value["title"] = json!(title);
    value
}

/// What a push audience should look like. Any number of documents together are one declaration; what one of them
/// declares, Pushform creates, changes and, once it is taken out again, removes.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Manifest {
    /// Users of the Getui app: their aliases, tags, device tokens, and who is on the blacklist.
    #[schemars(extend("examples" = [{"aliases": {"alice_w": ["e605a0db5ce3cca9b76b012978064940"]}}]))]
    pub getui: Option<Getui>,
    /// The JPush app: its user properties, and their values on devices.
    #[schemars(extend("examples" = [{"properties": {"level": {"type": "number"}}}]))]
    pub jpush: Option<Jpush>,
}

/// Users of the Getui app: their aliases, tags, device tokens, and who is on the blacklist.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Getui {
    /// Aliases, each with exactly these users (1 to 10). A user has one alias. A single user needs no list.
    #[schemars(extend("examples" = [{"alice_w": ["e605a0db5ce3cca9b76b012978064940"]}, {"from": "data/aliases.csv"}]))]
    pub aliases: Option<Aliases>,
    /// Users, each with exactly these tags, whatever else they carry now: every other tag is taken away.
    #[schemars(extend("examples" = [{"e605a0db5ce3cca9b76b012978064940": ["vip", "喜爱足球"]}, {"from": "data/tags.csv"}]))]
    pub tag_sets: Option<TagSets>,
    /// Tags, each with users who carry it. A user's other tags are left alone.
    #[schemars(extend("examples" = [{"newsletter": {"from": "data/newsletter.csv"}}]))]
    pub tag_members: Option<TagMembers>,
    /// Users who receive no pushes. Getui cannot show who is on it, so it is compared with what was last written.
    #[schemars(extend("examples" = [["f5fc768b8f3d0ac24d6b7df65e0221b0"], {"from": "data/opted_out.csv"}]))]
    pub blacklist: Option<Users>,
    /// Device tokens of the vendors' channels, by user. Getui cannot show them, so they are compared with what was
    /// last written.
    #[schemars(extend("examples" = [{"wx": {"e605a0db5ce3cca9b76b012978064940": "oX-Yr4ICsWkJaydB8mdRD3DMahkA"}}]))]
    pub device_tokens: Option<DeviceTokens>,
}

/// The JPush app: its user properties, and their values on devices.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Jpush {
    /// User properties of the app, by name. Those that nobody declares are left alone.
    #[schemars(extend("examples" = [{"level": {"type": "number", "description": "会员等级"}}]))]
    pub properties: Option<BTreeMap<PropertyKey, Property>>,
    /// Values of declared properties, by registration id.
    #[schemars(extend("examples" = [{"1a0018970aa97f72bb6": {"level": 3}}, {"from": "data/devices.csv"}]))]
    pub devices: Option<Devices>,
}

/// One user property.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Property {
    /// What its values are. It cannot be changed in place: a new type deletes the property and creates it again, and
    /// values that the new type can hold are bound again.
    #[schemars(extend("examples" = ["number"]))]
    pub r#type: PropertyType,
    /// What it is for, at most 50 bytes.
    #[schemars(extend("examples" = ["会员等级"]))]
    pub description: Option<Text<DESCRIPTION>>,
    /// Refuse to delete or replace it, even after this line is taken out together with the property.
    #[schemars(extend("examples" = [true]))]
    pub prevent_destroy: Option<bool>,
}

/// What the values of a property are.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
pub enum PropertyType {
    /// Any text.
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// A date and a time: `2026-11-22 10:12:00`.
    Datetime,
}

/// A CSV file with a header instead of a list.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FromFile {
    /// The path of a CSV file, relative to this manifest, inside the project.
    #[schemars(extend("examples" = ["data/newsletter.csv"]))]
    pub from: FilePath,
}

const ALIAS: usize = 0;
const TAG: usize = 1;
const USER: usize = 2;
const TOKEN: usize = 3;
const PROPERTY: usize = 4;
const DESCRIPTION: usize = 5;
const REGISTRATION_ID: usize = 6;
const VALUE: usize = 7;

/// A text in the place of a value: editors take an unquoted `13800138000` for a number.
pub struct Text<const WORD: usize>;

/// A text in the place of a key.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Key<const WORD: usize>;

/// A property's name as a key.
pub type PropertyKey = Key<PROPERTY>;

impl<const WORD: usize> JsonSchema for Text<WORD> {
    fn schema_name() -> Cow<'static, str> {
        format!("text {}", Word::ALL[WORD].noun()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let word = Word::ALL[WORD];
        json_schema!({
            "description": sentence(word),
            "type": ["string", "integer", "number", "boolean"],
            "pattern": word.pattern(),
        })
    }
}

impl<const WORD: usize> JsonSchema for Key<WORD> {
    fn schema_name() -> Cow<'static, str> {
        format!("key {}", Word::ALL[WORD].noun()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": Word::ALL[WORD].pattern()})
    }
}

fn sentence(word: Word) -> String {
    let help = word.help();
    let mut chars = help.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

/// The path of a data file.
pub struct FilePath;

impl JsonSchema for FilePath {
    fn schema_name() -> Cow<'static, str> {
        "path".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "integer", "number", "boolean"],
            "pattern": format!("^(?!~)[^\\u0000-\\u001f\\u007f-\\u009f]{{1,{PATH_CHARS_MAX}}}$"),
        })
    }
}

/// Users in a list or in a file.
pub struct Users;
/// See [`Getui::aliases`].
pub struct Aliases;
/// See [`Getui::tag_sets`].
pub struct TagSets;
/// See [`Getui::tag_members`].
pub struct TagMembers;
/// See [`Getui::device_tokens`].
pub struct DeviceTokens;
/// See [`Jpush::devices`].
pub struct Devices;

/// `{from: FILE}`, or this; what the columns are is said to people.
fn or_from(generator: &mut SchemaGenerator, columns: &str, this: &Value) -> Schema {
    let from = generator.subschema_for::<FromFile>();
    json_schema!({
        "markdownDescription": format!("Here, or in a CSV file `{{from: FILE}}` with the columns `{columns}`."),
        "anyOf": [this, from],
    })
}

fn keys(word: Word, values: &Value) -> Value {
    json!({"type": "object", "patternProperties": {word.pattern(): values}, "additionalProperties": false})
}

impl JsonSchema for Users {
    fn schema_name() -> Cow<'static, str> {
        "Users".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let user = generator.subschema_for::<Text<USER>>();
        or_from(generator, "cid", &json!({"type": "array", "items": user}))
    }
}

impl JsonSchema for Aliases {
    fn schema_name() -> Cow<'static, str> {
        "Aliases".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let user = generator.subschema_for::<Text<USER>>();
        let max = limits::ALIAS_USERS_MAX;
        let users =
            json!({"anyOf": [user, {"type": "array", "items": user, "minItems": 1, "maxItems": max}]});
        let mut aliases = keys(Word::ALL[ALIAS], &users);
        // `from: x.csv` is a file; an alias of that name has its users in a list.
        aliases["properties"] = json!({"from": {"type": "array"}});
        or_from(generator, "alias,cid", &aliases)
    }
}

impl JsonSchema for TagSets {
    fn schema_name() -> Cow<'static, str> {
        "TagSets".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let tag = generator.subschema_for::<Text<TAG>>();
        let tags = json!({"type": "array", "items": tag, "maxItems": limits::USER_TAGS_MAX});
        or_from(generator, "cid,tags", &keys(Word::User, &tags))
    }
}

impl JsonSchema for TagMembers {
    fn schema_name() -> Cow<'static, str> {
        "TagMembers".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let users = json!(generator.subschema_for::<Users>());
        Schema::try_from(keys(Word::Tag, &users)).unwrap_or_default()
    }
}

impl JsonSchema for DeviceTokens {
    fn schema_name() -> Cow<'static, str> {
        "DeviceTokens".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let token = generator.subschema_for::<Text<TOKEN>>();
        let mut tokens = keys(Word::User, &json!(token));
        tokens["properties"] = json!({"from": false});
        let tokens = or_from(generator, "cid,device_token", &tokens);
        let channels: BTreeMap<&str, Value> =
            limits::CHANNELS.iter().map(|channel| (*channel, channel_of(channel, &tokens))).collect();
        json_schema!({"type": "object", "properties": channels, "additionalProperties": false})
    }
}

/// A channel: what it is, and its tokens.
fn channel_of(channel: &str, tokens: &Schema) -> Value {
    let mut schema = json!(tokens);
    let what = format!("Device tokens of {}, by user, as the app got them there.", maker(channel));
    // Editors prefer Markdown to plain words, and would show the half of it.
    let columns = schema.as_object_mut().and_then(|schema| schema.remove("markdownDescription"));
    let columns = columns.as_ref().and_then(Value::as_str).unwrap_or_default();
    schema["description"] = json!(format!("{what} {columns}"));
    schema["examples"] = json!([
        {"e605a0db5ce3cca9b76b012978064940": "oX-Yr4ICsWkJaydB8mdRD3DMahkA"},
        {"from": format!("data/{channel}.csv")},
    ]);
    schema
}

/// Who gives a channel's tokens out: Getui, "批量绑定或解绑cid和deviceToken".
fn maker(channel: &str) -> &str {
    match channel {
        "wx" => "WeChat mini programs (微信小程序)",
        "hw" => "Huawei (华为)",
        "hwq" => "Huawei quick apps (华为快应用)",
        "ho" => "Honor (荣耀)",
        "xm" => "Xiaomi (小米)",
        "op" => "OPPO",
        "opg" => "OPPO outside China",
        "vv" => "vivo",
        "mz" => "Meizu (魅族)",
        "fcm" => "Google's Firebase Cloud Messaging",
        "st" => "Smartisan (坚果)",
        "sn" => "Sony (索尼)",
        "ios" => "Apple",
        other => other,
    }
}

impl JsonSchema for Devices {
    fn schema_name() -> Cow<'static, str> {
        "Devices".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<Text<VALUE>>();
        let values = keys(Word::PropertyName, &json!(value));
        or_from(generator, "registration_id,<property>,…", &keys(Word::ALL[REGISTRATION_ID], &values))
    }
}
