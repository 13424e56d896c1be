//! Exit codes: one match over every way in which a command ends.

use std::process::ExitCode;

use crate::problem::Failure;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It did what was asked; nothing differs where that was the question.
    Done,
    /// `plan --detailed-exitcode` found changes, `drift` found drift.
    Differs,
    /// `apply` did all that today's quota or `--until` allowed.
    Rests,
    /// It failed.
    Failed(Failure),
}

impl From<End> for ExitCode {
    fn from(end: End) -> Self {
        Self::from(code(end))
    }
}

const fn code(end: End) -> u8 {
    match end {
        End::Done => 0,
        End::Failed(Failure::Error) => 1,
        End::Differs => 2,
        End::Rests => 3,
        End::Failed(Failure::Guard) => 4,
        End::Failed(Failure::Locked) => 5,
        End::Failed(Failure::Stale) => 6,
        End::Failed(Failure::Interrupted) => 130,
    }
}
