//! States for tests, each in a schema of its own.

use super::{Postgres, Time};
use crate::secret::Secret;
use crate::wire::Vendor;

#[path = "../../../tests/server/mod.rs"]
mod server;

/// An address that no other test has.
pub fn url() -> Secret {
    Secret::new(server::fresh().0)
}

/// The state of an address whose runs share one clock, with an account for each vendor that no other has.
pub fn open(url: &Secret) -> Postgres {
    open_by(url, Time::Callers)
}

/// The same, by any clock.
pub fn open_by(url: &Secret, time: Time) -> Postgres {
    let own = url.reveal().rsplit('=').next().unwrap_or_default();
    let accounts = Vendor::ALL.into_iter().map(|vendor| (vendor, own.to_owned())).collect();
    Postgres::open(url, accounts, time).expect("the URL of the tests")
}
