//! The GCD lab as the dashboard drives it, with its real worker, runner and worker processes.

use std::time::{Duration, Instant};

use fanout::labs::gcd;
use fanout::labs::gcd::strategies::STRATEGIES;
use fanout::labs::gcd::workload::BuiltIn;
use fanout::labs::{Acted, Lab, Notice, Start, Tone};
use fanout::runtime::loop_watch::LoopWatch;
use fanout::runtime::stage::Stage;
use fanout::runtime::wake::Wake;
use fanout::ui::theme::Depth;
use fanout::ui::{Canvas, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

struct Driven {
    lab: Box<dyn Lab>,
    stage: Stage,
    notices: Vec<Notice>,
    folder: tempfile::TempDir,
}

impl Driven {
    fn start() -> Self {
        let (stage, folder) = (Stage::new(), tempfile::tempdir().unwrap());
        let start = Start {
            wake: Wake::new(),
            stage: stage.clone(),
            dashboard: LoopWatch::new(),
            activity: folder.path().to_owned(),
            files: vec![],
            workers: 2,
            executable: env!("CARGO_BIN_EXE_fanout").into(),
            seed: 42,
            calm: false,
        };
        Self { lab: gcd::start(&start), stage, notices: vec![], folder }
    }

    /// Takes in views until one satisfies.
    fn wait(&mut self, what: &str, satisfied: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let refreshed = self.lab.refresh();
            self.notices.extend(refreshed.notices);
            if satisfied(self) {
                return;
            }
            assert!(Instant::now() < deadline, "{what} never came:\n{}", self.picture());
            std::thread::yield_now();
        }
    }

    fn wait_doing(&mut self, doing: &str) {
        self.wait(doing, |driven| driven.lab.doing().text == doing);
    }

    fn act(&mut self, action: &str) {
        let acted = self.lab.act(&action.parse().unwrap()).unwrap();
        let Acted::Sent(number) = acted else { panic!("{action}: {acted:?}") };
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let refreshed = self.lab.refresh();
            self.notices.extend(refreshed.notices);
            if refreshed.answered >= number {
                return;
            }
            assert!(Instant::now() < deadline, "{action} was never answered");
            std::thread::yield_now();
        }
    }

    fn picture(&self) -> String {
        let theme = Theme::dark(Depth::None, false);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 98, 32));
        let area = buffer.area;
        self.lab.draw(&mut Canvas::new(&mut buffer, area, &theme));
        let symbols: Vec<&str> = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
        symbols.chunks(98).map(|row| row.concat().trim_end().to_owned() + "\n").collect()
    }

    /// The picture's row of a strategy.
    fn row(&self, title: &str) -> String {
        let picture = self.picture();
        picture
            .lines()
            .find(|line| line.trim_start_matches(['▸', ' ']).starts_with(title))
            .unwrap_or_default()
            .to_owned()
    }
}

#[test]
fn the_first_round_measures_every_strategy_and_then_it_stays_quiet() {
    let mut driven = Driven::start();
    driven.wait_doing("done");
    for title in ["Serial", "Threads", "Rayon", "Processes"] {
        let row = driven.row(title);
        assert!(row.ends_with('x'), "{title}: {row}");
    }
    assert!(driven.picture().contains("all agree 1 1 5 1 32 1"), "{}", driven.picture());
    driven.wait("the end of the quiet", |driven| driven.stage.measuring().is_none());
    let log = std::fs::read_to_string(driven.folder.path().join("gcd.log")).unwrap();
    assert!(log.contains(" serial seed with 2 workers: "), "{log}");
}

#[test]
fn a_strategy_is_switched_in_the_middle_of_a_run_and_results_stay() {
    let mut driven = Driven::start();
    driven.wait_doing("done");
    driven.act("gcd.workload workshop");
    driven.wait("a run", |driven| driven.row("Serial").contains("/32"));
    driven.wait("the quiet that a measured run asks for", |driven| driven.stage.measuring() == Some("gcd"));
    let workshop = BuiltIn::Workshop.workload(42);
    for row in STRATEGIES.iter().filter(|row| (row.supports)(&workshop).is_ok()) {
        driven.act(&format!("gcd.strategy {}", row.about.id));
        assert_eq!(driven.lab.strategy().id, row.about.id);
    }
    driven.act("gcd.stop");
    driven.wait_doing("done");
    driven.act("gcd.workload seed");
    assert!(driven.row("Serial").ends_with('x'), "{}", driven.picture());
    assert_eq!(driven.notices, []);
}

#[test]
fn a_paused_run_waits_and_its_time_does_not_count() {
    let mut driven = Driven::start();
    driven.wait_doing("done");
    driven.act("gcd.workload workshop");
    driven.wait("a run", |driven| driven.row("Serial").contains("/32"));
    driven.act("gcd.pause");
    assert_eq!(driven.lab.doing().text, "paused");
    driven.act("gcd.stop");
    driven.wait_doing("done");
    assert!(!driven.row("Serial").ends_with('x'));
    driven.act("gcd.pause");
    assert!(driven.notices[0].text.starts_with("nothing runs"), "{:?}", driven.notices);
}

#[test]
fn a_panic_of_the_runner_is_survived_and_said() {
    let mut driven = Driven::start();
    driven.wait_doing("done");
    driven.act("gcd.panic");
    driven.act("gcd.run");
    driven.wait("the panic's notice", |driven| !driven.notices.is_empty());
    let Notice { tone, text } = &driven.notices[0];
    assert_eq!(*tone, Tone::Bad);
    assert!(text.starts_with("Serial panicked: a panic on purpose (gcd.panic)"), "{text}");
    assert!(text.ends_with("results are kept, r runs again"), "{text}");
    assert!(driven.row("Processes").ends_with('x'), "results are kept");
    driven.wait("the end of the quiet, with the runner", |driven| driven.stage.measuring().is_none());
    driven.act("gcd.strategy processes");
    driven.wait_doing("done");
    assert_eq!(driven.notices.len(), 1);
}

#[test]
fn a_wrong_action_says_what_would_be_right() {
    let mut driven = Driven::start();
    let mut error = |action: &str| driven.lab.act(&action.parse().unwrap()).unwrap_err();
    assert_eq!(error("gcd.workload workshp"), r#"unknown workload "workshp"; did you mean "workshop"?"#);
    assert_eq!(error("gcd.dance"), r#"the GCD lab has no action "dance""#);
    driven.lab.close();
    assert_eq!(driven.lab.join(Instant::now() + Duration::from_secs(10)), Ok(()));
}
