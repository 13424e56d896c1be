//! Makes what differs between two runs the same: moments, processes, locks, ports.

/// The text with every such piece replaced by a word.
pub fn steady(text: &str) -> String {
    let text = replace_after(text, "127.0.0.1:", |c| c.is_ascii_digit(), "PORT");
    let text = replace_after(&text, "(process ", |c| c.is_ascii_digit(), "PID");
    let text = replace_after(&text, "unlock ", |c| c.is_ascii_hexdigit(), "LOCK");
    let text = replace_after(&text, "lock is `", |c| c.is_ascii_hexdigit(), "LOCK");
    moments(&text)
}

fn replace_after(text: &str, mark: &str, part: impl Fn(char) -> bool, word: &str) -> String {
    let mut pieces = text.split(mark);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(&part);
        out.push_str(mark);
        out.push_str(if rest.len() == piece.len() { "" } else { word });
        out.push_str(rest);
    }
    out
}

/// `2026-11-23`, `2026-11-23 10:12`, `2026-11-23T10:12:00.5Z` become `DATE`, `DATE TIME`, `MOMENT`.
fn moments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if !fits(rest, "dddd-dd-dd") {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        } else if fits(rest, "dddd-dd-ddTdd:dd:dd") {
            let end = rest.find('Z').map_or(rest.len(), |at| at + 1);
            out.push_str("MOMENT");
            rest = &rest[end..];
        } else if fits(rest, "dddd-dd-dd dd:dd") {
            out.push_str("DATE TIME");
            rest = &rest[16..];
        } else {
            out.push_str("DATE");
            rest = &rest[10..];
        }
    }
    out
}

/// Whether a text starts like this, `d` being any digit.
fn fits(text: &str, form: &str) -> bool {
    let fit = |(c, f): (u8, u8)| if f == b'd' { c.is_ascii_digit() } else { c == f };
    text.len() >= form.len() && text.bytes().zip(form.bytes()).all(fit)
}

#[test]
fn what_differs_between_two_runs_becomes_a_word() {
    let text = "at 2026-11-23 10:12 on 2026-11-24, 2026-11-22T19:46:23.614Z, 127.0.0.1:80/v2 `unlock a9c`";
    assert_eq!(steady(text), "at DATE TIME on DATE, MOMENT, 127.0.0.1:PORT/v2 `unlock LOCK`");
}
