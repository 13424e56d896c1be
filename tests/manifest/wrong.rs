//! Every sort of wrong manifest, and its message.

use std::fmt::Write as _;

use pushform::wire::Vendor;

use crate::{compiled, problems_of, shown};

/// What is wrong, and in which manifest.
const WRONG: &[(&str, &str)] = &[
    ("text that is no YAML, and a document behind it", "getui: [\n---\ngetui: {aliase: 1}\n"),
    ("a tab as indentation", "getui:\n\tblacklist: []\n"),
    ("an unclosed quote", "getui:\n  blacklist: ['u1\n"),
    ("a key in the wrong column", "getui:\n   blacklist: [u1]\n  aliases: {}\n"),
    ("an anchor and an alias", "getui:\n  blacklist: &a [u1]\n  tag_members: {vip: *a, old: *b}\n"),
    ("a merge key", "getui:\n  aliases:\n    <<: {a: u1}\n    b: u2\n"),
    ("a tag", "getui:\n  blacklist: [!!int 5, !own u2]\n"),
    (
        "keys that are none",
        "getui:\n  aliases:\n    ? [a, b]\n    : u1\n    ~: u2\n    null: u3\n    \"null\": u4\n",
    ),
    ("the same key twice", "getui:\n  blacklist: [u1]\n  blacklist: [u2]\ngetui: {}\n"),
    ("a list as a manifest", "- getui\n"),
    ("a text as a manifest", "getui\n"),
    (
        "mappings, lists and texts in each other's places",
        "getui:\n  aliases: [u1]\n  tag_sets: {u1: vip}\n  tag_members: {vip: u1}\n  blacklist: u1\n  device_tokens: {wx: [u1]}\njpush: []\n",
    ),
    (
        "nothing where something is wanted",
        "getui:\n  aliases:\n    alice:\n    bob: [~]\n  blacklist:\n  tag_sets: ~\njpush:\n",
    ),
    ("unknown keys", "getui:\n  alias: {}\n  tagsets: {}\n  zzz: 1\njpsh: {}\n"),
    ("an unknown channel", "getui:\n  device_tokens: {wx: {u1: t}, huawei: {u1: t}, hww: {}}\n"),
    ("a file beside other keys", "getui:\n  aliases: {from: a.csv, alice: u1}\n=== a.csv\nalias,cid\na,u9\n"),
    ("a mapping that is no file", "getui:\n  blacklist: {form: x.csv}\n  tag_members: {vip: {}}\n"),
    (
        "paths that are none",
        "getui:\n  blacklist: {from: \"\"}\n  aliases: {from: [u1]}\n  tag_sets: {from: ~}\n  tag_members: {vip: {from: [x]}}\n",
    ),
    (
        "too few and too many users",
        "getui:\n  aliases:\n    none: []\n    many: [u0, u1, u2, u3, u4, u5, u6, u7, u8, u9, u10]\n",
    ),
    (
        "aliases outside the charset",
        "getui:\n  aliases: {a-b: u1, \"\": u2, \"a b\": u3, aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd: u4}\n",
    ),
    ("a long alias in bytes", "getui:\n  aliases: {一二三四五六七八九十一二三四: u1}\n"),
    (
        "tags outside the charset",
        "getui:\n  tag_sets: {u1: [\"a b\", \"\", \"a\\tb\", \"..\", 一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三]}\n",
    ),
    (
        "user ids that would break a path",
        "getui:\n  blacklist: [\"a,b\", a/b, a%b, \"a?b\", \"a#b\", \"..\", \"a b\", \"\", 汉, \"a\\0b\"]\n",
    ),
    ("device tokens", "getui:\n  device_tokens: {wx: {u1: \"\", u2: \"a b\", u3: ~}}\n"),
    (
        "property names and descriptions",
        "jpush:\n  properties:\n    bind: {type: string}\n    total_num: {type: string}\n    a/b: {type: string}\n    \"\": {type: string}\n    一二三四五六七八九十一二三四五六七: {type: string}\n    a: {type: string, description: 一二三四五六七八九十一二三四五六七}\n    b: {type: string, description: aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeef}\n",
    ),
    (
        "properties",
        "jpush:\n  properties:\n    a: {type: strng}\n    b: {}\n    c: {type: bool, prevent_destroy: yes, typ: 1}\n    d: string\n    e: {type: bool, prevent_destroy: \"true\"}\n    f: {type: }\n",
    ),
    (
        "values of devices",
        "jpush:\n  properties: {level: {type: number}, ok: {type: bool}, at: {type: datetime}}\n  devices:\n    r1: {level: abc, ok: yes, at: 2026-11-22, levle: 1}\n    r2: {level: ~, levle: 2}\n    r/3: {}\n    r4: 5\n",
    ),
    (
        "an undeclared property, unless its declaration could not be read",
        "jpush:\n  properties: {level: {type: nmber}}\n  devices: {r1: {level: 3, nope: 1}}\n",
    ),
    (
        "an undeclared property beside one whose name is refused",
        "jpush:\n  properties: {level: {type: number}, bind: {type: string}}\n  devices: {r1: {nope: 1, bind: 2}}\n",
    ),
    (
        "a quote in a file that is never closed",
        "getui:\n  blacklist: {from: b.csv}\n=== b.csv\ncid\nu1\nu2\n\"u3\n",
    ),
    (
        "a quote in a file that closes in the middle of a field",
        "getui:\n  blacklist: {from: b.csv}\n=== b.csv\ncid\n\"u1\" x\n",
    ),
    (
        "a quote in a file that takes in a record",
        "jpush:\n  properties: {a: {type: string}}\n  devices: {from: b.csv}\n=== b.csv\nregistration_id,a\nr1,\"75 inch\nr2,80\"\nr3,x\n",
    ),
    (
        "a quote in a file that takes in a record with another number of fields",
        "jpush:\n  properties: {a: {type: string}}\n  devices: {from: b.csv}\n=== b.csv\nregistration_id,a\nr1,\"75 inch\nr2\nr3,x,y,z\nr4,80\"\n",
    ),
    (
        "a quote in a file that takes in a line where no value has one",
        "getui:\n  aliases: {from: b.csv}\n=== b.csv\nalias,cid\n\"a,u1\nb\",u2\n",
    ),
    (
        "a carriage return alone in a file",
        "getui:\n  aliases: {from: b.csv}\njpush:\n  properties: {a: {type: string}}\n  devices: {from: c.csv}\n=== b.csv\nalias,cid\na,u1\rb,u2\n=== c.csv\nregistration_id,a\nr1,x\rr2\n",
    ),
    (
        "files that are separated otherwise",
        "getui:\n  aliases: {from: a.csv}\n  tag_sets: {from: b.csv}\n  device_tokens: {wx: {from: c.csv}}\njpush:\n  properties: {a: {type: string}}\n  devices: {from: d.csv}\n=== a.csv\nalias;cid\na;u1\n=== b.csv\ncid\ttags\nu1\tvip\n=== c.csv\ncid,device_token\nu1;t1\n=== d.csv\n\"registration_id\"|\"a\"\n",
    ),
    (
        "lines that end with carriage returns alone",
        "getui:\n  aliases: {from: a.csv}\n=== a.csv\nalias,cid\ra,u1\rb,u2\r",
    ),
    (
        "names that may not be the ones that were meant",
        "getui:\n  tag_sets: {u1: [vip，gold, 类型：a，b, \"vip\\u200b\"]}\n  tag_members: {“old”: [u2]}\njpush:\n  properties: {\"a\\u00ad\": {type: string}}\n",
    ),
    (
        "signs of a Chinese keyboard",
        "getui：\n  blacklist: [u1]\n---\ngetui:\n  blacklist: [u1，u2]\n  aliases: {a: u1， b: u2}\n---\ngetui:\n  blacklist: ［u1, u2］\n  aliases: ｛a: u1｝\n  tag_sets: {u1: 【vip】}\n---\ngetui: ｛blacklist：［u1］｝\n---\ngetui:\n  blacklist:\n  － u1\n---\ngetui:\n  tag_members: ［a： b］\n---\ngetui:\n  tag_members:\n    类型：会员: ［u1: u2］\n    vip：x: [u3， u4]\n=== b.yaml\ngetui: {blacklist: {from: c.csv}}\n=== c.csv\ncid\nｕ１\n",
    ),
    (
        "a control character in a value",
        "jpush:\n  properties: {a: {type: string}}\n  devices: {r1: {a: \"x\\0\"}}\n",
    ),
    ("a NUL in a manifest", "getui: {} # \0\n"),
    (
        "the same thing in two files",
        "=== a.yaml\ngetui:\n  aliases: {alice: u1}\n  tag_sets: {u1: [vip]}\n  tag_members: {vip: [u2]}\n  blacklist: [u3]\n  device_tokens: {wx: {u1: t1}}\njpush:\n  properties: {level: {type: number}}\n  devices: {r1: {level: 1}}\n=== b.yaml\ngetui:\n  aliases: {alice: u1}\n  tag_sets: {u1: [vip]}\n  tag_members: {vip: [u2]}\n  blacklist: [u3]\n  device_tokens: {wx: {u1: t2}}\njpush:\n  properties: {level: {type: string}}\n  devices: {r1: {level: 1}}\n",
    ),
    (
        "the same thing in a list and in a file",
        "getui:\n  aliases: {a: u1}\n---\ngetui:\n  aliases: {from: a.csv}\n=== a.csv\nalias,cid\nb,u2\na,u3\nb,u4\n",
    ),
    (
        "the same item twice in one list",
        "getui:\n  aliases: {alice: [u1, u1]}\n  tag_sets: {u1: [vip, vip]}\n  tag_members: {old: [u2, u2]}\n  blacklist:\n  - u3\n  - u4\n  - u3\njpush:\n  properties: {a: {type: string}}\n  devices: {r1: {a: 1, a: 2}}\n",
    ),
    ("a user with two aliases", "getui:\n  aliases:\n    alice: [u1, u2]\n    bob: [u3, u2]\n"),
    (
        "a member outside the exact set",
        "getui:\n  tag_sets:\n    u1: [old]\n    u2: [vip]\n  tag_members:\n    vip: [u1, u2, u3]\n",
    ),
    (
        "too many users of an alias in a file",
        "getui:\n  aliases: {from: a.csv}\n=== a.csv\nalias,cid\na,u0\na,u1\na,u2\na,u3\na,u4\na,u5\na,u6\na,u7\na,u8\na,u9\na,u10\na,u11\n",
    ),
    ("a file without a header", "getui:\n  blacklist: {from: a.csv}\n=== a.csv\n"),
    (
        "columns",
        "getui:\n  blacklist: {from: a.csv}\n  aliases: {from: b.csv}\njpush:\n  devices: {from: c.csv}\n=== a.csv\nuser\nu1\n=== b.csv\nalias;cid\n=== c.csv\nregistration_id,a,a,bind\n",
    ),
    (
        "records",
        "getui:\n  aliases: {from: a.csv}\n  tag_sets: {from: b.csv}\n=== a.csv\nalias,cid\na\na-b,u1\n\nc,u,1\nd,\n=== b.csv\ncid,tags\nu1,ok a\u{a0}b\n",
    ),
    ("a file that is not there", "getui:\n  blacklist: {from: nowhere.csv}\n"),
    (
        "values in a file",
        "jpush:\n  properties: {level: {type: number}}\n  devices: {from: a.csv}\n=== a.csv\nregistration_id,level,old\nr1,x,1\nr1,2,\nr2,3,4\n",
    ),
    ("CRLF and a byte-order mark", "\u{feff}getui:\r\n  blacklist: [u1, \"u 2\"]\r\n  aliases: {a: u1}\r\n"),
];

#[test]
fn every_sort_of_wrong_manifest_says_what_and_where_and_what_to_do() {
    let mut text = String::new();
    for (what, manifest) in WRONG {
        let _ = writeln!(text, "# {what}\n{}", problems_of(manifest));
    }
    let _ = writeln!(text, "# a vendor without an account");
    text += &shown(&compiled("getui: {}\njpush: {}\n", &[Vendor::Getui]).1);
    text += "\n# a value that is too long\n";
    text += &problems_of(&format!(
        "jpush:\n  properties: {{a: {{type: string}}}}\n  devices: {{r1: {{a: {}}}}}\n",
        "x".repeat(1025)
    ));
    text += "\n# a record without an end\n";
    text += &problems_of(&format!(
        "getui:\n  blacklist: {{from: b.csv}}\n=== b.csv\ncid\n{}\n",
        "x".repeat(1 << 21)
    ));
    text += "\n# more tags than a user may carry, and more characters than an overwrite can\n";
    let tags = |count: usize| (0..count).map(|at| format!("tag_{at}")).collect::<Vec<_>>().join(", ");
    text += &problems_of(&format!("getui:\n  tag_sets:\n    u1: [{}]\n    u2: [{}]\n", tags(101), tags(100)));
    text += &problems_of(&format!(
        "getui:\n  tag_sets: {{from: a.csv}}\n=== a.csv\ncid,tags\nu1,{}\n",
        tags(101).replace(',', "")
    ));
    insta::assert_snapshot!("problems", text);
}
