//! What carries one request to a vendor and brings the reply: HTTP, or the emulator inside the process.

use std::future::Future;
use std::pin::Pin;

use crate::wire::{Broken, Reply, Request};

/// A future that a trait object gives back. Everything runs on one thread.
pub type Wait<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Carries requests. It neither waits for limits nor repeats: that is the gate's.
pub trait Transport {
    /// Sends one request whose headers are complete, and gives its reply or why there is none. Nobody waits for it
    /// longer than [`SEND_MS_MAX`]: then it is dropped.
    fn send<'a>(&'a self, request: &'a Request) -> Wait<'a, Result<Reply, Broken>>;
}

/// The longest that one call may take.
pub const SEND_MS_MAX: i64 = 30_000;
