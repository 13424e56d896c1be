//! Documents drawn at random: mostly as they should be, with something else here and there.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

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

pub fn text() -> impl Strategy<Value = String> {
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
            btree_map(key.clone(), inner, 0..3)
                .prop_map(|map| Value::from(map.into_iter().collect::<Map<_, _>>())),
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
    mostly(btree_map(key, value, 0..3).prop_map(|map| Value::from(map.into_iter().collect::<Map<_, _>>())))
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
    mostly((fields, more).prop_map(|(fields, more)| {
        Value::from(fields.into_iter().flatten().chain(more).collect::<Map<_, _>>())
    }))
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

pub fn a_manifest() -> BoxedStrategy<Value> {
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

pub fn a_project() -> BoxedStrategy<Value> {
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
