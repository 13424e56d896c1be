//! Names in the file and names in the pool: two numberings of the same texts.

use std::collections::HashMap;

use rusqlite::Connection;

use super::trouble::{Tried, Trouble};
use crate::names::{Name, Names};

/// A text's number in the file.
pub type Id = u32;

/// The pool's name of every number in the file, by number.
pub struct Pool {
    by_id: Vec<Option<Name>>,
}

impl Pool {
    /// Puts every text of the file into the pool.
    pub fn load(connection: &Connection, names: &mut Names) -> Tried<Self> {
        let mut by_id = Vec::new();
        let mut query = connection.prepare("SELECT id, text FROM name ORDER BY id")?;
        let mut found = query.query([])?;
        while let Some(row) = found.next()? {
            let id: Id = row.get(0)?;
            let text = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            by_id.resize(id as usize + 1, None);
            by_id[id as usize] = Some(names.intern(text));
        }
        Ok(Self { by_id })
    }

    /// The pool's name.
    pub fn name(&self, id: Id) -> Tried<Name> {
        let name = self.by_id.get(id as usize).copied().flatten();
        name.ok_or_else(|| Trouble::Damaged(format!("it names text {id}, which it does not hold")))
    }
}

/// The numbers in the file of some names of the pool.
pub struct Ids {
    by_name: HashMap<Name, Id>,
}

impl Ids {
    /// The numbers of these names, added to the file where they are new. They are added in the order of their
    /// texts: so the index grows at its end, and a million takes a second.
    pub fn ensure(connection: &Connection, names: &Names, mut wanted: Vec<Name>) -> Tried<Self> {
        wanted.sort_unstable();
        wanted.dedup();
        wanted.sort_unstable_by(|a, b| names.by_text(*a, *b));
        let mut insert =
            connection.prepare_cached("INSERT INTO name (text) VALUES (?1) ON CONFLICT (text) DO NOTHING")?;
        let mut find = connection.prepare_cached("SELECT id FROM name WHERE text = ?1")?;
        let mut by_name = HashMap::with_capacity(wanted.len());
        for name in wanted {
            let text = names.text(name);
            let id: Id = if insert.execute([text])? == 0 {
                find.query_row([text], |row| row.get(0))?
            } else {
                let id = connection.last_insert_rowid();
                Id::try_from(id).map_err(|_| Trouble::Damaged(format!("it numbers a text {id}")))?
            };
            by_name.insert(name, id);
        }
        Ok(Self { by_name })
    }

    /// The number of one of the names that were asked for.
    pub fn id(&self, name: Name) -> Id {
        *self.by_name.get(&name).expect("every name that is written was asked for")
    }
}
