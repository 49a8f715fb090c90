//! The dashboard's side of a lab: the desk of its worker, the last View, and what every lab does with them.

use std::sync::Arc;
use std::time::Instant;

use super::common::Common;
use super::measured::{Measure, Measured};
use super::{Acted, Doing, Lab, LabAbout, Notice, Refreshed, Tone};
use crate::runtime::span::Trace;
use crate::runtime::strategy::About;
use crate::runtime::worker::{Desk, Published, StillRunning};
use crate::ui::Canvas;
use crate::ui::canvas::Size;
use crate::ui::input::{Action, Mouse};

/// What a lab has of its own on the dashboard's side; its [`Front`] does the rest.
pub trait Own {
    /// What its worker is asked to do.
    type Command;

    /// What its worker publishes.
    type View: PartialEq;

    /// What is known of the lab before it starts.
    const ABOUT: &'static LabAbout;

    /// The names of the numbers that it can be asked for.
    const MEASURES: &'static [Measure];

    /// The place in the table of the strategy that it begins with.
    fn first() -> usize {
        0
    }

    /// Its strategies, in the order of its table.
    fn strategies() -> Vec<&'static About>;

    /// The strategy that runs.
    fn strategy(view: &Self::View) -> &'static About;

    /// What it does.
    fn doing(view: &Self::View) -> Doing;

    /// The Command of an action that every lab answers; the error says why this one does not.
    fn common(common: Common) -> Result<Self::Command, String>;

    /// The Command of an action that only this lab has; the error says what is wrong with it.
    fn command(action: &Action) -> Result<Self::Command, String>;

    /// The Command of a mouse event in a pane of this size that shows `view`, if it has one.
    fn mouse(&mut self, _mouse: Mouse, _view: &Self::View, _size: Size) -> Option<Self::Command> {
        None
    }

    /// The Command that tells the worker the size of the pane, if its View depends on it.
    fn place(_size: Option<Size>) -> Option<Self::Command> {
        None
    }

    /// Draws the View into the inside of the pane, whatever size it was made for.
    fn draw(&self, view: &Self::View, canvas: &mut Canvas<'_>);

    /// The number of this name. None when it has not been measured.
    fn measured(view: &Self::View, name: &str) -> Option<Measured>;

    /// Who worked or waited when. None from a lab that records nothing.
    fn trace(_view: &Self::View) -> Option<Arc<Trace>> {
        None
    }
}

/// A lab, as the dashboard holds it.
#[derive(Debug)]
pub struct Front<L: Own> {
    desk: Desk<L::Command, L::View, Notice>,
    /// None before the worker's first.
    view: Option<L::View>,
    /// The inside of the pane; nothing while it is not on the screen.
    size: Size,
    own: L,
}

impl<L: Own> Front<L> {
    /// The lab of the worker at the other end of this desk.
    pub fn new(desk: Desk<L::Command, L::View, Notice>, own: L) -> Self {
        Self { desk, view: None, size: Size::default(), own }
    }

    /// The last View, once there is one.
    pub fn view(&self) -> Option<&L::View> {
        self.view.as_ref()
    }

    fn send(&mut self, command: L::Command) -> Result<Acted, String> {
        self.desk.send(command).map(Acted::Sent).map_err(|refused| format!("{}: {refused}", L::ABOUT.id))
    }
}

impl<L: Own> Lab for Front<L> {
    fn about(&self) -> &'static LabAbout {
        L::ABOUT
    }

    fn strategies(&self) -> Vec<&'static About> {
        L::strategies()
    }

    fn strategy(&self) -> &'static About {
        self.view().map_or_else(|| L::strategies()[L::first()], L::strategy)
    }

    fn doing(&self) -> Doing {
        let starting = || Doing { text: "starting".to_owned(), tone: Tone::Plain };
        self.view().map_or_else(starting, L::doing)
    }

    fn act(&mut self, action: &Action) -> Result<Acted, String> {
        let command = match Common::parse(action, &L::strategies())? {
            Some(common) => L::common(common)?,
            None => L::command(action)?,
        };
        self.send(command)
    }

    fn mouse(&mut self, mouse: Mouse) -> Result<Acted, String> {
        let command = self.view.as_ref().and_then(|view| self.own.mouse(mouse, view, self.size));
        command.map_or(Ok(Acted::Nothing), |command| self.send(command))
    }

    fn place(&mut self, size: Option<Size>) -> Acted {
        self.size = size.unwrap_or_default();
        // A mailbox that is full has other Commands to answer first; the next layout says the size again.
        L::place(size).and_then(|command| self.send(command).ok()).unwrap_or(Acted::Redraw)
    }

    fn refresh(&mut self) -> Refreshed {
        let mut refreshed = Refreshed { notices: self.desk.events().collect(), ..Refreshed::default() };
        if let Some(Published { answered, view }) = self.desk.take_view() {
            refreshed.answered = answered;
            refreshed.changed = self.view() != Some(&view);
            self.view = Some(view);
        }
        if let Some(panicked) = self.desk.panicked() {
            let title = L::ABOUT.title;
            let text = format!("the {title} worker {panicked}: its pane stands still until fanout is started again");
            refreshed.notices.push(Notice { tone: Tone::Bad, text });
            refreshed.changed = true;
        }
        refreshed
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        if let Some(view) = self.view() {
            self.own.draw(view, canvas);
        }
    }

    fn trace(&self) -> Option<Arc<Trace>> {
        L::trace(self.view()?)
    }

    fn measures(&self) -> &'static [Measure] {
        L::MEASURES
    }

    fn measured(&self, name: &str) -> Option<Measured> {
        L::measured(self.view()?, name)
    }

    fn close(&mut self) {
        self.desk.close();
    }

    fn join(&mut self, deadline: Instant) -> Result<(), StillRunning> {
        self.desk.join(deadline)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::labs::common::Pick;
    use crate::labs::measured::Unit;
    use crate::runtime::wake::Wake;
    use crate::runtime::worker::spawn;
    use crate::ui::input::MouseKind;
    use crate::ui::snapshot::picture;

    static ABOUT: LabAbout = LabAbout { id: "sum", title: "Sum", line: "", headline: "", results: "", bindings: &[] };

    static STRATEGIES: [About; 2] = [about("serial"), about("rayon")];

    const fn about(id: &'static str) -> About {
        About { id, title: id, item: 0, claim: "", wrong_on_purpose: false, source: "" }
    }

    #[derive(Debug)]
    enum Command {
        Add(u64),
        Say,
        Break,
        Place(Option<Size>),
    }

    /// A lab whose worker adds, and whose View is the sum.
    #[derive(Debug)]
    struct Sum;

    impl Own for Sum {
        type Command = Command;
        type View = u64;

        const ABOUT: &'static LabAbout = &ABOUT;
        const MEASURES: &'static [Measure] = &[Measure { name: "sum", line: "the sum" }];
        fn first() -> usize {
            1
        }

        fn strategies() -> Vec<&'static About> {
            STRATEGIES.iter().collect()
        }

        fn strategy(_view: &u64) -> &'static About {
            &STRATEGIES[0]
        }

        fn doing(view: &u64) -> Doing {
            Doing { text: format!("at {view}"), tone: Tone::Good }
        }

        fn common(common: Common) -> Result<Command, String> {
            match common {
                Common::Strategy(Pick::Next) => Ok(Command::Add(1)),
                other => Err(format!("no {other:?} here")),
            }
        }

        fn command(action: &Action) -> Result<Command, String> {
            match action.verb.as_str() {
                "add" => Ok(Command::Add(5)),
                "say" => Ok(Command::Say),
                "break" => Ok(Command::Break),
                _ => Err(format!("sum has no action {action}")),
            }
        }

        fn mouse(&mut self, mouse: Mouse, view: &u64, size: Size) -> Option<Command> {
            (mouse.kind == MouseKind::Press).then_some(Command::Add(view * u64::from(size.columns)))
        }

        fn place(size: Option<Size>) -> Option<Command> {
            Some(Command::Place(size))
        }

        fn draw(&self, view: &u64, canvas: &mut Canvas<'_>) {
            let style = canvas.theme.text;
            canvas.text(0, 0, &view.to_string(), style);
        }

        fn measured(view: &u64, _name: &str) -> Option<Measured> {
            Some(Measured::plain(*view as f64, Unit::Count))
        }
    }

    const LONG: Duration = Duration::from_secs(20);

    /// The lab, which has no View before its first Command.
    fn sum() -> Front<Sum> {
        let desk = spawn("sum", Wake::new(), |commands, mut outbox| {
            let mut total = 0;
            for numbered in commands {
                match numbered.command {
                    Command::Add(number) => total += number,
                    Command::Say => outbox.event(Notice { tone: Tone::Good, text: format!("it is {total}") }),
                    Command::Break => panic!("broken"),
                    Command::Place(size) => assert_eq!(size.map(|size| size.columns), Some(3)),
                }
                outbox.answer(numbered.number);
                outbox.publish_if_due(|| total);
            }
        });
        Front::new(desk, Sum)
    }

    fn act(lab: &mut Front<Sum>, action: &str) -> Result<Acted, String> {
        lab.act(&action.parse().unwrap())
    }

    /// Refreshes until it is as wanted.
    fn refreshed(lab: &mut Front<Sum>, wanted: impl Fn(&Refreshed) -> bool) -> Refreshed {
        let deadline = Instant::now() + LONG;
        loop {
            let refreshed = lab.refresh();
            if wanted(&refreshed) {
                return refreshed;
            }
            assert!(Instant::now() < deadline, "waited in vain");
            std::thread::yield_now();
        }
    }

    fn press() -> Mouse {
        Mouse { kind: MouseKind::Press, column: 0, row: 0 }
    }

    #[test]
    fn a_view_is_taken_in_and_an_equal_one_changes_nothing() {
        let mut lab = sum();
        assert_eq!((lab.strategy().id, lab.doing().text.as_str()), ("rayon", "starting"));
        assert_eq!((lab.measured("sum"), picture(3, 1, |canvas| lab.draw(canvas)).trim()), (None, ""));
        assert_eq!(lab.mouse(press()), Ok(Acted::Nothing), "nothing is shown that could be pressed");
        assert_eq!(act(&mut lab, "sum.add"), Ok(Acted::Sent(1)));
        assert!(refreshed(&mut lab, |refreshed| refreshed.answered == 1).changed);
        assert_eq!((lab.strategy().id, lab.doing().text.as_str(), lab.view()), ("serial", "at 5", Some(&5)));
        assert_eq!(lab.measured("sum").unwrap().text(), "5");
        assert_eq!(picture(3, 1, |canvas| lab.draw(canvas)).trim(), "5");
        assert_eq!(lab.place(Some(Size { columns: 3, rows: 1 })), Acted::Sent(2));
        assert!(!refreshed(&mut lab, |refreshed| refreshed.answered == 2).changed);
        assert_eq!(lab.mouse(press()), Ok(Acted::Sent(3)));
        refreshed(&mut lab, |refreshed| refreshed.answered == 3);
        assert_eq!(lab.view(), Some(&20), "by the View and the size of the pane");
        assert_eq!(lab.join(Instant::now() + LONG), Ok(()));
    }

    #[test]
    fn actions_become_commands_or_are_refused() {
        let mut lab = sum();
        assert_eq!(act(&mut lab, "sum.next-strategy"), Ok(Acted::Sent(1)));
        assert_eq!(act(&mut lab, "sum.pause").unwrap_err(), "no Pause here");
        assert_eq!(act(&mut lab, "sum.fly").unwrap_err(), "sum has no action sum.fly");
        assert!(act(&mut lab, "sum.strategy rayno").unwrap_err().contains(r#"did you mean "rayon"?"#));
        lab.close();
        assert_eq!(act(&mut lab, "sum.add").unwrap_err(), "sum: the worker has ended");
        assert_eq!(lab.place(None), Acted::Redraw);
        assert_eq!(lab.join(Instant::now() + LONG), Ok(()));
    }

    #[test]
    fn notices_are_handed_on_and_a_worker_that_panicked_is_told_once() {
        let mut lab = sum();
        act(&mut lab, "sum.add").unwrap();
        act(&mut lab, "sum.say").unwrap();
        let said = refreshed(&mut lab, |refreshed| !refreshed.notices.is_empty());
        assert_eq!(said.notices, [Notice { tone: Tone::Good, text: "it is 5".to_owned() }]);
        act(&mut lab, "sum.break").unwrap();
        let told = refreshed(&mut lab, |refreshed| !refreshed.notices.is_empty());
        assert!(told.changed);
        let Notice { tone, text } = &told.notices[0];
        assert_eq!(*tone, Tone::Bad);
        assert!(text.starts_with("the Sum worker panicked: broken"), "{text}");
        assert!(text.ends_with("its pane stands still until fanout is started again"), "{text}");
        assert_eq!(lab.refresh().notices, []);
        assert_eq!(picture(3, 1, |canvas| lab.draw(canvas)).trim(), "5", "the last View stays");
        assert_eq!(lab.join(Instant::now() + LONG), Ok(()));
    }
}
