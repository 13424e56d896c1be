//! What is wrong with a command line, under the mask too: then nothing is repeated of what was typed.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::open;
use crate::render::Mask;

/// What is said of a wrong command line where the mask is wanted; `folder` is where it was typed. `None` where clap's
/// own words may be shown.
pub(super) fn hidden(why: &clap::Error, line: &[OsString], folder: &Path) -> Option<String> {
    let is_masked = || {
        let folder = chdir(line).unwrap_or_else(|| folder.to_owned());
        line.iter().any(|word| word == "--mask") || open::masks(&folder)
    };
    (why.use_stderr() && is_masked()).then(|| under_mask(why))
}

/// The folder that the line names, as far as that can be known of a line that is wrong.
fn chdir(line: &[OsString]) -> Option<PathBuf> {
    let words: Vec<&str> = line.iter().filter_map(|word| word.to_str()).collect();
    words.iter().enumerate().find_map(|(at, word)| {
        if matches!(*word, "-C" | "--chdir") {
            return words.get(at + 1).map(PathBuf::from);
        }
        let value = word.strip_prefix("--chdir=").or_else(|| word.strip_prefix("-C"));
        value.map(|value| PathBuf::from(value.trim_start_matches('=')))
    })
}

/// The same without what was typed: options and what they take are words of ours.
fn under_mask(why: &clap::Error) -> String {
    let mask = Mask::hide();
    let texts = |kind: ContextKind| match why.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(_) | None => Vec::new(),
    };
    let mut text = match why.kind() {
        // Which value is wrong, and why; the value itself stays away.
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let mut text =
                format!("error: invalid value for '{}'", texts(ContextKind::InvalidArg).join("', '"));
            if let Some(source) = why.source() {
                text.push_str(&format!(": {}", mask.prose(&source.to_string())));
            }
            let valid = texts(ContextKind::ValidValue);
            if !valid.is_empty() {
                text.push_str(&format!("\n  [possible values: {}]", valid.join(", ")));
            }
            text
        }
        kind @ (ErrorKind::UnknownArgument
        | ErrorKind::InvalidSubcommand
        | ErrorKind::NoEquals
        | ErrorKind::TooManyValues
        | ErrorKind::TooFewValues
        | ErrorKind::WrongNumberOfValues
        | ErrorKind::InvalidUtf8) => match why.context().next() {
            Some(_) => format!("error: {}, hidden by the mask", kind.as_str().unwrap_or("wrong usage")),
            // A sentence of ours, which quotes what was typed.
            None => return mask.prose(&why.to_string()),
        },
        // Of the others only words of ours are named.
        _ => return why.to_string(),
    };
    text.push_str("\n\nFor more information, try '--help'.\n");
    text
}
