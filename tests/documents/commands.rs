//! `docs/commands.md`: the help of every command, as the program prints it.

use std::process::{Command, Stdio};

use clap::CommandFactory;
use pushform::cli::args::Args;

/// What every command's help repeats; it is told once.
const COMMON: &str = "Options of every command:";

/// What a page of the book has room for beside its table of contents.
const COLUMNS: &str = "80";

fn help(words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pushform"));
    command.args(words).arg("--help").env_clear().env("COLUMNS", COLUMNS).stdin(Stdio::null());
    let output = command.output().expect("the binary starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// A section of a help text: its head and the indented lines below it.
fn section(text: &str, head: &str) -> (usize, usize) {
    let start = text.find(&format!("\n{head}\n")).map_or(text.len(), |at| at + 1);
    let end = text[start..]
        .match_indices('\n')
        .map(|(at, _)| start + at + 1)
        .find(|at| *at > start + head.len() + 1 && text[*at..].starts_with(|c: char| c != ' ' && c != '\n'));
    (start, end.unwrap_or(text.len()))
}

/// The help without the section that all have in common.
fn own(text: &str) -> String {
    let (start, end) = section(text, COMMON);
    format!("{}{}", &text[..start], &text[end..]).trim_end().to_owned()
}

fn fenced(text: &str) -> String {
    format!("```text\n{}\n```\n", text.trim_end())
}

fn commands() -> String {
    let root = help(&[]);
    let (start, end) = section(&root, COMMON);
    let mut page = format!("## Every command\n\n{}\n## Options of every command\n\n", fenced(&own(&root)));
    page.push_str(&fenced(root[start..end].trim_start_matches(COMMON).trim_matches('\n')));
    for command in Args::command().get_subcommands() {
        let name = command.get_name();
        page.push_str(&format!("\n## {name}\n\n{}", fenced(&own(&help(&[name])))));
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            let sub = sub.get_name();
            page.push_str(&format!("\n### {name} {sub}\n\n{}", fenced(&own(&help(&[name, sub])))));
        }
    }
    page
}

#[test]
fn the_page_of_commands_is_the_programs_own_help() {
    super::hold("docs/commands.md", &commands());
}

#[test]
fn only_the_common_section_is_left_out() {
    let text = "About\n\nOptions:\n  -a\n\nOptions of every command:\n  -b\n\n      c\n\nExit codes: 0\n";
    assert_eq!(own(text), "About\n\nOptions:\n  -a\n\nExit codes: 0");
    assert_eq!(own("About\n\nOptions of every command:\n  -b\n"), "About");
}
