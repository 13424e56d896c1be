//! Where a state on PostgreSQL is, read from its URL, and in which words that may be shown.
//!
//! The URL is libpq's, with `schema` added: each state has a schema of its own in the database. What a URL says
//! wrong is never repeated, since any part of a broken one may be the password.

use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::tls::Trust;
use crate::problem::{Problem, Result};
use crate::secret::{Secret, without_userinfo};

/// The schema of a state whose URL names none.
const SCHEMA: &str = "pushform";

/// The schema of the ledger of spends: one in each database, for all states in it.
pub const LEDGER_SCHEMA: &str = "pushform_ledger";

/// PostgreSQL cuts longer names.
const SCHEMA_BYTES_MAX: usize = 63;

/// How long it may take to come into contact.
const CONNECT_WAIT: Duration = Duration::from_secs(10);

/// How long a connection may say nothing before it is asked whether it still is, and how long what was sent may
/// go without an answer of the network: a machine that is gone must not be waited for all day.
const SILENCE: Duration = Duration::from_secs(30);

/// A database, a schema in it, and how far its server is trusted.
pub struct Place {
    pub config: Config,
    pub schema: String,
    pub trust: Trust,
    pub bulk: Bulk,
    /// Without the password.
    pub shown: String,
}

/// How many rows are written at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bulk {
    /// By COPY, which this client does by a prepared statement.
    #[default]
    Copy,
    /// By INSERT, without a statement that outlives its transaction: behind a pool each transaction may have
    /// another session.
    Insert,
}

/// The words of `sslmode`, as libpq has them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// What this reads of a URL's query; the rest is the library's.
#[derive(Default)]
struct Own {
    schema: Option<String>,
    mode: Option<Mode>,
    roots: Option<PathBuf>,
    bulk: Bulk,
}

impl Place {
    /// Reads a URL.
    ///
    /// # Errors
    /// What is wrong with it, without repeating any of it.
    pub fn read(url: &Secret) -> Result<Self> {
        let (own, rest) = Own::take(url.reveal())?;
        let rest = with_userinfo_encoded(&rest)?;
        let mut config: Config = rest.parse().map_err(|_| wrong("it is no URL of PostgreSQL's"))?;
        let mode = own.mode.unwrap_or(if is_near(&config) { Mode::Disable } else { Mode::VerifyFull });
        config
            .ssl_mode(match mode {
                Mode::Disable => SslMode::Disable,
                Mode::Prefer => SslMode::Prefer,
                Mode::Require | Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
            })
            .application_name("pushform")
            .keepalives_idle(SILENCE)
            .tcp_user_timeout(SILENCE);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_WAIT);
        }
        let trust = match (mode, own.roots) {
            (Mode::Disable, _) | (Mode::Prefer | Mode::Require, None) => Trust::Anybody,
            (Mode::Prefer | Mode::Require | Mode::VerifyCa, Some(roots)) => Trust::Signed(roots),
            (Mode::VerifyCa, None) => {
                return Err(wrong(
                    "`sslmode=verify-ca` goes by the file that `sslrootcert` names, and it names none",
                ));
            }
            (Mode::VerifyFull, Some(roots)) => Trust::Named(roots),
            (Mode::VerifyFull, None) => Trust::Machine,
        };
        let schema = own.schema.unwrap_or_else(|| SCHEMA.to_owned());
        let shown = shown(&config, &schema);
        Ok(Self { config, schema, trust, bulk: own.bulk, shown })
    }

    /// The words of the network or the server, with the password taken out should they repeat it.
    pub fn without_password(&self, words: &str) -> String {
        let words = match self.config.get_password().map(String::from_utf8_lossy) {
            Some(password) if !password.is_empty() => words.replace(&*password, "***"),
            Some(_) | None => words.to_owned(),
        };
        without_userinfo(&words)
    }
}

/// The URL with every `@` of its user and password in percent code. Readers differ in which `@` ends a password that
/// has one; here it is the last one in front of the path, and where that is not certain the URL is refused.
fn with_userinfo_encoded(url: &str) -> Result<String> {
    let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("it is no URL of PostgreSQL's"))?;
    let (head, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
    let (authority, path) = head.split_at(head.find(['/', '#']).unwrap_or(head.len()));
    let userinfo = match (authority.rfind('@'), head.rfind('@')) {
        (Some(_), _) if path.contains('@') => {
            return Err(wrong("it has an `@` in front of its path and in it"));
        }
        (end, last) => end.or(last),
    };
    if query.contains('@') {
        return Err(wrong("it has an `@` in its query"));
    }
    let Some(end) = userinfo else { return Ok(url.to_owned()) };
    let (userinfo, host) = head.split_at(end);
    Ok(format!("{scheme}://{}{host}{query}", userinfo.replace('@', "%40")))
}

impl Own {
    /// Takes what is ours out of a URL and gives the rest of it.
    fn take(url: &str) -> Result<(Self, String)> {
        let mut own = Self::default();
        let Some((head, query)) = url.split_once('?') else { return Ok((own, url.to_owned())) };
        let mut rest = Vec::new();
        for pair in query.split('&') {
            // A sign of the password's that should have had its percent code ends up here.
            let (key, value) = pair.split_once('=').ok_or_else(|| wrong("a part of its query has no `=`"))?;
            match key {
                "schema" => own.schema = Some(schema(value)?),
                "sslmode" => own.mode = Some(mode(value)?),
                "pgbouncer" => own.bulk = bulk(value)?,
                "sslrootcert" => own.roots = Some(PathBuf::from(decode(value)?)),
                _ => rest.push(pair),
            }
        }
        let rest = if rest.is_empty() { head.to_owned() } else { format!("{head}?{}", rest.join("&")) };
        Ok((own, rest))
    }
}

fn mode(word: &str) -> Result<Mode> {
    match word {
        "disable" => Ok(Mode::Disable),
        "prefer" => Ok(Mode::Prefer),
        "require" => Ok(Mode::Require),
        "verify-ca" => Ok(Mode::VerifyCa),
        "verify-full" => Ok(Mode::VerifyFull),
        _ => Err(wrong("its `sslmode` is none of disable, prefer, require, verify-ca, verify-full")),
    }
}

fn bulk(word: &str) -> Result<Bulk> {
    match word {
        "true" => Ok(Bulk::Insert),
        "false" => Ok(Bulk::Copy),
        _ => Err(wrong("its `pgbouncer` is neither true nor false")),
    }
}

/// A name that needs no quotes and is nobody else's.
fn schema(word: &str) -> Result<String> {
    let is_name = word.len() <= SCHEMA_BYTES_MAX
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && word.starts_with(|c: char| c.is_ascii_lowercase());
    let is_taken = word.starts_with("pg_") || word == "information_schema" || word == LEDGER_SCHEMA;
    if is_name && !is_taken {
        Ok(word.to_owned())
    } else {
        Err(wrong("its `schema` is no name of small letters, digits and `_`, or one that belongs to another"))
    }
}

fn decode(value: &str) -> Result<String> {
    let text = percent_encoding::percent_decode_str(value).decode_utf8();
    text.map(std::borrow::Cow::into_owned).map_err(|_| wrong("its `sslrootcert` is no path"))
}

/// Whether nothing of it leaves the machine.
fn is_near(config: &Config) -> bool {
    let loopback =
        |name: &str| name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    let near = |host: &Host| match host {
        Host::Tcp(name) => loopback(name),
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    config.get_hosts().iter().all(near) && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
}

fn shown(config: &Config, schema: &str) -> String {
    let host = |host: &Host| match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(path) => path.display().to_string(),
    };
    let hosts: Vec<String> = config.get_hosts().iter().map(host).collect();
    let user = config.get_user().map(|user| format!("{user}@")).unwrap_or_default();
    let port = match config.get_ports() {
        [] | [5432] => String::new(),
        [port, ..] => format!(":{port}"),
    };
    let database = config.get_dbname().unwrap_or_default();
    format!("postgres://{user}{}{port}/{database}?schema={schema}", hosts.join(","))
}

fn wrong(what: &str) -> crate::problem::Problems {
    Problem::error("state::url", format!("the address of the state on PostgreSQL cannot be used: {what}"))
        .help("it looks like postgres://USER:PASSWORD@HOST/DATABASE?schema=NAME; a sign other than a letter or a \
               digit is written with its percent code in a password")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> std::result::Result<Place, String> {
        let said = |problems: crate::problem::Problems| problems.list()[0].summary.clone();
        Place::read(&Secret::new(url.to_owned())).map_err(said)
    }

    #[test]
    fn a_url_is_shown_without_its_password() {
        for (url, shown) in [
            (
                "postgres://ann:hunter2@db.example:6432/shop",
                "postgres://ann@db.example:6432/shop?schema=pushform",
            ),
            ("postgres://shop:Tr0ub@4dor3x@127.0.0.1/shop", "postgres://shop@127.0.0.1/shop?schema=pushform"),
            ("postgres://ann:hu/nt#e@r2@db.example", "postgres://ann@db.example/?schema=pushform"),
            ("postgresql://db.example/shop?schema=spring_2", "postgres://db.example/shop?schema=spring_2"),
            (
                "postgres:///shop?host=/run/postgresql&user=ann",
                "postgres://ann@/run/postgresql/shop?schema=pushform",
            ),
        ] {
            assert_eq!(read(url).map(|place| place.shown).as_deref(), Ok(shown), "{url}");
        }
    }

    #[test]
    fn another_machine_has_to_prove_who_it_is_unless_told_otherwise() {
        for (url, expected) in [
            ("postgres://db.example/shop", "Require Machine"),
            (
                "postgres://db.example/shop?sslmode=verify-full&sslrootcert=/a%20b.pem",
                "Require Named(\"/a b.pem\")",
            ),
            ("postgres://db.example/shop?sslmode=verify-ca&sslrootcert=a.pem", "Require Signed(\"a.pem\")"),
            ("postgres://db.example/shop?sslmode=require&sslrootcert=a.pem", "Require Signed(\"a.pem\")"),
            ("postgres://db.example/shop?sslmode=require", "Require Anybody"),
            ("postgres://db.example/shop?sslmode=prefer", "Prefer Anybody"),
            ("postgres://db.example/shop?sslmode=disable", "Disable Anybody"),
            ("postgres://127.0.0.1/shop", "Disable Anybody"),
            ("postgres://localhost,db.example/shop", "Require Machine"),
            ("postgres:///shop?host=/run/postgresql", "Disable Anybody"),
        ] {
            let place = read(url).unwrap_or_else(|why| panic!("{url}: {why}"));
            assert_eq!(format!("{:?} {:?}", place.config.get_ssl_mode(), place.trust), expected, "{url}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_url_is_said_without_any_of_it() {
        for url in [
            "postgres://ann:hunt?er2@db.example/shop",
            "postgres://ann:hunt@x/er2@db.example/shop",
            "postgres://ann:12?user=er2@db.example/shop",
            "postgres://ann:12/er2@db.example/shop?a=er2@b",
            "postgres://ann:hunter2@db.example:99999/shop",
            "postgres://ann:hunter2@db.example/shop?schema=Hunter2",
            "postgres://ann:hunter2@db.example/shop?schema=pg_hunter2",
            "postgres://ann:hunter2@db.example/shop?schema=pushform_ledger",
            "postgres://ann:hunter2@db.example/shop?sslmode=hunter2",
            "postgres://ann:hunter2@db.example/shop?pgbouncer=hunter2",
            "postgres://ann:hunter2@db.example/shop?sslmode=verify-ca",
            "postgres://ann:hunter2@db.example/shop?hunter2=x",
        ] {
            let Err(why) = read(url) else { panic!("{url} was read") };
            assert!(why.starts_with("the address of the state on PostgreSQL cannot be used: "), "{why}");
            assert!(!why.to_lowercase().contains("er2"), "{url}: {why}");
        }
    }

    #[test]
    fn a_password_with_an_at_sign_is_the_password() {
        let place = read("postgres://shop:Tr0ub@4dor3x@127.0.0.1/shop").expect("a URL");
        assert_eq!(place.config.get_password(), Some("Tr0ub@4dor3x".as_bytes()));
        assert_eq!(place.config.get_hosts(), [Host::Tcp("127.0.0.1".to_owned())]);
    }

    #[test]
    fn words_that_repeat_the_password_lose_it() {
        let place = read("postgres://ann:hunter2@db.example/shop").expect("a URL");
        assert_eq!(place.without_password("no entry for hunter2"), "no entry for ***");
    }
}
