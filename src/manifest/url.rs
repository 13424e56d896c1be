//! The address of an API, read strictly: secrets are sent there, so nothing about it may be open to two readings.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::invisible::is_invisible;

/// The longest name of a host.
const HOST_CHARS_MAX: usize = 253;

/// The address without a slash at its end: https, or http to a loopback address; a host, maybe a port, maybe a path.
///
/// # Errors
/// The end of a sentence that begins with the address.
pub fn read(text: &str) -> Result<String, String> {
    let (scheme, rest) = text.split_once("://").ok_or("is no https address")?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "https" | "http") {
        return Err("is neither https nor http".to_owned());
    }
    // A backslash is a slash to some readers, and userinfo makes a host look like another.
    if let Some(strange) = rest.chars().find(|c| !c.is_ascii_graphic() || "@\\?#%\"<>^`{|}".contains(*c)) {
        return Err(format!("holds {}", shown(strange)));
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host_of(authority)?;
    if scheme == "http" && !is_loopback(host) {
        return Err("is http to somewhere else than this machine".to_owned());
    }
    if path.split('/').any(|part| matches!(part, "." | "..")) {
        return Err("has a path that leads elsewhere".to_owned());
    }
    Ok(format!("{scheme}://{}{}", authority.to_ascii_lowercase(), path.trim_end_matches('/')))
}

fn shown(c: char) -> String {
    if is_invisible(c) || c.is_whitespace() { format!("U+{:04X}", u32::from(c)) } else { format!("`{c}`") }
}

/// The host of `host`, `host:port`, `[v6]` or `[v6]:port`.
fn host_of(authority: &str) -> Result<&str, String> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (inner, after) = rest.split_once(']').ok_or("has a `[` without a `]`")?;
        inner.parse::<Ipv6Addr>().map_err(|_| "has no IPv6 address in its brackets".to_owned())?;
        let port = if after.is_empty() {
            None
        } else {
            Some(after.strip_prefix(':').ok_or("has no port behind `]`")?)
        };
        (&authority[..inner.len() + 2], port)
    } else {
        match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        }
    };
    if port.is_some_and(|port| !is_port(port)) {
        return Err("has no port from 1 to 65535".to_owned());
    }
    if !host.starts_with('[') && !is_name(host) {
        return Err("has no name of a host".to_owned());
    }
    Ok(host)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    host.len() <= HOST_CHARS_MAX && host.split('.').all(is_label)
}

/// 127.0.0.0/8 in its usual form, `::1`, or `localhost` itself: every other way to write one is refused.
fn is_loopback(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return inner.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback());
    }
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback_are_taken() {
        let fine = [
            ("https://restapi.getui.com/v2", "https://restapi.getui.com/v2"),
            ("https://api.jpush.cn/", "https://api.jpush.cn"),
            ("HTTPS://API.jpush.cn:8443/Path/", "https://api.jpush.cn:8443/Path"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://127.9.9.9", "http://127.9.9.9"),
            ("http://localhost:1/v2", "http://localhost:1/v2"),
            ("http://[::1]:8080/v2", "http://[::1]:8080/v2"),
            ("https://[2001:db8::1]", "https://[2001:db8::1]"),
        ];
        for (text, read_as) in fine {
            assert_eq!(read(text).as_deref(), Ok(read_as), "{text}");
        }
        let wrong = [
            "",
            "restapi.getui.com",
            "ftp://127.0.0.1",
            "https://",
            "https:///v2",
            "http://restapi.getui.com/v2",
            "http://127.0.0.1.evil.com",
            "http://localhost.evil.com",
            "http://localhost@evil.com",
            "http://127.0.0.1:80@evil.com",
            "https://user:password@api.jpush.cn",
            "http://127.0.0.1\\@evil.com",
            "http://127.1",
            "http://2130706433",
            "http://0x7f.0.0.1",
            "http://0177.0.0.1",
            "http://0.0.0.0",
            "http://[::]",
            "http://[::ffff:127.0.0.1]",
            "http://[::1",
            "http://[::1]evil.com",
            "http://[::1].evil.com",
            "http://localhost.",
            "http://127.0.0.1:",
            "http://127.0.0.1:0",
            "http://127.0.0.1:65536",
            "http://127.0.0.1:+80",
            "http://127.0.0.1:80:80",
            "https://api.jpush.cn/../x",
            "https://api.jpush.cn/%2e%2e/x",
            "https://api.jpush.cn?x",
            "https://api.jpush.cn#x",
            "https://api jpush.cn",
            "https://api.jpush.cn\n",
            "https://ａpi.jpush.cn",
            "https://-a.cn",
            "https://a..cn",
        ];
        for text in wrong {
            assert!(read(text).is_err(), "{text:?} was taken as {:?}", read(text));
        }
    }
}
