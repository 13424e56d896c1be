//! `count`: how many users meet some conditions. One question, one number.

use crate::gate::Repeat;
use crate::problem::Result;
use crate::provider::count::{self, Condition};

use super::Context;

/// Asks.
///
/// # Errors
/// The refusal, in the vendor's words.
pub async fn count(context: &Context, conditions: &[Condition]) -> Result<u64> {
    let request = count::request(conditions);
    let spends = count::spends(&context.project.quotas);
    Ok(context.gate.ask(&request, &spends, Repeat::Question, count::users).await?)
}
