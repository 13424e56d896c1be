//! The temporary file of rows that do not fit into memory. It has no name, so it is gone with the process.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::rc::Rc;

use super::run::{Packer, Run};

/// The temporary file, and what went wrong with it.
#[derive(Default)]
pub struct Spill {
    /// Made when the first run goes there.
    pub file: Option<Rc<RefCell<File>>>,
    len: u64,
    /// What went wrong first.
    pub failed: Option<io::Error>,
}

/// How much of a merged run is put into the file at a time.
const PIECE_BYTES: usize = 1 << 20;

impl Spill {
    /// Puts a run into the file.
    pub fn take(&mut self, run: &mut Run) -> io::Result<()> {
        let Some(bytes) = run.in_memory() else { return Ok(()) };
        let (start, len) = (self.len, bytes.len() as u64);
        let file = self.append(bytes)?;
        *run = Run::in_file(file, start, len);
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<Rc<RefCell<File>>> {
        let file = match &self.file {
            Some(file) => file.clone(),
            None => {
                let file = Rc::new(RefCell::new(tempfile::tempfile()?));
                self.file.insert(file).clone()
            }
        };
        let mut out = file.borrow_mut();
        out.seek(SeekFrom::Start(self.len))?;
        out.write_all(bytes)?;
        self.len += bytes.len() as u64;
        drop(out);
        Ok(file)
    }

    /// Merges the runs of a stream into one, once, since it is read several times: in memory where all of them are.
    pub fn merge(&mut self, runs: &[Run]) -> io::Result<Option<Run>> {
        let is_in_memory = runs.iter().all(|run| run.in_memory().is_some());
        let (mut rows, mut packer, start) = (super::read(runs)?, Packer::default(), self.len);
        while rows.step()? {
            let Some(row) = rows.row() else { break };
            packer.push(row);
            if !is_in_memory && packer.written().len() >= PIECE_BYTES {
                self.append(packer.written())?;
                packer.clear_written();
            }
        }
        if is_in_memory {
            return Ok(packer.finish());
        }
        let file = self.append(packer.written())?;
        Ok(Some(Run::in_file(file, start, self.len - start)))
    }
}
