//! Names that every vendor takes and hardly anybody means: a tag with a character that cannot be seen, or with a sign
//! that only looks like one of YAML's or CSV's.
//!
//! A name is judged once, however many rows have it.

use crate::invisible::first_invisible;
use crate::names::{Name, Names};
use crate::problem::Problem;
use crate::table::Kind;

use super::codes;
use super::findings::{Findings, Spot};
use super::fullwidth;
use super::rows::Rows;
use super::source::quoted;

/// Warns of every doubtful tag and property, where it stands first.
pub fn check(rows: &mut Rows, findings: &mut Findings) {
    let mut judged = vec![false; rows.names.len()];
    let mut doubtful: Vec<(Name, u32, &'static str)> = Vec::new();
    let mut judge = |name: Name, mark: u32, what: &'static str, names: &Names| {
        if !std::mem::replace(&mut judged[name.index()], true) && doubt(names.text(name)).is_some() {
            doubtful.push((name, mark, what));
        }
    };
    for declared in &rows.members {
        judge(declared.name, declared.mark, "tag", &rows.names);
    }
    let tags = std::mem::take(rows.of_kind(Kind::Tag));
    tags.iter().for_each(|row| judge(row.item, row.mark, "tag", &rows.names));
    let properties = std::mem::take(rows.of_kind(Kind::Property));
    properties.iter().for_each(|row| judge(row.subject, row.mark, "property", &rows.names));
    for (name, mark, what) in doubtful {
        let text = rows.names.text(name);
        let Some((why, help)) = doubt(text) else { continue };
        let first = tags.iter().filter(|row| row.item == name).map(|row| row.mark).min();
        let mark = first.map_or(mark, |first| first.min(mark));
        let problem = Problem::warning(codes::DOUBTFUL_NAME, format!("the {what} {} {why}", quoted(text)));
        findings.later(problem.help(help), [Spot::new(mark, text, "")]);
    }
    *rows.of_kind(Kind::Tag) = tags;
    *rows.of_kind(Kind::Property) = properties;
}

/// Why a name may not be the one that was meant, and what to do about it.
fn doubt(text: &str) -> Option<(String, String)> {
    if let Some(c) = first_invisible(text) {
        let why = format!("holds the invisible character U+{:04X}", u32::from(c));
        return Some((
            why,
            "to the vendor it is another name than the one that is seen: type it anew".to_owned(),
        ));
    }
    // A colon or a space is as good as any letter, and `：` is written in many a tag.
    let sign = fullwidth::all(text).find(|sign| matches!(sign.sign, '，' | '“' | '”' | '‘' | '’' | '＂'))?;
    let why = format!("holds `{}`", sign.sign);
    let help = match sign.sign {
        '，' => {
            "the full-width comma separates nothing: write `,` in YAML and a space in CSV between two tags"
        }
        _ => "a curly quote is a letter of the name: write `\"` to quote it",
    };
    Some((why, help.to_owned()))
}
