//! JPush's limits on the wire, what a call spends, and what replies say of it.
//!
//! Source: "用户属性 API" and the rate limits of the REST API overview (docs.jiguang.cn), checked on 2026-11-22.
//! What may be declared is limited in [`crate::kind::limits`]; counting is `quota/`'s.

use crate::kind::Shown;
use crate::quota::{Quotas, Spend};
use crate::table::Kind;
use crate::timestamp::{MINUTE_MS, SECOND_MS};
use crate::wire::{Reply, Vendor};

/// "新增/更新设备的用户属性": 一次 1000 个 `registration_id`.
pub const DEVICES_MAX: usize = 1000;
/// "查询用户属性的设备详情": `page_size`, 默认 1000 条. The largest is not known, so the default is asked for.
pub const DEVICES_PAGE: usize = 1000;
/// "查询用户属性": `page_size`, 默认 10 条. The largest is not known; a page that holds fewer does no harm.
pub const PROPERTIES_PAGE: usize = 100;
/// The longest time to the end of a window that a header is believed: the windows are of one minute.
const RESET_MS_MAX: i64 = 60 * MINUTE_MS;

/// The most subjects of one call that changes rows of a kind.
pub(super) const fn batch_max(kind: Kind) -> usize {
    match kind {
        Kind::Device => DEVICES_MAX,
        Kind::Alias | Kind::Tag | Kind::Blacklist | Kind::DeviceToken | Kind::Property => 1,
    }
}

/// What every call spends: one of the bucket that pushes spend too (API 请求频率限制与推送 API 接口共享).
#[must_use]
pub fn requests(quotas: &Quotas) -> Vec<Spend> {
    quotas.find(Vendor::Jpush, "requests").map(|quota| Spend { quota, subject: 0 }).into_iter().collect()
}

/// What a reply's headers say of that bucket. They may be missing; older pages spell one of them another way.
pub(super) fn shown(reply: &Reply) -> Option<Shown> {
    let number = |name| reply.header(name).and_then(|text| text.trim().parse::<i64>().ok());
    let least_zero = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
    Some(Shown {
        limit: number("x-rate-limit-limit").or_else(|| number("x-rate-limit-quota")).map(least_zero),
        remaining: least_zero(number("x-rate-limit-remaining")?),
        reset_ms: reset_ms(reply),
    })
}

/// Milliseconds to the end of the window: of the header, else a whole window.
pub(super) fn reset_ms(reply: &Reply) -> i64 {
    let seconds = reply.header("x-rate-limit-reset").and_then(|text| text.trim().parse::<i64>().ok());
    seconds.map_or(MINUTE_MS, |seconds| seconds.saturating_mul(SECOND_MS).clamp(SECOND_MS, RESET_MS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(headers: &[(&str, &str)]) -> Reply {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Reply { status: 200, headers, body: Vec::new() }
    }

    #[test]
    fn the_headers_say_what_is_left_in_old_and_new_spelling() {
        for name in ["x-rate-limit-limit", "x-rate-limit-quota"] {
            let reply =
                reply(&[(name, "600"), ("x-rate-limit-remaining", "599"), ("x-rate-limit-reset", "27")]);
            assert_eq!(
                shown(&reply),
                Some(Shown { limit: Some(600), remaining: 599, reset_ms: 27_000 }),
                "{name}"
            );
        }
    }

    #[test]
    fn headers_that_are_missing_or_mad_do_no_harm() {
        assert_eq!(shown(&reply(&[])), None);
        assert_eq!(shown(&reply(&[("x-rate-limit-remaining", "many")])), None);
        let scarce = [("x-rate-limit-remaining", "-1"), ("x-rate-limit-reset", "99999999999999999")];
        assert_eq!(shown(&reply(&scarce)), Some(Shown { limit: None, remaining: 0, reset_ms: RESET_MS_MAX }));
        assert_eq!(reset_ms(&reply(&[("x-rate-limit-reset", "0")])), SECOND_MS);
        assert_eq!(reset_ms(&reply(&[])), MINUTE_MS);
    }
}
