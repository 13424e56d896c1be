//! Manifests and the project file: from text to [`Desired`], with every problem found on the way.
//!
//! Only `load.rs` reads the project's files, and only `sorter.rs` writes a temporary one; what is known only by asking a vendor is not known here.

pub mod checks;
pub mod codes;
pub mod compile;
pub mod csv;
pub mod declaration;
pub mod desired;
pub mod doubtful;
pub mod encoding;
pub mod excerpts;
pub mod findings;
pub mod format;
pub mod fullwidth;
pub mod hiding;
pub mod line_ends;
pub mod line_index;
pub mod load;
pub mod origins;
pub mod project;
pub mod project_env;
pub mod project_reader;
pub mod project_schema;
pub mod project_words;
pub mod quotes;
pub mod records;
pub mod rows;
pub mod schema;
mod schema_text;
pub mod sections;
pub mod sorter;
pub mod source;
pub mod tree;
pub mod url;
pub mod words;
pub mod writer;
pub mod yaml;

pub use declaration::Declaration;
pub use desired::{Compiled, Desired};
pub use load::{Buffers, examine, load_declaration, place_of, read_project, validate};
pub use origins::Origins;
pub use project::{Env, Project};
