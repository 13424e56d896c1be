//! Throws bytes at worlds of the emulator. What must hold is in `checks/world.rs`.
#![no_main]

#[path = "../checks/mod.rs"]
#[expect(dead_code, reason = "each target uses one of the checks")]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::world::holds(bytes));
