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
        let (Some(layout), Some(focused)) = (self.layout.clone(), self.focused()) else {
            screen.clear(ground(&theme));
            frame::too_small(&mut screen);
            return;
        };
        self.draw_picture(&mut screen, &layout);
        if self.is_covered(Instant::now()) {
            // What lies over the picture is not kept with it.
            in_its_letters(screen.buffer, &theme);
            self.take(screen.buffer);
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
        self.finish(buffer, &theme);
    }

    /// Draws what has opened over the picture that the buffer holds, and what stands round the panes, where this is told of.
    pub fn draw_over(&mut self, buffer: &mut Buffer) {
        let theme = self.look.theme();
        let area = buffer.area;
        let mut screen = Canvas::new(buffer, area, &theme);
        if let Some(layout) = self.layout.clone() {
            for edge in [layout.header, layout.status] {
                screen.part(edge).clear(ground(&theme));
            }
            self.draw_edges(&mut screen, &layout);
        }
        if let Some(overlay) = &mut self.overlay {
            overlay.draw(&mut screen);
        }
        self.finish(buffer, &theme);
    }

    /// Keeps the picture that was drawn last, so that it can be stepped back to; one with something over it was kept while it
    /// was drawn. Apart from drawing it, since somebody may wait for that. False when there was nothing to do.
    pub fn keep(&mut self, picture: &Buffer) -> bool {
        !self.is_covered(Instant::now()) && self.take(picture)
    }

    fn take(&mut self, picture: &Buffer) -> bool {
        let now = Instant::now();
        let due = self.layout.is_some() && self.frozen.is_none() && self.rewind.is_due(now, picture.area);
        if due {
            self.rewind.take(now, picture);
        }
        due
    }

    /// Draws all that something may lie over.
    fn draw_picture(&mut self, screen: &mut Canvas<'_>, layout: &Layout) {
        screen.clear(ground(screen.theme));
        self.draw_edges(screen, layout);
        self.draw_panes(screen, layout);
        if let (Some(tour), Some(place)) = (&mut self.tour, layout.tour) {
            tour.draw(&mut screen.part(place), self.keymap.tour());
        }
    }

    /// Draws what stands round the panes.
    fn draw_edges(&mut self, screen: &mut Canvas<'_>, layout: &Layout) {
        let labs: Vec<&dyn Lab> = self.labs.iter().map(|place| &*place.lab).collect();
        self.tabs = frame::header(&mut screen.part(layout.header), &labs, self.focus, &self.pulse);
        if let Some(focused) = self.focused() {
            self.hints = frame::status(
                &mut screen.part(layout.status),
                self.keymap.of(focused),
                self.notice.as_ref(),
                self.stage.measuring(),
            );
        }
    }

    fn draw_panes(&mut self, screen: &mut Canvas<'_>, layout: &Layout) {
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
        if let Some(frozen) = &mut self.frozen {
            let still = frozen.still.get_or_insert_with(|| {
                in_its_letters(screen.buffer, screen.theme);
                self.rewind.freeze(Instant::now(), screen.buffer)
            });
            let (frozen, before) = (frozen.since.elapsed(), frozen.since.saturating_duration_since(still.at()));
            frame::frozen(&mut screen.part(layout.body), frozen, before);
        }
    }

    /// What is done to every frame at last.
    fn finish(&mut self, buffer: &mut Buffer, theme: &Theme) {
        in_its_letters(buffer, theme);
        self.save_if_asked(buffer, theme);
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

/// Spells the picture in ASCII where the terminal has nothing else.
fn in_its_letters(buffer: &mut Buffer, theme: &Theme) {
    if theme.ascii {
        ascii::to_ascii(buffer);
    }
}

/// What the screen is cleared with.
fn ground(theme: &Theme) -> Style {
    if theme.ground == Color::Reset { Style::new() } else { theme.text }
}
