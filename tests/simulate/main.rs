//! The real planner, gate, apply and store against emulated vendors, in one process and on virtual time.
//!
//! Every test here says the same of another course of events: in the end the live side is as declared, nothing else
//! was touched, no limit was passed, and planning again finds nothing to do.

mod clocks;
mod crashes;
mod days;
mod declared;
mod draw;
mod facts;
mod fates;
mod faults;
mod forecast;
mod hardship;
mod laws;
mod meanwhile;
mod others;
mod reads;
mod scenario;
mod seeds;
mod sim;
mod slow;
mod story;
mod switches;
mod turns;
mod watch;
mod windows;
