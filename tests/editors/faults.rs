//! The table of structural faults, and that `validate` finds exactly them.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use pushform::manifest::project::{Env, Project, ProjectSource};
use pushform::manifest::source::Source;
use pushform::manifest::validate;
use pushform::problem::Problems;

/// Which file a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    Manifest,
    Project,
}

/// One fault.
#[derive(Clone, Debug, Deserialize)]
pub struct Fault {
    pub what: String,
    pub code: String,
    pub text: String,
}

#[derive(Deserialize)]
struct Fine {
    manifest: Vec<String>,
    project: Vec<String>,
}

#[derive(Deserialize)]
struct Table {
    manifest: Vec<Fault>,
    project: Vec<Fault>,
    fine: Fine,
}

/// A text, which file it is, and the fault in it.
pub struct Case {
    pub of: Of,
    pub text: String,
    pub fault: Option<Fault>,
}

impl Case {
    pub fn what(&self) -> &str {
        self.fault.as_ref().map_or(&self.text, |fault| &fault.what)
    }

    pub fn schema(&self) -> PathBuf {
        schema(self.of)
    }
}

pub fn schema(of: Of) -> PathBuf {
    let name = match of {
        Of::Manifest => "schema/manifest.json",
        Of::Project => "schema/project.json",
    };
    root().join(name)
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every case of `faults.yaml`.
pub fn cases() -> Vec<Case> {
    let table: Table = serde_yaml::from_str(include_str!("faults.yaml")).expect("the table is YAML");
    let wrong = |of| move |fault: Fault| Case { of, text: fault.text.clone(), fault: Some(fault) };
    let fine = |of| move |text: String| Case { of, text, fault: None };
    let manifests = table.manifest.into_iter().map(wrong(Of::Manifest));
    let projects = table.project.into_iter().map(wrong(Of::Project));
    let fine_manifests = table.fine.manifest.into_iter().map(fine(Of::Manifest));
    let fine_projects = table.fine.project.into_iter().map(fine(Of::Project));
    manifests.chain(projects).chain(fine_manifests).chain(fine_projects).collect()
}

/// What `validate` says of the structure of one text.
pub fn structural(case: &Case) -> Vec<(String, u32)> {
    let problems = match case.of {
        Of::Project => {
            let source = Source::new("pushform.yaml", case.text.clone());
            let source = ProjectSource { source, folder: PathBuf::new() };
            Project::read_what_can_be(&source, Env::Ignore).2
        }
        Of::Manifest => of_manifest(&case.text),
    };
    let structure = problems.list().iter().filter(|problem| problem.code.starts_with("structure::"));
    structure
        .map(|problem| {
            let line = problem.labels.first().map_or(0, |label| label.place.line);
            (problem.code.to_owned(), line)
        })
        .collect()
}

fn of_manifest(text: &str) -> Problems {
    let folder = tempfile::tempdir().expect("a folder");
    let account = "app_key: ${K}\n  master_secret: ${S}\n";
    let project = format!("getui:\n  app_id: a\n  {account}jpush:\n  {account}manifests: [a.yaml]\n");
    std::fs::write(folder.path().join("pushform.yaml"), project).expect("a project");
    std::fs::write(folder.path().join("a.yaml"), text).expect("a manifest");
    validate(folder.path()).expect("a project file")
}

#[test]
fn validate_and_the_schemas_find_the_same_faults() {
    let schemas = [Of::Manifest, Of::Project].map(|of| {
        let text = std::fs::read_to_string(schema(of)).expect("a schema");
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        jsonschema::validator_for(&value).expect("a schema")
    });
    for case in cases() {
        let codes: Vec<String> = structural(&case).into_iter().map(|(code, _)| code).collect();
        let expected: Vec<String> = case.fault.iter().map(|fault| fault.code.clone()).collect();
        assert_eq!(codes, expected, "validate, of {}", case.what());
        let value: serde_json::Value = serde_yaml::from_str(&case.text).expect("YAML");
        let is_valid = schemas[case.of as usize].is_valid(&value);
        assert_eq!(is_valid, case.fault.is_none(), "the schema, of {}", case.what());
    }
}
