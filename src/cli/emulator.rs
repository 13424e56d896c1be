//! `emulator`

use super::args;
use super::exit::End;
use super::open;
use super::plan::asked_to_stop;
use super::ui::Ui;
use crate::clock::Clock;
use crate::emulator::{Setup, World, server, world_file};
use crate::problem::{Problem, Result};

/// Serves both vendors until somebody asks to stop.
pub(super) async fn run(args: &args::Emulator, ui: &Ui) -> Result<End> {
    let mut setup = match &args.world {
        Some(path) => {
            let text = open::read_if_there(path)?;
            let path = path.display().to_string();
            let text = text.ok_or_else(|| Problem::error("cli::unreadable", format!("there is no file `{path}`")))?;
            world_file::read_setup(&text, &path)?
        }
        None => Setup::default(),
    };
    setup.unlimited |= args.unlimited;
    for switch in &args.switches {
        setup.switches.set(switch).map_err(|why| Problem::error("cli::switch", why))?;
    }
    let server = server::start(&args.listen, World::new(setup), Clock::real()).await?;
    let address = server.address();
    ui.out(&format!("getui.base_url: http://{address}/v2\njpush.base_url: http://{address}\n"));
    ui.say("Serving both vendors, emulated. Ctrl-C ends it.");
    tokio::select! {
        ended = server.run() => ended?,
        () = asked_to_stop() => {}
    }
    Ok(End::Done)
}
