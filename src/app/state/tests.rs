use std::collections::BTreeMap;

use ratatui::buffer::Buffer;

use super::*;
use crate::app::pulse;
use crate::app::toy::{Told, Toy};
use crate::guides::tour::command::Opening;
use crate::guides::tour::lesson::Lesson;
use crate::guides::tour::pace::Pace;
use crate::ui::input::{Mouse, MouseKind};
use crate::ui::snapshot::text;

pub(super) struct Bench {
    pub(super) state: State,
    told: Told,
    pub(super) buffer: Buffer,
}

impl Bench {
    pub(super) fn new(labs: usize, columns: u16, rows: u16) -> Self {
        let told = Told::default();
        let area = Rect::new(0, 0, columns, rows);
        let look = Look::shipped("dark");
        let labs = Toy::labs(labs, &told);
        let keymap = Keymap::new(labs.iter().map(|lab| lab.about()), &BTreeMap::new()).unwrap();
        let state = State::new(labs, keymap, look, Stage::new(), Wake::new(), area);
        Self { state, told, buffer: Buffer::empty(area) }
    }

    pub(super) fn press(&mut self, keys: &str) -> After {
        keys.split(' ').map(|key| self.state.key(key.parse().unwrap())).last().unwrap()
    }

    fn click(&mut self, column: u16, row: u16) -> After {
        self.state.mouse(Mouse { kind: MouseKind::Press, column, row })
    }

    pub(super) fn screen(&mut self) -> String {
        self.buffer.reset();
        self.state.draw(&mut self.buffer);
        text(&self.buffer)
    }
}

#[test]
fn the_screen_at_three_sizes() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let mut bench = Bench::new(3, columns, rows);
        bench.press("2");
        insta::assert_snapshot!(format!("screen_{columns}x{rows}"), bench.screen());
    }
}

#[test]
fn overlays_at_the_smallest_of_the_three() {
    let mut bench = Bench::new(3, 80, 24);
    assert_eq!(bench.press("?"), After::DrawOver);
    insta::assert_snapshot!("help_80x24", bench.screen());
    bench.press("Esc Ctrl-P s e r i a l");
    insta::assert_snapshot!("palette_80x24", bench.screen());
    assert_eq!(bench.press("Enter"), After::Draw);
    assert_eq!(bench.told.take().last().unwrap(), "alpha.strategy serial");
    bench.press("/ a b");
    insta::assert_snapshot!("ask_80x24", bench.screen());
    bench.press("Enter");
    assert_eq!(bench.told.take(), ["alpha.filter ab"]);
}

#[test]
fn an_answer_to_a_key_is_drawn_at_once_and_a_key_that_only_commands_is_not() {
    let mut bench = Bench::new(3, 80, 24);
    assert_eq!(bench.state.refresh(), Fresh::Answered, "the panes were placed");
    assert_eq!(bench.press("Space"), After::Nothing);
    assert_eq!(bench.told.take().last().unwrap(), "alpha.pause");
    assert_eq!(bench.state.refresh(), Fresh::Answered);
    assert_eq!(bench.state.refresh(), Fresh::Nothing);
    assert_eq!(bench.press("n"), After::Nothing);
    bench.state.refresh();
    assert!(bench.screen().contains("stepped"), "a notice stands in the status line");
    assert_eq!(bench.press("F9"), After::Draw, "and goes with the next key");
    assert!(!bench.screen().contains("stepped"));
    assert_eq!(bench.press("r"), After::Draw);
    assert!(bench.screen().contains("nothing to run: press n"));
}

#[test]
fn focus_zoom_and_pages_tell_the_labs_where_they_are() {
    let mut bench = Bench::new(4, 120, 40);
    assert_eq!(bench.told.take(), ["alpha at 58x21", "beta at 58x21", "gamma at 118x13"]);
    assert_eq!(bench.press("z"), After::Draw);
    assert_eq!(bench.told.take(), ["alpha at 118x36", "beta at nowhere", "gamma at nowhere"]);
    bench.press("Tab");
    assert_eq!(bench.told.take(), ["alpha at nowhere", "beta at 118x36"]);
    bench.press("Esc 4");
    assert_eq!(bench.told.take().last().unwrap(), "delta at 118x36");
    assert_eq!(bench.press("Tab 9"), After::Draw);
    assert!(bench.screen().contains("the panes are 1 to 4"));
    bench.state.resize(Rect::new(0, 0, 20, 5));
    bench.buffer = Buffer::empty(Rect::new(0, 0, 20, 5));
    assert!(bench.screen().contains("20x5 is too small"));
}

#[test]
fn the_mouse_focuses_and_reaches_the_lab_at_its_own_cells() {
    let mut bench = Bench::new(3, 80, 24);
    bench.screen();
    bench.told.take();
    assert_eq!(bench.click(45, 3), After::Draw);
    assert_eq!(bench.told.take(), ["beta Press at 4,1"]);
    assert_eq!(bench.state.focus, 1);
    let tab = bench.state.tabs[2].0;
    assert_eq!(bench.click(tab, 0), After::Draw);
    assert_eq!(bench.state.focus, 2);
    bench.state.mouse(Mouse { kind: MouseKind::WheelUp, column: 1, row: 2 });
    assert_eq!(bench.told.take(), ["alpha WheelUp at 0,0"]);
    assert_eq!(bench.state.focus, 2, "the wheel does not move the focus");
}

#[test]
fn a_drag_belongs_to_the_pane_it_began_in() {
    let mut bench = Bench::new(3, 80, 24);
    bench.told.take();
    bench.click(1, 2);
    bench.state.mouse(Mouse { kind: MouseKind::Drag, column: 70, row: 23 });
    bench.state.mouse(Mouse { kind: MouseKind::Release, column: 70, row: 23 });
    bench.state.mouse(Mouse { kind: MouseKind::Drag, column: 41, row: 2 });
    let told = bench.told.take();
    assert_eq!(told, ["alpha Press at 0,0", "alpha Drag at 37,10", "alpha Release at 37,10", "beta Drag at 0,0"]);
}

#[test]
fn ascii_and_every_theme_draw_the_same_words() {
    let mut bench = Bench::new(3, 80, 24);
    bench.state.look.ascii = true;
    let screen = bench.screen();
    assert!(screen.is_ascii() && screen.contains("+- 1 Alpha . Serial -"), "{screen}");
    bench.state.look.ascii = false;
    let dark = bench.screen();
    for _ in 0..3 {
        assert_eq!(bench.state.act("app.next-theme".parse().unwrap()), After::Draw);
        assert_eq!(bench.screen(), dark);
    }
    assert_eq!(bench.state.look.theme, "dark");
}

#[test]
fn the_screen_is_saved_as_it_stood_without_the_question() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(3, 80, 24);
    for (name, wanted) in [("a.txt", "─ 1 Alpha · Serial ─"), ("b.svg", "</svg>"), ("c.gif", "")] {
        let path = folder.path().join(name);
        bench.state.act(format!("app.save-screen {}", path.display()).parse().unwrap());
        bench.screen();
        while bench.state.refresh() == Fresh::Nothing || bench.state.notice.is_none() {
            std::thread::yield_now();
        }
        let notice = bench.state.notice.take().unwrap().text;
        let saved = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(notice.contains(name) && saved.contains(wanted), "{notice}: {saved}");
        assert_eq!(saved.is_empty(), wanted.is_empty(), "{notice}");
    }
}

#[test]
fn what_opens_over_a_picture_that_stands_makes_the_screen_that_a_whole_drawing_makes() {
    let keys = ["?", ":", "F1", "/"];
    let before: [fn(&mut Bench) -> After; 5] = [
        |_| After::Nothing,
        |bench| {
            bench.state.look.ascii = true;
            After::Nothing
        },
        |bench| bench.press("f"),
        |bench| bench.press("F4"),
        |bench| bench.state.say(crate::labs::Tone::Warn, "take care".to_owned()),
    ];
    let sizes = [(38, 8), (40, 12), (80, 24), (120, 40), (200, 60)];
    for ((columns, rows), key) in sizes.into_iter().flat_map(|size| keys.map(|key| (size, key))) {
        for (i, before) in before.iter().enumerate() {
            let mut bench = Bench::new(3, columns, rows);
            before(&mut bench);
            let small = bench.screen().contains("too small");
            let after = bench.press(key);
            assert_eq!(after, if small { After::Draw } else { After::DrawOver }, "{key} at {columns}x{rows}, {i}");
            if !small {
                bench.state.draw_over(&mut bench.buffer);
                let over = text(&bench.buffer);
                assert_eq!(over, bench.screen(), "{key} at {columns}x{rows}, {i}");
            }
        }
    }
}

#[test]
fn what_is_kept_to_step_back_to_is_without_what_lay_over_it() {
    let mut bench = Bench::new(3, 80, 24);
    let panes = bench.screen();
    bench.press("?");
    let help = bench.screen();
    bench.state.keep(&bench.buffer);
    let mut still = bench.state.rewind.freeze(Instant::now(), &bench.buffer);
    assert_eq!(text(still.picture()), help);
    still.back();
    assert_eq!(text(still.picture()), panes);
}

#[test]
fn a_frozen_picture_stands_still_under_its_banner() {
    let mut bench = Bench::new(3, 80, 24);
    let before = bench.screen();
    assert_eq!(bench.press("f"), After::Draw);
    let frozen = bench.screen();
    assert!(frozen.contains("picture frozen for "), "{frozen}");
    assert_eq!(before.lines().skip(2).collect::<Vec<_>>(), frozen.lines().skip(2).collect::<Vec<_>>());
    assert!(bench.state.tick_at().is_some());
    bench.press("n");
    bench.state.notice = None;
    assert_eq!(bench.state.refresh(), Fresh::Answered, "the work goes on");
    bench.press("f");
    assert!(bench.state.tick_at().is_none());
    bench.press("f z");
    assert!(bench.state.frozen.is_none(), "another layout lets the picture go");
}

#[test]
fn the_loop_is_blocked_only_after_a_confirmation_and_its_handler_has_a_name() {
    let mut bench = Bench::new(3, 80, 24);
    let block = |bench: &mut Bench| bench.state.act("app.block-loop".parse().unwrap());
    assert_eq!(block(&mut bench), After::DrawOver);
    insta::assert_snapshot!("confirm_80x24", bench.screen());
    let begun = Instant::now();
    assert_eq!(bench.press("n"), After::Draw);
    block(&mut bench);
    assert_eq!(bench.press("y"), After::Draw);
    assert!(begun.elapsed() >= pulse::BLOCK);
    assert_eq!(bench.state.take_action().unwrap().to_string(), "app.block-loop confirmed");
    assert_eq!(bench.state.take_action(), None);
    assert!(bench.screen().contains("stood still for 0.5 s"));
}

#[test]
fn the_end_is_asked_for_from_anywhere_and_names_who_is_late() {
    let mut bench = Bench::new(3, 80, 24);
    assert_eq!(bench.press("q"), After::Quit);
    assert_eq!(bench.press("? Ctrl-C"), After::Interrupt);
    assert_eq!(bench.press("? Ctrl-Alt-C"), After::Interrupt, "as Esc and Ctrl-C arrive when typed fast");
    assert_eq!(bench.press("Esc Ctrl-Z"), After::Suspend);
    bench.told.take();
    assert_eq!(bench.state.shut_down(Instant::now()), ["beta"]);
    assert_eq!(bench.told.take(), ["alpha closed", "beta closed", "gamma closed"]);
}

#[test]
fn a_lab_is_opened_on_a_strategy_and_a_card_by_its_item() {
    let mut bench = Bench::new(3, 80, 24);
    bench.told.take();
    let act = |bench: &mut Bench, action: &str| bench.state.act(action.parse().unwrap());
    assert_eq!(act(&mut bench, "app.open gamma serial"), After::Draw);
    assert_eq!((bench.told.take().last().unwrap().as_str(), bench.state.focus), ("gamma.strategy serial", 2));
    act(&mut bench, "app.open nowhere serial");
    assert!(bench.screen().contains(r#"there is no lab "nowhere""#));
    act(&mut bench, "app.open gamma");
    assert!(bench.screen().contains("write a lab and a strategy"));
    act(&mut bench, "app.card 99");
    assert!(bench.screen().contains("there is no such card"));
    bench.press("? 0");
    assert!(bench.screen().contains("Threads and coroutines"));
    bench.press("Esc F1");
    assert!(bench.screen().contains("What a pool of threads gives"));
}

#[test]
fn the_first_run_is_welcomed_until_something_is_done() {
    let mut bench = Bench::new(3, 80, 24);
    bench.state.welcome();
    insta::assert_snapshot!("welcome_80x24", bench.screen());
    assert_eq!(bench.press("Tab"), After::Draw);
    assert_eq!(bench.state.focus, 1, "the key does what it does");
    assert!(!bench.screen().contains("Welcome"));
    bench.state.welcome();
    bench.click(70, 20);
    assert!(!bench.screen().contains("Welcome"));
}

#[test]
fn the_number_that_matters_most_is_shown_large() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut bench = Bench::new(3, columns, rows);
        assert_eq!(bench.press("F4"), After::Draw);
        insta::assert_snapshot!(format!("big_{columns}x{rows}"), bench.screen());
        bench.press("3");
        assert!(
            bench.screen().contains("alpha draws") || bench.screen().contains("Alpha draws"),
            "only the focus is large"
        );
        bench.press("F4");
        assert!(bench.screen().contains("Gamma draws"));
    }
}

#[test]
fn keys_are_cast_and_go() {
    let mut bench = Bench::new(3, 80, 24);
    bench.press("F5");
    assert!(bench.screen().contains("keys are shown"));
    assert_eq!(bench.press("F9"), After::Draw, "also a key that does nothing is shown");
    let screen = bench.screen();
    assert!(screen.contains('▀') && bench.state.tick_at().is_some(), "{screen}");
    bench.press("F5");
    assert!(!bench.screen().contains('▀') && bench.state.tick_at().is_none());
}

#[test]
fn results_are_shown_and_saved_as_a_table_and_as_a_chart() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(3, 80, 24);
    bench.press("F3");
    assert!(bench.screen().contains("Results · Alpha") && bench.screen().contains("~ 250 ms"), "{}", bench.screen());
    bench.press("w");
    assert!(bench.screen().contains("Save the results as FILE.md or FILE.svg"));
    bench.press("Esc");
    for (name, wanted) in [("a.md", "| Serial | 500 ms | 1.00 |"), ("b.svg", "</svg>"), ("c.txt", "")] {
        let path = folder.path().join(name);
        bench.state.act(format!("app.save-results {}", path.display()).parse().unwrap());
        while bench.state.refresh() == Fresh::Nothing || bench.state.notice.is_none() {
            std::thread::yield_now();
        }
        let notice = bench.state.notice.take().unwrap().text;
        let saved = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(notice.contains(name) && saved.contains(wanted), "{notice}: {saved}");
        assert_eq!(saved.is_empty(), wanted.is_empty(), "{notice}");
    }
    bench.press("3 F3");
    assert!(bench.screen().contains("no numbers of this lab"), "{}", bench.screen());
}

#[test]
fn the_mouse_reaches_the_hints_the_questions_and_the_tour() {
    let mut bench = Bench::new(3, 80, 24);
    let hint = |bench: &mut Bench, wanted: &str| {
        let screen = bench.screen();
        let line = screen.lines().last().unwrap();
        line.find(wanted).unwrap_or_else(|| panic!("{line}")) as u16
    };
    let column = hint(&mut bench, "help");
    assert_eq!(bench.click(column, 23), After::DrawOver);
    assert!(bench.screen().contains("Everywhere"));
    bench.press("Esc");
    assert_eq!(bench.click(79, 23), After::Nothing, "between the hints there is nothing");
    bench.press("/");
    assert_eq!(bench.click(1, 1), After::Draw);
    assert!(bench.state.overlay.is_none(), "a press leaves a question");
    let mut bench = toured(120, 40, Pace::ByHand);
    bench.press("4 2 Enter 1");
    assert_eq!(bench.click(100, 10), After::Draw);
    assert!(bench.screen().contains("2/3"));
    bench.state.mouse(Mouse { kind: MouseKind::WheelUp, column: 100, row: 10 });
    assert!(bench.screen().contains("1/3"));
}

const LESSON: &str = "\
# Item 99: a sample tour
What it is about.
## First things first
- do: app.focus beta
- do: beta.step
- ask: How much will it be?
- number: alpha.count
- ask: And is it `good`?
- answer: it is if alpha.count > 1
- answer: it is not if alpha.count <= 1

A paragraph on `code` that is long enough for two lines of the panel at the least, if not for three.

It was {alpha.count}.

> Say it.
## The second
- needs: 100000 cores

Never seen.
## The last

The end is near.
";

fn toured(columns: u16, rows: u16, pace: Pace) -> Bench {
    let mut bench = Bench::new(3, columns, rows);
    let lesson = Lesson::parse("99", LESSON).unwrap();
    bench.state.begin_tour(Opening { lesson, pace });
    // The toys answer at the refresh: the panes were placed, the focus moved, an action done.
    for _ in 0..5 {
        bench.state.refresh();
        bench.state.tick();
    }
    bench
}

#[test]
fn a_tour_beside_the_panes_and_below_them() {
    for (columns, rows, answers) in [(80, 24, "4 2"), (120, 40, "4 2 Enter 1")] {
        let mut bench = toured(columns, rows, Pace::ByHand);
        bench.press(answers);
        insta::assert_snapshot!(format!("tour_{columns}x{rows}"), bench.screen());
    }
}

#[test]
fn a_tour_acts_asks_and_takes_its_keys() {
    let mut bench = toured(120, 40, Pace::ByHand);
    assert!(bench.told.take().contains(&"beta.step".to_owned()));
    assert_eq!(bench.state.focus, 1);
    assert_eq!(bench.state.take_mark().unwrap(), "99 step 1: First things first");
    bench.press("4 2 . 5");
    assert!(bench.screen().contains("› 42.5"), "{}", bench.screen());
    bench.press("Enter");
    assert!(bench.screen().contains("1 it is"), "{}", bench.screen());
    bench.press("2");
    assert!(bench.screen().contains("It was (not measured)."), "{}", bench.screen());
    bench.press(".");
    assert_eq!(bench.screen().trim(), "", "blank");
    bench.press("x");
    assert!(bench.screen().contains("First things first"));
    assert_eq!(bench.press("PageDown"), After::Draw);
    assert!(bench.screen().contains("100000 cores"), "{}", bench.screen());
    bench.press("n");
    assert!(bench.screen().contains("The end is near"));
    bench.press("p");
    assert!(bench.screen().contains("2/3"));
    bench.told.take();
    bench.press("z");
    assert!(bench.told.take()[0].starts_with("alpha at nowhere"), "other keys are the dashboard's");
    bench.press("Esc");
    assert!(bench.state.tour.is_none() && bench.state.layout.as_ref().unwrap().tour.is_none());
    assert_eq!(bench.press("PageDown"), After::Nothing, "and its keys are free again");
    assert_eq!(bench.state.act("tour.next".parse().unwrap()), After::Draw);
    assert!(bench.screen().contains("no tour is on"));
}

#[test]
fn by_itself_a_tour_goes_to_its_end_and_ends_the_program() {
    let mut bench = toured(80, 24, Pace::Holding(Duration::ZERO));
    let mut turns = 0;
    while bench.state.tick() != After::Quit {
        bench.screen();
        bench.state.refresh();
        turns += 1;
        assert!(turns < 50, "it goes on");
    }
    assert!(bench.state.tour.is_none());
}

#[test]
fn the_palette_begins_a_tour() {
    let mut bench = Bench::new(3, 120, 40);
    bench.state.act("app.tour 58".parse().unwrap());
    assert!(bench.screen().contains("there is no tour \"58\"; the tours are: 59"));
    bench.press("Ctrl-P");
    bench.state.paste("Begin the tour of Item 64");
    assert_eq!(bench.press("Enter"), After::Draw);
    assert!(bench.screen().contains("Tour Item 64"), "{}", bench.screen());
}
