//! The switches: one for every point on which the vendors' documents are silent, with every answer they might give.
//!
//! They decide nothing that a document states. Each is set by name, as text, on the command line
//! (`--switch NAME=VALUE`) or in the world file, and [`Switches::ALL`] lists them, so that a test can run them all.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

/// One switch as people see it.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    /// Its name on the command line and in the world file.
    pub name: &'static str,
    /// What it decides.
    pub about: &'static str,
    /// What it can be set to.
    pub values: Values,
}

/// What a switch can be set to.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// One of these words; the first is the default.
    Words(&'static [&'static str]),
    /// Any number from 0.
    Number {
        /// Unless it is set.
        default: i64,
        /// Numbers worth a test.
        samples: &'static [i64],
    },
}

impl Switch {
    /// Every value worth a test, the default first, as text.
    #[must_use]
    pub fn samples(&self) -> Vec<String> {
        match self.values {
            Values::Words(words) => words.iter().map(ToString::to_string).collect(),
            Values::Number { default, samples } => std::iter::once(default)
                .chain(samples.iter().copied())
                .map(|number| number.to_string())
                .collect(),
        }
    }
}

macro_rules! switches {
    (
        words { $( $(#[doc = $about:literal])+ $field:ident: $Type:ident {
            $first:ident = $first_word:literal $(, $other:ident = $other_word:literal)* $(,)? } )+ }
        numbers { $( $(#[doc = $number_about:literal])+ $number:ident = $default:literal [$($sample:literal),*] )+ }
    ) => {
        $(
            $(#[doc = $about])+
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub enum $Type {
                #[doc = concat!("`", $first_word, "`")]
                #[default]
                $first,
                $( #[doc = concat!("`", $other_word, "`")] $other, )*
            }

            impl $Type {
                const WORDS: &'static [&'static str] = &[$first_word $(, $other_word)*];
                const VALUES: &'static [Self] = &[Self::$first $(, Self::$other)*];

                fn word(self) -> &'static str {
                    match self { Self::$first => $first_word $(, Self::$other => $other_word)* }
                }

                fn of(word: &str) -> Option<Self> {
                    Self::VALUES.iter().copied().find(|value| value.word() == word)
                }
            }
        )+

        /// How every switch stands.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(into = "BTreeMap<String, String>")]
        pub struct Switches {
            $( $(#[doc = $about])+ pub $field: $Type, )+
            $( $(#[doc = $number_about])+ pub $number: i64, )+
        }

        impl Default for Switches {
            fn default() -> Self {
                Self { $( $field: $Type::default(), )+ $( $number: $default, )+ }
            }
        }

        impl Switches {
            /// Every switch.
            pub const ALL: &'static [Switch] = &[
                $( Switch {
                    name: stringify!($field),
                    about: concat!($($about),+),
                    values: Values::Words($Type::WORDS),
                }, )+
                $( Switch {
                    name: stringify!($number),
                    about: concat!($($number_about),+),
                    values: Values::Number { default: $default, samples: &[$($sample),*] },
                }, )+
            ];

            /// Sets one switch.
            ///
            /// # Errors
            /// A sentence that lists the switches, or the values of this one.
            pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
                match name {
                    $( stringify!($field) => {
                        self.$field = $Type::of(value).ok_or_else(|| not_a_word(name, value, $Type::WORDS))?;
                    } )+
                    $( stringify!($number) => { self.$number = number(name, value)?; } )+
                    _ => return Err(no_switch(name)),
                }
                Ok(())
            }

            /// Every switch with the value at which it stands, as text.
            #[must_use]
            pub fn list(&self) -> Vec<(&'static str, String)> {
                vec![
                    $( (stringify!($field), self.$field.word().to_owned()), )+
                    $( (stringify!($number), self.$number.to_string()), )+
                ]
            }
        }
    };
}

switches! {
    words {
        /// Getui's reply to the question for the alias of a user who has none.
        alias_of_none: AliasOfNone {
            EmptyText = "empty_string", Absent = "absent", EmptyObject = "empty_object", Refused = "20001" }
        /// Getui's reply to the question for the users of an alias that nobody has.
        users_of_none: UsersOfNone {
            EmptyList = "empty_list", Absent = "absent", EmptyObject = "empty_object", Refused = "20001" }
        /// Getui's reply to the question for the tags of a user who has none.
        tags_of_none: TagsOfNone {
            EmptyObject = "empty_object", EmptyList = "empty_list", EmptyText = "empty_string", Absent = "absent" }
        /// What an alias call with one bad user does with the good ones, and what it says.
        alias_bad_user: AliasBadUser {
            RefusesAll = "refuses_all", DoesTheRest = "does_the_rest", KeepsSilent = "does_the_rest_in_silence" }
        /// What an alias call that would give an alias an eleventh user does with the other pairs, before it is refused.
        alias_full: AliasFull { RefusesAll = "refuses_all", DoesTheRest = "does_the_rest" }
        /// The code of a second tag overwrite of one user on one day.
        overwrite_again: OverwriteAgain { DailyLimit = "30011", Failed = "23001" }
        /// What a tag overwrite with an empty list does.
        overwrite_empty: OverwriteEmpty { Refused = "refused", Clears = "clears" }
        /// What the status call does with a user who does not exist.
        status_bad_user: StatusBadUser { Refused = "20001", LeftOut = "left_out" }
        /// The code of an authentication whose sign is wrong.
        wrong_sign: WrongSign { Parameter = "20001", Token = "10001" }
        /// When between the sending of a call and its reply a vendor counts and carries it out.
        counted_at: CountedAt { Middle = "middle", Sending = "sending", Reply = "reply", Anywhere = "anywhere" }
        /// Whether a call that is refused for a limit spends that limit too.
        refused_calls: RefusedCalls { Free = "free", Spend = "spend" }
        /// JPush's code for a new property whose name exists.
        property_exists: PropertyExists { NameExists = "1101", Parameter = "9003" }
        /// JPush's code for a property that does not exist.
        property_missing: PropertyMissing { Parameter = "9003", NameMissing = "1102" }
        /// What the removal of a property that does not exist does.
        property_delete_missing: PropertyDeleteMissing { Refused = "refused", Accepted = "accepted" }
        /// What a page larger than the largest does.
        page_size_over: PageSizeOver { Capped = "capped", Refused = "refused" }
        /// As which kind of JSON number and bool values travel in replies.
        values_travel: ValuesTravel { Text = "string", Native = "native" }
        /// Whether the bulk call names its failures when there are none.
        bulk_no_errors: BulkNoErrors { EmptyObject = "empty_object", Absent = "absent" }
        /// JPush's header for the size of the bucket; absent: no such header at all.
        rate_headers: RateHeaders { Limit = "limit", Quota = "quota", Absent = "absent" }
        /// The shape of JPush's errors.
        error_shape: ErrorShape { Nested = "nested", Flat = "flat" }
        /// JPush's word for what an error says.
        error_word: ErrorWord { Message = "message", Msg = "msg" }
        /// The body of JPush's success without content.
        success_body: SuccessBody { Empty = "empty", Object = "object" }
    }
    numbers {
        /// How long Getui's tag bind takes to be seen, in milliseconds.
        tag_bind_delay_ms = 2000 [0, 60000]
        /// How far the timestamp of a sign-in may be from Getui's clock, in milliseconds.
        sign_in_clock_off_ms = 3600000 [600000]
        /// How many calls a minute Getui takes before it says 10005.
        requests_per_minute = 1200 [600]
        /// The largest page of JPush's list of properties.
        property_page_max = 1000 [10, 100]
        /// The largest page of the devices of a property.
        device_page_max = 1000 [100]
        /// How many properties a JPush app may have.
        properties_max = 100 [1000]
    }
}

impl Switches {
    /// Sets one switch from `NAME=VALUE`.
    ///
    /// # Errors
    /// A sentence that says what could stand there.
    pub fn set_text(&mut self, text: &str) -> Result<(), String> {
        let (name, value) =
            text.split_once('=').ok_or_else(|| format!("`{text}` is no switch: write NAME=VALUE"))?;
        self.set(name.trim(), value.trim())
    }
}

impl JsonSchema for Switches {
    fn schema_name() -> Cow<'static, str> {
        "Switches".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = |switch: &Switch| {
            let value = match switch.values {
                Values::Words(words) => {
                    // YAML takes a code without quotes for a number.
                    let numbers = words.iter().filter_map(|word| word.parse::<u32>().ok()).map(Value::from);
                    let words = words.iter().map(|word| Value::from(*word));
                    json!({"description": switch.about.trim(), "enum": words.chain(numbers).collect::<Vec<_>>()})
                }
                Values::Number { default, .. } => json!({
                    "description": switch.about.trim(),
                    "type": ["integer", "string"],
                    "minimum": 0,
                    "pattern": "^[0-9]+$",
                    "default": default,
                }),
            };
            (switch.name.to_owned(), value)
        };
        let properties: Map<String, Value> = Self::ALL.iter().map(one).collect();
        json_schema!({"type": "object", "additionalProperties": false, "properties": properties})
    }
}

impl<'de> Deserialize<'de> for Switches {
    /// Key by key, so that a fault has the place of its key or of its value.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Settings;
        impl<'de> Visitor<'de> for Settings {
            type Value = Switches;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("switches by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Switches, A::Error> {
                let mut switches = Switches::default();
                while let Some(Known(switch)) = map.next_key()? {
                    map.next_value_seed(Setting { switches: &mut switches, name: switch.name })?;
                }
                Ok(switches)
            }
        }
        deserializer.deserialize_map(Settings)
    }
}

/// The name of a switch in a file.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Known(&'static Switch);

impl TryFrom<String> for Known {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let found = Switches::ALL.iter().find(|switch| switch.name == name);
        found.map(Self).ok_or_else(|| no_switch(&name))
    }
}

/// The value of a switch in a file.
struct Setting<'a> {
    switches: &'a mut Switches,
    name: &'static str,
}

impl<'de> DeserializeSeed<'de> for Setting<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let value = String::deserialize(deserializer)?;
        self.switches.set(self.name, &value).map_err(D::Error::custom)
    }
}

impl From<Switches> for BTreeMap<String, String> {
    fn from(switches: Switches) -> Self {
        switches.list().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn not_a_word(name: &str, value: &str, words: &[&str]) -> String {
    format!("switch `{name}` cannot be `{value}`; it takes {}", words.join(", "))
}

fn number(name: &str, value: &str) -> Result<i64, String> {
    let number = value.parse::<i64>().ok().filter(|number| *number >= 0);
    number.ok_or_else(|| format!("switch `{name}` cannot be `{value}`; it takes a number from 0"))
}

fn no_switch(name: &str) -> String {
    let names: Vec<&str> = Switches::ALL.iter().map(|switch| switch.name).collect();
    format!("there is no switch `{name}`; there are {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_takes_every_sample_and_lists_it() {
        for switch in Switches::ALL {
            for value in switch.samples() {
                let mut switches = Switches::default();
                switches.set(switch.name, &value).expect("a sample is a value");
                assert!(switches.list().contains(&(switch.name, value.clone())), "{} = {value}", switch.name);
            }
            let default = Switches::default().list().into_iter().find(|(name, _)| *name == switch.name);
            assert_eq!(default, Some((switch.name, switch.samples()[0].clone())));
        }
    }

    #[test]
    fn a_wrong_setting_says_what_could_stand_there() {
        let mut switches = Switches::default();
        assert_eq!(
            switches.set_text("overwrite_again=3"),
            Err("switch `overwrite_again` cannot be `3`; it takes 30011, 23001".to_owned())
        );
        assert!(
            switches.set_text("nope=1").expect_err("no such switch").contains("alias_of_none, users_of_none")
        );
        assert!(switches.set_text("tag_bind_delay_ms=-1").is_err());
        assert!(switches.set_text("tag_bind_delay_ms").expect_err("no value").contains("NAME=VALUE"));
    }
}
