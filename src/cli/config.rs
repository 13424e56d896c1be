//! What the surroundings say: arguments, environment, terminal. The one place that asks them.
//!
//! Secrets of the project file come through [`Config::variable`] as well, and nothing here keeps them.
#![expect(clippy::disallowed_methods, reason = "this is the place where everybody else is sent")]

use std::ffi::OsString;
use std::io::{IsTerminal, stderr, stdin, stdout};
use std::path::{Path, PathBuf};

use crate::cli::args::Color;
use crate::render::Paint;
use crate::render::look::WIDTH_DEFAULT;

/// Looks a variable of the environment up.
type Variables = Box<dyn Fn(&str) -> Option<String>>;

/// What the surroundings say.
pub struct Config {
    variables: Variables,
    /// The command line, the program's name first.
    pub line: Vec<OsString>,
    /// Where stdout goes.
    pub stdout: Stream,
    /// Where stderr goes.
    pub stderr: Stream,
    /// Whether somebody can answer a question.
    pub stdin: Target,
    /// Where the process was started.
    pub folder: PathBuf,
    /// The same, from the root of the disk; empty where the system does not say.
    pub started_in: PathBuf,
}

/// Where a stream leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// To a person.
    Terminal,
    /// To a file, a pipe, a build log.
    Elsewhere,
}

impl Target {
    fn of(stream: &impl IsTerminal) -> Self {
        if stream.is_terminal() { Self::Terminal } else { Self::Elsewhere }
    }
}

/// A stream: where it leads and how wide it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Where it leads.
    pub target: Target,
    /// Its columns.
    pub width: usize,
}

impl Config {
    /// What the surroundings of this process say.
    #[must_use]
    pub fn of_process() -> Self {
        let variables = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let columns = variables("COLUMNS").and_then(|columns| columns.parse().ok());
        let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let stream = |target: Target| {
            let width = match target {
                Target::Terminal => terminal().or(columns),
                Target::Elsewhere => columns,
            };
            Stream { target, width: width.unwrap_or(WIDTH_DEFAULT) }
        };
        Self {
            variables: Box::new(variables),
            line: std::env::args_os().collect(),
            stdout: stream(Target::of(&stdout())),
            stderr: stream(Target::of(&stderr())),
            stdin: Target::of(&stdin()),
            folder: PathBuf::from("."),
            started_in: std::env::current_dir().unwrap_or_default(),
        }
    }

    /// Surroundings made up for a test: these variables, this line, no terminal.
    #[must_use]
    pub fn made_up(variables: impl Fn(&str) -> Option<String> + 'static, line: Vec<OsString>) -> Self {
        let elsewhere = Stream { target: Target::Elsewhere, width: WIDTH_DEFAULT };
        Self {
            variables: Box::new(variables),
            line,
            stdout: elsewhere,
            stderr: elsewhere,
            stdin: Target::Elsewhere,
            folder: PathBuf::from("."),
            started_in: PathBuf::new(),
        }
    }

    /// A variable of the environment; an empty one counts as absent.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        (self.variables)(name)
    }

    /// The proxy for calls over HTTPS: the variable and what it holds, as the HTTP library looks for it.
    #[must_use]
    pub fn proxy(&self) -> Option<(&'static str, String)> {
        ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
            .into_iter()
            .find_map(|name| Some((name, self.variable(name)?)))
    }

    /// Person, machine and process: who holds a lease.
    #[must_use]
    pub fn owner(&self) -> String {
        let person = self.variable("USER").or_else(|| self.variable("USERNAME"));
        let machine = self.variable("HOSTNAME").or_else(machine_name);
        let (person, machine) =
            (person.as_deref().unwrap_or("somebody"), machine.as_deref().unwrap_or("unknown"));
        format!("{person}@{machine} (process {})", std::process::id())
    }

    /// Whether a build machine runs this: nobody answers and nobody watches.
    #[must_use]
    pub fn is_pipeline(&self) -> bool {
        self.variable("CI").is_some_and(|value| value != "false")
    }

    /// Where a project's folder lies in its repository, where GitHub runs this and wants annotations.
    #[must_use]
    pub fn annotated(&self, folder: &Path) -> Option<PathBuf> {
        if self.variable("GITHUB_ACTIONS").as_deref() != Some("true") {
            return None;
        }
        let real = |path: PathBuf| std::fs::canonicalize(&path).unwrap_or(path);
        let folder = real(self.started_in.join(folder));
        let root = self.variable("GITHUB_WORKSPACE").map(|root| real(PathBuf::from(root)));
        let inside = root.and_then(|root| folder.strip_prefix(root).ok().map(Path::to_owned));
        Some(inside.unwrap_or(folder))
    }

    /// The file whose Markdown a build machine shows beside the job.
    #[must_use]
    pub fn summary(&self) -> Option<PathBuf> {
        self.variable("GITHUB_STEP_SUMMARY").map(PathBuf::from)
    }

    /// Whether a stream gets colours: what the line says, else `NO_COLOR`, else `CLICOLOR_FORCE`, else whether it
    /// leads to a terminal that knows them.
    #[must_use]
    pub fn paint(&self, color: Color, stream: Stream) -> Paint {
        let set = |name| self.variable(name).is_some_and(|value| value != "0");
        let on = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if self.variable("NO_COLOR").is_some() => false,
            Color::Auto if set("CLICOLOR_FORCE") => true,
            Color::Auto => {
                stream.target == Target::Terminal && self.variable("TERM").as_deref() != Some("dumb")
            }
        };
        if on { Paint::Colour } else { Paint::Plain }
    }
}

/// The machine's name, where the system keeps it in the usual file.
fn machine_name() -> Option<String> {
    let name = std::fs::read_to_string("/etc/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(variables: &'static [(&str, &str)], color: Color, target: Target) -> bool {
        let of =
            |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        let config = Config::made_up(of, Vec::new());
        config.paint(color, Stream { target, width: 80 }) == Paint::Colour
    }

    #[test]
    fn colours_are_for_terminals_unless_somebody_says_otherwise() {
        use Color::{Always, Auto, Never};
        use Target::{Elsewhere, Terminal};
        assert!(painted(&[], Auto, Terminal));
        assert!(!painted(&[], Auto, Elsewhere));
        assert!(painted(&[], Always, Elsewhere));
        assert!(!painted(&[], Never, Terminal));
        assert!(!painted(&[("NO_COLOR", "1")], Auto, Terminal));
        assert!(painted(&[("NO_COLOR", "1")], Always, Terminal));
        assert!(!painted(&[("TERM", "dumb")], Auto, Terminal));
        assert!(painted(&[("CLICOLOR_FORCE", "1")], Auto, Elsewhere));
        assert!(!painted(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], Auto, Terminal));
    }
}
