//! Opens what a command works with: the project, its state, and the vendors, real or emulated.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::clock::Clock;
use crate::emulator::{LocalVendors, Setup, World, world_file};
use crate::gate;
use crate::gate::http::Http;
use crate::gate::transport::Transport;
use crate::manifest::load;
use crate::manifest::project::{Env, Project, StateLocation};
use crate::ops::Context;
use crate::ops::context::{self, Spends};
use crate::problem::{Problem, Result};
use crate::state::Store;
use crate::state::sqlite::Sqlite;

use super::config;
use super::ui::Ui;

/// Where an emulated world starts from.
const WORLD_SETUP: &str = "emulator.yaml";
/// Where an emulated world is kept.
const WORLD_KEPT: &str = ".pushform/emulated-world.json";
/// The state of emulated runs: never the real one.
const WORLD_STATE: &str = ".pushform/emulated-state.db";

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
    pub const fn of(emulate: bool) -> Self {
        if emulate { Self::Emulated } else { Self::Real }
    }
}

/// A context and, where the vendors are emulated, their world.
pub struct Opened {
    /// What the verbs work with.
    pub context: Context,
    world: Option<(Rc<RefCell<World>>, PathBuf)>,
}

/// Opens a project.
///
/// # Errors
/// Everything wrong with the project file, or a state or world that can not be read.
pub async fn open(
    folder: &Path,
    vendors: Vendors,
    spends: Spends,
    gate: gate::Options,
    ui: &Ui,
) -> Result<Opened> {
    let project = project(folder, vendors, ui)?;
    let store = store(folder, &project, vendors)?;
    let (transport, clock, world): (Rc<dyn Transport>, _, _) = match vendors {
        Vendors::Real => (Rc::new(Http::new(bases(&project))?), Clock::real(), None),
        Vendors::Emulated => {
            let (world, kept) = world(folder)?;
            let clock = emulated_clock(&world);
            let world = Rc::new(RefCell::new(world));
            let app = project.getui.as_ref().map_or("", |getui| &getui.app_id);
            (Rc::new(LocalVendors::new(world.clone(), clock, app)), clock, Some((world, kept)))
        }
    };
    let setup = context::Setup { folder: folder.to_owned(), project, clock, store, transport, spends, gate };
    Ok(Opened { context: Context::open(setup).await?, world })
}

impl Opened {
    /// Writes the emulated world down, if there is one: what was applied to it is there the next time.
    ///
    /// # Errors
    /// The file can not be written.
    pub fn keep_world(&self) -> Result<()> {
        let Some((world, path)) = &self.world else { return Ok(()) };
        world.borrow_mut().set_clock(self.context.clock.now());
        write_whole(path, &world_file::write_saved(&world.borrow()))
    }
}

/// Reads the project file; emulated vendors need no credentials.
///
/// # Errors
/// Everything wrong with it.
pub fn project(folder: &Path, vendors: Vendors, ui: &Ui) -> Result<Project> {
    let source = load::read_project(folder)?;
    let env = match vendors {
        Vendors::Real => Env::Lookup(&config::variable),
        Vendors::Emulated => Env::Ignore,
    };
    let (project, warnings) = Project::read(&source, env)?;
    ui.problems(&warnings);
    Ok(project)
}

/// The state of a project.
///
/// # Errors
/// The project keeps it where this version can not reach.
pub fn store(folder: &Path, project: &Project, vendors: Vendors) -> Result<Rc<dyn Store>> {
    if vendors == Vendors::Emulated {
        return Ok(Rc::new(Sqlite::at(folder.join(WORLD_STATE))));
    }
    match &project.state {
        StateLocation::Sqlite(path) => Ok(Rc::new(Sqlite::at(folder.join(path)))),
        StateLocation::Postgres(_) => {
            let problem = Problem::error("state::postgres", "a state on PostgreSQL is not supported by this version");
            Err(problem.help("use `state: sqlite:.pushform/state.db`").into())
        }
    }
}

/// The time of a command: the machine's, or the emulated world's.
///
/// # Errors
/// The world can not be read.
pub fn clock(folder: &Path, vendors: Vendors) -> Result<Clock> {
    match vendors {
        Vendors::Real => Ok(Clock::real()),
        Vendors::Emulated => world(folder).map(|(world, _)| emulated_clock(&world)),
    }
}

/// Time goes on from where the world was left, or from now if that is later.
fn emulated_clock(world: &World) -> Clock {
    Clock::starting_at(Clock::real().now().max(world.clock()))
}

/// The world as it was left, else as `emulator.yaml` says, else an empty one.
fn world(folder: &Path) -> Result<(World, PathBuf)> {
    let kept = folder.join(WORLD_KEPT);
    if let Some(text) = read_if_there(&kept)? {
        return Ok((world_file::read_saved(&text, WORLD_KEPT)?, kept));
    }
    let setup = match read_if_there(&folder.join(WORLD_SETUP))? {
        Some(text) => world_file::read_setup(&text, WORLD_SETUP)?,
        None => Setup::default(),
    };
    Ok((World::new(setup), kept))
}

/// Reads a text file.
///
/// # Errors
/// It is there and can not be read.
pub fn read_if_there(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(why) => {
            let summary = format!("`{}` can not be read: {why}", path.display());
            Err(Problem::error("cli::unreadable", summary).into())
        }
    }
}

/// Writes a text file as a whole or not at all.
///
/// # Errors
/// It can not be written.
pub fn write_whole(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| tempfile::NamedTempFile::new_in(folder))
        .and_then(|mut file| file.write_all(text.as_bytes()).map(|()| file))
        .and_then(|file| file.persist(path).map_err(|why| why.error));
    written.map(drop).map_err(|why| {
        Problem::error("cli::unwritable", format!("`{}` can not be written: {why}", path.display())).into()
    })
}

/// The accounts' base addresses, by vendor.
fn bases(project: &Project) -> Vec<(crate::wire::Vendor, String)> {
    project.bases()
}
