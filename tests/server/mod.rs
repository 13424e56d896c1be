//! The PostgreSQL server of the tests: that of `PUSHFORM_TEST_POSTGRES`, or one that `scripts/postgres` starts.
#![expect(clippy::disallowed_methods, reason = "tests ask the environment which server to use")]

use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The URL of a database of the server.
///
/// # Panics
/// Where there is no server and none can be started: a test that needs one must not pass without it.
fn server() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| given().unwrap_or_else(start))
}

fn given() -> Option<String> {
    std::env::var("PUSHFORM_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

fn start() -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/postgres");
    let made = Command::new(script).arg(std::process::id().to_string()).output();
    let made = made.unwrap_or_else(|why| panic!("{script} cannot be run: {why}"));
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "there is no PostgreSQL for the tests:\n{said}");
    String::from_utf8_lossy(&made.stdout).trim().to_owned()
}

/// The URL of a schema that no other test has, and the schema's name.
pub fn fresh() -> (String, String) {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let number = GIVEN.fetch_add(1, Ordering::Relaxed);
    let joint = if server().contains('?') { '&' } else { '?' };
    // Processes come again, and a server that was given outlives them.
    let now = std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis();
    let schema = format!("test_{}_{now}_{number}", std::process::id());
    (format!("{}{joint}schema={schema}", server()), schema)
}
