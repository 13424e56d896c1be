//! Project files: what is read, and what is said of wrong ones.

use std::fmt::Write as _;
use std::path::PathBuf;

use pushform::manifest::project::{Env, Project, ProjectSource};
use pushform::manifest::source::Source;
use pushform::problem::Problems;

use crate::shown;

fn project(text: &str, env: Env<'_>) -> Result<(Project, Problems), Problems> {
    let source = Source::new("pushform.yaml", text.to_owned());
    Project::read(&ProjectSource { source, folder: PathBuf::from("/p") }, env)
}

fn environment(name: &str) -> Option<String> {
    match name {
        "GETUI_APP_ID" => Some("7Kb1HtB0Y8".to_owned()),
        "KEY" | "SECRET" => Some("hunter2".to_owned()),
        "EMPTY" => Some(String::new()),
        "URL" => Some("http://evil.com".to_owned()),
        _ => None,
    }
}

const FULL: &str = "\
getui:
  app_id: ${GETUI_APP_ID}
  app_key: ${KEY}
  master_secret: ${SECRET}
jpush:
  app_key: ${KEY}
  master_secret: ${MISSING:-hunter3}
  base_url: http://127.0.0.1:8080/
  limits: {requests: [10/1s, 600/1m]}
  reserve: 20%
  time_zone: UTC
state: sqlite:x/${EMPTY:-state}.db
manifests: [a, b.yaml]
policy:
  max_deletes: {percent: 5, at_least: 1}
  refresh_budget: 90s
";

fn project_shown(project: &Project) -> String {
    let quotas: Vec<String> = project
        .quotas
        .iter()
        .map(|(_, quota)| {
            let limits: Vec<String> = quota.limits.iter().map(ToString::to_string).collect();
            format!("{} {} {} {}", quota.vendor.word(), quota.name, limits.join(","), quota.zone.name())
        })
        .collect();
    format!(
        "{:?}\n{:?}\n{:?} {:?}\n{} {} {}\n{}",
        project.getui,
        project.jpush,
        project.state,
        project.manifests,
        project.max_deletes_percent,
        project.max_deletes_at_least,
        project.refresh_budget_ms,
        quotas.join("\n")
    )
}

#[test]
fn a_project_is_read_with_its_environment_and_without() {
    let (with, problems) =
        project(FULL, Env::Lookup(&environment)).unwrap_or_else(|p| panic!("{}", shown(&p)));
    let codes: Vec<&str> = problems.list().iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["project::literal_secret"], "a default is a secret too");
    let (without, _) = project(FULL, Env::Ignore).unwrap_or_else(|p| panic!("{}", shown(&p)));
    let minimal = "getui: {app_id: a, app_key: \"${K}\", master_secret: \"${S}\"}";
    let (minimal, _) = project(minimal, Env::Ignore).unwrap_or_else(|p| panic!("{}", shown(&p)));
    let secret = with.getui.as_ref().map_or("", |getui| getui.master_secret.reveal());
    assert_eq!(secret, "hunter2");
    insta::assert_snapshot!(
        "project",
        format!("{}\n\n{}\n\n{}", project_shown(&with), project_shown(&without), project_shown(&minimal))
    );
}

const WRONG_PROJECTS: &[&str] = &[
    "",
    "- a\n",
    "getui: {app_id: a, app_key: b, master_secret: c}\n---\njpush: {}\n",
    "getui:\njpush: {}\n",
    "getui: {app_id: a b, app_key: \"\", master_secret: [hunter2], base_url: ftp://x, time_zone: \"\", limits: {requests: 100, tag_batch: [], device_tokn: 1/1m}}\n",
    "jpush:\n  app_key: k\n  master_secret: hunter2\n  reserve: 50\n  base_url: http://restapi.getui.com\n  time_zone: Asia/Shangai\n  limits:\n    requests: 1/8d\n  app_kee: hunter2\n",
    "state: mysql://root:hunter2@db/x\nmanifests: data\npolicy: {max_deletes: {percent: 101, at_least: -1}, refresh_budget: soon, x: 1}\n",
    "state: sqlite://x\nmanifests: [~]\npolicy: {refresh_budget: 9d}\njpush: {app_key: \"${NOBODY}\", master_secret: \"${KEY\", base_url: \"${URL}\"}\n",
    "getui: {app_id: ${ID}}\n",
    "jpush:\n  app_key: ${1X}\n  master_secret: ${EMPTY}\n  base_url: ${KEY}\n",
    "manifests: [x]\n",
    "jpush: {app_key: k, master_secret: hunter2, limits: {requests: {}}, \n",
    "jpush:\n  app_key: k\n  master_secret: >\n    hunter2\n  reserv: 1\n",
];

#[test]
fn every_sort_of_wrong_project_says_what_and_where_and_no_secret() {
    let mut text = String::new();
    for wrong in WRONG_PROJECTS {
        let problems = match project(wrong, Env::Lookup(&environment)) {
            Ok((_, problems)) | Err(problems) => problems,
        };
        for place in problems.list().iter().flat_map(|problem| &problem.labels) {
            let snippet = place.place.snippet.as_ref().map_or("", |snippet| &snippet.text);
            assert!(!snippet.contains("hunter2"), "{wrong}\nshows a secret: {snippet}");
        }
        let _ = writeln!(text, "{}", shown(&problems));
    }
    assert!(!text.contains("hunter2"), "a message shows a secret");
    insta::assert_snapshot!("projects", text);
}
