//! Which exit code an end has: one match, and the only place where a code is a number.

use std::process::ExitCode;

use crate::problem::{Failure, Problems, Result};

/// How a command ended that did what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, or there is no difference.
    Done,
    /// There is a difference, and the caller asked to be told: `plan --detailed-exitcode`, `drift`.
    Differs,
    /// All that today's quota or `--until` allowed is done; the rest is saved.
    Waits,
    /// `fmt --check` found something.
    Unformatted,
}

/// The exit code of an end.
#[must_use]
pub const fn number(end: &Result<Outcome>) -> u8 {
    match end {
        Ok(Outcome::Done) => 0,
        Ok(Outcome::Differs) => 2,
        Ok(Outcome::Waits) => 3,
        Ok(Outcome::Unformatted) => 7,
        Err(Problems { failure, .. }) => of_failure(*failure),
    }
}

/// The exit code of a failure.
#[must_use]
pub const fn of_failure(failure: Failure) -> u8 {
    match failure {
        // Only `apply` has something that waits, and says so with an outcome of its own.
        Failure::Error | Failure::Later => 1,
        Failure::Guard => 4,
        Failure::Locked => 5,
        Failure::Stale => 6,
        Failure::Interrupted => 130,
    }
}

/// The exit code of a command line that could not be read, or that asked for help: clap would say 2, which
/// means "changes" here. `printed` is whether all of it was written.
#[must_use]
pub fn of_usage(why: &clap::Error, printed: &std::io::Result<()>) -> ExitCode {
    if why.use_stderr() || printed.is_err() {
        ExitCode::from(of_failure(Failure::Error))
    } else {
        ExitCode::SUCCESS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    #[test]
    fn exit_codes_are_as_published() {
        let ends =
            [(Outcome::Done, 0), (Outcome::Differs, 2), (Outcome::Waits, 3), (Outcome::Unformatted, 7)];
        for (outcome, code) in ends {
            assert_eq!(number(&Ok(outcome)), code, "{outcome:?}");
        }
        let failures = [
            (Failure::Error, 1),
            (Failure::Later, 1),
            (Failure::Guard, 4),
            (Failure::Locked, 5),
            (Failure::Stale, 6),
            (Failure::Interrupted, 130),
        ];
        for (failure, code) in failures {
            let end = Err(Problems::of(failure, Problem::error("x", "y")));
            assert_eq!(number(&end), code, "{failure:?}");
        }
    }
}
