//! `drift`: what changed outside since the last apply. It has no way to write: it only reads through the gate.

use crate::observe::Refresh;
use crate::plan::Options;
use crate::problem::Result;

use super::Context;
use super::plan::{Look, Planned, Wanted, plan};

/// Looks and compares; the plan's drift is the answer, its changes are what `apply` would do.
///
/// # Errors
/// Everything wrong with the manifests, or the first thing that went wrong with the state or a vendor.
pub async fn drift(context: &Context) -> Result<Planned> {
    // A drift check deletes nothing: no share of deletions is too large for it.
    let options = Options { deletes_max: Some(u64::MAX), ..Options::default() };
    plan(context, &Wanted { look: Look::By(Refresh::Auto), options }).await
}
