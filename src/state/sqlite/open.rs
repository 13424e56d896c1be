//! Opening a state file, for reading without a trace or for writing.
//!
//! What is in the file is the other modules'.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::schema::{self, Format, Step};
use super::trouble::{self, Tried, Trouble};
use crate::problem::{Problems, Result};

/// How long one process waits for another's transaction: longer than the longest, a million rows adopted.
const BUSY_WAIT: Duration = Duration::from_secs(30);

/// Memory for pages, in KiB: a large adoption is sorted, so this is enough not to spill.
const CACHE_KIB: i64 = 65_536;

/// How every SQLite file begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// A state file that may not be there.
pub struct Place {
    path: PathBuf,
    steps: &'static [Step],
    /// Is told what is done where opening takes long.
    pub say: Box<dyn Fn(&str)>,
}

/// What the first bytes of the file say.
enum Peek {
    /// There is no file, or nothing in it.
    Nothing,
    /// It is no SQLite file.
    Other,
    /// At rest, or whatever SQLite makes of it.
    File,
    /// In WAL mode.
    Wal,
}

impl Place {
    pub fn new(path: PathBuf, steps: &'static [Step]) -> Self {
        Self { path, steps, say: Box::new(|_| {}) }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The failure in words that name the file.
    pub fn problems(&self, trouble: Trouble) -> Problems {
        trouble::problems(&self.shown(), trouble)
    }

    fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// A connection that only reads, the newest format or what an older one stands for; `None` where there is no state.
    pub fn reader(&self) -> Result<Option<Connection>> {
        let shown = self.shown();
        let peek = peek(&self.path).map_err(|error| match error.kind() {
            ErrorKind::IsADirectory => trouble::folder(&shown),
            _ => trouble::unreadable(&shown, &error),
        })?;
        let opened = match peek {
            Peek::Nothing => return Ok(None),
            Peek::Other => return Err(trouble::not_a_state(&shown).into()),
            // A run that could not end WAL mode left no `-wal` behind: nothing is outside the file, nobody has
            // it open, and only as unchanging can it be read without making that file.
            Peek::Wal if !beside(&self.path, "-wal").exists() => self.look("mode=ro&immutable=1"),
            Peek::Wal | Peek::File => self.look("mode=ro"),
        };
        let (connection, format) = match opened {
            // A killed run left a half-written transaction; undoing it takes the right to write, once.
            Err(Trouble::Sql(error)) if needs_recovery(&error) => self.look("mode=rw"),
            opened => opened,
        }
        .map_err(|trouble| self.problems(trouble))?;
        match format {
            Format::Empty => Ok(None),
            Format::Current => Ok(Some(connection)),
            Format::Older(done) => match schema::stand_in(&connection, self.steps, done) {
                Ok(()) => Ok(Some(connection)),
                Err(trouble) => Err(self.problems(trouble)),
            },
            Format::Newer(version) => Err(trouble::newer(&shown, version, self.steps.len()).into()),
            Format::Foreign => Err(trouble::foreign(&shown).into()),
        }
    }

    fn look(&self, mode: &str) -> Tried<(Connection, Format)> {
        let connection = connect(&self.path, mode)?;
        let format = schema::format(&connection, self.steps)?;
        Ok((connection, format))
    }

    /// A connection that writes, to a state of the newest format; made where there was none.
    pub fn writer(&self) -> Result<Connection> {
        if self.path.is_dir() {
            return Err(trouble::folder(&self.shown()).into());
        }
        create(&self.path).map_err(|error| trouble::unwritable(&self.shown(), &error.to_string()))?;
        let (connection, format) = self.prepare().map_err(|trouble| self.problems(trouble))?;
        match format {
            Format::Current => Ok(connection),
            Format::Newer(version) => Err(trouble::newer(&self.shown(), version, self.steps.len()).into()),
            Format::Empty | Format::Older(_) | Format::Foreign => Err(trouble::foreign(&self.shown()).into()),
        }
    }

    fn prepare(&self) -> Tried<(Connection, Format)> {
        let mut connection = connect(&self.path, "mode=rw")?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        // Only macOS knows this: there a plain sync stops at the disk's own memory.
        connection.pragma_update(None, "fullfsync", "ON")?;
        if schema::bring_up(&mut connection, self.steps, &self.say)? {
            // The room of the old rows is given back. Where that is not possible now, the next rows take it.
            connection.execute_batch("VACUUM").unwrap_or_default();
        }
        let format = schema::format(&connection, self.steps)?;
        Ok((connection, format))
    }
}

/// Asks for a journal mode and gives whether the file is in it now.
pub fn set_journal(connection: &Connection, mode: &str) -> bool {
    let answer: rusqlite::Result<String> =
        connection.pragma_update_and_check(None, "journal_mode", mode, |row| row.get(0));
    answer.is_ok_and(|now| now.eq_ignore_ascii_case(mode))
}

fn connect(path: &Path, mode: &str) -> Tried<Connection> {
    let write = if mode.starts_with("mode=rw") {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    } else {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    };
    let flags = write | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri(path, mode), flags)?;
    connection.busy_timeout(BUSY_WAIT)?;
    Ok(connection)
}

/// The path as SQLite's URI takes it: what would mean something in a URI is escaped.
fn uri(path: &Path, mode: &str) -> String {
    let text = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let text = text.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let text = if cfg!(windows) { format!("/{}", text.replace('\\', "/")) } else { text };
    format!("file:{text}?{mode}")
}

fn needs_recovery(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen))
}

fn peek(path: &Path) -> io::Result<Peek> {
    if path.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Peek::Nothing),
        Err(error) => return Err(error),
    };
    // Byte 18 says which mode a writer needs: 1 is rollback, 2 is WAL.
    let mut head = Vec::with_capacity(19);
    Read::by_ref(&mut file).take(19).read_to_end(&mut head)?;
    Ok(match head.as_slice() {
        [] => Peek::Nothing,
        head if !head.starts_with(MAGIC) => Peek::Other,
        [.., 2] => Peek::Wal,
        _ => Peek::File,
    })
}

/// Makes the file, for its owner's eyes only (aliases are often telephone numbers), and the folders above it.
fn create(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// `state.db-wal` for `state.db`.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
