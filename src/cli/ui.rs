//! The one place that prints and the one that asks: data to stdout, talk to stderr.
//!
//! It decides nothing about content: `render/` gives it text.

use std::io::{BufRead, IsTerminal, Write};

use crate::problem::Problems;
use crate::render::{Look, Mask, Paint, problem};
use crate::timestamp::Zone;

use super::args::{Color, Global, LogFormat};
use super::config;

/// How a command talks.
pub struct Ui {
    color: Color,
    quiet: bool,
    verbose: u8,
    format: LogFormat,
    mask: Mask,
}

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Results only.
    Quiet,
    /// What a person wants to know.
    Normal,
    /// More of it.
    Verbose,
}

impl Ui {
    /// As the options say.
    #[must_use]
    pub fn new(global: &Global) -> Self {
        let mask = if global.mask { Mask::hide() } else { Mask::show() };
        Self { color: global.color, quiet: global.quiet, verbose: global.verbose, format: global.log_format, mask }
    }

    /// How much is said.
    #[must_use]
    pub const fn level(&self) -> Level {
        match (self.quiet, self.verbose) {
            (true, _) => Level::Quiet,
            (false, 0) => Level::Normal,
            (false, _) => Level::Verbose,
        }
    }

    /// What hides aliases and ids.
    #[must_use]
    pub const fn mask(&self) -> &Mask {
        &self.mask
    }

    /// How text for stdout looks.
    #[must_use]
    pub fn look_out(&self, zone: &Zone) -> Look {
        self.look(std::io::stdout().is_terminal(), zone)
    }

    fn look_err(&self) -> Look {
        self.look(std::io::stderr().is_terminal(), &Zone::shanghai())
    }

    fn look(&self, terminal: bool, zone: &Zone) -> Look {
        let paint = match self.color {
            Color::Always => Paint::Colour,
            Color::Auto if terminal && !config::wants_no_color() => Paint::Colour,
            Color::Auto | Color::Never => Paint::Plain,
        };
        let look = Look::plain(zone.clone()).paint(paint);
        match config::columns() {
            Some(width) => look.wide(width),
            None => look,
        }
    }

    /// Data, to stdout. A reader that has gone away is no error.
    pub fn out(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _gone = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// Talk, to stderr, unless it is to be quiet.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.err("info", text);
        }
    }

    /// What is wrong, to stderr, always.
    pub fn problems(&self, problems: &Problems) {
        let look = self.look_err();
        match self.format {
            LogFormat::Text => self.raw_err(&problem::problems(problems, &look, &self.mask)),
            LogFormat::Json => {
                for one in problems.list() {
                    self.raw_err(&format!("{}\n", problem::json_line(one, &self.mask)));
                }
            }
        }
    }

    fn err(&self, level: &str, text: &str) {
        match self.format {
            LogFormat::Text => self.raw_err(&format!("{text}\n")),
            LogFormat::Json => {
                let line = serde_json::json!({ "@level": level, "@message": text, "type": "log" });
                self.raw_err(&format!("{line}\n"));
            }
        }
    }

    fn raw_err(&self, text: &str) {
        let mut err = std::io::stderr().lock();
        let _gone = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }

    /// Whether somebody can watch bars on stderr.
    #[must_use]
    pub fn shows_bars(&self) -> bool {
        std::io::stderr().is_terminal() && !self.quiet && self.format == LogFormat::Text && !config::is_pipeline()
    }
}

/// Asks on stdout and reads one line; `None` at the end of input.
///
/// It blocks its thread: call it on one that may be blocked.
#[must_use]
pub fn ask(question: &str) -> Option<String> {
    let mut out = std::io::stdout().lock();
    let _gone = out.write_all(question.as_bytes()).and_then(|()| out.flush());
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line).ok()?;
    if read == 0 { None } else { Some(line.trim().to_owned()) }
}

/// A line of progress, to stderr.
pub fn plain_line(text: &str) {
    let mut err = std::io::stderr().lock();
    let _gone = writeln!(err, "{text}").and_then(|()| err.flush());
}
