//! The book: its summary lists every page once, and a page links only to what the book has.

use std::path::Path;

use super::{at, guide, links, text_of};

#[test]
fn the_summary_lists_every_page_once() {
    let summary = text_of("docs/SUMMARY.md");
    let mut listed: Vec<String> =
        links::targets(&summary).into_iter().map(|(_, target)| format!("docs/{target}")).collect();
    listed.sort();
    assert_eq!(listed, guide(), "what SUMMARY.md lists (left) and the pages of docs/ (right)");
}

#[test]
fn a_page_of_the_book_leads_to_nothing_outside_of_it() {
    for page in guide() {
        for (line, target) in links::targets(&text_of(&page)) {
            let folder = Path::new(&page).parent().expect("a folder");
            let inside = target.contains("://") || links::normal(&folder.join(&target)).starts_with("docs");
            assert!(inside, "{page}:{line}: `{target}` is not in the book");
        }
    }
}

#[test]
fn a_page_opens_with_its_name() {
    for page in guide() {
        assert!(text_of(&page).starts_with("# "), "{page} does not open with `# `");
    }
}

#[test]
fn the_book_is_made_from_the_guide() {
    let book = text_of("book.toml");
    assert!(book.contains("\nsrc = \"docs\"\n"), "{book}");
    assert!(at("docs/SUMMARY.md").exists());
}

#[test]
fn the_book_has_a_style_for_text_that_is_wider_than_the_page() {
    let book = text_of("book.toml");
    let styles = book.lines().find_map(|line| line.strip_prefix("additional-css = ")).expect("a style");
    let style = styles.trim_matches(['[', ']', '"']);
    let style = text_of(style);
    for page in guide() {
        let page = text_of(&page);
        let kinds = page.split("\n```").skip(1).step_by(2).map(|block| block.lines().next().unwrap_or(""));
        for kind in kinds.filter(|kind| ["text", "console"].contains(kind)) {
            assert!(
                style.contains(&format!("code.language-{kind}")),
                "no line of a ```{kind} block goes on below"
            );
        }
    }
}

#[test]
fn every_page_in_chinese_says_what_its_original_says_in_as_many_parts() {
    let parts = |path: &str| {
        let text = text_of(path);
        let blocks =
            text.split("```").skip(1).step_by(2).map(|block| block.lines().next().unwrap_or("").to_owned());
        (links::headings(&text).len(), blocks.collect::<Vec<_>>())
    };
    for page in guide().iter().filter(|page| page.starts_with("docs/zh-CN/")) {
        let original = page.replace("/zh-CN", "");
        let (here, there) = (parts(page), parts(&original));
        assert!(at(&original).exists(), "{page} has no original");
        assert!(
            here.0 <= there.0 && here.0 + 2 >= there.0,
            "{page} has {} headings, {original} {}",
            here.0,
            there.0
        );
        assert!(
            here.1.len() + 3 >= there.1.len(),
            "{page} has blocks {:?}, {original} {:?}",
            here.1,
            there.1
        );
    }
}

#[test]
fn every_table_of_exit_codes_has_the_same_codes() {
    let codes = |path: &str| -> Vec<String> {
        let text = text_of(path);
        let code = |line: &&str| line.split('|').nth(1).is_some_and(|cell| cell.trim().parse::<u8>().is_ok());
        let lines = text.lines().skip_while(|line| !code(line)).take_while(code);
        lines.filter_map(|line| line.split('|').nth(1)).map(|cell| cell.trim().to_owned()).collect()
    };
    let published = codes("docs/commands.md");
    assert_eq!(published.first().map(String::as_str), Some("0"));
    for path in ["README.md", "README.zh-CN.md"] {
        assert_eq!(codes(path), published, "exit codes of {path} (left) and of docs/commands.md (right)");
    }
}
