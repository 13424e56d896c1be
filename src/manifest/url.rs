//! The address of an API, read strictly: secrets are sent there, so nothing about it may be open to two readings.
//!
//! The only file that names the crate `url`. What that has to repair, such as `127.1`, is refused.

use url::{Host, Url};

use crate::invisible::is_invisible;

/// The longest name of a host.
const HOST_CHARS_MAX: usize = 253;

/// The address without a slash at its end: https, or http to a loopback address; a host, maybe a port, maybe a path.
///
/// # Errors
/// The end of a sentence that begins with the address, without any of it that may be a secret.
pub fn read(text: &str) -> Result<String, String> {
    let (_, rest) = text.split_once("://").ok_or("is no https address")?;
    // A backslash is a slash to some readers, and userinfo makes a host look like another.
    if let Some(strange) = rest.chars().find(|c| !c.is_ascii_graphic() || "@\\?#%\"<>^`{|}".contains(*c)) {
        return Err(format!("holds {}", shown(strange)));
    }
    let url = Url::parse(text).map_err(|why| format!("cannot be read: {why}"))?;
    let scheme = url.scheme();
    if !matches!(scheme, "https" | "http") {
        return Err("is neither https nor http".to_owned());
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = authority.to_ascii_lowercase();
    if !is_as_written(&url, &authority) {
        return Err("has no host, or one that other programs read as another".to_owned());
    }
    if scheme == "http" && !is_loopback(&url) {
        return Err("is http to somewhere else than this machine".to_owned());
    }
    if !path.is_empty() && path != url.path() {
        return Err("has a path that leads elsewhere".to_owned());
    }
    Ok(format!("{scheme}://{authority}{}", path.trim_end_matches('/')))
}

/// What is wrong with an address for Getui's API although it is one: every path of that begins with `/v2`, and the
/// app's id is added.
#[must_use]
pub fn getui_fault(base_url: &str, app_id: Option<&str>) -> Option<&'static str> {
    if app_id.is_some_and(|id| base_url.split('/').skip(3).any(|part| part == id)) {
        Some("this address contains the app's id, which is added to it")
    } else if !base_url.ends_with("/v2") {
        Some("this address does not end with `/v2`")
    } else {
        None
    }
}

/// Scheme, host and port of an address, to show where it leads: nothing in these is a secret.
#[must_use]
pub fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(Url::has_host)?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{}{port}", url.scheme(), url.host_str()?))
}

/// Whether more stands in an address than where it leads: a name and a password, a query, a fragment. Then it is not
/// shown where it was written.
#[must_use]
pub fn may_hold_secret(text: &str) -> bool {
    text.contains(['@', '?', '#', '\\'])
}

fn shown(c: char) -> String {
    if is_invisible(c) || c.is_whitespace() { format!("U+{:04X}", u32::from(c)) } else { format!("`{c}`") }
}

/// Whether host and port stand in the text as they are read from it: `127.1` and `0x7f.0.0.1` are not `127.0.0.1`.
fn is_as_written(url: &Url, authority: &str) -> bool {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return false };
    let is_name = url.host().is_some_and(|host| !matches!(host, Host::Domain(name) if !is_name(name)));
    is_name && port > 0 && (authority == host || authority == format!("{host}:{port}"))
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

/// 127.0.0.0/8, `::1`, or `localhost` itself.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
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

    #[test]
    fn where_an_address_leads_is_shown_without_its_secrets() {
        for (text, shown) in [
            ("https://login.example/sso?token=hunter2#x", Some("https://login.example")),
            ("http://ann:hunt@er2@db.example:8080/a", Some("http://db.example:8080")),
            ("https://api.jpush.cn:443/", Some("https://api.jpush.cn")),
            ("/v2/elsewhere", None),
            ("mailto:a@b", None),
        ] {
            assert_eq!(origin(text).as_deref(), shown, "{text}");
        }
    }
}
