//! A vendor for tests, without a wire: requests name the write, replies mean nothing.

use crate::kind::{Answer, Failed, Provider, Read, Session, Shown, Verdict, Write};
use crate::names::Names;
use crate::quota::limit::subject_key;
use crate::quota::{Limit, Quota, Quotas, Spend};
use crate::table::Kind;
use crate::timestamp::{Timestamp, Zone};
use crate::wire::{Method, Reply, Request, Vendor};

use super::show_write;

/// The quotas of the test's vendors.
pub(crate) fn quotas() -> Quotas {
    let quota = |vendor, name, limits: &[&str]| Quota {
        vendor,
        name,
        limits: limits.iter().map(|text| Limit::parse(text).expect("a limit")).collect(),
        zone: Zone::shanghai(),
        reserve_percent: 0,
    };
    Quotas::new(vec![
        quota(Vendor::Getui, "requests", &["1200/1m"]),
        quota(Vendor::Getui, "tag_batch", &["100/1m", "10000/1d"]),
        quota(Vendor::Getui, "tag_overwrite_per_user", &["1/1d"]),
        quota(Vendor::Jpush, "requests", &["600/1m"]),
    ])
}

/// A vendor without a wire: requests name the write, replies mean nothing.
pub(crate) struct Fake {
    pub vendor: Vendor,
    pub batch_max: usize,
}

impl Provider for Fake {
    fn vendor(&self) -> Vendor {
        self.vendor
    }
    fn account(&self) -> String {
        format!("app of {}", self.vendor.word())
    }
    fn read(&self, _: &Read, _: &Names) -> Request {
        Request::new(self.vendor, Method::Get, "/")
    }
    fn read_spends(&self, _: &Read, _: &Quotas) -> Vec<Spend> {
        Vec::new()
    }
    fn answer(&self, _: &Read, _: &Names, _: &Reply) -> Verdict<Answer> {
        Ok(Answer::Count(0))
    }
    fn write(&self, write: &Write, names: &Names) -> Request {
        let body = serde_json::json!({ "call": show_write(write, names) }).to_string();
        Request::new(self.vendor, Method::Post, format!("/{}", write.kind().word())).body(body)
    }
    fn write_spends(&self, write: &Write, names: &Names, quotas: &Quotas) -> Vec<Spend> {
        let shared = |name| quotas.find(self.vendor, name).map(|quota| Spend { quota, subject: 0 });
        let mut spends = vec![shared("requests")];
        if matches!(write, Write::BindTag(..) | Write::UnbindTag(..)) {
            spends.push(shared("tag_batch"));
        }
        if let Write::OverwriteTags { user, .. } = write {
            let own = |spend: Spend| Spend { subject: subject_key(names.text(*user)), ..spend };
            spends.push(shared("tag_overwrite_per_user").map(own));
            spends.extend(write.reads_first().map(|_| shared("requests")));
        }
        spends.into_iter().flatten().collect()
    }
    fn judge(&self, _: &Write, _: &Names, _: &Reply) -> Verdict<Vec<Failed>> {
        Ok(Vec::new())
    }
    fn unknown_max(&self) -> usize {
        1_000
    }

    fn batch_max(&self, _: Kind) -> usize {
        self.batch_max
    }
    fn sign_in(&self, _: Timestamp) -> Option<Request> {
        None
    }
    fn sign_in_spends(&self, _: &Quotas) -> Vec<Spend> {
        Vec::new()
    }
    fn session(&self, _: &Reply, now: Timestamp) -> Verdict<Session> {
        Ok(Session { token: crate::secret::Secret::new(String::new()), ends_at: now })
    }
    fn authorize(&self, request: Request, _: Option<&Session>) -> Request {
        request
    }
    fn shown(&self, _: &Reply) -> Option<Shown> {
        None
    }
}
