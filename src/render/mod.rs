//! Showing: data in, text out.
//!
//! No I/O, no clock, nothing remembered from one output to the next. A plan becomes a neutral [`view`], which
//! the terminal, Markdown and HTML each write in their way. What is printed where is `cli/ui.rs`'s.

pub mod text;
pub mod host;
pub mod look;
pub mod mask;
pub mod masked;
pub mod problem;
pub mod rows;
pub mod waits;
pub mod view;
pub mod groups;
pub mod terminal;
pub mod choice;
pub mod talk;
pub mod diagnostics;
pub mod drift;
pub mod annotations;
pub mod difference;
pub mod json;
pub mod markdown;
pub mod html;
pub mod applied;
pub mod quota;
pub mod state;
pub mod user;
#[cfg(test)]
pub(crate) mod sample;

pub use look::{Look, Paint, Tone};
pub use mask::Mask;
