//! Getui's user API: aliases, tags, blacklist, device tokens, and what is known of users.
//!
//! This file says which question or call belongs to which file; the files say how it looks and what its reply
//! means.

mod alias;
mod blacklist;
pub mod count;
mod device_token;
mod expression;
pub mod limits;
mod session;
mod tag;
#[cfg(test)]
mod tests;
pub mod user;
mod verdict;

use serde::Serialize;

use crate::kind::{AfterLook, Answer, Failed, Provider, Read, Refusal, Session, Shown, Verdict, Write};
use crate::names::{Name, Names};
use crate::provider::{foreign, words};
use crate::quota::{Quotas, Spend};
use crate::secret::Secret;
use crate::table::Kind;
use crate::timestamp::Timestamp;
use crate::wire::{Method, Reply, Request, Vendor, segment};

/// One Getui app.
#[derive(Clone, Debug)]
pub struct Getui {
    app_id: String,
    app_key: Secret,
    master_secret: Secret,
}

impl Getui {
    /// The app of this id, with the keys that its session is begun with.
    #[must_use]
    pub fn new(app_id: impl Into<String>, app_key: Secret, master_secret: Secret) -> Self {
        Self { app_id: app_id.into(), app_key, master_secret }
    }

    const fn secrets(&self) -> [&Secret; 2] {
        [&self.app_key, &self.master_secret]
    }
}

impl Provider for Getui {
    fn vendor(&self) -> Vendor {
        Vendor::Getui
    }

    fn account(&self) -> String {
        format!("getui {}", self.app_id)
    }

    fn read(&self, read: &Read, names: &Names) -> Request {
        match read {
            Read::AliasOf(user) => alias::of_user(names.text(*user)),
            Read::UsersOf(alias) => alias::users_of(names.text(*alias)),
            Read::TagsOf(user) => tag::of_user(names.text(*user)),
            Read::Unknown(users) => user::detail(&texts(users, names)),
            Read::CountOf(tag) => count::of_tag(names.text(*tag)),
            Read::Properties(_) | Read::DevicesOf(..) | Read::ValuesOf(_) | Read::HasValue(..) => foreign(),
        }
    }

    fn read_spends(&self, read: &Read, quotas: &Quotas) -> Vec<Spend> {
        limits::of_read(read, quotas)
    }

    fn answer(&self, read: &Read, names: &Names, reply: &Reply) -> Verdict<Answer> {
        let answer = match read {
            Read::AliasOf(_) => alias::alias(reply).map(Answer::Alias),
            Read::UsersOf(_) => alias::users(reply).map(Answer::Texts),
            Read::TagsOf(user) => tag::tags(reply, names.text(*user)).map(Answer::Texts),
            Read::Unknown(users) => user::unknown(reply, &texts(users, names)).map(Answer::Texts),
            Read::CountOf(_) => count::users(reply).map(Answer::Count),
            Read::Properties(_) | Read::DevicesOf(..) | Read::ValuesOf(_) | Read::HasValue(..) => foreign(),
        };
        words::without(&self.secrets(), answer)
    }

    fn write(&self, write: &Write, names: &Names) -> Request {
        match write {
            Write::BindAliases(pairs) => alias::bind(text_pairs(pairs, names)),
            Write::UnbindAliases(pairs) => alias::unbind(text_pairs(pairs, names)),
            Write::ClearAlias(alias, _) => alias::clear(names.text(*alias)),
            Write::OverwriteTags { user, tags, .. } => {
                tag::overwrite(names.text(*user), tags.iter().map(|tag| names.text(*tag)))
            }
            Write::BindTag(tag, users) => tag::bind(names.text(*tag), &texts(users, names)),
            Write::UnbindTag(tag, users) => tag::unbind(names.text(*tag), &texts(users, names)),
            Write::Block(users) => blacklist::add(&texts(users, names)),
            Write::Unblock(users) => blacklist::remove(&texts(users, names)),
            Write::BindTokens(channel, pairs) => {
                device_token::bind(names.text(*channel), text_pairs(pairs, names))
            }
            Write::UnbindTokens(channel, users) => {
                device_token::unbind(names.text(*channel), users.iter().map(|user| names.text(*user)))
            }
            Write::CreateProperty(..)
            | Write::DescribeProperty(..)
            | Write::DeleteProperty(_)
            | Write::SetValues(_)
            | Write::RemoveValue(..) => foreign(),
        }
    }

    fn write_after(&self, write: &Write, names: &Names, answer: &Answer) -> AfterLook {
        let (Write::OverwriteTags { user, tags, drops, carried }, Answer::Texts(found)) = (write, answer)
        else {
            return AfterLook::Send(self.write(write, names));
        };
        let carried = carried.as_ref().map(|carried| texts(carried, names));
        let wanted = tag::Wanted { tags: texts(tags, names), drops: texts(drops, names), carried };
        tag::overwrite_after(names.text(*user), &wanted, found)
    }

    fn write_spends(&self, write: &Write, names: &Names, quotas: &Quotas) -> Vec<Spend> {
        limits::of_write(write, names, quotas)
    }

    fn judge(&self, write: &Write, names: &Names, reply: &Reply) -> Verdict<Vec<Failed>> {
        let failed = match write {
            Write::BindAliases(_)
            | Write::UnbindAliases(_)
            | Write::ClearAlias(..)
            | Write::Block(_)
            | Write::Unblock(_) => verdict::content(reply).map(|_| Vec::new()),
            Write::OverwriteTags { .. } => {
                verdict::content(reply).map(|_| Vec::new()).map_err(tag::overwrite_refused)
            }
            Write::BindTag(_, users) | Write::UnbindTag(_, users) => {
                tag::failures(reply, &texts(users, names))
            }
            Write::BindTokens(..) | Write::UnbindTokens(..) => device_token::failures(reply),
            Write::CreateProperty(..)
            | Write::DescribeProperty(..)
            | Write::DeleteProperty(_)
            | Write::SetValues(_)
            | Write::RemoveValue(..) => foreign(),
        };
        let secrets = self.secrets();
        words::without(&secrets, failed).map(|failed| words::failures_without(&secrets, failed))
    }

    fn batch_max(&self, kind: Kind) -> usize {
        limits::batch_max(kind)
    }

    fn unknown_max(&self) -> usize {
        limits::DETAIL_MAX
    }

    fn sign_in(&self, now: Timestamp) -> Option<Request> {
        Some(session::begin(&self.app_key, &self.master_secret, now))
    }

    fn sign_in_spends(&self, quotas: &Quotas) -> Vec<Spend> {
        limits::sign_in(quotas)
    }

    fn session(&self, reply: &Reply, now: Timestamp) -> Verdict<Session> {
        words::without(&self.secrets(), session::read(reply, now))
    }

    fn authorize(&self, request: Request, session: Option<&Session>) -> Request {
        session::authorize(request, session)
    }

    fn sign_out(&self, session: &Session) -> Option<Request> {
        Some(session::end(session))
    }

    fn without_secrets(&self, refusal: Refusal) -> Refusal {
        words::refusal_without(&self.secrets(), refusal)
    }

    /// Getui's replies say nothing of its limits.
    fn shown(&self, _: &Reply) -> Option<Shown> {
        None
    }
}

fn texts<'a>(list: &[Name], names: &'a Names) -> Vec<&'a str> {
    list.iter().map(|name| names.text(*name)).collect()
}

fn text_pairs<'a>(pairs: &[(Name, Name)], names: &'a Names) -> impl Iterator<Item = (&'a str, &'a str)> {
    pairs.iter().map(|(a, b)| (names.text(*a), names.text(*b)))
}

/// A call without a body.
fn plain(method: Method, path: impl Into<String>) -> Request {
    Request::new(Vendor::Getui, method, path)
}

/// A call with a JSON body.
fn with_body(method: Method, path: impl Into<String>, body: &impl Serialize) -> Request {
    let body = serde_json::to_string(body).expect("texts, lists and maps of texts are always JSON");
    plain(method, path).body(body)
}

/// Ids in a path, separated by commas that no id can hold unencoded.
fn list(ids: &[&str]) -> String {
    ids.iter().map(|id| segment(id)).collect::<Vec<_>>().join(",")
}
