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
//! and whoever wants one of them asks [`Providers`] by the vendor that a question or a call names.

pub mod getui;
pub mod jpush;
mod json;
mod words;

pub use getui::{Getui, count, user};
pub use jpush::{Jpush, device, property};

use crate::kind::Provider;
use crate::wire::Vendor;

/// The accounts of one project: of each vendor at most one.
#[derive(Clone, Debug, Default)]
pub struct Providers {
    /// The Getui app, if the project has one.
    pub getui: Option<Getui>,
    /// The JPush app, if the project has one.
    pub jpush: Option<Jpush>,
}

impl Providers {
    /// The account at a vendor, if the project has one.
    #[must_use]
    pub fn of(&self, vendor: Vendor) -> Option<&(dyn Provider + Send + Sync)> {
        match vendor {
            Vendor::Getui => self.getui.as_ref().map(|account| account as _),
            Vendor::Jpush => self.jpush.as_ref().map(|account| account as _),
        }
    }

    /// All accounts, in the order in which everything lists the vendors.
    pub fn iter(&self) -> impl Iterator<Item = &(dyn Provider + Send + Sync)> {
        Vendor::ALL.into_iter().filter_map(|vendor| self.of(vendor))
    }
}

/// A question or a call at the wrong account, which [`crate::kind::Read::vendor`] and
/// [`crate::kind::Write::vendor`] rule out.
fn foreign() -> ! {
    unreachable!("a question or a call goes to the vendor that it names")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn an_account_is_found_by_its_vendor() {
        let secret = || Secret::new("s".to_owned());
        let one = Providers { getui: None, jpush: Some(Jpush::new("key", secret())) };
        assert!(one.of(Vendor::Getui).is_none());
        assert_eq!(one.iter().map(Provider::account).collect::<Vec<_>>(), ["jpush key"]);
        let both = Providers { getui: Some(Getui::new("app", secret(), secret())), ..one };
        assert_eq!(both.iter().map(Provider::account).collect::<Vec<_>>(), ["getui app", "jpush key"]);
    }
}
