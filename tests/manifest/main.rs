//! Manifests and project files from text to rows and problems: data in, text out.
//!
//! How problems are drawn is not tested here.

mod files;
mod projects;
mod random;
mod wrong;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use pushform::manifest::compile::{Files, compile};
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
    compiled_from(folder(text), vendors)
}

fn compiled_from(mut folder: Folder, vendors: &[Vendor]) -> (Compiled, Problems) {
    let manifests: Vec<String> = folder.0.keys().filter(|name| !name.ends_with("csv")).cloned().collect();
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

#[test]
fn a_value_of_several_lines_is_read_in_whichever_column() {
    for (file, expected) in [
        ("registration_id,a\nr1,\"Dear Ada\nyour order, sir\"\nr2,x\n", "Dear Ada\nyour order, sir"),
        ("a,registration_id\n\"Dear Ada,\nyour order\",r1\nx,r2\n", "Dear Ada,\nyour order"),
        ("a,registration_id\n\"Dear\nAda\",r1\nx,r2\n", "Dear\nAda"),
        ("registration_id,a\nr1,\"你好\n世界\nBob\"\nr2,x\n", "你好\n世界\nBob"),
    ] {
        let text = format!(
            "jpush: {{properties: {{a: {{type: string}}}}, devices: {{from: x.csv}}}}\n=== x.csv\n{file}"
        );
        let (compiled, problems) = compiled(&text, &Vendor::ALL);
        assert!(problems.is_empty(), "{}", shown(&problems));
        let rows = compiled.desired.tables.of(Kind::Device).rows();
        let read: Vec<&str> = rows.iter().map(|row| compiled.names.text(row.value)).collect();
        assert_eq!(read, [expected, "x"], "{file}");
    }
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
