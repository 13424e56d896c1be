//! Whether the process that left a lease is still there, as far as this machine can tell.
//!
//! Process numbers are used again, and containers have numbers of their own, so a process is named by the boot of
//! the machine, the space of its number, the number, and the moment at which it started. Where the system does not
//! tell these (only Linux does), nothing is concluded.

use std::fs;
use std::io::ErrorKind;

/// The name of this process.
#[must_use]
pub fn own() -> Option<String> {
    let number = std::process::id();
    Some(format!("{} {number} {}", space()?, started(number).ok()??))
}

/// Whether the process of this name has certainly ended: it ran on this machine, and is not there any more.
#[must_use]
pub fn is_gone(name: &str) -> bool {
    let Some((head, start)) = name.rsplit_once(' ') else { return false };
    let Some((its_space, number)) = head.rsplit_once(' ') else { return false };
    let (Some(space), Ok(number)) = (space(), number.parse()) else { return false };
    // Another boot may be another machine.
    its_space == space && started(number).is_ok_and(|now| now.as_deref() != Some(start))
}

/// The boot of the machine and the space of process numbers.
fn space() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let numbers = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), numbers.display()))
}

/// When a process started, in ticks since the boot; nothing where there is no such process.
fn started(number: u32) -> std::io::Result<Option<String>> {
    let stat = match fs::read_to_string(format!("/proc/{number}/stat")) {
        Ok(stat) => stat,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // The second field is a name in parentheses, which may hold spaces; the start is the 22nd field.
    let behind = stat.rsplit_once(')').map_or("", |(_, behind)| behind);
    Ok(behind.split_whitespace().nth(19).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_there_and_one_of_another_start_or_boot_is_not_judged_by_its_number() {
        let Some(own) = own() else { return };
        assert!(!is_gone(&own), "{own}");
        let (head, start) = own.rsplit_once(' ').expect("fields");
        assert!(is_gone(&format!("{head} {start}1")), "the number was used again");
        assert!(!is_gone(&format!("other-boot {own}")), "another machine's process is not looked for");
    }

    #[test]
    fn a_process_that_has_ended_is_gone() {
        let Some(space) = space() else { return };
        let mut child = std::process::Command::new("true").spawn().expect("a process");
        let name = format!("{space} {} 1", child.id());
        child.wait().expect("its end");
        assert!(is_gone(&name));
    }
}
