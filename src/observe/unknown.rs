//! Users whom the vendor does not know, found before anything is sent: a thousand a call.

use super::{Reader, union};
use crate::gate::Gate;
use crate::kind::{Answer, Provider, Read};
use crate::names::{Name, Names};
use crate::plan::Plan;
use crate::problem::Result;
use crate::table::Kind;

/// The unknown ones among the users whom this plan would change, sorted by number.
///
/// # Errors
/// The first question that was refused, in the vendor's words.
pub async fn unknown_users(gate: &Gate, provider: &dyn Provider, plan: &mut Plan) -> Result<Vec<Name>> {
    let vendor = provider.vendor();
    let names_users = |kind: Kind| !matches!(kind, Kind::Property | Kind::Device) && kind.vendor() == vendor;
    let users = union(plan.cells.iter().filter(|cell| names_users(cell.kind())).map(|cell| cell.subject));
    let reader = Reader::new(gate);
    let batches: Vec<Vec<Name>> = users.chunks(provider.unknown_max()).map(<[Name]>::to_vec).collect();
    let mut unknown = Vec::new();
    for batch in batches {
        unknown.extend(ask(&reader, batch, &mut plan.names).await?);
    }
    Ok(union(unknown.into_iter()))
}

async fn ask(reader: &Reader<'_>, users: Vec<Name>, names: &mut Names) -> Result<Vec<Name>> {
    let Answer::Texts(texts) = reader.one(&Read::Unknown(users), names).await? else { return Ok(Vec::new()) };
    Ok(texts.iter().map(|text| names.intern(text)).collect())
}
