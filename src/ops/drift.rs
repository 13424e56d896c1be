//! `drift`: what changed outside since the last apply. It has no way to write: it only reads through the gate.

use crate::observe::Refresh;
use crate::problem::Result;

use super::Context;
use super::plan::{Planned, Wanted, plan};

/// Looks and compares; the plan's drift is the answer, its changes are what `apply` would do.
///
/// # Errors
/// Everything wrong with the manifests, or the first thing that went wrong with the state or a vendor.
pub async fn drift(context: &Context, wanted: &Wanted) -> Result<Planned> {
    let refresh = match wanted.refresh {
        Refresh::None | Refresh::Auto => Refresh::Auto,
        refresh => refresh,
    };
    plan(context, &Wanted { refresh, options: wanted.options.clone() }).await
}
