//! Manifests and the project file: from text to [`Desired`], with every problem found on the way.

pub mod desired;
pub mod origins;

pub use desired::{Compiled, Desired};
pub use origins::Origins;
