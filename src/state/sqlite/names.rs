//! Names in the file and names in the pool: two numberings of the same texts.

use rusqlite::Connection;

use super::trouble::{Tried, Trouble};
use crate::names::{Name, Names, Trail};

/// A text's number in the file.
pub type Id = u32;

/// The pool's name of every number in the file, by number.
pub struct Pool {
    by_id: Vec<Option<Name>>,
}

impl Pool {
    /// Puts every text of the file into the pool.
    pub fn load(connection: &Connection, names: &mut Names) -> Tried<Self> {
        let count: Id = connection.query_row("SELECT count(*) FROM name", [], |row| row.get(0))?;
        names.reserve(count as usize);
        let mut by_id = Vec::with_capacity(count as usize + 1);
        let mut trail = Trail::default();
        let mut query = connection.prepare("SELECT id, text FROM name ORDER BY id")?;
        let mut found = query.query([])?;
        while let Some(row) = found.next()? {
            let id: Id = row.get(0)?;
            let text = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            by_id.resize(id as usize + 1, None);
            by_id[id as usize] = Some(names.intern_along(&mut trail, text));
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
    /// By the name's number; [`UNKNOWN`] and [`WANTED`] are no numbers of texts. As long as the pool: pages that
    /// nobody touches cost nothing, and a map of a million names would cost a second.
    by_name: Vec<Id>,
}

const UNKNOWN: Id = 0;
const WANTED: Id = Id::MAX;

impl Ids {
    /// The numbers of these names, added to the file where they are new. They are added in the order of the pool, which
    /// is that of the manifests: the next run finds the texts, and rows sorted by their numbers, in the order in
    /// which it has read them, and reading is what happens most.
    pub fn ensure(connection: &Connection, names: &Names, wanted: impl Iterator<Item = Name>) -> Tried<Self> {
        let mut by_name = vec![UNKNOWN; names.len()];
        let mut insert =
            connection.prepare_cached("INSERT INTO name (text) VALUES (?1) ON CONFLICT (text) DO NOTHING")?;
        let mut find = connection.prepare_cached("SELECT id FROM name WHERE text = ?1")?;
        for name in each_once(wanted, &mut by_name) {
            let text = names.text(name);
            let id: Id = if insert.execute([text])? == 0 {
                find.query_row([text], |row| row.get(0))?
            } else {
                let id = connection.last_insert_rowid();
                Id::try_from(id).map_err(|_| Trouble::Damaged(format!("it numbers a text {id}")))?
            };
            by_name[name.index()] = id;
        }
        Ok(Self { by_name })
    }

    /// The number of one of the names that were asked for.
    pub fn id(&self, name: Name) -> Id {
        self.by_name[name.index()]
    }
}

/// Each of the names once, in the order of the pool, marked as wanted.
fn each_once(wanted: impl Iterator<Item = Name>, marks: &mut [Id]) -> Vec<Name> {
    let is_new = |name: &Name| std::mem::replace(&mut marks[name.index()], WANTED) == UNKNOWN;
    let mut list: Vec<Name> = wanted.filter(is_new).collect();
    list.sort_unstable();
    list
}
