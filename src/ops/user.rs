//! `user`: everything that can be known of some users. It only reads.

use std::collections::BTreeSet;

use crate::manifest::words::Word;
use crate::names::Names;
use crate::observe::users::{self, Found};
use crate::problem::{Problem, Problems, Result};
use crate::table::Kind;
use crate::text_rows::TextRows;
use crate::timestamp::Timestamp;

use super::Context;

/// These ids, each once, in their order.
///
/// # Errors
/// Everything that can be no id.
pub fn ids(given: &[String]) -> Result<Vec<String>> {
    let mut problems = Problems::new();
    let mut seen = BTreeSet::new();
    for id in given {
        if let Some(fault) = Word::User.fault(id) {
            let problem = Problem::error("user::bad_id", format!("`{id}` is no user id: it {fault}"));
            problems.push(problem.help(Word::User.help()));
        }
    }
    let first = given.iter().filter(|id| seen.insert(id.as_str())).cloned();
    if problems.is_empty() { Ok(first.collect()) } else { Err(problems) }
}

/// Looks at each of them. Unknown users are errors among the problems; what may not be asked is a warning.
///
/// # Errors
/// The first question that was refused, in the vendor's words.
pub async fn user(context: &Context, cids: &[String]) -> Result<Found> {
    let (mut names, mut rows) = (Names::new(), TextRows::default());
    // Of a state that has moved nothing is asked.
    context.store.about(&mut names).await?;
    let mut found = users::look(&context.gate, &context.project.quotas, cids, &mut names).await?;
    for user in &mut found.list {
        context.store.rows_of(Kind::Blacklist, &user.detail.user, &mut rows).await?;
        user.blacklisted = rows.last().map(|row| Timestamp::from_seconds(row.mark));
    }
    Ok(found)
}
