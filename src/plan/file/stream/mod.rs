//! A plan as `plan -o` saves it: compressed lines of JSON, each written and read by itself.
//!
//! ```text
//! {"stream_version":"1.0","pushform_version":…,"created_at":…,"base":{…},…}     the header
//! {"note":"…"}  {"quota":{…}}  {"forecast":{…}}  …
//! {"texts":["alice_w","e605a0…"]}                     texts, numbered from 3 in the order in which they come
//! {"change":{"of":"getui.alias","name":1,…}}          what changes, in numbers of texts that stand before it
//! {"call":{"write":{"bind_aliases":[[1,1]]},…}}       what is sent: rows, from which requests are made anew
//! {"end":{"texts":…,"changes":…,"cells":…,…}}         counts of all that stands before
//! ```
//!
//! A number is the difference to the last one of the same role (see `numbers.rs`), which compresses well where lists
//! have one order. The lines are one zstd frame; a digest of its bytes stands behind it (see `packed.rs`).

mod lines;
mod numbers;
mod packed;
mod read;
mod reader;
mod write;

pub use packed::{begins_packed, ends_packed};
pub use read::{read, read_to_apply};
pub use write::write;

/// The version of the lines. A file of any later one is refused: what it adds would be missed.
const STREAM_VERSION: &str = "1.0";

/// So many entries of a list stand in one line; more follow in further lines.
const ENTRIES_MAX: usize = 1_000;

/// The longest line that is read, in bytes.
const LINE_BYTES_MAX: usize = 64 << 20;
