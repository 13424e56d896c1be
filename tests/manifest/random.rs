//! Nothing that can stand in a file makes reading it panic.

use std::path::PathBuf;

use proptest::prelude::*;

use pushform::manifest::project::{Env, Project, ProjectSource};
use pushform::manifest::source::Source;

use crate::problems_of;

/// Pieces of manifests, in any order: more of them are nearly right than random characters ever are.
const PIECES: &[&str] = &[
    "getui:",
    "jpush:",
    "aliases:",
    "tag_sets:",
    "tag_members:",
    "blacklist:",
    "device_tokens:",
    "properties:",
    "devices:",
    "from:",
    "wx:",
    "type:",
    "\n",
    "\n  ",
    "\n    ",
    "\n      - ",
    " ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "'",
    "\"",
    "&a ",
    "*a",
    "!!str ",
    "|",
    ">",
    "~",
    "null",
    "---\n",
    "...\n",
    "# x",
    "u1",
    "alice",
    "喜爱",
    "\t",
    "\r\n",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\0",
    "? ",
    ": ",
    "<<: ",
    "x.csv",
    "=== x.csv\n",
    "cid,alias\n",
    "cid\n",
    "registration_id,a\n",
    "%YAML 1.2\n",
    "\\",
    "\\x",
    "${",
    "${A}",
    "app_key: ",
    "state: ",
    "limits: ",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        problems_of(&text);
        read_project(text);
    }

    #[test]
    fn any_order_of_pieces_is_read_or_refused(
        pieces in proptest::collection::vec(prop::sample::select(PIECES), 0..40)
    ) {
        let text = pieces.concat();
        problems_of(&text);
        read_project(text);
    }

    #[test]
    fn any_bytes_of_a_data_file_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60), at in 0..6_usize) {
        let table = [
            ("getui: {aliases: {from: x.csv}}", "alias,cid\n"),
            ("getui: {tag_sets: {from: x.csv}}", "cid,tags\n"),
            ("getui: {blacklist: {from: x.csv}}", "cid\n"),
            ("getui: {device_tokens: {wx: {from: x.csv}}}", "cid,device_token\n"),
            ("jpush: {devices: {from: x.csv}}", "registration_id,a\n"),
            ("getui: {tag_members: {t: {from: x.csv}}}", ""),
        ];
        let (manifest, header) = table[at];
        let mut folder = crate::folder(manifest);
        folder.0.insert("x.csv".to_owned(), [header.as_bytes(), &bytes].concat());
        crate::compiled_from(folder, &pushform::wire::Vendor::ALL);
    }
}

/// Devices with a value each, as one puts them into a file.
const DEVICES: usize = 12;

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn quotes_put_anywhere_take_no_other_row_out_of_the_declaration(
        first in 0.0..1.0_f64, second in 0.0..1.0_f64, how_many in 1..=2_usize, value in "[a-z ]{0,4}"
    ) {
        let mut table = "registration_id,a\n".to_owned();
        (0..DEVICES).for_each(|at| table.push_str(&format!("r{at},{value}{at}\n")));
        let mut touched = Vec::new();
        for part in [first, second].into_iter().take(how_many) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "any place will do")]
            let at = (table.len() as f64 * part) as usize;
            touched.push(table[..at].matches('\n').count());
            table.insert(at, '"');
        }
        let mut folder = crate::folder("jpush: {properties: {a: {type: string}}, devices: {from: x.csv}}");
        folder.0.insert("x.csv".to_owned(), table.clone().into_bytes());
        let (compiled, problems) = crate::compiled_from(folder, &pushform::wire::Vendor::ALL);
        if problems.is_empty() {
            let rows = compiled.desired.tables.of(pushform::table::Kind::Device).rows();
            let declared: Vec<&str> = rows.iter().map(|row| compiled.names.text(row.subject)).collect();
            for at in (0..DEVICES).filter(|at| !touched.contains(&(at + 1))) {
                prop_assert!(declared.contains(&format!("r{at}").as_str()), "r{} is gone:\n{}", at, table);
            }
        }
    }
}

fn read_project(text: String) {
    let source = ProjectSource { source: Source::new("pushform.yaml", text), folder: PathBuf::from(".") };
    for env in [Env::Ignore, Env::Lookup(&|_| Some("x".to_owned()))] {
        let _ = Project::read(&source, env);
    }
}
