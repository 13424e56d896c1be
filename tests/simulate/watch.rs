//! Stands between the client and the vendors and notes what leaves in which order. It changes nothing.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use crate::others::OTHER_TAGS;
use pushform::clock::Clock;
use pushform::emulator::{LocalVendors, World};
use pushform::gate::transport::{Transport, Wait};
use pushform::timestamp::Timestamp;
use pushform::wire::{Broken, Method, Reply, Request};

/// Something that changes a world.
type Change = Box<dyn FnOnce(&mut World, Timestamp)>;

/// What others do at the moment at which a call leaves.
pub struct Meanwhile {
    /// The call: its method, and a piece of its path.
    pub at: (Method, &'static str),
    /// How many such calls leave before.
    pub after: u32,
    /// What they do.
    pub change: Change,
}

/// What was noted.
#[derive(Default)]
pub struct Watch {
    /// What others do meanwhile.
    pub meanwhile: RefCell<Vec<Meanwhile>>,
    /// Who has to be on the blacklist before any tag is touched.
    pub silent: RefCell<BTreeSet<String>>,
    /// Tag calls that left although somebody of those was not, and nobody had asked for it yet.
    pub too_early: RefCell<Vec<String>>,
    /// When the last call of a plan was taken.
    pub last_done: Cell<Timestamp>,
    /// What others do right before a call arrives.
    pub others: RefCell<Option<Others>>,
    asked: RefCell<BTreeSet<String>>,
}

/// Is told of every call before it leaves, and may change the world.
pub type Others = Box<dyn FnMut(&Request, &mut World)>;

impl Watch {
    /// Lets somebody change something when such a call leaves, after so many that leave before.
    pub fn meanwhile(
        &self,
        at: (Method, &'static str),
        after: u32,
        change: impl FnOnce(&mut World, Timestamp) + 'static,
    ) {
        self.meanwhile.borrow_mut().push(Meanwhile { at, after, change: Box::new(change) });
    }

    fn happen(&self, request: &Request, world: &RefCell<World>, now: Timestamp) {
        let mut all = self.meanwhile.borrow_mut();
        let fits = |one: &Meanwhile| one.at.0 == request.method && request.path.contains(one.at.1);
        let (due, rest): (Vec<Meanwhile>, Vec<Meanwhile>) =
            all.drain(..).partition(|one| fits(one) && one.after == 0);
        *all = rest;
        all.iter_mut().filter(|one| fits(one)).for_each(|one| one.after -= 1);
        due.into_iter().for_each(|one| (one.change)(&mut world.borrow_mut(), now));
    }

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
        let is_ours = !path.contains(OTHER_TAGS) && !body.contains(OTHER_TAGS);
        if path.starts_with("/user/custom_tag") && *method != Method::Get && is_ours {
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
    pub clock: Clock,
    pub watch: std::rc::Rc<Watch>,
}

impl Transport for Watched {
    fn send<'a>(&'a self, request: &'a Request) -> Wait<'a, Result<Reply, Broken>> {
        let is_blocked = |user: &str| self.vendors.world().borrow().is_blacklisted(user);
        self.watch.note(request, is_blocked);
        self.watch.happen(request, self.vendors.world(), self.clock.now());
        if let Some(others) = self.watch.others.borrow_mut().as_mut() {
            others(request, &mut self.vendors.world().borrow_mut());
        }
        self.vendors.send(request)
    }
}
