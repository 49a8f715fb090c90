//! Floor 5: the dashboard. It knows labs only as `dyn Lab`.

pub mod config;
pub mod errand;
pub mod event_loop;
pub mod export;
pub mod frame;
pub mod headline;
pub mod input;
pub mod keycast;
pub mod keys;
pub mod layout;
pub mod look;
pub mod options;
pub mod overlay;
pub mod pace;
pub mod pulse;
pub mod recording;
pub mod rewind;
pub mod screen;
pub mod shown;
pub mod soak;
pub mod state;
pub mod terminal;
pub mod tour;
#[cfg(test)]
mod toy;

use std::time::{Duration, Instant};

use anyhow::Context;

use crate::app::options::Screenful;
use crate::guides::advice::adviser::Adviser;
use crate::guides::tour::command::Opening;
use crate::labs::headless::Failure;
use crate::labs::{self, Start};
use crate::runtime::loop_watch::LoopWatch;
use crate::runtime::stage::Stage;
use crate::runtime::wake::Wake;
use crate::runtime::{cores, heap};

use config::Config;
use event_loop::EventLoop;
use keys::Keymap;
use look::Look;
use pace::Pace;
use pulse::Pulse;
use recording::Recording;
use screen::{NonBlocking, Screen};
use state::State;
use terminal::Terminal;

/// How long the workers have to end after the terminal was given back.
const TO_END: Duration = Duration::from_millis(500);

/// Opens the dashboard, with a tour if there is one, and stays in it until it is quit.
pub fn run(files: &[String], options: &Screenful, tour: Option<Opening>) -> Result<(), Failure> {
    if let Some(count) = options.cores.map(usize::from) {
        cores::limit(count).map_err(|why| anyhow::anyhow!("--cores {count}: {why}"))?;
    }
    heap::share();
    let config = Config::load(options.config.as_deref())?;
    let look = Look::chosen(options, &config)?;
    let mouse = !options.no_mouse && config.mouse.unwrap_or(true);
    let (terminal, tty) = Terminal::take(mouse)?;
    let activity = tempfile::Builder::new().prefix("fanout-").tempdir().context("no temporary folder")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let workers = options.workers.or(config.workers).map_or_else(cores::available, usize::from);
    let start = Start {
        wake: Wake::new(),
        stage: Stage::new(),
        dashboard: LoopWatch::new(),
        activity: activity.path().to_owned(),
        files: files.to_vec(),
        workers: workers.clamp(1, labs::common::MOST_WORKERS),
        executable: std::env::current_exe().context("the program's own file is not known")?,
        seed: options.seed,
        calm: options.calm,
    };
    let (columns, rows) = terminal::size();
    let (result, late) = runtime.block_on(async {
        let mut screen = Screen::new(NonBlocking::new(tty)?, columns, rows);
        if let Some(path) = &options.record {
            screen.record(Recording::start(path, columns, rows)?);
        }
        let labs = labs::all(&start);
        let keymap = Keymap::new(labs.iter().map(|lab| lab.about()), &config.keys)?;
        let mut state = State::new(labs, keymap, look, start.stage.clone(), start.wake.clone(), screen.area());
        state.pulse = Pulse::new(start.dashboard.clone());
        state.adviser = Some(Adviser::new(&start));
        match tour {
            Some(tour) => drop(state.begin_tour(tour)),
            None if options.config.is_none() && config::first_run() => state.welcome(),
            None => {}
        }
        let input = input::read()?;
        let pace = Pace::new(options.fps.or(config.fps).unwrap_or(60));
        let mut events =
            EventLoop { state: &mut state, screen, terminal: Some(&terminal), input, wake: start.wake.clone(), pace };
        let result = events.run().await;
        let recording = events.screen.recording().take();
        // The person gets the terminal back first; the workers have a moment to end.
        drop(terminal);
        let late = state.shut_down(Instant::now() + TO_END);
        let recorded = recording.map_or(Ok(()), Recording::finish).context("the recording is not complete");
        Ok::<_, Failure>((result.and(recorded.map_err(Failure::from)), late))
    })?;
    if !late.is_empty() {
        eprintln!("fanout: did not end in time: {}", late.join(", "));
    }
    result
}
