//! Manifests and project files from text to rows and problems: data in, text out.
//!
//! How problems are drawn is not tested here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use pushform::manifest::compile::{Files, compile};
use pushform::manifest::project::{Env, Project, ProjectSource};
use pushform::manifest::source::{Excerpt, Source};
use pushform::manifest::{Compiled, codes, excerpts};
use pushform::problem::{Problem, Problems, Severity};
use pushform::table::Kind;
use pushform::wire::Vendor;

/// A folder in memory.
#[derive(Default)]
struct Folder(BTreeMap<String, Vec<u8>>);

impl Files for Folder {
    fn manifest(&mut self, file: &str) -> Result<Source, Problem> {
        let text = String::from_utf8_lossy(&self.0[file]).into_owned();
        Ok(Source::new(file, text))
    }

    fn data(&mut self, _: &str, path: &str) -> Result<(Arc<str>, Box<dyn Read>), Problem> {
        let missing = || Problem::error(codes::FILE_MISSING, format!("`{path}` is not there"));
        let bytes = self.0.get(path).ok_or_else(missing)?.clone();
        Ok((path.into(), Box::new(std::io::Cursor::new(bytes))))
    }

    fn excerpts(&mut self, file: &str, lines: &[u32]) -> Vec<Excerpt> {
        excerpts::around(self.0[file].as_slice(), lines)
    }
}

/// Files in one text: `--- a.yaml ---` begins one.
fn folder(text: &str) -> Folder {
    let mut folder = Folder::default();
    let mut name = "m.yaml".to_owned();
    for line in text.split_inclusive('\n') {
        if let Some(file) = line.trim().strip_prefix("=== ") {
            file.trim().clone_into(&mut name);
            folder.0.entry(name.clone()).or_default();
        } else {
            folder.0.entry(name.clone()).or_default().extend_from_slice(line.as_bytes());
        }
    }
    folder
}

fn compiled(text: &str, vendors: &[Vendor]) -> (Compiled, Problems) {
    let mut folder = folder(text);
    let manifests: Vec<String> = folder.0.keys().filter(|name| name.ends_with(".yaml")).cloned().collect();
    compile(PathBuf::from("."), &manifests, vendors, &mut folder)
}

/// One problem in one line, one more for its help, and one for each place.
fn shown(problems: &Problems) -> String {
    let mut text = String::new();
    for problem in problems.list() {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let _ = writeln!(text, "{severity}[{}] {}", problem.code, problem.summary);
        for label in &problem.labels {
            let place = &label.place;
            let piece = place.snippet.as_ref().map_or("?", |s| &s.text[s.start..s.start + s.len]);
            let end = format!("{}:{}", place.end_line, place.end_column);
            let _ = writeln!(text, "  at {place}-{end} {piece:?} {}", label.text);
        }
        if let Some(help) = &problem.help {
            let _ = writeln!(text, "  help: {help}");
        }
    }
    text
}

fn problems_of(text: &str) -> String {
    shown(&compiled(text, &Vendor::ALL).1)
}

fn rows(compiled: &Compiled) -> String {
    let names = &compiled.names;
    let mut lines = Vec::new();
    for kind in Kind::ALL {
        for row in compiled.desired.tables.of(kind).rows() {
            let [subject, item, value] = [row.subject, row.item, row.value].map(|name| names.text(name));
            let place = compiled.desired.origins.line(row.mark).map(|(file, line)| format!("{file}:{line}"));
            let place = place.unwrap_or_default();
            lines.push(format!("{:12} {subject:8} {item:8} {value:14} {place}", kind.word()));
        }
    }
    let list = |names: &[pushform::names::Name]| {
        let mut texts: Vec<&str> = names.iter().map(|name| compiled.names.text(*name)).collect();
        texts.sort_unstable();
        texts.join(" ")
    };
    lines.push(format!("aliases: {}", list(&compiled.desired.aliases)));
    lines.push(format!("exact users: {}", list(&compiled.desired.exact_users)));
    lines.push(format!("protected: {}", list(&compiled.desired.protected)));
    lines.join("\n")
}

#[test]
fn everything_that_can_be_declared_becomes_rows() {
    let text = "\
getui:
  aliases:
    alice_w: [u1, \"u2\"]
    13800138000: 962758817254714017256879e5027768
    from: [u3]
---
getui:
  tag_sets:
    u1: [vip, 喜爱足球, no]
    u2: []
  tag_members:
    vip: [u1, 0123]
    news: {from: news.csv}
  blacklist: [u9]
  device_tokens:
    wx: {u1: oX-Yr4}
    hw: {from: hw.csv}
jpush:
  properties:
    level: {type: number, description: 会员等级}
    birthday: {type: datetime, prevent_destroy: true}
    name: {type: string}
    vip: {type: bool}
  devices:
    r1: {level: 3, birthday: 2026-11-22 10:12:00, vip: true, name: 1e10}
    r2: {name: \"\"}
=== b.yaml
getui:
  aliases: {from: aliases.csv}
---
# nothing here
---
getui: {tag_sets: {from: sets.csv}, blacklist: {from: out.csv}}
jpush: {devices: {from: devices.csv}}
=== news.csv
cid
u5
=== hw.csv
device_token,cid
t5,u5
=== aliases.csv
alias,cid
a,x1
b,x2
a,x3
=== sets.csv
cid,tags
x1,
x2,one two
x3,\"two  one\"
=== out.csv
\u{feff}cid\r
u8\r
=== devices.csv
registration_id,level,name
r3,1.5,
r4,,\"a,b\"
";
    let (compiled, problems) = compiled(text, &Vendor::ALL);
    assert_eq!(shown(&problems), "");
    insta::assert_snapshot!("rows", rows(&compiled));
}

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
        "jpush:\n  properties: {level: {type: nmber}}\n  devices: {r1: {level: 3}}\n",
    ),
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
    text += "\n# more tags than a user may carry, and more characters than an overwrite can\n";
    let tags = |count: usize| (0..count).map(|at| format!("tag{at}")).collect::<Vec<_>>().join(", ");
    text += &problems_of(&format!("getui:\n  tag_sets:\n    u1: [{}]\n    u2: [{}]\n", tags(101), tags(100)));
    text += &problems_of(&format!(
        "getui:\n  tag_sets: {{from: a.csv}}\n=== a.csv\ncid,tags\nu1,{}\n",
        tags(101).replace(',', "")
    ));
    insta::assert_snapshot!("problems", text);
}

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
    assert_eq!(shown(&problems), "");
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

#[test]
fn the_digest_is_of_names_and_texts() {
    let digest = |text| compiled(text, &Vendor::ALL).0.desired.digest;
    let base = digest("=== a.yaml\ngetui: {}\n=== b.yaml\njpush: {}\n");
    assert_eq!(base, digest("=== a.yaml\ngetui: {}\n=== b.yaml\njpush: {}\n"));
    assert_ne!(base, digest("=== a.yaml\ngetui: {}\n=== c.yaml\njpush: {}\n"));
    assert_ne!(base, digest("=== a.yaml\ngetui: {}\njpush: {}\n=== b.yaml\n"));
    assert_eq!(base.len(), 64);
}
