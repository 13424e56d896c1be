//! The JSON Schemas that editors use: they are the committed files, and they say the same as `validate` about
//! structure, on documents drawn at random.

mod draw;
mod worlds;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

use pushform::manifest::compile::{Files, compile};
use pushform::manifest::project::{Env, Project, ProjectSource};
use pushform::manifest::source::{Excerpt, Source};
use pushform::manifest::words::Word;
use pushform::manifest::{codes, project_schema as keys, project_words::Setting, schema};
use pushform::problem::{Problem, Problems};
use pushform::wire::Vendor;

use draw::{a_manifest, a_project, text};

/// Compares with the committed file; `UPDATE=1` writes it.
#[expect(clippy::disallowed_methods, reason = "a test asks whether it shall write")]
fn hold(name: &str, value: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schema").join(name);
    let text = format!("{value:#}\n");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).expect("the schema can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "schema/{name} is not what the types say: UPDATE=1 cargo test --test schema");
}

#[test]
fn the_committed_schemas_are_what_the_types_say() {
    hold("manifest.json", &schema::manifest());
    hold("project.json", &schema::project());
    hold("plan.json", &pushform::plan::file::schema());
    hold("world.json", &pushform::emulator::world_file::schema::schema());
}

/// Every object of a schema with properties, by the set of its keys.
fn objects(value: &Value, found: &mut BTreeSet<Vec<String>>) {
    let is_record =
        value.get("additionalProperties") == Some(&json!(false)) && value.get("patternProperties").is_none();
    if let Some(properties) = value.get("properties").and_then(Value::as_object).filter(|_| is_record) {
        found.insert(properties.keys().cloned().collect());
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| objects(item, found)),
        Value::Object(map) => map.values().for_each(|item| objects(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_compiler_knows_the_keys_of_the_schema() {
    let sorted = |known: &[&str]| {
        let mut known: Vec<String> = known.iter().map(|key| (*key).to_owned()).collect();
        known.sort();
        known
    };
    let cases = [
        (
            schema::manifest(),
            vec![
                schema::MANIFEST_KEYS,
                schema::GETUI_KEYS,
                schema::JPUSH_KEYS,
                schema::PROPERTY_KEYS,
                schema::FROM_KEYS,
                &pushform::kind::limits::CHANNELS[..],
            ],
        ),
        (
            schema::project(),
            vec![
                keys::PROJECT_KEYS,
                keys::GETUI_KEYS,
                keys::JPUSH_KEYS,
                keys::GETUI_LIMITS,
                keys::JPUSH_LIMITS,
                keys::POLICY_KEYS,
                keys::MAX_DELETES_KEYS,
            ],
        ),
    ];
    for (schema, known) in cases {
        let mut found = BTreeSet::new();
        objects(&schema, &mut found);
        let known: BTreeSet<Vec<String>> = known.into_iter().map(sorted).collect();
        assert_eq!(found, known);
    }
}

#[test]
fn every_property_of_a_schema_is_described_and_has_an_example() {
    fn look(value: &Value, path: &str) {
        let is_record = value.get("additionalProperties") == Some(&json!(false));
        let is_record = is_record && value.get("patternProperties").is_none();
        if let Some(properties) = value.get("properties").and_then(Value::as_object).filter(|_| is_record) {
            for (key, property) in properties {
                let said = property.get("description").and_then(Value::as_str).unwrap_or_default();
                assert!(said.chars().count() > 15 && said.ends_with('.'), "{path}/{key} says {said:?}");
                let examples = property.get("examples").and_then(Value::as_array);
                assert!(examples.is_some_and(|list| !list.is_empty()), "{path}/{key} has no example");
            }
        }
        if let Value::Object(map) = value {
            map.iter().for_each(|(key, item)| look(item, &format!("{path}/{key}")));
        }
    }
    look(&schema::manifest(), "manifest");
    look(&schema::project(), "project");
}

#[test]
fn the_members_of_the_schema_are_those_words() {
    // The schema names words by their place.
    let nouns: Vec<&str> = Word::ALL.iter().map(|word| word.noun()).collect();
    assert_eq!(
        nouns,
        [
            "an alias",
            "a tag",
            "a user id",
            "a device token",
            "a property's name",
            "a description",
            "a registration id",
            "a value"
        ]
    );
}

struct Memory(String);

impl Files for Memory {
    fn manifest(&mut self, file: &str) -> Result<Source, Problem> {
        Ok(Source::new(file, self.0.clone()))
    }

    fn data(&mut self, _: &str, path: &str) -> Result<(Arc<str>, Box<dyn Read>), Problem> {
        Err(Problem::error(codes::FILE_MISSING, format!("`{path}` is not there")))
    }

    fn excerpts(&mut self, _: &str, _: &[u32]) -> Vec<Excerpt> {
        Vec::new()
    }
}

fn manifest_problems(text: String) -> Problems {
    compile(PathBuf::from("."), &["m.yaml".to_owned()], &Vendor::ALL, &mut Memory(text)).1
}

fn project_problems(text: String) -> Problems {
    let source = ProjectSource { source: Source::new("pushform.yaml", text), folder: PathBuf::from(".") };
    match Project::read(&source, Env::Ignore) {
        Ok((_, problems)) | Err(problems) => problems,
    }
}

/// Codes of what is wrong with the structure.
fn structural(problems: &Problems) -> Vec<String> {
    for problem in problems.list() {
        assert!(!problem.code.starts_with("yaml::"), "{problem:?}");
    }
    let list = problems.list().iter().filter(|problem| problem.code.starts_with("structure::"));
    list.map(|problem| format!("{} {}", problem.code, problem.summary)).collect()
}

/// JSON is YAML, once nothing invisible stands in it as itself.
fn yaml(value: &Value) -> String {
    let mut text = String::new();
    for c in value.to_string().chars() {
        match u32::from(c) {
            0x20..=0x7e => text.push(c),
            code @ 0..=0xffff => {
                let _ = write!(text, "\\u{code:04x}");
            }
            code => {
                let _ = write!(text, "\\U{code:08x}");
            }
        }
    }
    text
}

static MANIFEST: LazyLock<Validator> = LazyLock::new(|| validator(&schema::manifest()));
static PROJECT: LazyLock<Validator> = LazyLock::new(|| validator(&schema::project()));
static PATTERNS: LazyLock<Vec<Validator>> = LazyLock::new(|| {
    let words = Word::ALL.iter().map(|word| word.pattern());
    let settings = Setting::ALL.iter().map(|setting| setting.pattern());
    words.chain(settings).map(|pattern| validator(&json!({"pattern": pattern}))).collect()
});

fn validator(schema: &Value) -> Validator {
    jsonschema::draft7::new(schema).expect("the schema is one")
}

fn hold_verdicts(validator: &Validator, document: &Value, problems: &Problems) -> Result<(), TestCaseError> {
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{} {error}", error.instance_path())).collect();
    let codes = structural(problems);
    prop_assert_eq!(
        errors.is_empty(),
        codes.is_empty(),
        "schema and validate disagree about {}\nschema: {:#?}\nvalidate: {:#?}",
        document,
        errors,
        codes
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn schema_and_validate_agree_about_manifests(document in a_manifest()) {
        hold_verdicts(&MANIFEST, &document, &manifest_problems(yaml(&document)))?;
    }

    #[test]
    fn schema_and_validate_agree_about_projects(document in a_project()) {
        hold_verdicts(&PROJECT, &document, &project_problems(yaml(&document)))?;
    }

    #[test]
    fn a_word_is_what_its_pattern_says(text in text(), times in prop_oneof![4 => Just(1_usize), 1 => 1..40_usize]) {
        let text = text.repeat(times);
        for (word, validator) in Word::ALL.iter().zip(PATTERNS.iter()) {
            prop_assert_eq!(
                validator.is_valid(&json!(text)), word.fault(&text).is_none(), "{:?} and {:?}", word, text
            );
        }
        for (setting, validator) in Setting::ALL.iter().zip(PATTERNS.iter().skip(Word::ALL.len())) {
            let expected = setting.takes_variables() && text.contains("${") || setting.is_met(&text);
            prop_assert_eq!(validator.is_valid(&json!(text)), expected, "{:?} and {:?}", setting, text);
        }
    }
}

#[test]
fn the_drawn_documents_are_of_both_sorts() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for (what, drawn, validator) in
        [("manifests", a_manifest(), &MANIFEST), ("projects", a_project(), &PROJECT)]
    {
        let fine = (0..400)
            .filter(|_| {
                let tree = drawn.new_tree(&mut runner).expect("a document");
                validator.is_valid(&proptest::strategy::ValueTree::current(&tree))
            })
            .count();
        assert!((40..360).contains(&fine), "{fine} of 400 drawn {what} are valid: the verdicts hold little");
    }
}
