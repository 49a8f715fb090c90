//! Holds back pictures that would flash: of those that differ much from the one shown, three a second are let through.

use std::time::{Duration, Instant};

use super::picture::Picture;

/// The shortest time between two large changes: general flashes of more than three a second can be dangerous (WCAG 2.2,
/// success criterion 2.3.1).
const APART: Duration = Duration::from_millis(334);

/// The share of the picture, one in so many, that may go from dark to bright or back without being a large change.
const LARGE: usize = 10;

/// The picture shown last, and since when.
#[derive(Debug, Default)]
pub struct Calm {
    shown: Option<(Instant, Picture)>,
    /// A newer picture is held back.
    holds: bool,
}

impl Calm {
    /// The picture to be shown now: this one, or still the last.
    pub fn hold(&mut self, now: Instant, picture: Picture) -> Picture {
        self.holds = false;
        match &mut self.shown {
            Some((since, shown)) if is_large_change(shown, &picture) => {
                if now < *since + APART {
                    self.holds = true;
                    return shown.clone();
                }
                (*since, *shown) = (now, picture);
                shown.clone()
            }
            // A small change does not begin the wait anew.
            Some((_, shown)) => {
                *shown = picture;
                shown.clone()
            }
            None => self.shown.insert((now, picture)).1.clone(),
        }
    }

    /// When the picture that is held back may be shown; none while there is none.
    pub fn due(&self) -> Option<Instant> {
        self.shown.as_ref().filter(|_| self.holds).map(|(since, _)| *since + APART)
    }

    /// Lets go of what is held back, if it is time to; whether there is something new to show then.
    pub fn let_go(&mut self, now: Instant) -> bool {
        let due = self.due().is_some_and(|due| due <= now);
        self.holds &= !due;
        due
    }
}

fn is_large_change(before: &Picture, after: &Picture) -> bool {
    // Another size or zoom is what a person has asked for.
    let same = (before.width, before.height, before.zoom) == (after.width, after.height, after.zoom);
    let turned = |(before, after): (&u8, &u8)| (*before > 0) != (*after > 0);
    let changed = before.pixels.iter().zip(&after.pixels).filter(|pair| turned(*pair)).count();
    same && changed * LARGE > after.pixels.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::life::picture::Zoom;

    fn picture(alive: usize, of: usize) -> Picture {
        let pixels = (0..of).map(|pixel| u8::from(pixel < alive)).collect();
        Picture { width: of, height: 1, zoom: Zoom::Cell, pixels }
    }

    #[test]
    fn a_flashing_field_changes_three_times_a_second_and_a_glider_as_it_likes() {
        let start = Instant::now();
        let mut calm = Calm::default();
        let mut changes = 0;
        let mut last = calm.hold(start, picture(0, 100));
        for frame in 1..=60 {
            let shown =
                calm.hold(start + Duration::from_millis(frame * 1000 / 60), picture((frame % 2 * 90) as usize, 100));
            changes += u32::from(shown != last);
            last = shown;
        }
        assert!((1..=3).contains(&changes), "{changes} large changes in a second");
        let mut calm = Calm::default();
        for alive in 0..9 {
            assert_eq!(calm.hold(start, picture(alive, 100)), picture(alive, 100));
        }
        assert_eq!(calm.hold(start, picture(90, 200)), picture(90, 200), "another size is shown at once");
    }

    #[test]
    fn what_was_held_back_is_shown_when_its_time_has_come() {
        let start = Instant::now();
        let mut calm = Calm::default();
        calm.hold(start, picture(0, 100));
        assert_eq!((calm.due(), calm.hold(start, picture(90, 100))), (None, picture(0, 100)));
        assert_eq!(calm.due(), Some(start + APART));
        assert!(!calm.let_go(start) && calm.let_go(start + APART) && !calm.let_go(start + APART));
        assert_eq!(calm.hold(start + APART, picture(90, 100)), picture(90, 100));
        assert_eq!(calm.due(), None);
    }
}
