//! What goes between the lab and its worker.

use std::time::{Duration, Instant};

use super::record::{Beat, Call};
use crate::labs::Doing;
use crate::labs::common::Pick;
use crate::runtime::loop_watch::{Bucket, Lag, SlowCallback};
use crate::runtime::strategy::About;
use crate::ui::canvas::Size;

/// What a person asks of the lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Do the slow work another way.
    Strategy(Pick),
    /// Stop the loop, or start it again.
    Pause,
    /// Forget this strategy's figures, and give its loop slow work.
    Run,
    /// The pane's inside has this size, or is not on the screen.
    Place(Option<Size>),
    /// Give the loop one piece of slow work.
    Block,
    /// Give it one every other second, or no longer.
    Repeat,
    /// A piece of slow work takes so long.
    Length(Duration),
}

/// One column of the strip: a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// How often the small job ran in it.
    pub beats: u32,
    /// The latest of those.
    pub worst: Duration,
}

/// The figures of one strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrategyLag {
    /// The strategy.
    pub about: &'static About,
    /// How late its loop's small job was; None before it has run.
    pub lag: Option<Lag>,
}

/// All that the pane draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The strategy that runs.
    pub strategy: &'static About,
    /// What the lab does.
    pub doing: Doing,
    /// How long a piece of slow work takes.
    pub block: Duration,
    /// The last seconds, newest at the end; None where the loop did not run yet.
    pub strip: Vec<Option<Column>>,
    /// The last piece of slow work, and how long ago it began.
    pub call: Option<(Call, Duration)>,
    /// Every strategy's figures, in the order of the table.
    pub lags: Vec<StrategyLag>,
    /// The present strategy's lags.
    pub buckets: Vec<Bucket>,
    /// Its slow callbacks, oldest first.
    pub slow: Vec<SlowCallback>,
}

/// What a column of the strip stands for.
pub const COLUMN: Duration = Duration::from_millis(50);

/// The upper ends of the histogram's buckets.
pub const BUCKETS: [Duration; 12] = [
    Duration::from_micros(100),
    Duration::from_micros(200),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_millis(2),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_mins(1),
];

/// The last `columns` whole columns up to `now` of a loop that has run since `begun`, from its beats.
pub fn strip(begun: Instant, now: Instant, beats: &[Beat], columns: usize) -> Vec<Option<Column>> {
    let place = |time: Instant| time.saturating_duration_since(begun).as_nanos() / COLUMN.as_nanos();
    // The column of this moment is not over yet, and one without a beat so far says nothing.
    let end = place(now) as i64;
    let first = end - columns as i64;
    let mut strip: Vec<Option<Column>> =
        (first..end).map(|i| (i >= 0).then_some(Column { beats: 0, worst: Duration::ZERO })).collect();
    for beat in beats {
        let index = place(beat.ran) as i64 - first;
        if let Some(Some(column)) = usize::try_from(index).ok().and_then(|index| strip.get_mut(index)) {
            column.beats += 1;
            column.worst = column.worst.max(beat.lag);
        }
    }
    strip
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_stretch_is_a_hole_and_the_time_before_the_start_is_nothing() {
        let begun = Instant::now();
        let at = |ms: u64| begun + Duration::from_millis(ms);
        let beat = |ran, lag| Beat { ran: at(ran), lag: Duration::from_millis(lag) };
        let beats = [beat(5, 0), beat(45, 1), beat(160, 100), beat(161, 90), beat(201, 0)];
        let strip = strip(begun, at(210), &beats, 6);
        let column = |beats, worst| Some(Column { beats, worst: Duration::from_millis(worst) });
        assert_eq!(strip, [None, None, column(2, 1), column(0, 0), column(0, 0), column(2, 100)]);
    }
}
