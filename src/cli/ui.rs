//! The one place that prints, and the one that asks: data to stdout, talk to stderr.
//!
//! It decides nothing about what is said. A pipe that was closed at the other end is no error.

use std::io::{BufRead, Read, Write, stderr, stdin, stdout};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};

use crate::cli::args::{Global, LogFormat};
use crate::cli::config::{Config, Target};
use crate::clock::Clock;
use crate::problem::Problems;
use crate::render::{Look, Mask, Paint, diagnostics, json, problem};
use crate::timestamp::Zone;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Talk {
    /// Only what is wrong.
    Quiet,
    /// What a person wants to know.
    Normal,
    /// More.
    Verbose,
    /// Every call.
    Calls,
}

/// Where output goes and how it looks.
#[derive(Clone)]
pub struct Ui {
    /// How stdout is to look.
    pub out: Look,
    /// How stderr is to look.
    pub err: Look,
    /// What is hidden, in both.
    pub mask: Mask,
    /// How much is said.
    pub talk: Talk,
    /// The project's folder.
    pub folder: PathBuf,
    /// Whether a person watches stderr, so that bars may move there.
    pub watched: Target,
    format: LogFormat,
    clock: Clock,
}

impl Ui {
    /// What these options and surroundings ask for.
    #[must_use]
    pub fn new(global: &Global, config: &Config, clock: Clock) -> Self {
        let look = |stream: crate::cli::config::Stream| {
            Look::plain(Zone::shanghai()).wide(stream.width).paint(config.paint(global.color, stream))
        };
        let talk = match (global.quiet, global.verbose) {
            (true, _) => Talk::Quiet,
            (false, 0) => Talk::Normal,
            (false, 1) => Talk::Verbose,
            (false, _) => Talk::Calls,
        };
        let plain = global.log_format == LogFormat::Json || config.is_pipeline();
        Self {
            out: look(config.stdout),
            err: look(config.stderr),
            mask: if global.mask { Mask::hide() } else { Mask::show() },
            talk,
            folder: global.chdir.clone().unwrap_or_else(|| config.folder.clone()),
            watched: if plain { Target::Elsewhere } else { config.stderr.target },
            format: global.log_format,
            clock,
        }
    }

    /// The folder that `-C` names, for commands that are proposed.
    #[must_use]
    pub fn chdir(&self) -> Option<String> {
        (self.folder != Path::new(".")).then(|| self.folder.display().to_string())
    }

    /// A file as an option names it: relative to the project's folder, as if the program were started there.
    #[must_use]
    pub fn path(&self, named: impl AsRef<Path>) -> PathBuf {
        if self.chdir().is_none() { named.as_ref().to_owned() } else { self.folder.join(named) }
    }

    /// Data: what was asked for. To stdout, as it is.
    pub fn data(&self, text: &str) {
        write(&mut AutoStream::new(stdout(), choice(self.out.paint)), text);
    }

    /// Data that only `-v` wants.
    pub fn data_in_detail(&self, text: impl FnOnce() -> String) {
        if self.talk >= Talk::Verbose {
            self.data(&text());
        }
    }

    /// The same, bit by bit.
    pub fn data_by(&self, work: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) {
        let mut stream = std::io::BufWriter::new(stdout());
        // Whoever closed the pipe has seen enough.
        drop(work(&mut stream).and_then(|()| stream.flush()));
    }

    /// Talk: what a person may want to know. To stderr.
    pub fn say(&self, text: &str) {
        if self.talk >= Talk::Normal {
            self.talk_line("info", text);
        }
    }

    /// Talk that only `-v` wants.
    pub fn detail(&self, text: &str) {
        if self.talk >= Talk::Verbose {
            self.talk_line("debug", text);
        }
    }

    /// Talk that only `-vv` wants: one line for each call.
    pub fn call(&self, text: &str) {
        if self.talk >= Talk::Calls {
            self.talk_line("trace", text);
        }
    }

    fn talk_line(&self, level: &str, text: &str) {
        let line = match self.format {
            LogFormat::Text => format!("{text}\n"),
            LogFormat::Json => format!("{}\n", json::log(self.clock.now(), level, text)),
        };
        self.write_err(&line);
    }

    /// Problems, drawn. To stderr; -q does not silence them.
    pub fn problems(&self, problems: &Problems) {
        match self.format {
            _ if problems.is_empty() => {}
            LogFormat::Text => self.write_err(&problem::problems(problems, &self.err, &self.mask)),
            LogFormat::Json => {
                for problem in problems.list() {
                    let line = json::diagnostic(self.clock.now(), &diagnostics::one(problem, &self.mask));
                    self.write_err(&format!("{line}\n"));
                }
            }
        }
    }

    /// Text to stderr as it is.
    pub fn write_err(&self, text: &str) {
        write(&mut AutoStream::new(stderr(), choice(self.err.paint)), text);
    }

    /// A question: on stdout, as it is, since it belongs to what was shown there.
    pub fn write_out(&self, text: &str) {
        self.data(text);
    }

    /// The same, with moments in this zone.
    #[must_use]
    pub fn in_zone(&self, zone: &Zone) -> Self {
        let mut ui = self.clone();
        ui.out.zone = zone.clone();
        ui.err.zone = zone.clone();
        ui
    }
}

/// One line of stdin; `None` at its end. It blocks its thread.
#[must_use]
pub fn read_answer() -> Option<String> {
    let mut answer = String::new();
    match stdin().lock().take(ANSWER_BYTES_MAX).read_line(&mut answer) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(answer.trim_end_matches(['\r', '\n']).to_owned()),
    }
}

/// An answer is three letters; more than this is not read.
const ANSWER_BYTES_MAX: u64 = 1_024;

const fn choice(paint: Paint) -> ColorChoice {
    match paint {
        Paint::Plain => ColorChoice::Never,
        Paint::Colour => ColorChoice::Always,
    }
}

/// Writes all of it; whoever closed the pipe has seen enough.
fn write(stream: &mut impl Write, text: &str) {
    let written = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    drop(written);
}
