//! A call as it travels: request, reply, and the ways in which there can be no reply.
//!
//! Nothing here sends: that is `gate/`'s. Providers make requests, the emulator reads them.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::secret::Secret;

/// Whose API it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vendor {
    /// Getui (个推).
    Getui,
    /// JPush (极光).
    Jpush,
}

impl Vendor {
    /// Both, in the order in which everything lists them.
    pub const ALL: [Self; 2] = [Self::Getui, Self::Jpush];

    /// The word in addresses, project files and the state.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Getui => "getui",
            Self::Jpush => "jpush",
        }
    }
}

/// The methods that the two vendors use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Adds or sets.
    Post,
    /// Updates.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// The method of a word, in capitals.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Put, Self::Delete].into_iter().find(|method| method.word() == word)
    }
}

/// A header's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValue {
    /// May be shown.
    Plain(String),
    /// May not.
    Secret(Secret),
}

/// One request. The path starts behind the account's base (`https://restapi.getui.com/v2/$appId` or
/// `https://api.jpush.cn`), with `/`, is percent-encoded, and carries its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Whose.
    pub vendor: Vendor,
    /// How.
    pub method: Method,
    /// What, encoded.
    pub path: String,
    /// Headers beside `content-type`, names in lower case.
    pub headers: Vec<(&'static str, HeaderValue)>,
    /// JSON text, where the call has one.
    pub body: Option<String>,
    /// Whether the path itself is a secret (ending a session names its token), so that nothing prints it.
    pub path_is_secret: bool,
}

impl Request {
    /// A request without headers and body.
    #[must_use]
    pub fn new(vendor: Vendor, method: Method, path: impl Into<String>) -> Self {
        Self { vendor, method, path: path.into(), headers: Vec::new(), body: None, path_is_secret: false }
    }

    /// Whether every part of the path is one that no URL resolves: of any other request nobody can say where it ends.
    #[must_use]
    pub fn keeps_its_path(&self) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        let decoded = |part| percent_decode_str(part).decode_utf8_lossy();
        path.strip_prefix('/').is_some_and(|parts| {
            parts.is_empty() || parts.split('/').all(|part| is_path_segment(&decoded(part)))
        })
    }

    /// The same with a JSON body.
    #[must_use]
    pub fn body(mut self, body: String) -> Self {
        self.body = Some(body);
        self
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// One reply. Bodies are bounded by [`REPLY_BYTES_MAX`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case. Those that tell of the way here, such as `date`, may be missing.
    pub headers: Vec<(String, String)>,
    /// As it came, decompressed.
    pub body: Vec<u8>,
}

impl Reply {
    /// A reply with a JSON body.
    #[must_use]
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json;charset=utf-8".to_owned())];
        Self { status, headers, body: body.into().into_bytes() }
    }

    /// The first header of this name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The largest reply that is read: a page of 1000 users with their details is well under 1 MiB.
pub const REPLY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It never left: the host did not take the connection. Repeating is always harmless.
    NotSent(String),
    /// It left, or may have; no reply came. Whether it was carried out is unknown.
    NoReply(String),
}

/// What may stand unencoded in one part of a path: the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Whether a text can be one part of a path: URLs resolve `.` and `..`, encoded or not, and an empty part is none.
#[must_use]
pub fn is_path_segment(text: &str) -> bool {
    !matches!(text, "" | "." | "..")
}

/// One part of a path, percent-encoded. `.` and `..` are encoded too, so that no client folds them away.
#[must_use]
pub fn segment(text: &str) -> String {
    match text {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        _ => Cow::from(utf8_percent_encode(text, SEGMENT)).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_path_can_not_leave_its_place() {
        assert_eq!(segment("喜 a/b?c#d%e"), "%E5%96%9C%20a%2Fb%3Fc%23d%25e");
        assert_eq!(segment(".."), "%2E%2E");
        assert_eq!(segment("a_b-c.d~e"), "a_b-c.d~e");
    }

    #[test]
    fn a_path_with_a_part_that_a_url_resolves_is_known() {
        for name in [".", "..", ""] {
            for path in [
                format!("/user/cid/alias/{}", segment(name)),
                format!("/v3/property/{}?page=1", segment(name)),
            ] {
                let request = Request::new(Vendor::Getui, Method::Get, path);
                assert!(!request.keeps_its_path(), "{}", request.path);
            }
        }
        for path in
            ["/user/alias", "/v3/property?page=1&keyword=..", "/user/detail/a,..b", "/x/%2E%2E%2Fy", "/"]
        {
            assert!(Request::new(Vendor::Getui, Method::Get, path).keeps_its_path(), "{path}");
        }
    }
}
