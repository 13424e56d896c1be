//! The one place that prints, and the one that asks: data to stdout, talk to stderr.
//!
//! It decides nothing about what is said; what a build host would obey is escaped (`render/host.rs`), but for our own
//! annotations. What of stdout cannot be written is remembered until the command ends, so that no command has to ask; a
//! pipe that was closed at the other end is no error.

use std::cell::OnceCell;
use std::fs::Metadata;
use std::io::{self, BufRead, ErrorKind, Read, Write, stderr, stdin, stdout};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anstream::{AutoStream, ColorChoice};

use crate::cli::args::{Global, LogFormat};
use crate::cli::config::{Config, Target};
use crate::cli::files;
use crate::clock::Clock;
use crate::problem::{Problem, Problems, Result};
use crate::render::host::{self, Escape};
use crate::render::{Look, Mask, Paint, annotations, diagnostics, json, problem};
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
    /// Where the project lies in its repository, where problems are annotated.
    annotated: Option<PathBuf>,
    /// Where Markdown goes that a build machine shows.
    summary: Option<PathBuf>,
    /// Why something of the data could not be written, if so: nothing is written behind it.
    unwritten: Rc<OnceCell<String>>,
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
        let folder = global.chdir.clone().unwrap_or_else(|| config.folder.clone());
        let plain = global.log_format == LogFormat::Json || config.is_pipeline();
        Self {
            out: look(config.stdout),
            err: look(config.stderr),
            mask: if global.mask { Mask::hide() } else { Mask::show() },
            talk,
            annotated: config.annotated(&folder),
            summary: config.summary(),
            folder,
            watched: if plain { Target::Elsewhere } else { config.stderr.target },
            format: global.log_format,
            clock,
            unwritten: Rc::default(),
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
        let text = host::escape(text);
        self.data_to(AutoStream::new(stdout(), choice(self.out.paint)), |to| to.write_all(text.as_bytes()));
    }

    /// Data that only `-v` wants.
    pub fn data_in_detail(&self, text: impl FnOnce() -> String) {
        if self.talk >= Talk::Verbose {
            self.data(&text());
        }
    }

    /// The same, bit by bit.
    pub fn data_by(&self, work: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        self.data_to(io::BufWriter::new(stdout()), |to| {
            let mut safe = HostSafe { inner: to, escape: Escape::default() };
            work(&mut safe).and_then(|()| safe.finish())
        });
    }

    /// What was written in part is not gone on with: whoever reads it would not see the hole.
    fn data_to(&self, mut stream: impl Write, work: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if self.unwritten.get().is_some() {
            return;
        }
        match work(&mut stream).and_then(|()| stream.flush()) {
            // Whoever closed the pipe has seen enough.
            Err(why) if why.kind() != ErrorKind::BrokenPipe => {
                self.unwritten.set(why.to_string()).unwrap_or_default();
            }
            Ok(()) | Err(_) => {}
        }
    }

    /// Whether all data so far was written.
    ///
    /// # Errors
    /// Why it was not.
    pub fn written(&self) -> Result<()> {
        let Some(why) = self.unwritten.get() else { return Ok(()) };
        let problem = Problem::error("cli::unwritable", format!("stdout cannot be written: {why}"));
        Err(problem.help("what was written so far is not whole: make room, and run the command again").into())
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
        self.annotate(problems);
    }

    /// Problems beside the lines of a pull request, where GitHub runs this: it reads stderr too.
    pub fn annotate(&self, problems: &Problems) {
        if let Some(folder) = &self.annotated {
            let commands = annotations::annotations(problems, folder, &self.mask);
            self.write_raw(&commands);
        }
    }

    /// Markdown for the page of the job, where a build machine has one.
    pub fn summarize(&self, markdown: impl FnOnce() -> String) {
        let Some(path) = &self.summary else { return };
        if let Err(why) = files::append(path, &format!("{}\n", markdown().trim_end())) {
            let what = format!("the summary `{}` cannot be written: {why}", path.display());
            self.problems(&Problem::warning("cli::unwritable", what).into());
        }
    }

    /// Text to stderr.
    pub fn write_err(&self, text: &str) {
        self.write_raw(&host::escape(text));
    }

    /// Text to stderr as it is.
    fn write_raw(&self, text: &str) {
        let mut stream = AutoStream::new(stderr(), choice(self.err.paint));
        // There is no other place to say that this one takes nothing.
        drop(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()));
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

/// A stream in which nothing is a command of the build host.
struct HostSafe<W: Write> {
    inner: W,
    escape: Escape,
}

impl<W: Write> HostSafe<W> {
    fn finish(mut self) -> std::io::Result<()> {
        let mut rest = Vec::new();
        self.escape.finish(&mut rest);
        self.inner.write_all(&rest).and_then(|()| self.inner.flush())
    }
}

impl<W: Write> Write for HostSafe<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut out = Vec::with_capacity(bytes.len() + 8);
        self.escape.push(bytes, &mut out);
        self.inner.write_all(&out).map(|()| bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
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

/// What is said where the process ends at once.
pub fn last_words(text: &str) {
    drop(stderr().write_all(text.as_bytes()));
}

const fn choice(paint: Paint) -> ColorChoice {
    match paint {
        Paint::Plain => ColorChoice::Never,
        Paint::Colour => ColorChoice::Always,
    }
}

/// Prints help, a version, or what is wrong with a command line: in these words, if they are given.
///
/// # Errors
/// It cannot be written; a pipe that was closed is no error.
pub fn print_usage(why: &clap::Error, words: Option<&str>) -> io::Result<()> {
    let printed = match words {
        Some(words) => stderr().write_all(words.as_bytes()),
        None => why.print().and_then(|()| stdout().flush()),
    };
    printed.or_else(|why| if why.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(why) })
}

/// Stdout, if this is the file, pipe or terminal that it leads to: opened once more, what is written to it would
/// stand over what is there.
#[must_use]
pub fn stdout_if_it_is(file: &Metadata) -> Option<impl Write> {
    is_stdout(file).then(stdout)
}

#[cfg(unix)]
fn is_stdout(file: &Metadata) -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    let opened = stdout().as_fd().try_clone_to_owned().map(std::fs::File::from);
    opened
        .and_then(|opened| opened.metadata())
        .is_ok_and(|stdout| (stdout.dev(), stdout.ino()) == (file.dev(), file.ino()))
}

#[cfg(not(unix))]
const fn is_stdout(_: &Metadata) -> bool {
    false
}
