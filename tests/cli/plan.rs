//! `plan`: what it says, what it ends with, and that it writes nothing but what it spends.

use super::tool::{ALICE, BOB, CAROL, Project};
use super::vendors::Vendors;

#[test]
fn detailed_exit_codes_tell_changes_from_none() {
    let project = Project::new();
    project.ends(0, "plan --emulate");
    project.ends(2, "plan --emulate --detailed-exitcode");
    project.ends(0, "apply --emulate --auto-approve");
    insta::assert_snapshot!(project.ends(0, "plan --emulate --detailed-exitcode").shown());
}

#[test]
fn selectors_narrow_a_plan() {
    let project = Project::new();
    let plan = |options: &str| project.ends(0, &format!("plan --emulate {options}")).stdout;
    let targeted = plan("--target getui.alias[\"alice*\"] --target jpush.property[\"level\"]");
    assert!(targeted.contains("# getui.alias[\"alice_w\"]"), "{targeted}");
    assert!(targeted.contains("Plan: 1 to add, 1 to change, 0 to destroy."), "{targeted}");
    let excluded = plan("--exclude getui.*");
    assert!(!excluded.contains("# getui."), "{excluded}");
    assert!(excluded.contains("# jpush.device"), "{excluded}");
}

#[test]
fn every_way_of_reading_ends_in_a_plan() {
    let project = Project::new();
    for refresh in ["auto", "full", "counts", "none"] {
        let plan = project.ends(2, &format!("plan --emulate --detailed-exitcode --refresh {refresh}")).stdout;
        assert!(plan.contains("# getui.tag_set"), "{refresh}:\n{plan}");
    }
    insta::assert_snapshot!(project.ends(0, "plan --emulate --refresh none").shown());
    project.ends(0, "apply --emulate --auto-approve");
    for refresh in ["auto", "full", "counts", "none"] {
        project.ends(0, &format!("plan --emulate --detailed-exitcode --refresh {refresh}"));
    }
}

#[test]
fn a_plan_writes_what_its_reads_spend_and_nothing_else() {
    let mut project = Project::new();
    let vendors = Vendors::start(&project, "");
    vendors.point(&mut project);
    let before = project.files();
    for words in ["quota", "state list"] {
        project.run(words);
        assert_eq!(project.files(), before, "{words} wrote something");
    }
    for words in ["plan", "plan --emulate", "drift --emulate", "plan --json", "drift"] {
        project.run(words);
        assert_eq!(project.files_but_states(), before, "{words} wrote something");
    }
    let spent = project.ends(0, "quota").stdout;
    let line = spent.lines().find(|line| line.contains("requests")).unwrap_or_default();
    assert!(
        line.split_whitespace().nth(3).is_some_and(|spent| spent != "0"),
        "the reads of a plan are not among what is spent:\n{spent}"
    );
    project.ends(0, "apply --auto-approve");
    project.ends(0, "apply --emulate --auto-approve");
    project.replace("manifests/audience.yaml", "喜爱足球", "足球迷");
    let before = project.files_but_states();
    for words in ["plan --detailed-exitcode", "plan --emulate --detailed-exitcode"] {
        project.ends(2, words);
        assert_eq!(project.files_but_states(), before, "{words} wrote something");
    }
    assert_eq!(vendors.violations(), 0);
}

#[test]
fn an_unknown_user_is_an_error_and_the_rest_is_planned() {
    let manifest = format!("getui:\n  tag_sets:\n    {ALICE}: [vip]\n    {BOB}: [vip]\n");
    let world = format!("getui:\n  users_unknown: reject\n  users: {{{ALICE}: {{}}}}\n");
    let project = Project::of(&manifest, &world, "");
    insta::assert_snapshot!(project.ends(1, "plan --emulate").shown());
}

#[test]
fn what_a_day_does_not_hold_is_told_by_day() {
    let manifest = format!("getui:\n  tag_members:\n    a: [{ALICE}]\n    b: [{BOB}]\n    c: [{CAROL}]\n");
    let limits = "  limits: {tag_batch: [100/1m, 1/1d], tag_overwrite_per_user: 0/1d}\n";
    let project = Project::of(&manifest, "", limits);
    insta::assert_snapshot!(project.ends(0, "plan --emulate").shown());
}

#[test]
fn a_damaged_state_and_world_are_named() {
    let project = Project::new();
    project
        .write(".pushform/emulated-state.db", "this is no database, but long enough to look like something");
    insta::assert_snapshot!(project.ends(1, "plan --emulate").shown());
    let project = Project::new();
    project.write(".pushform/emulated-world.json", "{\"half");
    let ran = project.ends(1, "plan --emulate");
    assert!(ran.stderr.contains("emulated-world.json"), "{}", ran.stderr);
}

#[test]
fn a_saved_plan_is_shown_again_and_applied_as_it_is() {
    let project = Project::new();
    insta::assert_snapshot!("saved", project.ends(0, "-q plan --emulate -o plan.json").shown());
    let planned = project.ends(0, "plan --emulate --json -o plan.json");
    let hint = planned.stderr;
    assert!(hint.ends_with("    pushform apply --emulate \"plan.json\"\n"), "{hint}");
    let shown = project.ends(0, "show plan.json").stdout;
    assert_eq!(shown, project.ends(0, "plan --emulate").stdout, "it reads as it was planned");
    assert_eq!(project.ends(0, "show --json plan.json").stdout, planned.stdout);
    assert!(project.ends(0, "show --markdown plan.json").stdout.contains("getui.alias"));
    project.ends(0, "show --html plan.html plan.json");
    let page = project.read("plan.html");
    assert!(page.ends_with("</html>\n"));
    let folder = project.folder().file_name().expect("a name").to_string_lossy().into_owned();
    for piece in
        [&format!("<dt>Project<dd>{folder}</div>"), "<b class=badge>emulated</b>", "<dt>Account<dd>getui "]
    {
        assert!(page.contains(piece), "no {piece} in {page}");
    }
    for words in ["show --html plan.json", "show plan.json --html"] {
        assert_eq!(project.ends(0, words).stdout, page, "{words}");
    }
    project.ends(1, "show --html");
    project.ends(1, "show --json plan.json --html");
    let applied = project.ends(0, "apply --emulate plan.json");
    assert!(!applied.stdout.contains("Only 'yes'"), "a saved plan is approved already:\n{}", applied.stdout);
    project.ends(0, "plan --emulate --detailed-exitcode");
}

#[test]
fn a_plan_that_no_longer_fits_is_refused_and_nothing_is_sent() {
    let stale = |what: &str, move_on: &dyn Fn(&Project)| {
        let project = Project::new();
        project.ends(0, "apply --emulate --auto-approve");
        project.replace("manifests/audience.yaml", "喜爱足球", "足球迷");
        project.ends(0, "plan --emulate -o plan.json");
        move_on(&project);
        let tags =
            |project: &Project| project.read(".pushform/emulated-world.json").matches("足球迷").count();
        let before = tags(&project);
        let ran = project.ends(6, "apply --emulate plan.json");
        assert_eq!(tags(&project), before, "{what}: something was sent");
        ran.stderr
    };
    let manifests =
        stale("manifests", &|project| project.replace("manifests/audience.yaml", "足球迷", "篮球迷"));
    insta::assert_snapshot!(manifests);
    stale("the state", &|project| drop(project.ends(0, "state rm getui.blacklist --emulate")));
    let live = stale("the live side", &|project| {
        project.replace(".pushform/emulated-world.json", "喜爱足球", "外人");
    });
    insta::assert_snapshot!(live);
}

#[test]
fn a_damaged_plan_file_is_refused() {
    let project = Project::new();
    project.write("plan.json", &project.ends(0, "plan --emulate --json").stdout);
    project.replace("plan.json", "alice_w", "mallory");
    let before = project.files();
    for words in ["apply --emulate plan.json", "show plan.json"] {
        let ran = project.ends(6, words);
        assert!(ran.stderr.contains("its digest does not fit"), "{words}: {}", ran.stderr);
        assert!(project.files() == before, "{words} recorded something");
    }
    project.write("plan.json", "{}");
    project.ends(1, "apply --emulate plan.json");
    project.ends(1, "show nowhere.json");
}
