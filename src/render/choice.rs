//! Why tags are written as they are: for each tag its calls beside the overwrites of its users, for overwritten
//! users the calls of tags that they save. What `plan -v` says beneath the plan.
//!
//! It is read off the calls of a plan, so a saved plan says the same; it chooses nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::kind::Write;
use crate::names::Name;
use crate::plan::{Choice, Plan};
use crate::render::look::Look;
use crate::render::text;
use crate::table::Kind;

/// How many tags are told one by one, and how many sizes of groups.
const TOLD_MAX: usize = 10;

/// What becomes of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Unbind,
    Bind,
}

/// The calls of one tag in one direction.
#[derive(Clone, Copy, Debug, Default)]
struct Batches {
    calls: u64,
    users: u64,
}

/// Lines for a plan that writes tags; nothing for any other.
#[must_use]
pub fn choice(plan: &Plan, look: &Look) -> String {
    let (tags, users) = sorted_out(plan);
    if tags.is_empty() && users.is_empty() {
        return String::new();
    }
    let mut lines = batches(plan, &tags);
    lines.extend(overwrites(plan, &tags, &users));
    lines.extend(proven(plan));
    let mut out = format!("\n{HEADING}\n");
    for line in lines {
        out.push_str(GUTTER);
        out.push_str(&text::wrap(&line, look.width.saturating_sub(GUTTER.len()), 2 * GUTTER.len()));
        out.push('\n');
    }
    out
}

const HEADING: &str = "How tags are written:";
/// What stands before each line.
const GUTTER: &str = "  ";

type Tags = BTreeMap<(Name, Way), Batches>;

fn sorted_out(plan: &Plan) -> (Tags, BTreeSet<Name>) {
    let (mut tags, mut users) = (Tags::new(), BTreeSet::new());
    for call in &plan.calls {
        let (tag, way, members) = match &call.write {
            Write::BindTag(tag, members) => (*tag, Way::Bind, members),
            Write::UnbindTag(tag, members) => (*tag, Way::Unbind, members),
            Write::OverwriteTags { user, .. } => {
                users.insert(*user);
                continue;
            }
            Write::BindAliases(_)
            | Write::UnbindAliases(_)
            | Write::ClearAlias(..)
            | Write::Block(_)
            | Write::Unblock(_)
            | Write::BindTokens(..)
            | Write::UnbindTokens(..)
            | Write::CreateProperty(..)
            | Write::DescribeProperty(..)
            | Write::DeleteProperty(_)
            | Write::SetValues(_)
            | Write::RemoveValue(..) => continue,
        };
        let batches = tags.entry((tag, way)).or_default();
        batches.calls += 1;
        batches.users += members.len() as u64;
    }
    (tags, users)
}

/// `+ spring_sale: 2 calls for 1,204 users; overwriting them would take 1,204`
fn batches(plan: &Plan, tags: &Tags) -> Vec<String> {
    let mut list: Vec<_> = tags.iter().collect();
    let key = |(tag, way): &(Name, Way), one: &Batches| {
        (Reverse(one.calls), Reverse(one.users), plan.names.text(*tag).to_owned(), *way)
    };
    list.sort_by_cached_key(|(tag, one)| key(tag, one));
    let told = list.iter().take(TOLD_MAX).map(|((tag, way), one)| {
        let sign = match way {
            Way::Unbind => '-',
            Way::Bind => '+',
        };
        let tag = text::clean(plan.names.text(*tag));
        format!("{sign} {tag}: {}", compared(one))
    });
    let mut lines: Vec<String> = told.collect();
    let rest = list.iter().skip(TOLD_MAX);
    let sum = rest.fold(Batches::default(), |sum, (_, one)| Batches {
        calls: sum.calls + one.calls,
        users: sum.users + one.users,
    });
    if sum.calls > 0 {
        let more = (list.len() - TOLD_MAX) as u64;
        let calls = text::count(sum.calls, "call", "calls");
        let more = text::count(more, "more tag", "more tags");
        lines.push(format!("… and {more}: {calls} for {}", text::count(sum.users, "row", "rows")));
    }
    lines
}

fn compared(one: &Batches) -> String {
    let calls = text::count(one.calls, "call", "calls");
    let users = text::count(one.users, "user", "users");
    if one.users > one.calls {
        format!("{calls} for {users}; overwriting them would take {}", text::group(one.users))
    } else {
        format!("{calls} for {users}")
    }
}

/// `312 users overwritten: 3 tags each`, and what that saves.
fn overwrites(plan: &Plan, tags: &Tags, users: &BTreeSet<Name>) -> Vec<String> {
    if users.is_empty() {
        return Vec::new();
    }
    let mut changes: BTreeMap<Name, u64> = BTreeMap::new();
    let mut spared: BTreeSet<(Name, Way)> = BTreeSet::new();
    for cell in plan.cells.iter().filter(|cell| cell.kind() == Kind::Tag && users.contains(&cell.subject)) {
        *changes.entry(cell.subject).or_default() += 1;
        let way = if cell.after.is_some() { Way::Bind } else { Way::Unbind };
        if !tags.contains_key(&(cell.item, way)) {
            spared.insert((cell.item, way));
        }
    }
    let mut sizes: BTreeMap<u64, u64> = BTreeMap::new();
    changes.values().for_each(|tags| *sizes.entry(*tags).or_default() += 1);
    let mut sizes: Vec<(u64, u64)> = sizes.into_iter().collect();
    sizes.sort_by_key(|(tags, users)| (Reverse(*users), *tags));
    let told = sizes.iter().take(TOLD_MAX).map(|(tags, users)| {
        let each = if *users == 1 { "" } else { " each" };
        format!(
            "{} overwritten: {}{each}",
            text::count(*users, "user", "users"),
            text::count(*tags, "tag", "tags")
        )
    });
    let mut lines: Vec<String> = told.collect();
    let more: u64 = sizes.iter().skip(TOLD_MAX).map(|(_, users)| users).sum();
    if more > 0 {
        lines.push(format!("… and {} overwritten", text::count(more, "more user", "more users")));
    }
    if !spared.is_empty() {
        let calls = text::count(spared.len() as u64, "call of one tag", "calls of one tag");
        lines.push(format!(
            "{} instead of at least {calls}",
            text::count(users.len() as u64, "overwrite", "overwrites")
        ));
    }
    lines
}

/// What is proven of the choice, of its end first.
fn proven(plan: &Plan) -> Option<String> {
    let Choice { calls, calls_minimum, ms, ms_minimum } = plan.forecast.choice?;
    let binds: Vec<String> = (plan.forecast.quotas.iter().filter(|need| need.binds))
        .map(|need| format!("{} {}", need.name, text::limit(&need.limit)))
        .collect();
    let decides = match binds.as_slice() {
        [] => String::new(),
        [one] => format!("{one} decides when it is done; "),
        all => format!("{} decide when it is done; ", all.join(" and ")),
    };
    let earlier = match (ms, ms == ms_minimum) {
        (0, _) => String::new(),
        (_, true) => "no other choice is done earlier, ".to_owned(),
        (_, false) => {
            let (is, least) = (text::duration(ms), text::duration(ms_minimum));
            format!("the limits need {is} for it, {least} for any choice, ")
        }
    };
    let fewer = if calls == calls_minimum {
        let calls = text::count(calls, "call", "calls");
        format!("{calls} of tags are the fewest{}", if ms == 0 { "" } else { " for that end" })
    } else {
        let least = text::group(calls_minimum);
        format!("{least} of its {} are needed at least", text::count(calls, "call", "calls"))
    };
    Some(format!("{decides}proven: {earlier}{fewer}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Resource;
    use crate::change::{Action, Basis};
    use crate::plan::Call;
    use crate::render::sample::{ALICE, BOB, CAROL, Sample};
    use crate::timestamp::Zone;

    fn call(write: Write) -> Call {
        Call { write, spends: Vec::new(), after: Vec::new(), changes: Vec::new(), rank: 0 }
    }

    #[test]
    fn each_tag_and_each_size_of_users_says_why_it_is_written_so() {
        let mut s = Sample::new();
        let cells = [
            (ALICE, "rare", "", "x"),
            (ALICE, "old", "x", ""),
            (BOB, "sale", "", "x"),
            (CAROL, "sale", "", "x"),
        ];
        s.change((Resource::TagSet, ALICE), Action::Update, Basis::Observed, &cells, &[]);
        let [sale, rare, old] = ["sale", "rare", "old"].map(|tag| s.name(tag));
        let [alice, bob, carol] = [ALICE, BOB, CAROL].map(|user| s.name(user));
        s.plan.calls = vec![
            call(Write::OverwriteTags { user: alice, tags: vec![rare], drops: vec![old], carried: None }),
            call(Write::BindTag(sale, vec![bob, carol])),
        ];
        s.plan.forecast.choice = Some(Choice { calls: 2, calls_minimum: 2, ms: 0, ms_minimum: 0 });
        let shown = choice(&s.plan, &Look::plain(Zone::shanghai()));
        assert_eq!(
            shown,
            "\nHow tags are written:\n  + sale: 1 call for 2 users; overwriting them would take 2\n  \
             1 user overwritten: 2 tags\n  1 overwrite instead of at least 2 calls of one tag\n  \
             proven: 2 calls of tags are the fewest\n"
        );
    }

    #[test]
    fn what_is_proven_is_told_of_the_end_and_of_the_calls() {
        let mut s = Sample::new();
        let mut told = |calls, calls_minimum, ms, ms_minimum| {
            s.plan.forecast.choice = Some(Choice { calls, calls_minimum, ms, ms_minimum });
            proven(&s.plan).expect("a choice")
        };
        assert_eq!(
            told(5_000, 4_960, 240_000, 240_000),
            "proven: no other choice is done earlier, 4,960 of its 5,000 calls are needed at least"
        );
        assert_eq!(
            told(1_742, 1_620, 120_000, 60_000),
            "proven: the limits need 2 min for it, 1 min for any choice, 1,620 of its 1,742 calls are needed at least"
        );
        assert_eq!(
            told(200, 200, 60_000, 60_000),
            "proven: no other choice is done earlier, 200 calls of tags are the fewest for that end"
        );
    }

    #[test]
    fn a_plan_without_tags_says_nothing() {
        assert_eq!(choice(&Sample::example(), &Look::plain(Zone::shanghai())), "");
    }

    #[test]
    fn many_tags_are_cut_with_a_count() {
        let mut s = Sample::new();
        let users: Vec<Name> = (0..3).map(|user| s.name(&format!("user {user}"))).collect();
        for tag in 0..14 {
            let tag = s.name(&format!("tag-{tag:02}"));
            s.plan.calls.push(call(Write::UnbindTag(tag, users.clone())));
        }
        let shown = choice(&s.plan, &Look::plain(Zone::shanghai()));
        assert!(shown.contains("- tag-09: 1 call for 3 users"), "{shown}");
        assert!(shown.ends_with("  … and 4 more tags: 4 calls for 12 rows\n"), "{shown}");
    }
}
