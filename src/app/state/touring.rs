//! A tour and the dashboard: it acts on the labs through the same actions as keys do.

use std::time::Instant;

use super::{After, State};
use crate::app::tour::{Tour, Went};
use crate::guides::tour::command::Opening;
use crate::guides::tour::condition::Name;
use crate::guides::tour::pace::Pace;
use crate::guides::tour::player::Performer;
use crate::guides::tour::shelf;
use crate::labs::Tone;
use crate::labs::measured::Measured;
use crate::ui::input::{Action, Key};

impl State {
    /// Begins a tour; one that is on ends.
    pub fn begin_tour(&mut self, opening: Opening) -> After {
        let (tour, error) = Tour::begin(opening, Instant::now());
        self.tour = Some(tour);
        if let Some(error) = error {
            self.say(Tone::Warn, format!("no notes for a second terminal: {error:#}"));
        }
        self.frozen = None;
        self.touring = true;
        self.lay_out();
        self.tick();
        After::Draw
    }

    /// Begins a shipped tour.
    pub(super) fn open_tour(&mut self, number: &str) -> After {
        if let Some(lesson) = shelf::shipped(number) {
            return self.begin_tour(Opening { lesson, pace: Pace::ByHand });
        }
        let known: Vec<&str> = shelf::numbers().collect();
        self.say(Tone::Warn, format!("there is no tour {number:?}; the tours are: {}", known.join(", ")))
    }

    /// Lets the tour go on as far as it can now.
    pub fn tick(&mut self) -> After {
        self.with_tour(|tour, state| tour.turn(state, Instant::now()))
    }

    /// The marker for the recording, once for each step that has begun.
    pub fn take_mark(&mut self) -> Option<String> {
        self.tour.as_mut()?.take_mark()
    }

    /// Does one of the tour's own actions.
    pub(super) fn act_tour(&mut self, action: &Action) -> After {
        if self.tour.is_none() {
            return self.say(Tone::Plain, "no tour is on: the palette begins one".to_owned());
        }
        let now = Instant::now();
        let did = match action.verb.as_str() {
            "next" => self.with_tour(|tour, _| tour.forward(now)),
            "back" => self.with_tour(|tour, _| tour.back(now)),
            "blank" => self.with_tour(|tour, _| tour.blank()),
            "leave" => self.with_tour(|_, _| Went::Out(false)),
            _ => return self.say(Tone::Bad, format!("{action}: a tour has no such action")),
        };
        self.then_tick(did)
    }

    /// Takes in a key, if a tour is on and has a use for it.
    pub(super) fn tour_key(&mut self, key: Key) -> Option<After> {
        let answered = self.tour.as_mut()?.key(key, Instant::now());
        if answered.is_some() {
            return Some(self.then_tick(After::Draw));
        }
        let action = self.keymap.tour_action(key)?;
        Some(self.act(action))
    }

    /// Goes on with the tour after a key.
    fn then_tick(&mut self, did: After) -> After {
        match self.tick() {
            After::Nothing => did,
            after => after,
        }
    }

    /// Gives the tour a turn. It is out of its place meanwhile, so that it can act on the rest.
    fn with_tour(&mut self, turn: impl FnOnce(&mut Tour, &mut Self) -> Went) -> After {
        let Some(mut tour) = self.tour.take() else { return After::Nothing };
        let went = turn(&mut tour, self);
        if let Went::Out(ends) = went {
            self.touring = false;
            self.lay_out();
            return if ends { After::Quit } else { After::Draw };
        }
        self.tour = Some(tour);
        if went == Went::On { After::Draw } else { After::Nothing }
    }
}

impl Performer for State {
    fn perform(&mut self, action: &Action) -> Result<(), String> {
        let place = |id: &str| self.labs.iter().position(|place| place.lab.about().id == id);
        let no_lab = |id: &str| format!("there is no lab {id:?}");
        if action.owner == "app" {
            // Of the dashboard's actions a lesson has this one alone.
            let id = action.argument.as_deref().unwrap_or_default();
            self.focus_on(place(id).ok_or_else(|| no_lab(id))?);
            return Ok(());
        }
        let lab = place(&action.owner).ok_or_else(|| no_lab(&action.owner))?;
        let acted = self.labs[lab].lab.act(action)?;
        self.acted(lab, Ok(acted));
        Ok(())
    }

    fn is_settled(&self) -> bool {
        self.labs.iter().all(|place| place.awaited == 0)
    }

    fn measured(&self, name: &Name) -> Option<Measured> {
        State::measured(self, &name.lab, &name.name)
    }
}
