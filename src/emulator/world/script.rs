//! What a fault makes of a call, and what comes of one that is no endpoint's.

use super::sessions::Standing;
use super::{Call, End, Incoming, Outcome, World};
use crate::emulator::endpoint::Endpoint;
use crate::emulator::fault::{Action, Fault};
use crate::emulator::violation::{Sort, Violation};
use crate::emulator::{getui, jpush};
use crate::wire::{Reply, Vendor};

impl World {
    pub(super) fn struck(&mut self, call: &Call, fault: &Fault) -> End {
        match fault.action {
            Action::Slow | Action::Late => End::Reply(self.carry_out(call)),
            Action::Refuse => End::Refused,
            Action::CutBefore => End::CutBefore,
            Action::CutAfter => {
                self.carry_out(call);
                End::CutAfter
            }
            Action::Status | Action::Garbage | Action::Empty => {
                if fault.carried_out {
                    self.carry_out(call);
                }
                End::Reply(broken(fault))
            }
            Action::TokenGone => {
                if let Some(token) = call.header("token") {
                    self.sessions.end(token, Standing::Lost);
                }
                End::Reply(self.carry_out(call))
            }
            Action::OverLimit => match call.endpoint {
                Endpoint::Getui(_) => End::Reply(getui::refusal(401, 10005, "calls per minute over limit")),
                Endpoint::Jpush(_) => {
                    End::Reply(jpush::refusal(&self.rules, 429, 2002, "Rate limit exceeded"))
                }
            },
            Action::Code => {
                let (status, code) = (fault.status.unwrap_or(403), fault.code.unwrap_or(30019));
                let msg = fault.msg.as_deref().unwrap_or("system busy");
                match call.endpoint {
                    Endpoint::Getui(_) => End::Reply(getui::refusal(status, code, msg)),
                    Endpoint::Jpush(_) => End::Reply(jpush::refusal(&self.rules, status, code, msg)),
                }
            }
        }
    }

    pub(super) fn stray_of(&mut self, request: &Incoming, vendor: Vendor, status: u16) -> Outcome {
        self.stray(request.method.word(), &request.path, vendor, status)
    }

    pub(super) fn stray(&mut self, method: &str, path: &str, vendor: Vendor, status: u16) -> Outcome {
        let detail = format!("{status}, {}", if status == 405 { "another method" } else { "no such path" });
        let endpoint = format!("{method} {}", path.split('?').next().unwrap_or_default());
        self.violations.push(Violation { at: self.now, sort: Sort::UnknownEndpoint, endpoint, detail });
        let reply = match vendor {
            Vendor::Getui => getui::refusal(status, i64::from(status), "no such endpoint"),
            Vendor::Jpush => jpush::refusal(&self.rules, status, i64::from(status), "no such endpoint"),
        };
        Outcome { delay_ms: 0, end: End::Reply(reply) }
    }
}

/// What a proxy between the vendor and the client sends when it does not know what to say.
fn broken(fault: &Fault) -> Reply {
    let page =
        "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
    let html = |status| Reply {
        status,
        headers: vec![("content-type".to_owned(), "text/html".to_owned())],
        body: page.as_bytes().to_vec(),
    };
    match fault.action {
        Action::Status => html(fault.status.unwrap_or(502)),
        Action::Empty => Reply { status: 200, headers: Vec::new(), body: Vec::new() },
        Action::Garbage
        | Action::Slow
        | Action::Late
        | Action::Refuse
        | Action::CutBefore
        | Action::CutAfter
        | Action::TokenGone
        | Action::OverLimit
        | Action::Code => html(200),
    }
}
