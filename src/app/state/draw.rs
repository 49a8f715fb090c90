//! Drawing the whole screen.

use std::path::PathBuf;
use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Style};

use super::State;
use crate::app::errand::Errand;
use crate::app::export;
use crate::app::frame;
use crate::app::headline;
use crate::app::layout::{Layout, inside};
use crate::app::tour::Tour;
use crate::labs::{Lab, Notice, Tone};
use crate::ui::{Canvas, Theme, ascii};

impl State {
    /// Draws the whole screen, over whatever the buffer holds.
    pub fn draw(&mut self, buffer: &mut Buffer) {
        let theme = self.look.theme();
        let area = buffer.area;
        let mut screen = Canvas::new(buffer, area, &theme);
        screen.clear(if theme.ground == Color::Reset { Style::new() } else { theme.text });
        let (Some(layout), Some(focused)) = (self.layout.clone(), self.focused()) else {
            frame::too_small(&mut screen);
            return;
        };
        let labs: Vec<&dyn Lab> = self.labs.iter().map(|place| &*place.lab).collect();
        self.tabs = frame::header(&mut screen.part(layout.header), &labs, self.focus, &self.pulse);
        self.hints = frame::status(
            &mut screen.part(layout.status),
            self.keymap.of(focused),
            self.notice.as_ref(),
            self.stage.measuring(),
        );
        self.draw_panes(&mut screen, &layout);
        if let (Some(tour), Some(place)) = (&mut self.tour, layout.tour) {
            tour.draw(&mut screen.part(place), self.keymap.tour());
        }
        if let Some(overlay) = &mut self.overlay {
            overlay.draw(&mut screen);
        } else if let Some(welcome) = &self.welcome {
            welcome.draw(&mut screen, &self.keymap, focused);
        } else if self.tour.as_ref().is_some_and(Tour::is_blank) {
            screen.clear(theme.text);
        }
        if let Some(cast) = &self.key_cast {
            cast.draw(&mut screen, Instant::now());
        }
        if theme.ascii {
            ascii::to_ascii(buffer);
        }
        self.save_if_asked(buffer, &theme);
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
                let mut inside = screen.part(inside(*area));
                if self.big && *i == self.focus {
                    headline::draw(&mut inside, lab);
                } else {
                    lab.draw(&mut inside);
                }
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
        self.write_file(path, "screen", move |ending| match ending {
            "svg" => Ok(export::svg(&buffer, &theme)),
            "txt" => Ok(export::text(&buffer)),
            _ => Err("a screen is saved as FILE.svg or FILE.txt"),
        });
    }

    /// Lets a thread write a file of what `content` makes for its ending, or says which endings there are.
    pub(super) fn write_file(
        &mut self,
        path: PathBuf,
        what: &'static str,
        content: impl FnOnce(&str) -> Result<String, &'static str> + Send + 'static,
    ) {
        let write = move || {
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            let content = content(ending).map_err(|endings| anyhow::anyhow!("{}: {endings}", path.display()))?;
            std::fs::write(&path, content).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
            Ok(format!("the {what} is saved in {}", path.display()))
        };
        match Errand::run(self.wake.clone(), write) {
            Ok(errand) => self.errands.push(errand),
            Err(error) => self.notice = Some(Notice { tone: Tone::Bad, text: error.to_string() }),
        }
    }
}
