//! The search for shares with which few batches are shown to hold few users whole.
//!
//! Any shares give a bound that holds; better ones give a better bound. It proves nothing itself.

use super::graph::{Graph, Sort};
use super::spared;
use super::walk::{self, Scattered, Walk};

/// How often the shares are changed.
const ROUNDS: usize = 40;
/// By how much a share changes at once where its slope is that of all in the mean.
const RATE: f64 = 0.03;
/// The most by which it changes at once.
const CHANGE_MAX: f64 = 0.5;
/// How many directions stand for all in which users may be badly mixed.
const VECTORS: usize = 3;
/// How many steps each of them is walked before it is asked.
const STEPS: usize = 3;
/// Passes over all edges that the search takes, with the walk that is relied on at its end.
pub(super) const PASSES: usize = ROUNDS * (VECTORS * (2 * STEPS + 4) + 4) + 2 * walk::STEPS;

/// Shares for a bound where so many batches are chosen; nothing where no batch tells anything.
pub(super) fn shares(graph: &Graph, batches: usize) -> Option<Vec<f64>> {
    let mut shares = start(graph);
    let mut walk = Walk::of(graph, shares.clone());
    if walk.total == 0.0 {
        return None;
    }
    let mut numbers = Scattered::default();
    let mut vectors: Vec<Vec<f64>> = (0..VECTORS).map(|_| walk.scattered(&mut numbers)).collect();
    for _ in 0..ROUNDS {
        for vector in &mut vectors {
            (0..STEPS).for_each(|_| turn(&walk, vector));
        }
        let slope = slope(&walk, &vectors, batches);
        let used = walk.loads.iter().filter(|load| **load > 0.0).count();
        #[expect(clippy::cast_precision_loss, reason = "fewer batches than 2^52")]
        let mean = slope.iter().map(|one| one.abs()).sum::<f64>() / used as f64;
        if mean == 0.0 {
            break;
        }
        for (share, slope) in shares.iter_mut().zip(slope) {
            *share *= 1.0 - (RATE * slope / mean).clamp(-CHANGE_MAX, CHANGE_MAX);
        }
        walk = Walk::of(graph, shares.clone());
    }
    Some(shares)
}

/// Rare batches more than popular ones, which are among the chosen anyway, but not those with hardly any users, which
/// would tie their users to themselves alone. Roots are the same on every machine, powers are not.
fn start(graph: &Graph) -> Vec<f64> {
    let costs: Vec<bool> = (0..graph.sorts.len()).map(|batch| costs_a_call(graph, batch)).collect();
    let rows =
        || graph.loose.iter().zip(&costs).filter(|(_, costs)| **costs).map(|(rows, _)| f64::from(*rows));
    #[expect(clippy::cast_precision_loss, reason = "fewer batches than 2^52")]
    let added = rows().sum::<f64>() / rows().count().max(1) as f64 / 4.0;
    let one = |(rows, costs): (&u32, &bool)| {
        let rows = f64::from(*rows) + added;
        if *costs { 1.0 / (rows * rows.sqrt().sqrt()) } else { 0.0 }
    };
    graph.loose.iter().zip(&costs).map(one).collect()
}

/// Whether the first row that is left in a batch costs a call: there is no room in one that is made anyway.
fn costs_a_call(graph: &Graph, batch: usize) -> bool {
    match graph.sorts[batch] {
        Sort::Free => false,
        Sort::Shared | Sort::Own => true,
        Sort::Stepped => graph.fixed[batch].is_multiple_of(graph.batch_max),
    }
}

/// Walks on, away from what the walk leaves as it is.
fn turn(walk: &Walk<'_>, vector: &mut Vec<f64>) {
    walk::make_orthogonal(vector, &[walk.first()]);
    *vector = walk.step(vector);
}

/// How the bound changes with the logarithm of each share.
fn slope(walk: &Walk<'_>, vectors: &[Vec<f64>], batches: usize) -> Vec<f64> {
    let mut second: f64 = 0.0;
    let mut of_second = vec![0.0; walk.loads.len()];
    for vector in vectors {
        let mut vector = vector.clone();
        walk::make_orthogonal(&mut vector, &[walk.first()]);
        let (value, slope) = slope_of_value(walk, vector);
        second = second.max(value);
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        of_second.iter_mut().zip(slope).for_each(|(sum, one)| *sum += one / vectors.len() as f64);
    }
    let (part, of_part) = slope_of_part(walk, batches);
    let by_second = part * (1.0 - part);
    of_second
        .iter()
        .zip(of_part)
        .map(|(of_second, of_part)| by_second * of_second + second * of_part)
        .collect()
}

/// What a direction keeps of itself in a step, and how that changes with the logarithm of each share.
fn slope_of_value(walk: &Walk<'_>, vector: Vec<f64>) -> (f64, Vec<f64>) {
    let at = walk.scaled(vector);
    let squares: Vec<f64> = at.iter().map(|one| one * one).collect();
    let (means, mean_squares) = (walk.to_groups(&at), walk.to_groups(&squares));
    let back = walk.to_batches(&means);
    let value = walk::dot(&back, &at);
    let both = |(mean, square): (&f64, &f64)| 2.0 * mean * mean - value * square;
    let lost = walk.to_batches(&means.iter().zip(&mean_squares).map(both).collect::<Vec<_>>());
    let one = |batch: usize| {
        2.0 * at[batch] * back[batch] - value * squares[batch] * walk.loads[batch] - lost[batch]
    };
    (value, (0..at.len()).map(one).collect())
}

/// What so many batches get of all at most, and how that changes with the logarithm of each share.
fn slope_of_part(walk: &Walk<'_>, batches: usize) -> (f64, Vec<f64>) {
    let chosen = spared::fullest(&walk.loads, batches);
    let mut is_chosen = vec![0.0; walk.loads.len()];
    chosen.iter().for_each(|batch| is_chosen[*batch as usize] = 1.0);
    let lost = walk.to_batches(&walk.to_groups(&is_chosen));
    let one = |batch: usize| (walk.loads[batch] * is_chosen[batch] - lost[batch]) / walk.total;
    let part = chosen.iter().map(|batch| walk.loads[*batch as usize]).sum::<f64>() / walk.total;
    (part.min(1.0), (0..walk.loads.len()).map(one).collect())
}
