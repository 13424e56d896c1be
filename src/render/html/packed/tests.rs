//! What is packed is what the plan says, whatever stands in it.

use std::io::Read;

use flate2::read::GzDecoder;
use proptest::prelude::*;

use super::*;
use crate::address::Resource;
use crate::change::Basis;
use crate::plan::Plan;
use crate::render::mask::Mask;
use crate::render::sample::Sample;
use crate::render::view::{Block, Cuts};
use crate::timestamp::Zone;

/// The text that is packed into a page.
pub fn unpacked(page: &str) -> String {
    let (_, rest) = page.split_once("id=rows>\n").expect("a page with changes");
    let (packed, _) = rest.split_once("</script>").expect("it ends");
    let bytes: Vec<u8> = packed
        .lines()
        .flat_map(|line| STANDARD.decode(line).expect("every line is base64 by itself"))
        .collect();
    let mut text = String::new();
    GzDecoder::new(&bytes[..]).read_to_string(&mut text).expect("a text");
    text
}

/// A block in the words of the page: address, what it rests on, and rows as sign, marked text and note.
type Words = (String, Option<String>, Vec<(u8, String, Option<String>)>);

fn beside(text: &str) -> (&str, Option<String>) {
    match text.split_once('\t') {
        Some((text, note)) => (text, Some(note.to_owned())),
        None => (text, None),
    }
}

/// What the script reads: by lines, by their first byte.
fn read(text: &str) -> Vec<Words> {
    let mut out: Vec<Words> = Vec::new();
    for line in text.lines() {
        let (sign, rest) = line.split_at(1);
        let (words, note) = beside(rest);
        if sign == "!" {
            out.push((words.to_owned(), note, Vec::new()));
        } else {
            let rows = &mut out.last_mut().expect("a change before its rows").2;
            rows.push((sign.as_bytes()[0], words.to_owned(), note));
        }
    }
    out
}

/// The same of a view.
fn words(block: Block) -> Words {
    let row = |line: Line| {
        let mut text = String::new();
        let mut now = 3;
        for piece in &line.pieces {
            if tone(piece.tone) != now {
                now = tone(piece.tone);
                text.push(char::from(now));
            }
            text.push_str(&piece.text);
        }
        (mark(line.sign), text, line.note)
    };
    (block.address, block.basis, block.lines.into_iter().map(row).collect())
}

/// A change: what it is, its name, what happens, on what evidence, and its rows as subject, item, before and after.
type Drawn = (Resource, String, Action, Basis, Vec<[String; 4]>, bool);

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let name = prop_oneof![
        "[a-c]{1,2}",
        ".{0,6}",
        Just("</script>\n!a\tb\u{1}c".to_owned()),
        Just("string 会员等级".to_owned()),
        Just("number 会员级别，及其说明".to_owned()),
    ];
    let resource = prop::sample::select(&Resource::ALL[..]);
    let action = prop::sample::select(&[Action::Create, Action::Update, Action::Delete, Action::Replace][..]);
    let basis = prop::sample::select(&[Basis::Observed, Basis::Recorded, Basis::Assumed][..]);
    let rows = prop::collection::vec(prop::array::uniform4(name.clone()), 0..5);
    prop::collection::vec((resource, name, action, basis, rows, any::<bool>()), 0..8)
}

fn plan_of(changes: &[Drawn]) -> Plan {
    let mut s = Sample::new();
    // What happened outside comes last: `outside` takes the last change away.
    let (planned, outside): (Vec<&Drawn>, Vec<&Drawn>) = changes.iter().partition(|change| !change.5);
    for (resource, name, action, basis, rows, is_outside) in planned.into_iter().chain(outside) {
        let cells: Vec<_> =
            rows.iter().map(|[s, i, b, a]| (s.as_str(), i.as_str(), b.as_str(), a.as_str())).collect();
        let kept: Vec<_> = rows.iter().map(|[s, i, b, _]| (s.as_str(), i.as_str(), b.as_str())).collect();
        s.change((*resource, name), *action, *basis, &cells, &kept);
        if *is_outside {
            s.outside();
        }
    }
    s.plan
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_packed_is_every_row_of_the_plan_in_the_words_of_its_view(changes in drawn()) {
        let plan = plan_of(&changes);
        let (zone, mask) = (Zone::shanghai(), Mask::show());
        let lens = Lens { mask: &mask, cuts: Cuts::NONE, zone: &zone };
        let groupings = [&Grouping::planned(&plan), &Grouping::happened(&plan)];
        let mut page = String::new();
        write(&mut page, &groupings, lens).expect("a text takes everything");
        let view = crate::render::view::view(&plan, lens);
        let blocks = view.groups.into_iter().chain(view.drift).flat_map(|group| group.blocks);
        let wanted: Vec<Words> = blocks.map(words).collect();
        let text = unpacked(&page);
        prop_assert_eq!(read(&text), wanted);
        let sizes = format!("\"bytes\":{},", text.len());
        prop_assert!(page.contains(&sizes), "{}", page);
        let lines = format!("\"lines\":{}", text.lines().count());
        prop_assert!(page.contains(&lines), "{}", page);
    }
}

#[test]
fn the_script_reads_what_is_written() {
    let script = super::super::SCRIPT;
    let line = format!("const LINE = {};", LINE_BYTES / 3 * 4 + 1);
    let marks = format!("const HEADING = {HEADING}, KEEP = {};", mark(Sign::Keep));
    for piece in [line.as_str(), &marks] {
        assert!(script.contains(piece), "no {piece}");
    }
    for sign in [Sign::Replace, Sign::Remove, Sign::Change, Sign::Add, Sign::Keep] {
        let piece =
            format!("'{}': ['{}', '{}']", char::from(mark(sign)), sign.gutter(), super::super::class(sign));
        assert!(script.contains(&piece), "no {piece}");
    }
}

#[test]
fn a_change_with_more_rows_than_a_view_shows_is_whole() {
    let users: Vec<String> = (0..5_000).map(|at| format!("{at:032x}")).collect();
    let cells: Vec<_> = users.iter().map(|user| (user.as_str(), "vip", "", "members")).collect();
    let mut s = Sample::new();
    s.change((Resource::TagMembers, "vip"), Action::Create, Basis::Observed, &cells, &[]);
    let (zone, mask) = (Zone::shanghai(), Mask::show());
    let lens = Lens { mask: &mask, cuts: Cuts::NONE, zone: &zone };
    let mut page = String::new();
    write(&mut page, &[&Grouping::planned(&s.plan)], lens).expect("a text takes everything");
    let text = unpacked(&page);
    assert_eq!(text.lines().count(), 5_001);
    assert!(users.iter().all(|user| text.contains(&format!("\n+{user}\n"))), "{text}");
}
