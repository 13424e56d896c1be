//! A private server for tests: the one of `PUSHFORM_TEST_POSTGRES`, or one that `scripts/postgres` starts.
#![expect(clippy::disallowed_methods, reason = "tests ask the environment for the server to use")]

use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Postgres, Time};
use crate::secret::Secret;
use crate::wire::Vendor;

/// The URL of a database of the server, without a schema: everybody takes one of their own.
///
/// # Panics
/// Where there is no server and none can be started: a test that needs one must not pass without it.
pub fn server() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| std::env::var("PUSHFORM_TEST_POSTGRES").unwrap_or_else(|_| start()))
}

fn start() -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/postgres");
    let made = Command::new(script).arg(std::process::id().to_string()).output();
    let made = made.unwrap_or_else(|why| panic!("{script} can not be run: {why}"));
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "no PostgreSQL for the tests:\n{said}");
    String::from_utf8_lossy(&made.stdout).trim().to_owned()
}

/// An address that no other test has.
pub fn url() -> Secret {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let number = GIVEN.fetch_add(1, Ordering::Relaxed);
    let joint = if server().contains('?') { '&' } else { '?' };
    Secret::new(format!("{}{joint}schema=test_{}_{number}", server(), std::process::id()))
}

/// The state of an address whose runs share one clock, with an account for each vendor that no other has.
pub fn open(url: &Secret) -> Postgres {
    let own = url.reveal().rsplit('=').next().unwrap_or_default();
    let accounts = Vendor::ALL.into_iter().map(|vendor| (vendor, own.to_owned())).collect();
    Postgres::open(url, accounts, Time::Callers).expect("the URL of the tests")
}
