//! Limits, what was spent of them, and when the next call may go: arithmetic on times that never sleeps.
//!
//! It knows neither vendors nor calls. Who waits, and for what, is `gate/`'s; the forecast runs the same ledger
//! on a copy.

pub mod flow;
mod gauge;
pub mod ledger;
pub mod limit;
pub mod window;

pub use flow::{BURST_MAX, Flow, UNDER_WAY_LEAST, UNDER_WAY_MAX};
pub use ledger::{Arrival, Bucket, Entry, Exhausted, Foreign, Ledger, LimitStatus, Room, Ticket};
pub use limit::{Limit, Quota, QuotaId, Quotas, Spend, Window};
