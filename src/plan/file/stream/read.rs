//! From the lines of a saved plan to the plan: memory holds one line more than that.

use std::io;

use serde::Deserialize;

use super::super::read::{self as docs, damaged};
use super::super::{Accounts, Saved};
use super::STREAM_VERSION;
use super::lines::{Header, Versioned};
use super::packed::Unpacker;
use super::reader::Reader;
use crate::plan::Plan;
use crate::problem::Result;

/// Reads a saved plan to show it: a refused one, too, and wherever it was made.
///
/// # Errors
/// A file that is damaged, of a later version, or that calls a vendor of whom there is no account.
pub fn read(from: &mut dyn io::Read, accounts: Accounts<'_>) -> Result<Saved> {
    let broken = |why: io::Error| damaged(&format!("it cannot be unpacked: {why}"));
    let mut unpacker = Unpacker::new(from).map_err(broken)?;
    let first = unpacker.line().map(|line| line.map(str::to_owned)).map_err(|why| damaged(&why));
    if let Ok(Some(line)) = &first {
        // Of another version nothing more is known.
        same_version(line)?;
    }
    let header = first.and_then(|line| match line {
        Some(line) => of_json(&line),
        None => Err(damaged("it is empty")),
    });
    let saved = header.and_then(|header| saved(header, &mut unpacker, accounts));
    // What was read of a file that is not whole says nothing, be it right or wrong.
    unpacker.finish().map_err(|why| damaged(&why))?;
    saved
}

/// Reads a saved plan to carry it out. Calls are made anew by the accounts of this project.
///
/// # Errors
/// As [`read`], and a plan of another account, or one that was refused ([`crate::problem::Failure::Guard`]).
pub fn read_to_apply(from: &mut dyn io::Read, accounts: Accounts<'_>) -> Result<Plan> {
    let saved = read(from, accounts)?;
    docs::can_be_applied(&saved.diagnostics, &saved.plan.base, accounts)?;
    Ok(saved.plan)
}

fn same_version(header: &str) -> Result<()> {
    match serde_json::from_str(header) {
        Ok(Versioned { stream_version }) if stream_version != STREAM_VERSION => {
            Err(docs::other_version(&stream_version, STREAM_VERSION))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

fn of_json<'a, T: Deserialize<'a>>(line: &'a str) -> Result<T> {
    serde_json::from_str(line).map_err(|why| damaged(&why.to_string()))
}

/// What stands behind the header.
fn saved(header: Header, unpacker: &mut Unpacker<'_>, accounts: Accounts<'_>) -> Result<Saved> {
    let mut reader = Reader::new(accounts, docs::moment(&header.created_at)?);
    while let Some(line) = unpacker.line().map_err(|why| damaged(&why))? {
        reader.line(of_json(line)?)?;
    }
    if !unpacker.is_at_end().map_err(|why| damaged(&why))? {
        return Err(damaged("something stands behind its last line"));
    }
    reader.finish(header)
}
