//! A whole state as text: one JSON object a line, sorted, the same bytes for the same state.
//!
//! The first line names the format, the last one counts the others and holds their digest: what was cut or
//! changed on its way is noticed. Neither ids of the journal and of spends nor the lease are in it; they mean
//! nothing elsewhere. Lines are written and read one at a time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read, Write};

use serde::{Deserialize, Serialize};

use super::{CopiedSpend, Doubt, SpendEntry, UsedUp, Whole, codec, copies};
use crate::names::{Name, Names};
use crate::problem::{Problem, Result};
use crate::table::{Kind, Row, Table};
use crate::timestamp::Timestamp;
use crate::wire::Vendor;

/// The word in the first line.
const FORMAT: &str = "pushform-state";

/// The newest version of the format.
pub const VERSION: u32 = 2;

/// The version of a state in which no vendor said that a day is used up: older readers take it.
const VERSION_WITHOUT_USED_UP: u32 = 1;

/// The longest line: a call of a thousand users with long names takes a tenth of it.
const LINE_BYTES_MAX: u64 = 16 << 20;

type Text<'a> = Cow<'a, str>;

#[derive(Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case", deny_unknown_fields)]
enum Line<'a> {
    /// The first.
    Head {
        format: Text<'a>,
        version: u32,
        serial: u64,
        accounts: BTreeMap<String, String>,
    },
    Protected {
        property: Text<'a>,
    },
    Row {
        kind: Text<'a>,
        subject: Text<'a>,
        item: Text<'a>,
        value: Text<'a>,
        at: u32,
    },
    Kept {
        device: Text<'a>,
        property: Text<'a>,
        value: Text<'a>,
        at: u32,
    },
    /// A call without an outcome, as the journal keeps it.
    Call {
        write: Text<'a>,
        rows: Text<'a>,
        at: i64,
    },
    Spend {
        vendor: Text<'a>,
        quota: Text<'a>,
        subject: u64,
        sent_at: i64,
        replied_at: Option<i64>,
    },
    /// A vendor said that the day of this moment is used up.
    UsedUp {
        vendor: Text<'a>,
        quota: Text<'a>,
        subject: u64,
        at: i64,
    },
    /// The last.
    End {
        lines: u64,
        digest: Text<'a>,
    },
}

/// Writes lines and keeps their digest.
struct Lines<'w> {
    to: &'w mut dyn Write,
    digest: blake3::Hasher,
    lines: u64,
}

impl Lines<'_> {
    fn put(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.digest.update(text.as_bytes());
        self.lines += 1;
        self.to.write_all(text.as_bytes())
    }
}

/// Writes a state.
///
/// # Errors
/// What `to` says.
pub fn write(whole: &Whole, to: &mut dyn Write) -> io::Result<()> {
    let mut lines = Lines { to, digest: blake3::Hasher::new(), lines: 0 };
    let version = if whole.used_up.is_empty() { VERSION_WITHOUT_USED_UP } else { VERSION };
    record(whole, version, &mut lines)?;
    spends(&whole.spends, &mut lines)?;
    used_up(&whole.used_up, &mut lines)?;
    let digest = lines.digest.finalize().to_hex().to_string();
    let count = lines.lines;
    lines.put(&Line::End { lines: count, digest: digest.into() })
}

/// The digest of a state without its spends, which belong to the ledger: what two stores that hold the same
/// state have in common.
#[must_use]
pub fn digest(whole: &Whole) -> String {
    let mut nowhere = io::sink();
    let mut lines = Lines { to: &mut nowhere, digest: blake3::Hasher::new(), lines: 0 };
    // Writing to nowhere does not fail.
    record(whole, VERSION_WITHOUT_USED_UP, &mut lines)
        .map_or_else(|_| String::new(), |()| lines.digest.finalize().to_hex().to_string())
}

fn record(whole: &Whole, version: u32, lines: &mut Lines) -> io::Result<()> {
    let Whole { names, recorded, doubts, spends: _, used_up: _ } = whole;
    let text = |name: Name| Cow::Borrowed(names.text(name));
    let accounts =
        recorded.accounts.iter().map(|(vendor, id)| (vendor.word().to_owned(), id.clone())).collect();
    let serial = recorded.serial;
    lines.put(&Line::Head { format: FORMAT.into(), version, serial, accounts })?;
    let mut protected = recorded.protected.clone();
    protected.sort_unstable_by(|a, b| names.by_text(*a, *b));
    for name in protected {
        lines.put(&Line::Protected { property: text(name) })?;
    }
    for kind in Kind::ALL {
        for Row { subject, item, value, mark } in sorted(names, recorded.tables.of(kind).rows()) {
            let (subject, item, value) = (text(subject), text(item), text(value));
            lines.put(&Line::Row { kind: kind.word().into(), subject, item, value, at: mark })?;
        }
    }
    for Row { subject, item, value, mark } in sorted(names, &recorded.kept) {
        let (device, property, value) = (text(subject), text(item), text(value));
        lines.put(&Line::Kept { device, property, value, at: mark })?;
    }
    for Doubt { id: _, write, rows, at } in doubts {
        let (write, rows) = (codec::encode_write(write, names), codec::encode_rows(rows, names));
        lines.put(&Line::Call { write: write.into(), rows: rows.into(), at: at.0 })?;
    }
    Ok(())
}

fn sorted(names: &Names, rows: &[Row]) -> Vec<Row> {
    let mut rows = rows.to_vec();
    rows.sort_unstable_by(|a, b| names.by_text(a.subject, b.subject).then(names.by_text(a.item, b.item)));
    rows
}

fn spends(spends: &[CopiedSpend], lines: &mut Lines) -> io::Result<()> {
    let mut spends: Vec<&SpendEntry> = spends.iter().map(|copy| &copy.spend).collect();
    spends.sort_by(|a, b| key(a).cmp(&key(b)));
    for SpendEntry { id: _, vendor, quota, subject, sent_at, replied_at } in spends {
        lines.put(&Line::Spend {
            vendor: vendor.word().into(),
            quota: quota.into(),
            subject: *subject,
            sent_at: sent_at.0,
            replied_at: replied_at.map(|at| at.0),
        })?;
    }
    Ok(())
}

fn used_up(said: &[UsedUp], lines: &mut Lines) -> io::Result<()> {
    let mut said: Vec<&UsedUp> = said.iter().collect();
    said.sort_unstable();
    for UsedUp { vendor, quota, subject, at } in said {
        let (vendor, quota) = (vendor.word().into(), quota.into());
        lines.put(&Line::UsedUp { vendor, quota, subject: *subject, at: at.0 })?;
    }
    Ok(())
}

/// Everything that a spend is but its id.
pub fn key(spend: &SpendEntry) -> (Timestamp, Vendor, &str, u64, Option<Timestamp>) {
    (spend.sent_at, spend.vendor, &spend.quota, spend.subject, spend.replied_at)
}

/// Reads a state; `shown` is what the text is called.
///
/// # Errors
/// What is wrong with it, with the number of the line.
pub fn read(from: &mut dyn BufRead, shown: &str) -> Result<Whole> {
    let rows = Kind::ALL.map(|_| Vec::new());
    let mut reader = Reader { whole: Whole::default(), rows, spends: Vec::new(), ended: false };
    let (mut digest, mut number) = (blake3::Hasher::new(), 0u64);
    let mut text = String::new();
    let wrong = |number: u64, what: &str| wrong(shown, number, what);
    loop {
        text.clear();
        let taken = from.take(LINE_BYTES_MAX).read_line(&mut text);
        let taken = taken.map_err(|error| wrong(number + 1, &error.to_string()))?;
        if taken == 0 {
            break;
        }
        number += 1;
        if !text.ends_with('\n') {
            return Err(wrong(number, "the line does not end: the file was cut, or is no state"));
        }
        let line: Line = serde_json::from_str(&text).map_err(|error| wrong(number, &error.to_string()))?;
        if let Line::End { lines, digest: expected } = &line
            && (*lines != number - 1 || *expected != *digest.finalize().to_hex())
        {
            return Err(wrong(
                number,
                "the lines are not those that were written: the file was changed, or damaged",
            ));
        }
        reader.take(line, number).map_err(|what| wrong(number, &what))?;
        digest.update(text.as_bytes());
    }
    if reader.ended {
        Ok(reader.finish())
    } else {
        Err(wrong(number, "the end is missing: the file was cut"))
    }
}

fn wrong(shown: &str, line: u64, what: &str) -> crate::problem::Problems {
    Problem::error("state::not_a_text", format!("`{shown}` is no exported state: line {line}: {what}"))
        .help("`pushform state export` writes one; it is taken as it was written or not at all")
        .into()
}

struct Reader {
    whole: Whole,
    rows: [Vec<Row>; Kind::ALL.len()],
    spends: Vec<SpendEntry>,
    ended: bool,
}

impl Reader {
    fn take(&mut self, line: Line, number: u64) -> std::result::Result<(), String> {
        let Whole { names, recorded, doubts, spends: _, used_up } = &mut self.whole;
        let mut name = |text: &str| names.intern(text);
        if self.ended {
            return Err("there is something behind the end".to_owned());
        }
        if (number == 1) != matches!(line, Line::Head { .. }) {
            return Err("the first line, and only that, names the format".to_owned());
        }
        match line {
            Line::Head { format, version, serial, accounts } => {
                known(&format, version)?;
                recorded.serial = serial;
                for (word, account) in accounts {
                    recorded.accounts.insert(vendor(&word)?, account);
                }
            }
            Line::Protected { property } => recorded.protected.push(name(&property)),
            Line::Row { kind, subject, item, value, at } => {
                let place = Kind::ALL.into_iter().position(|one| one.word() == kind);
                let place = place.ok_or_else(|| format!("no kind of rows is called `{kind}`"))?;
                let row = Row { subject: name(&subject), item: name(&item), value: name(&value), mark: at };
                self.rows[place].push(row);
            }
            Line::Kept { device, property, value, at } => {
                let row =
                    Row { subject: name(&device), item: name(&property), value: name(&value), mark: at };
                recorded.kept.push(row);
            }
            Line::Call { write, rows, at } => doubts.push(Doubt {
                id: number,
                write: codec::decode_write(&write, names)?,
                rows: codec::decode_rows(&rows, names)?,
                at: Timestamp(at),
            }),
            Line::Spend { vendor: word, quota, subject, sent_at, replied_at } => {
                self.spends.push(SpendEntry {
                    id: 0,
                    vendor: vendor(&word)?,
                    quota: quota.into_owned(),
                    subject,
                    sent_at: Timestamp(sent_at),
                    replied_at: replied_at.map(Timestamp),
                })
            }
            Line::UsedUp { vendor: word, quota, subject, at } => used_up.push(UsedUp {
                vendor: vendor(&word)?,
                quota: quota.into_owned(),
                subject,
                at: Timestamp(at),
            }),
            Line::End { .. } => self.ended = true,
        }
        Ok(())
    }

    fn finish(self) -> Whole {
        let mut whole = self.whole;
        for (kind, rows) in Kind::ALL.into_iter().zip(self.rows) {
            whole.recorded.tables.set(kind, Table::from_rows(rows));
        }
        whole.spends = copies(self.spends);
        whole.recorded.protected.sort_unstable();
        whole.recorded.kept.sort_unstable_by_key(Row::key);
        whole
    }
}

fn known(format: &str, version: u32) -> std::result::Result<(), String> {
    if format != FORMAT {
        return Err(format!("its format is `{format}`, not `{FORMAT}`"));
    }
    if version > VERSION {
        return Err(format!("its version is {version}, and this Pushform knows versions up to {VERSION}"));
    }
    Ok(())
}

fn vendor(word: &str) -> std::result::Result<Vendor, String> {
    let known = Vendor::ALL.into_iter().find(|vendor| vendor.word() == word);
    known.ok_or_else(|| format!("no vendor is called `{word}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> String {
        let mut whole = Whole::default();
        let names = &mut whole.names;
        let [a, b, vip] = ["u1", "u2", "vip"].map(|text| names.intern(text));
        let row = |subject| Row { subject, item: vip, value: Name::SET, mark: 7 };
        whole.recorded.tables.set(Kind::Tag, Table::from_rows(vec![row(b), row(a)]));
        whole.recorded.serial = 3;
        let mut bytes = Vec::new();
        write(&whole, &mut bytes).expect("memory takes everything");
        String::from_utf8(bytes).expect("text")
    }

    fn refused(text: &str) -> String {
        match read(&mut text.as_bytes(), "state.jsonl") {
            Ok(_) => panic!("it was read:\n{text}"),
            Err(problems) => problems.list()[0].summary.clone(),
        }
    }

    #[test]
    fn a_state_is_a_line_a_row_sorted_by_text() {
        let text = written();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..3],
            [
                r#"{"line":"head","format":"pushform-state","version":1,"serial":3,"accounts":{}}"#,
                r#"{"line":"row","kind":"tag","subject":"u1","item":"vip","value":"set","at":7}"#,
                r#"{"line":"row","kind":"tag","subject":"u2","item":"vip","value":"set","at":7}"#,
            ]
        );
        assert!(lines[3].starts_with(r#"{"line":"end","lines":3,"digest":""#), "{text}");
        let whole = read(&mut text.as_bytes(), "state.jsonl").expect("a state");
        assert_eq!(whole.recorded.tables.len(), 2);
    }

    #[test]
    fn a_day_that_is_used_up_takes_a_newer_version_and_none_an_older_one_that_is_still_read() {
        let older = written();
        assert!(read(&mut older.as_bytes(), "state.jsonl").expect("a state").used_up.is_empty());
        let said = |subject, at| {
            let (vendor, quota) = (Vendor::Getui, "tag_batch".to_owned());
            UsedUp { vendor, quota, subject, at: Timestamp(at) }
        };
        let whole = Whole { used_up: vec![said(7, 20), said(0, 10)], ..Whole::default() };
        let mut bytes = Vec::new();
        write(&whole, &mut bytes).expect("memory takes everything");
        let text = String::from_utf8(bytes).expect("text");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..3],
            [
                r#"{"line":"head","format":"pushform-state","version":2,"serial":0,"accounts":{}}"#,
                r#"{"line":"used_up","vendor":"getui","quota":"tag_batch","subject":0,"at":10}"#,
                r#"{"line":"used_up","vendor":"getui","quota":"tag_batch","subject":7,"at":20}"#,
            ]
        );
        let back = read(&mut text.as_bytes(), "state.jsonl").expect("a state");
        assert_eq!(back.used_up, [said(0, 10), said(7, 20)]);
        assert_eq!(digest(&back), digest(&Whole::default()), "it belongs to the ledger");
    }

    #[test]
    fn what_was_cut_or_changed_is_noticed() {
        let text = written();
        for (changed, expected) in [
            (String::new(), "line 0: the end is missing: the file was cut"),
            (
                text.replace("u1", "u9"),
                "line 4: the lines are not those that were written: the file was changed, or damaged",
            ),
            (
                text[..text.rfind("{\"line\":\"end\"").expect("an end")].to_owned(),
                "line 3: the end is missing: the file was cut",
            ),
            (text[..100].to_owned(), "line 2: the line does not end: the file was cut, or is no state"),
            (format!("{text}{text}"), "line 5: there is something behind the end"),
            (
                text.lines().skip(1).map(|line| format!("{line}\n")).collect(),
                "line 1: the first line, and only that, names the format",
            ),
            (
                text.replace("\"version\":1", "\"version\":3"),
                "line 1: its version is 3, and this Pushform knows versions up to 2",
            ),
            (text.replace("pushform-state", "shop"), "line 1: its format is `shop`, not `pushform-state`"),
        ] {
            assert_eq!(refused(&changed), format!("`state.jsonl` is no exported state: {expected}"));
        }
    }
}
