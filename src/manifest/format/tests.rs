//! What the layout does, case by case, and that it changes no meaning on documents drawn at random.

use proptest::prelude::*;

use super::*;

fn laid_out(text: &str) -> String {
    let source = Source::new("a.yaml", text.to_owned());
    format(&source).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"))
}

/// What comes of the first text, and that it stays so.
#[track_caller]
fn check(text: &str, expected: &str) {
    let once = laid_out(text);
    assert_eq!(once, expected, "of:\n{text}");
    assert_eq!(laid_out(&once), once, "a second time, of:\n{text}");
}

#[test]
fn what_is_canonical_stays() {
    for text in [
        "",
        "a: 1\n",
        "# only a comment\n",
        "# head\na: 1  # beside\n\n# above\nb: [x, z]\nc:\n  d: {e: f}\n  # at the end\n# at the very end\n",
        "- a\n- - b\n  - c\n- d: 1\n  e: 2\n-  # nothing\n",
        "---\na: 1\n---\nb: 2\n",
        "app_id: ${GETUI_APP_ID}\nstate: sqlite:.pushform/state.db\n",
    ] {
        check(text, text);
    }
}

#[test]
fn indentation_spaces_and_blank_lines_are_one_way() {
    check(
        "\n\n\na:    \n\n    b:   1   \n\n\n\n    c:\n    - x\n    -   z\n\n",
        "a:\n  b: 1\n\n  c:\n    - x\n    - z\n",
    );
    check("a: {b:  1 ,c : 2 }\nd: [ 1,2 ,]\ne: {}\nf: [ ]", "a: {b: 1, c: 2}\nd: [1, 2]\ne: {}\nf: []\n");
    check("? a\n: b\n? c\n", "a: b\nc:\n");
    check("[a: b, {c, d: }]", "[{a: b}, {c: null, d: null}]\n");
    check("-\n  a: 1\n-\n  - b\n", "- a: 1\n- - b\n");
}

#[test]
fn brackets_that_do_not_fit_become_blocks() {
    let long = "x".repeat(60);
    check(&format!("a: [{long}, {long}]\n"), &format!("a:\n  - {long}\n  - {long}\n"));
    check(&format!("- [{long}, {long}]\n"), &format!("- - {long}\n  - {long}\n"));
    check(
        &format!("a: {{b: [{long}], c: {{d: {long}}}}}\n"),
        &format!("a:\n  b: [{long}]\n  c: {{d: {long}}}\n"),
    );
    let wide = "汉".repeat(25);
    check(&format!("a: [{wide}, {wide}]\n"), &format!("a:\n  - {wide}\n  - {wide}\n"));
    check("a:\n  - b\n", "a:\n  - b\n");
}

#[test]
fn comments_stay_where_they_belong() {
    check("a: #x\n - b #y\n #z\nc: 1", "a:     #x\n  - b  #y\n  #z\nc: 1\n");
    check("a:\n- b\n# of c\nc: 1\n", "a:\n  - b\n# of c\nc: 1\n");
    check(
        "a: [ # one\n  b, # two\n  # three\n  c # four\n  , d ] # five\n",
        "# five\na:     # one\n  - b  # two\n  # three\n  - c  # four\n  - d\n",
    );
    check("a: [ # one\n # two\n]\n", "# two\na: []  # one\n");
    check("a:\n  # above the value\n  b\n", "# above the value\na: b\n");
    check("- # one\n  # two\n  a: 1\n", "-  # one\n  # two\n  a: 1\n");
    check("# a\n--- # b\n# c\n...\n# d\n", "# a\n---  # b\n# c\n# d\n");
    check("a: 1\n# of a\n---\n# of b\nb: 2\n", "a: 1\n# of a\n---\n# of b\nb: 2\n");
    check("a:\n  b:\n    c: 1\n   # of b\n # of a\nd:\n", "a:\n  b:\n    c: 1\n  # of b\n# of a\nd:\n");
    check("a: {b: 1, # one\n c: {d: 2}}", "a:\n  b: 1  # one\n  c: {d: 2}\n");
}

#[test]
fn comments_of_a_paragraph_line_up() {
    check(
        "a: 1 # one\n喜爱足球: 2 # two\nb: 3\n\nc: 4 # alone\n",
        "a: 1         # one\n喜爱足球: 2  # two\nb: 3\n\nc: 4  # alone\n",
    );
    let long = "x".repeat(60);
    check(&format!("a: 1 # one\nb: {long} # two\n"), &format!("a: 1  # one\nb: {long}  # two\n"));
}

#[test]
fn quotes_stand_where_readers_would_differ() {
    check(
        "a: 'x'\nb: \"y z\"\nc: 'no'\nd: no\ne: 0123\nf: 1e10\n'g': \"3\"\nh: 3\ni: true\nj: \"true\"\nk: ~\nl: '~'\n",
        "a: x\nb: y z\nc: \"no\"\nd: \"no\"\ne: \"0123\"\nf: \"1e10\"\ng: \"3\"\nh: 3\ni: true\nj: \"true\"\nk: ~\nl: \"~\"\n",
    );
    check(
        "[13800138000, 9627e5027768, 9497869031e1fa74, 1_000, 12:30, 2026-11-22]",
        "[13800138000, \"9627e5027768\", 9497869031e1fa74, \"1_000\", \"12:30\", \"2026-11-22\"]\n",
    );
    check(
        "a: ['x: y', '#', 'a,b', '${X}', '- z', '']",
        "a: [\"x: y\", \"#\", \"a,b\", \"${X}\", \"- z\", \"\"]\n",
    );
    check("a: 'it''s'\nb: 'a \"b\"'\nc: \"\\x1b\\u200b\"\n", "a: it's\nb: a \"b\"\nc: \"\\x1b\\u200b\"\n");
    check(
        "a: -1.5\nb: -\u{2009}x\nc: 1.50\nd: 0x1F\n",
        "a: -1.5\nb: \"-\u{2009}x\"\nc: \"1.50\"\nd: \"0x1F\"\n",
    );
}

#[test]
fn texts_of_several_lines_read_as_before() {
    check("a: one\n  two\nb: 'x\n\n  y'\n", "a: one two\nb: \"x\\ny\"\n");
    check("a: | # c\n   x\n\n   y\n# d\nb: 1\n", "a: |  # c\n  x\n\n  y\n# d\nb: 1\n");
    check("a: >\n  x\n  y\n\n  z\n", "a: |\n  x y\n  z\n");
    check("a: >-\n  x\n  y\nb: |+\n  x\n\nc: 1\n", "a: x y\nb: \"x\\n\\n\"\n\nc: 1\n");
    check("a: |2\n   x\n  y\n", "a: \"\\x20x\\ny\\n\"\n".replace("\\x20", " ").as_str());
    check("- |-\n  x\n  y\n- |\n", "- |-\n  x\n  y\n- \"\"\n");
}

#[test]
fn line_ends_stay_and_marks_go() {
    check("\u{feff}a: 1 # x\r\n\r\n\r\nb:\r\n  - c\r\n", "a: 1  # x\r\n\r\nb:\r\n  - c\r\n");
    check("a: |\r\n   x\r\n   y\r\nb:  1\n", "a: |\r\n  x\r\n  y\r\nb: 1\r\n");
}

#[test]
fn what_is_not_read_is_refused() {
    for (text, code) in [
        ("a: [1", codes::YAML_SYNTAX),
        ("a: &x 1", codes::YAML_ANCHOR),
        ("a: !!str 1", codes::YAML_TAG),
        ("%YAML 1.2\n---\na: 1\n", codes::YAML_DIRECTIVE),
    ] {
        let problems = format(&Source::new("a.yaml", text.to_owned())).expect_err(text);
        assert_eq!(problems.list()[0].code, code, "{text}");
    }
}

/// A value in some way of writing it, for this column, with comments at random.
fn a_value(depth: u32) -> BoxedStrategy<Vec<String>> {
    let word = "[a-z]{1,3}|[0-9]{1,4}|no|true|1e3|'a b'|\"x: #y\"|喜爱|~|'3'|0x1f|-1\\.5|a\\{b|x:y|'- z'";
    let scalar = word.prop_map(|word| vec![word]);
    let flow = prop::collection::vec("[a-z]{1,9}|'[0-9]{2}'|\"a,b\"", 0..9)
        .prop_map(|items| vec![format!("[ {} ]", items.join(" ,"))]);
    let split = prop::collection::vec("[a-z]{1,9}( *#[a-z]{0,3})?", 0..4).prop_map(|items| {
        let lines = items.iter().map(|item| {
            let (word, comment) = item.split_once('#').unwrap_or((item, ""));
            format!("  {},  # {comment}", word.trim())
        });
        std::iter::once("[  # c".to_owned()).chain(lines).chain(["  ]".to_owned()]).collect()
    });
    let literal = prop::collection::vec("[a-z ]{0,4}", 1..4).prop_map(|lines| {
        let lines = lines.iter().map(|line| format!("  x{line}"));
        std::iter::once("|  # of the text".to_owned()).chain(lines).collect()
    });
    if depth == 0 {
        return prop_oneof![4 => scalar, 2 => flow, 1 => split, 1 => literal].boxed();
    }
    let trivia = prop_oneof![
        4 => Just(Vec::new()),
        1 => Just(vec![String::new()]),
        1 => Just(vec!["#a".to_owned(), String::new(), String::new(), "   # b".to_owned()]),
    ];
    let entries = prop::collection::vec((trivia, a_value(depth - 1), "[ ]{0,2}(#x)?"), 1..4);
    let block = (entries, prop::bool::ANY).prop_map(|(entries, is_map)| {
        let mut lines = vec![String::new()];
        for (index, (trivia, value, end)) in entries.into_iter().enumerate() {
            lines.extend(trivia);
            let head = if is_map { format!("k{index}:") } else { "-".to_owned() };
            let is_one = value.len() == 1;
            let end = if is_one && end.starts_with(' ') { end } else { String::new() };
            lines.push(format!("{head} {}{end}", value[0]));
            lines.extend(value[1..].iter().map(|line| format!("   {line}")));
        }
        lines
    });
    prop_oneof![1 => scalar, 1 => flow, 1 => split, 4 => block].boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn the_layout_changes_no_meaning_and_is_its_own_layout(lines in a_value(4)) {
        let text = lines.join("\n");
        let source = Source::new("a.yaml", text.clone());
        let mut problems = Problems::new();
        let tree = yaml::parse(&source, &mut problems);
        prop_assume!(problems.is_empty());
        // `format` itself compares what is read, and the comments.
        let once = format(&source);
        prop_assert!(once.is_ok(), "{}", text);
        let once = laid_out(&text);
        prop_assert!(is_same(&tree, &once));
        prop_assert_eq!(laid_out(&once), once.clone(), "of:\n{}\nonce:\n{}", text, once);
        prop_assert!(!once.contains("\n\n\n") && !once.contains(" \n"), "{}", once);
    }
}
