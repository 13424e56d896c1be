//! Any bytes as a manifest: rows whose ids stay in their place, or problems that can be shown; twice the same.

use std::io::{Cursor, Read};
use std::sync::Arc;

use pushform::manifest::compile::{Files, compile};
use pushform::manifest::source::{Excerpt, Source};
use pushform::manifest::{Compiled, excerpts};
use pushform::problem::{Problem, Problems};
use pushform::wire::Vendor;

use super::common::{accounts, can_be_shown, rows_stay_in_their_place};

/// One manifest, and the bytes that every data file holds which it names.
pub struct Folder<'a> {
    /// The manifest.
    pub manifest: &'a [u8],
    /// The data file.
    pub data: &'a [u8],
}

impl Files for Folder<'_> {
    fn manifest(&mut self, file: &str) -> Result<Source, Problem> {
        Ok(Source::new(file, String::from_utf8_lossy(self.manifest).into_owned()))
    }

    fn data(&mut self, _: &str, path: &str) -> Result<(Arc<str>, Box<dyn Read>), Problem> {
        Ok((path.into(), Box::new(Cursor::new(self.data.to_vec()))))
    }

    fn excerpts(&mut self, file: &str, lines: &[u32]) -> Vec<Excerpt> {
        excerpts::around(if file == NAME { self.manifest } else { self.data }, lines)
    }
}

const NAME: &str = "m.yaml";

/// Reads the bytes as a manifest; data files are those of the documents.
pub fn holds(bytes: &[u8]) {
    let data = b"cid,tags\nalice,vip gold\n";
    folder_holds(&mut Folder { manifest: bytes, data });
}

/// Compiles the folder twice.
pub fn folder_holds(folder: &mut Folder<'_>) {
    let (compiled, problems) = once(folder);
    can_be_shown(&problems);
    rows_stay_in_their_place(&compiled.desired, &compiled.names, &accounts());
    let (again, problems_again) = once(folder);
    assert_eq!(compiled.desired.digest, again.desired.digest, "the same bytes have two digests");
    assert_eq!(format!("{problems:?}"), format!("{problems_again:?}"), "the same bytes have two judgements");
}

fn once(folder: &mut Folder<'_>) -> (Compiled, Problems) {
    compile(".".into(), &[NAME.to_owned()], &Vendor::ALL, folder)
}
