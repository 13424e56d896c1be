//! Opens a saved plan, in whichever of its formats it is. The name of the file means nothing.

use std::fs::File;
use std::io::{self, Cursor, ErrorKind, Read};
use std::path::Path;

use super::files;
use super::open::Opened;
use crate::ops::saved::SavedPlan;
use crate::plan::file::{self, Accounts, Saved};
use crate::problem::{Problem, Problems, Result};

/// So many bytes tell the formats apart.
const HEAD_BYTES: u64 = 4;

/// A saved plan that nothing was made of yet.
pub(super) enum PlanFile {
    /// Compressed lines, read as they come.
    Lines(io::Chain<Cursor<Vec<u8>>, File>),
    /// The one JSON document.
    Document(String),
}

impl PlanFile {
    /// Opens a file.
    ///
    /// # Errors
    /// It cannot be read, or is neither such lines nor text.
    pub fn open(path: &Path) -> Result<Self> {
        let unreadable = |why: &io::Error| unreadable(path, why);
        let mut rest = File::open(path).map_err(|why| unreadable(&why))?;
        let mut head = Vec::new();
        (&mut rest).take(HEAD_BYTES).read_to_end(&mut head).map_err(|why| unreadable(&why))?;
        if file::begins_packed(&head) {
            return Ok(Self::Lines(Cursor::new(head).chain(rest)));
        }
        let mut bytes = head;
        rest.read_to_end(&mut bytes).map_err(|why| unreadable(&why))?;
        if file::ends_packed(&bytes) {
            return Ok(Self::Lines(Cursor::new(bytes).chain(rest)));
        }
        files::text(path, bytes).map(Self::Document)
    }

    /// The plan, to be shown.
    ///
    /// # Errors
    /// It is damaged, of a later version, or calls a vendor of whom there is no account.
    pub fn read(self, accounts: Accounts<'_>) -> Result<Saved> {
        match self {
            Self::Lines(mut lines) => file::read(&mut lines, accounts),
            Self::Document(text) => file::from_json(&text, accounts),
        }
    }

    /// The plan, to be carried out. Lines are kept packed until the plan is wanted, which takes ten times as much.
    ///
    /// # Errors
    /// As [`PlanFile::read`], and a plan of another account, or one that was refused.
    pub fn read_to_apply<'a>(self, path: &Path, opened: &'a Opened) -> Result<SavedPlan<'a>> {
        let mut lines = match self {
            Self::Document(text) => {
                return opened.with_accounts(|accounts| file::to_apply(&text, accounts)).map(SavedPlan::from);
            }
            Self::Lines(lines) => lines,
        };
        let mut bytes = Vec::new();
        lines.read_to_end(&mut bytes).map_err(|why| unreadable(path, &why))?;
        let read =
            move || opened.with_accounts(|accounts| file::read_to_apply(&mut bytes.as_slice(), accounts));
        // Everything in it is read before anything is asked, and once more when it is wanted.
        let base = read()?.base;
        Ok(SavedPlan::new(base, read))
    }
}

fn unreadable(path: &Path, why: &io::Error) -> Problems {
    let what = match why.kind() {
        ErrorKind::NotFound => format!("there is no file `{}`", path.display()),
        _ => format!("`{}` cannot be read: {why}", path.display()),
    };
    Problem::error("cli::unreadable", what).into()
}
