//! Others at work in the middle of a run: devices and properties that come and go between two pages of a list, and
//! another project of the same account.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

use fastrand::Rng;

use pushform::emulator::World;
use pushform::emulator::setup::{PropertySetup, Setup, ValueType};
use pushform::emulator::world::Outside;
use pushform::ops::Context;
use pushform::problem::Result;
use pushform::state::Memory;
use pushform::wire::{Method, Request};

use crate::declared::Declared;
use crate::draw::{PROPERTIES, property, user};
use crate::sim::Sim;
use crate::watch::Others;

/// Devices of nobody's declaration, with ids in front of all others: where one goes, all others move up.
const CROWD: usize = 7;
/// Properties of nobody's declaration, with names in front of all others.
const FOREIGN: usize = 8;
/// Pages that hold less than there is.
const PAGE: &str = "4";
/// Changes of one run: a list that never stands still can be read by nobody.
const SHIFTS_MAX: u32 = 5;

fn device(number: usize) -> String {
    format!("0c{number:06}")
}

fn foreign(number: usize) -> String {
    format!("!{number:02} of others")
}

/// Puts a crowd of devices and properties into a world whose pages are small.
pub fn crowd(setup: &mut Setup) {
    for number in 0..CROWD {
        let properties = setup.jpush.properties.iter();
        let values = properties.map(|(name, one)| (name.clone(), held(one.value_type).to_owned())).collect();
        setup.jpush.devices.insert(device(number), Some(values));
    }
    let one =
        || PropertySetup { value_type: ValueType::Bool, description: String::new(), last_update_time: None };
    setup.jpush.properties.extend((0..FOREIGN).map(|number| (foreign(number), one())));
    for name in ["property_page_max", "device_page_max"] {
        setup.switches.set(name, PAGE).expect("a number");
    }
    // Smaller pages than the document's own default cannot be refused as well: nothing could be read.
    setup.switches.set("page_size_over", "capped").expect("a word of this switch");
}

/// From now on, up to so many times, a device or a property of the crowd comes or goes right before a page is read.
pub fn shifting(mut dice: Rng) -> Others {
    let mut left = dice.u32(..=SHIFTS_MAX);
    Box::new(move |request: &Request, world: &mut World| {
        let Some((path, _)) = request.path.split_once("?page=").filter(|_| request.method == Method::Get)
        else {
            return;
        };
        if left == 0 || dice.bool() {
            return;
        }
        left -= 1;
        match path {
            "/v3/property" => shift_properties(&mut dice, world),
            _ => shift_devices(&mut dice, world),
        }
    })
}

fn shift_properties(dice: &mut Rng, world: &mut World) {
    let name = foreign(dice.usize(..FOREIGN));
    let change = match world.property(&name) {
        Some(_) => Outside::PropertyGone(&name),
        None => Outside::Property(&name, ValueType::Bool, ""),
    };
    world.change_outside(change, world.now());
}

/// A value that a type holds.
const fn held(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::String | ValueType::Number => "5",
        ValueType::Bool => "true",
        ValueType::Datetime => "2020-02-29 00:00:00",
    }
}

/// Of whichever drawn property there is, a device of the crowd gets a value, or loses it.
fn shift_devices(dice: &mut Rng, world: &mut World) {
    let (of, on) = (property(dice.usize(..PROPERTIES)), device(dice.usize(..CROWD)));
    let Some(value_type) = world.property(&of).map(|property| property.value_type) else { return };
    let value = world.value(&on, &of).is_none().then(|| held(value_type));
    world.change_outside(Outside::Value(&on, &of, value), world.now());
}

/// Another project of the same account: a folder and a state of its own, and the ledger of the first.
pub struct Project {
    folder: tempfile::TempDir,
    memory: Memory,
    dice: RefCell<Rng>,
}

/// When its run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    /// At once: a process that begins behind a step forwards of the machine's clock takes what was written down before it
    /// for so much older, and cannot know.
    AtOnce,
    Later,
}

/// Users of the other project's alone, and its tags.
const USERS_OF_OTHER: std::ops::Range<usize> = 100..112;
const TAGS_OF_OTHER: usize = 5;
/// How the names of its tags begin; nothing else is called so.
pub const OTHER_TAGS: &str = "other_project_";

impl Project {
    /// One beside a simulation's, with the same account.
    pub fn beside(sim: &Sim, dice: Rng) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the project");
        std::fs::write(folder.path().join("pushform.yaml"), sim.project()).expect("a project file");
        Self { folder, memory: sim.memory.beside(), dice: RefCell::new(dice) }
    }

    /// Declares something else than before, so that there is something to do.
    fn declare(&self) {
        let mut dice = self.dice.borrow_mut();
        let mut declared = Declared::default();
        for number in 0..TAGS_OF_OTHER {
            let users: BTreeSet<String> = USERS_OF_OTHER.filter(|_| dice.bool()).map(user).collect();
            declared.tag_members.insert(format!("{OTHER_TAGS}{number}"), users);
        }
        std::fs::write(self.folder.path().join("audience.yaml"), declared.manifest()).expect("a manifest");
    }

    /// One apply, some milliseconds after now.
    pub async fn apply(&self, sim: &Sim, begins: Begins) {
        self.declare();
        let after_ms = self.dice.borrow_mut().i64(0..2_000);
        if begins == Begins::Later {
            sim.clock.sleep_ms(after_ms).await;
        }
        drop(self.applied(sim).await);
    }

    async fn applied(&self, sim: &Sim) -> Result<()> {
        let context: Context = sim
            .context_in(PathBuf::from(self.folder.path()), sim.store_of(self.memory.clone()), None)
            .await?;
        sim.apply_in(&context, &sim.wanted(&[]), None).await.map(drop)
    }
}
