//! What a verb that talks to vendors works with: the project, its accounts, its state and the gate.

use std::path::PathBuf;
use std::rc::Rc;

use crate::clock::Clock;
use crate::gate::{self, Gate};
use crate::gate::transport::{SEND_MS_MAX, Transport};
use crate::kind::Provider;
use crate::manifest::project::Project;
use crate::problem::Result;
use crate::provider;
use crate::quota::{Entry, Ledger, Quotas};
use crate::state::{SpendEntry, Store};
use crate::timestamp::{DAY_MS, Timestamp};

/// Spends are remembered for this long: a calendar day in any zone and a day to spare.
const SPENDS_MS: i64 = 3 * DAY_MS;

/// Whether what a run spends is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spends {
    /// Before each call: `apply` and whatever else changes something.
    Written,
    /// Only remembered by the run itself: `plan` and `drift` write nothing.
    Remembered,
}

/// What a verb works with.
pub struct Context {
    /// The project's folder.
    pub folder: PathBuf,
    /// The project file.
    pub project: Project,
    /// The time.
    pub clock: Clock,
    /// The recorded side.
    pub store: Rc<dyn Store>,
    /// The way to the vendors.
    pub gate: Gate,
    /// The accounts that the project names.
    pub providers: Rc<[Box<dyn Provider>]>,
}

/// What a context is made of.
pub struct Setup {
    /// The project's folder.
    pub folder: PathBuf,
    /// The project file.
    pub project: Project,
    /// The time.
    pub clock: Clock,
    /// The recorded side.
    pub store: Rc<dyn Store>,
    /// What carries calls.
    pub transport: Rc<dyn Transport>,
    /// Whether spends are written down.
    pub spends: Spends,
    /// How the gate behaves.
    pub gate: gate::Options,
}

impl Context {
    /// Reads what was spent and opens the gate.
    ///
    /// # Errors
    /// The state can not be read.
    pub async fn open(setup: Setup) -> Result<Self> {
        let providers: Rc<[Box<dyn Provider>]> = provider::of(&setup.project).into();
        let ledger = ledger(&*setup.store, &setup.project.quotas, setup.clock.now()).await?;
        let store = match setup.spends {
            Spends::Written => Some(setup.store.clone()),
            Spends::Remembered => None,
        };
        let gate = Gate::new(ledger, setup.transport, setup.clock, providers.clone(), store, setup.gate);
        let Setup { folder, project, clock, store, .. } = setup;
        Ok(Self { folder, project, clock, store, gate, providers })
    }

    /// The accounts, as plain references.
    #[must_use]
    pub fn providers(&self) -> Vec<&dyn Provider> {
        self.providers.iter().map(|provider| &**provider).collect()
    }
}

/// What was spent of the limits, from the state.
///
/// # Errors
/// The state can not be read.
pub async fn ledger(store: &dyn Store, quotas: &Quotas, now: Timestamp) -> Result<Ledger> {
    let mut ledger = Ledger::new(quotas.clone());
    let entry = |spend: SpendEntry| {
        let quota = quotas.find(spend.vendor, &spend.quota)?;
        Some(Entry { quota, subject: spend.subject, sent_at: spend.sent_at, replied_at: spend.replied_at })
    };
    let entries: Vec<Entry> = store.spends(now.plus(-SPENDS_MS)).await?.into_iter().filter_map(entry).collect();
    ledger.restore(&entries, SEND_MS_MAX, now);
    Ok(ledger)
}
