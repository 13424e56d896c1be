//! Whose aliases and tags, and which devices' values, are wanted: a list of ids, or CSV.
//!
//! It looks at text alone; whether the users exist is found out by asking.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::manifest::csv::Records;
use crate::manifest::line_ends::LineFeeds;
use crate::manifest::words::Word;
use crate::problem::{Place, Problem, Problems, Result};

/// The columns that are read.
const COLUMNS: [(&str, Word); 2] = [("cid", Word::User), ("registration_id", Word::RegistrationId)];

/// What is wanted, each once, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Users.
    pub cids: Vec<String>,
    /// Devices.
    pub devices: Vec<String>,
}

impl Wanted {
    /// Reads a file's text: one user id a line, or CSV with a column `cid`, `registration_id` or both. In a list,
    /// lines that begin with `#` are passed over.
    ///
    /// # Errors
    /// Everything that can be no id, with its line.
    pub fn read(file: &str, text: &str) -> Result<Self> {
        let first =
            text.lines().map(|line| line.trim_start_matches('\u{feff}').trim()).find(|line| !line.is_empty());
        let header: Vec<&str> =
            first.unwrap_or("").split(',').map(|field| field.trim().trim_matches('"')).collect();
        let is_table = COLUMNS.iter().any(|(column, _)| header.contains(column));
        let mut ids = Ids {
            file: file.into(),
            lists: [Vec::new(), Vec::new()],
            seen: BTreeSet::new(),
            problems: Problems::new(),
        };
        if is_table {
            ids.table(text)?
        } else {
            ids.lines(text)
        }
        let Ids { lists: [cids, devices], problems, .. } = ids;
        if problems.is_empty() { Ok(Self { cids, devices }) } else { Err(problems) }
    }
}

struct Ids {
    file: Arc<str>,
    lists: [Vec<String>; 2],
    seen: BTreeSet<(usize, String)>,
    problems: Problems,
}

impl Ids {
    fn lines(&mut self, text: &str) {
        for (line, id) in (1..).zip(text.lines()) {
            let id = id.trim_start_matches('\u{feff}').trim();
            if !id.is_empty() && !id.starts_with('#') {
                self.take(0, id, line);
            }
        }
    }

    fn table(&mut self, text: &str) -> Result<()> {
        let file = self.file.clone();
        let broken = |broken: crate::manifest::csv::Broken| {
            let problem = Problem::error("pull::no_csv", broken.summary());
            Problems::from(problem.at(place(&file, broken.line()), "here"))
        };
        let mut records = Records::new(Box::new(LineFeeds::new(text.as_bytes())));
        let mut columns: Vec<(usize, usize)> = Vec::new();
        let mut is_header = true;
        while let Some(record) = records.read().map_err(broken)? {
            if is_header {
                let column = |at: usize| {
                    let word = record.text(at).unwrap_or_default().trim_start_matches('\u{feff}').trim();
                    Some((at, COLUMNS.iter().position(|(column, _)| *column == word)?))
                };
                columns = (0..record.fields()).filter_map(column).collect();
                is_header = false;
                continue;
            }
            for (at, sort) in &columns {
                let id = record.text(*at).unwrap_or("\u{fffd}").trim();
                if !id.is_empty() {
                    self.take(*sort, id, record.line);
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, sort: usize, id: &str, line: u32) {
        let word = COLUMNS[sort].1;
        if let Some(fault) = word.fault(id) {
            let problem =
                Problem::error("pull::bad_id", format!("`{id}` is not {}: it {fault}", word.noun()));
            self.problems.push(problem.at(place(&self.file, line), "").help(HELP));
        } else if self.seen.insert((sort, id.to_owned())) {
            self.lists[sort].push(id.to_owned());
        }
    }
}

const HELP: &str =
    "the file holds one user id a line, or is CSV with a header and a column `cid` or `registration_id`";

fn place(file: &Arc<str>, line: u32) -> Place {
    Place { file: file.clone(), line, column: 1, end_line: line, end_column: 1, snippet: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match Wanted::read("ids", text) {
            Ok(wanted) => format!("{} | {}", wanted.cids.join(" "), wanted.devices.join(" ")),
            Err(problems) => {
                let lines =
                    problems.list().iter().map(|p| format!("{}: {}", p.labels[0].place.line, p.summary));
                lines.collect::<Vec<_>>().join("\n")
            }
        }
    }

    #[test]
    fn a_list_and_a_table_are_read() {
        for (text, expected) in [
            ("a\nb\n\n# c\na\n", "a b | "),
            ("\u{feff}a\r\nb", "a b | "),
            ("cid\na\nb\n", "a b | "),
            ("\u{feff}name,cid,registration_id\nx,a,r1\ny,,r2\nz,b,\n", "a b | r1 r2"),
            ("\"registration_id\"\r\nr1\r\n", " | r1"),
            ("", " | "),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_id_is_named_with_its_line() {
        let said = shown("a\nb c\n");
        assert!(said.starts_with("2: `b c` is not a user id"), "{said}");
        let said = shown("alias,user\nx,a\n");
        assert!(said.starts_with("1: `alias,user` is not a user id"), "{said}");
    }
}
