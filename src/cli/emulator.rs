//! `emulator`: both vendors, emulated, on a loopback port.

use super::args;
use super::exit::Outcome;
use super::open::{asked_to_stop, read_if_there};
use super::ui::Ui;
use crate::clock::Clock;
use crate::emulator::{Setup, World, server, world_file};
use crate::problem::{Problem, Problems, Result};

/// Serves until somebody asks to stop.
pub(super) async fn run(args: &args::Emulator, ui: &Ui) -> Result<Outcome> {
    let mut setup = setup(args)?;
    setup.unlimited |= args.unlimited;
    for switch in &args.switches {
        setup.switches.set(switch).map_err(|why| Problem::error("cli::switch", why))?;
    }
    let server = server::start(args.listen, World::new(setup), Clock::real()).await?;
    let address = server.address();
    ui.data(&format!("getui.base_url: http://{address}/v2\njpush.base_url: http://{address}\n"));
    ui.say("Both vendors are served, emulated; Ctrl-C ends it.");
    tokio::select! {
        ended = server.run() => ended?,
        () = asked_to_stop() => {}
    }
    Ok(Outcome::Done)
}

fn setup(args: &args::Emulator) -> Result<Setup> {
    let Some(path) = &args.world else { return Ok(Setup::default()) };
    let missing = || Problem::error("cli::unreadable", format!("there is no file `{}`", path.display()));
    let text = read_if_there(path)?.ok_or_else(|| Problems::from(missing()))?;
    world_file::read_setup(&text, &path.display().to_string())
}
