//! The mask, as an option and as the project's own wish: no alias and no id in anything shown, one word for each.

use std::collections::BTreeMap;
use std::io::Read;

use base64::Engine;

use super::tool::{ALICE, BOB, CAROL, DEVICE, Project};

/// An alias that is somebody's telephone number, and a token.
const PHONE: &str = "13800138000";
const TOKEN: &str = "oX-Yr4ICsWkJaydB8mdRD3DMahkA";

fn project() -> Project {
    let manifest = format!(
        "getui:\n  aliases:\n    \"{PHONE}\": [{ALICE}, {BOB}]\n  tag_sets:\n    {ALICE}: [vip]\n  tag_members:\n    \
         spring: [{BOB}, {CAROL}]\n  blacklist: [{CAROL}]\n  device_tokens:\n    wx: {{{ALICE}: {TOKEN}}}\njpush:\n  \
         properties:\n    level: {{type: number}}\n  devices:\n    {DEVICE}: {{level: 3}}\n"
    );
    let world = format!("getui:\n  users:\n    {BOB}: {{alias: \"13900139000\", tags: [old]}}\n");
    let project = Project::of(&manifest, &world, "");
    project.replace(
        "pushform.yaml",
        "manifests: [manifests]",
        "manifests: [manifests]\npolicy: {mask: true}",
    );
    project
}

#[track_caller]
fn hides_all(what: &str, text: &str) {
    for id in [ALICE, BOB, CAROL, DEVICE, PHONE, TOKEN, "13900139000"] {
        assert!(!text.contains(id), "{what} shows {id}:\n{text}");
    }
}

#[test]
fn a_project_that_wants_the_mask_shows_no_alias_and_no_id() {
    let project = project();
    project.ends(0, "plan --emulate -o plan.json");
    for words in [
        "validate",
        "validate --json",
        "-vv plan --emulate",
        "plan --emulate --json",
        "plan --emulate --markdown --html page.html",
        "--log-format json -vv plan --emulate --refresh full",
        "show --markdown plan.json",
        "show --json plan.json",
        "-vv apply --emulate --json plan.json",
        "-v drift --emulate",
        "drift --emulate --json",
        "drift --emulate --markdown",
        "state list --emulate",
        "state show getui.* jpush.* --emulate",
        "quota --emulate",
        "-vv apply --emulate --auto-approve",
    ] {
        let ran = project.run(words);
        assert!(!ran.stdout.is_empty() && ran.code != 1, "{words}: {}", ran.shown());
        hides_all(&format!("stdout of {words}"), &ran.stdout);
        hides_all(&format!("stderr of {words}"), &ran.stderr);
    }
    let page = project.read("page.html");
    hides_all("the page", &page);
    let rows = packed_rows(&page);
    assert!(rows.contains("getui.alias[\"alias#"), "{rows}");
    hides_all("what is packed into the page", &rows);
}

/// The changes that are packed into a page.
fn packed_rows(page: &str) -> String {
    let (_, rest) = page.split_once("id=rows>\n").expect("a page with changes");
    let (packed, _) = rest.split_once("</script>").expect("its end");
    let decode = |line: &str| base64::engine::general_purpose::STANDARD.decode(line).expect("base64");
    let bytes: Vec<u8> = packed.lines().flat_map(decode).collect();
    let mut rows = String::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut rows).expect("a text");
    rows
}

/// What a run tells of its failures is under the mask as well.
#[test]
fn what_went_wrong_is_told_under_the_mask() {
    let project = project();
    project.write("emulator.yaml", "getui: {users_unknown: reject}\n");
    for words in ["plan --emulate", "apply --emulate --auto-approve", "apply --emulate --auto-approve --json"]
    {
        let ran = project.ends(1, words);
        hides_all(&format!("stdout of {words}"), &ran.stdout);
        hides_all(&format!("stderr of {words}"), &ran.stderr);
    }
    project.replace("manifests/audience.yaml", "[vip]", &format!("[{ALICE} {PHONE}]"));
    let ran = project.ends(1, "validate");
    hides_all("what validate says", &ran.stderr);
}

/// Words of two outputs side by side: one word stands for one name, everywhere in it.
#[track_caller]
fn agree(plain: &str, masked: &str) -> usize {
    let (mut words, mut names) = (BTreeMap::new(), BTreeMap::new());
    let pieces = |text: &str| -> Vec<String> {
        let is_inside = |c: char| c.is_alphanumeric() || matches!(c, '#' | '-' | '_');
        text.split(|c| !is_inside(c)).filter(|piece| !piece.is_empty()).map(str::to_owned).collect()
    };
    let (plain, masked) = (pieces(plain), pieces(masked));
    assert_eq!(plain.len(), masked.len(), "{plain:?}\n{masked:?}");
    for (name, word) in plain.iter().zip(&masked).filter(|(name, word)| name != word) {
        assert!(word.contains('#'), "`{name}` became `{word}`");
        assert_eq!(words.entry(name).or_insert(word), &word, "two words for `{name}`");
        assert_eq!(names.entry(word).or_insert(name), &name, "two names for `{word}`");
    }
    words.len()
}

#[test]
fn one_name_has_one_word_within_one_output() {
    let project = project();
    let both = |words: &str| {
        let masked = project.ends(0, words).stdout;
        project.replace("pushform.yaml", "mask: true", "mask: false");
        let plain = project.ends(0, words).stdout;
        project.replace("pushform.yaml", "mask: false", "mask: true");
        (plain, masked)
    };
    for words in ["plan --emulate", "plan --emulate --markdown"] {
        let (plain, masked) = both(words);
        assert!(agree(&plain, &masked) >= 5, "{words} hides too little:\n{masked}");
    }
}

#[test]
fn a_mask_that_can_not_be_read_hides() {
    let project = project();
    for wrong in ["mask: maybe", "mask: \"${MASK:-false}\"", "mask: [true]"] {
        project.replace("pushform.yaml", "mask: true", wrong);
        let ran = project.ends(1, "plan --emulate");
        assert!(ran.stderr.contains("true or false") || ran.stderr.contains("wrong_type"), "{}", ran.stderr);
        project.replace("manifests/audience.yaml", "[vip]", "[\"\"]");
        hides_all("what validate says", &project.ends(1, "validate").stderr);
        project.replace("manifests/audience.yaml", "[\"\"]", "[vip]");
        project.replace("pushform.yaml", wrong, "mask: true");
    }
}

/// What a project wants that cannot be read is unknown, and unknown means masked.
#[test]
fn a_project_file_that_cannot_be_read_hides() {
    let project = project();
    project.replace("manifests/audience.yaml", "[vip]", "[\"\"]");
    for (right, wrong) in [
        ("policy: {mask: true}", "policy: {mask: true}\n  x"),
        ("policy: {mask: true}", "policy: {mask: true"),
        ("policy: {mask: true}", "policy: [mask: true]"),
        ("policy: {mask: true}", "policy: {Mask: true}"),
        ("policy: {mask: true}", "polcy: {mask: true}"),
        ("policy: {mask: true}", "policy: {\"m\\x61sk\": true}\nx: 1"),
        ("policy: {mask: true}", "policy:\n\tmask: true"),
        ("policy: {mask: true}", "policy: {mask\u{ff1a}true}"),
    ] {
        project.replace("pushform.yaml", right, wrong);
        let ran = project.ends(1, "validate");
        hides_all(&format!("stderr of validate with {wrong}"), &ran.stderr);
        let ran = project.ends(1, "validate --json");
        hides_all(&format!("stdout of validate with {wrong}"), &ran.stdout);
        project.replace("pushform.yaml", wrong, right);
    }
    let text = project.read("pushform.yaml");
    let mut latin = text.clone().into_bytes();
    latin.extend(b"# \xe9\n");
    std::fs::write(project.folder().join("pushform.yaml"), latin).expect("a file in the project");
    hides_all("stderr of fmt", &project.run("fmt --check manifests/audience.yaml").stderr);
    project.write("pushform.yaml", &text.replace("mask: true", "mask: false, x: 1"));
    assert!(project.ends(1, "validate").stderr.contains(ALICE), "a mask that is off is off");
}

#[test]
fn a_layout_is_compared_under_the_mask() {
    let project = project();
    project.write(
        "manifests/crooked.yaml",
        "getui:\n    aliases: { alice_w : [ e605a0db5ce3cca9b76b012978064940 ] } # 13800138000\n    device_tokens: {wx: {u1:   oX-Yr}}\n",
    );
    let shown = project.ends(7, "fmt --check manifests/crooked.yaml").stdout;
    assert!(shown.contains("aliases: {hidden#1: [hidden#2]}"), "{shown}");
    for hidden in ["alice", "e605", "138", "u1", "oX", "Yr"] {
        assert!(!shown.contains(hidden), "`{hidden}` is in {shown}");
    }
}

/// What clap says of a line that is wrong comes before any project is read.
#[test]
fn a_command_line_that_is_wrong_is_not_repeated_under_the_mask() {
    let project = project();
    let wrong = [
        "plan --target alias[13800138000]".to_owned(),
        format!("plan --exclude getui.alias[\"{PHONE}\""),
        format!("apply --emulate --targt=getui.alias[{PHONE}]"),
        format!("apply -target=getui.alias[{PHONE}]"),
        format!("state show {PHONE}"),
        format!("state rm getui.tag_set[{ALICE}"),
        format!("{ALICE} plan"),
        format!("validate {ALICE}"),
        format!("plan --max-deletes {PHONE}x"),
        format!("plan --refresh {ALICE}"),
        format!("badge set {ALICE} {BOB}"),
    ];
    for words in &wrong {
        let ran = project.ends(1, words);
        hides_all(words, &ran.stderr);
        assert!(ran.stderr.starts_with("error: "), "{words}: {}", ran.stderr);
        hides_all(words, &project.ends(1, &format!("-C . {words}")).stderr);
    }
    let ran = project.ends(1, &wrong[0]);
    assert!(ran.stderr.contains("'--target <ADDR>'") && ran.stderr.contains("getui.alias"), "{}", ran.stderr);
    let ran = project.ends(1, "plan --refresh x");
    assert!(ran.stderr.contains("possible values: auto, full, counts, none"), "{}", ran.stderr);
    // Elsewhere, and where the project file says so.
    let elsewhere = Project::empty();
    let words = format!("-C {} state show {PHONE}", project.folder().display());
    hides_all(&words, &elsewhere.ends(1, &words).stderr);
    hides_all("--mask", &elsewhere.ends(1, &format!("--mask state show {PHONE}")).stderr);
    assert!(elsewhere.ends(1, &format!("state show {PHONE}")).stderr.contains(PHONE));
}

/// What is hidden is what somebody typed, and no key, option or file of ours.
#[test]
fn fixed_words_are_shown_where_a_project_file_cannot_be_read() {
    let project = project();
    project.replace("pushform.yaml", "  app_key: ${JPUSH_APP_KEY}\n", "");
    project.replace("pushform.yaml", "policy: {mask: true}", "policy: {mask: true}\npolcy: {}");
    let shown = project.ends(1, "validate").stderr;
    for fixed in
        ["`app_key` is missing in `jpush`", "add `app_key: ${JPUSH_APP_KEY}`", "did you mean `policy`?"]
    {
        assert!(shown.contains(fixed), "`{fixed}` is not in {shown}");
    }
    assert!(shown.contains("unknown key `hidden#"), "{shown}");
    let wrong = project.ends(1, "plan --target getui.aliases").stderr;
    assert!(wrong.contains("did you mean `getui.alias`?"), "{wrong}");
    let utf16: Vec<u8> = project.read("pushform.yaml").encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(project.folder().join("pushform.yaml"), [vec![0xff, 0xfe], utf16].concat())
        .expect("a file");
    let shown = project.ends(1, "validate").stderr;
    assert!(shown.contains("`pushform.yaml` looks like UTF-16"), "{shown}");
    let elsewhere = Project::empty().ends(1, "--mask validate").stderr;
    assert!(elsewhere.contains("`-C DIR` names another folder"), "{elsewhere}");
}
