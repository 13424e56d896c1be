//! A plan as JSON under a mask: every alias, id and token in it hidden, wherever it stands.
//!
//! Names are hidden by what they are while the plan is written, and not by their letters afterwards: an alias called
//! `delete` hides no action. It can be read and judged by tools, and not applied: without a digest it is no saved plan.

use std::fmt;

use crate::plan::file::{self, Accounts, Document, Role, View};
use crate::render::mask::{Mask, Sort};

/// Writes the JSON of this plan with everything hidden that the mask hides, part by part.
///
/// # Errors
/// When `out` takes no more.
pub fn plan<'a>(
    plan: impl Into<Document<'a>>,
    accounts: Accounts<'_>,
    mask: &Mask,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    file::to_json_as(plan, accounts, &Masked(mask), out)
}

struct Masked<'a>(&'a Mask);

impl View for Masked<'_> {
    fn text(&self, role: Role, plain: &str) -> String {
        match role {
            Role::User => self.0.name(Sort::User, plain),
            Role::Alias => self.0.name(Sort::Alias, plain),
            Role::Token => self.0.name(Sort::Token, plain),
            Role::Device => self.0.name(Sort::Device, plain),
            Role::Nobody => plain.to_owned(),
        }
    }

    fn prose(&self, plain: &str) -> String {
        self.0.prose(plain)
    }

    fn is_plain(&self) -> bool {
        false
    }
}
