//! What can go wrong with a state on PostgreSQL, in words that say what to do.
//!
//! The server's own words are kept in the summary: they are what a search finds. The password never is in them.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::place::Place;
use crate::problem::{Failure, Problem, Problems};
use crate::state::lease::UNREACHABLE;

/// What work on a connection gives back.
pub type Tried<T> = Result<T, Trouble>;

/// Why work on a connection failed.
#[derive(Debug)]
pub enum Trouble {
    /// The server, or the network, says so.
    Sql(Error),
    /// We say so: a lease that was lost.
    Said(Problems),
    /// The tables hold what no state holds.
    Damaged(String),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Problems> for Trouble {
    fn from(problems: Problems) -> Self {
        Self::Said(problems)
    }
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Self::Said(problem.into())
    }
}

/// The problems of a failure at this place.
pub fn problems(place: &Place, trouble: Trouble) -> Problems {
    match trouble {
        Trouble::Said(problems) => problems,
        Trouble::Damaged(what) => damaged(&place.shown, &what).into(),
        Trouble::Sql(error) => of_sql(place, &error),
    }
}

fn of_sql(place: &Place, error: &Error) -> Problems {
    let shown = &place.shown;
    let words = place.without_password(&words(error));
    let Some(code) = error.code() else { return of_network(shown, error, &words).into() };
    let class = &code.code()[..2];
    match (code, class) {
        (&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED, _) => {
            let summary = format!("another process keeps the state `{shown}` busy ({words})");
            let problem = Problem::error("state::busy", summary);
            Problems::of(Failure::Locked, problem.help("wait for it to end, and run the same command again"))
        }
        (_, "28") => refused(shown, &words, "look at the user and the password in the state's address").into(),
        (&SqlState::UNDEFINED_DATABASE, _) => {
            refused(shown, &words, "make it (`createdb NAME`), or name another at the end of the address").into()
        }
        (&SqlState::INSUFFICIENT_PRIVILEGE, _) => refused(
            shown,
            &words,
            "the user needs its own schema and that of the ledger: GRANT CREATE ON DATABASE … TO …, or USAGE and \
             all rights on the tables of both schemas where somebody else has made them",
        )
        .into(),
        (&SqlState::READ_ONLY_SQL_TRANSACTION, _) => {
            refused(shown, &words, "this server only reads; name the one that writes").into()
        }
        (&SqlState::CHARACTER_NOT_IN_REPERTOIRE | &SqlState::UNTRANSLATABLE_CHARACTER, _) => refused(
            shown,
            &words,
            "the database has to be in UTF-8, and no text in it can hold the sign of value 0",
        )
        .into(),
        (&SqlState::DUPLICATE_PSTATEMENT | &SqlState::INVALID_SQL_STATEMENT_NAME, _) => refused(
            shown,
            &words,
            "behind a pool of connections, such as PgBouncer, add `pgbouncer=true` to the query of the address",
        )
        .into(),
        (_, "53") => Problem::error("state::full", format!("the server of the state `{shown}` is full: {words}"))
            .help("make room on it and run the same command again: what was sent is recorded")
            .into(),
        (_, "57") => lost(shown, &words).into(),
        _ => Problem::error("state::failed", format!("the state `{shown}` cannot be used: {words}"))
            .help("look into the log of the database server")
            .into(),
    }
}

fn of_network(shown: &str, error: &Error, words: &str) -> Problem {
    if error.is_closed() {
        return lost(shown, words);
    }
    Problem::error(UNREACHABLE, format!("the state `{shown}` cannot be reached: {words}"))
        .help("look at the address, at the network, and at `sslmode`: another machine has to prove who it is")
}

fn lost(shown: &str, words: &str) -> Problem {
    Problem::error(UNREACHABLE, format!("the connection to the state `{shown}` broke: {words}"))
        .help("run the same command again once the server is back: what was sent is recorded")
}

fn refused(shown: &str, words: &str, help: &str) -> Problem {
    Problem::error("state::refused", format!("the state `{shown}` cannot be used: {words}")).help(help)
}

/// The error's words and those of what is behind it.
fn words(error: &Error) -> String {
    if let Some(server) = error.as_db_error() {
        return format!("{} ({})", server.message(), server.code().code());
    }
    let mut words = error.to_string();
    let mut behind = error.source();
    while let Some(cause) = behind {
        let more = cause.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        behind = cause.source();
    }
    words
}

/// Tables that cannot be understood.
pub fn damaged(shown: &str, what: &str) -> Problem {
    Problem::error("state::damaged", format!("the state `{shown}` is damaged: {what}")).help(
        "restore the database from a copy; without one, name another schema and run `pushform plan`: what the \
         vendors show as declared is adopted again without a call, and only what was taken out of the manifests \
         since the last apply, and what cannot be read back, is no longer known",
    )
}

/// A format of the future.
pub fn newer(shown: &str, version: i64, known: usize) -> Problem {
    let summary =
        format!("the state `{shown}` has format {version}, and this Pushform knows formats up to {known}");
    Problem::error("state::newer", summary).help("use the newer Pushform that last wrote it")
}

/// A database that cannot hold every text.
pub fn not_utf8(shown: &str, encoding: &str) -> Problem {
    Problem::error(
        "state::encoding",
        format!("the database of the state `{shown}` is in {encoding}, not UTF-8"),
    )
    .help("make one that is: createdb --encoding=UTF8 --template=template0 NAME")
}

/// Certificates that cannot be used.
pub fn no_tls(shown: &str, why: &str) -> Problem {
    Problem::error("state::tls", format!("no private connection to the state `{shown}` can be made: {why}"))
        .help("look at `sslrootcert` in the address, and at the machine's certificates")
}
