//! The page as a text: what stands in it, and what it never holds.

use base64::Engine;
use sha2::{Digest, Sha256};

use super::packed::tests::unpacked;
use super::*;
use crate::address::Resource;
use crate::change::{Action, Basis};
use crate::quota::{QuotaId, Spend};
use crate::render::sample::{ALICE, BOB, CAROL, DEVICE, Sample};

fn page(plan: &Plan) -> String {
    let mut out = String::new();
    super::plan(plan, &Zone::shanghai(), &Mask::show(), &mut out).expect("a text takes everything");
    out
}

#[test]
fn the_page_has_numbers_changes_and_a_schedule() {
    let mut plan = Sample::example();
    for call in &mut plan.calls {
        call.spends = vec![Spend { quota: QuotaId(0), subject: 0 }];
    }
    let page = page(&plan);
    for piece in [
        "<li class=add><b>2</b>to add",
        "<code class=remove>getui.alias[&quot;legacy&quot;]</code> will be destroyed",
        "会员<del>等</del>级",
        "moves from &quot;old_name&quot;",
        "<svg ",
        "class=bar",
        "getui tag_batch 10,000/1d",
        "<small>+1,204 rows</small>",
    ] {
        assert!(page.contains(piece), "no {piece} in {page}");
    }
    assert!(page.ends_with("</html>\n"));
    for outside in ["http://", "https://", " src=", "@import", " style=", " href="] {
        assert!(!page.contains(outside), "{outside} is fetched, or looks without the policy");
    }
}

#[test]
fn the_policy_lets_our_style_and_our_script_run_and_nothing_else() {
    let digest = |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
    assert_eq!(STYLE_DIGEST, digest(STYLE), "put the digest on the right into html.rs");
    assert_eq!(SCRIPT_DIGEST, digest(SCRIPT), "put the digest on the right into html.rs");
    let page = page(&Sample::new().plan);
    assert!(page.contains("default-src 'none';") && !page.contains("unsafe"), "{page}");
    assert_eq!((page.matches("<script>").count(), page.matches("<style>").count()), (1, 1));
}

#[test]
fn a_hostile_name_stays_text() {
    let mut s = Sample::new();
    let name = "</pre></script><script>alert(1)</script>\"' onload=x";
    s.change((Resource::TagSet, name), Action::Update, Basis::Observed, &[(ALICE, name, "", "set")], &[]);
    s.plan.notes = vec![name.to_owned()];
    s.plan.base.project = name.to_owned();
    s.plan.base.accounts.insert("getui".to_owned(), name.to_owned());
    let page = page(&s.plan);
    assert!(!page.contains("<script>alert"), "{page}");
    assert_eq!(page.matches("</pre>").count(), 1, "{page}");
    assert_eq!(page.matches("</script>").count(), 3, "{page}");
    assert!(unpacked(&page).contains(&format!("\n+{name}\n")), "{}", unpacked(&page));
    for setter in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "setAttribute('on",
    ] {
        assert!(!SCRIPT.contains(setter), "the script sets text alone, and has {setter}");
    }
}

#[test]
fn the_page_says_whose_plan_it_is_and_that_it_is_emulated() {
    let mut plan = Sample::example();
    let page_of = |plan: &Plan| page(plan);
    assert!(!page_of(&plan).contains("emulated"), "nothing is emulated");
    plan.base.project = "shop".to_owned();
    plan.base.emulated = true;
    plan.base.accounts.insert("getui".to_owned(), "getui app1".to_owned());
    let page = page_of(&plan);
    for piece in [
        "<b class=badge>emulated</b>",
        "<dt>Project<dd>shop</div>",
        "<dt>Account<dd>getui app1</div>",
        "<dt>Made<dd>2026-11-23 10:12 (Asia/Shanghai)</div>",
    ] {
        assert!(page.contains(piece), "no {piece} in {page}");
    }
}

#[test]
fn deletions_stand_before_the_schedule() {
    let page = page(&Sample::example());
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text} in {page}"));
    let [deletions, deleted, schedule] =
        [place("<h2>Deletions</h2>"), place("legacy"), place("<h2>Schedule</h2>")];
    assert!(deletions < deleted && deleted < schedule, "{deletions} {deleted} {schedule}");
    assert!(page.contains("<p>Updates also remove 1 row.</p>"), "{page}");
}

/// A hundred thousand changes as a first run has them: users with an alias and tags.
fn many() -> Plan {
    let mut s = Sample::new();
    for at in 0..100_000_u64 {
        let user = hex(at);
        if at % 2 == 0 {
            let cells = [(user.as_str(), "vip", "", "set"), (user.as_str(), "喜爱足球", "", "set")];
            s.change((Resource::TagSet, &user), Action::Create, Basis::Observed, &cells, &[]);
        } else {
            let alias = format!("member_{at:06}");
            let cells = [(user.as_str(), "", "", alias.as_str())];
            s.change((Resource::Alias, &alias), Action::Create, Basis::Observed, &cells, &[]);
        }
    }
    s.plan
}

/// 32 digits without a pattern.
fn hex(at: u64) -> String {
    Sha256::digest(at.to_le_bytes())[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_hundred_thousand_changes_are_all_there_in_at_most_forty_bytes_each() {
    let plan = many();
    let page = page(&plan);
    assert!(page.len() < 40 * 100_000 + 500_000, "{} bytes", page.len());
    assert_eq!(unpacked(&page).matches("\n!").count() + 1, 100_000);
    for piece in [
        "<b>100,000</b>to add",
        "50,000 getui.tag_set will be created",
        "… and 49,000 more getui.tag_set: the page lists them on a screen, with JavaScript",
        "… and 50,000 more getui.alias: the page",
    ] {
        assert!(page.contains(piece), "no {piece}");
    }
    assert_eq!(page.matches("<details").count(), 1_000, "the first ones are there without a script");
}

#[test]
fn a_masked_page_holds_no_name_in_what_is_packed_either() {
    let mut page = String::new();
    let plan = Sample::example();
    super::plan(&plan, &Zone::shanghai(), &Mask::hide(), &mut page).expect("a text takes everything");
    let text = unpacked(&page);
    assert!(text.contains("!getui.alias[\"alias#1\"]") && text.contains("+user#"), "{text}");
    for hidden in [ALICE, BOB, CAROL, DEVICE, "alice_w", "old_name", "legacy", &format!("{:032x}", 1_203)] {
        assert!(!page.contains(hidden) && !text.contains(hidden), "{hidden} is shown");
    }
}

/// It is written while it is made: no piece is as long as the page.
#[test]
fn a_page_is_written_in_pieces() {
    struct Pieces(usize, usize);
    impl fmt::Write for Pieces {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            (self.0, self.1) = (self.0.max(text.len()), self.1 + text.len());
            Ok(())
        }
    }
    let mut pieces = Pieces(0, 0);
    super::plan(&many(), &Zone::shanghai(), &Mask::show(), &mut pieces).expect("it takes everything");
    let Pieces(longest, all) = pieces;
    assert!(longest < FIRST_BYTES_MAX && all > 2 * longest, "{longest} of {all}");
}
