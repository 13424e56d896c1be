//! A child process from its start to its end: how long it took, and the most memory it held.
//!
//! Memory is what Linux writes into `/proc`; elsewhere it is unknown, and time is measured all the same.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often a running child is looked at. Its peak is kept by the system, so only a new peak in its last moments
/// can be missed, and there a process gives memory back.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// The system's ticks a second, in which it tells a process's time; the same on every Linux.
const TICKS_PER_SECOND: u32 = 100;

/// What a process took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    /// From its start to its end.
    pub wall: Duration,
    /// On a processor, as last seen: what a busy machine does not make longer. Zero where it is unknown.
    pub cpu: Duration,
    /// The most memory it held, in bytes. Zero where it is unknown.
    pub peak_bytes: u64,
}

/// Runs a command that has to end well, and gives what it took.
pub fn run(command: &mut Command) -> Taken {
    run_to(command, 0)
}

/// Runs a command that has to end with this code, and gives what it took.
pub fn run_to(command: &mut Command, code: i32) -> Taken {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the process starts");
    let mut taken = Taken::default();
    let status = loop {
        look(child.id(), &mut taken);
        if let Some(status) = child.try_wait().expect("the process can be waited for") {
            break status;
        }
        std::thread::sleep(LOOK_EVERY);
    };
    taken.wall = start.elapsed();
    assert_eq!(status.code(), Some(code), "{command:?} ended with {status}");
    taken
}

fn look(id: u32, taken: &mut Taken) {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{id}/{file}")).unwrap_or_default();
    let peak = read("status").lines().find_map(|line| {
        let kib: u64 = line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kib * 1024)
    });
    taken.peak_bytes = taken.peak_bytes.max(peak.unwrap_or(0));
    // Behind the name, which may hold anything, are the state and ten numbers, then ours: user and system time.
    let stat = read("stat");
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let ticks: u32 = fields.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u32>().ok()).sum();
    taken.cpu = taken.cpu.max(Duration::from_secs(1) * ticks / TICKS_PER_SECOND);
}
