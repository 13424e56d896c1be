//! Throws bytes at project files. What must hold is in `checks/project.rs`.
#![no_main]

#[path = "../checks/mod.rs"]
#[expect(dead_code, reason = "each target uses one of the checks")]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::project::holds(bytes));
