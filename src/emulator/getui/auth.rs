//! Sessions: `POST auth`, `DELETE auth/$token`, and the header `token` of everything else.

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Refusal, Said, missing, part, read};
use crate::emulator::setup::{GetuiCredentials, GetuiSetup};
use crate::emulator::switches::WrongSign;
use crate::emulator::violation::Sort;
use crate::emulator::world::sessions::Standing;
use crate::emulator::world::{Call, World};
use crate::timestamp::{SECOND_MS, Timestamp};

/// A call that was sent before its token expired may come this much later: that is nobody's fault.
const UNDER_WAY_MS: i64 = 30 * SECOND_MS;
/// The digits of a timestamp in milliseconds.
const TIMESTAMP_DIGITS: usize = 13;

#[derive(Deserialize)]
struct Open {
    sign: Option<String>,
    timestamp: Option<Value>,
    appkey: Option<String>,
}

/// `POST auth`
pub(super) fn open(world: &mut World, call: &Call) -> Said {
    let body: Open = read(world, call)?;
    let filled = |text: &String| !text.is_empty();
    let sign = body.sign.filter(filled).ok_or_else(|| missing(world, call, "sign"))?;
    let app_key = body.appkey.filter(filled).ok_or_else(|| missing(world, call, "appkey"))?;
    // Real clients send the timestamp as a number or as a string.
    let timestamp = match body.timestamp {
        Some(Value::String(text)) => text,
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {
            return Err(missing(world, call, "timestamp"));
        }
    };
    check_timestamp(world, call, &timestamp)?;
    if let Some(expected) = expected(&world.rules.getui) {
        let signed = sign_of(&app_key, &timestamp, &expected.master_secret);
        if expected.app_key != app_key || expected.app_id != call.app || signed != sign {
            world.wrong(call, Sort::BadCredentials, "app id, app key and sign do not fit");
            return Err(match world.rules.switches.wrong_sign {
                WrongSign::Parameter => Refusal::parameter("sign is invalid"),
                WrongSign::Token => Refusal::new(401, 10001, "sign is invalid"),
            });
        }
    }
    let (token, expires) = world.sessions.open(call.app, &mut world.dice, call.now);
    Ok(Some(json!({"expire_time": expires.0.to_string(), "token": token}).to_string()))
}

/// Refuses a timestamp that is no time in milliseconds, or is too far from the vendor's clock.
fn check_timestamp(world: &mut World, call: &Call, timestamp: &str) -> Result<(), Refusal> {
    let digits = timestamp.len() == TIMESTAMP_DIGITS && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let Some(at) = timestamp.parse().ok().filter(|_| digits).map(Timestamp) else {
        world.wrong(call, Sort::Malformed, format!("timestamp {timestamp} is not 13 digits"));
        return Err(Refusal::parameter("timestamp is invalid"));
    };
    let off_ms = at.since(call.now).abs();
    if off_ms > world.rules.switches.sign_in_clock_off_ms {
        world.wrong(call, Sort::BadCredentials, format!("timestamp {timestamp} is {off_ms} ms off"));
        return Err(Refusal::parameter("timestamp is invalid"));
    }
    Ok(())
}

/// What a client must sign in with, where it matters.
fn expected(setup: &GetuiSetup) -> Option<GetuiCredentials> {
    setup.credentials.clone().filter(|_| !setup.any_credentials)
}

/// Lower-case hexadecimal digits of `sha256(appkey + timestamp + mastersecret)`.
pub(in crate::emulator::getui) fn sign_of(app_key: &str, timestamp: &str, master_secret: &str) -> String {
    let mut hash = Sha256::new();
    for text in [app_key, timestamp, master_secret] {
        hash.update(text.as_bytes());
    }
    format!("{:x}", hash.finalize())
}

/// `DELETE auth/$token`
pub(super) fn close(world: &mut World, call: &Call) -> Said {
    let token = part(world, call)?;
    match world.sessions.find(&token) {
        Some(session) if session.standing == Standing::Open && session.app == call.app => {
            world.sessions.end(&token, Standing::Closed);
            Ok(None)
        }
        Some(_) | None => Err(bad_token()),
    }
}

/// Whether the header names a session that goes on, of this app.
pub(super) fn check_token(world: &mut World, call: &Call) -> Result<(), Refusal> {
    let Some(token) = call.header("token").filter(|token| !token.is_empty()) else {
        world.wrong(call, Sort::NoToken, "no header `token`");
        return Err(bad_token());
    };
    let Some(session) = world.sessions.find(token) else {
        world.wrong(call, Sort::StaleToken, "nobody was given this token");
        return Err(bad_token());
    };
    if session.app != call.app {
        world.wrong(call, Sort::BadCredentials, "the token is another app's");
        return Err(bad_token());
    }
    let late = call.now.since(session.expires);
    match session.standing {
        Standing::Open if late < 0 => return Ok(()),
        Standing::Open if late > UNDER_WAY_MS => {
            world.wrong(call, Sort::StaleToken, format!("the token expired at {}", session.expires));
        }
        Standing::Closed => world.wrong(call, Sort::StaleToken, "the client has closed the token"),
        Standing::Open | Standing::Lost => {}
    }
    Err(bad_token())
}

fn bad_token() -> Refusal {
    Refusal::new(401, 10001, "token is invalid")
}
