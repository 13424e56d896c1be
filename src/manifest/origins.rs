//! Where each declared row stands, in four bytes a row.
//!
//! Every file has a stretch of numbers, one for each of its lines; a row's mark is its line's number. Nothing is
//! kept for a single row. How a line is read again is `load.rs`'s.

use std::path::PathBuf;
use std::sync::Arc;

/// One file's stretch of numbers.
#[derive(Clone, Debug)]
struct Stretch {
    file: Arc<str>,
    /// The number before that of its first line.
    base: u32,
    /// The number of its last line.
    last: u32,
}

/// Where rows stand.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// The folder that names of files are relative to.
    pub folder: PathBuf,
    stretches: Vec<Stretch>,
}

impl Origins {
    /// None yet, for files in `folder`.
    #[must_use]
    pub const fn of(folder: PathBuf) -> Self {
        Self { folder, stretches: Vec::new() }
    }

    /// Gives a file the next stretch, for as many lines as [`Origins::reach`] makes it later. The mark of line 1
    /// is the result plus one; 0 is nobody's mark.
    pub fn begin(&mut self, file: &Arc<str>) -> u32 {
        let base = self.stretches.last().map_or(0, |stretch| stretch.last);
        self.stretches.push(Stretch { file: file.clone(), base, last: base });
        base
    }

    /// The mark of a line of the file that began last; `None` when there are no numbers left.
    pub fn reach(&mut self, line: u32) -> Option<u32> {
        let stretch = self.stretches.last_mut()?;
        let mark = stretch.base.checked_add(line)?;
        stretch.last = stretch.last.max(mark);
        Some(mark)
    }

    /// The files that were read for rows, relative to the folder.
    pub fn files(&self) -> impl Iterator<Item = &Arc<str>> {
        self.stretches.iter().map(|stretch| &stretch.file)
    }

    /// Which of the stretches a mark is in: two marks of one reading of a file are in the same.
    #[must_use]
    pub fn stretch(&self, mark: u32) -> usize {
        self.stretches.partition_point(|stretch| stretch.last < mark)
    }

    /// The file and the line of a mark.
    #[must_use]
    pub fn line(&self, mark: u32) -> Option<(&Arc<str>, u32)> {
        let stretch = self.stretches.get(self.stretch(mark))?;
        (mark > stretch.base).then(|| (&stretch.file, mark - stretch.base))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_leads_back_to_its_line() {
        let mut origins = Origins::default();
        let shown = |origins: &Origins, mark| origins.line(mark).map(|(file, line)| format!("{file}:{line}"));
        assert_eq!(origins.begin(&"a".into()), 0);
        assert_eq!(origins.reach(3), Some(3));
        assert_eq!(origins.begin(&"empty".into()), 3);
        assert_eq!(origins.begin(&"b".into()), 3);
        assert_eq!(origins.reach(2), Some(5));
        assert_eq!(origins.reach(1), Some(4));
        assert_eq!(shown(&origins, 0), None);
        assert_eq!(shown(&origins, 3).as_deref(), Some("a:3"));
        assert_eq!(shown(&origins, 4).as_deref(), Some("b:1"));
        assert_eq!(shown(&origins, 5).as_deref(), Some("b:2"));
        assert_eq!(shown(&origins, 6), None);
        assert_eq!(origins.reach(u32::MAX), None);
    }
}
