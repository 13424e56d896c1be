//! Rules about the code, as tests: the layout laws of `ARCHITECTURE.md` and the manner of `CONTRIBUTING.md`.
//!
//! Each rule is held against snippets that break it and snippets that keep it before it is held against the
//! tree, so a rule that cannot fail fails. It reads text and knows no types: what needs types is clippy's.

#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/layout.rs"]
mod layout;
#[path = "tidy/lexer.rs"]
mod lexer;
#[path = "tidy/order.rs"]
mod order;
#[path = "tidy/paths.rs"]
mod paths;
#[path = "tidy/places.rs"]
mod places;
#[path = "tidy/shape.rs"]
mod shape;
#[path = "tidy/source.rs"]
mod source;

use source::{Finding, Source};

/// One rule about files.
struct Rule {
    /// What breaks it in one file.
    find: fn(&Source) -> Vec<Finding>,
    /// What to do about a finding.
    mend: &'static str,
    /// Path and text of files that break it.
    bad: &'static [(&'static str, &'static str)],
    /// Path and text of files that keep it, though they look a little as if they did not.
    good: &'static [(&'static str, &'static str)],
}

/// Holds a rule against its own snippets, then against every file of these folders.
#[track_caller]
fn hold(rule: &Rule, files: &[Source]) {
    for (path, text) in rule.bad {
        let found = (rule.find)(&Source::of(path, text));
        assert!(!found.is_empty(), "the rule does not see what is wrong with {path}:\n{text}");
    }
    for (path, text) in rule.good {
        let found = (rule.find)(&Source::of(path, text));
        assert!(found.is_empty(), "the rule finds fault with {path}:\n{text}\n{}", listed(&found));
    }
    assert!(!files.is_empty(), "there is nothing to hold the rule against");
    let found: Vec<Finding> = files.iter().flat_map(rule.find).collect();
    assert!(found.is_empty(), "{}\n\n{}\n", listed(&found), rule.mend);
}

fn listed(found: &[Finding]) -> String {
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn comments_literals_and_lifetimes_are_told_apart() {
    let (uncommented, bare) =
        lexer::blank("a('b', \"/*c\\\"\") /* d /* e */ */ r#\"f\"g\"# <'h>(b\"i\") // j");
    assert_eq!(uncommented, "a('b', \"/*c\\\"\")                 r#\"f\"g\"# <'h>(b\"i\")     ");
    assert_eq!(bare, "a(   ,        )                          <'h>(b   )     ");
}

#[test]
fn a_module_uses_only_what_stands_above_it() {
    hold(&order::ABOVE, &source::rust(&["src"]));
}

#[test]
fn lib_rs_lists_every_module_and_nothing_else() {
    hold(&order::LIST_ONLY, &[source::read("src/lib.rs")]);
    assert_eq!(order::listed(), order::on_disk(), "lib.rs (left) and the files of src (right) differ");
}

#[test]
fn what_is_pure_has_no_way_to_wait_to_read_or_to_ask_the_time() {
    hold(&layout::PURE, &source::rust(&["src"]));
}

#[test]
fn the_emulator_shares_no_reading_of_the_vendors_documents() {
    hold(&layout::EMULATOR, &source::rust(&["src"]));
}

#[test]
fn the_two_providers_do_not_know_each_other() {
    hold(&layout::PROVIDERS, &source::rust(&["src"]));
}

#[test]
fn nothing_but_words_providers_manifests_and_the_emulator_names_a_vendor() {
    hold(&layout::VENDORS, &source::rust(&["src"]));
}

#[test]
fn each_crate_at_an_edge_is_named_in_its_place_only() {
    hold(&places::CRATES, &source::rust(&["src"]));
}

#[test]
fn every_dependency_has_a_place() {
    let (without, gone) = places::compare(&source::read("Cargo.toml").text);
    assert!(without.is_empty(), "dependencies without a place in tests/tidy/places.rs: {without:?}");
    assert!(gone.is_empty(), "tests/tidy/places.rs gives a place to what is no dependency: {gone:?}");
    let (without, gone) =
        places::compare("[dependencies]\nleft-pad = \"1\"\n[dev-dependencies]\ninsta = \"1\"\n");
    assert_eq!(without, ["left_pad"]);
    assert!(gone.contains(&"clap".to_owned()));
}

#[test]
fn the_fuzz_targets_are_locked_to_what_the_package_wants() {
    let cargo_toml = source::read("Cargo.toml").text;
    let wanted = places::locked(&source::read("Cargo.lock").text, &cargo_toml);
    let known = places::locked(&source::read("fuzz/Cargo.lock").text, &cargo_toml);
    assert!(wanted.contains("reqwest") && !wanted.contains("proptest"), "read otherwise: {wanted:?}");
    let missing: Vec<&String> = wanted.symmetric_difference(&known).collect();
    assert!(missing.is_empty(), "run `cargo metadata` in fuzz/, its lock file is stale: {missing:?}");
}

#[test]
fn one_place_each_prints_reads_the_environment_reads_the_time_and_sleeps() {
    hold(&places::ONCE, &source::rust(&["src"]));
}

#[test]
fn a_secret_is_revealed_only_to_sign_and_to_send() {
    hold(&places::REVEAL, &source::rust(&["src"]));
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    hold(&shape::HEAD, &source::rust(&["src", "tests", "benches", "fuzz/checks", "fuzz/targets"]));
}

#[test]
fn a_file_holds_one_idea() {
    hold(&shape::FILE_LENGTH, &source::rust(&["src", "tests", "benches", "fuzz/checks", "fuzz/targets"]));
}

#[test]
fn a_function_fits_a_screen() {
    hold(&shape::FUNCTION_LENGTH, &source::rust(&["src", "tests", "benches", "fuzz/checks", "fuzz/targets"]));
}

#[test]
fn nothing_is_left_open_in_the_code() {
    hold(&shape::LEFT_OPEN, &source::rust(&["src", "tests", "benches", "fuzz/checks", "fuzz/targets"]));
}

#[test]
fn nothing_unwraps_and_nothing_silences_a_lint_without_a_reason() {
    hold(&shape::SHORTCUTS, &source::rust(&["src"]));
}

#[test]
fn markdown_has_one_sentence_a_line() {
    hold(&documents::ONE_SENTENCE, &source::markdown());
}

#[test]
fn links_between_documents_lead_somewhere() {
    hold(&documents::LINKS, &source::markdown());
}

#[test]
fn the_architecture_names_every_module() {
    let text = source::read("ARCHITECTURE.md").text;
    let missing: Vec<String> =
        order::listed().into_iter().filter(|module| !documents::names_module(&text, module)).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md draws the layout, but without {missing:?}");
    assert!(!documents::names_module("the plan is data", "plan"));
    assert!(documents::names_module("  plan/   the core", "plan"));
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    let tests =
        documents::test_names(&source::rust(&["src", "tests", "benches", "fuzz/checks", "fuzz/targets"]));
    let text = source::read("ARCHITECTURE.md").text;
    let (invariants, wrong) = documents::held(&text, "Invariants", &tests);
    assert!(invariants > 0, "ARCHITECTURE.md has no list under `## Invariants`");
    assert!(
        wrong.is_empty(),
        "each invariant ends with `held by` and tests that exist:\n{}",
        wrong.join("\n")
    );
    let (_, wrong) =
        documents::held("## Invariants\n\n- It holds (held by `no_such_test`).\n", "Invariants", &tests);
    assert_eq!(wrong.len(), 1, "an invariant with a test that does not exist is found");
    let (_, wrong) = documents::held("## Invariants\n\n- It holds.\n", "Invariants", &tests);
    assert_eq!(wrong.len(), 1, "an invariant without a test is found");
}

#[test]
fn every_promise_names_a_test_that_exists() {
    let tests =
        documents::test_names(&source::rust(&["src", "tests", "benches", "fuzz/checks", "fuzz/targets"]));
    let (promises, wrong) = documents::held(&source::read("docs/reliability.md").text, "Promises", &tests);
    assert!(promises > 20, "docs/reliability.md has {promises} promises under `## Promises`");
    assert!(wrong.is_empty(), "each promise ends with `held by` and tests that exist:\n{}", wrong.join("\n"));
}

#[test]
fn every_example_is_run_by_a_test() {
    let runs = source::read("tests/examples.rs").text;
    let idle = |folders: &[String]| -> Vec<String> {
        folders.iter().filter(|folder| !runs.contains(&format!("\"{folder}\""))).cloned().collect()
    };
    let folders = source::folders("examples");
    assert!(!folders.is_empty(), "there is no example");
    assert_eq!(
        idle(&folders),
        Vec::<String>::new(),
        "tests/examples.rs does not run these folders of examples/"
    );
    assert_eq!(idle(&["no_such_example".to_owned()]).len(), 1);
}
