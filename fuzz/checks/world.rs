//! Any bytes as an `emulator.yaml`: what is wrong can be shown, and a world that is taken comes back as it was saved.

use pushform::emulator::World;
use pushform::emulator::world_file::{read_fault, read_saved, read_setup, read_world, write_saved};

use super::common::can_be_shown;

/// More users than this take a moment each time.
const USERS_MAX: u32 = 5_000;

/// Reads the bytes as a world before its first call, as one at rest, and as a line of a script.
pub fn holds(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    drop(read_fault(&text));
    if let Err(problems) = read_saved(&text, "world.json") {
        can_be_shown(&problems);
    }
    match read_setup(&text, "emulator.yaml") {
        Ok(setup) => {
            let users: u32 = setup.getui.many.iter().fold(0, |sum, many| sum.saturating_add(many.count));
            if users <= USERS_MAX {
                comes_back(&World::new(setup));
            }
        }
        Err(problems) => {
            assert!(problems.has_errors(), "a world is refused without a reason");
            let has_place = |problem: &pushform::problem::Problem| !problem.labels.is_empty();
            assert!(problems.list().iter().all(has_place), "a fault without a place: {problems:?}");
            can_be_shown(&problems);
        }
    }
}

fn comes_back(world: &World) {
    let saved = write_saved(world);
    let again = read_world(&saved, "world.json").unwrap_or_else(|why| panic!("{why:?}\n{saved}"));
    assert_eq!(write_saved(&again), saved, "what was read is what was written");
}
