//! The worker as the dashboard meets it: Commands in, Views and Events out.

use super::*;
use crate::labs::common::{Change, Common, Pick};
use crate::labs::life::history::History;
use crate::labs::life::strategies::Stepper;
use crate::labs::life::view::Room;
use crate::runtime::stage::Stage;
use crate::ui::canvas::Size;

type LifeDesk = Desk<Command, View, Notice>;

/// Nothing takes as long as this unless it hangs.
const LONG: Duration = Duration::from_secs(20);

fn start(folder: &std::path::Path) -> Start {
    Start { workers: 2, ..Start::alone(folder) }
}

fn started(folder: &std::path::Path) -> LifeDesk {
    super::start(&start(folder))
}

/// The first View that answers this command and is as wanted.
fn view(desk: &mut LifeDesk, command: Command, wanted: impl Fn(&View) -> bool) -> View {
    let number = desk.send(command).unwrap();
    let deadline = Instant::now() + LONG;
    loop {
        if let Some(published) = desk.take_view()
            && published.answered >= number
            && wanted(&published.view)
        {
            return published.view;
        }
        assert!(Instant::now() < deadline, "no such view came");
        std::thread::yield_now();
    }
}

/// All of the pane shows cells.
fn room(columns: u16, rows: u16) -> Room {
    let size = Size { columns, rows };
    Room { pane: size, cells: size }
}

fn place() -> Command {
    Command::Place(Some(room(12, 4)))
}

fn pause() -> Command {
    Command::Common(Common::Pause)
}

fn origin() -> Arc<Universe> {
    Arc::new(Universe::torus(Rule::LIFE, soup(8, 12, DENSITY, 42)))
}

fn serial(from: &Arc<Universe>, generations: u64) -> Arc<Universe> {
    let mut serial: Box<dyn Stepper> = (STRATEGIES[0].make)(&Setup::headless(1, std::path::PathBuf::new())).unwrap();
    serial.advance(from, &Order::new(generations)).universe
}

fn living(view: &View) -> Vec<bool> {
    view.picture.pixels.iter().map(|pixel| *pixel > 0).collect()
}

#[test]
fn switching_strategy_in_mid_run_never_changes_the_sequence() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = started(folder.path());
    view(&mut desk, place(), |view| view.generation > 0);
    view(&mut desk, Command::FlatOut, |_| true);
    let mut last = 0;
    let task = Task::of(&origin(), Grain::Cell, 0);
    // Worker processes would run this test's program.
    let able = || STRATEGIES.iter().filter(|row| row.about.id != "processes" && (row.supports)(&task).is_ok());
    for (index, row) in able().chain(able()).enumerate() {
        let switch = Command::Common(Common::Strategy(Pick::Named(row.about.id)));
        let after = view(&mut desk, switch, |view| view.strategy.id == row.about.id && view.generation > last + 3);
        last = after.generation;
        let change = if index % 2 == 0 { Change::More } else { Change::Fewer };
        view(&mut desk, Command::Common(Common::Workers(change)), |_| true);
    }
    view(&mut desk, pause(), |_| true);
    // The order under way when the pause came may still bring its generations.
    let settled = view(&mut desk, Command::Step, |view| view.generation > last);
    let settled = view(&mut desk, Command::Step, |view| view.generation > settled.generation);
    assert_eq!(living(&settled), {
        let expected = serial(&origin(), settled.generation);
        living(&View { picture: Picture::take(&settled.look, &expected, &History::default()), ..settled.clone() })
    });
    desk.join(Instant::now() + LONG).unwrap();
}

#[test]
fn a_panic_in_the_runner_leaves_worker_and_grid() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = started(folder.path());
    view(&mut desk, place(), |view| view.generation > 2);
    let stopped = view(&mut desk, Command::Panic, |view| view.problem.is_some());
    assert!(stopped.problem.as_ref().unwrap().contains("asked to panic"), "{:?}", stopped.problem);
    assert!(stopped.problem.as_ref().unwrap().contains("Space goes on"), "{:?}", stopped.problem);
    assert_eq!(stopped.doing.tone, Tone::Bad);
    let on = view(&mut desk, pause(), |view| view.generation > stopped.generation);
    assert_eq!(on.problem, None);
    desk.join(Instant::now() + LONG).unwrap();
    let log = std::fs::read_to_string(folder.path().join("life.log")).unwrap();
    assert!(log.contains("ERROR the runner panicked"), "{log}");
}

#[test]
fn steps_go_forward_and_back_and_run_begins_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = started(folder.path());
    view(&mut desk, pause(), |_| true);
    let first = view(&mut desk, place(), |_| true);
    assert_eq!(first.generation, 0);
    let second = view(&mut desk, Command::Step, |view| view.generation == 1);
    let third = view(&mut desk, Command::Step, |view| view.generation == 2);
    let back = view(&mut desk, Command::Back, |view| view.generation == 1);
    assert_eq!((living(&back), back.population), (living(&second), second.population));
    let again = view(&mut desk, Command::Step, |view| view.generation == 2);
    assert_eq!(living(&again), living(&third));
    let begun = view(&mut desk, Command::Common(Common::Run), |view| view.generation == 0);
    assert_eq!(living(&begun), living(&first));
    let glider = view(&mut desk, Command::SeedGlider, |view| view.generation == 0);
    assert_eq!((glider.size, glider.population), (Some((5, 9)), 5));
    desk.join(Instant::now() + LONG).unwrap();
}

#[test]
fn paused_it_publishes_nothing_and_no_timer_runs() {
    let (reports, _kept) = bounded(REPORTS);
    let folder = tempfile::tempdir().unwrap();
    let mut life = Life::new(&start(folder.path()), reports);
    assert_eq!(life.due(), None, "nothing goes on before it is on the screen");
    life.place(Some(room(10, 5)));
    assert!(life.due().is_some());
    life.set_paused(true);
    assert_eq!(life.due(), None);
    life.drive();
    assert!(life.busy.is_none());
}

#[test]
fn flat_out_gives_way_while_another_lab_measures() {
    let (reports, _kept) = bounded(REPORTS);
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::new();
    let mut life = Life::new(&Start { stage: stage.clone(), ..start(folder.path()) }, reports);
    life.tempo.turn_flat_out();
    assert_eq!(life.doing().text, "flat out");
    let quiet = stage.ask_for_quiet("gcd");
    assert_eq!(life.doing().text, "stepping back");
    drop(quiet);
    assert_eq!(life.doing().text, "flat out");
}
