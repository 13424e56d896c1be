//! Limits, what was spent of them, and when the next call may go: arithmetic on times that never sleeps.

pub mod ledger;
pub mod limit;
pub mod window;

pub use ledger::Ledger;
pub use limit::{Limit, Quota, QuotaId, Quotas, Spend, Window};
