//! Any bytes as Getui's reply to anything: an answer, or a refusal in few words and without the account's secrets.

use pushform::kind::{Read, Refusal, Write};
use pushform::names::Names;
use pushform::provider::{count, user};
use pushform::timestamp::Timestamp;
use pushform::wire::{Reply, Vendor};

use super::common::{SECRET, account, draws_nothing};

/// HTTP status by the first byte.
pub const STATUSES: [u16; 8] = [200, 400, 401, 403, 404, 429, 500, 302];
/// More than the words of a refusal ever have.
const WORDS_CHARS_MAX: usize = 400;

/// Reads the bytes behind the first as a reply to everything that can be asked or written.
pub fn holds(bytes: &[u8]) {
    let Some((status, body)) = bytes.split_first().filter(|(_, body)| !is_half(body)) else { return };
    let reply = Reply {
        status: STATUSES[usize::from(*status) % STATUSES.len()],
        headers: Vec::new(),
        body: marked(body),
    };
    let provider = account(Vendor::Getui);
    let mut names = Names::new();
    let [alice, bob, vip, wx] = ["alice", "bob", "vip", "wx"].map(|text| names.intern(text));
    for read in [
        Read::AliasOf(alice),
        Read::UsersOf(vip),
        Read::TagsOf(alice),
        Read::Unknown(vec![alice, bob]),
        Read::CountOf(vip),
    ] {
        provider.answer(&read, &names, &reply).map_or_else(|why| is_fine(&why), drop);
    }
    for write in [
        Write::BindAliases(vec![(alice, vip)]),
        Write::UnbindAliases(vec![(alice, vip)]),
        Write::ClearAlias(vip, vec![alice]),
        Write::OverwriteTags { user: alice, tags: vec![vip], drops: vec![], carried: None },
        Write::BindTag(vip, vec![alice, bob]),
        Write::UnbindTag(vip, vec![alice]),
        Write::Block(vec![alice]),
        Write::BindTokens(wx, vec![(alice, vip)]),
        Write::UnbindTokens(wx, vec![alice]),
    ] {
        match provider.judge(&write, &names, &reply) {
            Ok(failed) => failed.iter().for_each(|row| words_are_fine(&row.words)),
            Err(why) => is_fine(&why),
        }
    }
    provider.session(&reply, Timestamp(0)).map_or_else(|why| is_fine(&why), drop);
    count::users(&reply).map_or_else(|why| is_fine(&provider.without_secrets(why)), drop);
    user::statuses(&reply).map_or_else(|why| is_fine(&provider.without_secrets(why)), drop);
    user::device_statuses(&reply).map_or_else(|why| is_fine(&provider.without_secrets(why)), drop);
    user::done(&reply).map_or_else(|why| is_fine(&provider.without_secrets(why)), drop);
}

/// Whether the bytes themselves have half of the secret in them, which a fuzzer finds by looking at comparisons: then
/// nobody repeated it.
pub fn is_half(body: &[u8]) -> bool {
    let half = &SECRET.as_bytes()[..SECRET.len() / 2];
    body.windows(half.len()).any(|piece| piece == half)
}

/// The bytes, with the account's secret wherever they say `$`: drawn bytes would not find it.
pub fn marked(body: &[u8]) -> Vec<u8> {
    body.iter()
        .flat_map(|byte| if *byte == b'$' { SECRET.as_bytes() } else { std::slice::from_ref(byte) })
        .copied()
        .collect()
}

/// Few words, nothing that steers a terminal, no secret.
pub fn is_fine(why: &Refusal) {
    words_are_fine(&why.words);
    words_are_fine(&why.advice);
}

fn words_are_fine(words: &str) {
    draws_nothing(words);
    assert!(words.chars().count() <= WORDS_CHARS_MAX, "{} characters of words", words.chars().count());
    // Half a secret is half a secret too much.
    let half = &SECRET[..SECRET.len() / 2];
    assert!(!words.contains(half), "the account's secret is repeated: {words}");
}
