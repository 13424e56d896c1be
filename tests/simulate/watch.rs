//! Stands between the client and the vendors and notes what leaves in which order. It changes nothing.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use pushform::emulator::LocalVendors;
use pushform::gate::transport::{Transport, Wait};
use pushform::timestamp::Timestamp;
use pushform::wire::{Broken, Method, Reply, Request};

/// What was noted.
#[derive(Default)]
pub struct Watch {
    /// Who has to be on the blacklist before any tag is touched.
    pub silent: RefCell<BTreeSet<String>>,
    /// Tag calls that left although somebody of those was not, and nobody had asked for it yet.
    pub too_early: RefCell<Vec<String>>,
    /// When the last call of a plan was taken.
    pub last_done: Cell<Timestamp>,
    asked: RefCell<BTreeSet<String>>,
}

impl Watch {
    /// A run begins: these have to be on the blacklist, whatever earlier runs asked for.
    pub fn begin(&self, silent: BTreeSet<String>) {
        self.silent.replace(silent);
        self.asked.take();
    }

    fn note(&self, request: &Request, is_blocked: impl Fn(&str) -> bool) {
        let Request { path, method, body, .. } = request;
        let body = body.as_deref().unwrap_or_default();
        let silent = self.silent.borrow();
        if path.starts_with("/user/black/") && *method == Method::Post {
            self.asked.borrow_mut().extend(silent.iter().filter(|user| path.contains(*user)).cloned());
        }
        if path.starts_with("/user/custom_tag") && *method != Method::Get {
            let asked = self.asked.borrow();
            let open = silent.iter().find(|user| !is_blocked(user) && !asked.contains(*user));
            let early = open.map(|user| format!("{} {path} {body} before {user} is silent", method.word()));
            self.too_early.borrow_mut().extend(early);
        }
    }
}

/// The vendors, watched.
pub struct Watched {
    pub vendors: LocalVendors,
    pub watch: std::rc::Rc<Watch>,
}

impl Transport for Watched {
    fn send<'a>(&'a self, request: &'a Request) -> Wait<'a, Result<Reply, Broken>> {
        let is_blocked = |user: &str| self.vendors.world().borrow().is_blacklisted(user);
        self.watch.note(request, is_blocked);
        self.vendors.send(request)
    }
}
