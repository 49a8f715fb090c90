//! What the dashboard knows: labs, focus, zoom, overlay, frozen picture, notice. It takes in input and Views, and draws.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;

use crate::app::errand::Errand;
use crate::app::export;
use crate::app::frame;
use crate::app::keys::{self, Keymap};
use crate::app::layout::{Layout, inside};
use crate::app::overlay::{Ask, Code, Confirm, Help, Outcome, Overlay, Palette};
use crate::app::pulse::{self, Pulse};
use crate::app::rewind::{Rewind, Still};
use crate::labs::{Acted, Lab, LabAbout, Notice, Tone};
use crate::runtime::stage::Stage;
use crate::runtime::wake::Wake;
use crate::ui::canvas::Size;
use crate::ui::input::{Action, Key, KeyCode, Mouse, MouseKind, NamedKey};
use crate::ui::theme::Depth;
use crate::ui::{Canvas, Theme, ascii};

/// The argument of an action that was confirmed.
const CONFIRMED: &str = "confirmed";

/// What the event loop has to do after something was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Nothing: what it asked for comes with a View.
    Nothing,
    /// Draw now: it answers a person.
    Draw,
    /// Draw everything again.
    DrawAll,
    /// Give the terminal back and stop until the shell continues us.
    Suspend,
    /// End, as asked.
    Quit,
    /// End, as by Ctrl-C.
    Interrupt,
}

/// What came of taking in Views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fresh {
    /// Nothing to draw.
    Nothing,
    /// Something goes on: draw it at the pace of frames.
    Changed,
    /// The answer to a person's input is there: draw it now.
    Answered,
}

/// A lab and what the dashboard knows of its pane.
struct Place {
    lab: Box<dyn Lab>,
    /// The inside of its pane, as the lab was told.
    size: Option<Size>,
    /// The number of the Command whose answer is to be drawn at once; 0 when none is.
    awaited: u64,
}

/// The picture that stands still, and since when.
struct Frozen {
    since: Instant,
    /// Taken by the first frame drawn after the key.
    still: Option<Still>,
}

/// How the dashboard looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The theme's name.
    pub theme: String,
    /// How many colours the terminal shows.
    pub depth: Depth,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
}

impl Look {
    fn theme(&self) -> Theme {
        Theme::named(&self.theme, self.depth, self.ascii).unwrap_or_else(|_| Theme::dark(self.depth, self.ascii))
    }
}

/// The dashboard's state.
pub struct State {
    labs: Vec<Place>,
    focus: usize,
    zoomed: bool,
    overlay: Option<Box<dyn Overlay>>,
    frozen: Option<Frozen>,
    /// The last minute of the screen.
    rewind: Rewind,
    notice: Option<Notice>,
    /// What the event loop observed.
    pub pulse: Pulse,
    keymap: Keymap,
    look: Look,
    stage: Stage,
    wake: Wake,
    area: Rect,
    layout: Option<Layout>,
    /// Where the labs' names stand in the header, as columns from and to.
    tabs: Vec<(u16, u16)>,
    /// Where the next frame is to be saved.
    save: Option<PathBuf>,
    /// Files that are being written.
    errands: Vec<Errand>,
    /// The lab in whose pane the mouse button went down: it gets what follows until the button comes up.
    dragging: Option<usize>,
    /// The last action begun, until the event loop has taken it.
    acted: Option<Action>,
}

impl State {
    /// A dashboard of these labs on a screen of this area.
    pub fn new(labs: Vec<Box<dyn Lab>>, keymap: Keymap, look: Look, stage: Stage, wake: Wake, area: Rect) -> Self {
        let labs = labs.into_iter().map(|lab| Place { lab, size: None, awaited: 0 }).collect();
        let mut dashboard = Self {
            labs,
            focus: 0,
            zoomed: false,
            overlay: None,
            frozen: None,
            rewind: Rewind::default(),
            notice: None,
            pulse: Pulse::default(),
            keymap,
            look,
            stage,
            wake,
            area,
            save: None,
            errands: Vec::new(),
            dragging: None,
            acted: None,
            layout: None,
            tabs: Vec::new(),
        };
        dashboard.lay_out();
        dashboard
    }

    /// The screen has another size now.
    pub fn resize(&mut self, area: Rect) {
        self.area = area;
        self.lay_out();
    }

    /// Takes in a key.
    pub fn key(&mut self, key: Key) -> After {
        let had_notice = self.notice.take().is_some();
        // Ctrl-C ends the program whatever lies over the panes.
        if key == (Key { ctrl: true, ..Key::char('c') }) {
            return After::Interrupt;
        }
        let after = if let Some(overlay) = &mut self.overlay {
            let outcome = overlay.key(key);
            self.overlay_did(outcome)
        } else if let Some(action) = self.focused().and_then(|lab| self.keymap.action(key, lab)) {
            self.act(action)
        } else if key.code == KeyCode::Named(NamedKey::Esc) && self.zoomed {
            self.zoomed = false;
            self.lay_out();
            After::Draw
        } else {
            After::Nothing
        };
        if after == After::Nothing && had_notice { After::Draw } else { after }
    }

    /// Takes in pasted text, which only an overlay can use.
    pub fn paste(&mut self, text: &str) -> After {
        let Some(overlay) = &mut self.overlay else { return After::Nothing };
        overlay.paste(text);
        After::Draw
    }

    /// Takes in a mouse event, at cells of the screen.
    pub fn mouse(&mut self, mouse: Mouse) -> After {
        if let Some(overlay) = &mut self.overlay {
            let outcome = overlay.mouse(mouse);
            return self.overlay_did(outcome);
        }
        let Some(layout) = &self.layout else { return After::Nothing };
        if layout.header.contains((mouse.column, mouse.row).into()) {
            let tab = self.tabs.iter().position(|(from, to)| (*from..*to).contains(&mouse.column));
            return match tab {
                Some(lab) if mouse.kind == MouseKind::Press => self.focus_on(lab),
                _ => After::Nothing,
            };
        }
        let at = layout.pane_at(mouse.column, mouse.row);
        let held = match mouse.kind {
            MouseKind::Drag | MouseKind::Release => self.dragging.and_then(|lab| Some((lab, layout.pane(lab)?))),
            MouseKind::Press | MouseKind::WheelUp | MouseKind::WheelDown => None,
        };
        let Some((lab, pane)) = held.or(at) else { return After::Nothing };
        let focused = if mouse.kind == MouseKind::Press { self.focus_on(lab) } else { After::Nothing };
        let inside = inside(pane);
        let reaches = held.is_some() || inside.contains((mouse.column, mouse.row).into());
        self.dragging = match mouse.kind {
            MouseKind::Press => reaches.then_some(lab),
            MouseKind::Release => None,
            MouseKind::Drag | MouseKind::WheelUp | MouseKind::WheelDown => self.dragging,
        };
        if !reaches || self.frozen.is_some() || inside.is_empty() {
            return focused;
        }
        let local = Mouse {
            column: mouse.column.clamp(inside.x, inside.right() - 1) - inside.x,
            row: mouse.row.clamp(inside.y, inside.bottom() - 1) - inside.y,
            ..mouse
        };
        let acted = self.labs[lab].lab.mouse(local);
        match self.acted(lab, acted) {
            After::Nothing => focused,
            after => after,
        }
    }

    /// Takes in the Views and Events that have come.
    pub fn refresh(&mut self) -> Fresh {
        let mut fresh = Fresh::Nothing;
        if self.overlay.as_mut().is_some_and(|overlay| overlay.refresh()) {
            fresh = Fresh::Changed;
        }
        let notice = &mut self.notice;
        self.errands.retain(|errand| {
            let done = errand.done();
            if done.is_some() {
                fresh = Fresh::Changed;
                notice.clone_from(&done);
            }
            done.is_none()
        });
        for (i, place) in self.labs.iter_mut().enumerate() {
            let refreshed = place.lab.refresh();
            let shown = self.layout.as_ref().is_some_and(|layout| layout.pane(i).is_some());
            if refreshed.changed && shown && self.frozen.is_none() {
                fresh = fresh.max(Fresh::Changed);
            }
            if place.awaited > 0 && refreshed.answered >= place.awaited {
                place.awaited = 0;
                fresh = Fresh::Answered;
            }
            if let Some(notice) = refreshed.notices.into_iter().last() {
                self.notice = Some(notice);
                fresh = fresh.max(Fresh::Changed);
            }
        }
        fresh
    }

    /// When the picture changes by itself: the banner of a frozen one counts seconds.
    pub fn tick_at(&self) -> Option<Instant> {
        let Frozen { since, .. } = self.frozen.as_ref()?;
        Some(*since + Duration::from_secs(since.elapsed().as_secs() + 1))
    }

    /// Draws the whole screen.
    pub fn draw(&mut self, buffer: &mut Buffer) {
        let theme = self.look.theme();
        let area = buffer.area;
        let mut screen = Canvas::new(buffer, area, &theme);
        if theme.ground != Color::Reset {
            screen.clear(theme.text);
        }
        let (Some(layout), Some(focused)) = (self.layout.clone(), self.focused()) else {
            frame::too_small(&mut screen);
            return;
        };
        let labs: Vec<&dyn Lab> = self.labs.iter().map(|place| &*place.lab).collect();
        self.tabs = frame::header(&mut screen.part(layout.header), &labs, self.focus, &self.pulse);
        frame::status(
            &mut screen.part(layout.status),
            self.keymap.of(focused),
            self.notice.as_ref(),
            self.stage.measuring(),
        );
        self.draw_panes(&mut screen, &layout);
        if let Some(overlay) = &mut self.overlay {
            overlay.draw(&mut screen);
        }
        if theme.ascii {
            ascii::to_ascii(buffer);
        }
        self.save_if_asked(buffer, &theme);
    }

    /// Tells every worker to end, and waits for them until the deadline. The labs that did not end in time are named.
    pub fn shut_down(&mut self, deadline: Instant) -> Vec<&'static str> {
        for place in &mut self.labs {
            place.lab.close();
        }
        let labs = self.labs.iter_mut();
        labs.filter_map(|place| place.lab.join(deadline).err().map(|_| place.lab.about().id)).collect()
    }

    fn draw_panes(&mut self, screen: &mut Canvas<'_>, layout: &Layout) {
        let now = Instant::now();
        if let Some(still) = self.frozen.as_ref().and_then(|frozen| frozen.still.as_ref()) {
            for position in layout.body.intersection(still.picture().area).positions() {
                screen.buffer[position] = still.picture()[position].clone();
            }
        } else {
            for (i, area) in &layout.panes {
                let lab = &*self.labs[*i].lab;
                frame::pane(&mut screen.part(*area), i + 1, lab, *i == self.focus);
                lab.draw(&mut screen.part(inside(*area)));
            }
        }
        match &mut self.frozen {
            None => self.rewind.take(now, screen.buffer),
            Some(frozen) => {
                let still = frozen.still.get_or_insert_with(|| self.rewind.freeze(now, screen.buffer));
                let (frozen, before) = (frozen.since.elapsed(), frozen.since.saturating_duration_since(still.at()));
                frame::frozen(&mut screen.part(layout.body), frozen, before);
            }
        }
    }

    /// Hands the frame just drawn to a thread that writes it to the file that was asked for. The frame is the first without
    /// the question for its name.
    fn save_if_asked(&mut self, buffer: &Buffer, theme: &Theme) {
        let Some(path) = self.save.take() else { return };
        let (buffer, theme) = (buffer.clone(), theme.clone());
        let write = move || {
            let content = match path.extension().and_then(|ending| ending.to_str()) {
                Some("svg") => export::svg(&buffer, &theme),
                Some("txt") => export::text(&buffer),
                _ => anyhow::bail!("{}: a screen is saved as FILE.svg or FILE.txt", path.display()),
            };
            std::fs::write(&path, content).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
            Ok(format!("the screen is saved in {}", path.display()))
        };
        match Errand::run(self.wake.clone(), write) {
            Ok(errand) => self.errands.push(errand),
            Err(error) => self.notice = Some(Notice { tone: Tone::Bad, text: error.to_string() }),
        }
    }

    fn overlay_did(&mut self, outcome: Outcome) -> After {
        match outcome {
            Outcome::Stay => After::Draw,
            Outcome::Close => {
                self.overlay = None;
                After::Draw
            }
            Outcome::Do(action) => {
                self.overlay = None;
                // The overlay has gone from the screen, whatever the action does.
                match self.act(action) {
                    After::Nothing => After::Draw,
                    after => after,
                }
            }
        }
    }

    /// The last action begun since the last call, by which a slow handler is named.
    pub fn take_action(&mut self) -> Option<Action> {
        self.acted.take()
    }

    fn act(&mut self, action: Action) -> After {
        self.acted = Some(action.clone());
        if action.argument.is_none()
            && let Some(question) = self.question(&action)
        {
            self.overlay = Some(Box::new(Ask::new(action, question)));
            return After::Draw;
        }
        if action.owner == "app" {
            return self.act_app(&action);
        }
        match self.labs.iter().position(|place| place.lab.about().id == action.owner) {
            Some(lab) => {
                let acted = self.labs[lab].lab.act(&action);
                self.acted(lab, acted)
            }
            None => self.say(Tone::Bad, format!("{action}: there is no lab {:?}", action.owner)),
        }
    }

    fn act_app(&mut self, action: &Action) -> After {
        let count = self.labs.len();
        match action.verb.as_str() {
            "next-pane" => self.focus_on((self.focus + 1) % count),
            "previous-pane" => self.focus_on((self.focus + count - 1) % count),
            "pane" => match action.argument.as_deref().and_then(|text| text.parse().ok()) {
                Some(number) if (1..=count).contains(&number) => self.focus_on(number - 1),
                _ => self.say(Tone::Warn, format!("{action}: the panes are 1 to {count}")),
            },
            "focus" => {
                let wanted = action.argument.as_deref().unwrap_or_default();
                match self.labs.iter().position(|place| place.lab.about().id == wanted) {
                    Some(lab) => self.focus_on(lab),
                    None => self.say(Tone::Warn, format!("{action}: there is no such lab")),
                }
            }
            "zoom" => {
                self.zoomed = !self.zoomed;
                self.lay_out();
                After::Draw
            }
            "freeze" => {
                self.frozen = match self.frozen {
                    Some(_) => None,
                    None => Some(Frozen { since: Instant::now(), still: None }),
                };
                After::Draw
            }
            "code" => {
                let lab = &self.labs[self.focus].lab;
                self.overlay = Some(Box::new(Code::new(lab.strategies(), lab.strategy().id, self.wake.clone())));
                After::Draw
            }
            "back" | "forward" => match self.frozen.as_mut().and_then(|frozen| frozen.still.as_mut()) {
                Some(still) if action.verb == "back" => {
                    still.back();
                    After::Draw
                }
                Some(still) => {
                    still.forward();
                    After::Draw
                }
                None => self.say(Tone::Plain, "only a frozen picture can be stepped through: f freezes it".to_owned()),
            },
            "help" => {
                let labs: Vec<&'static LabAbout> = self.labs.iter().map(|place| place.lab.about()).collect();
                self.overlay = Some(Box::new(Help::new(&labs, self.focus, &self.keymap)));
                After::Draw
            }
            "palette" => {
                let labs: Vec<&dyn Lab> = self.labs.iter().map(|place| &*place.lab).collect();
                self.overlay = Some(Box::new(Palette::new(&labs, self.focus, &self.keymap)));
                After::Draw
            }
            "block-loop" if action.argument.as_deref() == Some(CONFIRMED) => {
                pulse::block_the_loop();
                let text = "the dashboard's own loop stood still for 0.5 s: the pulse lab lists it, the strip shows it";
                self.say(Tone::Warn, text.to_owned())
            }
            "block-loop" => {
                let question =
                    "Block the dashboard's own loop for 0.5 s? No key is heard and nothing is drawn meanwhile.";
                let confirmed = Action { argument: Some(CONFIRMED.to_owned()), ..action.clone() };
                self.overlay = Some(Box::new(Confirm::new(question, confirmed)));
                After::Draw
            }
            "next-theme" => {
                Theme::after(&self.look.theme).clone_into(&mut self.look.theme);
                After::Draw
            }
            "save-screen" => {
                self.save = action.argument.as_ref().map(PathBuf::from);
                After::Draw
            }
            "redraw" => After::DrawAll,
            "suspend" => After::Suspend,
            "quit" => After::Quit,
            "interrupt" => After::Interrupt,
            _ => self.say(Tone::Bad, format!("{action}: the dashboard has no such action")),
        }
    }

    /// What to ask for before this action can be done, if a binding says so.
    fn question(&self, action: &Action) -> Option<&'static str> {
        let labs = self.labs.iter().map(|place| place.lab.about());
        let own = labs.flat_map(|lab| lab.bindings.iter().map(move |binding| (lab, binding)));
        let global = self.focused().into_iter().flat_map(|lab| keys::GLOBAL.iter().map(move |binding| (lab, binding)));
        own.chain(global)
            .find(|(lab, binding)| !binding.asks.is_empty() && keys::action(binding, lab) == *action)
            .map(|(_, binding)| binding.asks)
    }

    fn acted(&mut self, lab: usize, acted: Result<Acted, String>) -> After {
        match acted {
            Ok(Acted::Sent(number)) => {
                self.labs[lab].awaited = number;
                After::Nothing
            }
            Ok(Acted::Redraw) => After::Draw,
            Ok(Acted::Nothing) => After::Nothing,
            Err(why) => self.say(Tone::Warn, why),
        }
    }

    fn say(&mut self, tone: Tone, text: String) -> After {
        self.notice = Some(Notice { tone, text });
        After::Draw
    }

    fn focused(&self) -> Option<&'static LabAbout> {
        self.labs.get(self.focus).map(|place| place.lab.about())
    }

    fn focus_on(&mut self, lab: usize) -> After {
        if lab == self.focus {
            return After::Nothing;
        }
        self.focus = lab;
        self.lay_out();
        After::Draw
    }

    /// Lays the screen out anew and tells the labs whose pane has changed. A frozen picture of another layout is let go.
    fn lay_out(&mut self) {
        let layout = Layout::new(self.area, self.labs.len(), self.focus, self.zoomed);
        let shown = |layout: &Option<Layout>| layout.as_ref().map(|layout| layout.panes.clone());
        if shown(&layout) != shown(&self.layout) {
            self.frozen = None;
        }
        for (i, place) in self.labs.iter_mut().enumerate() {
            let pane = layout.as_ref().and_then(|layout| layout.pane(i)).map(inside);
            let size = pane.map(|area| Size { columns: area.width, rows: area.height });
            if size != place.size {
                place.size = size;
                if let Acted::Sent(number) = place.lab.place(size) {
                    place.awaited = number;
                }
            }
        }
        self.layout = layout;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::toy::{Told, Toy};
    use crate::ui::snapshot::text;
    use std::collections::BTreeMap;

    struct Bench {
        state: State,
        told: Told,
        buffer: Buffer,
    }

    impl Bench {
        fn new(labs: usize, columns: u16, rows: u16) -> Self {
            let told = Told::default();
            let area = Rect::new(0, 0, columns, rows);
            let look = Look { theme: "dark".to_owned(), depth: Depth::True, ascii: false };
            let labs = Toy::labs(labs, &told);
            let keymap = Keymap::new(labs.iter().map(|lab| lab.about()), &BTreeMap::new()).unwrap();
            let state = State::new(labs, keymap, look, Stage::new(), Wake::new(), area);
            Self { state, told, buffer: Buffer::empty(area) }
        }

        fn press(&mut self, keys: &str) -> After {
            keys.split(' ').map(|key| self.state.key(key.parse().unwrap())).last().unwrap()
        }

        fn click(&mut self, column: u16, row: u16) -> After {
            self.state.mouse(Mouse { kind: MouseKind::Press, column, row })
        }

        fn screen(&mut self) -> String {
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
        assert_eq!(bench.press("?"), After::Draw);
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
    fn a_frozen_picture_stands_still_under_its_banner() {
        let mut bench = Bench::new(3, 80, 24);
        let before = bench.screen();
        assert_eq!(bench.press("f"), After::Draw);
        let frozen = bench.screen();
        assert!(frozen.contains("picture frozen for 0 s"), "{frozen}");
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
        assert_eq!(block(&mut bench), After::Draw);
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
        assert_eq!(bench.press("Esc Ctrl-Z"), After::Suspend);
        bench.told.take();
        assert_eq!(bench.state.shut_down(Instant::now()), ["beta"]);
        assert_eq!(bench.told.take(), ["alpha closed", "beta closed", "gamma closed"]);
    }
}
