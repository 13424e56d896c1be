//! The number of users that fit conditions.

use serde::Deserialize;
use serde_json::json;

use super::{Refusal, Said, missing, read};
use crate::emulator::body::Object;
use crate::emulator::setup::{Phone, UserSetup};
use crate::emulator::violation::Sort;
use crate::emulator::world::{Call, World};

#[derive(Deserialize)]
struct Body {
    tag: Option<Vec<Object<Condition>>>,
}

#[derive(Deserialize)]
struct Condition {
    #[serde(default)]
    key: String,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    opt_type: String,
}

impl Condition {
    /// What is wrong with it.
    fn fault(&self) -> Option<&'static str> {
        match self.key.as_str() {
            "phone_type" if self.values.iter().any(|value| value != "android" && value != "ios") => {
                Some("values")
            }
            "phone_type" | "region" | "custom_tag" if self.values.is_empty() => Some("values"),
            "phone_type" | "region" | "custom_tag" => {
                (!matches!(self.opt_type.as_str(), "or" | "and" | "not")).then_some("opt_type")
            }
            _ => Some("key"),
        }
    }

    fn fits(&self, profile: &UserSetup, has_tag: &dyn Fn(&str) -> bool) -> bool {
        let phone = match profile.phone {
            Phone::Android => "android",
            Phone::Ios => "ios",
        };
        let is = |value: &String| match self.key.as_str() {
            "phone_type" => value == phone,
            "region" => profile.region.as_ref() == Some(value),
            _ => has_tag(value),
        };
        match self.opt_type.as_str() {
            "and" => self.values.iter().all(is),
            "not" => !self.values.iter().any(is),
            _ => self.values.iter().any(is),
        }
    }
}

/// `POST user/count`: between keys all must hold, within a key as its `opt_type` says.
pub(super) fn count(world: &mut World, call: &Call) -> Said {
    let body: Body = read(world, call)?;
    let list = body.tag.ok_or_else(|| missing(world, call, "tag"))?;
    let conditions: Vec<Condition> = list.into_iter().map(|condition| condition.0).collect();
    if conditions.is_empty() {
        world.wrong(call, Sort::EmptyList, "no condition");
        return Err(Refusal::parameter("tag can not be empty"));
    }
    if let Some(what) = conditions.iter().find_map(Condition::fault) {
        world.wrong(call, Sort::BadValue, format!("{what} of a condition"));
        return Err(Refusal::parameter(format!("{what} is invalid")));
    }
    Ok(Some(json!({"user_count": number(world, &conditions)}).to_string()))
}

fn number(world: &World, conditions: &[Condition]) -> usize {
    // One tag alone is what clients ask for by the thousand: the books know it without a look at every user.
    if let [only] = conditions
        && let ("custom_tag", [tag], "or" | "and") =
            (only.key.as_str(), &only.values[..], only.opt_type.as_str())
    {
        return world.users.tag_count(tag) as usize;
    }
    world.users.count(|profile, has_tag| conditions.iter().all(|condition| condition.fits(profile, has_tag)))
}
