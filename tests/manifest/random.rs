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

fn read_project(text: String) {
    let source = ProjectSource { source: Source::new("pushform.yaml", text), folder: PathBuf::from(".") };
    for env in [Env::Ignore, Env::Lookup(&|_| Some("x".to_owned()))] {
        let _ = Project::read(&source, env);
    }
}
