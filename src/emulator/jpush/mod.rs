//! JPush's property API: who may call, what its replies and errors look like, and one function an endpoint.
//!
//! Every call spends the bucket that pushes spend too, and every reply says how it stands.

mod device;
mod property;
#[cfg(test)]
mod tests;
mod text;

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::body::Object;
use super::endpoint::JpushEndpoint;
use super::setup::Setup;
use super::switches::{ErrorShape, ErrorWord, PropertyMissing, RateHeaders, SuccessBody};
use super::violation::Sort;
use super::world::{Bucket, Call, World};
use crate::timestamp::SECOND_MS;
use crate::wire::Reply;

pub(super) use text::{holds, name_fault, text_fault};

/// JSON of a success where there is any, or why not.
type Said = Result<Option<String>, Refusal>;

/// An error of JPush's.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    status: u16,
    code: i64,
    message: Cow<'static, str>,
}

impl Refusal {
    fn new(status: u16, code: i64, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// 9003: something about what the call carries.
    fn parameter(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, 9003, message)
    }

    /// A property that does not exist.
    fn no_property(world: &World) -> Self {
        let code = match world.rules.switches.property_missing {
            PropertyMissing::Parameter => 9003,
            PropertyMissing::NameMissing => 1102,
        };
        Self::new(400, code, "property name not exist")
    }
}

/// An error reply.
pub(super) fn refusal(rules: &Setup, status: u16, code: i64, message: &str) -> Reply {
    let word = match rules.switches.error_word {
        ErrorWord::Message => "message",
        ErrorWord::Msg => "msg",
    };
    let error = json!({"code": code, word: message});
    let body = match rules.switches.error_shape {
        ErrorShape::Nested => json!({"error": error}),
        ErrorShape::Flat => error,
    };
    Reply::json(status, body.to_string())
}

/// What an endpoint answers.
pub(super) fn answer(world: &mut World, call: &Call, endpoint: JpushEndpoint) -> Reply {
    let said = admit(world, call).and_then(|()| dispatch(world, call, endpoint));
    let mut reply = match said {
        Ok(Some(body)) => Reply::json(200, body),
        Ok(None) => match world.rules.switches.success_body {
            SuccessBody::Empty => Reply { status: 200, headers: Vec::new(), body: Vec::new() },
            SuccessBody::Object => Reply::json(200, "{}"),
        },
        Err(refused) => refusal(&world.rules, refused.status, refused.code, &refused.message),
    };
    add_rate_headers(world, call, &mut reply);
    reply
}

fn add_rate_headers(world: &World, call: &Call, reply: &mut Reply) {
    let size = match world.rules.switches.rate_headers {
        RateHeaders::Limit => "x-rate-limit-limit",
        RateHeaders::Quota => "x-rate-limit-quota",
        RateHeaders::Absent => return,
    };
    let Some((limit, left, reset_ms)) = world.room(Bucket::Jpush, call.now) else { return };
    let reset = (reset_ms + SECOND_MS - 1) / SECOND_MS;
    for (name, number) in
        [(size, i64::from(limit)), ("x-rate-limit-remaining", i64::from(left)), ("x-rate-limit-reset", reset)]
    {
        reply.headers.push((name.to_owned(), number.to_string()));
    }
}

/// Whether the call may come in at all.
fn admit(world: &mut World, call: &Call) -> Result<(), Refusal> {
    check_credentials(world, call)?;
    // The client is to blame only for what its own calls alone would pass; pushes are others'.
    let own = world.spend(Bucket::JpushOwn, call);
    let all = world.spend_quietly(Bucket::Jpush, call.now, 1);
    if own.is_err() || all.is_some() {
        return Err(Refusal::new(429, 2002, "Rate limit exceeded"));
    }
    Ok(())
}

fn check_credentials(world: &mut World, call: &Call) -> Result<(), Refusal> {
    let refused = || Refusal::new(401, 9001, "authentication failed");
    let Some(header) = call.header("authorization") else {
        world.wrong(call, Sort::NoToken, "no header `authorization`");
        return Err(refused());
    };
    let shown = header.strip_prefix("Basic ").and_then(|text| BASE64_STANDARD.decode(text.trim()).ok());
    let shown = shown.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let Some((app_key, master_secret)) = shown.split_once(':') else {
        world.wrong(call, Sort::BadCredentials, "the header `authorization` is not Basic base64(key:secret)");
        return Err(refused());
    };
    let expected = world.rules.jpush.credentials.as_ref().filter(|_| !world.rules.jpush.any_credentials);
    if expected.is_some_and(|own| own.app_key != app_key || own.master_secret != master_secret) {
        world.wrong(call, Sort::BadCredentials, "app key and master secret do not fit");
        return Err(refused());
    }
    Ok(())
}

fn dispatch(world: &mut World, call: &Call, endpoint: JpushEndpoint) -> Said {
    use JpushEndpoint as E;
    match endpoint {
        E::PropertyAdd => property::add(world, call),
        E::PropertyList => property::list(world, call),
        E::PropertyUpdate => property::update(world, call),
        E::PropertyDelete => property::delete(world, call),
        E::PropertyDevices => property::devices(world, call),
        E::PropertyTotal => Ok(Some(json!({"total": world.devices.properties().len()}).to_string())),
        E::DeviceValues => device::values(world, call),
        E::DeviceSet => device::set(world, call),
        E::DeviceRemove => device::remove(world, call),
        E::DeviceHas => device::has(world, call),
    }
}

/// The body of a call that takes one.
fn read<'a, T: Deserialize<'a>>(world: &mut World, call: &Call<'a>) -> Result<T, Refusal> {
    let body = serde_json::from_slice::<Object<T>>(call.body);
    body.map(|body| body.0).map_err(|error| {
        world.wrong(call, Sort::Malformed, format!("the body: {error}"));
        Refusal::parameter("body is invalid")
    })
}

/// An open part of the path as text.
fn part<'a>(world: &mut World, call: &Call<'a>, index: usize) -> Result<Cow<'a, str>, Refusal> {
    call.part(index).ok_or_else(|| {
        world.wrong(call, Sort::Malformed, "the path is no UTF-8");
        Refusal::parameter("path is invalid")
    })
}
