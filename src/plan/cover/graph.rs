//! The instance made small: users with the same rows are one group, and what is decided anyway is left out.
//!
//! It decides only what costs nothing either way.

use super::Instance;
use super::looks::Looks;

/// Groups and batches with the edges between them.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// Where each group's edges start; one more entry than groups. The edges of a group are the shared batches,
    /// then all others.
    pub starts: Vec<u32>,
    /// Where the edges to shared batches end.
    pub shared_ends: Vec<u32>,
    /// The batch of each edge.
    pub batch_of: Vec<u32>,
    /// The group of each edge.
    pub group_of: Vec<u32>,
    /// How many users a group has.
    pub users: Vec<u32>,
    /// How many calls the overwrite of one of its users takes.
    pub weights: Vec<u32>,
    /// Where each batch's edges start in `batch_edges`; one more entry than batches.
    pub batch_starts: Vec<u32>,
    /// Edges by batch.
    pub batch_edges: Vec<u32>,
    /// How many rows of each batch belong to users who are not overwritten whatever is chosen.
    pub fixed: Vec<u32>,
    /// How many belong to users of groups.
    pub loose: Vec<u32>,
    pub sorts: Vec<Sort>,
    pub batch_max: u32,
    /// Calls of batches that every choice makes.
    pub base: u64,
    /// The group of each user, or [`NO_GROUP`].
    pub groups: Vec<u32>,
    /// How much may still be looked at; whatever looks at edges has the graph at hand.
    pub looks: Looks,
}

/// How a batch's price comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Costs nothing more.
    Free,
    /// One call if any of several groups needs it.
    Shared,
    /// One call if its one group needs it.
    Own,
    /// A call for every so many rows.
    Stepped,
}

/// A user who is not overwritten whatever is chosen.
pub(super) const NO_GROUP: u32 = u32::MAX;

impl Graph {
    pub fn of(instance: &Instance) -> Self {
        let (fixed, loose) = counts(instance);
        let calls = |rows: u32| u64::from(rows.div_ceil(instance.batch_max.max(1)));
        let mut graph = Self {
            base: fixed.iter().map(|rows| calls(*rows)).sum(),
            sorts: vec![Sort::Free; instance.batches],
            batch_max: instance.batch_max.max(1),
            groups: vec![NO_GROUP; instance.users()],
            fixed,
            loose,
            ..Self::default()
        };
        for batch in 0..instance.batches {
            let rows = graph.fixed[batch] + graph.loose[batch];
            graph.sorts[batch] = match (calls(rows), calls(graph.fixed[batch])) {
                (all, fixed) if all == fixed => Sort::Free,
                (1, _) => Sort::Shared,
                _ => Sort::Stepped,
            };
        }
        let members = graph.group(instance);
        graph.connect(instance, &members);
        graph
    }

    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// The places of a group's edges.
    pub fn edges(&self, group: usize) -> std::ops::Range<usize> {
        self.starts[group] as usize..self.starts[group + 1] as usize
    }

    /// The places of a group's edges to shared batches.
    pub fn shared(&self, group: usize) -> std::ops::Range<usize> {
        self.starts[group] as usize..self.shared_ends[group] as usize
    }

    /// The batches of a group.
    pub fn batches(&self, group: usize) -> &[u32] {
        &self.batch_of[self.edges(group)]
    }

    /// The edges of a batch.
    pub fn of_batch(&self, batch: usize) -> &[u32] {
        &self.batch_edges[self.batch_starts[batch] as usize..self.batch_starts[batch + 1] as usize]
    }

    pub fn calls(&self, rows: u32) -> u64 {
        u64::from(rows.div_ceil(self.batch_max))
    }

    /// Puts users with the same rows into one group, and gives one user of each, in the users' order.
    fn group(&mut self, instance: &Instance) -> Vec<u32> {
        let rows = |user: u32| {
            let rows = instance.rows_of(user as usize).iter().copied();
            rows.filter(|batch| self.sorts[*batch as usize] != Sort::Free)
        };
        let mut keys: Vec<(u64, u32)> = (0..u32::try_from(instance.users()).unwrap_or(u32::MAX))
            .filter(|user| instance.may_overwrite[*user as usize] && rows(*user).next().is_some())
            .map(|user| (hash(rows(user), instance.weight(user as usize)), user))
            .collect();
        keys.sort_unstable();
        let mut first = vec![NO_GROUP; instance.users()];
        let same = |a: u32, b: u32| {
            instance.weight(a as usize) == instance.weight(b as usize) && rows(a).eq(rows(b))
        };
        for run in keys.chunk_by(|a, b| a.0 == b.0) {
            // Different rows of one hash are rare: then a user is compared with the last one that differed.
            let mut leader = run[0].1;
            for (_, user) in run {
                if !same(leader, *user) {
                    leader = *user;
                }
                first[*user as usize] = leader;
            }
        }
        drop(keys);
        let mut leaders = Vec::new();
        for (user, leader) in first.into_iter().enumerate().filter(|(_, leader)| *leader != NO_GROUP) {
            let leader = leader as usize;
            if self.groups[leader] == NO_GROUP {
                self.groups[leader] = leaders.len() as u32;
                leaders.push(leader as u32);
                self.users.push(0);
                self.weights.push(instance.weight(leader));
            }
            self.groups[user] = self.groups[leader];
            self.users[self.groups[user] as usize] += 1;
        }
        leaders
    }

    fn connect(&mut self, instance: &Instance, leaders: &[u32]) {
        let mut groups_in = vec![0_u32; instance.batches];
        for leader in leaders {
            instance.rows_of(*leader as usize).iter().for_each(|batch| groups_in[*batch as usize] += 1);
        }
        for (sort, groups) in self.sorts.iter_mut().zip(groups_in) {
            if *sort == Sort::Shared && groups == 1 {
                *sort = Sort::Own;
            }
        }
        self.starts.push(0);
        for (group, leader) in leaders.iter().enumerate() {
            let rows = instance.rows_of(*leader as usize);
            let of = |shared: bool| {
                let sorts = &self.sorts;
                rows.iter().copied().filter(move |batch| match sorts[*batch as usize] {
                    Sort::Free => false,
                    Sort::Shared => shared,
                    Sort::Own | Sort::Stepped => !shared,
                })
            };
            let from = self.batch_of.len();
            self.batch_of.extend(of(true));
            // The rarest first: what few others can use is used first.
            self.batch_of[from..].sort_unstable_by_key(|batch| (self.loose[*batch as usize], *batch));
            self.shared_ends.push(self.batch_of.len() as u32);
            self.batch_of.extend(of(false));
            self.starts.push(self.batch_of.len() as u32);
            self.group_of.resize(self.batch_of.len(), group as u32);
        }
        self.turn(instance.batches);
    }

    /// The edges by batch.
    fn turn(&mut self, batches: usize) {
        let mut starts = vec![0_u32; batches + 1];
        for batch in &self.batch_of {
            starts[*batch as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut ends = starts.clone();
        self.batch_edges = vec![0; self.batch_of.len()];
        for (edge, batch) in (0..).zip(&self.batch_of) {
            let end = &mut ends[*batch as usize];
            self.batch_edges[*end as usize] = edge;
            *end += 1;
        }
        self.batch_starts = starts;
    }
}

fn counts(instance: &Instance) -> (Vec<u32>, Vec<u32>) {
    let (mut fixed, mut loose) = (vec![0; instance.batches], vec![0; instance.batches]);
    for user in 0..instance.users() {
        let counts = if instance.may_overwrite[user] { &mut loose } else { &mut fixed };
        instance.rows_of(user).iter().for_each(|batch| counts[*batch as usize] += 1);
    }
    (fixed, loose)
}

/// The same everywhere and always, since it decides nothing but what is compared first.
fn hash(rows: impl Iterator<Item = u32>, weight: u32) -> u64 {
    let mix = |hash: u64, value: u32| {
        let mixed = (hash ^ u64::from(value)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed ^ (mixed >> 29)
    };
    rows.fold(mix(1, weight), mix)
}
