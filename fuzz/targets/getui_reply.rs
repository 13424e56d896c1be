//! Throws bytes at Getui's replies. What must hold is in `checks/getui_reply.rs`.
#![no_main]

#[path = "../checks/mod.rs"]
#[expect(dead_code, reason = "each target uses one of the checks")]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::getui_reply::holds(bytes));
