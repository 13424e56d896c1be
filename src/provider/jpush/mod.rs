//! JPush's property API: properties, and their values on devices.
//!
//! This file says which question or call belongs to which file; the files say how it looks and what its reply
//! means.

pub mod device;
pub mod limits;
pub mod property;
mod session;
#[cfg(test)]
mod tests;
mod verdict;

use serde::Serialize;

use crate::kind::{Answer, Failed, Provider, Read, Refusal, Remedy, Session, Shown, Verdict, Write};
use crate::names::Names;
use crate::provider::{foreign, words};
use crate::quota::{Quotas, Spend};
use crate::secret::Secret;
use crate::table::Kind;
use crate::timestamp::Timestamp;
use crate::wire::{Method, Reply, Request, Vendor};

/// One JPush app.
#[derive(Clone, Debug)]
pub struct Jpush {
    app_key: String,
    master_secret: Secret,
    credentials: Secret,
}

impl Jpush {
    /// The app of this key, which is public, and its secret.
    #[must_use]
    pub fn new(app_key: impl Into<String>, master_secret: Secret) -> Self {
        let app_key = app_key.into();
        let credentials = session::credentials(&app_key, &master_secret);
        Self { app_key, master_secret, credentials }
    }

    const fn secrets(&self) -> [&Secret; 2] {
        [&self.credentials, &self.master_secret]
    }
}

impl Provider for Jpush {
    fn vendor(&self) -> Vendor {
        Vendor::Jpush
    }

    fn account(&self) -> String {
        format!("jpush {}", self.app_key)
    }

    fn read(&self, read: &Read, names: &Names) -> Request {
        match read {
            Read::Properties(page) => property::list(*page),
            Read::DevicesOf(name, page) => property::devices(names.text(*name), *page),
            Read::ValuesOf(device) => device::values_of(names.text(*device)),
            Read::HasValue(device, property) => device::is_bound(names.text(*device), names.text(*property)),
            Read::AliasOf(_) | Read::UsersOf(_) | Read::TagsOf(_) | Read::Unknown(_) | Read::CountOf(_) => {
                foreign()
            }
        }
    }

    fn read_spends(&self, _: &Read, quotas: &Quotas) -> Vec<Spend> {
        limits::requests(quotas)
    }

    fn answer(&self, read: &Read, _: &Names, reply: &Reply) -> Verdict<Answer> {
        let answer = match read {
            Read::Properties(page) => property::listed(reply, *page),
            Read::DevicesOf(_, page) => property::devices_listed(reply, *page),
            Read::ValuesOf(_) => device::values(reply).map(Answer::Values),
            Read::HasValue(..) => device::is_bound_in(reply).map(Answer::Has),
            Read::AliasOf(_) | Read::UsersOf(_) | Read::TagsOf(_) | Read::Unknown(_) | Read::CountOf(_) => {
                foreign()
            }
        };
        words::without(&self.secrets(), answer)
    }

    fn write(&self, write: &Write, names: &Names) -> Request {
        match write {
            Write::CreateProperty(name, definition) => {
                property::create(names.text(*name), names.text(*definition))
            }
            Write::DescribeProperty(name, definition) => {
                property::describe(names.text(*name), names.text(*definition))
            }
            Write::DeleteProperty(name) => property::delete(names.text(*name)),
            Write::SetValues(values) => {
                device::set(values.iter().map(|(d, p, v)| (names.text(*d), names.text(*p), names.text(*v))))
            }
            Write::RemoveValue(device, property) => {
                device::remove(names.text(*device), names.text(*property))
            }
            Write::BindAliases(_)
            | Write::UnbindAliases(_)
            | Write::ClearAlias(..)
            | Write::OverwriteTags { .. }
            | Write::BindTag(..)
            | Write::UnbindTag(..)
            | Write::Block(_)
            | Write::Unblock(_)
            | Write::BindTokens(..)
            | Write::UnbindTokens(..) => foreign(),
        }
    }

    fn write_spends(&self, _: &Write, _: &Names, quotas: &Quotas) -> Vec<Spend> {
        limits::requests(quotas)
    }

    fn judge(&self, write: &Write, names: &Names, reply: &Reply) -> Verdict<Vec<Failed>> {
        let failed = match write {
            Write::CreateProperty(..)
            | Write::DescribeProperty(..)
            | Write::DeleteProperty(_)
            | Write::RemoveValue(..) => verdict::accepted(reply).map(|_| Vec::new()),
            Write::SetValues(values) => {
                let mut devices: Vec<_> = values.iter().map(|(device, ..)| names.text(*device)).collect();
                devices.dedup();
                device::failures(reply, devices.into_iter())
            }
            Write::BindAliases(_)
            | Write::UnbindAliases(_)
            | Write::ClearAlias(..)
            | Write::OverwriteTags { .. }
            | Write::BindTag(..)
            | Write::UnbindTag(..)
            | Write::Block(_)
            | Write::Unblock(_)
            | Write::BindTokens(..)
            | Write::UnbindTokens(..) => foreign(),
        };
        let secrets = self.secrets();
        words::without(&secrets, failed).map(|failed| words::failures_without(&secrets, failed))
    }

    fn batch_max(&self, kind: Kind) -> usize {
        limits::batch_max(kind)
    }

    /// It knows no users.
    fn unknown_max(&self) -> usize {
        1
    }

    /// There is no session: every call bears the same credentials.
    fn sign_in(&self, _: Timestamp) -> Option<Request> {
        None
    }

    fn sign_in_spends(&self, _: &Quotas) -> Vec<Spend> {
        Vec::new()
    }

    fn session(&self, reply: &Reply, _: Timestamp) -> Verdict<Session> {
        Err(Refusal {
            status: reply.status,
            code: None,
            words: "this vendor has no sessions".to_owned(),
            remedy: Remedy::GiveUp,
            advice: "do not sign in here".to_owned(),
        })
    }

    fn authorize(&self, request: Request, _: Option<&Session>) -> Request {
        session::authorize(request, &self.credentials)
    }

    fn without_secrets(&self, refusal: Refusal) -> Refusal {
        words::refusal_without(&self.secrets(), refusal)
    }

    fn shown(&self, reply: &Reply) -> Option<Shown> {
        limits::shown(reply)
    }
}

/// A call without a body.
fn plain(method: Method, path: impl Into<String>) -> Request {
    Request::new(Vendor::Jpush, method, path)
}

/// A call with a JSON body.
fn with_body(method: Method, path: impl Into<String>, body: &impl Serialize) -> Request {
    let body = serde_json::to_string(body).expect("texts, lists and maps of texts are always JSON");
    plain(method, path).body(body)
}
