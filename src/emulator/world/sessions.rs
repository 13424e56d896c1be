//! Getui's sessions: the tokens that were given out, and how each of them ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::emulator::fault::Dice;
use crate::timestamp::{DAY_MS, Timestamp};

/// How long a token lives.
pub const TOKEN_LIFE_MS: i64 = DAY_MS;
/// How long after its end a token is remembered, to tell a client's fault from a stranger's.
const REMEMBERED_MS: i64 = DAY_MS;

/// How a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Until it expires.
    Open,
    /// A client ended it.
    Closed,
    /// The vendor lost it; no client could know.
    Lost,
}

/// One session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Whose: the app in the path of the sign-in.
    #[serde(default)]
    pub app: String,
    /// When it ends.
    pub expires: Timestamp,
    /// How it stands.
    pub standing: Standing,
}

/// All sessions, by token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sessions {
    list: BTreeMap<String, Session>,
}

impl Sessions {
    /// Opens one; its token and when it ends.
    pub fn open(&mut self, app: &str, dice: &mut Dice, now: Timestamp) -> (String, Timestamp) {
        self.list.retain(|_, session| now.since(session.expires) < REMEMBERED_MS);
        let token = format!("{:016x}{:016x}", dice.roll(), dice.roll());
        let expires = now.plus(TOKEN_LIFE_MS);
        let app = app.to_owned();
        self.list.insert(token.clone(), Session { app, expires, standing: Standing::Open });
        (token, expires)
    }

    /// The session of a token.
    #[must_use]
    pub fn find(&self, token: &str) -> Option<Session> {
        self.list.get(token).cloned()
    }

    /// Ends one.
    pub fn end(&mut self, token: &str, standing: Standing) {
        if let Some(session) = self.list.get_mut(token) {
            session.standing = standing;
        }
    }

    /// Loses all of them.
    pub fn lose_all(&mut self) {
        for session in self.list.values_mut() {
            session.standing = Standing::Lost;
        }
    }
}
