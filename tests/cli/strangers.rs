//! What others have put there: users full of foreign tags, names that no path can hold, values of an interrupted
//! replacement. It is the problem of the row that it touches, and it is said.

use serde_json::Value;

use super::tool::{ALICE, BOB, CAROL, DEVICE, Project};
use super::vendors::Vendors;

/// A project that calls an emulator of its own.
fn with_vendors(manifest: &str, world: &str, getui: &str) -> (Project, Vendors) {
    let mut project = Project::of(manifest, "", getui);
    let vendors = Vendors::start_with(&project, world);
    vendors.point(&mut project);
    (project, vendors)
}

fn users(vendors: &Vendors) -> Value {
    let mut world: Value = serde_json::from_str(&vendors.control("GET", "world", "")).expect("JSON");
    world["setup"]["getui"]["users"].take()
}

fn calls(vendors: &Vendors, endpoint: &str) -> u64 {
    let stats: Value = serde_json::from_str(&vendors.control("GET", "stats", "")).expect("JSON");
    stats[endpoint]["calls"].as_u64().unwrap_or(0)
}

#[test]
fn a_user_full_of_foreign_tags_is_that_users_problem_alone() {
    let tags: Vec<String> = (0..100).map(|n| format!("theirs_{n}")).collect();
    let world = format!("getui:\n  users:\n    {ALICE}: {{tags: [{}]}}\n", tags.join(", "));
    let manifest = format!(
        "getui:\n  tag_members:\n    vip: [{ALICE}, {BOB}]\n  aliases: {{bob: {BOB}}}\n  blacklist: [{CAROL}]\n"
    );
    let (project, vendors) = with_vendors(&manifest, &world, "");
    let planned = project.ends(1, "plan");
    assert!(planned.stderr.contains("plan::too_many_tags"), "{}", planned.shown());
    assert!(planned.stderr.contains("manifests/audience.yaml:3"), "{}", planned.shown());
    let applied = project.ends(1, "apply --auto-approve");
    assert!(applied.stderr.contains(&format!("`{ALICE}` would carry 101 tags")), "{}", applied.shown());
    let users = users(&vendors);
    assert_eq!(users[BOB]["tags"], serde_json::json!(["vip"]));
    assert_eq!(users[BOB]["alias"], "bob");
    assert_eq!(users[CAROL]["blacklisted"], true);
    assert_eq!(users[ALICE]["tags"].as_array().map(Vec::len), Some(100));
    assert_eq!(vendors.violations(), 0);
}

#[test]
fn a_name_that_a_url_resolves_is_never_sent_and_is_named() {
    let world = format!(
        "getui:\n  legacy: true\n  users:\n    {ALICE}: {{tags: [., .., theirs]}}\n    {BOB}: {{alias: ., tags: [fine]}}\n    \
         {CAROL}: {{tags: [..]}}\n"
    );
    let manifest =
        format!("getui:\n  tag_sets:\n    {ALICE}: [vip]\n    {CAROL}: []\n  blacklist: [{BOB}]\n");
    let (project, vendors) = with_vendors(&manifest, &world, "");
    // Alice's whole set is written at once; Carol's would be empty, which no overwrite can be.
    let applied = project.ends(1, "apply --auto-approve");
    assert!(applied.stderr.contains("plan::unreachable"), "{}", applied.shown());
    assert!(applied.stderr.contains(&format!("`{CAROL}` carries the tag `..`")), "{}", applied.shown());
    assert!(!applied.stderr.contains(&format!("the user `{ALICE}`")), "{}", applied.shown());
    assert_eq!(users(&vendors)[ALICE]["tags"], serde_json::json!(["vip"]));
    assert_eq!(users(&vendors)[BOB]["blacklisted"], true);
    project.write("cids.txt", &format!("{ALICE}\n{BOB}\n{CAROL}\n"));
    let pulled = project.ends(0, "pull --cids cids.txt -o pulled");
    assert!(pulled.stderr.contains("the alias `.`"), "{}", pulled.shown());
    assert!(project.read("pulled/users.yaml").contains("fine"), "everybody else is pulled");
    assert_eq!((calls(&vendors, "getui.tag.unbind"), calls(&vendors, "getui.alias.users")), (0, 0));
    assert_eq!(vendors.violations(), 0);
}

/// The property is deleted and cannot be created: its values are kept in the state.
fn interrupted(device: &str) -> (Project, Vendors) {
    let world = format!(
        "jpush:\n  properties: {{level: {{type: string}}}}\n  devices: {{{device}: {{level: \"3\"}}}}\n"
    );
    let declared = |kind: &str, devices: &str| {
        format!("jpush:\n  properties: {{level: {{type: {kind}}}}}\n  devices: {devices}\n")
    };
    let values = format!("{{{DEVICE}: {{level: \"3\"}}}}");
    let (project, vendors) = with_vendors(&declared("string", &values), &world, "");
    project.ends(0, "apply --auto-approve");
    project.write("manifests/audience.yaml", &declared("number", &values));
    let fault =
        r#"{"on": "jpush.property.add", "do": "code", "status": 400, "code": 9003, "msg": "no", "call": 1}"#;
    vendors.control("POST", "faults", fault);
    project.ends(1, "apply --auto-approve");
    project.write("manifests/audience.yaml", &declared("number", "{}"));
    (project, vendors)
}

#[test]
fn a_value_taken_out_of_the_manifest_does_not_come_back_after_a_failed_replacement() {
    let (project, vendors) = interrupted(DEVICE);
    project.ends(0, "plan -o p.plan");
    project.ends(0, "apply p.plan --auto-approve");
    let again = project.ends(0, "plan --json --detailed-exitcode");
    let plan: Value = serde_json::from_str(&again.stdout).expect("JSON");
    assert_eq!(plan["calls"], serde_json::json!([]), "a plan without changes has no calls");
    project.ends(0, "apply --auto-approve");
    let world: Value = serde_json::from_str(&vendors.control("GET", "world", "")).expect("JSON");
    assert_ne!(world["setup"]["jpush"]["devices"][DEVICE]["level"], "3", "nobody declares it any more");
}

#[test]
fn a_foreign_value_that_is_bound_again_is_a_change_of_its_property() {
    const THEIRS: &str = "121c83f7602bda9ba31";
    let (project, vendors) = interrupted(THEIRS);
    // It fails once more, so that the values are all that is left to do.
    let fault =
        r#"{"on": "jpush.device.set", "do": "code", "status": 400, "code": 9003, "msg": "no", "call": 1}"#;
    vendors.control("POST", "faults", fault);
    project.ends(1, "apply --auto-approve");
    let planned = project.ends(2, "plan --json --detailed-exitcode");
    let plan: Value = serde_json::from_str(&planned.stdout).expect("JSON");
    assert_eq!(plan["resource_changes"][0]["address"], "jpush.property[\"level\"]", "{}", planned.stdout);
    assert_eq!(plan["calls"][0]["changes"], serde_json::json!([0]));
    let shown = project.ends(0, "plan");
    assert!(shown.stdout.contains("1 value kept from an interrupted replacement"), "{}", shown.shown());
    project.ends(0, "apply --auto-approve");
    let world: Value = serde_json::from_str(&vendors.control("GET", "world", "")).expect("JSON");
    assert_eq!(world["setup"]["jpush"]["devices"][THEIRS]["level"], "3");
    project.ends(0, "plan --detailed-exitcode");
}

#[test]
fn an_exact_set_that_counts_do_not_show_is_said_to_be_unread() {
    let world = format!("getui:\n  users:\n    {ALICE}: {{tags: [theirs]}}\n");
    let manifest = format!("getui:\n  tag_sets:\n    {ALICE}: [vip]\n");
    let limits = "  limits: {tag_overwrite_per_user: 0/1d}\n";
    let (project, vendors) = with_vendors(&manifest, &world, limits);
    for command in ["plan --refresh counts", "apply --refresh counts --auto-approve"] {
        let ran = project.ends(0, command);
        assert!(ran.stdout.contains("1 new exact tag set was not read"), "{}", ran.shown());
    }
    assert_eq!(users(&vendors)[ALICE]["tags"], serde_json::json!(["theirs", "vip"]));
    project.ends(0, "apply --refresh full --auto-approve");
    assert_eq!(users(&vendors)[ALICE]["tags"], serde_json::json!(["vip"]));
    let quiet = project.ends(0, "plan --refresh counts");
    assert!(!quiet.stdout.contains("not read"), "{}", quiet.shown());
}
