//! What can go wrong with a state file, in words that say what to do.
//!
//! SQLite's own words are kept in the summary: they are what a search finds.

use rusqlite::ErrorCode;

use crate::problem::{Failure, Problem, Problems};

/// What work on a connection gives back.
pub type Tried<T> = Result<T, Trouble>;

/// Why work on a connection failed.
#[derive(Debug)]
pub enum Trouble {
    /// SQLite says so.
    Sql(rusqlite::Error),
    /// We say so: a lease that was lost.
    Said(Problems),
    /// The file holds what no state holds.
    Damaged(String),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Problems> for Trouble {
    fn from(problems: Problems) -> Self {
        Self::Said(problems)
    }
}

/// Nothing of a state file is worth more than what can be read again; this is how.
const START_AGAIN: &str = "restore the file from a copy; without one, move it away and run `pushform plan`: what \
    the vendors show as declared is adopted again without a call, and only what was taken out of the manifests \
    since the last apply, and what cannot be read back, is no longer known";

/// The problems of a failure on the file `shown`.
pub fn problems(shown: &str, trouble: Trouble) -> Problems {
    match trouble {
        Trouble::Said(problems) => problems,
        Trouble::Damaged(what) => damaged(shown, &what).into(),
        Trouble::Sql(error) => of_sql(shown, &error),
    }
}

fn of_sql(shown: &str, error: &rusqlite::Error) -> Problems {
    let words = error.to_string();
    let Some(code) = error.sqlite_error_code() else {
        // A value of another type than the schema's: only a damaged file has such.
        return damaged(shown, &words).into();
    };
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            let summary = format!("another process keeps the state `{shown}` busy ({words})");
            let problem = Problem::error("state::busy", summary);
            Problems::of(Failure::Locked, problem.help("wait for it to end, and run the same command again"))
        }
        ErrorCode::NotADatabase => not_a_state(shown).into(),
        ErrorCode::DatabaseCorrupt => damaged(shown, &words).into(),
        ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
            unwritable(shown, &words).into()
        }
        ErrorCode::DiskFull => {
            Problem::error("state::full", format!("no room is left for the state `{shown}`"))
                .help("make room on that disk and run the same command again: what was sent is recorded")
                .into()
        }
        _ => Problem::error("state::failed", format!("the state `{shown}` cannot be used: {words}"))
            .help("look whether the disk is in order and whether the file system can lock files")
            .into(),
    }
}

/// A file of ours that cannot be understood any more.
pub fn damaged(shown: &str, what: &str) -> Problem {
    Problem::error("state::damaged", format!("the state `{shown}` is damaged: {what}")).help(START_AGAIN)
}

/// A file of something else.
pub fn not_a_state(shown: &str) -> Problem {
    Problem::error("state::not_a_state", format!("`{shown}` is not a state of Pushform, nor any SQLite file"))
        .help("name another file at `state:` in pushform.yaml; this one is left as it is")
}

/// Another program's database.
pub fn foreign(shown: &str) -> Problem {
    let summary = format!("`{shown}` is an SQLite file of some other program");
    Problem::error("state::foreign", summary)
        .help("name another file at `state:` in pushform.yaml; this one is left as it is")
}

/// A format of the future.
pub fn newer(shown: &str, version: i64, known: usize) -> Problem {
    let summary =
        format!("the state `{shown}` has format {version}, and this Pushform knows formats up to {known}");
    Problem::error("state::newer", summary).help("use the newer Pushform that last wrote it")
}

/// A folder where the file should be.
pub fn folder(shown: &str) -> Problem {
    Problem::error("state::folder", format!("the state `{shown}` is a folder, not a file"))
        .help(format!("name a file in it at `state:` in pushform.yaml, such as `sqlite:{shown}/state.db`"))
}

/// No permission, or no such thing as a file there.
pub fn unreadable(shown: &str, error: &std::io::Error) -> Problem {
    Problem::error("state::unreadable", format!("the state `{shown}` cannot be read: {error}"))
        .help("look at the permissions of the file and of the folders above it")
}

/// No permission to write.
pub fn unwritable(shown: &str, words: &str) -> Problem {
    Problem::error("state::unwritable", format!("the state `{shown}` cannot be written: {words}"))
        .help("look at the permissions of the file and of its folder: helper files stand beside it meanwhile")
}
