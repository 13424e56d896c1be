//! What people write who know Terraform and shells, and how it is written here: `-out=FILE`, `~/FILE`.
//!
//! Both would be read as something else without a word: `-out=FILE` as the file `ut=FILE`, `~` as a folder's name.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Command;
use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::error::ErrorKind;

use crate::manifest::source::is_home;

/// Options that Terraform has under another name, and what stands for them here.
const OTHER_NAMES: [(&str, &str); 8] = [
    ("no-color", "`--color never`"),
    ("input", "nothing: without a terminal nobody is asked"),
    ("lock", "nothing: the state is always locked"),
    ("lock-timeout", "nothing: run the command again once the state is free"),
    ("parallelism", "nothing: calls are sent as fast as the limits allow"),
    ("var", "a variable of the environment, as `${NAME}` in pushform.yaml"),
    ("var-file", "variables of the environment, as `${NAME}` in pushform.yaml"),
    ("refresh-only", "`pushform drift`"),
];

/// What of a line, the program's name first, is written in Terraform's way; `None` where nothing is.
pub(super) fn of_terraform(command: &Command, line: &[OsString]) -> Option<clap::Error> {
    let mut command = command.clone();
    command.build();
    for word in line.iter().skip(1).map_while(|word| word.to_str().filter(|word| *word != "--")) {
        if let Some(inner) = command.find_subcommand(word) {
            command = inner.clone();
            continue;
        }
        let dashes = word.len() - word.trim_start_matches('-').len();
        let (name, value) = match word[dashes..].split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (&word[dashes..], None),
        };
        if name.len() < 2 || !matches!(dashes, 1 | 2) {
            continue;
        }
        if let Some((_, here)) = OTHER_NAMES.iter().find(|(other, _)| *other == name) {
            return Some(error(&mut command, format!("there is no option `{word}`: here it is {here}")));
        }
        if (name, value) == ("refresh", Some("false")) {
            let text = format!("`{word}` is not how it is written here: write `--refresh none`");
            return Some(error(&mut command, text));
        }
        let is_ours = command.get_arguments().any(|option| option.get_long() == Some(name));
        if dashes == 1 && is_ours {
            let text = format!("`{word}` is one dash and several letters: write `-{word}`");
            return Some(error(&mut command, text));
        }
    }
    None
}

fn error(command: &mut Command, text: String) -> clap::Error {
    command.error(ErrorKind::UnknownArgument, text)
}

/// Reads a path. Only a shell knows whose folder `~` is, and it does not look into `--out=~/FILE`; and a file that is
/// called `-` is what nobody means.
pub(super) fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path: PathBuf| {
        if path.as_os_str() == "-" {
            return Err(
                "`-` is neither stdin nor stdout here: name a file, or /dev/stdin or /dev/stdout".to_owned()
            );
        }
        if is_home(&path.to_string_lossy()) { Err(unexpanded(&path)) } else { Ok(path) }
    })
}

fn unexpanded(path: &Path) -> String {
    let shown = path.display();
    format!("`~` is not expanded here: write the whole path, or `./{shown}` if a name begins with it")
}

#[cfg(test)]
mod tests {
    use super::super::args::Args;
    use super::*;

    fn refused(line: &str) -> String {
        let line = std::iter::once("pushform").chain(line.split(' ')).map(OsString::from);
        Args::read(line).map_or_else(|why| why.to_string(), |_| String::new())
    }

    #[test]
    fn what_terraform_takes_is_named_as_it_is_written_here() {
        for (line, expected) in [
            ("plan -out=plan.json", "write `--out=plan.json`"),
            ("plan -out plan.json", "write `--out`"),
            ("-chdir=shop plan", "write `--chdir=shop`"),
            ("apply -auto-approve", "write `--auto-approve`"),
            ("plan -target=getui.alias", "write `--target=getui.alias`"),
            ("state export -out=x", "write `--out=x`"),
            ("show -json p", "write `--json`"),
            ("plan -detailed-exitcode", "write `--detailed-exitcode`"),
            ("plan -refresh=false", "write `--refresh none`"),
            ("plan --refresh=false", "write `--refresh none`"),
            ("plan -no-color", "here it is `--color never`"),
            ("apply -input=false", "nobody is asked"),
        ] {
            let text = refused(line);
            assert!(text.contains(expected) && text.contains("Usage"), "pushform {line}\n{text}");
        }
        for line in
            ["plan -oplan.json", "plan -o=plan.json", "-vv plan", "badge add -22 a", "count -- -out=x"]
        {
            assert_eq!(refused(line), "", "pushform {line}");
        }
    }

    #[test]
    fn a_folder_that_only_a_shell_knows_is_no_folder_here() {
        for line in [
            "plan --out=~/p.json",
            "-C ~/shop plan",
            "plan --html=~ming/x.html",
            "pull -o ~/m",
            "pull --cids=~/a.csv",
            "fmt ~/a.yaml",
            "apply ~/p.json",
            "show --html=~/x.html p.json",
            "show ~/p.json",
            "state export --out=~/s",
            "state import ~/s",
            "emulator --world=~/w.yaml",
        ] {
            assert!(refused(line).contains("`~` is not expanded here"), "pushform {line}: {}", refused(line));
        }
        for line in ["plan -o -", "state export -o -", "apply -", "fmt -"] {
            assert!(refused(line).contains("`-` is neither stdin nor stdout"), "pushform {line}");
        }
        assert_eq!(refused("plan -o ./~p.json"), "");
        assert_eq!(refused("plan -o a~/p.json"), "");
    }
}
