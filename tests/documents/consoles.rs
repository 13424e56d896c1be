//! Console blocks: every line that starts `pushform` is read by the program's own definition of its arguments.

use std::ffi::OsString;

use pushform::cli::args::Args;

use super::{documents, text_of};

/// The words of a line as a shell would part them, up to a pipe, a redirection or the next command.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, '|' | '>' | ';' | '&' | '#') if word.is_none() => return words,
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// The commands of a document's console blocks, with the numbers of their lines.
fn commands(text: &str) -> Vec<(usize, &str)> {
    let mut in_console = false;
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_console = line.trim() == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| in_console) {
            found.push((number + 1, command));
        }
    }
    found
}

fn is_read(command: &str) -> Result<(), String> {
    let words = words(command);
    match Args::read(words.into_iter().map(OsString::from)) {
        Ok(_) => Ok(()),
        Err(why) => Err(why.to_string()),
    }
}

#[test]
fn every_command_in_a_console_block_is_one() {
    let mut checked = 0;
    for document in documents() {
        for (line, command) in commands(&text_of(&document)) {
            if command.starts_with("pushform ") {
                checked += 1;
                assert_eq!(is_read(command), Ok(()), "{document}:{line}: {command}");
            }
        }
    }
    assert!(checked > 50, "only {checked} commands were found");
}

#[test]
fn a_console_block_shows_nothing_but_commands() {
    for document in documents() {
        let text = text_of(&document);
        let mut in_console = false;
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                in_console = line.trim() == "```console";
            } else if in_console {
                assert!(
                    line.starts_with("$ "),
                    "{document}:{}: what is printed is `text`: {line}",
                    number + 1
                );
            }
        }
    }
}

#[test]
fn a_command_that_is_none_is_found() {
    for command in
        ["pushform fly", "pushform plan --fast", "pushform state show", "pushform plan --refresh some"]
    {
        assert!(is_read(command).is_err(), "{command}");
    }
    assert_eq!(words("pushform a 'b c' \"\" | d"), ["pushform", "a", "b c", ""]);
    assert_eq!(commands("$ a\n```console\n$ b\nc\n```\n```\n$ d\n"), [(3, "b")]);
}
