//! `pull`: manifests from the live state, of which a plan is empty. It only reads.
//!
//! What is so and cannot be declared (an alias outside the documented character set, a property of a type that
//! nobody knows) stands in the manifests as a comment and is said beside. Where files go is the caller's.

mod devices;
mod users;
mod wanted;

pub use wanted::Wanted;

use crate::names::Names;
use crate::observe::Reader;
use crate::problem::{Problem, Problems, Result};
use crate::table::Kind;

use super::Context;

/// The files that it may write.
pub const FILES: [&str; 3] = ["users.yaml", "properties.yaml", "devices.yaml"];

/// The first lines of each file.
const HEAD: &str =
    "What was so when `pushform pull` looked. Every line is a declaration: change it, plan, apply.";

/// What was read.
#[derive(Debug)]
pub struct Pulled {
    /// Names and texts of the files, those without a declaration left out.
    pub files: Vec<(&'static str, String)>,
    /// What is so and not declared, and whom the vendor does not know.
    pub notes: Problems,
}

/// Reads what is wanted, and all properties.
///
/// # Errors
/// The first question that was refused, in the vendor's words.
pub async fn pull(context: &Context, wanted: &Wanted) -> Result<Pulled> {
    let mut names = Names::new();
    let mut pulled = Pulled { files: Vec::new(), notes: Problems::new() };
    let reader = Reader::new(&context.gate);
    if has(context, Kind::Alias, &wanted.cids, "cid", &mut pulled.notes) {
        let text = users::pull(context, &reader, &wanted.cids, &mut names, &mut pulled.notes).await?;
        pulled.files.extend(text.map(|text| (FILES[0], text)));
    }
    let has_properties =
        context.providers.iter().any(|provider| provider.vendor() == Kind::Property.vendor());
    if has_properties {
        let properties = devices::properties(context, &reader, &names).await?;
        let text = devices::write_properties(&properties, &mut pulled.notes)?;
        pulled.files.extend(text.map(|text| (FILES[1], text)));
        let text =
            devices::pull(&reader, &wanted.devices, &properties, &mut names, &mut pulled.notes).await?;
        pulled.files.extend(text.map(|text| (FILES[2], text)));
    } else {
        has(context, Kind::Device, &wanted.devices, "registration_id", &mut pulled.notes);
    }
    Ok(pulled)
}

/// Whether something of this kind is wanted and can be asked for.
fn has(context: &Context, kind: Kind, wanted: &[String], column: &str, notes: &mut Problems) -> bool {
    let vendor = kind.vendor();
    let is_there = context.providers.iter().any(|provider| provider.vendor() == vendor);
    if !wanted.is_empty() && !is_there {
        let summary =
            format!("the project has no {} account, so the column `{column}` is not read", vendor.word());
        notes.push(Problem::warning("pull::no_account", summary));
    }
    is_there && !wanted.is_empty()
}

/// A thing that is so and is not declared.
fn left_out(what: &str, why: &str) -> Problem {
    let help = "it stays as it is: what is not declared is not touched";
    Problem::warning("pull::left_out", format!("{what} is not declared: {why}")).help(help)
}
