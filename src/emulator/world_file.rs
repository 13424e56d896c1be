//! Worlds as files: `emulator.yaml`, which people write, and the JSON of a world at rest.
//!
//! The one file that names the YAML reader here. Reading and writing the files themselves is the caller's.

use super::setup::Setup;
use super::world::World;
use super::world::saved::Saved;
use crate::problem::{Problem, Result};

/// What a new `emulator.yaml` may start from: every key once, with what it is for.
pub const EXAMPLE: &str = include_str!("world_file.yaml");

/// Reads an `emulator.yaml`; an empty one is the world of all defaults. `file` is its name in problems.
///
/// # Errors
/// One problem with the line and column that the reader names.
pub fn read_setup(text: &str, file: &str) -> Result<Setup> {
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(Setup::default());
    }
    serde_yaml::from_str(text).map_err(|error| {
        let problem = Problem::error("emulator::world_file", format!("{file} is no emulated world: {error}"));
        problem.help("correct it; `pushform emulator --help` tells what may stand there").into()
    })
}

/// Reads either: a world at rest, or an `emulator.yaml` before its first call.
///
/// # Errors
/// One problem.
pub fn read_world(text: &str, file: &str) -> Result<World> {
    if text.trim_start().starts_with('{') && text.contains("\"memory\"") {
        return read_saved(text, file);
    }
    read_setup(text, file).map(World::new)
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
        let problem = Problem::error("emulator::saved_world", format!("{file} can not be read: {reason}"));
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
