//! Throws bytes at JPush's replies. What must hold is in `checks/jpush_reply.rs`.
#![no_main]

#[path = "../checks/mod.rs"]
#[expect(dead_code, reason = "each target uses one of the checks")]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::jpush_reply::holds(bytes));
