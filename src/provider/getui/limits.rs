//! Getui's limits on the wire, and which quotas a call spends.
//!
//! Sources are pages of the user API ("用户API", docs.getui.com) and the page on authorization ("鉴权"), checked
//! on 2026-11-22. What may be declared is limited in [`crate::kind::limits`]; counting is `quota/`'s.

use crate::kind::{Read, Write};
use crate::names::Names;
use crate::quota::limit::subject_key;
use crate::quota::{Quotas, Spend};
use crate::table::Kind;
use crate::wire::Vendor;

/// "绑定别名", "批量解绑别名": 数组长度不大于1000.
pub const ALIASES_MAX: usize = 1000;
/// "一批用户绑定一个标签", "一批用户解绑一个标签": cid列表,数组长度不大于1000.
pub const TAG_USERS_MAX: usize = 1000;
/// "添加黑名单用户", "移除黑名单用户": 一次最多传200个.
pub const BLACKLIST_MAX: usize = 200;
/// "查询用户状态": 一次最多传1000个.
pub const STATUS_MAX: usize = 1000;
/// "查询设备状态": 一次最多传100个.
pub const DEVICE_STATUS_MAX: usize = 100;
/// "查询用户信息": 一次最多传1000个.
pub const DETAIL_MAX: usize = 1000;
/// "设置角标": 一次最多传200个.
pub const BADGE_MAX: usize = 200;
/// "批量绑定或解绑cid和deviceToken": 数组长度不大于1000.
pub const TOKENS_MAX: usize = 1000;

/// The most subjects of one call that changes rows of a kind.
pub(super) const fn batch_max(kind: Kind) -> usize {
    match kind {
        Kind::Alias => ALIASES_MAX,
        Kind::Tag => TAG_USERS_MAX,
        Kind::Blacklist => BLACKLIST_MAX,
        Kind::DeviceToken => TOKENS_MAX,
        Kind::Property | Kind::Device => 1,
    }
}

/// What a call spends that spends nothing of its own: every call counts in `requests`.
#[must_use]
pub fn requests(quotas: &Quotas) -> Vec<Spend> {
    spends(quotas, &[("requests", 0)])
}

/// "鉴权": signing in has a limit of its own, 100 calls a minute and 100,000 a day.
pub(super) fn sign_in(quotas: &Quotas) -> Vec<Spend> {
    spends(quotas, &[("requests", 0), ("auth", 0)])
}

pub(super) fn of_read(read: &Read, quotas: &Quotas) -> Vec<Spend> {
    match read {
        Read::AliasOf(_) | Read::UsersOf(_) | Read::TagsOf(_) | Read::Unknown(_) | Read::CountOf(_) => {
            requests(quotas)
        }
        Read::Properties(_) | Read::DevicesOf(..) | Read::ValuesOf(_) | Read::HasValue(..) => {
            crate::provider::foreign()
        }
    }
}

pub(super) fn of_write(write: &Write, names: &Names, quotas: &Quotas) -> Vec<Spend> {
    match write {
        Write::BindAliases(_)
        | Write::UnbindAliases(_)
        | Write::ClearAlias(..)
        | Write::Block(_)
        | Write::Unblock(_) => requests(quotas),
        Write::OverwriteTags { user, .. } => {
            let share = subject_key(names.text(*user));
            let mut all = spends(quotas, &[("requests", 0), ("tag_overwrite_per_user", share)]);
            all.extend(write.reads_first().iter().flat_map(|read| of_read(read, quotas)));
            all
        }
        Write::BindTag(..) | Write::UnbindTag(..) => spends(quotas, &[("requests", 0), ("tag_batch", 0)]),
        Write::BindTokens(..) | Write::UnbindTokens(..) => {
            spends(quotas, &[("requests", 0), ("device_token", 0)])
        }
        Write::CreateProperty(..)
        | Write::DescribeProperty(..)
        | Write::DeleteProperty(_)
        | Write::SetValues(_)
        | Write::RemoveValue(..) => crate::provider::foreign(),
    }
}

/// One spend of each named quota that this run has.
fn spends(quotas: &Quotas, named: &[(&str, u64)]) -> Vec<Spend> {
    named
        .iter()
        .filter_map(|(name, subject)| {
            let quota = quotas.find(Vendor::Getui, name)?;
            Some(Spend { quota, subject: *subject })
        })
        .collect()
}
