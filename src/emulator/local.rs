//! Both vendors inside the process: a transport that asks a world instead of the network.
//!
//! It carries as the network would: a request is under way for a part of the world's latency, its reply for the
//! rest, and both may get lost. It changes nothing of either.

use std::cell::RefCell;
use std::rc::Rc;

use super::world::{End, Incoming, World};
use crate::clock::Clock;
use crate::gate::transport::{SEND_MS_MAX, Transport, Wait};
use crate::wire::{Broken, HeaderValue, Reply, Request, Vendor};

/// The media type that the client puts onto every body.
const JSON: &str = "application/json;charset=utf-8";

/// The transport to a world.
#[derive(Clone)]
pub struct LocalVendors {
    world: Rc<RefCell<World>>,
    clock: Clock,
    getui_base: String,
}

impl LocalVendors {
    /// The vendors of `world`; `app_id` is the Getui app that clients call.
    #[must_use]
    pub fn new(world: Rc<RefCell<World>>, clock: Clock, app_id: &str) -> Self {
        Self { world, clock, getui_base: format!("/v2/{app_id}") }
    }

    /// The world, to look into or to change; nobody holds it while a call is under way.
    #[must_use]
    pub const fn world(&self) -> &Rc<RefCell<World>> {
        &self.world
    }

    fn incoming(&self, request: &Request) -> Incoming {
        // Every body of a client is JSON and is sent as such; see `Request::headers`.
        let json = request.body.is_some().then(|| ("content-type".to_owned(), JSON.to_owned()));
        let value = |value: &HeaderValue| match value {
            HeaderValue::Plain(text) => text.clone(),
            HeaderValue::Secret(secret) => secret.reveal().to_owned(),
        };
        Incoming {
            method: request.method,
            path: match request.vendor {
                Vendor::Getui => format!("{}{}", self.getui_base, request.path),
                Vendor::Jpush => request.path.clone(),
            },
            headers: request
                .headers
                .iter()
                .map(|(name, text)| ((*name).to_owned(), value(text)))
                .chain(json)
                .collect(),
            body: request.body.clone().unwrap_or_default().into_bytes(),
        }
    }

    async fn carry(&self, request: &Request) -> Result<Reply, Broken> {
        let incoming = self.incoming(request);
        let travel = self.world.borrow_mut().travel(&incoming);
        self.wait(travel.there_ms).await;
        let outcome = self.world.borrow_mut().handle(&incoming, self.clock.now());
        self.wait(outcome.delay_ms.saturating_add(travel.back_ms)).await;
        match outcome.end {
            End::Reply(reply) => Ok(reply),
            End::Refused => Err(Broken::NotSent("connection refused".to_owned())),
            End::CutBefore | End::CutAfter => Err(Broken::NoReply("connection reset by peer".to_owned())),
        }
    }

    /// A wait of no time is none: a timer would cost a millisecond.
    async fn wait(&self, ms: i64) {
        if ms > 0 {
            self.clock.sleep_ms(ms).await;
        }
    }
}

impl Transport for LocalVendors {
    fn send<'a>(&'a self, request: &'a Request) -> Wait<'a, Result<Reply, Broken>> {
        Box::pin(async move {
            let carried = self.clock.within_ms(SEND_MS_MAX, self.carry(request)).await;
            carried.unwrap_or_else(|| Err(Broken::NoReply("no reply in time".to_owned())))
        })
    }
}

#[cfg(test)]
mod tests;
