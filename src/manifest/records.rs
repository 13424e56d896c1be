//! CSV files that a manifest names with `from:`, from records to rows.
//!
//! Which bytes these are is `load.rs`'s, how a record is read `csv.rs`'s. A problem here has only its line at hand:
//! the piece of source is read again in the end.

mod faults;

use std::io::Read;
use std::sync::Arc;

use crate::problem::Problem;
use crate::table::Kind;
use crate::text_rows::MEMBERS;

use super::codes;
use super::compile::Compiler;
use super::csv::{Line, Records};
use super::findings::Spot;
use super::fullwidth;
use super::line_ends::LineFeeds;
use super::rows::Stream;
use super::source::quoted;
use super::words::Word;

/// What a file is a table of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table<'a> {
    /// `alias,cid`
    Aliases,
    /// `cid,tags`, tags separated by spaces.
    TagSets,
    /// `cid`: the members of this tag, if it is one.
    Members(Option<&'a str>),
    /// `cid`
    Blacklist,
    /// `cid,device_token` on this channel.
    Tokens(&'a str),
    /// `registration_id` and a column for each property.
    Devices,
}

impl Table<'_> {
    /// The columns that have to be there, in no order.
    const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Aliases => &["alias", "cid"],
            Self::TagSets => &["cid", "tags"],
            Self::Members(_) | Self::Blacklist => &["cid"],
            Self::Tokens(_) => &["cid", "device_token"],
            Self::Devices => &["registration_id"],
        }
    }

    /// The column that says whom a record is about, by its place among those, and what stands in it.
    const fn id_column(self) -> (usize, Word) {
        match self {
            Self::Aliases => (1, Word::User),
            Self::TagSets | Self::Members(_) | Self::Blacklist | Self::Tokens(_) => (0, Word::User),
            Self::Devices => (0, Word::RegistrationId),
        }
    }

    /// Whether every other column is a property.
    const fn takes_others(self) -> bool {
        matches!(self, Self::Devices)
    }
}

/// Where the columns of a file are.
struct Columns {
    /// Of those that have to be there, in the table's order.
    known: Vec<usize>,
    /// Of the others: place and property.
    others: Vec<(usize, String)>,
    count: usize,
}

impl Compiler<'_> {
    /// Reads a table into rows.
    pub(super) fn records(&mut self, file: &Arc<str>, bytes: Box<dyn Read>, table: Table<'_>) {
        self.digest.begin(file);
        let mut records = Records::new(self.digest.through(Box::new(LineFeeds::new(bytes))));
        let base = self.rows.origins.begin(file);
        let Some(columns) = self.header(&mut records, table) else {
            self.findings.has_gaps = true;
            return;
        };
        loop {
            match records.read() {
                Ok(Some(line)) => {
                    if self.rows.origins.reach(line.line).is_none() {
                        return self.no_numbers_left();
                    }
                    if self.swallows(line, &columns, table) {
                        break;
                    }
                    self.record(line, base + line.line, &columns, table);
                    if std::mem::take(&mut self.is_foreign) {
                        self.findings.has_gaps = true;
                        break;
                    }
                }
                Ok(None) => break,
                Err(broken) => {
                    self.broken(&broken);
                    break;
                }
            }
        }
    }

    fn header(&mut self, records: &mut Records<'_>, table: Table<'_>) -> Option<Columns> {
        let wanted = table.columns();
        let first = records.read().map(|line| {
            line.map_or((1, Vec::new()), |line| {
                let names = (0..line.fields()).map(|at| line.text(at).map(str::to_owned));
                (line.line, names.collect::<Vec<Option<String>>>())
            })
        });
        let head = records.head();
        if self.is_foreign_file(&head) || self.is_separated_otherwise(&head, table) {
            return None;
        }
        let (line, names) = first.map_err(|broken| self.broken(&broken)).ok()?;
        let mark = self.rows.origins.reach(line)?;
        if names.is_empty() {
            let problem = Problem::error(codes::CSV_HEADER, "this file has no header")
                .help(format!("the first line names the columns: {}", header_line(table)));
            self.findings.later(problem, [Spot::new(mark, "", "")]);
            return None;
        }
        let mut columns =
            Columns { known: vec![usize::MAX; wanted.len()], others: Vec::new(), count: names.len() };
        let mut is_fine = true;
        for (at, name) in names.iter().enumerate() {
            let name = name.as_deref().unwrap_or("\u{fffd}");
            if names[..at].iter().any(|other| other.as_deref() == Some(name)) {
                let what = format!("the column {} stands here twice", quoted(name));
                let [first, again] =
                    Spot::pair(Spot::new(mark, name, "first here"), Spot::new(mark, name, "again"));
                let problem =
                    Problem::error(codes::CSV_DUPLICATE_COLUMN, what).help("leave one of the two out");
                self.findings.later(problem, [again, first]);
                is_fine = false;
            } else if let Some(known) = wanted.iter().position(|known| *known == name) {
                columns.known[known] = at;
            } else if table.takes_others() && Word::PropertyName.fault(name).is_none() {
                columns.others.push((at, name.to_owned()));
            } else {
                self.unknown_column(mark, name, table);
                is_fine = false;
            }
        }
        is_fine &= self.missing_columns(mark, &columns, table);
        is_fine.then_some(columns)
    }

    fn missing_columns(&mut self, mark: u32, columns: &Columns, table: Table<'_>) -> bool {
        let mut is_fine = true;
        for (name, at) in table.columns().iter().zip(&columns.known) {
            if *at == usize::MAX {
                let problem =
                    Problem::error(codes::CSV_MISSING_COLUMN, format!("the column `{name}` is missing"))
                        .help(format!("the first line names the columns: {}", header_line(table)));
                self.findings.later(problem, [Spot::new(mark, "", "")]);
                is_fine = false;
            }
        }
        is_fine
    }

    fn record(&mut self, line: Line<'_>, mark: u32, columns: &Columns, table: Table<'_>) {
        if line.fields() != columns.count {
            let what =
                format!("the number of fields is {}, in the header it is {}", line.fields(), columns.count);
            if std::str::from_utf8(line.bytes()).is_err() {
                return self.not_utf8(line, mark);
            }
            let (help, place) = faults::fields_help(line);
            let problem = Problem::error(codes::CSV_FIELDS, what).help(help);
            return self.findings.later(problem, [Spot::new(mark, &place, "")]);
        }
        let known = |at: usize| columns.known[at];
        match table {
            Table::Aliases => {
                let alias = self.field(line, known(0), mark, Word::Alias);
                let user = self.field(line, known(1), mark, Word::User);
                let (Some(alias), Some(user)) = (alias, user) else { return };
                self.rows.alias_record(alias, user, mark);
            }
            Table::TagSets => self.tag_set(line, known(0), known(1), mark),
            Table::Members(tag) => {
                if let Some(user) = self.field(line, known(0), mark, Word::User)
                    && let Some(tag) = tag
                {
                    self.rows.push(Kind::Tag, user, tag, MEMBERS, mark);
                }
            }
            Table::Blacklist => {
                if let Some(user) = self.field(line, known(0), mark, Word::User) {
                    self.rows.push(Kind::Blacklist, user, "", "", mark);
                }
            }
            Table::Tokens(channel) => {
                let user = self.field(line, known(0), mark, Word::User);
                let token = self.field(line, known(1), mark, Word::DeviceToken);
                if let (Some(user), Some(token)) = (user, token) {
                    self.rows.push(Kind::DeviceToken, user, channel, token, mark);
                }
            }
            Table::Devices => self.device(line, mark, columns),
        }
    }

    fn tag_set(&mut self, line: Line<'_>, user: usize, tags: usize, mark: u32) {
        let Some(user) = self.field(line, user, mark, Word::User) else { return };
        self.rows.declare(Stream::Sets, user, mark);
        let Some(tags) = line.text(tags) else { return self.not_utf8(line, mark) };
        let tags = tags.split(' ').filter(|tag| !tag.is_empty());
        let tags = tags.filter_map(|tag| self.word(tag, mark, Word::Tag).map(|tag| (tag, mark))).collect();
        self.rows.tag_set(user, tags);
    }

    fn device(&mut self, line: Line<'_>, mark: u32, columns: &Columns) {
        let Some(device) = self.field(line, columns.known[0], mark, Word::RegistrationId) else { return };
        self.rows.declare(Stream::Devices, device, mark);
        let mut values = Vec::new();
        for (at, property) in &columns.others {
            if line.text(*at) == Some("") {
                continue;
            }
            if let Some(value) = self.field(line, *at, mark, Word::Value) {
                values.push((property.as_str(), value, mark));
            }
        }
        self.rows.values(device, values);
    }

    fn field<'l>(&mut self, line: Line<'l>, at: usize, mark: u32, word: Word) -> Option<&'l str> {
        let Some(text) = line.text(at) else {
            self.not_utf8(line, mark);
            return None;
        };
        self.word(text, mark, word)
    }

    fn word<'l>(&mut self, text: &'l str, mark: u32, word: Word) -> Option<&'l str> {
        let Some(fault) = word.fault(text) else { return Some(text) };
        let what = if text.is_empty() { word.noun().to_owned() } else { quoted(text) };
        let sign = fullwidth::first_in_word(text);
        let help = sign.map_or_else(|| word.help(), fullwidth::Sign::help);
        let problem = Problem::error(word.code(), format!("{what} {fault}")).help(help);
        self.findings.later(problem, [Spot::new(mark, text, "")]);
        None
    }
}

fn header_line(table: Table<'_>) -> String {
    let others = if table.takes_others() { ",<property>,…" } else { "" };
    format!("{}{others}", table.columns().join(","))
}
