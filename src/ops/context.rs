//! What a verb that talks to vendors works with: the project, its accounts, its state and the gate.

use std::path::PathBuf;
use std::rc::Rc;

use crate::clock::Clock;
use crate::gate::transport::Transport;
use crate::gate::{self, Gate};
use crate::kind::Provider;
use crate::manifest::project::Project;
use crate::problem::{Problems, Result};
use crate::provider;
use crate::state::Store;

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
    /// What is strange about what was spent so far.
    pub warnings: Problems,
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
    /// How the gate behaves.
    pub gate: gate::Options,
}

impl Context {
    /// Reads what was spent and opens the gate.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn open(setup: Setup) -> Result<Self> {
        let providers: Rc<[Box<dyn Provider>]> = provider::of(&setup.project).into();
        let quotas = setup.project.quotas.clone();
        let mut books = gate::remembered(&*setup.store, quotas, setup.clock.now()).await?;
        let warnings = std::mem::take(&mut books.warnings);
        // Reading spends from the same limits as writing, so it is written down by every command.
        let store = Some(setup.store.clone());
        let gate = Gate::new(books, setup.transport, setup.clock, providers.clone(), store, setup.gate);
        let Setup { folder, project, clock, store, .. } = setup;
        Ok(Self { folder, project, clock, store, gate, providers, warnings })
    }

    /// Ends the sessions and writes down when the last replies came. Best effort: whatever the run did is done.
    pub async fn close(&self) {
        self.gate.close().await;
        // Replies that are not written down count from their time-outs: quota is wasted, never overspent.
        drop(self.gate.flush().await);
    }

    /// The accounts, as plain references.
    #[must_use]
    pub fn providers(&self) -> Vec<&dyn Provider> {
        self.providers.iter().map(|provider| &**provider).collect()
    }
}
