//! `fmt`: one canonical layout. It reads files and says how they should look; writing them is the caller's.

use std::path::{Path, PathBuf};

use crate::manifest::format::format;
use crate::manifest::source::Source;
use crate::manifest::{hiding, load};
use crate::problem::{Problems, Result};

/// A file whose layout is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unformatted {
    /// As the user named it, or relative to the project's folder.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its text, without a byte-order mark.
    pub before: String,
    /// How it should look.
    pub after: String,
    /// Both as they may be shown: without secrets.
    pub shown: [String; 2],
}

/// Looks at these files; at the project's own where none is named. Files that cannot be laid out are problems, and
/// keep no other from being looked at.
///
/// # Errors
/// There is no project, where no file is named.
pub fn fmt(folder: &Path, named: &[PathBuf]) -> Result<(Vec<Unformatted>, Problems)> {
    let files = if named.is_empty() {
        load::files_to_format(folder)?
    } else {
        named.iter().map(|path| (path.display().to_string(), folder.join(path))).collect()
    };
    let (mut found, mut problems) = (Vec::new(), Problems::new());
    for (name, path) in files {
        match look(name, path) {
            Ok(unformatted) => found.extend(unformatted),
            Err(wrong) => problems.extend(wrong),
        }
    }
    Ok((found, problems))
}

fn look(name: String, path: PathBuf) -> Result<Option<Unformatted>> {
    let source = load::read_file(&path, &name)?;
    let after = format(&source)?;
    let is_so = !source.had_mark() && after == source.text();
    Ok((!is_so).then(|| {
        let laid_out = hiding::either(&Source::new(source.file().clone(), after.clone()));
        let shown = [source.shown_text(), laid_out.shown_text()];
        Unformatted { name, path, before: source.text().to_owned(), after, shown }
    }))
}
