//! Throws bytes at saved plans. What must hold is in `checks/saved_plan.rs`.
#![no_main]

#[path = "../checks/mod.rs"]
#[expect(dead_code, reason = "each target uses one of the checks")]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::saved_plan::holds(bytes));
