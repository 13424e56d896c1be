//! Stories by the thousand, one for each seed; those that failed once are told first, for ever.
//!
//! `PUSHFORM_SEEDS` says how many, `PUSHFORM_SEEDS_FROM` from which one and `PUSHFORM_SEEDS_THREADS` on how many threads;
//! `scripts/simulate` sets them.

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::sim::run;
use crate::story;

/// Stories of every `cargo test`; CI tells more.
const SEEDS: u64 = 200;
/// Seeds that failed once, one a line, with what was wrong behind it.
const FAILED_ONCE: &str = include_str!("seeds.txt");
/// The futures of a run are large where nothing is optimised.
const STACK_BYTES: usize = 16 << 20;
/// After so many findings the rest is not worth the time.
const FINDINGS_MAX: usize = 20;

#[expect(clippy::disallowed_methods, reason = "a test has no configuration to ask")]
fn number(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

fn failed_once() -> Vec<u64> {
    let seed = |line: &str| line.split_whitespace().next().map(|word| word.parse().expect("a seed"));
    FAILED_ONCE.lines().filter(|line| !line.starts_with('#')).filter_map(seed).collect()
}

/// Tells the stories on all processors; gives the seeds with a finding.
fn tell_all(seeds: &[u64]) -> BTreeSet<u64> {
    let (next, findings) = (AtomicU64::new(0), Mutex::new(BTreeSet::new()));
    let work = || {
        while findings.lock().expect("nobody panics with it").len() < FINDINGS_MAX {
            let at = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or(usize::MAX);
            let Some(seed) = seeds.get(at).copied() else { return };
            if catch_unwind(|| run(story::tell(seed))).is_err() {
                eprintln!("seed {seed} fails; this repeats it:\n    scripts/simulate 1 {seed}\n");
                findings.lock().expect("nobody panics with it").insert(seed);
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = number("PUSHFORM_SEEDS_THREADS", u64::try_from(cores).unwrap_or(1));
    let thread = || std::thread::Builder::new().stack_size(STACK_BYTES);
    std::thread::scope(|scope| {
        (0..threads).for_each(|_| drop(thread().spawn_scoped(scope, work).expect("a thread")));
    });
    findings.into_inner().expect("nobody panics with it")
}

#[test]
fn whatever_a_seed_draws_nothing_is_lost_and_no_limit_passed() {
    let from = number("PUSHFORM_SEEDS_FROM", 1);
    let drawn = from..from.saturating_add(number("PUSHFORM_SEEDS", SEEDS));
    let seeds: Vec<u64> = failed_once().into_iter().chain(drawn).collect();
    let findings = tell_all(&seeds);
    assert!(
        findings.is_empty(),
        "these seeds fail: {findings:?}\nrepeat one with `scripts/simulate 1 SEED`, and once it is fixed \
         give it a line in tests/simulate/seeds.txt"
    );
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let told = || {
        run(async {
            let watched = story::tell_and_count(7).await;
            assert!(watched.0 > 20, "seed 7 makes {} calls only: too few to say anything", watched.0);
            watched
        })
    };
    assert_eq!(told(), told());
}
