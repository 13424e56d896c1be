//! The JSON Schemas that editors use: they are the committed files, and they say the same as `validate` about
//! structure, on documents drawn at random.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use jsonschema::Validator;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use pushform::manifest::compile::{Files, compile};
use pushform::manifest::project::{Env, Project, ProjectSource};
use pushform::manifest::source::{Excerpt, Source};
use pushform::manifest::words::Word;
use pushform::manifest::{codes, project_schema as keys, project_words::Setting, schema};
use pushform::problem::{Problem, Problems};
use pushform::wire::Vendor;

/// Compares with the committed file; `UPDATE=1` writes it.
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
fn every_property_of_a_schema_is_described() {
    fn look(value: &Value, path: &str) {
        let is_record = value.get("additionalProperties") == Some(&json!(false));
        let is_record = is_record && value.get("patternProperties").is_none();
        if let Some(properties) = value.get("properties").and_then(Value::as_object).filter(|_| is_record) {
            for (key, property) in properties {
                let said = property.get("description").or_else(|| property.get("markdownDescription"));
                assert!(said.is_some(), "{path}/{key} has no description");
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
            code @ 0..=0xffff => text.push_str(&format!("\\u{code:04x}")),
            code => text.push_str(&format!("\\U{code:08x}")),
        }
    }
    text
}

const TEXTS: &[&str] = &[
    "u1",
    "alice_w",
    "13800138000",
    "喜爱足球",
    "𠮷",
    "a-b",
    "a b",
    "a.b",
    "a/b",
    "a,b",
    "",
    ".",
    "..",
    "...",
    "from",
    "bind",
    "total_num",
    "string",
    "number",
    "bool",
    "datetime",
    "true",
    "null",
    "~",
    "é",
    "a\u{3000}b",
    "a\u{1}b",
    "a\u{85}b",
    "\u{feff}",
    "a\"b",
    "aaaaaaaaaabbbbbbbbbbccccccccccdd",
    "aaaaaaaaaabbbbbbbbbbccccccccccddd",
    "aaaaaaaaaabbbbbbbbbbccccccccccddddddddd",
    "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd",
    "data/users.csv",
    "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee",
    "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeef",
    "0123456789012345678901234567890123456789012345678901234567890123",
    "01234567890123456789012345678901234567890123456789012345678901234",
    "100/1m",
    "5/10s",
    "10000/1d",
    "1/8d",
    "0/1m",
    "1/0s",
    "9999999999/1m",
    "1m/1",
    "100",
    "50%",
    "100%",
    "101%",
    "5",
    "sqlite:x",
    "sqlite:",
    "sqlite://x",
    "postgres://a@b/c",
    "postgres://",
    "https://a.cn",
    "http://a.cn",
    "https://",
    "ftp://a.cn",
    "UTC",
    "Asia/Shanghai",
    "2m",
    "90s",
    "m",
    "2y",
    "${A}",
    "x${A:-b}",
    "${",
    "Ａ",
];

const KEYS: &[&str] = &[
    "getui",
    "jpush",
    "aliases",
    "tag_sets",
    "tag_members",
    "blacklist",
    "device_tokens",
    "properties",
    "devices",
    "from",
    "type",
    "description",
    "prevent_destroy",
    "wx",
    "hw",
    "huawei",
    "state",
    "manifests",
    "policy",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(TEXTS).prop_map(str::to_owned),
        1 => "\\PC{0,5}",
        1 => any::<String>().prop_map(|text| text.chars().take(8).collect()),
    ]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => text().prop_map(Value::from),
        2 => prop::sample::select(vec![json!(5), json!(-1), json!(100), json!(101), json!(13_800_138_000_u64)]),
        1 => prop::sample::select(vec![json!(true), json!(false), json!(1.5), json!(null)]),
    ]
}

fn anything() -> impl Strategy<Value = Value> {
    let key = prop_oneof![prop::sample::select(KEYS).prop_map(str::to_owned), text()];
    leaf().prop_recursive(3, 12, 3, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(key.clone(), inner, 0..3).prop_map(|map| Value::from(Map::from_iter(map))),
        ]
    })
}

/// What belongs here, or now and then anything at all.
fn mostly(strategy: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Value> {
    prop_oneof![24 => strategy, 1 => anything()].boxed()
}

/// A mapping of keys of its own.
fn map(value: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let key = prop_oneof![5 => Just("u1".to_owned()), 5 => Just("u2".to_owned()), 2 => text()];
    mostly(btree_map(key, value, 0..3).prop_map(|map| Value::from(Map::from_iter(map))))
}

/// A mapping of these keys, each there or not, seldom with one more.
fn record(keys: Vec<(&'static str, u32, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let fields: Vec<_> = keys
        .into_iter()
        .map(|(key, often, value)| {
            (prop::bool::weighted(f64::from(often) / 100.0), value)
                .prop_map(move |(is, value)| is.then_some((key.to_owned(), value)))
        })
        .collect();
    let more = prop::option::weighted(0.04, (text(), leaf()));
    mostly(
        (fields, more)
            .prop_map(|(fields, more)| Value::from(Map::from_iter(fields.into_iter().flatten().chain(more)))),
    )
}

fn word(fine: &'static [&'static str]) -> BoxedStrategy<Value> {
    prop_oneof![12 => prop::sample::select(fine).prop_map(Value::from), 1 => leaf()].boxed()
}

fn list(item: BoxedStrategy<Value>, max: usize) -> BoxedStrategy<Value> {
    mostly(vec(item, 0..max).prop_map(Value::from))
}

fn or_from(this: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let from = record(vec![("from", 95, word(&["data/a.csv"]))]);
    prop_oneof![3 => this, 1 => from].boxed()
}

fn a_manifest() -> BoxedStrategy<Value> {
    let user = || word(&["u1", "e605a0db5ce3cca9b76b012978064940", "0123"]);
    let tag = || word(&["vip", "喜爱足球", "no"]);
    let users = prop_oneof![3 => list(user(), 12), 1 => user()].boxed();
    let property = record(vec![
        ("type", 95, word(&["string", "number", "bool", "datetime"])),
        ("description", 30, word(&["会员等级", ""])),
        ("prevent_destroy", 30, prop_oneof![Just(json!(true)), leaf()].boxed()),
    ]);
    record(vec![
        (
            "getui",
            80,
            record(vec![
                ("aliases", 50, or_from(map(users))),
                ("tag_sets", 50, or_from(map(list(tag(), 4)))),
                ("tag_members", 50, map(or_from(list(user(), 4)))),
                ("blacklist", 50, or_from(list(user(), 4))),
                ("device_tokens", 50, record(vec![("wx", 80, or_from(map(word(&["oX-Yr4"]))))])),
            ]),
        ),
        (
            "jpush",
            50,
            record(vec![
                ("properties", 60, map(property)),
                ("devices", 60, or_from(map(map(word(&["3", "abc", ""]))))),
            ]),
        ),
    ])
}

fn a_project() -> BoxedStrategy<Value> {
    let limit = || word(&["100/1m", "5/10s", "10000/1d", "${LIMIT:-1/1s}"]);
    let limits = || prop_oneof![limit(), list(limit(), 10)].boxed();
    let key = || word(&["k1", "${KEY}"]);
    record(vec![
        (
            "getui",
            70,
            record(vec![
                ("app_id", 97, key()),
                ("app_key", 97, key()),
                ("master_secret", 97, key()),
                ("base_url", 40, word(&["https://restapi.getui.com/v2"])),
                ("time_zone", 30, word(&["UTC"])),
                ("limits", 50, record(vec![("requests", 50, limits()), ("tag_batch", 50, limits())])),
            ]),
        ),
        (
            "jpush",
            70,
            record(vec![
                ("app_key", 97, key()),
                ("master_secret", 97, key()),
                ("reserve", 50, word(&["50%", "100%", "0%"])),
                ("limits", 50, record(vec![("requests", 50, limits())])),
            ]),
        ),
        ("state", 50, word(&["sqlite:.pushform/state.db", "postgres://x@y/z"])),
        ("manifests", 50, list(word(&["manifests", "a.yaml"]), 3)),
        (
            "policy",
            50,
            record(vec![
                (
                    "max_deletes",
                    50,
                    record(vec![
                        ("percent", 50, prop_oneof![Just(json!(30)), leaf()].boxed()),
                        ("at_least", 50, prop_oneof![Just(json!(10)), leaf()].boxed()),
                    ]),
                ),
                ("refresh_budget", 50, word(&["2m", "90s"])),
            ]),
        ),
    ])
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
            let expected = text.contains("${") || setting.is_met(&text);
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
