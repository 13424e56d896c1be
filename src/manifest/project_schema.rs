//! The structure of the project file, as types: see `schema.rs`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

use super::project_words::Setting;

/// The keys of [`Project`].
pub const PROJECT_KEYS: &[&str] = &["getui", "jpush", "state", "manifests", "policy"];
/// The keys of [`GetuiAccount`].
pub const GETUI_KEYS: &[&str] = &["app_id", "app_key", "master_secret", "base_url", "time_zone", "limits"];
/// The keys of [`JpushAccount`].
pub const JPUSH_KEYS: &[&str] = &["app_key", "master_secret", "base_url", "time_zone", "limits", "reserve"];
/// The keys of [`GetuiLimits`].
pub const GETUI_LIMITS: &[&str] = &["requests", "tag_batch", "tag_overwrite_per_user", "device_token"];
/// The keys of [`JpushLimits`].
pub const JPUSH_LIMITS: &[&str] = &["requests"];
/// The keys of [`Policy`].
pub const POLICY_KEYS: &[&str] = &["max_deletes", "refresh_budget", "mask"];
/// The keys of [`MaxDeletes`].
pub const MAX_DELETES_KEYS: &[&str] = &["percent", "at_least"];

/// The most limits of one sort of call.
pub const LIMITS_MAX: usize = 8;

/// One environment: at most one Getui app and one JPush app, one state. `${NAME}` takes an environment variable,
/// `${NAME:-default}` one with a default.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Project {
    /// The Getui app (个推) whose users the manifests declare.
    #[schemars(extend("examples" = [{"app_id": "${GETUI_APP_ID}", "app_key": "${GETUI_APP_KEY}", "master_secret": "${GETUI_MASTER_SECRET}"}]))]
    pub getui: Option<GetuiAccount>,
    /// The JPush app (极光) whose properties and devices the manifests declare.
    #[schemars(extend("examples" = [{"app_key": "${JPUSH_APP_KEY}", "master_secret": "${JPUSH_MASTER_SECRET}"}]))]
    pub jpush: Option<JpushAccount>,
    /// Where it is recorded what Pushform has done: `sqlite:PATH`, or `postgres://…` for teams and pipelines.
    #[schemars(extend("default" = "sqlite:.pushform/state.db"))]
    #[schemars(extend("examples" = ["sqlite:.pushform/state.db", "${PUSHFORM_STATE}"]))]
    pub state: Option<Of<STATE>>,
    /// Files and folders of manifests, relative to this file. In folders every `*.yaml` and `*.yml` is one.
    #[schemars(extend("default" = ["manifests"]))]
    #[schemars(extend("examples" = [["manifests", "more/tags.yaml"]]))]
    pub manifests: Option<Vec<Of<PATH>>>,
    /// What holds for every run.
    #[schemars(extend("examples" = [{"max_deletes": {"percent": 30, "at_least": 10}}]))]
    pub policy: Option<Policy>,
}

/// A Getui app.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GetuiAccount {
    /// The app's id, as the console shows it.
    #[schemars(extend("examples" = ["${GETUI_APP_ID}"]))]
    pub app_id: Of<ACCOUNT>,
    /// The app's key, as the console shows it.
    #[schemars(extend("examples" = ["${GETUI_APP_KEY}"]))]
    pub app_key: Of<SECRET>,
    /// The app's secret: take it from the environment.
    #[schemars(extend("examples" = ["${GETUI_MASTER_SECRET}"]))]
    pub master_secret: Of<SECRET>,
    /// The API's address: https, or http to a loopback address such as that of `pushform emulator`.
    #[schemars(extend("default" = "https://restapi.getui.com/v2"))]
    #[schemars(extend("examples" = ["https://restapi.getui.com/v2", "http://127.0.0.1:8788/v2"]))]
    pub base_url: Option<Of<URL>>,
    /// Where a daily quota turns over: an IANA name.
    #[schemars(extend("default" = "Asia/Shanghai"))]
    #[schemars(extend("examples" = ["Asia/Shanghai"]))]
    pub time_zone: Option<Of<ZONE>>,
    /// How often calls may be sent, where your contract differs from the documents: `COUNT/LENGTH`, or a list of them
    /// that all hold. `1d` is a calendar day of `time_zone`, every other length a sliding window. A count of 0 forbids
    /// the call.
    #[schemars(extend("examples" = [{"tag_batch": ["100/1m", "10000/1d"]}]))]
    pub limits: Option<GetuiLimits>,
}

/// Limits of a Getui app: `COUNT/LENGTH`, or a list of them that all hold. `1d` is a calendar day of `time_zone`,
/// every other length a sliding window. A count of 0 forbids the call.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GetuiLimits {
    /// Every call, reads too. The documents name no figure; this one is known to be safe.
    #[schemars(extend("default" = "1200/1m"))]
    #[schemars(extend("examples" = ["1200/1m"]))]
    pub requests: Option<Limits>,
    /// Binding and unbinding one tag for up to 1000 users.
    #[schemars(extend("default" = ["100/1m", "10000/1d"]))]
    #[schemars(extend("examples" = [["100/1m", "10000/1d"]]))]
    pub tag_batch: Option<Limits>,
    /// Overwriting all tags of one user, for each user.
    #[schemars(extend("default" = "1/1d"))]
    #[schemars(extend("examples" = ["1/1d"]))]
    pub tag_overwrite_per_user: Option<Limits>,
    /// Binding device tokens.
    #[schemars(extend("default" = "1000/1m"))]
    #[schemars(extend("examples" = ["1000/1m"]))]
    pub device_token: Option<Limits>,
}

/// A JPush app.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct JpushAccount {
    /// The app's key, as the console shows it.
    #[schemars(extend("examples" = ["${JPUSH_APP_KEY}"]))]
    pub app_key: Of<ACCOUNT>,
    /// The app's secret: take it from the environment.
    #[schemars(extend("examples" = ["${JPUSH_MASTER_SECRET}"]))]
    pub master_secret: Of<SECRET>,
    /// The API's address: https, or http to a loopback address such as that of `pushform emulator`.
    #[schemars(extend("default" = "https://api.jpush.cn"))]
    #[schemars(extend("examples" = ["https://api.jpush.cn", "http://127.0.0.1:8788"]))]
    pub base_url: Option<Of<URL>>,
    /// Where a daily quota turns over: an IANA name.
    #[schemars(extend("default" = "Asia/Shanghai"))]
    #[schemars(extend("examples" = ["Asia/Shanghai"]))]
    pub time_zone: Option<Of<ZONE>>,
    /// How often calls may be sent, where your contract differs from the documents: `COUNT/LENGTH`, or a list of them
    /// that all hold. `1d` is a calendar day of `time_zone`, every other length a sliding window. A count of 0 forbids
    /// the call.
    #[schemars(extend("examples" = [{"requests": "600/1m"}]))]
    pub limits: Option<JpushLimits>,
    /// The share of the limit that is left to pushes.
    #[schemars(extend("default" = "50%"))]
    #[schemars(extend("examples" = ["50%"]))]
    pub reserve: Option<Of<PERCENT>>,
}

/// Limits of a JPush app: `COUNT/LENGTH`, or a list of them that all hold.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct JpushLimits {
    /// Every call; pushes spend the same.
    #[schemars(extend("default" = "600/1m"))]
    #[schemars(extend("examples" = ["600/1m"]))]
    pub requests: Option<Limits>,
}

/// What holds for every run.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Policy {
    /// Whether aliases and ids are hidden in everything shown, as with `--mask`.
    #[schemars(extend("default" = false, "examples" = [true]))]
    pub mask: Option<Of<FLAG>>,
    /// How much one run may delete, for each kind, in rows.
    #[schemars(extend("examples" = [{"percent": 30, "at_least": 10}]))]
    pub max_deletes: Option<MaxDeletes>,
    /// How long reading live state may take before `--refresh=auto` reads less.
    #[schemars(extend("default" = "2m"))]
    #[schemars(extend("examples" = ["2m"]))]
    pub refresh_budget: Option<Of<LENGTH>>,
}

/// A run is refused when it deletes more than this share and more than this number.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MaxDeletes {
    /// The share of what is recorded, in percent.
    #[schemars(extend("default" = 30))]
    #[schemars(extend("examples" = [30]))]
    pub percent: Option<Of<SHARE>>,
    /// The number of rows up to which the share does not matter.
    #[schemars(extend("default" = 10))]
    #[schemars(extend("examples" = [10]))]
    pub at_least: Option<Of<ROWS>>,
}

const ACCOUNT: usize = 0;
const SECRET: usize = 1;
const URL: usize = 2;
const ZONE: usize = 3;
const LIMIT: usize = 4;
const PERCENT: usize = 5;
const STATE: usize = 6;
const PATH: usize = 7;
const LENGTH: usize = 8;
const SHARE: usize = 9;
const ROWS: usize = 10;
const FLAG: usize = 11;

/// A setting of this sort, by its place in [`Setting::ALL`].
pub struct Of<const SETTING: usize>;

impl<const SETTING: usize> JsonSchema for Of<SETTING> {
    fn schema_name() -> Cow<'static, str> {
        format!("setting {SETTING}").into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let setting = Setting::ALL[SETTING];
        match setting {
            Setting::Share => {
                json_schema!({"type": ["integer", "string"], "minimum": 0, "maximum": 100, "pattern": setting.pattern()})
            }
            Setting::Rows => json_schema!(
                {"type": ["integer", "string"], "minimum": 0, "maximum": 999_999_999, "pattern": setting.pattern()}
            ),
            // A number such as 1.5 is no id; an editor reads 12345 or true without quotes as what they are not.
            Setting::Account => {
                json_schema!({"type": ["string", "integer", "boolean"], "pattern": setting.pattern()})
            }
            Setting::Secret | Setting::Zone | Setting::Path => {
                json_schema!({"type": ["string", "integer", "number", "boolean"], "pattern": setting.pattern()})
            }
            Setting::Flag => {
                json_schema!({"type": ["boolean", "string"], "pattern": setting.pattern()})
            }
            Setting::Url | Setting::Limit | Setting::Percent | Setting::State | Setting::Length => {
                json_schema!({"type": "string", "pattern": setting.pattern()})
            }
        }
    }
}

/// One limit, or a list of them.
pub struct Limits;

impl JsonSchema for Limits {
    fn schema_name() -> Cow<'static, str> {
        "Limits".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let limit = generator.subschema_for::<Of<LIMIT>>();
        json_schema!({
            "examples": ["100/1m", ["100/1m", "10000/1d"]],
            "anyOf": [limit, json!({"type": "array", "items": limit, "minItems": 1, "maxItems": LIMITS_MAX})],
        })
    }
}
