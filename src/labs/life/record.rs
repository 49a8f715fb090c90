//! What was seen and measured of the generations so far.

use std::sync::Arc;

use super::ID;
use super::figures::{Rate, Timing};
use super::history::History;
use super::strategies::STRATEGIES;
use super::universe::Universe;
use super::view::Time;
use crate::runtime::load::Watch;

/// Populations that are kept for the sparkline.
const POPULATIONS: usize = 256;

/// What was seen and measured.
#[derive(Debug)]
pub struct Record {
    /// The generations seen lately.
    pub history: History,
    /// Generations a second.
    pub rate: Rate,
    population: u64,
    populations: Vec<f64>,
    /// A strategy's place in the table is its place here.
    times: Vec<Timing>,
    /// What others use of the machine, since the load was last looked at.
    load: Watch,
}

impl Record {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            history: History::default(),
            rate: Rate::default(),
            population: 0,
            populations: Vec::new(),
            times: vec![Timing::default(); STRATEGIES.len()],
            load: Watch::start(ID),
        }
    }

    /// Takes in that this generation, of so many living cells, is there to be seen.
    pub fn seen(&mut self, universe: &Arc<Universe>, population: u64) {
        self.population = population;
        self.populations.push(population as f64);
        if self.populations.len() > 2 * POPULATIONS {
            self.populations.drain(..POPULATIONS);
        }
        self.history.push(Arc::clone(universe));
    }

    /// Goes back to the generation seen before the last; none when no more are kept.
    pub fn back(&mut self) -> Option<Arc<Universe>> {
        let before = self.history.back()?;
        self.population = before.population();
        self.populations.pop();
        Some(before)
    }

    /// Living cells of the last generation seen.
    pub fn population(&self) -> u64 {
        self.population
    }

    /// Living cells of the generations seen lately, oldest first.
    pub fn populations(&self) -> &[f64] {
        &self.populations[self.populations.len().saturating_sub(POPULATIONS)..]
    }

    /// Forgets the generations, but not the times.
    pub fn begin_again(&mut self) {
        self.history.clear();
        self.populations.clear();
        self.rate.clear();
    }

    /// So many generations took so many seconds under the strategy at this place of the table.
    pub fn took(&mut self, strategy: usize, seconds: f64, generations: u64) {
        self.times[strategy].add(seconds, generations);
    }

    /// Forgets the times of one strategy.
    pub fn forget_time(&mut self, strategy: usize) {
        self.times[strategy] = Timing::default();
    }

    /// Forgets all times: they are not to be compared with those to come.
    pub fn forget_times(&mut self) {
        self.times.fill(Timing::default());
    }

    /// The time of a generation under each strategy that has run.
    pub fn times(&self) -> Vec<Time> {
        let rows = STRATEGIES.iter().zip(&self.times);
        rows.filter_map(|(row, timing)| {
            let seconds = timing.seconds()?;
            Some(Time { strategy: &row.about, seconds, contended: timing.contended })
        })
        .collect()
    }

    /// Marks a strategy's times as contended, or as clean, by what others have used of the machine since the last call.
    pub fn note_load(&mut self, strategy: usize) {
        let contended = self.load.finish().map(|others| others.contended);
        let timing = &mut self.times[strategy];
        // Where the system does not say, nothing is known against the times.
        timing.contended = contended.or(timing.contended).or((!cfg!(target_os = "linux")).then_some(false));
        self.load = Watch::start(ID);
    }
}

impl Default for Record {
    fn default() -> Self {
        Self::new()
    }
}
