//! What is wrong with a CSV file as such: its quotes, its encoding, its format, its separator and its header.

use crate::manifest::codes;
use crate::manifest::compile::Compiler;
use crate::manifest::csv::{Broken, Line, Part, Piece};
use crate::manifest::encoding::Encoding;
use crate::manifest::findings::Spot;
use crate::manifest::fullwidth;
use crate::manifest::quotes::{self, Fault};
use crate::manifest::source::{nearest, quoted};
use crate::manifest::words::Word;
use crate::problem::Problem;

use super::{Columns, Table, header_line};

/// What people separate fields with besides commas, and how a shell writes it.
const SEPARATORS: [(char, &str, &str); 3] =
    [(';', "semicolons", "';'"), ('\t', "tabs", "'\\t'"), ('|', "vertical bars", "'|'")];

impl Compiler<'_> {
    /// Says what is wrong where nothing behind it can be read.
    pub(super) fn broken(&mut self, broken: &Broken) {
        self.findings.has_gaps = true;
        let mut spot = |spot: &quotes::Spot, label: &str| {
            Spot::at(self.rows.origins.reach(spot.line).unwrap_or(0), spot.at, label)
        };
        let spots = match broken {
            Broken::Fault(Fault::NeverClosed(opened) | Fault::TooManyLines(opened)) => {
                vec![spot(opened, "opened here")]
            }
            Broken::Fault(Fault::TextBehind(opened, closed)) => {
                vec![spot(opened, "opened here"), spot(closed, "closed here, with text behind it")]
            }
            Broken::Fault(Fault::TooLong(line)) | Broken::Unreadable(line, _) => {
                vec![Spot::new(self.rows.origins.reach(*line).unwrap_or(0), "", "")]
            }
        };
        let (code, help) = match broken {
            Broken::Fault(Fault::TooLong(_)) => {
                (codes::CSV_RECORD, "a line feed or a closing quote may be missing")
            }
            Broken::Fault(_) => (codes::CSV_QUOTE, "write a quote inside of quotes twice: `\"75\"\" TV\"`"),
            Broken::Unreadable(..) => (codes::CSV_RECORD, "look at the file"),
        };
        let problem =
            Problem::error(code, broken.summary()).help(format!("{help}; nothing behind it was read"));
        self.findings.later(problem, spots);
    }

    /// Whether a quote takes in what looks like a record of its own: a quote that was forgotten closes at the next one
    /// below, and where a field happens to end there, nothing else tells. Only values of devices have line breaks.
    pub(super) fn swallows(&mut self, line: Line<'_>, columns: &Columns, table: Table<'_>) -> bool {
        let (own, word) = table.id_column();
        let column = columns.known[own];
        let found = line.lines_beside(column).into_iter().find_map(|(number, pieces)| match table {
            Table::Devices => {
                // A line may be the end of a record that begins above it.
                let from = if number == line.line { column } else { column.min(1) };
                Some((number, id_of(&pieces, from, column, word)?))
            }
            Table::Aliases | Table::TagSets | Table::Members(_) | Table::Blacklist | Table::Tokens(_) => {
                Some((number.max(line.line + 1), String::new()))
            }
        });
        let Some((number, id)) = found else { return false };
        self.findings.has_gaps = true;
        let number = if line.bytes().contains(&b'\n') { number } else { line.line };
        let (Some(first), Some(inside)) =
            (self.rows.origins.reach(line.line), self.rows.origins.reach(number))
        else {
            return true;
        };
        let (what, label, help) = if !line.bytes().contains(&b'\n') {
            (
                "a carriage return alone does not end a line",
                "here".to_owned(),
                "end every line with a line feed, alone or behind a carriage return",
            )
        } else if table.takes_others() {
            (
                "a quote takes in a line that looks like a record of its own",
                format!("{} could be a registration id", quoted(&id)),
                "close the quote, or write it twice; declare a device with such a value in YAML instead of here",
            )
        } else {
            (
                "a quote takes in a line",
                "this line".to_owned(),
                "close the quote, or write it twice; only values of devices have line breaks",
            )
        };
        let opened = Spot::new(first, "\"", "the quote is opened in this record");
        let inside = Spot::new(inside, &id, &label);
        let spots = if line.bytes().contains(&b'\n') { vec![opened, inside] } else { vec![inside] };
        let problem =
            Problem::error(codes::CSV_QUOTE, what).help(format!("{help}; nothing behind it was read"));
        self.findings.later(problem, spots);
        true
    }

    /// Whether the fields of a header are separated by something other than commas; says so where they are.
    pub(super) fn is_separated_otherwise(&mut self, head: &[u8], table: Table<'_>) -> bool {
        let head = String::from_utf8_lossy(head);
        let header = head.lines().next().unwrap_or_default();
        let found = SEPARATORS.into_iter().find(|(separator, ..)| {
            let mut names = header.split(*separator).map(|name| name.trim().trim_matches('"'));
            header.contains(*separator) && names.any(|name| table.columns().contains(&name))
        });
        let found = found.filter(|_| !header.contains(','));
        let mark = self.rows.origins.reach(1).unwrap_or(0);
        let Some((separator, name, shell)) = found else { return false };
        let file = self.rows.origins.line(mark).map_or("FILE", |(file, _)| file);
        let help = format!(
            "save it with commas (in Excel: `CSV UTF-8`), or convert it, if no field holds either: tr {shell} ',' < {file} > NEW_FILE"
        );
        let what = format!("the fields of this file are separated by {name}, and only commas are read");
        let problem = Problem::error(codes::CSV_HEADER, what).help(help);
        self.findings.later(problem, [Spot::new(mark, &separator.to_string(), "")]);
        true
    }

    pub(super) fn unknown_column(&mut self, mark: u32, name: &str, table: Table<'_>) {
        let (help, place) = match (fullwidth::first(name), nearest(name, table.columns())) {
            (Some(sign), _) => (sign.help(), sign.sign.to_string()),
            (None, Some(near)) => (format!("did you mean `{near}`?"), name.to_owned()),
            (None, None) => {
                (format!("the columns, separated by commas, are: {}", header_line(table)), name.to_owned())
            }
        };
        let what = format!("unknown column {}", quoted(name));
        let problem = Problem::error(codes::CSV_UNKNOWN_COLUMN, what).help(help);
        self.findings.later(problem, [Spot::new(mark, &place, "")]);
    }

    /// A record that is no text. Where it is seen what the file is written in, that is said once, and nothing more is
    /// read of it.
    pub(super) fn not_utf8(&mut self, line: Line<'_>, mark: u32) {
        let help = "save the file as UTF-8; spreadsheets offer `CSV UTF-8`";
        let problem = match Encoding::guess(line.bytes()) {
            _ if self.is_foreign => return,
            Some(encoding) => {
                self.is_foreign = true;
                let file = self.rows.origins.line(mark).map_or("FILE", |(file, _)| file);
                let what = format!("this file looks like {}, and only UTF-8 is read", encoding.name());
                Problem::error(codes::FILE_NOT_UTF8, what).help(encoding.help(file))
            }
            None => Problem::error(codes::FILE_NOT_UTF8, "this record is no UTF-8 text").help(help),
        };
        self.findings.later(problem, [Spot::new(mark, "", "")]);
    }

    /// Whether a file is written in UTF-16, has a foreign format, or lines without line feeds; says so where it is.
    pub(super) fn is_foreign_file(&mut self, head: &[u8]) -> bool {
        let Some(encoding) = Encoding::surely(head) else { return self.has_returns_alone(head) };
        self.findings.has_gaps = true;
        let mark = self.rows.origins.reach(1).unwrap_or(0);
        let file = self.rows.origins.line(mark).map_or("FILE", |(file, _)| file);
        let what = format!("this file looks like {}, and only UTF-8 is read", encoding.name());
        let problem = Problem::error(codes::FILE_NOT_UTF8, what).help(encoding.help(file));
        self.findings.later(problem, [Spot::new(mark, "", "")]);
        true
    }

    /// Whether lines end with carriage returns alone, so that the whole file is one line; says so where it is.
    fn has_returns_alone(&mut self, head: &[u8]) -> bool {
        if head.contains(&b'\n') || !head.contains(&b'\r') {
            return false;
        }
        self.findings.has_gaps = true;
        let mark = self.rows.origins.reach(1).unwrap_or(0);
        let file = self.rows.origins.line(mark).map_or("FILE", |(file, _)| file);
        let help = format!(
            "save it with line feeds (in Excel: `CSV UTF-8`), or convert it: tr '\\r' '\\n' < {file} > NEW_FILE"
        );
        let what = "the lines of this file end with carriage returns alone, and only line feeds are read";
        self.findings.later(Problem::error(codes::CSV_HEADER, what).help(help), [Spot::new(mark, "", "")]);
        true
    }
}

/// What could be the id of a record, if this line of another one were one or the end of one, with ids in this column.
///
/// Quoted commas move an id to the right, and it stands no further left than `from`. Ids have digits, so that a word
/// without one is text where it is alone in its line or closes its quote.
fn id_of(pieces: &[Piece], from: usize, column: usize, word: Word) -> Option<String> {
    let is_alone = pieces.len() == 1;
    pieces.iter().enumerate().skip(from).find_map(|(at, piece)| {
        let text = piece.text.trim_matches('"');
        let is_there = at == column || piece.part != Part::Whole;
        let may_be_text = is_alone || piece.part == Part::End;
        let is_id = !may_be_text || text.contains(|c: char| c.is_ascii_digit());
        (is_there && is_id && word.fault(text).is_none()).then(|| text.to_owned())
    })
}

/// What to do about a record with another number of fields than the header, and what to point at.
pub(super) fn fields_help(line: Line<'_>) -> (String, String) {
    let texts = || (0..line.fields()).filter_map(|at| line.text(at));
    if let Some(sign) = texts().flat_map(fullwidth::all).find(|sign| sign.sign == '，') {
        return (sign.help(), sign.sign.to_string());
    }
    if texts().any(|text| text.contains('\r')) {
        let help = "a carriage return alone does not end a line: write a line feed behind it, or instead";
        return (help.to_owned(), "\r".to_owned());
    }
    let separated =
        SEPARATORS.into_iter().find(|(separator, ..)| texts().any(|text| text.contains(*separator)));
    if let Some((separator, name, _)) = separated.filter(|_| line.fields() == 1) {
        let help =
            format!("only commas separate fields, {name} do not; put a field that holds a comma in quotes");
        return (help, separator.to_string());
    }
    ("put a field that holds a comma, a quote or a line break in quotes".to_owned(), String::new())
}
