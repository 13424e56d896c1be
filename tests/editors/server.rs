//! `pushform lsp`, over its protocol: what a schema cannot know.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::client::{Client, uri};

const ALICE: &str = "e605a0db5ce3cca9b76b012978064940";

const PROJECT: &str = "\
getui:
  app_id: a
  app_key: ${K}
  master_secret: ${S}
jpush:
  app_key: ${K}
  master_secret: ${S}
manifests: [manifests]
";

/// A project in a folder, and an editor that works in it.
struct Editor {
    folder: tempfile::TempDir,
    client: Client,
}

impl Editor {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        let client = Client::start(binary(folder.path(), &["lsp"]), folder.path(), json!({}));
        Self { folder, client }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&mut self, name: &str, text: &str) -> Vec<Value> {
        let path = self.path(name);
        self.client.open(&path, text);
        self.client.diagnostics(&path)
    }

    fn change(&mut self, name: &str, text: &str) -> Vec<Value> {
        let path = self.path(name);
        self.client.change(&path, text);
        self.client.diagnostics(&path)
    }
}

fn binary(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pushform"));
    command.current_dir(folder).env_clear().args(words);
    command
}

fn codes(list: &[Value]) -> Vec<&str> {
    list.iter().filter_map(|one| one["code"].as_str()).collect()
}

#[test]
fn the_same_user_in_two_files_is_underlined_in_both_and_leads_to_the_other() {
    let one = format!("getui:\n  aliases:\n    alice: [{ALICE}]\n");
    let other = format!("getui:\n  aliases:\n    # 喜爱\n    𠮷: {ALICE}\n");
    let files = [("pushform.yaml", PROJECT), ("manifests/a.yaml", &one), ("manifests/b.yaml", &other)];
    let mut editor = Editor::with(&files);
    let found = editor.open("manifests/b.yaml", &other);
    let path = editor.path("manifests/a.yaml");
    let elsewhere = editor.client.diagnostics(&path);
    let uris = [uri(&editor.path("manifests/a.yaml")), uri(&editor.path("manifests/b.yaml"))];
    for (list, other) in [(&found, &uris[0]), (&elsewhere, &uris[1])] {
        let problem = list.iter().find(|one| one["code"] == "manifest::two_aliases").expect("a problem");
        assert_eq!(problem["relatedInformation"][0]["location"]["uri"], **other, "{problem:#}");
    }
    // The letter before the user takes two of an editor's columns.
    assert_eq!(found[0]["range"]["start"], json!({"line": 3, "character": 8}), "{found:#?}");
    let mended = editor.change("manifests/b.yaml", "getui:\n  aliases: {}\n");
    assert_eq!(codes(&mended), Vec::<&str>::new());
    assert_eq!(codes(&editor.client.published[&uri(&path)]), Vec::<&str>::new(), "both places are mended");
    assert_eq!(editor.client.end(), Some(0));
}

#[test]
fn what_is_typed_counts_before_it_is_saved() {
    let mut editor = Editor::with(&[("pushform.yaml", PROJECT), ("manifests/a.yaml", "getui: {}\n")]);
    let eleven: Vec<String> = (0..11).map(|n| format!("u{n}")).collect();
    let text = format!("getui:\n  aliases:\n    many: [{}]\n", eleven.join(", "));
    assert_eq!(codes(&editor.open("manifests/a.yaml", &text)), ["structure::count"]);
    let text = "jpush:\n  devices:\n    1a0: {level: 3}\n";
    assert_eq!(codes(&editor.change("manifests/a.yaml", text)), ["manifest::unknown_property"]);
    let text = "jpush:\n  properties:\n    level: {type: bool}\n  devices:\n    1a0: {level: 3}\n";
    assert_eq!(codes(&editor.change("manifests/a.yaml", text)), ["manifest::value_type"]);
    let text = "getui:\n  tag_sets:\n    u1: [vip, gold]\n    u2: [vip]\n    u3: [vpi]\n";
    let hints = editor.change("manifests/a.yaml", text);
    assert_eq!(codes(&hints), ["manifest::lonely_tag", "manifest::lonely_tag"]);
    assert!(hints.iter().all(|hint| hint["severity"] == 4), "{hints:#?}");
    let said: Vec<&str> = hints.iter().filter_map(|hint| hint["message"].as_str()).collect();
    assert!(said.iter().any(|text| text.contains("`vpi`") && text.contains("`vip`?")), "{said:?}");
}

#[test]
fn keys_values_and_known_words_are_offered() {
    let tags =
        "getui:\n  tag_sets:\n    u1: [vip, 喜爱足球]\njpush:\n  properties:\n    level: {type: number}\n";
    let files = [("pushform.yaml", PROJECT), ("manifests/a.yaml", tags), ("manifests/b.yaml", "")];
    let mut editor = Editor::with(&files);
    let path = editor.path("manifests/b.yaml");
    editor.open("manifests/b.yaml", "");
    for (text, wanted) in [
        ("", ["getui", "jpush"]),
        ("getui:\n  tag", ["tag_sets", "tag_members"]),
        ("getui:\n  tag_sets:\n    u2: [v", ["vip", "喜爱足球"]),
        ("getui:\n  tag_members:\n    ", ["vip", "喜爱足球"]),
        ("jpush:\n  properties:\n    x: {type: ", ["number", "datetime"]),
        ("jpush:\n  properties:\n    x:\n      prevent_destroy: ", ["true", "false"]),
        ("jpush:\n  devices:\n    1a0: {", ["level", "level"]),
    ] {
        editor.client.change(&path, text);
        let line = text.matches('\n').count();
        let column = text.rsplit('\n').next().map_or(0, |line| line.chars().count());
        let offered = editor.client.completions(&path, line, column);
        for word in wanted {
            assert!(offered.iter().any(|label| label == word), "{word} behind {text:?}: {offered:?}");
        }
    }
    let project = editor.path("pushform.yaml");
    editor.client.open(&project, "policy:\n  ");
    let offered = editor.client.completions(&project, 1, 2);
    assert_eq!(offered, ["mask", "max_deletes", "refresh_budget"]);
}

#[test]
fn a_word_shows_its_documentation_and_what_is_recorded() {
    let folder = tempfile::tempdir().expect("a folder");
    for words in [&["-q", "init"][..], &["-q", "apply", "--emulate", "--auto-approve"]] {
        let output = binary(folder.path(), words).output().expect("the binary starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let client = Client::start(binary(folder.path(), &["lsp"]), folder.path(), json!({}));
    let mut editor = Editor { folder, client };
    let path = editor.path("manifests/audience.yaml");
    let text = std::fs::read_to_string(&path).expect("a manifest");
    editor.open("manifests/audience.yaml", &text);
    let mut shown = |word: &str| {
        let line = text.lines().position(|line| line.contains(word)).expect("the word is there");
        let code = text.lines().nth(line).expect("a line");
        let at = code[..code.find(word).expect("the word")].encode_utf16().count();
        editor.client.hover(&path, line, at + 1)
    };
    assert!(shown("tag_sets").contains("every other tag is taken away"), "{}", shown("tag_sets"));
    let alice = shown(ALICE);
    assert!(alice.contains("declared: a user with the alias `alice_w`"), "{alice}");
    assert!(alice.contains("recorded: a user with the alias `alice_w`, last known to be so 20"), "{alice}");
    assert!(shown("vip").contains("recorded: a tag on 1 user"), "{}", shown("vip"));
    assert!(shown("level").contains("declared: a property of the type `number`"), "{}", shown("level"));
}

/// A database that is named in the project file hears nothing of an editor.
#[test]
fn a_state_in_a_database_is_not_asked() {
    let database = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = database.local_addr().expect("an address").port();
    let project = format!("{PROJECT}state: postgres://127.0.0.1:{port}/shop\n");
    let mut editor = Editor::with(&[("pushform.yaml", &project), ("manifests/a.yaml", "")]);
    editor.open("manifests/a.yaml", &format!("getui:\n  blacklist: [{ALICE}]\n"));
    editor.change("manifests/a.yaml", "getui:\n  blacklist: [u1]\n");
    database.set_nonblocking(true).expect("a listener");
    let came = database.accept();
    assert!(came.is_err(), "a connection came: {came:?}");
}

#[test]
fn a_file_is_laid_out_on_request_and_left_alone_while_it_is_broken() {
    let mut editor = Editor::with(&[("pushform.yaml", PROJECT), ("manifests/a.yaml", "")]);
    let path = editor.path("manifests/a.yaml");
    let ask = json!({"textDocument": {"uri": uri(&path)}, "options": {"tabSize": 2, "insertSpaces": true}});
    editor.open("manifests/a.yaml", "getui:\n    blacklist:   [ 'u1' ] # x\n");
    let edits = editor.client.ask("textDocument/formatting", &ask);
    assert_eq!(edits[0]["newText"], "getui:\n  blacklist: [u1]  # x\n");
    editor.change("manifests/a.yaml", "getui:\n  blacklist: [u1\n");
    assert_eq!(editor.client.ask("textDocument/formatting", &ask), Value::Null);
    editor.change("manifests/a.yaml", "getui: {}\n");
    assert_eq!(editor.client.ask("textDocument/formatting", &ask), json!([]));
}

#[test]
fn no_half_typed_file_ends_the_server() {
    let mut editor = Editor::with(&[("pushform.yaml", PROJECT), ("manifests/a.yaml", "")]);
    let whole = format!(
        "getui:\n  aliases:\n    \"喜爱\": [{ALICE}, 'x'] # 𠮷\n  tag_sets: {{u: [a, \"b\"]}}\njpush:\n  properties:\n    l: {{type: number}}\n"
    );
    let path = editor.path("manifests/a.yaml");
    editor.open("manifests/a.yaml", "");
    for (end, _) in whole.char_indices() {
        let text = &whole[..end];
        let line = text.matches('\n').count();
        let column = text.rsplit('\n').next().map_or(0, |line| line.encode_utf16().count());
        editor.client.change(&path, text);
        editor.client.completions(&path, line, column);
        editor.client.hover(&path, line, column.saturating_sub(1));
    }
    for broken in ["pushform.yaml", "manifests/a.yaml"] {
        for text in ["\t", "[", "{{{", "a: &x *x", "? ? ?", "\u{feff}", "- - - -", "getui: !!str {"] {
            editor.open(broken, text);
        }
    }
    assert_eq!(editor.client.end(), Some(0), "it is still there, and ends when it is told to");
}

#[test]
fn a_file_outside_any_project_still_has_its_schema() {
    let mut editor = Editor::with(&[("lonely.yaml", "")]);
    let path = editor.path("lonely.yaml");
    editor.client.open(&path, "getui:\n  ");
    let offered = editor.client.completions(&path, 1, 2);
    assert!(offered.contains(&"blacklist".to_owned()), "{offered:?}");
}
