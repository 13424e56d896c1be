//! The project folder on disk: what is found, what is refused, and where rows stand.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use pushform::manifest::project::{Env, Project};
use pushform::manifest::{Compiled, load_declaration, place_of, read_project, validate};
use pushform::problem::Problems;
use pushform::table::Kind;

use crate::shown;

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }
    folder
}

const ACCOUNT: &str =
    "getui: {app_id: a, app_key: b, master_secret: c}\njpush: {app_key: a, master_secret: b}\n";

fn load(folder: &Path, manifests: &str) -> Result<(Compiled, Problems), Problems> {
    fs::write(folder.join("pushform.yaml"), format!("{ACCOUNT}manifests: {manifests}\n")).expect("a file");
    let source = read_project(folder)?;
    let (project, _) = Project::read(&source, Env::Ignore)?;
    let (declaration, warnings) = load_declaration(folder, &project)?;
    Ok((declaration.compiled()?, warnings))
}

/// What is wrong, without the folder's own name.
fn wrong(folder: &TempDir, manifests: &str) -> String {
    let text = match load(folder.path(), manifests) {
        Ok((compiled, problems)) => format!("{}{} rows\n", shown(&problems), compiled.desired.tables.len()),
        Err(problems) => shown(&problems),
    };
    text.replace(&folder.path().display().to_string(), "DIR")
}

#[test]
fn manifests_are_found_in_folders_and_below_in_sorted_order() {
    let folder = folder(&[
        ("manifests/b.yml", b"getui: {blacklist: [b]}"),
        ("manifests/a.yaml", b"getui: {blacklist: [a]}"),
        ("manifests/deep/er/c.YAML", b"getui: {blacklist: {from: ../../../data/c.csv}}"),
        ("manifests/.hidden.yaml", b"nonsense: ["),
        ("manifests/.git/x.yaml", b"nonsense: ["),
        ("manifests/notes.txt", b"nonsense: ["),
        ("manifests/empty.yaml", b""),
        ("manifests/comment.yaml", b"# nothing\n"),
        ("data/c.csv", b"cid\nc\n"),
        ("emulator.yaml", b"nonsense: ["),
    ]);
    for manifests in ["[manifests]", "[./manifests/, manifests/a.yaml]", "[.]"] {
        let (compiled, problems) = load(folder.path(), manifests).unwrap_or_else(|p| panic!("{}", shown(&p)));
        assert_eq!(shown(&problems), "");
        let rows = compiled.desired.tables.of(Kind::Blacklist).rows();
        let users: Vec<&str> = rows.iter().map(|row| compiled.names.text(row.subject)).collect();
        assert_eq!(users, ["a", "b", "c"], "{manifests}");
        let places: Vec<String> = rows
            .iter()
            .filter_map(|row| place_of(&compiled.desired.origins, row.mark, compiled.names.text(row.subject)))
            .map(|place| place.to_string())
            .collect();
        assert_eq!(places, ["manifests/a.yaml:1:21", "manifests/b.yml:1:21", "data/c.csv:2:1"]);
        assert_eq!(place_of(&compiled.desired.origins, 0, "a"), None);
    }
}

#[test]
fn what_can_not_be_read_is_said_with_its_name() {
    let mut text = String::new();
    let mut add = |what: &str, found: String| {
        let _ = writeln!(text, "# {what}\n{found}");
    };
    let empty = folder(&[]);
    let error = read_project(empty.path()).map(|_| ()).expect_err("no project file");
    add("no project file", shown(&error).replace(&empty.path().display().to_string(), "DIR"));
    add("no such folder", wrong(&empty, "[manifests, x.yaml]"));
    fs::create_dir_all(empty.path().join("manifests")).expect("a folder");
    add("an empty folder", wrong(&empty, "[manifests]"));
    add("no manifests at all", wrong(&empty, "[]"));
    let odd = folder(&[
        ("m/latin.yaml", b"getui:\n  blacklist: [\xe9t\xe9]\n"),
        ("m/a.yaml", b"\xef\xbb\xbf# ok\ngetui: {blacklist: {from: ../d}}\n---\ngetui: {aliases: {from: ../none.csv}, tag_sets: {from: ../latin.csv}}\n"),
        ("m/out.yaml", b"getui:\n  blacklist: {from: ../../x.csv}\n  aliases: {from: /etc/passwd}\n  tag_sets: {from: a/../../../../x}\n"),
        ("m/quote.yaml", b"getui: {tag_members: {vip: {from: quote.csv}}}\n"),
        ("m/quote.csv", format!("cid\nu1\n\"u2\n{}", "x\n".repeat(1_000_000)).as_bytes()),
        ("d/x", b""),
        ("latin.csv", b"cid,tags\nu1,vip\nu2,\xe9t\xe9\n"),
    ]);
    add("odd files", wrong(&odd, "[m]"));
    let large = folder(&[("m.yaml", b"getui: {blacklist: {from: big.csv}}")]);
    for (name, bytes) in [("big.csv", (4 << 30) + 1), ("big.yaml", (256 << 20) + 1)] {
        let file = fs::File::create(large.path().join(name)).expect("a file");
        file.set_len(bytes).expect("a sparse file");
    }
    add("large files", wrong(&large, "[m.yaml, big.yaml]"));
    insta::assert_snapshot!("files", text);
}

#[cfg(unix)]
#[test]
fn links_lead_neither_in_circles_nor_outside() {
    use std::os::unix::fs::symlink;
    let folder =
        folder(&[("manifests/a.yaml", b"getui: {blacklist: {from: link.csv}}"), ("data.csv", b"cid\na\n")]);
    let at = |name: &str| folder.path().join(name);
    symlink(at("manifests"), at("manifests/again")).expect("a link");
    symlink(at("data.csv"), at("manifests/link.csv")).expect("a link");
    assert_eq!(wrong(&folder, "[manifests]"), "1 rows\n");
    fs::remove_file(at("manifests/link.csv")).expect("it is there");
    symlink("/etc/hostname", at("manifests/link.csv")).expect("a link");
    let text = wrong(&folder, "[manifests]");
    assert!(text.contains("file::outside") && text.contains("leads out of the project"), "{text}");
    fs::create_dir_all(at("deep")).expect("a folder");
    let mut deep = at("deep");
    for _ in 0..20 {
        deep.push("d");
    }
    fs::create_dir_all(&deep).expect("folders");
    let text = wrong(&folder, "[deep]");
    assert!(text.contains("file::too_many"), "{text}");
}

#[test]
fn manifests_beside_the_project_may_have_data_beside_them() {
    let both = folder(&[
        ("common/a.yaml", b"getui: {blacklist: {from: data/a.csv}}"),
        ("common/data/a.csv", b"cid\na\n"),
        ("common/b.yaml", b"getui: {aliases: {from: ../prod/x.csv}}"),
        ("prod/x.csv", b"alias,cid\n"),
    ]);
    let text = match load(&both.path().join("prod"), "[../common]") {
        Ok(_) => String::new(),
        Err(problems) => shown(&problems),
    };
    assert_eq!(text.matches("error[").count(), 1, "{text}");
    assert!(text.contains("`../prod/x.csv` leads out of the project"), "{text}");
}

#[test]
fn an_error_in_the_project_file_hides_none_in_the_manifests() {
    let folder = folder(&[
        ("pushform.yaml", b"getui: {app_id: \"${NOBODY}\", app_kee: x}\nmanifests: [m.yaml]\n"),
        ("m.yaml", b"getui: {blacklist: [\"a b\"]}\njpush: {}\n"),
    ]);
    let problems = validate(folder.path()).unwrap_or_else(|p| panic!("{}", shown(&p)));
    let codes: Vec<&str> = problems.list().iter().map(|problem| problem.code).collect();
    assert_eq!(
        codes,
        [
            "structure::missing_key",
            "structure::missing_key",
            "structure::unknown_key",
            "structure::user",
            "manifest::no_account"
        ]
    );
}

#[test]
fn every_code_has_its_message_in_a_snapshot() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let codes = fs::read_to_string(folder.join("src/manifest/codes.rs")).expect("the codes");
    let mut snapshots = String::new();
    for entry in fs::read_dir(folder.join("tests/manifest/snapshots")).expect("snapshots") {
        snapshots += &fs::read_to_string(entry.expect("an entry").path()).unwrap_or_default();
    }
    // These have tests of their own: they need half a gigabyte, a file without permissions, twenty folders, a disk that
    // is full, or are found by the layout alone.
    let elsewhere = [
        "yaml::too_large",
        "file::unreadable",
        "file::too_many",
        "yaml::directive",
        "format::differs",
        "manifest::temporary_file",
    ];
    let missing: Vec<&str> = codes
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|code| !snapshots.contains(&format!("[{code}]")) && !elsewhere.contains(code))
        .collect();
    assert!(missing.is_empty(), "no snapshot shows {missing:?}");
}
