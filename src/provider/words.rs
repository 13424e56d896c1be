//! Words for what came, and the refusals that mean the same at every vendor.
//!
//! What a vendor sends may be a proxy's page, a terminal's control sequence or a megabyte of noise: it is shown
//! as one short line, and without the account's secrets. What a vendor's own codes mean is not said here.

use crate::invisible::is_invisible;
use crate::kind::{Failed, Refusal, Remedy, Verdict};
use crate::manifest::url;
use crate::secret::Secret;
use crate::timestamp::MINUTE_MS;
use crate::wire::Reply;

/// The most characters that are shown of a vendor's words.
pub(super) const WORDS_CHARS_MAX: usize = 300;

/// One line of at most [`WORDS_CHARS_MAX`] characters, without anything that could steer a terminal.
pub(super) fn clean(text: &str) -> String {
    let mut line = String::new();
    let mut chars = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        let gap = if line.is_empty() { None } else { Some(' ') };
        for c in gap.into_iter().chain(word.chars().filter(|c| !is_invisible(*c))) {
            if chars == WORDS_CHARS_MAX - 1 {
                line.push('…');
                return line;
            }
            line.push(c);
            chars += 1;
        }
    }
    line
}

/// A refusal without the account's secrets, should the vendor have repeated them.
pub(super) fn without<T>(secrets: &[&Secret], verdict: Verdict<T>) -> Verdict<T> {
    verdict.map_err(|refusal| refusal_without(secrets, refusal))
}

/// The same for a refusal alone.
pub(super) fn refusal_without(secrets: &[&Secret], refusal: Refusal) -> Refusal {
    Refusal { words: hide(secrets, refusal.words), ..refusal }
}

/// The same for failures of single rows.
pub(super) fn failures_without(secrets: &[&Secret], failed: Vec<Failed>) -> Vec<Failed> {
    failed.into_iter().map(|row| Failed { words: hide(secrets, row.words), ..row }).collect()
}

/// Shorter than this nothing is a secret that a vendor gave out, and hiding it would eat the words around it.
const SECRET_BYTES_MIN: usize = 6;

/// Shorter than this a beginning of a secret tells nothing, and is the end of many a word.
const BEGINNING_BYTES_MIN: usize = 3;

/// What stands for a secret.
const HIDDEN: &str = "[secret]";

fn hide(secrets: &[&Secret], words: String) -> String {
    let known = secrets.iter().map(|secret| secret.reveal()).filter(|text| text.len() >= SECRET_BYTES_MIN);
    known.fold(words, |words, text| {
        let words = if words.contains(text) { words.replace(text, HIDDEN) } else { words };
        without_beginning(words, text)
    })
}

/// Words that were cut within a secret, without what is there of it.
fn without_beginning(words: String, secret: &str) -> String {
    let Some(kept) = words.strip_suffix('…') else { return words };
    let beginnings = (BEGINNING_BYTES_MIN..secret.len()).rev().filter_map(|len| secret.get(..len));
    match beginnings.into_iter().find_map(|beginning| kept.strip_suffix(beginning)) {
        Some(kept) => format!("{kept}{HIDDEN}…"),
        None => words,
    }
}

/// The refusal of a reply whose content cannot be understood: the HTTP status is all there is to go by.
pub(super) fn unreadable(reply: &Reply, what: &str) -> Refusal {
    let body = clean(&String::from_utf8_lossy(&reply.body));
    let words = if body.is_empty() { what.to_owned() } else { format!("{what}: {body}") };
    by_status(reply.status, clean(&words))
}

/// The refusal of an HTTP status that comes without a vendor's code.
pub(super) fn by_status(status: u16, words: String) -> Refusal {
    let (remedy, advice) = match status {
        300..=399 => (Remedy::GiveUp, "the address sends us elsewhere: correct `base_url`"),
        408 => (Remedy::Retry, "the service gave up waiting for the request: it is repeated"),
        429 => (Remedy::Wait(MINUTE_MS), "too many calls in the vendor's count: it is repeated in a minute"),
        401 | 403 => (Remedy::GiveUp, "we were not let in: check the keys of this app and `base_url`"),
        400..=499 => (Remedy::GiveUp, "the request was refused without a code: check `base_url`"),
        _ => (Remedy::Retry, "the service or something in front of it is unwell: it is repeated"),
    };
    Refusal { status, code: None, words, remedy, advice: advice.to_owned() }
}

/// The refusal of a redirect: following one would carry the keys to wherever it points.
pub(super) fn redirect(reply: &Reply) -> Option<Refusal> {
    (300..=399).contains(&reply.status).then(|| {
        let location = reply.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
        // Of where it leads the path is left out: it may repeat what was sent.
        let target = match location.map(|(_, target)| url::origin(target)) {
            Some(Some(origin)) => format!(" to `{origin}`"),
            Some(None) => " to another path".to_owned(),
            None => String::new(),
        };
        by_status(reply.status, clean(&format!("a redirect{target}, which is not followed")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_one_short_line_that_steers_no_terminal() {
        assert_eq!(clean("a\u{1b}[31m\r\n\tb\u{202e}\u{0}c"), "a [31m b c");
        let long = clean(&"喜".repeat(1_000));
        assert_eq!((long.chars().count(), long.ends_with("喜…")), (WORDS_CHARS_MAX, true));
        assert_eq!(clean(&"x".repeat(WORDS_CHARS_MAX - 1)).chars().count(), WORDS_CHARS_MAX - 1);
    }

    #[test]
    fn a_status_without_a_code_says_whether_to_repeat() {
        for (status, remedy) in [
            (200, Remedy::Retry),
            (302, Remedy::GiveUp),
            (400, Remedy::GiveUp),
            (401, Remedy::GiveUp),
            (404, Remedy::GiveUp),
            (408, Remedy::Retry),
            (429, Remedy::Wait(MINUTE_MS)),
            (500, Remedy::Retry),
            (502, Remedy::Retry),
        ] {
            assert_eq!(by_status(status, String::new()).remedy, remedy, "{status}");
        }
    }

    #[test]
    fn a_redirect_names_where_it_leads() {
        for (location, words) in [
            (
                Some("https://login.example/sso?t=hunter2"),
                "a redirect to `https://login.example`, which is not followed",
            ),
            (Some("/hunter2"), "a redirect to another path, which is not followed"),
            (None, "a redirect, which is not followed"),
        ] {
            let headers = location.map(|to| ("location".to_owned(), to.to_owned())).into_iter().collect();
            let reply = Reply { status: 302, headers, body: Vec::new() };
            assert_eq!(redirect(&reply).map(|refusal| refusal.words).as_deref(), Some(words));
        }
    }

    #[test]
    fn a_secret_that_the_vendor_repeats_is_not_shown() {
        let key = Secret::new("s3cr3t-k3y".to_owned());
        let refusal = Refusal { words: "bad s3cr3t-k3y!".to_owned(), ..by_status(400, String::new()) };
        let shown = without::<()>(&[&key, &Secret::new("a".to_owned())], Err(refusal));
        assert_eq!(shown.map_err(|refusal| refusal.words), Err("bad [secret]!".to_owned()));
    }

    #[test]
    fn a_secret_that_is_cut_off_is_not_shown_either() {
        let key = Secret::new("s3cr3t-k3y".to_owned());
        for chars in 1..20 {
            let words = clean(&format!("{} s3cr3t-k3y and more words", "x".repeat(WORDS_CHARS_MAX - chars)));
            let refusal = Refusal { words, ..by_status(400, String::new()) };
            let words = refusal_without(&[&key], refusal).words;
            assert!(!words.contains("s3c"), "{words}");
        }
    }
}
