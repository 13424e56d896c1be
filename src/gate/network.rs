//! Why a connection failed, in words that say what to do about it.
//!
//! No address is in them with its user and password.

use crate::manifest::url;
use crate::secret::without_userinfo;

/// A proxy as the environment names it.
#[derive(Clone, Debug)]
pub struct Proxy {
    variable: &'static str,
    /// Scheme, host and port, where the variable holds an address.
    origin: Option<String>,
}

impl Proxy {
    /// The proxy of this variable. Of the address everything is forgotten that may be a secret.
    #[must_use]
    pub fn new(variable: &'static str, address: &str) -> Self {
        Self { variable, origin: url::origin(address) }
    }

    /// What a failed connection may have to do with it.
    pub(super) fn shown(&self) -> String {
        let variable = self.variable;
        match &self.origin {
            Some(origin) if origin.starts_with("http://") || origin.starts_with("https://") => {
                format!("`{variable}` names the proxy {origin}")
            }
            Some(origin) => format!("`{variable}` names the proxy {origin}: expected http:// or https://"),
            None => format!("`{variable}` names a proxy"),
        }
    }
}

/// The words of the network as a person reads them.
pub(super) fn plain(words: String) -> String {
    without_userinfo(&certificate(&words).unwrap_or(words))
}

/// What stands before the reason for which a certificate is refused.
const CERTIFICATE: &str = "invalid peer certificate: ";

/// Those reasons in words.
const REASONS: [(&str, &str); 6] = [
    ("UnknownIssuer", "nobody whom this machine trusts has signed it"),
    ("CaUsedAsEndEntity", "it belongs to an authority and not to a server"),
    ("Expired", "it has expired, or the clock of this machine is wrong"),
    ("NotValidYet", "it is not valid yet, or the clock of this machine is wrong"),
    ("NotValidForName", "it is for another host"),
    ("Revoked", "it was revoked"),
];

/// The words for a certificate that is refused.
fn certificate(words: &str) -> Option<String> {
    let (_, reason) = words.split_once(CERTIFICATE)?;
    let known = REASONS.iter().find(|(name, _)| reason.contains(name));
    let plain = known.map_or_else(|| reason.to_owned(), |(name, plain)| format!("{plain} ({name})"));
    Some(format!("the certificate is not trusted: {plain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_certificate_is_said_in_words() {
        for (words, expected) in [
            (
                "error sending request: client error (Connect): invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
                "the certificate is not trusted: it belongs to an authority and not to a server (CaUsedAsEndEntity)",
            ),
            ("invalid peer certificate: BadEncoding", "the certificate is not trusted: BadEncoding"),
        ] {
            assert_eq!(certificate(words).as_deref(), Some(expected));
        }
        assert_eq!(certificate("connection refused"), None);
    }

    #[test]
    fn a_proxy_is_named_by_its_variable_and_without_its_password() {
        let shown = |address: &str| Proxy::new("ALL_PROXY", address).shown();
        for (address, words) in [
            ("http://ann:hunt@er2@proxy:8080", "`ALL_PROXY` names the proxy http://proxy:8080"),
            (
                "socks5://ann:hunter2@proxy:1080",
                "`ALL_PROXY` names the proxy socks5://proxy:1080: expected http:// or https://",
            ),
            ("hunter2", "`ALL_PROXY` names a proxy"),
        ] {
            assert_eq!(shown(address), words);
        }
    }
}
