//! Calls over HTTP: the only file that names the HTTP library.
//!
//! It neither repeats nor follows a redirect: what comes back is a reply, whatever it is. Its error texts hold
//! neither addresses nor headers, since either may be a secret.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue as Value};
use reqwest::{Client, ClientBuilder, Response};

use super::transport::{SEND_MS_MAX, Transport, Wait};
use crate::problem::{Problem, Result};
use crate::wire::{Broken, HeaderValue, Method, REPLY_BYTES_MAX, Reply, Request, Vendor};

/// How long a connection may take to come about, name lookup and handshake included.
const CONNECT_MS_MAX: u64 = 10_000;

/// An idle connection is let go before a vendor's side does: a call that meets a closing connection is in doubt.
const IDLE_MS_MAX: u64 = 15_000;

/// Both vendors' pages ask for it.
const JSON: Value = Value::from_static("application/json;charset=utf-8");

/// The most characters of a network's words that are handed on.
const WORDS_CHARS_MAX: usize = 300;

/// Carries requests over HTTP.
pub struct Http {
    bases: BTreeMap<Vendor, Base>,
}

struct Base {
    client: Client,
    /// Without a slash at its end.
    url: String,
}

impl Http {
    /// A transport to these bases: `https://restapi.getui.com/v2/APPID`, `https://api.jpush.cn`.
    ///
    /// # Errors
    /// Where the machine has no certificates to trust.
    pub fn new(bases: &BTreeMap<Vendor, String>) -> Result<Self> {
        let mut made = BTreeMap::new();
        for (vendor, url) in bases {
            let url = url.trim_end_matches('/').to_owned();
            let client = client(&url).map_err(|error| {
                Problem::error("call::http", format!("no HTTPS client can be made: {}", words(error)))
                    .help("check the system's certificates and proxy settings")
            })?;
            made.insert(*vendor, Base { client, url });
        }
        Ok(Self { bases: made })
    }

    async fn exchange(&self, request: &Request) -> std::result::Result<Reply, Broken> {
        let Some(base) = self.bases.get(&request.vendor) else {
            return Err(Broken::NotSent(format!("no address is known for {}", request.vendor.word())));
        };
        let headers = headers(request).map_err(Broken::NotSent)?;
        let url = format!("{}{}", base.url, request.path);
        let mut builder = base.client.request(method(request.method), url).headers(headers);
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, JSON).body(body.clone());
        }
        read(builder.send().await.map_err(broken)?).await
    }
}

impl Transport for Http {
    fn send<'a>(&'a self, request: &'a Request) -> Wait<'a, std::result::Result<Reply, Broken>> {
        Box::pin(self.exchange(request))
    }
}

fn client(url: &str) -> reqwest::Result<Client> {
    let builder = ClientBuilder::new()
        .user_agent(concat!("pushform/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_millis(CONNECT_MS_MAX))
        .timeout(Duration::from_millis(SEND_MS_MAX.unsigned_abs()))
        .pool_idle_timeout(Duration::from_millis(IDLE_MS_MAX))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .gzip(true);
    // A proxy can not reach this machine's own addresses.
    if is_loopback(url) { builder.no_proxy().build() } else { builder.build() }
}

fn is_loopback(url: &str) -> bool {
    let host = reqwest::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.is_some_and(|host| {
        let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
        host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
    })
}

const fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn headers(request: &Request) -> std::result::Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let (text, is_secret) = match value {
            HeaderValue::Plain(text) => (text.as_str(), false),
            HeaderValue::Secret(secret) => (secret.reveal(), true),
        };
        let mut value =
            Value::from_str(text).map_err(|_| format!("the header `{name}` can not hold its value"))?;
        value.set_sensitive(is_secret);
        headers.insert(*name, value);
    }
    Ok(headers)
}

/// The whole reply. The bound counts what a compressed body grows to.
async fn read(mut response: Response) -> std::result::Result<Reply, Broken> {
    let status = response.status().as_u16();
    let text = |value: &Value| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
    let headers = headers.collect();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(no_reply)? {
        if body.len() + chunk.len() > REPLY_BYTES_MAX {
            let mib = REPLY_BYTES_MAX / (1024 * 1024);
            return Err(Broken::NoReply(format!("the reply is larger than {mib} MiB")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, headers, body })
}

/// Without a connection, or without a request that makes sense, nothing has left.
fn broken(error: reqwest::Error) -> Broken {
    if error.is_connect() || error.is_builder() { Broken::NotSent(words(error)) } else { no_reply(error) }
}

fn no_reply(error: reqwest::Error) -> Broken {
    Broken::NoReply(words(error))
}

/// An error's own words and those of its causes, without the address.
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words.chars().take(WORDS_CHARS_MAX).collect()
}
