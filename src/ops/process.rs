//! Whether the process that took a lease still runs, as far as this machine can tell.
//!
//! Process numbers are used again, and containers have numbers of their own, so a process is named by the boot of
//! the machine, the space of its number, the number, and the moment at which it started. Where the system does not
//! tell these (only Linux does), or may hide other users' processes, nothing is concluded.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// What this machine knows of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// It runs on this machine.
    Alive,
    /// It ran on this machine, and has certainly ended.
    Gone,
    /// It may run on another machine, or where this process is not allowed to see it.
    Unknown,
}

/// The name of this process.
#[must_use]
pub fn own() -> Option<String> {
    of(std::process::id())
}

/// The name of the process with this number.
#[must_use]
pub fn of(number: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    Some(format!("{} {number} {}", space()?, Stat::read(&stat)?.start))
}

/// Whether this names another process than this one, which runs on this machine.
#[must_use]
pub fn is_another_alive(name: &str) -> bool {
    trace(name) == Trace::Alive && own().as_deref() != Some(name)
}

/// What is known of the process of this name.
#[must_use]
pub fn trace(name: &str) -> Trace {
    let Some((head, start)) = name.rsplit_once(' ') else { return Trace::Unknown };
    let Some((its_space, number)) = head.rsplit_once(' ') else { return Trace::Unknown };
    let (Some(space), Ok(number)) = (space(), number.parse::<u32>()) else { return Trace::Unknown };
    // Another boot may be another machine.
    if its_space != space {
        return Trace::Unknown;
    }
    let stat = match fs::read_to_string(format!("/proc/{number}/stat")) {
        Ok(stat) => Some(stat),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(_) => return Trace::Unknown,
    };
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    judge(stat.as_deref(), start, shows_all(&mounts) && Path::new("/proc/1").exists())
}

/// What the `stat` of a process number says of the process that started at `start`; `shows_all` where no process is
/// hidden.
fn judge(stat: Option<&str>, start: &str, shows_all: bool) -> Trace {
    match stat.map(Stat::read) {
        Some(Some(stat)) if stat.start == start && !stat.has_ended => Trace::Alive,
        Some(Some(_)) => Trace::Gone,
        None if shows_all => Trace::Gone,
        None | Some(None) => Trace::Unknown,
    }
}

/// Whether `/proc` shows every user's processes, by the list of mounts (proc(5): `hidepid`).
fn shows_all(mounts: &str) -> bool {
    let mut of_proc = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        let (place, kind, options) = (fields.nth(1)?, fields.next()?, fields.next()?);
        (place == "/proc" && kind == "proc").then_some(options)
    });
    // Of two mounts on one place the last one counts.
    let options = of_proc.next_back();
    let hides = |option: &str| option.strip_prefix("hidepid=").is_some_and(|how| !matches!(how, "0" | "off"));
    options.is_some_and(|options| !options.split(',').any(hides))
}

/// The boot of the machine and the space of process numbers.
fn space() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let numbers = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), numbers.display()))
}

/// What is read of a process's `stat`.
struct Stat<'a> {
    /// When it started, in ticks since the boot.
    start: &'a str,
    /// It does nothing any more; only its parent has not asked for its exit status.
    has_ended: bool,
}

impl<'a> Stat<'a> {
    fn read(stat: &'a str) -> Option<Self> {
        // The second field is a name in parentheses, which may hold spaces; the state is the third field, and the start
        // the 22nd.
        let (_, behind) = stat.rsplit_once(')')?;
        let mut fields = behind.split_whitespace();
        let state = fields.next()?;
        Some(Self { start: fields.nth(18)?, has_ended: matches!(state, "Z" | "X" | "x") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_there_and_one_of_another_start_or_boot_is_not_judged_by_its_number() {
        let Some(own) = own() else { return };
        assert_eq!(trace(&own), Trace::Alive, "{own}");
        assert!(!is_another_alive(&own), "it is this one");
        let (head, start) = own.rsplit_once(' ').expect("fields");
        assert_eq!(trace(&format!("{head} {start}1")), Trace::Gone, "the number was used again");
        assert_eq!(trace(&format!("other-boot {own}")), Trace::Unknown, "it is another machine's");
    }

    #[test]
    fn a_process_that_has_ended_is_gone() {
        let Some(space) = space() else { return };
        let mut child = std::process::Command::new("true").spawn().expect("a process");
        let name = format!("{space} {} 1", child.id());
        child.wait().expect("its end");
        assert_eq!(trace(&name), Trace::Gone);
    }

    #[test]
    fn what_proc_may_hide_is_not_taken_for_gone() {
        let root = "overlay / overlay rw 0 0\n";
        for (options, expected) in [
            ("rw,nosuid,nodev,noexec,relatime", Trace::Gone),
            ("rw,relatime,hidepid=0", Trace::Gone),
            ("rw,relatime,hidepid=off", Trace::Gone),
            ("rw,relatime,hidepid=2", Trace::Unknown),
            ("rw,relatime,gid=4,hidepid=invisible", Trace::Unknown),
            ("rw,relatime,hidepid=ptraceable", Trace::Unknown),
        ] {
            let mounts = format!("{root}proc /proc proc {options} 0 0\n");
            assert_eq!(judge(None, "7", shows_all(&mounts)), expected, "{options}");
        }
        assert!(!shows_all(root), "nothing is known of `/proc`");
    }

    #[test]
    fn a_process_whose_exit_status_nobody_has_asked_for_is_gone() {
        let stat = |state| format!("42 (push form) {state} 1 42 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 777 0 0");
        assert_eq!(judge(Some(&stat('S')), "777", false), Trace::Alive);
        assert_eq!(judge(Some(&stat('S')), "778", false), Trace::Gone);
        assert_eq!(judge(Some(&stat('Z')), "777", false), Trace::Gone);
        assert_eq!(judge(Some("42 (cut"), "777", true), Trace::Unknown);
    }
}
