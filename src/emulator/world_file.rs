//! Worlds as files: `emulator.yaml`, which people write, and the JSON of a world at rest.
//!
//! Reading and writing the files themselves is the caller's.

mod check;
mod reader;
pub mod schema;

use serde::Deserialize;
use serde::de::IgnoredAny;

use self::check::{Spot, Step, Wrong};
use super::fault::Fault;
use super::setup::Setup;
use super::world::World;
use super::world::saved::Saved;
use crate::manifest::source::Source;
use crate::manifest::tree::At;
use crate::manifest::yaml;
use crate::problem::{Place, Problem, Problems, Result};

/// What a new `emulator.yaml` may start from: every key once, with what it is for.
pub const EXAMPLE: &str = include_str!("world_file.yaml");

/// What to do where a fault says nothing of its own.
const HELP: &str = "`pushform schema world` prints what may stand in the file";

/// Reads an `emulator.yaml`; an empty one is the world of all defaults. `file` is its name in problems.
///
/// # Errors
/// What cannot be read, keys that nobody knows, and everything that no vendor can hold, each with its place.
pub fn read_setup(text: &str, file: &str) -> Result<Setup> {
    let source = Source::new(file, text.to_owned());
    let mut problems = Problems::new();
    let tree = yaml::parse(&source, &mut problems);
    let mut documents = tree.documents();
    let (first, second) = (documents.next(), documents.next());
    if let Some(second) = second {
        let problem =
            Problem::error("emulator::world_file", "a world is one document, and this is a second one");
        problems.push(problem.at(second.place(), "here").help("put everything into one document"));
    }
    if problems.has_errors() {
        return Err(problems);
    }
    let Some(root) = first else { return Ok(Setup::default()) };
    let setup: Setup = reader::read(root).map_err(reader::Fault::problem)?;
    for wrong in check::check(&setup) {
        problems.push(problem(root, wrong));
    }
    if problems.has_errors() { Err(problems) } else { Ok(setup) }
}

fn problem(root: At, wrong: Wrong) -> Problem {
    let place = place(root, &wrong.path, wrong.spot);
    Problem::error("emulator::world_file", wrong.summary).at(place, "here").help(wrong.help)
}

/// The place of a path: of its last key or of what stands behind it, and where it ends early, of what there is.
fn place(root: At, path: &[Step], spot: Spot) -> Place {
    let (mut node, mut key) = (root, None);
    for step in path {
        let found = match step {
            Step::Key(name) => {
                node.entries().find(|(key, _)| key.text() == name).map(|(key, value)| (Some(key), value))
            }
            Step::Entry(number) => node.items().nth(*number).map(|item| (None, item)),
            Step::Text(text) => node.items().find(|item| item.text() == text).map(|item| (None, item)),
        };
        let Some(found) = found else { break };
        (key, node) = found;
    }
    match (spot, key) {
        (Spot::Key, Some(key)) => key.place(),
        (Spot::Key | Spot::Value, _) => node.place(),
    }
}

/// Reads one line of a script of faults, as JSON.
///
/// # Errors
/// A sentence.
pub fn read_fault(text: &str) -> std::result::Result<Fault, String> {
    let fault: Fault = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match check::fault_faults(&fault).into_iter().next() {
        Some(wrong) => Err(format!("{}: {}; {}", wrong.key, wrong.summary, wrong.help)),
        None => Ok(fault),
    }
}

/// Reads either: a world at rest, or an `emulator.yaml` before its first call.
///
/// # Errors
/// As [`read_saved`] or [`read_setup`].
pub fn read_world(text: &str, file: &str) -> Result<World> {
    if is_saved(text) { read_saved(text, file) } else { read_setup(text, file).map(World::new) }
}

/// Whether a text is a world at rest, be it one of another version: JSON with a memory.
fn is_saved(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Marks {
        #[serde(rename = "version")]
        _version: IgnoredAny,
        #[serde(rename = "memory")]
        _memory: IgnoredAny,
    }
    serde_json::from_str::<Marks>(text).is_ok()
}

/// The world of a setup, or the one at rest under the setup's rules: what a project folder holds.
///
/// # Errors
/// One problem when the file is broken or of another version.
pub fn resume(setup: Setup, saved: Option<&str>, file: &str) -> Result<World> {
    let Some(text) = saved else { return Ok(World::new(setup)) };
    let mut world = read_saved(text, file)?;
    world.set_rules(setup);
    Ok(world)
}

/// Reads a world at rest.
///
/// # Errors
/// One problem when the file is broken or of another version.
pub fn read_saved(text: &str, file: &str) -> Result<World> {
    let saved = serde_json::from_str::<Saved>(text).map_err(|error| error.to_string()).and_then(World::load);
    saved.map_err(|reason| {
        let problem = Problem::error("emulator::saved_world", format!("{file} cannot be read: {reason}"));
        problem.help("delete it to start again from emulator.yaml").into()
    })
}

/// Writes a world at rest; the same world always gives the same text.
///
/// # Panics
/// Never: everything in a world has a JSON form.
#[must_use]
pub fn write_saved(world: &World) -> String {
    let mut text = serde_json::to_string(&world.save()).expect("a world has a JSON form");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
