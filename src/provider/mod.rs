//! The two vendors' accounts: each turns questions and calls into requests, and replies into answers.
//!
//! ```text
//!            Read, Write ──> Request           Reply ──> Answer, Failed, Refusal
//!   getui/   session  verdict  limits │ alias  tag  blacklist  device_token  user  count  expression
//!   jpush/   session  verdict  limits │ property  device
//!            words, json: what both need to read whatever comes
//! ```
//!
//! Everything here is a pure function: nothing sends, waits, or reads the time. The two do not know each other,
//! and whoever has a question or a call takes it to the account of the vendor that it names.

pub mod getui;
pub mod jpush;
mod json;
mod words;

pub use getui::{Getui, count, user};
pub use jpush::{Jpush, device, property};

use crate::kind::Provider;
use crate::manifest::Project;

/// The accounts that a project names, in the order in which everything lists the vendors.
#[must_use]
pub fn of(project: &Project) -> Vec<Box<dyn Provider>> {
    let mut accounts: Vec<Box<dyn Provider>> = Vec::new();
    if let Some(account) = &project.getui {
        let (id, key, secret) = (&account.app_id, &account.app_key, &account.master_secret);
        accounts.push(Box::new(Getui::new(id.clone(), key.clone(), secret.clone())));
    }
    if let Some(account) = &project.jpush {
        accounts.push(Box::new(Jpush::new(account.app_key.clone(), account.master_secret.clone())));
    }
    accounts
}

/// A question or a call at the wrong account, which [`crate::kind::Read::vendor`] and
/// [`crate::kind::Write::vendor`] rule out.
fn foreign() -> ! {
    unreachable!("a question or a call goes to the vendor that it names")
}
