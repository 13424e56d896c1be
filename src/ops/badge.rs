//! `badge`: the number on the app's icon of users with an iOS device.
//!
//! It is not declared, not recorded and cannot be read back, so there is no plan of it. Who cannot have one is
//! found before anything is sent, so that one of them does not spoil a call for two hundred others.

use crate::gate::{CallError, Repeat};
use crate::observe::users;
use crate::problem::{Problem, Problems, Result};
use crate::provider::user::{self, BADGE_MAX, Detail};

use super::Context;

pub use crate::provider::user::Badge as Change;

/// What came of it.
pub struct Badged {
    /// For how many users it was taken.
    pub users: u64,
    /// Everybody else, and why.
    pub problems: Problems,
}

/// Changes the badges of these users, two hundred a call.
///
/// # Errors
/// The first question about the users that was refused. A refused change is among the problems.
pub async fn badge(context: &Context, change: Change, cids: &[String]) -> Result<Badged> {
    let quotas = &context.project.quotas;
    let details = users::details(&context.gate, quotas, cids).await?;
    let mut badged = Badged { users: 0, problems: Problems::new() };
    details.unknown.iter().for_each(|id| badged.problems.push(users::unknown(id)));
    let (able, others): (Vec<&Detail>, Vec<&Detail>) =
        details.known.iter().partition(|detail| user::can_have_a_badge(detail));
    others.iter().for_each(|detail| badged.problems.push(not_ios(detail)));
    let able: Vec<&str> = able.iter().map(|detail| detail.user.as_str()).collect();
    // Set twice is set once; added twice is twice as much.
    let repeat = match change {
        Change::Set(_) => Repeat::Harmless,
        Change::Add(_) => Repeat::Harmful,
    };
    for batch in able.chunks(BADGE_MAX) {
        let request = user::badge(batch, change);
        let taken = context.gate.ask(&request, &user::spends(quotas), repeat, user::done).await;
        match taken {
            Ok(()) => badged.users += batch.len() as u64,
            Err(error) => badged.problems.push(refused(&error, batch)),
        }
    }
    Ok(badged)
}

fn not_ios(detail: &Detail) -> Problem {
    let summary = format!("`{}` has no iOS device but `{}`", detail.user, detail.phone_type);
    Problem::error("badge::not_ios", summary)
        .help("badges are for iOS alone; the other users are not affected")
}

fn refused(error: &CallError, batch: &[&str]) -> Problem {
    let mut problem = error.problem();
    problem.summary = format!("the badge of {}: {}", who(batch), problem.summary);
    if error.is_in_doubt() {
        let help = "badges cannot be read back: look at a phone, or `pushform badge set` a number, which may be \
                    repeated";
        problem.help = Some(help.to_owned());
    }
    problem
}

fn who(batch: &[&str]) -> String {
    match batch {
        [one] => format!("`{one}`"),
        [first, rest @ ..] => format!("`{first}` and {} more", rest.len()),
        [] => "nobody".to_owned(),
    }
}
