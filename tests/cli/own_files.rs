//! Options that write a file: they refuse the project's own files and one another's, and say what a saved plan is for.

#![cfg(unix)]

use std::os::unix::fs::symlink;

use super::tool::Project;

/// A project with a state, a data file, and a link to each file that is not to be written over.
fn project() -> Project {
    let project = Project::new();
    project.replace("pushform.yaml", "sqlite:.pushform/state.db", "sqlite:our.db");
    project.write("manifests/optouts.yaml", "getui: {blacklist: {from: optouts.csv}}\n");
    project.write("manifests/optouts.csv", "cid\n0000000000000000000000000000beef\n");
    let audience = project.read("manifests/audience.yaml");
    let kept: Vec<&str> =
        audience.lines().filter(|line| !line.trim_start().starts_with("blacklist")).collect();
    project.write("manifests/audience.yaml", &format!("{}\n", kept.join("\n")));
    project.ends(0, "apply --emulate --auto-approve");
    project.ends(0, "state export -o exported.txt --emulate");
    std::fs::copy(project.folder().join(".pushform/emulated-state.db"), project.folder().join("our.db"))
        .expect("a state");
    symlink("pushform.yaml", project.folder().join("link.json")).expect("a link");
    project
}

#[test]
fn no_option_writes_over_a_file_of_the_project() {
    let project = project();
    project.ends(0, "plan --emulate -o saved.plan");
    let before = project.files_but_states();
    let states = || {
        [project.folder().join("our.db"), project.folder().join(".pushform/emulated-state.db")]
            .map(|path| std::fs::read(path).expect("a state").get(..16).map(<[u8]>::to_vec))
    };
    let headers = states();
    let own = [
        ("pushform.yaml", "the project file"),
        ("link.json", "the project file"),
        ("./manifests/../pushform.yaml", "the project file"),
        ("manifests/audience.yaml", "a manifest"),
        ("manifests/new.yml", "manifests are read from"),
        ("manifests/optouts.csv", "the manifests are read from"),
        ("emulator.yaml", "the emulated world"),
        (".pushform/emulated-world.json", "the emulated world"),
        (".pushform/emulated-state.db", "the state of emulated runs"),
        ("our.db", "the state"),
        ("our.db-wal", "the state"),
    ];
    for (path, what) in own {
        for words in [
            format!("plan --emulate -o {path}"),
            format!("plan --emulate --html {path}"),
            format!("show --html {path} saved.plan"),
            format!("state export --emulate -o {path}"),
        ] {
            let ran = project.ends(1, &words);
            let said =
                ran.stderr.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
            assert!(
                said.contains(what) && said.contains("would write over"),
                "{words}: {what}\n{}",
                ran.shown()
            );
        }
    }
    for words in [
        "plan --emulate -o one.json --html one.json",
        "plan --emulate -o one.json --html ./manifests/../one.json",
        "show --html saved.plan saved.plan",
    ] {
        let ran = project.ends(1, words);
        assert!(ran.stderr.contains("would write over"), "{words}\n{}", ran.shown());
    }
    assert!(project.files_but_states() == before, "a file was written");
    assert_eq!(states(), headers);
    project.ends(0, "plan --emulate -o /dev/null --html /dev/null");
    project.ends(0, "plan --emulate -o saved.plan --html page.html");
    project.ends(0, "plan --emulate -o saved.plan --html page.html");
    project.ends(0, "show --html page.html saved.plan");
    project.ends(0, "state export --emulate -o exported.txt");
}

#[test]
fn a_saved_plan_is_proposed_only_where_it_can_be_applied_and_changes_something() {
    const TO_APPLY: &str = "To perform exactly these actions";
    let manifest = |properties: &str| format!("jpush: {{properties: {{{properties}}}}}\n");
    let both = "level: {type: string, prevent_destroy: true}, age: {type: number}";
    let project = Project::of(&manifest(both), "", "");
    let planned = project.ends(0, "plan --emulate -o p.plan");
    assert!(planned.stderr.contains(TO_APPLY), "{}", planned.shown());
    project.ends(0, "apply --emulate p.plan");
    let nothing = project.ends(0, "plan --emulate -o p.plan");
    assert!(nothing.stderr.contains("Saved the plan to: p.plan"), "{}", nothing.shown());
    assert!(!nothing.stderr.contains(TO_APPLY), "{}", nothing.shown());
    project.write("manifests/audience.yaml", &manifest("age: {type: number}"));
    let refused = project.ends(4, "plan --emulate -o p.plan");
    assert!(refused.stderr.contains("It cannot be applied"), "{}", refused.shown());
    assert!(!refused.stderr.contains(TO_APPLY), "{}", refused.shown());
    project.ends(4, "apply --emulate p.plan");
}
