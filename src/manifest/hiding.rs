//! What of a file may be shown: a secret that somebody wrote into it is stars in every piece of source.
//!
//! It goes by the tree, so that no way to write a key and its value escapes it. Of a text that cannot be read as a tree
//! only known words are shown.

use std::ops::Range;
use std::path::Path;

use crate::problem::Problems;

use super::project::FILE;
use super::project_env::is_name;
use super::project_schema as keys;
use super::source::{Source, nearest};
use super::tree::{At, Shape, Yaml};
use super::url::may_hold_secret;
use super::yaml;

/// Keys of the project file whose values are never secret. A misspelled `master_secret` is none of them, and its value
/// stays hidden.
const SHOWN_KEYS: [&str; 16] = [
    "app_id",
    "time_zone",
    "requests",
    "tag_batch",
    "tag_overwrite_per_user",
    "device_token",
    "reserve",
    "manifests",
    "policy",
    "mask",
    "max_deletes",
    "percent",
    "at_least",
    "refresh_budget",
    "limits",
    "type",
];

/// Every key of the project file, in its groups.
pub const KEYS: [&[&str]; 7] = [
    keys::PROJECT_KEYS,
    keys::GETUI_KEYS,
    keys::JPUSH_KEYS,
    keys::GETUI_LIMITS,
    keys::JPUSH_LIMITS,
    keys::POLICY_KEYS,
    keys::MAX_DELETES_KEYS,
];

/// What the names of secrets have in them, in whatever spelling.
const SECRET_WORDS: [&str; 9] =
    ["secret", "Secret", "SECRET", "app_key", "appKey", "appkey", "APP_KEY", "passw", "PASSW"];

/// How deep the keys of a manifest stand that are words of ours, and not anybody's names.
const KEYS_DEEP_MAX: usize = 2;

/// The comment that names a schema to editors.
const SCHEMA_COMMENT: &str = "# yaml-language-server:";

/// A project file in which everything is hidden that may be secret.
#[must_use]
pub fn project(source: &Source) -> Source {
    let tree = yaml::parse(source, &mut Problems::new());
    project_of(&tree)
}

/// A manifest in which the secrets are hidden that stand there by mistake.
#[must_use]
pub fn manifest(source: &Source) -> Source {
    if !is_suspicious(source.text()) {
        return source.clone();
    }
    let tree = yaml::parse(source, &mut Problems::new());
    manifest_of(&tree)
}

/// Either of them, by its name and by what is in it.
#[must_use]
pub fn either(source: &Source) -> Source {
    let tree = yaml::parse(source, &mut Problems::new());
    let is_named = Path::new(&**source.file()).file_name().is_some_and(|name| name == FILE);
    if is_named || tree.documents().any(is_project) { project_of(&tree) } else { manifest_of(&tree) }
}

/// Whether this is the tree of a project file: it has a key that no manifest has.
fn is_project(root: At<'_>) -> bool {
    root.entries().any(|(key, value)| match key.text() {
        "getui" => value.entries().any(|(key, _)| keys::GETUI_KEYS.contains(&key.text())),
        "jpush" => value.entries().any(|(key, _)| keys::JPUSH_KEYS.contains(&key.text())),
        other => keys::PROJECT_KEYS.contains(&other),
    })
}

fn project_of(tree: &Yaml<'_>) -> Source {
    let mut shown = Shown::structure(tree.source().text());
    if tree.is_whole {
        tree.documents().for_each(|root| shown.project_node(root, ""));
        shown.comments();
    } else {
        shown.known_words();
    }
    shown.hide_rest(tree.source())
}

fn manifest_of(tree: &Yaml<'_>) -> Source {
    if !is_suspicious(tree.source().text()) {
        return tree.source().clone();
    }
    if !tree.is_whole {
        let mut shown = Shown::structure(tree.source().text());
        shown.known_words();
        return shown.hide_rest(tree.source());
    }
    let mut shown = Shown::all(tree.source().text());
    tree.documents().for_each(|root| shown.manifest_node(root, 0));
    shown.hide_rest(tree.source())
}

fn is_suspicious(text: &str) -> bool {
    SECRET_WORDS.iter().any(|word| text.contains(word))
}

/// Which bytes of a text are shown.
struct Shown<'a> {
    text: &'a str,
    bytes: Vec<bool>,
}

impl<'a> Shown<'a> {
    /// White space, brackets and other signs of a structure; no word.
    fn structure(text: &'a str) -> Self {
        let is_sign = |byte: u8| byte.is_ascii_whitespace() || b"{}[],:-#|>\"'".contains(&byte);
        Self { text, bytes: text.bytes().map(is_sign).collect() }
    }

    fn all(text: &'a str) -> Self {
        Self { text, bytes: vec![true; text.len()] }
    }

    fn set(&mut self, range: Range<usize>, is_shown: bool) {
        if let Some(bytes) = self.bytes.get_mut(range) {
            bytes.fill(is_shown);
        }
    }

    /// `key` is the nearest one above.
    fn project_node(&mut self, at: At<'_>, key: &str) {
        match at.shape() {
            Shape::Text | Shape::Null => self.set(at.written(), is_shown_value(key, at.text())),
            Shape::Refused => self.set(at.range(), false),
            Shape::List => at.items().for_each(|item| self.project_node(item, key)),
            Shape::Map => {
                for (key, value) in at.entries() {
                    // `{hunter2}` is a key without a value.
                    let is_known = value.shape() != Shape::Null || is_nearly_known(key.text());
                    self.set(key.written(), is_known && is_key(key.text()));
                    self.project_node(value, key.text());
                }
            }
        }
    }

    fn manifest_node(&mut self, at: At<'_>, depth: usize) {
        let is_text = |at: At<'_>| {
            is_suspicious(at.text()) && (at.text().contains(['\u{ff1a}', ':']) || at.text().contains('\n'))
        };
        match at.shape() {
            Shape::Text if is_text(at) => self.set(at.written(), false),
            Shape::Text | Shape::Null | Shape::Refused => {}
            Shape::List => at.items().for_each(|item| self.manifest_node(item, depth + 1)),
            Shape::Map => {
                for (key, value) in at.entries() {
                    if is_text(key) {
                        self.set(key.written(), false);
                    }
                    if depth < KEYS_DEEP_MAX && is_suspicious(key.text()) {
                        self.hide_all(value);
                    } else {
                        self.manifest_node(value, depth + 1);
                    }
                }
            }
        }
    }

    fn hide_all(&mut self, at: At<'_>) {
        match at.shape() {
            Shape::Text | Shape::Null => self.set(at.written(), false),
            Shape::Refused => self.set(at.range(), false),
            Shape::List => at.items().for_each(|item| self.hide_all(item)),
            Shape::Map => at.entries().for_each(|(_, value)| self.hide_all(value)),
        }
    }

    /// A comment may be what was once a setting.
    fn comments(&mut self) {
        for comment in yaml::comments(self.text).unwrap_or_default() {
            let start = comment.as_ptr() as usize - self.text.as_ptr() as usize;
            let is_schema = comment.starts_with(SCHEMA_COMMENT);
            self.set(start + 1..start + comment.len(), is_schema);
        }
    }

    /// Words that are keys of ours, and references; what stands together with something else is no known word.
    fn known_words(&mut self) {
        let ends = |c: char| c.is_whitespace() || "{}[],".contains(c);
        let mut at = 0;
        while let Some(start) = self.text[at..].find(|c| !ends(c)).map(|start| at + start) {
            let rest = &self.text[start..];
            let len = match rest.strip_prefix("${").and_then(|inner| inner.find(['}', '\n'])) {
                Some(end) => "${".len() + end + 1,
                None => rest.find(ends).unwrap_or(rest.len()),
            };
            let (word, signs) = (rest[..len].trim_matches(['"', '\'', ':']), "{}[],:-#|>\"'");
            let is_shown = word.chars().all(|c| signs.contains(c)) || is_known(word) || is_reference(word);
            self.set(start..start + len, is_shown);
            at = start + len;
        }
    }

    fn hide_rest(&self, source: &Source) -> Source {
        let mut hidden = source.clone();
        let mut start = None;
        for (at, is_shown) in self.bytes.iter().copied().chain([true]).enumerate() {
            let is_end = is_shown || self.text.as_bytes()[at] == b'\n';
            match (start, is_end) {
                (None, false) => start = Some(at),
                (Some(from), true) => {
                    hidden.hide(from..at);
                    start = None;
                }
                (None, true) | (Some(_), false) => {}
            }
        }
        hidden
    }
}

fn is_known(word: &str) -> bool {
    KEYS.iter().any(|group| group.contains(&word))
}

fn is_nearly_known(word: &str) -> bool {
    KEYS.iter().any(|group| nearest(word, group).is_some())
}

fn is_key(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn is_reference(text: &str) -> bool {
    text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).is_some_and(is_name)
}

/// A value of one word whose key says that it is no secret. Where a line was run together with the next one, its value
/// has several.
fn is_shown_value(key: &str, text: &str) -> bool {
    let is_word = !text.contains(|c: char| c.is_whitespace() || c == '\u{ff1a}');
    let is_address = may_hold_secret(text);
    is_reference(text)
        || (is_word && SHOWN_KEYS.contains(&key))
        || (is_word && key == "state" && text.starts_with("sqlite:") && !text.contains('@'))
        || (is_word && key == "base_url" && text.starts_with("http") && !is_address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(file: &str, text: &str) -> String {
        either(&Source::new(file, text.to_owned())).shown_text()
    }

    #[test]
    fn a_secret_is_hidden_however_it_is_written() {
        for text in [
            "getui:\n  master_secret : hunter2\n",
            "getui:\n  master_secret:\n    hunter2\n",
            "getui:\n  master_secret:\n    hunter2\n    hunter2\n",
            "getui:\n  master_secret: |\n    hunter2\n    hunter2\n",
            "getui:\n  ? master_secret\n  : hunter2\n",
            "getui: {app_id: \"${ID}\", master_secret: hunter2, app_key: \"hunter2-${KEY}\"}\n",
            "getui:\n  app_id: x\n  master_secret\u{ff1a}hunter2\n",
            "getui: {master_secret\u{ff1a}hunter2}\n",
            "getui: {hunter2}\n",
            "getui: {app_id: x, \"master_secret\":\"hunter2\"}\n",
            "getui:\n  master_secrt: hunter2\n",
            "getui:\n  app_id: x # hunter2\n",
            "# master_secret: hunter2\nstate: postgres://ann:hunter2@db/shop\n",
            "state: sqlite:a@hunter2\n",
            "getui:\n  base_url: https://ann:hunter2@a.cn\n",
            "getui:\n  base_url: https://a.cn/v2?token=hunter2\n",
            "getui: {base_url: \"https://a.cn/v2#hunter2\"}\n",
            "getui:\n  base_url: https:\\\\ann:hunter2\n",
            "getui:\n  master_secret: &a hunter2\n",
            "getui:\n  master_secret\u{ff1a}hunter2\n  app_id: x\n",
            "getui:\n  master_secret: hunter2: x\n",
            "getui: [\n  master_secret: hunter2\n",
        ] {
            let shown = shown(FILE, text);
            assert!(!shown.contains("hunter2"), "{text}{shown}");
        }
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        let text = "getui:\n  app_id: abc\n  app_key: ${KEY}\n  limits: {requests: [5/1s, 9/1m]}\nstate: sqlite:a.db\n";
        assert_eq!(shown(FILE, text), text);
        assert_eq!(shown(FILE, "getui:\n\tapp_id: abc\nstate: x\n"), "getui:\n\tapp_id: ***\nstate: ***\n");
        let manifest = "getui:\n  aliases:\n    secret_santa: [u1] # of ann\n";
        assert_eq!(shown("a.yaml", manifest), manifest);
    }

    #[test]
    fn a_secret_in_a_manifest_is_a_mistake_and_hidden_too() {
        for text in [
            "getui:\n  master_secret: hunter2\n",
            "master_secret:\n  - hunter2\n",
            "getui:\n  blacklist: [u1]\n  app_key : hunter2\n",
            "getui: {blacklist: [u1], master_secret\u{ff1a}hunter2}\n",
            "getui:\n  master_secret: hunter2: x\n",
        ] {
            let shown = shown("manifests/a.yaml", text);
            assert!(!shown.contains("hunter2"), "{text}{shown}");
        }
    }
}
