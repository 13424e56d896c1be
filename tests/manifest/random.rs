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

/// Values as they stand in a file: plain, empty, in quotes, with a quote at the end, over several lines.
const VALUES: &[&str] = &[
    "x",
    "75 inch",
    "",
    "\"\"",
    "5\"",
    "\"a,b\"",
    "\",b b\"",
    "\"7\"\" TV\"",
    "\"Dear Ada\n your order\"",
    "\"a b,\nc d\"",
];

/// A file of devices.
#[derive(Clone, Debug)]
struct Table {
    text: String,
    /// The devices that have a value.
    devices: Vec<String>,
    /// The device of each line.
    line_devices: Vec<usize>,
    /// The devices whose rows have too many or too few fields.
    ragged: Vec<String>,
}

/// A file with the column of ids at any place; `ragged` are a row and the number of fields that it has too many or too
/// few.
fn table(columns: usize, id_at: usize, rows: &[Vec<usize>], ragged: &[(usize, bool)]) -> Table {
    let mut header: Vec<String> = (0..columns).map(|at| format!("p{at}")).collect();
    header[id_at] = "registration_id".to_owned();
    let mut table = Table {
        text: header.join(",") + "\n",
        devices: Vec::new(),
        line_devices: vec![0],
        ragged: Vec::new(),
    };
    for (number, row) in rows.iter().enumerate() {
        let mut fields: Vec<String> =
            (0..columns).map(|at| VALUES[row[at] % VALUES.len()].to_owned()).collect();
        fields[id_at] = format!("r{number}");
        match ragged.iter().find(|(at, _)| at % rows.len() == number) {
            Some((_, true)) => fields.push("more".to_owned()),
            // The id stays.
            Some((_, false)) if id_at + 1 < columns => drop(fields.pop()),
            Some((_, false)) | None => {}
        }
        if fields.len() != columns {
            table.ragged.push(format!("r{number}"));
        }
        if fields.iter().enumerate().any(|(at, field)| at != id_at && !matches!(&field[..], "" | "\"\"")) {
            table.devices.push(format!("r{number}"));
        }
        let record = fields.join(",") + "\n";
        table.line_devices.extend(record.matches('\n').map(|_| number));
        table.text.push_str(&record);
    }
    table
}

type Values = std::collections::BTreeMap<(String, String), String>;

/// The values that a file declares, by device and property; nothing where it is refused.
fn read_table(text: &str) -> Option<Values> {
    let mut folder = crate::folder(
        "jpush: {properties: {p0: {type: string}, p1: {type: string}, p2: {type: string}}, devices: {from: x.csv}}",
    );
    folder.0.insert("x.csv".to_owned(), text.as_bytes().to_vec());
    let (compiled, problems) = crate::compiled_from(folder, &pushform::wire::Vendor::ALL);
    if problems.has_errors() {
        return None;
    }
    let name = |name| compiled.names.text(name).to_owned();
    let rows = compiled.desired.tables.of(pushform::table::Kind::Device).rows();
    Some(rows.iter().map(|row| ((name(row.subject), name(row.item)), name(row.value))).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6_000, ..ProptestConfig::default() })]

    #[test]
    fn quotes_put_anywhere_take_no_other_row_out_of_the_declaration(
        (columns, id_at) in (2..=3_usize).prop_flat_map(|columns| (Just(columns), 0..columns)),
        rows in prop::collection::vec(prop::collection::vec(0..VALUES.len(), 3), 2..8),
        ragged in prop::collection::vec((0..8_usize, any::<bool>()), 0..3),
        quotes in prop::collection::vec(0.0..1.0_f64, 1..=2),
    ) {
        let table = table(columns, id_at, &rows, &ragged);
        let before = read_table(&table.text);
        prop_assert_eq!(before.is_none(), !table.ragged.is_empty(), "{}", table.text);
        let mut text = table.text.clone();
        let mut touched = Vec::new();
        for part in &quotes {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "any place will do")]
            let at = (text.len() as f64 * part) as usize;
            touched.push(format!("r{}", table.line_devices[text[..at].matches('\n').count()]));
            text.insert(at, '"');
        }
        let Some(values) = read_table(&text) else { return Ok(()) };
        // A row with a field too many is another row once a quote joins two of its fields, in its own line.
        let is_other = |device: &&String| table.ragged.contains(device) && touched.contains(device);
        for device in table.devices.iter().filter(|device| !is_other(device)) {
            prop_assert!(values.keys().any(|(of, _)| of == device), "{} is gone:\n{}", device, text);
        }
        if let Some(before) = before {
            let differs = |(key, value): (&(String, String), &String), others: &Values| {
                (others.get(key) != Some(value)).then(|| key.clone())
            };
            let mut changed: Vec<(String, String)> = before.iter().filter_map(|one| differs(one, &values)).collect();
            changed.extend(values.iter().filter_map(|one| differs(one, &before)));
            changed.sort();
            changed.dedup();
            prop_assert!(changed.iter().all(|(device, _)| touched.contains(device)), "{:?} changed:\n{}", changed, text);
        }
    }
}

fn read_project(text: String) {
    let source = ProjectSource { source: Source::new("pushform.yaml", text), folder: PathBuf::from(".") };
    for env in [Env::Ignore, Env::Lookup(&|_| Some("x".to_owned()))] {
        let _ = Project::read(&source, env);
    }
}
