//! The schemas in a real YAML language server: completion, hover, and a squiggle for each fault.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use pushform::manifest::{project_schema, schema};

use super::client::{Client, uri};
use super::faults::{Of, cases, root, schema, structural};
use super::other::tools;

/// A manifest with every key.
const MANIFEST: &str = "\
getui:
  aliases: {from: a.csv}
  tag_sets: {}
  tag_members: {}
  blacklist: []
  device_tokens:
    wx: {}
    ios: {}
jpush:
  properties:
    level:
      type: number
      description: x
      prevent_destroy: true
  devices: {}
";

/// A project file with every key.
const PROJECT: &str = "\
getui:
  app_id: a
  app_key: ${K}
  master_secret: ${S}
  base_url: https://restapi.getui.com/v2
  time_zone: Asia/Shanghai
  limits:
    requests: 1200/1m
    tag_batch: 100/1m
    tag_overwrite_per_user: 1/1d
    device_token: 1000/1m
jpush:
  reserve: 50%
  app_key: ${K}
  master_secret: ${S}
state: sqlite:a.db
manifests: [a]
policy:
  refresh_budget: 2m
  max_deletes:
    percent: 30
    at_least: 10
";

/// A language server in a folder, and the folder.
fn start(folder: &Path) -> Client {
    let mut command = Command::new("node");
    command.arg(tools().join("node_modules/yaml-language-server/bin/yaml-language-server")).arg("--stdio");
    let yaml = json!({
        "validate": true, "hover": true, "completion": true,
        "schemaStore": {"enable": false},
    });
    Client::start(command, folder, json!({"yaml": yaml}))
}

/// A text under the first line that names its schema.
fn with_schema(of: Of, text: &str) -> String {
    format!("# yaml-language-server: $schema={}\n{text}", uri(&schema(of)))
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file");
    path
}

fn errors(list: &[Value]) -> Vec<&Value> {
    list.iter().filter(|one| one["severity"].as_u64().unwrap_or(1) <= 2).collect()
}

#[test]
fn an_editor_underlines_each_fault_and_no_example() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut client = start(folder.path());
    for (index, case) in cases().iter().enumerate() {
        let text = with_schema(case.of, &case.text);
        let path = write(folder.path(), &format!("{index:03}.yaml"), &text);
        client.open(&path, &text);
        let found = client.diagnostics(&path);
        let found = errors(&found);
        assert_eq!(found.is_empty(), case.fault.is_none(), "{}: {found:#?}", case.what());
        // A key that is missing is underlined at the mapping; everything else where `validate` points at.
        for (_, line) in structural(case).iter().filter(|(code, _)| !code.ends_with("missing_key")) {
            let lines = |one: &&Value| {
                let number = |end: &str| one["range"][end]["line"].as_u64().unwrap_or(u64::MAX);
                (number("start")..=number("end")).contains(&u64::from(*line))
            };
            assert!(found.iter().any(lines), "{}, line {line}: {found:#?}", case.what());
        }
    }
    for path in examples() {
        let text = std::fs::read_to_string(&path).expect("an example");
        client.open(&path, &text);
        let found = client.diagnostics(&path);
        assert!(errors(&found).is_empty(), "{}: {found:#?}", path.display());
    }
    assert_eq!(client.end(), Some(0));
}

/// Every project file and manifest of the examples.
fn examples() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for example in std::fs::read_dir(root().join("examples")).expect("examples") {
        let folder = example.expect("an example").path();
        for folder in [folder.clone(), folder.join("manifests")] {
            let entries = std::fs::read_dir(&folder).into_iter().flatten();
            let paths = entries.map(|entry| entry.expect("a file").path());
            let is_ours = |path: &PathBuf| {
                path.extension().is_some_and(|end| end == "yaml") && !path.ends_with("emulator.yaml")
            };
            found.extend(paths.filter(is_ours));
        }
    }
    assert!(found.len() > 5, "{found:?}");
    found.sort();
    found
}

#[test]
fn an_editor_offers_every_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut client = start(folder.path());
    let channels: &[&str] = &pushform::kind::limits::CHANNELS;
    let cases: [(Of, &str, &[&str]); 12] = [
        (Of::Manifest, "", schema::MANIFEST_KEYS),
        (Of::Manifest, "getui:\n  ", schema::GETUI_KEYS),
        (Of::Manifest, "getui:\n  device_tokens:\n    ", channels),
        (Of::Manifest, "getui:\n  blacklist:\n    ", schema::FROM_KEYS),
        (Of::Manifest, "jpush:\n  ", schema::JPUSH_KEYS),
        (Of::Manifest, "jpush:\n  properties:\n    level:\n      ", schema::PROPERTY_KEYS),
        (Of::Project, "", project_schema::PROJECT_KEYS),
        (Of::Project, "getui:\n  ", project_schema::GETUI_KEYS),
        (Of::Project, "getui:\n  limits:\n    ", project_schema::GETUI_LIMITS),
        (Of::Project, "jpush:\n  ", project_schema::JPUSH_KEYS),
        (Of::Project, "policy:\n  ", project_schema::POLICY_KEYS),
        (Of::Project, "policy:\n  max_deletes:\n    ", project_schema::MAX_DELETES_KEYS),
    ];
    for (index, (of, before, keys)) in cases.into_iter().enumerate() {
        let text = with_schema(of, before);
        let path = write(folder.path(), &format!("{index}.yaml"), &text);
        client.open(&path, &text);
        let line = text.matches('\n').count();
        let column = text.rsplit('\n').next().map_or(0, str::len);
        let offered = client.completions(&path, line, column);
        for key in keys {
            assert!(offered.iter().any(|label| label == key), "`{key}` behind {before:?}: {offered:?}");
        }
    }
}

/// Every description of a key in a schema, by the key; where the value is one of several words, the server shows the
/// description of the word that was chosen.
fn described(value: &Value, found: &mut Vec<(String, String)>) {
    for (key, property) in value["properties"].as_object().into_iter().flatten() {
        let words = property["oneOf"].as_array().into_iter().flatten();
        for text in words.chain([property]).filter_map(|node| node["description"].as_str()) {
            found.push((key.clone(), text.to_owned()));
        }
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| described(item, found)),
        Value::Object(map) => map.values().for_each(|item| described(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Letters and digits alone: an editor may escape and break the rest.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[test]
fn an_editor_shows_the_documentation_of_every_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut client = start(folder.path());
    for (of, text, schema) in
        [(Of::Manifest, MANIFEST, schema::manifest()), (Of::Project, PROJECT, schema::project())]
    {
        let mut known = Vec::new();
        described(&schema, &mut known);
        let text = with_schema(of, text);
        let path = write(folder.path(), &format!("{of:?}.yaml"), &text);
        client.open(&path, &text);
        let mut seen = 0;
        for (line, code) in text.lines().enumerate().skip(1) {
            let key = code.trim_start().split(':').next().expect("a key");
            let texts: Vec<&String> =
                known.iter().filter(|(other, _)| other == key).map(|(_, text)| text).collect();
            if texts.is_empty() {
                continue;
            }
            let shown = letters(&client.hover(&path, line, code.len() - code.trim_start().len() + 1));
            let is_said = texts.iter().any(|text| shown.contains(&letters(text)));
            assert!(is_said, "`{key}` in line {line}: {shown:?} says none of {texts:?}");
            seen += 1;
        }
        assert!(seen > 10, "{seen} keys were looked at");
    }
}
