//! Opens what a command works with: the project, its state, and the vendors, real or emulated.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::rc::Rc;

use crate::clock::Clock;
use crate::emulator::{LocalVendors, Setup, World, world_file};
use crate::gate;
use crate::gate::transport::Transport;
use crate::manifest::project::{ProjectSource, StateLocation};
use crate::manifest::source::Source;
use crate::manifest::{Env, Project, read_project};
use crate::ops::Context;
use crate::ops::context;
use crate::plan::file::{self, Accounts, Document};
use crate::problem::{Failure, Problem, Problems, Result};
use crate::provider;
use crate::render::{Mask, masked, text};
use crate::state::Store;
use crate::state::postgres::{Postgres, Time};
use crate::state::sqlite::Sqlite;
use crate::wire::Vendor;

use super::args::Emulate;
use super::config::Config;
use super::files::{self, read_if_there};
use super::secret_file;
use super::signals::{self, asked_to_stop};
use super::ui::Ui;

/// Where an emulated world starts from.
pub const WORLD_SETUP: &str = "emulator.yaml";
/// Where an emulated world is kept.
pub const WORLD_KEPT: &str = ".pushform/emulated-world.json";
/// The state of emulated runs: never the real one.
pub const WORLD_STATE: &str = ".pushform/emulated-state.db";

/// Which vendors are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendors {
    /// Those of the project file.
    Real,
    /// Emulated ones inside the process.
    Emulated,
}

impl Vendors {
    /// As the option says.
    #[must_use]
    pub const fn of(emulate: &Emulate) -> Self {
        if emulate.emulate { Self::Emulated } else { Self::Real }
    }
}

/// A context and, where the vendors are emulated, their world.
pub struct Opened {
    /// What the verbs work with.
    pub context: Context,
    /// How the command talks, in the project's time zone.
    pub ui: Ui,
    world: Option<Rc<RefCell<World>>>,
}

/// Opens a project.
///
/// # Errors
/// Everything wrong with the project file, or a state or world that cannot be read.
pub async fn open(vendors: Vendors, gate: gate::Options, config: &Config, ui: &Ui) -> Result<Opened> {
    open_until(vendors, None, gate, config, ui).await
}

/// Opens a project whose calls leave within so many milliseconds from now.
///
/// # Errors
/// As [`open`].
pub async fn open_until(
    vendors: Vendors,
    until_ms: Option<i64>,
    mut gate: gate::Options,
    config: &Config,
    ui: &Ui,
) -> Result<Opened> {
    let project = project(vendors, Some(config), ui)?;
    let ui = ui.in_zone(project.zone());
    let store = store(&project, vendors, &ui)?;
    let (transport, clock, world): (Rc<dyn Transport>, _, _) = match vendors {
        Vendors::Real => {
            let proxy = config.proxy().map(|(variable, address)| gate::Proxy::new(variable, &address));
            (Rc::new(gate::Http::new(&project.bases())?.through(proxy)), Clock::real(), None)
        }
        Vendors::Emulated => {
            ui.say("The vendors are emulated: no call leaves this machine.");
            let world = world(&ui.folder)?;
            let clock = emulated_clock(&world);
            let world = Rc::new(RefCell::new(world));
            let app = project.getui.as_ref().map_or("", |getui| &getui.app_id);
            (Rc::new(LocalVendors::new(world.clone(), clock, app)), clock, Some(world))
        }
    };
    gate.until = until_ms.map(|ms| clock.now().plus(ms));
    gate.seed = u64::try_from(clock.now().0).unwrap_or(0);
    let setup = context::Setup { folder: ui.folder.clone(), project, clock, store, transport, gate };
    let context = signals::until_asked(Context::open(setup)).await?;
    ui.problems(&context.warnings);
    Ok(Opened { context, ui, world })
}

impl Opened {
    /// Writes the emulated world down, if there is one: what was applied to it is there the next time.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep_world(&self) -> Result<()> {
        let Some(world) = &self.world else { return Ok(()) };
        world.borrow_mut().pass_to(self.context.clock.now());
        files::write(&self.ui.path(WORLD_KEPT), &world_file::write_saved(&world.borrow()))
    }

    /// Ends the run at the vendors: after everything was shown, so that nobody waits for it to read.
    pub async fn close(&self) {
        self.context.close().await;
    }

    /// Who says how calls look and what they spend.
    pub fn with_accounts<T>(&self, work: impl FnOnce(Accounts<'_>) -> T) -> T {
        work(Accounts { providers: &self.context.providers(), quotas: &self.context.project.quotas })
    }

    /// Runs to the end; once somebody asks to stop, calls under way end and nothing further goes.
    ///
    /// # Errors
    /// What the work ends with.
    pub async fn interruptible<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut work = std::pin::pin!(work);
        tokio::select! {
            done = &mut work => {
                if done.is_err() {
                    self.close().await;
                }
                return done;
            }
            () = asked_to_stop() => self.context.gate.interrupt(),
        }
        self.ui.say(&format!(
            "Interrupt received: calls under way may end within {}, nothing further is sent.",
            text::duration(gate::GRACE_MS)
        ));
        match self.context.clock.within_ms(signals::WORK_ENDS_MS, work).await {
            Some(ended) => ended.map_err(|mut problems| {
                problems.failure = Failure::Interrupted;
                problems
            }),
            None => Err(self.left_behind()),
        }
    }

    /// The work was asked to stop, and waits for something that does not come.
    fn left_behind(&self) -> Problems {
        let wait = text::duration(signals::WORK_ENDS_MS);
        let mut problems =
            signals::interrupted(&format!("interrupted: what was under way did not end within {wait}"));
        let help = "run the same command again: calls that have no outcome are looked up first; a lock that is left \
                    ends by itself within a minute";
        problems.extend(
            Problem::warning("cli::left_behind", "some of it may have no outcome yet").help(help).into(),
        );
        problems
    }
}

/// Whether the project wants aliases and ids hidden in everything shown. Looked at before anything else is, so that
/// what is wrong with the project is told under the mask too. A project file that cannot be read may want it.
#[must_use]
pub fn masks(folder: &Path) -> bool {
    let is_there = folder.join(crate::manifest::project::FILE).exists();
    is_there && read_project(folder).map_or(true, |source| Project::wants_mask(&source))
}

/// Reads the project file; without surroundings, and with emulated vendors, no variable is looked up.
///
/// # Errors
/// Everything wrong with it.
pub fn project(vendors: Vendors, config: Option<&Config>, ui: &Ui) -> Result<Project> {
    let source = read_project(&ui.folder)?;
    let unread = RefCell::new(Problems::new());
    let lookup = |name: &str| config.and_then(|config| secret_file::variable(name, config, &unread));
    let env = match (vendors, config) {
        (Vendors::Real, Some(_)) => Env::Lookup(&lookup),
        (Vendors::Real | Vendors::Emulated, _) => Env::Ignore,
    };
    let read = Project::read(&source, env);
    let unread = unread.into_inner();
    if unread.has_errors() {
        return Err(unread);
    }
    let (project, warnings) = read?;
    ui.problems(&warnings);
    Ok(project)
}

/// What people call the project: the name of its folder; empty where that has none.
#[must_use]
pub fn project_name(ui: &Ui) -> String {
    let folder = std::fs::canonicalize(&ui.folder).unwrap_or_else(|_| ui.folder.clone());
    folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The project of a folder without a word about what is wrong with it; no variable is looked up.
#[must_use]
pub fn project_quietly(ui: &Ui) -> Option<Project> {
    let source = read_project(&ui.folder).ok()?;
    Project::read(&source, Env::Ignore).ok().map(|(project, _)| project)
}

/// The project of a folder, or one that has both accounts: to show a plan away from where it was made.
///
/// # Errors
/// Everything wrong with the project file, if there is one.
pub fn project_to_show(ui: &Ui) -> Result<Project> {
    if ui.path(crate::manifest::project::FILE).exists() {
        return project(Vendors::Emulated, None, ui);
    }
    let source =
        Source::new(crate::manifest::project::FILE, include_str!("templates/pushform.yaml").to_owned());
    Project::read(&ProjectSource { source, folder: ui.folder.clone() }, Env::Ignore)
        .map(|(project, _)| project)
}

/// Writes a plan as JSON under a mask, part by part.
///
/// # Errors
/// When `out` takes no more.
pub fn write_plan<'a>(
    plan: impl Into<Document<'a>>,
    accounts: Accounts<'_>,
    mask: &Mask,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    if mask.hides() { masked::plan(plan, accounts, mask, out) } else { file::to_json(plan, accounts, out) }
}

/// Reads the project file for what only looks into the state: of all variables those of its place are looked up.
///
/// # Errors
/// Everything wrong with it.
pub fn project_with_state(vendors: Vendors, config: &Config, ui: &Ui) -> Result<Project> {
    let source = read_project(&ui.folder)?;
    let lookup = |name: &str| config.variable(name);
    let env = match vendors {
        Vendors::Real => Env::StateOnly(&lookup),
        Vendors::Emulated => Env::Ignore,
    };
    let (project, warnings) = Project::read(&source, env)?;
    ui.problems(&warnings);
    Ok(project)
}

/// The state of a project.
///
/// # Errors
/// The address of a database is wrong.
pub fn store(project: &Project, vendors: Vendors, ui: &Ui) -> Result<Rc<dyn Store>> {
    store_of(project, vendors, accounts(project), ui)
}

/// The accounts of a project.
#[must_use]
pub fn accounts(project: &Project) -> BTreeMap<Vendor, String> {
    provider::of(project).iter().map(|provider| (provider.vendor(), provider.account())).collect()
}

/// The accounts that the project names with the variables that are set; credentials are not needed for it.
#[must_use]
pub fn accounts_named(config: &Config, ui: &Ui) -> BTreeMap<Vendor, String> {
    let named = |stand_in: &str| {
        let lookup = |name: &str| config.variable(name).or_else(|| Some(stand_in.to_owned()));
        let source = read_project(&ui.folder);
        let read = source.and_then(|source| Project::read(&source, Env::Lookup(&lookup)));
        read.map_or_else(|_| BTreeMap::new(), |(project, _)| accounts(&project))
    };
    // What hangs on a variable that is not set is another account with another text in its place.
    let (mut accounts, others) = (named("a"), named("b"));
    accounts.retain(|vendor, account| others.get(vendor) == Some(account));
    accounts
}

/// The state of a project whose runs spend what these accounts have.
///
/// # Errors
/// As [`store`].
pub fn store_of(
    project: &Project,
    vendors: Vendors,
    accounts: BTreeMap<Vendor, String>,
    ui: &Ui,
) -> Result<Rc<dyn Store>> {
    if vendors == Vendors::Emulated {
        return Ok(Rc::new(file(&ui.path(WORLD_STATE), ui)));
    }
    match &project.state {
        StateLocation::Sqlite(path) => Ok(Rc::new(file(path, ui))),
        StateLocation::Postgres(url) => {
            Ok(Rc::new(Postgres::open(url, accounts, Time::Server(Clock::real()))?))
        }
    }
}

/// The state in a file; where bringing it to a new format takes long, that is said.
#[must_use]
pub fn file(path: &Path, ui: &Ui) -> Sqlite {
    let ui = ui.clone();
    Sqlite::open(path).saying(move |what| ui.say(what))
}

/// The time of a command: the machine's, or the emulated world's.
///
/// # Errors
/// The world cannot be read.
pub fn clock(vendors: Vendors, ui: &Ui) -> Result<Clock> {
    match vendors {
        Vendors::Real => Ok(Clock::real()),
        Vendors::Emulated => world(&ui.folder).map(|world| emulated_clock(&world)),
    }
}

/// Time goes on from where the world was left, or from now if that is later.
fn emulated_clock(world: &World) -> Clock {
    Clock::starting_at(Clock::real().now().max(world.now()))
}

/// The world as it was left, else as `emulator.yaml` says, else an empty one.
fn world(folder: &Path) -> Result<World> {
    let setup = match read_if_there(&folder.join(WORLD_SETUP))? {
        Some(text) => world_file::read_setup(&text, WORLD_SETUP)?,
        None => Setup::default(),
    };
    world_file::resume(setup, read_if_there(&folder.join(WORLD_KEPT))?.as_deref(), WORLD_KEPT)
}
