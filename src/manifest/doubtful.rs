//! Names that every vendor takes and hardly anybody means: a tag with a character that cannot be seen, or with a sign
//! that only looks like one of YAML's or CSV's.
//!
//! A name is judged once, however many rows have it.

use std::collections::BTreeMap;

use hashbrown::HashSet;

use crate::invisible::first_invisible;
use crate::problem::Problem;

use super::codes;
use super::findings::{Findings, Spot};
use super::fullwidth;
use super::source::quoted;

/// The tags and properties that were seen so far.
#[derive(Default)]
pub struct Doubtful {
    /// What was judged and found good.
    good: HashSet<String>,
    /// Where each doubtful name stands first, and what it is a name of.
    found: BTreeMap<String, (u32, &'static str)>,
}

/// How many good names are remembered, so that they need not be judged again.
const GOOD_MAX: usize = 10_000;

impl Doubtful {
    /// Looks at a name of a tag or a property.
    pub fn judge(&mut self, name: &str, mark: u32, what: &'static str) {
        if self.good.contains(name) {
            return;
        }
        if let Some((first, _)) = self.found.get_mut(name) {
            *first = mark.min(*first);
        } else if doubt(name).is_some() {
            self.found.insert(name.to_owned(), (mark, what));
        } else {
            if self.good.len() == GOOD_MAX {
                self.good.clear();
            }
            self.good.insert(name.to_owned());
        }
    }

    /// Warns of every doubtful name, where it stands first.
    pub fn finish(self, findings: &mut Findings) {
        for (text, (mark, what)) in self.found {
            let Some((why, help)) = doubt(&text) else { continue };
            let problem =
                Problem::warning(codes::DOUBTFUL_NAME, format!("the {what} {} {why}", quoted(&text)));
            findings.later(problem.help(help), [Spot::new(mark, &text, "")]);
        }
    }
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
