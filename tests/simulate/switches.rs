//! Every answer that a vendor might give where its documents are silent: the same scenario has to end the same.

use pushform::emulator::Switches;

use crate::laws::cases_or;
use crate::scenario::{Scenario, Size};
use crate::sim::{Keeps, run};

/// How many combinations are drawn.
const COMBINATIONS: u32 = 12;

fn converges(switches: &Switches, step: &str) {
    run(async {
        let scenario = Scenario::start(Size::Crowded, switches.clone(), Keeps::Memory).await;
        scenario.sim.apply_all(step).await;
        scenario.is_settled(step).await;
    });
}

#[test]
fn every_setting_of_every_switch_ends_as_declared() {
    for switch in Switches::ALL {
        for value in switch.samples() {
            let mut switches = Switches::default();
            switches.set(switch.name, &value).expect("a sample is a value");
            converges(&switches, &format!("{} = {value}", switch.name));
        }
    }
}

#[test]
fn combinations_of_settings_end_as_declared() {
    for seed in 0..u64::from(cases_or(COMBINATIONS)) {
        let mut dice = fastrand::Rng::with_seed(seed);
        let mut switches = Switches::default();
        for switch in Switches::ALL {
            let samples = switch.samples();
            switches.set(switch.name, &samples[dice.usize(..samples.len())]).expect("a sample is a value");
        }
        if switches.property_page_max < 100 || switches.device_page_max < 1000 {
            // Pages smaller than the document's own default can not be refused as well: nothing could be read.
            switches.set("page_size_over", "capped").expect("a word of this switch");
        }
        converges(&switches, &format!("combination {seed}: {:?}", switches.list()));
    }
}
