//! Any text as a count expression: conditions that can be asked, or problems that can be shown.

use pushform::provider::count::{EXPRESSION_BYTES_MAX, parse, request};

use super::common::{can_be_shown, stays_in_its_place};

/// Reads the bytes as an expression.
pub fn holds(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match parse(&text) {
        Ok(conditions) => {
            assert!(text.len() <= EXPRESSION_BYTES_MAX, "an expression of {} bytes was read", text.len());
            assert!(
                conditions
                    .iter()
                    .all(|one| !one.values.is_empty() && one.values.iter().all(|value| !value.is_empty())),
                "{conditions:?}"
            );
            stays_in_its_place(&request(&conditions));
        }
        Err(problems) => {
            assert!(problems.has_errors(), "refused without a reason");
            can_be_shown(&problems);
        }
    }
}
