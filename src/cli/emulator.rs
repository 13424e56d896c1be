//! `emulator`: both vendors, emulated, on a loopback port.

use std::sync::{Arc, Mutex};

use super::args;
use super::exit::Outcome;
use super::files::read;
use super::signals::asked_to_stop;
use super::ui::Ui;
use crate::clock::Clock;
use crate::emulator::{World, server, world_file};
use crate::problem::{Problem, Result};

/// Serves until somebody asks to stop.
pub(super) async fn run(args: &args::Emulator, ui: &Ui) -> Result<Outcome> {
    let mut world = world(args, ui)?;
    if args.unlimited {
        world.set_unlimited();
    }
    for switch in &args.switches {
        world.set_switch(switch).map_err(|why| Problem::error("cli::switch", why))?;
    }
    let listener = server::listen(&args.listen.to_string()).await?;
    let address = listener.local_addr().map_or(args.listen, |address| address);
    let world = Arc::new(Mutex::new(world));
    ui.data(&format!("getui.base_url: http://{address}/v2\njpush.base_url: http://{address}\n"));
    ui.say("Both vendors are served, emulated; Ctrl-C ends it.");
    let served = server::serve(listener, world, Clock::wall(), asked_to_stop()).await;
    served.map_err(|why| Problem::error("cli::emulator", format!("the emulator stopped: {why}")))?;
    Ok(Outcome::Done)
}

/// The world of `--world`: an `emulator.yaml`, or one at rest as `GET /_emulator/world` gives it.
fn world(args: &args::Emulator, ui: &Ui) -> Result<World> {
    let Some(path) = &args.world else { return Ok(World::default()) };
    let text = read(&ui.path(path))?;
    world_file::read_world(&text, &path.display().to_string())
}
