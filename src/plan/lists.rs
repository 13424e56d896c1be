//! Many short lists of numbers, laid end to end: two allocations for all of them.

use std::ops::Range;

/// A list for each number below a bound.
pub(super) struct Lists {
    starts: Vec<u32>,
    all: Vec<u32>,
}

impl Lists {
    /// `len` lists, each with the values of its key in the order in which they come; `pairs` is walked twice.
    pub fn of(len: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0_u32; len + 1];
        for (key, _) in pairs.clone() {
            starts[key as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut ends = starts.clone();
        let mut all = vec![0; starts[len] as usize];
        for (key, value) in pairs {
            all[ends[key as usize] as usize] = value;
            ends[key as usize] += 1;
        }
        Self { starts, all }
    }

    /// Where a list lies, for walks during which its owner changes.
    pub fn range(&self, key: usize) -> Range<usize> {
        self.starts[key] as usize..self.starts[key + 1] as usize
    }

    /// The value at a place of a [`Lists::range`].
    pub fn at(&self, place: usize) -> u32 {
        self.all[place]
    }

    /// One list.
    pub fn get(&self, key: usize) -> &[u32] {
        &self.all[self.range(key)]
    }

    /// How long one list is.
    pub fn len(&self, key: usize) -> i64 {
        i64::from(self.starts[key + 1] - self.starts[key])
    }

    /// Leaves in all lists what passes.
    pub fn retain(&mut self, keep: impl Fn(u32) -> bool) {
        let mut kept = 0;
        for key in 0..self.starts.len() - 1 {
            let range = self.range(key);
            self.starts[key] = kept;
            for place in range {
                if keep(self.all[place]) {
                    self.all[kept as usize] = self.all[place];
                    kept += 1;
                }
            }
        }
        if let Some(end) = self.starts.last_mut() {
            *end = kept;
        }
        self.all.truncate(kept as usize);
    }

    /// Sorts each list by a key of its own.
    pub fn sort_each<K: Ord>(&mut self, by: impl Fn(usize, u32) -> K) {
        for key in 0..self.starts.len() - 1 {
            let range = self.range(key);
            self.all[range].sort_unstable_by_key(|value| by(key, *value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_order_and_leave_when_asked_to() {
        let pairs = [(2, 7), (0, 1), (2, 5), (0, 4), (3, 9)];
        let mut lists = Lists::of(4, pairs.into_iter());
        let shown = |lists: &Lists| (0..4).map(|key| lists.get(key).to_vec()).collect::<Vec<_>>();
        assert_eq!(shown(&lists), [vec![1, 4], vec![], vec![7, 5], vec![9]]);
        lists.sort_each(|_, value| value);
        lists.retain(|value| value != 4 && value != 9);
        assert_eq!(shown(&lists), [vec![1], vec![], vec![5, 7], vec![]]);
    }
}
