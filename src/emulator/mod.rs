//! Both vendors as one pure transition: their documents, read a second time and written down as a machine.
//!
//! [`World::handle`] takes a request and the time and gives the outcome. A world knows every endpoint, limit and
//! error of the documents, a [switch](switches) for every point on which they are silent, and scripted
//! [faults](fault); it counts what its clients do [wrong](violation). The same world runs inside a test on
//! virtual time, inside the process ([`LocalVendors`]) and on a loopback port ([`server`]).
//!
//! It shares no code with what it judges, or both would be wrong alike: it uses the words, `wire`, the clock and
//! the transport trait. It does not push, and it knows of the vendors' other APIs only that pushes spend JPush's
//! bucket. Of `region` in counts it knows equality alone: the vendor's list of codes is not part of the document.

pub mod switches;
pub mod throttle;
pub mod fault;
pub mod setup;
pub mod violation;
pub mod endpoint;
pub mod civil;
mod body;
pub mod world;
mod getui;
mod jpush;
pub mod world_file;
#[cfg(test)]
mod testing;
pub mod local;
pub mod server;

pub use endpoint::Endpoint;
pub use fault::{Action, Fault};
pub use local::LocalVendors;
pub use setup::Setup;
pub use switches::Switches;
pub use violation::{Sort, Violation};
pub use world::{End, Incoming, Outcome, World};
