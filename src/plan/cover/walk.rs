//! The walk from batches to their users and back, and its second eigenvalue: how far users' batches are from a
//! thorough mixture.
//!
//! It needs no library of linear algebra: its matrix is two passes over the edges, and what is asked is one number.
//!
//! Lanczos from a scattered beginning, kept orthogonal in full, gives that number from below. By how much the true one
//! may exceed it follows from the number of steps, but for a chance below one in 10^11 (Kuczyński and Woźniakowski 1992,
//! theorem 4.2: for symmetric matrices of size n without negative eigenvalues and a drawn beginning, a relative error of
//! `e` has a chance below `1.648 √n exp(-√e (2 steps - 1))`). Ours is drawn once and for all: it is the same always, so
//! that the same instance gives the same proof, and knows nothing of any instance.

use super::graph::Graph;

/// How many steps a number takes that is relied on.
pub(super) const STEPS: usize = 128;
/// The true number over what so many steps give is at most this: `e` is 0.021 for as many batches as are looked at.
const MARGIN: f64 = 1.0 / (1.0 - 0.021);
/// More batches than this are not looked at: each step keeps a number for each.
const BATCHES_MAX: usize = 1 << 16;
/// A number for each of so many lies in a processor's own memory.
const NEAR_BATCHES: usize = 1 << 15;
/// What is lost by rounding is far below this.
const ROUNDING: f64 = 1e-9;
/// How many uniform numbers make a normal one: near enough, and the same on every machine, which logarithms are not.
const UNIFORMS: usize = 12;
/// How often an interval is halved.
const HALVINGS: usize = 60;

/// Users part one unit each among their batches, in proportion to the batches' shares.
pub(super) struct Walk<'a> {
    graph: &'a Graph,
    /// Of each batch; those with 0 are not walked to.
    pub shares: Vec<f64>,
    /// The sum of the shares of each group's batches.
    sums: Vec<f64>,
    /// What the users of each group weigh; 0 for those who have no batch with a share.
    weights: Vec<f64>,
    /// What each batch gets of all units.
    pub loads: Vec<f64>,
    /// All units.
    pub total: f64,
}

impl<'a> Walk<'a> {
    pub fn of(graph: &'a Graph, shares: Vec<f64>) -> Self {
        let sum = |group| graph.batches(group).iter().map(|batch| shares[*batch as usize]).sum();
        let sums: Vec<f64> = (0..graph.len()).map(sum).collect();
        let weigh = |(group, sum): (usize, &f64)| {
            if *sum > 0.0 { f64::from(graph.users[group]) * f64::from(graph.weights[group]) } else { 0.0 }
        };
        let weights: Vec<f64> = sums.iter().enumerate().map(weigh).collect();
        let total = weights.iter().sum();
        let mut walk = Self { graph, shares, sums, weights, loads: Vec::new(), total };
        walk.loads = walk.to_batches(&vec![1.0; graph.len()]);
        walk
    }

    /// The mean of numbers of batches, for each group, by what its users give to each.
    pub fn to_groups(&self, numbers: &[f64]) -> Vec<f64> {
        self.look();
        let parts: Vec<f64> = numbers.iter().zip(&self.shares).map(|(one, share)| one * share).collect();
        let mean = |group: usize| {
            if self.weights[group] == 0.0 {
                return 0.0;
            }
            let sum: f64 = self.graph.batches(group).iter().map(|batch| parts[*batch as usize]).sum();
            sum / self.sums[group]
        };
        (0..self.graph.len()).map(mean).collect()
    }

    /// The sum of numbers of groups, for each batch, by what it gets from their users.
    pub fn to_batches(&self, numbers: &[f64]) -> Vec<f64> {
        self.look();
        let mut sums = vec![0.0; self.shares.len()];
        for group in (0..self.graph.len()).filter(|group| self.weights[*group] > 0.0) {
            let part = numbers[group] * self.weights[group] / self.sums[group];
            self.graph.batches(group).iter().for_each(|batch| sums[*batch as usize] += part);
        }
        sums.iter_mut().zip(&self.shares).for_each(|(sum, share)| *sum *= share);
        sums
    }

    /// To the users and back, with numbers that are scaled so that the walk is symmetric.
    pub fn step(&self, numbers: &[f64]) -> Vec<f64> {
        self.scaled(self.to_batches(&self.to_groups(&self.scaled(numbers.to_vec()))))
    }

    /// Numbers over the roots of the loads.
    pub fn scaled(&self, mut numbers: Vec<f64>) -> Vec<f64> {
        let scale = |load: &f64| if *load > 0.0 { 1.0 / load.sqrt() } else { 0.0 };
        numbers.iter_mut().zip(&self.loads).for_each(|(one, load)| *one *= scale(load));
        numbers
    }

    /// What the walk leaves as it is: its first eigenvector.
    pub fn first(&self) -> Vec<f64> {
        self.loads.iter().map(|load| (load / self.total).sqrt()).collect()
    }

    /// A vector of batches that are walked to, without any direction of its own.
    pub fn scattered(&self, numbers: &mut Scattered) -> Vec<f64> {
        let mut normal = || (0..UNIFORMS).map(|_| numbers.next() - 0.5).sum::<f64>();
        self.loads.iter().map(|load| if *load > 0.0 { normal() } else { 0.0 }).collect()
    }

    /// The second eigenvalue is not above this; 1 says nothing.
    pub fn second_at_most(&self) -> f64 {
        (self.second() * MARGIN + ROUNDING).min(1.0)
    }

    /// The second eigenvalue from below.
    fn second(&self) -> f64 {
        let mut kept = vec![self.first()];
        let (mut diagonal, mut beside) = (Vec::new(), Vec::new());
        let mut next = self.scattered(&mut Scattered::default());
        for _ in 0..STEPS {
            self.graph.looks.near(kept.len() * next.len() / 2);
            let length = make_orthogonal(&mut next, &kept);
            if length < ROUNDING {
                break;
            }
            if kept.len() > 1 {
                beside.push(length);
            }
            let image = self.step(&next);
            diagonal.push(dot(&image, &next));
            kept.push(std::mem::replace(&mut next, image));
        }
        largest(&diagonal, &beside)
    }

    fn look(&self) {
        let edges = self.graph.batch_of.len();
        if is_near(self.graph) { self.graph.looks.near(edges) } else { self.graph.looks.far(edges as u64) }
    }
}

/// Whether so many passes over all edges are affordable.
pub(super) fn may_pass(graph: &Graph, passes: usize) -> bool {
    let looks = graph.batch_of.len().saturating_mul(passes) as u64;
    let share = if is_near(graph) { graph.looks.near_share() } else { graph.looks.far_share() };
    graph.sorts.len() <= BATCHES_MAX && looks <= share
}

fn is_near(graph: &Graph) -> bool {
    graph.sorts.len() <= NEAR_BATCHES
}

/// Numbers between 0 and 1 that follow no rule one would see: SplitMix64, always from its beginning.
#[derive(Default)]
pub(super) struct Scattered(u64);

impl Scattered {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let high = u32::try_from((mixed ^ (mixed >> 31)) >> 32).expect("half of the bits");
        f64::from(high) / f64::from(u32::MAX)
    }
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Takes out what points where others do, twice since once leaves what rounding hides, and makes the rest 1 long; gives
/// its length before.
pub(super) fn make_orthogonal(vector: &mut [f64], others: &[Vec<f64>]) -> f64 {
    for other in others.iter().chain(others) {
        let part = dot(vector, other);
        vector.iter_mut().zip(other).for_each(|(one, other)| *one -= part * other);
    }
    let length = dot(vector, vector).sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|one| *one /= length);
    }
    length
}

/// The largest eigenvalue, from above, of a symmetric matrix with numbers on its diagonal and beside it, all of whose
/// eigenvalues lie between 0 and 1.
fn largest(diagonal: &[f64], beside: &[f64]) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if is_exceeded(diagonal, beside, middle) { low = middle } else { high = middle }
    }
    high
}

/// Whether an eigenvalue lies above a number: then elimination meets a positive pivot (Sylvester).
fn is_exceeded(diagonal: &[f64], beside: &[f64], number: f64) -> bool {
    let mut pivot = f64::NEG_INFINITY;
    for (at, one) in diagonal.iter().enumerate() {
        let before = if at == 0 { 0.0 } else { beside[at - 1] * beside[at - 1] / pivot };
        pivot = one - number - before;
        if pivot > 0.0 {
            return true;
        }
        pivot = pivot.min(-f64::MIN_POSITIVE);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::Pace;
    use super::super::tests::instance;
    use super::*;

    fn second(users: &[Vec<u32>]) -> f64 {
        let drawn = instance(users, 1_000, Pace::default());
        let graph = Graph::of(&drawn);
        let walk = Walk::of(&graph, vec![1.0; drawn.batches]);
        let (below, above) = (walk.second(), walk.second_at_most());
        assert!(below <= above, "{below} is no bound from below of {above}");
        below
    }

    #[test]
    fn the_largest_eigenvalue_of_a_small_matrix_is_known() {
        assert!((largest(&[0.5, 0.5], &[0.25]) - 0.75).abs() < 1e-12);
        assert!((largest(&[0.2, 0.7, 0.1], &[0.0, 0.0]) - 0.7).abs() < 1e-12);
    }

    /// Every pair of four batches once: the walk has 1 and, three times, 1/3.
    #[test]
    fn the_second_eigenvalue_of_a_known_walk_is_found() {
        let pairs = (0..4).flat_map(|a| (a + 1..4).map(move |b| vec![a, b]));
        let second = second(&pairs.collect::<Vec<_>>());
        assert!((second - 1.0 / 3.0).abs() < 1e-9, "{second}");
    }

    #[test]
    fn two_parts_without_a_user_in_both_do_not_mix() {
        let pairs = [[0, 1], [0, 2], [1, 2], [3, 4], [3, 5], [4, 5]];
        let second = second(&pairs.map(Vec::from));
        assert!((second - 1.0).abs() < 1e-9, "{second}");
    }
}
