//! Limits, what was spent of them, and when the next call may go: arithmetic on times that never sleeps.
//!
//! It knows neither vendors nor calls. Who waits, and for what, is `gate/`'s; the forecast runs the same ledger
//! on a copy.

mod gauge;
pub mod ledger;
pub mod limit;
pub mod window;

pub use ledger::{Bucket, Entry, Exhausted, Foreign, Ledger, LimitStatus, Room, Ticket};
pub use limit::{Limit, Quota, QuotaId, Quotas, Spend, Window};

/// The most calls that are under way at a time. Limits are in the thousands a minute and a call takes tenths of
/// a second, so that this is seldom what binds; it keeps a slow vendor from piling up connections.
pub const CALLS_UNDER_WAY_MAX: usize = 32;
