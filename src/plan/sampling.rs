//! What a random sample proves about everything that it was drawn from: exact, without replacement.
//!
//! It draws nothing and reads nothing. A user differs or does not; nothing is assumed about how many do.

/// How sure a bound is, in percent: of a hundred samples at most one is allowed to mislead.
pub const CONFIDENCE_PERCENT: u32 = 99;
/// The share of samples that may mislead.
const DOUBT: f64 = 0.01;
/// Of a percent, in a whole.
const HUNDREDTHS: u64 = 10_000;

/// What came of looking at some of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// How many there are.
    pub population: u64,
    /// How many of them were drawn and looked at.
    pub drawn: u64,
    /// How many of those differ.
    pub differing: u64,
    /// No more than so many of all differ, unless the sample is one of the rare ones that mislead.
    pub at_most: u64,
}

impl Proof {
    /// What a sample of `drawn` out of `population` proves in which `differing` differ.
    #[must_use]
    pub fn of(population: u64, drawn: u64, differing: u64) -> Self {
        let drawn = drawn.min(population);
        let differing = differing.min(drawn);
        Self { population, drawn, differing, at_most: at_most(population, drawn, differing) }
    }

    /// The bound in hundredths of a percent, rounded up: a bound is never shown as less than it is.
    #[must_use]
    pub fn at_most_hundredths(&self) -> u64 {
        self.at_most.saturating_mul(HUNDREDTHS).div_ceil(self.population.max(1))
    }

    /// The share that was found to differ, in hundredths of a percent, rounded to the nearest: the best guess at how
    /// many of all differ.
    #[must_use]
    pub fn found_hundredths(&self) -> u64 {
        let drawn = self.drawn.max(1);
        (self.differing.saturating_mul(HUNDREDTHS) + drawn / 2) / drawn
    }
}

/// The largest number of differing ones with which a sample so good would not be too rare.
fn at_most(population: u64, drawn: u64, differing: u64) -> u64 {
    // What was looked at and does not differ is certain.
    let (mut low, mut high) = (differing, population - (drawn - differing));
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if chance_of_at_most(population, middle, drawn, differing) > DOUBT * (1.0 - ROUNDING) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

/// Sums of logarithms are exact to far better than this; what it hides makes the bound larger, never smaller.
const ROUNDING: f64 = 1e-6;

/// How likely it is to draw at most `found` of the `differing` ones among `population`: the hypergeometric law.
fn chance_of_at_most(population: u64, differing: u64, drawn: u64, found: u64) -> f64 {
    let fewest = (drawn + differing).saturating_sub(population);
    let ways = |of: u64, chosen: u64| ln_factorial(of) - ln_factorial(chosen) - ln_factorial(of - chosen);
    let all = ways(population, drawn);
    let of_each =
        |found: u64| (ways(differing, found) + ways(population - differing, drawn - found) - all).exp();
    (fewest..=found.min(differing)).map(of_each).sum()
}

/// The logarithm of `n!`: summed up for small numbers, by Stirling's series for all others.
#[expect(clippy::cast_precision_loss, reason = "numbers of users are far below 2^52")]
fn ln_factorial(n: u64) -> f64 {
    if n < SERIES_FROM {
        return (2..=n).map(|factor| (factor as f64).ln()).sum();
    }
    let x = n as f64;
    let correction = 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3)) + 1.0 / (1_260.0 * x.powi(5));
    x.ln().mul_add(x, -x) + 0.5 * (std::f64::consts::TAU * x).ln() + correction
}

/// From here on the series is exact to the last digit that an `f64` holds.
const SERIES_FROM: u64 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_exact_law() {
        // By hand: with all seen nothing is left to doubt; of 10 with 5 seen, 4 differing ones stay unseen with a
        // chance of C(6,5)/C(10,5) = 6/252, which is more than 1 %, and 5 with 1/252, which is less.
        for (population, drawn, differing, expected) in [
            (10, 10, 0, 0),
            (10, 10, 3, 3),
            (10, 5, 0, 4),
            (10, 0, 0, 10),
            (0, 0, 0, 0),
            (1, 1, 1, 1),
            (1_000, 100, 7, 148),
            (4_000, 300, 0, 58),
            (200_000, 1_500, 0, 610),
        ] {
            let proof = Proof::of(population, drawn, differing);
            assert_eq!(proof.at_most, expected, "{drawn} of {population}, {differing} differ");
        }
        assert_eq!(Proof::of(200_000, 1_500, 0).at_most_hundredths(), 31, "0.305 % is rounded up");
        assert_eq!(Proof::of(1_000, 100, 7).found_hundredths(), 700);
    }

    #[test]
    fn the_series_goes_on_where_the_sum_ends() {
        let summed: f64 = (2..=SERIES_FROM).map(|n| f64::from(u32::try_from(n).expect("small")).ln()).sum();
        assert!((ln_factorial(SERIES_FROM) - summed).abs() < 1e-10, "{} {summed}", ln_factorial(SERIES_FROM));
    }

    /// A drawn world: so many of the population differ, and a sample is drawn of it.
    fn found(rng: &mut fastrand::Rng, population: usize, differing: usize, drawn: usize) -> u64 {
        let sample = rng.choose_multiple(0..population, drawn);
        sample.into_iter().filter(|user| *user < differing).count() as u64
    }

    #[test]
    fn planted_drift_is_found_with_the_promised_confidence_over_a_thousand_worlds() {
        let (population, drawn) = (4_000_usize, 300_usize);
        let bound = Proof::of(population as u64, drawn as u64, 0).at_most;
        // One more than a sample without any finding would allow.
        let planted = usize::try_from(bound).expect("small") + 1;
        let missed = (0..1_000_u64)
            .filter(|seed| found(&mut fastrand::Rng::with_seed(*seed), population, planted, drawn) == 0)
            .count();
        // 10 are allowed on average; more than 20 come by chance once in five hundred times.
        assert!(missed <= 20, "missed in {missed} of 1,000 worlds, with {planted} of {population} planted");
        assert!(missed >= 1, "the bound is wider than it has to be: nothing was ever missed");
    }

    #[test]
    fn the_bound_holds_with_the_promised_confidence_over_a_thousand_worlds() {
        let mut broken = Vec::new();
        for seed in 0..1_000_u64 {
            let mut rng = fastrand::Rng::with_seed(seed);
            let population = rng.usize(50..3_000);
            let (differing, drawn) = (rng.usize(0..=population / 4), rng.usize(1..=population));
            let proof =
                Proof::of(population as u64, drawn as u64, found(&mut rng, population, differing, drawn));
            if proof.at_most < differing as u64 {
                broken.push((seed, differing, proof));
            }
        }
        assert!(broken.len() <= 20, "{} of 1,000 bounds are too low: {broken:?}", broken.len());
    }
}
