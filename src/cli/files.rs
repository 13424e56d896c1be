//! Reads and writes the files that options name, and nothing of a project.
//!
//! A regular file is written beside its place and renamed, so that it is there as a whole or as it was. What is no
//! regular file (a device, a pipe, where stdout leads) is written to. Every byte is checked, those that are still in
//! a buffer too.

use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::ui;
use crate::manifest::encoding::Encoding;
use crate::problem::{Problem, Problems, Result};

/// The longest chain of symbolic links that is followed: as many as the system itself follows.
const LINKS_MAX: usize = 40;

/// Reads a text file.
///
/// # Errors
/// It is there and cannot be read.
pub fn read_if_there(path: &Path) -> Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => text(path, bytes).map(Some),
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
        Err(why) => {
            let summary = format!("`{}` cannot be read: {why}", path.display());
            Err(Problem::error("cli::unreadable", summary).into())
        }
    }
}

/// The text of a file that was read.
///
/// # Errors
/// It is no UTF-8.
pub fn text(path: &Path, bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|why| no_text(path, why.as_bytes()))
}

fn no_text(path: &Path, bytes: &[u8]) -> Problems {
    let shown = path.display();
    match Encoding::guess(bytes) {
        Some(encoding) => {
            let what = format!("`{shown}` looks like {}, and only UTF-8 is read", encoding.name());
            Problem::error("cli::unreadable", what).help(encoding.help(&shown.to_string())).into()
        }
        None => Problem::error("cli::unreadable", format!("`{shown}` is no UTF-8 text")).into(),
    }
}

/// Reads a text file that has to be there.
///
/// # Errors
/// It is not there, or cannot be read.
pub fn read(path: &Path) -> Result<String> {
    let missing = || Problem::error("cli::unreadable", format!("there is no file `{}`", path.display()));
    read_if_there(path)?.ok_or_else(|| missing().into())
}

/// Writes a text to where an option says.
///
/// # Errors
/// It cannot be written.
pub fn write(path: &Path, text: &str) -> Result<()> {
    write_by(path, |to| to.write_all(text.as_bytes()))
}

/// The same, bit by bit.
///
/// # Errors
/// It cannot be written.
pub fn write_by(path: &Path, work: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let written = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Ok(metadata) => match ui::stdout_if_it_is(&metadata) {
            Some(stdout) => harmless_if_closed(write_to(stdout, work).map(drop)),
            None if metadata.is_file() => {
                fs::canonicalize(path).and_then(|path| replace(&path, Some(&metadata), work))
            }
            None => harmless_if_closed(
                OpenOptions::new().write(true).open(path).and_then(|device| write_to(device, work)).map(drop),
            ),
        },
        Err(why) if why.kind() == ErrorKind::NotFound => {
            target_of(path).and_then(|path| replace(&path, None, work))
        }
        Err(why) => Err(why),
    };
    written.map_err(|why| unwritable(path, &why))
}

/// Lets what gives text write to what takes bytes, bit by bit.
///
/// # Errors
/// It cannot be written.
pub fn as_text(to: &mut dyn Write, work: impl FnOnce(&mut dyn fmt::Write) -> fmt::Result) -> io::Result<()> {
    let mut text = Text { to, failed: None };
    match (work(&mut text), text.failed) {
        (Ok(()), None) => Ok(()),
        (_, Some(why)) => Err(why),
        (Err(why), None) => Err(io::Error::other(why)),
    }
}

/// Text on its way to what takes bytes, and why that takes no more.
struct Text<'a> {
    to: &'a mut dyn Write,
    failed: Option<io::Error>,
}

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.to.write_all(text.as_bytes()).map_err(|why| {
            self.failed = Some(why);
            fmt::Error
        })
    }
}

/// Writes a file that is not there yet, and its folder.
///
/// # Errors
/// It is there already, or cannot be written.
pub fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(path);
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What any new file may be, less what the user's mask takes away.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let file = write_to(builder.tempfile_in(folder)?, |to| to.write_all(text.as_bytes()))?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map(drop).map_err(|why| why.error)
}

/// Adds text to the end of a file.
///
/// # Errors
/// It cannot be written.
pub fn append(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(path)?.write_all(text.as_bytes())
}

/// Writes beside the path, and puts the new file in the place of the old one, whose rights it keeps.
fn replace(
    path: &Path,
    old: Option<&Metadata>,
    work: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let folder = folder_of(path);
    fs::create_dir_all(folder)?;
    let file = write_to(NamedTempFile::new_in(folder)?, work)?;
    if let Some(old) = old {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|why| why.error)
}

/// Does the work on a buffer, and writes what is left in it.
fn write_to<W: Write>(to: W, work: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<W> {
    let mut buffer = BufWriter::new(to);
    work(&mut buffer)?;
    buffer.flush()?;
    buffer.into_inner().map_err(io::IntoInnerError::into_error)
}

/// Where a link leads to that leads to nothing yet; any other path as it is.
///
/// # Errors
/// It leads through too many links.
pub fn target_of(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        match fs::read_link(&path) {
            Ok(next) => path = folder_of(&path).join(next),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("it leads through too many symbolic links"))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Who closed a pipe has read enough.
fn harmless_if_closed(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|why| if why.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(why) })
}

fn unwritable(path: &Path, why: &io::Error) -> Problems {
    let help = match why.kind() {
        ErrorKind::IsADirectory => "name a file, not a folder",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "make room on the disk, and run the command again"
        }
        _ => "name a place that may be written to",
    };
    Problem::error("cli::unwritable", format!("`{}` cannot be written: {why}", path.display()))
        .help(help)
        .into()
}

/// Opens a file to read it as a stream.
///
/// # Errors
/// It cannot be read.
pub fn open(path: &Path, shown: &str) -> Result<File> {
    let unreadable =
        |why| Problem::error("cli::unreadable", format!("`{shown}` cannot be read: {why}")).into();
    File::open(path).map_err(unreadable)
}
