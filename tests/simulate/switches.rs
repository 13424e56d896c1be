//! Every answer that a vendor might give where its documents are silent: the same scenario has to end the same.
//!
//! Of each vendor all combinations of its words run, several thousand; a number's samples take turns among them.

use pushform::emulator::Switches;
use pushform::emulator::switches::{Switch, Values};

use crate::scenario::{Part, Scenario, Size};
use crate::sim::{Keeps, run};

/// The switches of Getui's replies.
const GETUI: [&str; 11] = [
    "alias_of_none",
    "users_of_none",
    "tags_of_none",
    "alias_bad_user",
    "overwrite_again",
    "overwrite_empty",
    "status_bad_user",
    "wrong_sign",
    "refused_calls",
    "tag_bind_delay_ms",
    "requests_per_minute",
];

/// The switches of JPush's replies.
const JPUSH: [&str; 13] = [
    "property_exists",
    "property_missing",
    "property_delete_missing",
    "page_size_over",
    "values_travel",
    "bulk_no_errors",
    "rate_headers",
    "error_shape",
    "error_word",
    "success_body",
    "property_page_max",
    "device_page_max",
    "properties_max",
];

/// The switches of time, which change no reply.
const TIME: [&str; 2] = ["counted_at", "sign_in_clock_off_ms"];

/// The switches of refusals that no plan of a small project earns: their own tests set them.
const REFUSALS: [&str; 1] = ["alias_full"];

fn converges(part: Part, size: Size, switches: &Switches, step: &str) {
    run(async {
        let scenario = Scenario::start_part(part, size, switches.clone(), Keeps::Memory).await;
        scenario.sim.apply_all(step).await;
        scenario.is_settled(step).await;
    });
}

/// The switches of one vendor.
fn of(names: &[&str]) -> Vec<&'static Switch> {
    Switches::ALL.iter().filter(|switch| names.contains(&switch.name)).collect()
}

/// One combination: its digits, least first, are the samples of the words; the numbers' samples take turns, each at
/// a pace of its own.
fn combination(switches: &[&Switch], number: usize) -> Switches {
    let (mut set, mut rest) = (Switches::default(), number);
    for (place, switch) in switches.iter().enumerate() {
        let samples = switch.samples();
        let at = match switch.values {
            Values::Words(_) => {
                let digit = rest % samples.len();
                rest /= samples.len();
                digit
            }
            Values::Number { .. } => (number >> place) % samples.len(),
        };
        set.set(switch.name, &samples[at]).expect("a sample is a value");
    }
    if set.property_page_max < 100 || set.device_page_max < 1000 {
        // Pages smaller than the document's own default cannot be refused as well: nothing could be read.
        set.set("page_size_over", "capped").expect("a word of this switch");
    }
    set
}

/// How many combinations the words of these switches have.
fn combinations(switches: &[&Switch]) -> usize {
    let words = |switch: &&Switch| match switch.values {
        Values::Words(words) => words.len(),
        Values::Number { .. } => 1,
    };
    switches.iter().map(words).product()
}

/// Runs one of so many equal shares of a vendor's combinations.
fn share_converges(part: Part, names: &[&str], share: usize, shares: usize) {
    let switches = of(names);
    for number in (share..combinations(&switches)).step_by(shares) {
        let set = combination(&switches, number);
        converges(part, Size::Small, &set, &format!("{part:?}, combination {number}: {:?}", set.list()));
    }
}

#[test]
fn every_switch_is_in_one_list() {
    for switch in Switches::ALL {
        let lists = [&GETUI[..], &JPUSH[..], &TIME[..], &REFUSALS[..]];
        let vendors = lists.iter().filter(|names| names.contains(&switch.name)).count();
        assert_eq!(vendors, 1, "`{}` belongs to one list", switch.name);
    }
    assert_eq!(
        Switches::ALL.len(),
        GETUI.len() + JPUSH.len() + TIME.len() + REFUSALS.len(),
        "no name is listed in vain"
    );
}

#[test]
fn every_setting_of_every_switch_ends_as_declared() {
    for switch in Switches::ALL {
        for value in switch.samples() {
            let mut switches = Switches::default();
            switches.set(switch.name, &value).expect("a sample is a value");
            converges(Part::Both, Size::Crowded, &switches, &format!("{} = {value}", switch.name));
        }
    }
}

#[test]
fn the_even_combinations_of_getui_end_as_declared() {
    share_converges(Part::Getui, &GETUI, 0, 2);
}

#[test]
fn the_odd_combinations_of_getui_end_as_declared() {
    share_converges(Part::Getui, &GETUI, 1, 2);
}

#[test]
fn all_combinations_of_jpush_end_as_declared() {
    share_converges(Part::Jpush, &JPUSH, 0, 1);
}
