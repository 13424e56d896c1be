//! Drawing at random, by a seed that whoever draws reports.
//!
//! What a draw proves is [`crate::plan::sampling`]'s; where the seed comes from is the verbs'.

use super::{subjects, union};
use crate::names::Name;
use crate::plan::Recorded;
use crate::table::Kind;

/// Draws so many of these without putting any back; all of them where there are no more. The same seed and the same
/// list draw the same, in the order of the list.
#[must_use]
pub fn draw<T>(mut all: Vec<T>, count: usize, seed: u64) -> Vec<T> {
    if count >= all.len() {
        return all;
    }
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut places: Vec<usize> = (0..all.len()).collect();
    // The first places of a shuffle, without shuffling the rest.
    for at in 0..count {
        let other = rng.usize(at..places.len());
        places.swap(at, other);
    }
    places.truncate(count);
    places.sort_unstable();
    let mut wanted = places.into_iter().peekable();
    let mut at = 0;
    all.retain(|_| {
        let is_drawn = wanted.next_if_eq(&at).is_some();
        at += 1;
        is_drawn
    });
    all
}

/// Everybody whose alias or tags are recorded, sorted by number: those whom a sample is drawn of.
#[must_use]
pub fn population(recorded: &Recorded) -> Vec<Name> {
    let of = |kind: Kind| subjects(recorded.tables.of(kind));
    union(of(Kind::Alias).chain(of(Kind::Tag)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_has_as_many_as_asked_for_each_once_and_is_the_same_for_the_same_seed() {
        let all: Vec<u32> = (0..1_000).collect();
        for (count, seed) in [(0, 1), (1, 2), (300, 3), (999, 4), (1_000, 5), (5_000, 6)] {
            let drawn = draw(all.clone(), count, seed);
            assert_eq!(drawn.len(), count.min(1_000), "{count} by seed {seed}");
            assert!(drawn.is_sorted_by(|a, b| a < b), "{count} by seed {seed}: {drawn:?}");
            assert_eq!(drawn, draw(all.clone(), count, seed));
        }
        assert_ne!(draw(all.clone(), 300, 3), draw(all, 300, 4));
    }

    #[test]
    fn everybody_is_drawn_equally_often() {
        let mut times = [0_u32; 20];
        for seed in 0..10_000 {
            for user in draw((0..20_usize).collect(), 5, seed) {
                times[user] += 1;
            }
        }
        // 2,500 on average with a deviation of 43: four of them do not come by chance.
        assert!(times.iter().all(|times| (2_325..2_675).contains(times)), "{times:?}");
    }
}
