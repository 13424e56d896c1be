//! YAML text as a compact tree in which every node knows its place: sixteen bytes a node.
//!
//! The only file that names the YAML reader. A scalar is never resolved to a number or a boolean: an id such as
//! `962758817254714017256879e5027768` is a float to YAML and would be lost. Anchors, aliases, merge keys and tags
//! are refused, so no text grows by being read. What the tree means is `compile.rs`'s.

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, options};

use crate::problem::{PROBLEMS_MAX, Problem, Problems};

use super::codes;
use super::encoding::Encoding;
use super::fullwidth::{Sign, first_in_code};
use super::source::Source;
use super::tree::{Node, Owned, Sort, Yaml, is_null};

/// The deepest nesting; a manifest needs five levels.
const DEPTH_MAX: usize = 32;

/// The most nodes of one file: half a gigabyte of tree. A 256-MiB manifest of ordinary ids has half of that.
const NODES_MAX: usize = 32 << 20;

/// How many lines are searched for the cause of a syntax error, and how much of one behind it, in bytes.
const SIGN_LINES_MAX: u32 = 4;
const SIGN_BYTES_MAX: usize = 200;

/// How often reading goes on behind a syntax error: at the next document of the stream.
const RECOVERIES_MAX: usize = 100;

/// Ordinary manifests have a node every fifteen bytes; what is reserved and not used costs nothing.
const BYTES_PER_NODE: usize = 14;

/// Reads a file. What is wrong with its syntax goes to `problems`; documents that can be read are in the result.
pub fn parse<'a>(source: &'a Source, problems: &mut Problems) -> Yaml<'a> {
    parse_within(source, NODES_MAX, problems)
}

fn parse_within<'a>(source: &'a Source, nodes_max: usize, problems: &mut Problems) -> Yaml<'a> {
    let mut builder = Builder::new(source, problems);
    if let Some(at) = source.text().find('\0') {
        builder.refuse_nul(at);
        return builder.yaml;
    }
    let mut parser = Parser::new_from_str_with_options(
        source.text(),
        options! {
            emit_comments: false,
            emit_anchor_events: true,
            emit_unresolved_aliases: true,
            flow_nesting_limit: DEPTH_MAX,
            block_nesting_limit: DEPTH_MAX,
        },
    );
    let mut recoveries = 0;
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => builder.take(&event, &span),
            Err(error) => {
                builder.abandon(&error);
                recoveries += 1;
                if recoveries > RECOVERIES_MAX || !parser.proceed_next_document().unwrap_or(false) {
                    break;
                }
            }
        }
        if builder.yaml.nodes.len() > nodes_max {
            builder.give_up(nodes_max);
            break;
        }
    }
    builder.yaml
}

/// Every comment of a text, in order, without the spaces at its end; `None` where the text cannot be read.
#[must_use]
pub fn comments(text: &str) -> Option<Vec<&str>> {
    let options = options! {
        emit_comments: true,
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut found = Vec::new();
    while let Some(next) = parser.next_event() {
        let (event, span) = next.ok()?;
        if matches!(event, Event::Comment(..)) {
            found.push(text.get(span.byte_range()?)?.trim_end());
        }
    }
    Some(found)
}

struct Open {
    index: u32,
    sort: Sort,
    children: u32,
}

struct Builder<'a, 'p> {
    yaml: Yaml<'a>,
    open: Vec<Open>,
    /// How many nodes there were when the document began.
    began: usize,
    problems: &'p mut Problems,
}

impl<'a, 'p> Builder<'a, 'p> {
    fn new(source: &'a Source, problems: &'p mut Problems) -> Self {
        let nodes = Vec::with_capacity((source.text().len() / BYTES_PER_NODE).min(NODES_MAX) + 16);
        let yaml = Yaml { source, nodes, owned: Vec::new(), roots: Vec::new(), is_whole: true };
        Self { yaml, open: Vec::new(), began: 0, problems }
    }

    fn take(&mut self, event: &Event<'a>, span: &Span) {
        if event.tag().is_some() {
            let tag = span.tag_span();
            self.refuse(codes::YAML_TAG, tag.as_ref().unwrap_or(span), "tags are not read", TAG_HELP);
        }
        match event {
            Event::DocumentStart(..) => self.began = self.yaml.nodes.len(),
            Event::DocumentEnd => self.end_document(),
            Event::Scalar(text, style, ..) => self.scalar(text, *style, span),
            Event::SequenceStart(..) => self.begin(Sort::List, span),
            Event::MappingStart(..) => self.begin(Sort::Map, span),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Anchor(..) => {
                self.refuse(codes::YAML_ANCHOR, span, "anchors and aliases are not read", ANCHOR_HELP);
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.refuse(codes::YAML_ANCHOR, span, "anchors and aliases are not read", ANCHOR_HELP);
                self.push(Sort::Refused, span);
            }
            // The reader's enum may grow; what is left today marks the stream's ends.
            _ => {}
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: &Span) {
        let is_key = self.is_key_next();
        let is_plain = matches!(style, ScalarStyle::Plain);
        let index = self.push(if is_plain { Sort::Plain } else { Sort::Quoted }, span);
        self.fill(index, text, is_plain, span);
        if is_key {
            self.check_key(index, text, is_plain, span);
        }
    }

    /// Lets the node stand for its text: in the source where it reads the same there, else on its own.
    fn fill(&mut self, index: usize, text: &str, is_plain: bool, span: &Span) {
        let all = self.yaml.source.text();
        let range = span.byte_range().unwrap_or(0..0);
        let raw = all.get(range.clone()).unwrap_or_default();
        let inner = if is_plain { Some(raw) } else { raw.get(1..raw.len().saturating_sub(1)) };
        let node = &mut self.yaml.nodes[index];
        if inner == Some(text) {
            node.start = number(range.start + usize::from(!is_plain));
            node.extent = number(text.len());
        } else if is_plain && raw.is_empty() {
            node.extent = 0;
        } else {
            node.sort = if is_plain { Sort::PlainOwned } else { Sort::QuotedOwned };
            node.extent = number(self.yaml.owned.len());
            self.yaml.owned.push(Owned { source_len: number(raw.len()), text: text.into() });
        }
    }

    fn check_key(&mut self, index: usize, text: &str, is_plain: bool, span: &Span) {
        if !is_plain {
            return;
        }
        if text == "<<" {
            self.refuse(codes::YAML_MERGE_KEY, span, "merge keys are not read", ANCHOR_HELP);
        } else if is_null(text) {
            let help = "give it a name; quote it where `null` or `~` is the name itself";
            self.refuse(codes::YAML_KEY, span, "this key is empty", help);
        } else {
            return;
        }
        self.yaml.nodes[index].sort = Sort::Refused;
    }

    fn begin(&mut self, sort: Sort, span: &Span) {
        if self.is_key_next() {
            let help = "a key is one piece of text";
            self.refuse(codes::YAML_KEY, span, "a list or a mapping cannot be a key", help);
        }
        let index = number(self.push(sort, span));
        self.open.push(Open { index, sort, children: 0 });
    }

    fn end(&mut self) {
        if let Some(open) = self.open.pop() {
            self.yaml.nodes[open.index as usize].extent = number(self.yaml.nodes.len());
        }
    }

    fn end_document(&mut self) {
        if self.yaml.nodes.len() > self.began {
            self.yaml.roots.push(number(self.began));
        }
        self.began = self.yaml.nodes.len();
    }

    fn is_key_next(&self) -> bool {
        self.open.last().is_some_and(|open| open.sort == Sort::Map && open.children % 2 == 0)
    }

    fn push(&mut self, sort: Sort, span: &Span) -> usize {
        if let Some(open) = self.open.last_mut() {
            open.children += 1;
        }
        let start = number(span.start.byte_offset().unwrap_or(0));
        let line = number(span.start.line());
        self.yaml.nodes.push(Node { start, extent: 0, line, sort });
        self.yaml.nodes.len() - 1
    }

    fn refuse(&mut self, code: &'static str, span: &Span, what: &str, help: &str) {
        if self.problems.list().len() >= PROBLEMS_MAX {
            return self.problems.omit(1);
        }
        let range = span.byte_range().unwrap_or(0..0);
        let place = self.yaml.source.place(number(span.start.line()), range);
        self.problems.push(Problem::error(code, what).at(place, "here").help(help));
    }

    /// A NUL ends a text for many a program, so that what stands behind it would be seen by some readers only.
    fn refuse_nul(&mut self, at: usize) {
        self.yaml.is_whole = false;
        let text = self.yaml.source.text();
        let line = number(text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1);
        let place = self.yaml.source.place(line, at..at + 1);
        let (what, help) = match Encoding::surely(text.as_bytes()) {
            Some(encoding) => (
                format!("this file looks like {}, and only UTF-8 is read", encoding.name()),
                encoding.help(self.yaml.source.file()),
            ),
            None => ("this file holds a NUL character".to_owned(), "take it out: no text has one".to_owned()),
        };
        self.problems.push(Problem::error(codes::YAML_SYNTAX, what).at(place, "here").help(help));
    }

    /// Drops the document that could not be read to its end.
    fn abandon(&mut self, error: &ScanError) {
        self.yaml.nodes.truncate(self.began);
        self.open.clear();
        self.yaml.is_whole = false;
        let start = error.marker().byte_offset().unwrap_or(0);
        let place = self.yaml.source.place(number(error.marker().line()), start..start + 1);
        let mut problem = Problem::error(codes::YAML_SYNTAX, format!("this is no YAML: {}", words(error)));
        problem = problem.at(place, "here");
        let is_reference = self.yaml.source.text()[..start].ends_with('$');
        if let Some((line, at, sign)) = self.sign_before(number(error.marker().line()), start) {
            let range = at + sign.at..at + sign.range().end;
            problem = problem.at(self.yaml.source.place(line, range), "this sign").help(sign.help());
        } else if let Some(help) = if is_reference { Some(REFERENCE_HELP) } else { syntax_help(error.kind()) }
        {
            problem = problem.help(help);
        }
        self.problems.push(problem);
    }

    /// A sign in the line of a syntax error, or the nearest lines above it, that only looks like one of YAML's; with
    /// its line and where that begins.
    fn sign_before(&self, line: u32, at: usize) -> Option<(u32, usize, Sign)> {
        let text = self.yaml.source.text();
        let mut end = text[at..].find('\n').map_or(text.len(), |feed| at + feed).min(at + SIGN_BYTES_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        (0..SIGN_LINES_MAX).find_map(|above| {
            let line = line.checked_sub(above).filter(|line| *line > 0)?;
            let begin = text[..end].rfind('\n').map_or(0, |feed| feed + 1);
            let found = first_in_code(&text[begin..end]).map(|sign| (line, begin, sign));
            end = begin.saturating_sub(1);
            found
        })
    }

    fn give_up(&mut self, nodes_max: usize) {
        self.yaml.nodes.truncate(self.began);
        self.yaml.is_whole = false;
        let place = self.yaml.source.place(1, 0..0);
        let what = format!("this file has more than {nodes_max} nodes");
        let help = "declare long lists in CSV files with `from:`, which are read record by record";
        self.problems.push(Problem::error(codes::YAML_TOO_LARGE, what).at(place, "").help(help));
    }
}

const ANCHOR_HELP: &str = "write it out where it is used; long lists can stand in a CSV file with `from:`";
const REFERENCE_HELP: &str = "within brackets a reference stands in quotes: \"${NAME}\"";
const TAG_HELP: &str = "leave the tag out: ids are always text, whatever they look like";

fn words(error: &ScanError) -> String {
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => format!("nested deeper than {DEPTH_MAX} levels"),
        _ => error.info(),
    }
}

fn syntax_help(kind: &ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar => Some("indent with spaces"),
        ErrorKind::UnclosedQuotedScalar => Some("the closing quote is missing"),
        ErrorKind::UnclosedFlowCollection { .. } => Some("the closing bracket is missing"),
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => {
            Some("keys of one mapping stand in the same column")
        }
        ErrorKind::UnexpectedCharacter { .. } => Some("put the text in quotes"),
        _ => None,
    }
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::tree::{At, Shape};
    use super::*;

    fn shown(at: At<'_>) -> String {
        match at.shape() {
            Shape::Text => format!("{:?}", at.text()),
            Shape::Null => "null".to_owned(),
            Shape::Refused => "refused".to_owned(),
            Shape::List => format!("[{}]", at.items().map(shown).collect::<Vec<_>>().join(", ")),
            Shape::Map => {
                let entry = |(key, value)| format!("{}@{}: {}", shown(key), key.line(), shown(value));
                format!("{{{}}}", at.entries().map(entry).collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn read(text: &str) -> String {
        let source = Source::new("a.yaml", text.to_owned());
        let mut problems = Problems::new();
        let tree = parse(&source, &mut problems);
        let mut all: Vec<String> = tree.documents().map(shown).collect();
        all.extend(problems.list().iter().map(|problem| problem.code.to_owned()));
        all.join(" | ")
    }

    #[test]
    fn scalars_stay_text_whatever_they_look_like() {
        assert_eq!(
            read("{a: 013, b: 1e10, 24e1: no, c: ~, d: '~', e: \"x\\ty\", f: }"),
            r#"{"a"@1: "013", "b"@1: "1e10", "24e1"@1: "no", "c"@1: null, "d"@1: "~", "e"@1: "x\ty", "f"@1: null}"#
        );
        assert_eq!(
            read("a: |\n  x\n  y\nb: one\n  two\n'c': ''\n"),
            r#"{"a"@1: "x\ny\n", "b"@4: "one two", "c"@6: ""}"#
        );
    }

    #[test]
    fn documents_of_a_stream_are_read_one_by_one_and_broken_ones_left_out() {
        assert_eq!(read("a: 1\n---\n---\n[b]\n"), r#"{"a"@1: "1"} | null | ["b"]"#);
        assert_eq!(read("a: [\n---\nb: 1\n"), r#"{"b"@3: "1"} | yaml::syntax"#);
        assert_eq!(read(""), "");
    }

    #[test]
    fn nothing_grows_by_being_read() {
        assert_eq!(
            read("a: &x [1]\nb: *x\n"),
            r#"{"a"@1: ["1"], "b"@2: refused} | yaml::anchor | yaml::anchor"#
        );
        let deep = "[".repeat(100_000);
        assert_eq!(read(&deep), "yaml::syntax");
        let source = Source::new("a.yaml", "[1, 2, 3]".to_owned());
        let mut problems = Problems::new();
        let tree = parse_within(&source, 3, &mut problems);
        assert_eq!((tree.documents().count(), tree.is_whole), (0, false));
        assert_eq!(problems.list()[0].code, codes::YAML_TOO_LARGE);
    }

    #[test]
    fn a_node_is_sixteen_bytes() {
        assert_eq!(size_of::<Node>(), 16);
    }
}
