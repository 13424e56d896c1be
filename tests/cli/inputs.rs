//! What people's files and lines hold that was not meant: quotes, encodings, signs of other keyboards, habits.

use std::fs;

use super::tool::{ALICE, BOB, DEVICE, Project};

const DEVICES: &str = "jpush:\n  properties:\n    tv: {type: string}\n    tier: {type: string}\n  devices: {from: ../data/d.csv}\n";

/// Rows of devices, with this cell in the third of them.
fn devices(cell: &str) -> String {
    let rows: Vec<String> =
        (0..100).map(|at| format!("{DEVICE}{at:03},{},gold", if at == 2 { cell } else { "plain" })).collect();
    format!("registration_id,tv,tier\n{}\n", rows.join("\n"))
}

#[test]
fn a_quote_that_is_never_closed_takes_no_device_out_of_the_declaration() {
    let project = Project::of(DEVICES, "", "");
    project.write("data/d.csv", &devices("plain"));
    project.ends(0, "-q apply --emulate --auto-approve");
    for (what, data, place) in [
        ("never closed", devices("\"75 inch"), "data/d.csv:4:24"),
        ("closed far below", devices("\"75 inch").replace("099,plain", "099,80\""), "data/d.csv:4:24"),
        (
            "closed where a field ends",
            devices("\"75 inch").replace("004,plain", "004,80\""),
            "data/d.csv:4:24",
        ),
        ("closed in the middle", devices("\"75\" inch"), "data/d.csv:4:24"),
        (
            "closed by the next one",
            devices("\"75 inch").replace("004,plain", "004,\"80 inch\""),
            "data/d.csv:4:24",
        ),
    ] {
        project.write("data/d.csv", &data);
        for words in ["validate", "plan --emulate", "apply --emulate --auto-approve --max-deletes 1000"] {
            let ran = project.ends(1, words);
            assert!(
                ran.stderr.contains(place) && ran.stderr.contains("quote"),
                "{what}: {words}\n{}",
                ran.stderr
            );
        }
    }
    project.write("data/d.csv", &devices("plain"));
    assert!(project.ends(0, "plan --emulate").stdout.contains("No changes"));
}

#[test]
fn quotes_that_close_where_their_field_ends_are_read_as_ever() {
    let project = Project::of(DEVICES, "", "");
    for cell in ["75\" TV", "\"75\"\" TV\"", "\"a, b\"", "\"one\ntwo\nthree\"", "\"\"", "it\"s"] {
        project.write("data/d.csv", &devices(cell));
        project.ends(0, "validate");
    }
}

#[test]
fn a_control_character_that_no_vendor_takes_is_refused_in_every_text() {
    let manifests = [
        "getui: {aliases: {\"aXb\": u1}}",
        "getui: {tag_sets: {u1: [\"aXb\"]}}",
        "getui: {tag_members: {\"aXb\": [u1]}}",
        "getui: {blacklist: [\"aXb\"]}",
        "getui: {device_tokens: {wx: {u1: \"aXb\"}}}",
        "jpush: {properties: {\"aXb\": {type: string}}}",
        "jpush: {properties: {a: {type: string, description: \"aXb\"}}}",
        "jpush: {properties: {a: {type: string}}, devices: {r1: {a: \"aXb\"}}}",
    ];
    let project = Project::of("", "", "");
    for manifest in manifests {
        for escape in ["\\0", "\\a", "\\e", "\\x7f", "\\x9f"] {
            project.write("manifests/audience.yaml", &manifest.replace('X', escape));
            let ran = project.ends(1, "validate");
            assert!(ran.stderr.contains("invisible character"), "{manifest} {escape}\n{}", ran.stderr);
        }
        // As it is, without an escape: in a text, a comment, and behind the end.
        for text in
            [manifest.replace('X', "\0"), format!("{manifest} # \0"), format!("{manifest}\n\0getui: [")]
        {
            project.write("manifests/audience.yaml", &text);
            let ran = project.ends(1, "validate");
            assert!(ran.stderr.contains("NUL"), "{text:?}\n{}", ran.stderr);
        }
    }
    let tables = [
        ("getui: {aliases: {from: ../d.csv}}", "alias,cid\naX,u1\n"),
        ("getui: {aliases: {from: ../d.csv}}", "alias,cid\na,uX\n"),
        ("getui: {tag_sets: {from: ../d.csv}}", "cid,tags\nu1,aX\n"),
        ("getui: {blacklist: {from: ../d.csv}}", "cid\nuX\n"),
        ("getui: {device_tokens: {wx: {from: ../d.csv}}}", "cid,device_token\nu1,aX\n"),
        ("jpush: {properties: {a: {type: string}}, devices: {from: ../d.csv}}", "registration_id,a\nr1,xX\n"),
    ];
    for (manifest, table) in tables {
        project.write("manifests/audience.yaml", manifest);
        for c in ["\0", "\u{1b}", "\u{7f}", "\u{9f}"] {
            project.write("d.csv", &table.replace('X', c));
            let ran = project.ends(1, "validate");
            assert!(ran.stderr.contains("invisible character"), "{table:?} {c:?}\n{}", ran.stderr);
        }
    }
}

#[test]
fn a_file_that_is_no_utf_8_is_named_with_what_it_is_and_how_to_convert_it() {
    // 会员，足球 in GBK.
    let gbk: &[u8] = b"\xbb\xe1\xd4\xb1\xa3\xac\xd7\xe3\xc7\xf2";
    let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let table = "cid,tags\ne605a0db5ce3cca9b76b012978064940,vip\n";
    let project = Project::of("getui: {tag_sets: {from: ../d.csv}}\n", "", "");
    for (name, bytes, expected) in [
        ("d.csv", [b"cid,tags\nu1,".as_slice(), gbk, b"\nu2,vip\n"].concat(), ["GBK", "iconv -f GB18030"]),
        ("d.csv", utf16(table), ["UTF-16", "iconv -f UTF-16LE"]),
        ("d.csv", utf16(&format!("\u{feff}{table}")), ["UTF-16", "iconv -f UTF-16LE"]),
        ("d.csv", utf16("\u{feff}\"cid\",\"tags\"\n"), ["UTF-16", "iconv -f UTF-16LE"]),
        (
            "d.csv",
            b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0\xa4\x0c[Content_Types].xml\n\"".to_vec(),
            ["an Excel workbook (.xlsx)", "in Excel, save it as `CSV UTF-8`"],
        ),
        (
            "d.csv",
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03\"\n\xff".to_vec(),
            ["compressed by gzip", "gzip -dc d.csv > NEW_FILE"],
        ),
        (
            "manifests/b.yaml",
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xff".to_vec(),
            ["compressed by gzip", "gzip -dc"],
        ),
        ("d.csv", table.replace(',', ";").into_bytes(), ["separated by semicolons", "';' ',' < d.csv"]),
        ("d.csv", table.replace(',', "\t").into_bytes(), ["separated by tabs", "'\\t' ',' < d.csv"]),
        ("d.csv", table.replace('\n', "\r").into_bytes(), ["carriage returns alone", "'\\n' < d.csv"]),
        (
            "manifests/b.yaml",
            [b"getui: {blacklist: [a]} # ".as_slice(), gbk].concat(),
            ["GBK", "iconv -f GB18030"],
        ),
        ("manifests/b.yaml", utf16("getui: {}\n"), ["UTF-16", "iconv -f UTF-16LE"]),
        ("manifests/b.yaml", utf16("\u{feff}getui: {}\n"), ["UTF-16", "iconv -f UTF-16LE"]),
    ] {
        project.write("d.csv", table);
        fs::write(project.folder().join(name), bytes).expect("a file");
        let ran = project.ends(1, "validate");
        assert!(expected.iter().all(|word| ran.stderr.contains(word)), "{name}\n{}", ran.stderr);
        assert_eq!(ran.stderr.matches("error: ").count(), 1, "{name}\n{}", ran.stderr);
        let _ = fs::remove_file(project.folder().join("manifests/b.yaml"));
    }
    fs::write(project.folder().join("ids.csv"), [b"name,cid\n".as_slice(), gbk, b",u1\n"].concat())
        .expect("a file");
    let ran = project.ends(1, "pull --emulate --cids ids.csv -o pulled");
    assert!(ran.stderr.contains("GBK") && ran.stderr.contains("iconv"), "{}", ran.stderr);
}

#[test]
fn signs_of_a_chinese_keyboard_are_named_where_they_stand() {
    let project = Project::of("", "", "");
    for (manifest, place, sign) in [
        ("getui：\n  blacklist: [u1]\n", "1:6", "`：` is the full-width colon"),
        ("getui:\n  blacklist： [u1]\n", "2:12", "`：` is the full-width colon"),
        ("getui:\n  aliases:\n    a： u1\n", "3:6", "`：` is the full-width colon"),
        ("getui:\n  blacklist: [u1， u2]\n", "2:17", "`，` is the full-width comma"),
        ("getui:\n  aliases: {a: u1， b: u2}\n", "2:18", "`，` is the full-width comma"),
        ("getui:\n  aliases: {“a”: u1}\n", "2:13", "`“` is a curly quote"),
        ("getui:\n  blacklist: ［u1］\n", "2:14", "`［` is a full-width bracket"),
    ] {
        project.write("manifests/audience.yaml", manifest);
        let ran = project.ends(1, "validate");
        assert!(
            ran.stderr.contains(&format!("audience.yaml:{place}")) && ran.stderr.contains(sign),
            "{manifest}\n{}",
            ran.stderr
        );
    }
    project.write("manifests/audience.yaml", "getui: {aliases: {from: ../d.csv}}\n");
    for (table, place) in [("alias，cid\na,u1\n", "d.csv:1:6"), ("alias,cid\na，u1\n", "d.csv:2:2")] {
        project.write("d.csv", table);
        let ran = project.ends(1, "validate");
        assert!(
            ran.stderr.contains(place) && ran.stderr.contains("full-width comma"),
            "{table}\n{}",
            ran.stderr
        );
    }
}

#[test]
fn a_tag_that_may_not_be_the_one_that_was_meant_is_a_warning() {
    let project = Project::of("", "", "");
    for tag in [
        "vip，gold",
        "“vip”",
        "vip\u{200b}",
        "vi\u{200d}p",
        "vip\u{202e}",
        "vi\u{ad}p",
        "vip\u{2060}",
        "vip\u{3164}",
        "vip\u{fe0f}",
    ] {
        let expected = if tag.contains(['，', '“']) { "holds `" } else { "invisible character U+" };
        for manifest in [
            format!("getui: {{tag_sets: {{u1: [\"{tag}\"], u2: [\"{tag}\"]}}}}\n"),
            format!("getui: {{tag_members: {{\"{tag}\": [u1]}}}}\n"),
            "getui: {tag_sets: {from: ../d.csv}}\n".to_owned(),
        ] {
            project.write("d.csv", &format!("cid,tags\nu1,{tag} b\n"));
            project.write("manifests/audience.yaml", &manifest);
            let ran = project.ends(0, "validate");
            assert!(
                ran.stderr.contains("warning: manifest::doubtful_name") && ran.stderr.contains(expected),
                "{tag:?}\n{}",
                ran.stderr
            );
            assert_eq!(ran.stderr.matches("doubtful_name").count(), 1, "said once: {}", ran.stderr);
        }
    }
    for tag in ["城市：北京", "a·b", "é", "会员（金）"] {
        project.write("manifests/audience.yaml", &format!("getui: {{tag_sets: {{u1: [\"{tag}\"]}}}}\n"));
        assert_eq!(project.ends(0, "validate").stderr, "", "{tag}");
    }
}

#[test]
fn a_manifest_that_is_reached_twice_is_read_once() {
    let project = Project::of("", "", "");
    project.write("a/base.yaml", &format!("getui: {{blacklist: [{ALICE}]}}\n"));
    project.write("a/b/more.yaml", &format!("getui: {{aliases: {{alice: {ALICE}}}}}\n"));
    project.write("c/only/one.yaml", &format!("getui: {{aliases: {{bob: {BOB}}}}}\n"));
    for list in
        ["a/base.yaml, a", "a, a/base.yaml", "a, a", "a/b, a", "a, a/b", "c/only, c", "c/only/one.yaml, c"]
    {
        project.replace("pushform.yaml", "manifests: [", &format!("manifests: [{list}] # ["));
        project.ends(0, "validate");
        project.replace("pushform.yaml", &format!("manifests: [{list}] # ["), "manifests: [");
    }
}

#[test]
fn a_path_that_only_a_shell_knows_is_said_to_be_one() {
    let project = Project::new();
    for words in ["plan --emulate --out=~/p.json", "-C ~/shop plan", "fmt ~/a.yaml"] {
        let ran = project.ends(1, words);
        assert!(ran.stderr.contains("`~` is not expanded"), "{words}\n{}", ran.stderr);
    }
    project.write("manifests/audience.yaml", "getui: {blacklist: {from: ~/d.csv}}\n");
    assert!(project.ends(1, "validate").stderr.contains("`~` is not expanded"));
    project.write("manifests/audience.yaml", "getui: {}\n");
    project.replace("pushform.yaml", "[manifests]", "[~/manifests]");
    assert!(project.ends(1, "validate").stderr.contains("`~` is not expanded"));
    project.replace("pushform.yaml", "[~/manifests]", "[manifests]");
    project.replace("pushform.yaml", "sqlite:.pushform/state.db", "sqlite:~/state.db");
    assert!(project.ends(1, "validate").stderr.contains("without `~`"));
    assert!(!project.folder().join("~").exists());
}

#[test]
fn what_terraform_calls_an_option_writes_no_file_of_another_name() {
    let project = Project::new();
    let before = project.files().len();
    for words in
        ["plan --emulate -out=plan.json", "plan --emulate -out plan.json", "state export --emulate -out=x"]
    {
        let ran = project.ends(1, words);
        assert!(ran.stderr.contains("write `--out"), "{words}\n{}", ran.stderr);
    }
    assert_eq!(project.files().len(), before, "a file was written");
}

#[test]
fn a_secret_that_stands_in_the_project_file_is_a_warning() {
    let project = Project::new();
    assert_eq!(project.ends(0, "validate").stderr, "");
    for (variable, key) in [
        ("${GETUI_MASTER_SECRET}", "master_secret"),
        ("${GETUI_APP_KEY}", "app_key"),
        ("${JPUSH_MASTER_SECRET}", "master_secret"),
    ] {
        for written in ["hunter2", "${NAME:-hunter2}", "hun${NAME}ter2"] {
            project.replace("pushform.yaml", variable, written);
            let ran = project.ends(0, "validate");
            let expected = format!("the secret `{key}` stands in the file");
            assert!(ran.stderr.contains("warning: project::literal_secret"), "{written}\n{}", ran.stderr);
            assert!(
                ran.stderr.contains(&expected) && ran.stderr.contains(variable),
                "{written}\n{}",
                ran.stderr
            );
            assert!(!ran.shown().contains("hunter2"), "{written}\n{}", ran.stderr);
            project.replace("pushform.yaml", written, variable);
        }
    }
    project.replace("pushform.yaml", "sqlite:.pushform/state.db", "postgres://ann:hunter2@db.example/shop");
    let ran = project.ends(0, "validate");
    assert!(ran.stderr.contains("the password of the state's database"), "{}", ran.stderr);
    assert!(!ran.shown().contains("hunter2"), "{}", ran.stderr);
}

#[test]
fn line_ends_of_another_system_make_no_plan_stale_and_no_layout_another() {
    let project = Project::of("", "", "");
    let table = "registration_id,name\n1a0018970aa97f72bb6,\"one\ntwo\"\n";
    project.write(
        "manifests/audience.yaml",
        &format!("getui:\n  blacklist: [{ALICE}]\njpush:\n  properties:\n    name: {{type: string}}\n  devices: {{from: ../d.csv}}\n"),
    );
    project.write(
        "emulator.yaml",
        &format!("getui:\n  users:\n    {ALICE}:\njpush:\n  devices:\n    {DEVICE}: {{}}\n"),
    );
    project.write("d.csv", table);
    project.ends(0, "fmt");
    project.ends(0, "plan --emulate -o p.json");
    for file in ["manifests/audience.yaml", "d.csv", "pushform.yaml"] {
        let text = project.read(file);
        project.write(file, &text.replace('\n', "\r\n"));
    }
    project.ends(0, "fmt --check");
    project.ends(0, "apply --emulate p.json");
    assert!(project.ends(0, "plan --emulate").stdout.contains("No changes"));
    project.write("manifests/audience.yaml", "getui:\r\n    blacklist:   [a]\r\n");
    project.ends(0, "fmt");
    assert_eq!(project.read("manifests/audience.yaml"), "getui:\r\n  blacklist: [a]\r\n");
}

/// More rows than are kept in memory, and nowhere to put the others.
#[cfg(unix)]
#[test]
fn a_missing_folder_for_temporary_files_is_an_error_of_its_own() {
    let mut project = Project::of(DEVICES, "", "");
    let rows: String = (0..36_000)
        .map(|at| format!("{DEVICE}{at:05},{:05}{},gold\n", at * 7_919 % 36_000, "喜".repeat(1_019)))
        .collect();
    project.write("data/d.csv", &format!("registration_id,tv,tier\n{rows}"));
    for folder in ["/there/is/no/such/folder", "/proc"] {
        project.set("TMPDIR", folder);
        for words in ["validate", "plan --emulate"] {
            let ran = project.ends(1, words);
            for part in
                ["manifest::temporary_file", "a temporary file cannot be used: ", "set TMPDIR to a folder"]
            {
                assert!(ran.stderr.contains(part), "{folder}: {words}: `{part}` is not in\n{}", ran.stderr);
            }
        }
    }
    let room = tempfile::tempdir().expect("a folder");
    project.set("TMPDIR", room.path().to_str().expect("a path"));
    project.ends(0, "validate");
    assert_eq!(fs::read_dir(room.path()).expect("the folder").count(), 0, "the file is gone");
}
