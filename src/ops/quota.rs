//! `quota`: what is spent and left of each limit, as far as the state knows. No vendor is asked.

use crate::gate;
use crate::manifest::project::Project;
use crate::problem::{Problems, Result};
use crate::quota::LimitStatus;
use crate::state::Store;
use crate::timestamp::Timestamp;

/// Every limit, in the order of the project file, and what is strange about what was spent.
///
/// # Errors
/// The state cannot be read.
pub async fn quota(
    store: &dyn Store,
    project: &Project,
    now: Timestamp,
) -> Result<(Vec<LimitStatus>, Problems)> {
    let books = gate::remembered(store, project.quotas.clone(), now).await?;
    Ok((books.ledger.status(now), books.warnings))
}
