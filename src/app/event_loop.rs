//! The one `select!`: signals, input, wake, the terminal's readiness, the pace of frames.

use std::borrow::Cow;
use std::io;
use std::time::Instant;

use crossterm::event::Event;
use rustix::process::{Signal, kill_current_process_group};
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};
use tokio::sync::mpsc;

use crate::app::input::Input;
use crate::app::pace::Pace;
use crate::app::screen::TerminalScreen;
use crate::app::state::{After, Fresh, State};
use crate::app::terminal::{self, Terminal};
use crate::labs::headless::Failure;
use crate::runtime::wake::Wake;
use crate::ui::input::{Key, Mouse};

/// What the event loop works on.
pub struct EventLoop<'a> {
    /// The dashboard.
    pub state: &'a mut State,
    /// Where frames go.
    pub screen: TerminalScreen,
    /// The terminal, to be given back while the program is stopped; none when frames go elsewhere.
    pub terminal: Option<&'a Terminal>,
    /// What people do.
    pub input: mpsc::Receiver<Input>,
    /// Rung by workers.
    pub wake: Wake,
    /// When to draw.
    pub pace: Pace,
}

/// The signals that end, stop and continue the program, and that tell of the terminal's new size.
struct Watched {
    end: [(Signals, u8); 3],
    stop: Signals,
    go_on: Signals,
    resized: Signals,
}

enum Heard {
    End(u8),
    Stop,
    GoOn,
    Resized,
}

impl Watched {
    fn new() -> io::Result<Self> {
        Ok(Self {
            end: [
                (signal(SignalKind::interrupt())?, 2),
                (signal(SignalKind::terminate())?, 15),
                (signal(SignalKind::hangup())?, 1),
            ],
            stop: signal(SignalKind::from_raw(Signal::TSTP.as_raw()))?,
            go_on: signal(SignalKind::from_raw(Signal::CONT.as_raw()))?,
            resized: signal(SignalKind::window_change())?,
        })
    }

    async fn next(&mut self) -> Heard {
        let [(interrupt, int), (terminate, term), (hangup, hup)] = &mut self.end;
        tokio::select! {
            _ = interrupt.recv() => Heard::End(*int),
            _ = terminate.recv() => Heard::End(*term),
            _ = hangup.recv() => Heard::End(*hup),
            _ = self.stop.recv() => Heard::Stop,
            _ = self.go_on.recv() => Heard::GoOn,
            _ = self.resized.recv() => Heard::Resized,
        }
    }
}

impl EventLoop<'_> {
    /// Runs until the program is to end.
    pub async fn run(&mut self) -> Result<(), Failure> {
        let mut signals = Watched::new()?;
        // From here on a new size is heard of; one that came before was not.
        self.resize();
        self.pace.answered();
        loop {
            self.draw_if_due()?;
            let due = self.pace.due(Instant::now()).filter(|_| self.screen.is_out());
            let tick = self.state.tick_at();
            let after = tokio::select! {
                biased;
                heard = signals.next() => self.heard(&heard)?,
                input = self.input.recv() => self.take_input(input)?,
                rung = self.wake.rung() => self.take_views(rung),
                pushed = self.screen.push_when_ready(), if !self.screen.is_out() => {
                    terminal_gone(pushed)?;
                    self.keep_picture();
                    After::Nothing
                }
                () = until(due) => After::Nothing,
                () = until(tick) => {
                    self.pace.changed();
                    self.state.tick()
                }
            };
            self.mark_step();
            if self.follow(after)? {
                return Ok(());
            }
        }
    }

    /// Does what a handler left to be done. True when the program is to end.
    fn follow(&mut self, after: After) -> Result<bool, Failure> {
        match after {
            After::Nothing => {}
            After::DrawOver => self.pace.opened(),
            After::Draw => self.pace.answered(),
            After::DrawAll => {
                self.screen.redraw_all();
                self.pace.answered();
            }
            After::Suspend => self.suspend(),
            After::Quit => return Ok(true),
            After::Interrupt => return Err(Failure::Interrupted(130)),
        }
        Ok(false)
    }

    fn draw_if_due(&mut self) -> Result<(), Failure> {
        let now = Instant::now();
        if !self.screen.is_out() || self.pace.due(now).is_none_or(|due| due > now) {
            return Ok(());
        }
        let drawn = if self.pace.whole() {
            self.screen.draw(|buffer| self.state.draw(buffer))
        } else {
            self.screen.draw(|buffer| self.state.draw_over(buffer))
        };
        terminal_gone(drawn)?;
        self.pace.drawn(now);
        self.state.pulse.drew(now.elapsed());
        self.keep_picture();
        Ok(())
    }

    /// Keeps the picture to be stepped back to, once it has left in full.
    fn keep_picture(&mut self) {
        let begun = Instant::now();
        if self.screen.is_out() && self.state.keep(self.screen.picture()) {
            self.state.pulse.handled("rewind", begun.elapsed());
        }
    }

    fn heard(&mut self, heard: &Heard) -> Result<After, Failure> {
        match heard {
            Heard::End(number) => Err(Failure::Interrupted(128 + number)),
            Heard::Stop => Ok(After::Suspend),
            Heard::GoOn => {
                terminal_gone(self.terminal.map_or(Ok(()), Terminal::enter))?;
                self.resize();
                Ok(After::DrawAll)
            }
            Heard::Resized => {
                self.resize();
                Ok(After::DrawAll)
            }
        }
    }

    /// Takes in this event and all others that wait, so that a draw shows the effect of all.
    fn take_input(&mut self, first: Option<Input>) -> Result<After, Failure> {
        // The reader ends only after an error of the terminal.
        let mut input = first.ok_or(Failure::Interrupted(129))?;
        let mut after = After::Nothing;
        loop {
            let begun = Instant::now();
            self.state.pulse.waited(begun.saturating_duration_since(input.at));
            let event = input.event.map_err(|_| Failure::Interrupted(129))?;
            let kind = kind(&event);
            let did = self.event(event);
            let acted = self.state.take_action();
            let name = acted
                .as_ref()
                .map_or(Cow::Borrowed(kind), |action| Cow::Owned(format!("{}.{}", action.owner, action.verb)));
            self.state.pulse.handled(&name, begun.elapsed());
            match did {
                After::Nothing => {}
                After::DrawOver if matches!(after, After::Draw | After::DrawAll) => {}
                After::Draw if after == After::DrawAll => {}
                // What is not about drawing is done before any further input is looked at.
                other @ (After::Suspend | After::Quit | After::Interrupt) => return Ok(other),
                other => after = other,
            }
            match self.input.try_recv() {
                Ok(next) => input = next,
                Err(_) => return Ok(after),
            }
        }
    }

    fn event(&mut self, event: Event) -> After {
        match event {
            Event::Key(event) => Key::from_terminal(&event).map_or(After::Nothing, |key| self.state.key(key)),
            Event::Mouse(event) => Mouse::from_terminal(&event).map_or(After::Nothing, |mouse| self.state.mouse(mouse)),
            Event::Paste(text) => self.state.paste(&text),
            // A new size is heard of by its signal: crossterm's reader forgets one that comes together with a key.
            Event::Resize(..) | Event::FocusGained | Event::FocusLost => After::Nothing,
        }
    }

    fn take_views(&mut self, rung: Instant) -> After {
        let begun = Instant::now();
        self.state.pulse.waited(begun.saturating_duration_since(rung));
        match self.state.refresh() {
            Fresh::Nothing => {}
            Fresh::Changed => self.pace.changed(),
            Fresh::Answered => self.pace.answered(),
        }
        let after = self.state.tick();
        self.state.pulse.handled("views", begun.elapsed());
        after
    }

    /// Sets a marker in the recording for each step of a tour.
    fn mark_step(&mut self) {
        if let (Some(mark), Some(recording)) = (self.state.take_mark(), self.screen.recording()) {
            recording.mark(&mark);
        }
    }

    fn resize(&mut self) {
        if self.terminal.is_none() {
            return;
        }
        let (columns, rows) = terminal::size();
        if (columns, rows) != (self.screen.area().width, self.screen.area().height) {
            self.screen.resize(columns, rows);
            self.state.resize(self.screen.area());
        }
    }

    /// Gives the terminal back and stops, with all processes of the job, until the shell continues them. In raw mode Ctrl-Z
    /// is only a key; and a SIGTSTP that a program sends itself is discarded in an orphaned process group, SIGSTOP is not.
    fn suspend(&mut self) {
        if let Some(terminal) = self.terminal {
            terminal.leave();
            self.screen.forget_frame();
        }
        match kill_current_process_group(Signal::STOP) {
            // Whoever continued this process may not have thought of the worker processes that stopped with it.
            Ok(()) => drop(kill_current_process_group(Signal::CONT)),
            // A refusal leaves the program running, and SIGCONT is not coming: take the terminal back by drawing on.
            Err(_) => drop(self.terminal.map(Terminal::enter)),
        }
        self.pace.answered();
    }
}

/// What a handler is called when what it did has no name.
fn kind(event: &Event) -> &'static str {
    match event {
        Event::Key(_) => "key",
        Event::Mouse(_) => "mouse",
        Event::Paste(_) => "paste",
        Event::Resize(..) => "resize",
        Event::FocusGained | Event::FocusLost => "focus",
    }
}

/// A terminal that cannot be written to any more has been closed.
fn terminal_gone(result: io::Result<()>) -> Result<(), Failure> {
    result.map_err(|_| Failure::Interrupted(129))
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}
