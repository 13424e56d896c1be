//! The table of faults through validators that other people wrote: ajv and check-jsonschema.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use super::faults::{Case, Of, cases, root, schema};

/// The folder with what the tests need, installed when the first of them asks for it.
pub fn tools() -> &'static Path {
    static TOOLS: OnceLock<PathBuf> = OnceLock::new();
    TOOLS.get_or_init(|| {
        let output = Command::new(root().join("tests/editors/setup")).output().expect("the script starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        assert!(output.status.success(), "{}", text(&output.stderr));
        PathBuf::from(text(&output.stdout))
    })
}

/// Writes each case into a file of its own.
fn files(folder: &Path, cases: &[Case]) -> Vec<PathBuf> {
    let write = |(index, case): (usize, &Case)| {
        let path = folder.join(format!("{index:03}.yaml"));
        std::fs::write(&path, &case.text).expect("a file");
        path
    };
    cases.iter().enumerate().map(write).collect()
}

/// How many faults ajv finds in each file.
fn by_ajv(cases: &[Case], files: &[PathBuf]) -> Vec<usize> {
    let mut child = Command::new("node")
        .arg(tools().join("check.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let lines: String = cases
        .iter()
        .zip(files)
        .map(|(case, file)| format!("{}\t{}\n", case.schema().display(), file.display()))
        .collect();
    child.stdin.take().expect("a pipe").write_all(lines.as_bytes()).expect("node listens");
    let output = child.wait_with_output().expect("node ends");
    assert!(output.status.success(), "node failed");
    let faults = |line: &str| {
        let value: Value = serde_json::from_str(line).expect("JSON");
        value["faults"].as_array().map_or(0, Vec::len)
    };
    String::from_utf8_lossy(&output.stdout).lines().map(faults).collect()
}

/// How many faults check-jsonschema finds, by file.
fn by_python(of: Of, files: &[&PathBuf]) -> BTreeMap<String, usize> {
    let output = Command::new(tools().join("python/bin/check-jsonschema"))
        .args(["--output-format", "json", "--no-cache", "--schemafile"])
        .arg(schema(of))
        .args(files)
        .output()
        .expect("check-jsonschema starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let value: Value = serde_json::from_str(&text)
        .unwrap_or_else(|why| panic!("{why}\n{text}\n{}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(value["parse_errors"], serde_json::json!([]));
    let mut found = BTreeMap::new();
    for error in value["errors"].as_array().expect("errors") {
        *found.entry(error["filename"].as_str().expect("a name").to_owned()).or_insert(0) += 1;
    }
    found
}

#[test]
fn other_validators_find_the_same_faults() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = cases();
    let files = files(folder.path(), &cases);
    let ajv = by_ajv(&cases, &files);
    assert_eq!(ajv.len(), cases.len(), "ajv answers for every file");
    let mut python = BTreeMap::new();
    for of in [Of::Manifest, Of::Project] {
        let pairs = cases.iter().zip(&files);
        let files: Vec<&PathBuf> = pairs.filter(|(case, _)| case.of == of).map(|(_, file)| file).collect();
        python.extend(by_python(of, &files));
    }
    for ((case, file), ajv) in cases.iter().zip(&files).zip(ajv) {
        let python = python.get(&file.display().to_string()).copied().unwrap_or(0);
        assert_eq!(ajv > 0, case.fault.is_some(), "ajv, of {}", case.what());
        assert_eq!(python > 0, case.fault.is_some(), "check-jsonschema, of {}", case.what());
    }
}
