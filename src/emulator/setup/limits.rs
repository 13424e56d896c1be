//! The documented limits of a world, as `COUNT/LENGTH` or lists of it.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::emulator::throttle::{Limit, Window};

/// The documented limits; those of which the documents name no figure are switches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(into = "Vec<String>")]
pub struct Limits(pub Vec<Limit>);

impl JsonSchema for Limits {
    fn schema_name() -> Cow<'static, str> {
        "Limits".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let limit = serde_json::json!({"type": "string", "pattern": "^\\s*[0-9]+\\s*/\\s*([1-9][0-9]{0,2}|1000)([smh])\\s*$|^\\s*[0-9]+\\s*/\\s*1d\\s*$"});
        json_schema!({
            "description": "Calls in a stretch of time, such as `100/1m`, or a list of such limits that all hold.",
            "anyOf": [limit, {"type": "array", "items": limit}],
        })
    }
}

impl<'de> Deserialize<'de> for Limits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Limits;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("`COUNT/LENGTH` such as 100/1m, or a list of them")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Limits, E> {
                Limit::parse(text).map(|limit| Limits(vec![limit])).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Limits, A::Error> {
                let mut limits = Limits::default();
                while let Some(ReadLimit(limit)) = items.next_element()? {
                    if limit.window == Window::Day && limits.0.iter().any(|other| other.window == Window::Day)
                    {
                        return Err(A::Error::custom("one limit a day is enough"));
                    }
                    limits.0.push(limit);
                }
                Ok(limits)
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}

/// One limit in a file.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct ReadLimit(Limit);

impl TryFrom<String> for ReadLimit {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Limit::parse(&text).map(Self)
    }
}

impl From<Limits> for Vec<String> {
    fn from(limits: Limits) -> Self {
        limits.0.iter().map(ToString::to_string).collect()
    }
}
