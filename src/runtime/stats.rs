//! What repeated measurements say: median, extremes, speedup.

use std::time::Duration;

/// Durations of the same work, measured again and again, in seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    sorted: Vec<f64>,
}

impl Samples {
    /// No measurements yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in one more, in seconds.
    pub fn add(&mut self, seconds: f64) {
        let place = self.sorted.partition_point(|other| *other < seconds);
        self.sorted.insert(place, seconds);
    }

    /// Takes in one more.
    pub fn add_duration(&mut self, duration: Duration) {
        self.add(duration.as_secs_f64());
    }

    /// The same measurements, each multiplied: of a part, or of many at once.
    #[must_use]
    pub fn times(mut self, factor: f64) -> Self {
        for seconds in &mut self.sorted {
            *seconds *= factor;
        }
        self
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The middle one, or the mean of the two in the middle.
    pub fn median(&self) -> Option<f64> {
        let n = self.sorted.len();
        (n > 0).then(|| f64::midpoint(self.sorted[(n - 1) / 2], self.sorted[n / 2]))
    }

    /// The shortest.
    pub fn min(&self) -> Option<f64> {
        self.sorted.first().copied()
    }

    /// The longest.
    pub fn max(&self) -> Option<f64> {
        self.sorted.last().copied()
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<T: IntoIterator<Item = f64>>(seconds: T) -> Self {
        let mut sorted: Vec<f64> = seconds.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Self { sorted }
    }
}

/// Deviations from the median, in median deviations, beyond which a measurement is an outlier.
const OUTLIER_BEYOND: f64 = 10.0;

/// How many of these measurements lie so far from the rest that something else was at work. The measure is the median of the
/// deviations from the median (F. Hampel, "The influence curve and its role in robust estimation", 1974), which a few
/// outliers do not move; deviations below a fiftieth of the median are no outliers, however even the rest is.
pub fn outliers(seconds: &[f64]) -> usize {
    let samples: Samples = seconds.iter().copied().collect();
    let Some(median) = samples.median() else { return 0 };
    let deviations: Samples = seconds.iter().map(|second| (second - median).abs()).collect();
    let usual = deviations.median().unwrap_or(0.0).max(median / 50.0 / OUTLIER_BEYOND);
    deviations.sorted.iter().filter(|deviation| **deviation > OUTLIER_BEYOND * usual).count()
}

/// How many times as fast: the median of the baseline over this median. None when either is missing or zero.
pub fn speedup(baseline: &Samples, this: &Samples) -> Option<f64> {
    match (baseline.median(), this.median()) {
        (Some(base), Some(mine)) if base > 0.0 && mine > 0.0 => Some(base / mine),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_extremes() {
        let mut samples = Samples::new();
        assert_eq!((samples.median(), samples.min(), samples.max()), (None, None, None));
        for seconds in [3.0, 1.0, 2.0] {
            samples.add(seconds);
        }
        assert_eq!(
            (samples.median(), samples.min(), samples.max(), samples.len()),
            (Some(2.0), Some(1.0), Some(3.0), 3)
        );
        samples.add(10.0);
        assert_eq!(samples.median(), Some(2.5));
        assert_eq!(Samples::from_iter([3.0, 10.0, 1.0, 2.0]), samples);
        assert_eq!(samples.times(2.0).median(), Some(5.0));
    }

    #[test]
    fn outliers_are_what_lies_far_from_the_rest() {
        assert_eq!(outliers(&[]), 0);
        assert_eq!(outliers(&[1.0, 1.01, 0.99, 1.0, 1.02]), 0);
        assert_eq!(outliers(&[1.0, 1.01, 0.99, 1.0, 3.0]), 1);
        assert_eq!(outliers(&[1.0, 1.0, 1.0, 1.01]), 0, "a fiftieth is no outlier");
    }

    #[test]
    fn speedup_is_baseline_over_this() {
        let (slow, fast) = (Samples::from_iter([4.0]), Samples::from_iter([2.0]));
        assert_eq!(speedup(&slow, &fast), Some(2.0));
        assert_eq!(speedup(&Samples::new(), &fast), None);
        assert_eq!(speedup(&slow, &Samples::from_iter([0.0])), None);
    }
}
