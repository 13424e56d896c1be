//! Any bytes as JPush's reply to anything, headers about limits included.

use pushform::kind::{Read, Write};
use pushform::names::Names;
use pushform::provider::{device, property};
use pushform::wire::{Reply, Vendor};

use super::common::account;
use super::getui_reply::{STATUSES, is_fine, is_half, marked};

/// Reads the first line as the headers' values and the rest as a reply to everything that can be asked or written.
pub fn holds(bytes: &[u8]) {
    let Some((status, rest)) = bytes.split_first().filter(|(_, rest)| !is_half(rest)) else { return };
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (head, body) = rest.split_at(end);
    let head = String::from_utf8_lossy(head);
    let values = head.split(' ').map(str::to_owned);
    let names = ["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset", "x-rate-limit-quota"];
    let reply = Reply {
        status: STATUSES[usize::from(*status) % STATUSES.len()],
        headers: names.map(str::to_owned).into_iter().zip(values).collect(),
        body: marked(body),
    };
    judged(&reply);
}

fn judged(reply: &Reply) {
    let provider = account(Vendor::Jpush);
    if let Some(shown) = provider.shown(reply) {
        assert!(shown.reset_ms >= 0, "a window that ended before it began: {shown:?}");
    }
    let mut names = Names::new();
    let [on, level, three] = ["1a0018970aa97f72bb6", "level", "3"].map(|text| names.intern(text));
    let definition = names.intern("number of stars");
    for read in
        [Read::Properties(1), Read::DevicesOf(level, 1), Read::ValuesOf(on), Read::HasValue(on, level)]
    {
        provider.answer(&read, &names, reply).map_or_else(|why| is_fine(&why), drop);
    }
    for write in [
        Write::CreateProperty(level, definition),
        Write::DescribeProperty(level, definition),
        Write::DeleteProperty(level),
        Write::SetValues(vec![(on, level, three)]),
        Write::RemoveValue(on, level),
    ] {
        match provider.judge(&write, &names, reply) {
            Ok(failed) => failed.iter().for_each(|row| assert!(row.words.len() < 4_000, "{row:?}")),
            Err(why) => is_fine(&why),
        }
    }
    property::total_of(reply).map_or_else(|why| is_fine(&provider.without_secrets(why)), drop);
    device::is_bound_in(reply).map_or_else(|why| is_fine(&provider.without_secrets(why)), drop);
}
