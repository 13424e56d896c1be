//! What the first of several days finishes, held against the order tag by tag.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::kind::Write;
use crate::quota::{Ledger, Limit, Quotas};
use crate::table::Kind;

use super::Plan;
use super::testing::{World, parse, plan_with, quotas};

const USERS: usize = 300;
const TAGS: usize = 12;
/// Rows on a call.
const BATCH_MAX: usize = 10;

/// A ledger whose day has so many batches.
fn day_of(batches: usize) -> Ledger {
    let mut list: Vec<_> = quotas().iter().map(|(_, quota)| quota.clone()).collect();
    for quota in list.iter_mut().filter(|quota| quota.name == "tag_batch") {
        quota.limits = vec![Limit::parse(&format!("{batches}/1d")).expect("a limit")];
    }
    Ledger::new(Quotas::new(list))
}

/// Users with so many tags more and so many less, whom nobody has read, so that nobody may be overwritten.
fn drawn(more: usize, less: usize) -> World {
    let mut rng = fastrand::Rng::with_seed(7);
    let mut members: [BTreeMap<usize, Vec<String>>; 2] = Default::default();
    for user in 0..USERS {
        let mut tags: Vec<usize> = (0..TAGS).collect();
        rng.shuffle(&mut tags);
        for (at, tag) in tags.into_iter().take(more + less).enumerate() {
            members[usize::from(at >= more)].entry(tag).or_default().push(format!("u{user}"));
        }
    }
    let mut text = String::new();
    for (head, members) in ["desired", "recorded"].into_iter().zip(members) {
        writeln!(text, "{head}:").expect("a text takes any line");
        for (tag, users) in members {
            writeln!(text, " members t{tag} = {}", users.join(" ")).expect("a text takes any line");
        }
    }
    parse(&text)
}

/// How many users are as declared after so many calls.
fn finished_after(plan: &Plan, calls: usize) -> usize {
    let mut open: BTreeMap<_, usize> = BTreeMap::new();
    for cell in plan.cells.iter().filter(|cell| cell.kind() == Kind::Tag) {
        *open.entry(cell.subject).or_default() += 1;
    }
    for call in &plan.calls[..calls] {
        let (Write::BindTag(_, users) | Write::UnbindTag(_, users)) = &call.write else { continue };
        users.iter().for_each(|user| *open.get_mut(user).expect("a user of a cell") -= 1);
    }
    open.values().filter(|rows| **rows == 0).count()
}

/// Users finished on the first day of two in our order and tag by tag, and how many would be a fair share.
fn first_day(world: &World) -> (usize, usize, usize) {
    let tag_by_tag = plan_with(world, BATCH_MAX, &day_of(10_000));
    let today = tag_by_tag.calls.len().div_ceil(2);
    let ours = plan_with(world, BATCH_MAX, &day_of(today));
    assert_eq!(ours.forecast.days.len(), 2, "{:?}", ours.forecast.days);
    assert_eq!(ours.calls.len(), tag_by_tag.calls.len());
    let fair = USERS * today / ours.calls.len();
    (finished_after(&ours, today), finished_after(&tag_by_tag, today), fair)
}

#[test]
fn half_of_the_calls_finish_nearly_half_of_the_users() {
    for (more, less) in [(4, 0), (1, 1), (2, 2)] {
        let (ours, tag_by_tag, fair) = first_day(&drawn(more, less));
        let said = format!("{more} more, {less} less: {ours} finished, tag by tag {tag_by_tag}, fair {fair}");
        assert!(10 * ours >= 8 * fair, "{said}");
        assert!(ours > 2 * tag_by_tag, "{said}");
    }
}

#[test]
fn whoever_takes_few_calls_is_finished_first() {
    let crowd: Vec<String> = (0..100).map(|user| format!("x{user}")).collect();
    let rare: Vec<String> = (0..10).map(|tag| format!("members rare{tag} = a")).collect();
    let world = parse(&format!("desired:\n {}\n members zz = {}", rare.join("\n"), crowd.join(" ")));
    let plan = plan_with(&world, BATCH_MAX, &day_of(10));
    assert_eq!(finished_after(&plan, 10), 100, "ten calls serve a hundred users or the ten tags of one");
}

/// A removal that makes room comes before what needs the room, whoever else is in either call.
#[test]
fn an_addition_still_waits_for_the_removal_that_makes_room_for_it() {
    let many: Vec<String> = (0..99).map(|tag| format!("members t{tag} = z")).collect();
    let many = many.join("\n");
    let crowd: Vec<String> = (0..30).map(|user| format!("u{user}")).collect();
    let world = format!(
        "desired:\n{many}\nmembers new = z {}\nrecorded:\n{many}\nmembers old = z y x",
        crowd.join(" ")
    );
    let plan = plan_with(&parse(&world), BATCH_MAX, &day_of(2));
    let waits = |call: &&super::Call| !call.after.is_empty();
    let waiting: Vec<_> = plan.calls.iter().filter(waits).collect();
    assert_eq!(waiting.len(), 1, "one call gives a tag to somebody who has a hundred");
    for before in &waiting[0].after {
        assert!(*before < waiting[0].rank, "what comes before has the smaller place");
        assert!(matches!(plan.calls[*before as usize].write, Write::UnbindTag(..)));
    }
    let ranks: BTreeSet<u32> = plan.calls.iter().map(|call| call.rank).collect();
    assert_eq!(ranks.len(), plan.calls.len());
}

/// Batches have a limit of their own beside the one that all calls spend: overwrites before them would leave it idle.
#[test]
fn batches_and_overwrites_go_side_by_side() {
    let mut text = String::from("desired:\n");
    for user in 0..2_000 {
        let own: Vec<String> = (0..3).map(|tag| format!("o{user}x{tag}")).collect();
        writeln!(text, " set a{user} = {}", own.join(" ")).expect("a text takes any line");
    }
    let crowd: Vec<String> = (0..900).map(|user| format!("b{user}")).collect();
    writeln!(text, " members popular = {}", crowd.join(" ")).expect("a text takes any line");
    let plan = plan_with(&parse(&text), 6, &Ledger::new(quotas()));
    let done = plan.forecast.finishes_at.expect("a plan that ends").since(super::testing::now());
    assert_eq!(plan.calls.len(), 2_150);
    assert!(done < 2 * 60_000, "2,150 calls at 1,200 a minute, 150 batches at 100: {done} ms");
}
