//! Calls over HTTP: the only file that names the HTTP library.
//!
//! It neither repeats nor follows a redirect: what comes back is a reply, whatever it is. Its error texts hold
//! neither addresses nor headers, since either may be a secret. It waits as long as it takes: how long a call may take
//! is the gate's to say.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use reqwest::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue as Value, SERVER,
    TRANSFER_ENCODING, VARY,
};
use reqwest::{Client, ClientBuilder, Response, Url};

use super::network::{Proxy, plain};
use super::transport::{Transport, Wait};
use crate::problem::{Problem, Result};
use crate::wire::{Broken, HeaderValue, Method, REPLY_BYTES_MAX, Reply, Request, Vendor};

/// How long a connection may take to come about, name lookup and handshake included.
const CONNECT_MS_MAX: u64 = 10_000;

/// An idle connection is let go before a vendor's side does: a call that meets a closing connection is in doubt.
const IDLE_MS_MAX: u64 = 15_000;

/// Both vendors' pages ask for it.
const JSON: Value = Value::from_static("application/json;charset=utf-8");

/// What a reply says of its way here and not of what was asked: that is not handed on.
const OF_THE_WAY: [HeaderName; 7] =
    [CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, SERVER, TRANSFER_ENCODING, VARY];

/// The most characters of a network's words that are handed on.
const WORDS_CHARS_MAX: usize = 300;

/// Carries requests over HTTP.
pub struct Http {
    bases: BTreeMap<Vendor, Base>,
    proxy: Option<Proxy>,
}

struct Base {
    client: Client,
    url: Url,
}

impl Base {
    /// The whole address of a request's path. The base is taken apart once and for all, since that says the same for
    /// every call.
    fn with(&self, path: &str) -> Url {
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
        url.set_query(query);
        url
    }
}

impl Http {
    /// A transport to these bases: `https://restapi.getui.com/v2/APPID`, `https://api.jpush.cn`.
    ///
    /// # Errors
    /// Where the machine has no certificates to trust.
    pub fn new(bases: &BTreeMap<Vendor, String>) -> Result<Self> {
        let mut made = BTreeMap::new();
        for (vendor, url) in bases {
            let url = Url::parse(url)
                .map_err(|error| Problem::error("call::http", format!("`{url}` is no address: {error}")))?;
            let client = client(&url).map_err(|error| {
                Problem::error("call::http", format!("no HTTPS client can be made: {}", words(error)))
                    .help("check the system's certificates and proxy settings")
            })?;
            made.insert(*vendor, Base { client, url });
        }
        Ok(Self { bases: made, proxy: None })
    }

    /// The same, with the proxy that its calls go through: named where a connection fails.
    #[must_use]
    pub fn through(self, proxy: Option<Proxy>) -> Self {
        Self { proxy, ..self }
    }

    async fn exchange(&self, request: &Request) -> std::result::Result<Reply, Broken> {
        let Some(base) = self.bases.get(&request.vendor) else {
            return Err(Broken::NotSent(format!("no address is known for {}", request.vendor.word())));
        };
        let mut sent = reqwest::Request::new(method(request.method), base.with(&request.path));
        *sent.headers_mut() = headers(request).map_err(Broken::NotSent)?;
        if let Some(body) = &request.body {
            sent.headers_mut().insert(CONTENT_TYPE, JSON);
            *sent.body_mut() = Some(body.clone().into());
        } else if matches!(request.method, Method::Post | Method::Put) {
            // As Getui's document sends its blacklist; a proxy may refuse a POST that does not say how long it is.
            sent.headers_mut().insert(CONTENT_TYPE, JSON);
            sent.headers_mut().insert(CONTENT_LENGTH, Value::from_static("0"));
        }
        match base.client.execute(sent).await.map_err(broken) {
            Ok(response) => read(response).await,
            Err(Broken::NotSent(words)) => match self.proxy.as_ref().filter(|_| !is_loopback(&base.url)) {
                Some(proxy) => Err(Broken::NotSent(format!("{words} ({})", proxy.shown()))),
                None => Err(Broken::NotSent(words)),
            },
            Err(broken) => Err(broken),
        }
    }
}

impl Transport for Http {
    fn send<'a>(&'a self, request: &'a Request) -> Wait<'a, std::result::Result<Reply, Broken>> {
        Box::pin(self.exchange(request))
    }
}

fn client(url: &Url) -> reqwest::Result<Client> {
    let builder = ClientBuilder::new()
        .user_agent(concat!("pushform/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_millis(CONNECT_MS_MAX))
        .pool_idle_timeout(Duration::from_millis(IDLE_MS_MAX))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .gzip(true);
    // A proxy cannot reach this machine's own addresses.
    if is_loopback(url) { builder.no_proxy().build() } else { builder.build() }
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
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
            Value::from_str(text).map_err(|_| format!("the header `{name}` cannot hold its value"))?;
        value.set_sensitive(is_secret);
        headers.insert(*name, value);
    }
    Ok(headers)
}

/// The whole reply. The bound counts what a compressed body grows to.
async fn read(mut response: Response) -> std::result::Result<Reply, Broken> {
    let status = response.status().as_u16();
    let text = |value: &Value| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let told = response.headers().iter().filter(|(name, _)| !OF_THE_WAY.contains(name));
    let headers = told.map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
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
    plain(words).chars().take(WORDS_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::secret::Secret;

    /// Sends one request to a server that answers with these bytes and hangs up; gives what each side got.
    async fn exchange(reply: Vec<u8>) -> (String, std::result::Result<Reply, Broken>) {
        let request = Request::new(Vendor::Getui, Method::Post, "/user/alias?a=%20b")
            .header("token", HeaderValue::Secret(Secret::new("hunter2".to_owned())))
            .body("{}".to_owned());
        exchange_of(request, reply).await
    }

    async fn exchange_of(request: Request, reply: Vec<u8>) -> (String, std::result::Result<Reply, Broken>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}/v2/app/", listener.local_addr().expect("an address"));
        let http = Http::new(&BTreeMap::from([(Vendor::Getui, base)])).expect("a client");
        let serve = async {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut got = vec![0; 4096];
            let length = socket.read(&mut got).await.expect("a request");
            // Whoever reads a bounded part of it may hang up first.
            socket.write_all(&reply).await.ok();
            socket.shutdown().await.ok();
            String::from_utf8_lossy(&got[..length]).into_owned()
        };
        tokio::join!(serve, http.send(&request))
    }

    fn with_head(head: &str, body: &[u8]) -> Vec<u8> {
        [format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
    }

    #[tokio::test]
    async fn a_request_leaves_as_the_vendors_ask_and_its_reply_comes_back_whole() {
        let (got, reply) = exchange(with_head("200 OK\r\nX-Rate-Limit-Remaining: 7", b"{\"code\":0}")).await;
        let reply = reply.expect("a reply");
        assert_eq!((reply.status, reply.body.as_slice()), (200, b"{\"code\":0}".as_slice()));
        assert_eq!(reply.headers, [("x-rate-limit-remaining".to_owned(), "7".to_owned())]);
        assert!(got.starts_with("POST /v2/app/user/alias?a=%20b HTTP/1.1\r\n"), "{got}");
        let agent = format!("user-agent: pushform/{}", env!("CARGO_PKG_VERSION"));
        for line in ["content-type: application/json;charset=utf-8", "token: hunter2", agent.as_str()] {
            assert!(got.contains(line), "`{line}` is missing in {got}");
        }
    }

    #[tokio::test]
    async fn a_post_without_a_body_says_so() {
        let request = Request::new(Vendor::Getui, Method::Post, "/user/black/cid/a,b");
        let (got, _) = exchange_of(request, with_head("200 OK", b"{}")).await;
        for line in ["content-type: application/json;charset=utf-8", "content-length: 0"] {
            assert!(got.contains(line), "`{line}` is missing in {got}");
        }
    }

    #[tokio::test]
    async fn a_redirect_is_a_reply() {
        let (_, reply) = exchange(with_head("302 Found\r\nlocation: http://127.0.0.1:1/", b"")).await;
        assert_eq!(reply.expect("a reply").status, 302);
    }

    #[tokio::test]
    async fn a_cut_or_endless_reply_is_none_and_says_no_secret() {
        let endless = with_head("200 OK", &vec![b' '; REPLY_BYTES_MAX + 1]);
        for (name, reply) in [
            ("cut off before", Vec::new()),
            ("cut off within", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec()),
            ("too large", endless),
        ] {
            let (_, reply) = exchange(reply).await;
            let Err(Broken::NoReply(words)) = reply else { panic!("{name}: {reply:?}") };
            assert!(!words.contains("hunter2") && !words.contains("/v2/app"), "{name}: {words}");
        }
    }

    /// Bits as deflate wants them: from the lowest of a byte upwards.
    #[derive(Default)]
    struct Bits {
        bytes: Vec<u8>,
        count: usize,
    }

    impl Bits {
        fn push(&mut self, bits: &str) {
            for bit in bits.bytes() {
                if self.count.is_multiple_of(8) {
                    self.bytes.push(0);
                }
                let last = self.bytes.len() - 1;
                self.bytes[last] |= (bit - b'0') << (self.count % 8);
                self.count += 1;
            }
        }
    }

    /// So many times 258 bytes, packed into 13 bits each (RFC 1951, fixed codes: a zero, then repetitions of it).
    fn bomb(repetitions: usize) -> Vec<u8> {
        let mut bits = Bits::default();
        bits.push(
            "1\
                   10\
                   00110000",
        );
        (0..repetitions).for_each(|_| bits.push("1100010100000"));
        bits.push("0000000");
        let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
        [head.as_slice(), &bits.bytes].concat()
    }

    #[tokio::test]
    async fn a_small_reply_that_unpacks_into_a_large_one_is_none() {
        let packed = bomb(REPLY_BYTES_MAX / 258 + 2);
        assert!(packed.len() < REPLY_BYTES_MAX / 100, "{} bytes are no bomb", packed.len());
        let (_, reply) = exchange(with_head("200 OK\r\ncontent-encoding: gzip", &packed)).await;
        let Err(Broken::NoReply(words)) = reply else { panic!("it was taken") };
        assert_eq!(words, "the reply is larger than 16 MiB");
    }

    #[tokio::test]
    async fn what_finds_no_connection_was_not_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        drop(listener);
        let http = Http::new(&BTreeMap::from([(Vendor::Getui, base)])).expect("a client");
        for (vendor, value) in [(Vendor::Getui, "ok"), (Vendor::Jpush, "ok"), (Vendor::Getui, "a\nb")] {
            let value = HeaderValue::Plain(value.to_owned());
            let reply = http.send(&Request::new(vendor, Method::Get, "/").header("token", value)).await;
            assert!(matches!(reply, Err(Broken::NotSent(_))), "{vendor:?}: {reply:?}");
        }
    }

    #[test]
    fn a_path_goes_behind_its_base_as_it_is_written() {
        let base = |url: &str| Base { client: Client::new(), url: Url::parse(url).expect(url) };
        for (url, path, whole) in [
            (
                "https://a.com/v2/app",
                "/user/%E5%96%9C%20a%2Fb",
                "https://a.com/v2/app/user/%E5%96%9C%20a%2Fb",
            ),
            ("https://a.com/v2/app/", "/x?a=%3F&b=c?d", "https://a.com/v2/app/x?a=%3F&b=c?d"),
            ("https://a.com", "/v3/property", "https://a.com/v3/property"),
            ("http://127.0.0.1:80/?q=1", "/v3", "http://127.0.0.1/v3"),
        ] {
            assert_eq!(base(url).with(path).as_str(), whole);
        }
    }

    #[test]
    fn this_machines_own_addresses_are_known() {
        for (url, expected) in [
            ("http://127.0.0.1:80/x", true),
            ("http://[::1]:80", true),
            ("http://localhost", true),
            ("https://api.jpush.cn", false),
            ("https://localhost.example.com", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).expect(url)), expected, "{url}");
        }
    }
}
