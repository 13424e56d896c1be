//! What was spent, and when the next call may go.
/// The spends of a run.
#[derive(Clone, Debug, Default)]
pub struct Ledger {}
