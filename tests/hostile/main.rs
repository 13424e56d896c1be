//! Bytes from outside: the committed corpus of `fuzz/`, and what no file or reply may bring about.
//!
//! The fuzz targets throw drawn bytes at the same checks; what they find becomes a file of the corpus.

#[path = "../../fuzz/checks/mod.rs"]
mod checks;

mod growth;

use std::fs;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("a readable folder").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn every_file_of_the_corpus_is_judged_and_breaks_nothing() {
    for (name, check) in checks::ALL {
        let corpus = folder("corpus").join(name);
        let files = names(&corpus);
        assert!(files.len() >= 3, "the corpus of {name} has {} files", files.len());
        for file in files {
            let bytes = fs::read(corpus.join(&file)).expect("a readable file");
            let judged = std::panic::catch_unwind(|| check(&bytes));
            assert!(judged.is_ok(), "fuzz/corpus/{name}/{file}");
        }
    }
}

/// A file of the corpus that is cut off anywhere, or has one byte changed, is hostile input too.
#[test]
fn every_beginning_and_every_flipped_byte_of_the_corpus_breaks_nothing() {
    const CUTS: usize = 40;
    for (name, check) in checks::ALL {
        let corpus = folder("corpus").join(name);
        for file in names(&corpus) {
            let bytes = fs::read(corpus.join(&file)).expect("a readable file");
            for at in (0..bytes.len()).step_by((bytes.len() / CUTS).max(1)) {
                check(&bytes[..at]);
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << (at % 8);
                check(&flipped);
            }
        }
    }
}

#[test]
fn every_check_has_a_target_and_a_corpus() {
    let checks: Vec<String> = checks::ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    let targets: Vec<String> =
        names(&folder("targets")).iter().map(|name| name.trim_end_matches(".rs").to_owned()).collect();
    assert_eq!(targets, checks);
    assert_eq!(names(&folder("corpus")), checks);
    let manifest = fs::read_to_string(folder("Cargo.toml")).expect("a readable file");
    for name in checks {
        assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")), "{name} is in no [[bin]]");
    }
}
