//! What actions do: the dashboard's own here, a lab's through its `act`.

use std::path::PathBuf;
use std::time::Instant;

use super::{After, Frozen, State};
use crate::app::keycast::KeyCast;
use crate::app::keys;
use crate::app::overlay::{Advice, Ask, Cards, Code, Confirm, Help, Overlay, Palette, Results, Timeline};
use crate::app::pulse;
use crate::app::rewind::Still;
use crate::guides::results;
use crate::labs::{Acted, Lab, LabAbout, Notice, Tone};
use crate::runtime::machine::Machine;
use crate::ui::input::Action;

/// The argument of an action that was confirmed.
const CONFIRMED: &str = "confirmed";

impl State {
    /// The last action begun since the last call, by which a slow handler is named.
    pub fn take_action(&mut self) -> Option<Action> {
        self.acted.take()
    }

    /// Does an action, or asks for its argument first.
    pub(super) fn act(&mut self, action: Action) -> After {
        self.acted = Some(action.clone());
        if action.argument.is_none()
            && let Some(question) = self.question(&action)
        {
            return self.open(Ask::new(action, question));
        }
        match action.owner.as_str() {
            "app" => return self.act_app(&action),
            "tour" => return self.act_tour(&action),
            _ => {}
        }
        match self.labs.iter().position(|place| place.lab.about().id == action.owner) {
            Some(lab) => {
                let acted = self.labs[lab].lab.act(&action);
                self.acted(lab, acted)
            }
            None => self.say(Tone::Bad, format!("{action}: there is no lab {:?}", action.owner)),
        }
    }

    /// Does one of the dashboard's own actions.
    fn act_app(&mut self, action: &Action) -> After {
        let count = self.labs.len();
        let argument = action.argument.as_deref();
        match action.verb.as_str() {
            "next-pane" => self.focus_on((self.focus + 1) % count),
            "previous-pane" => self.focus_on((self.focus + count - 1) % count),
            "pane" => match argument.and_then(|text| text.parse().ok()) {
                Some(number) if (1..=count).contains(&number) => self.focus_on(number - 1),
                _ => self.say(Tone::Warn, format!("{action}: the panes are 1 to {count}")),
            },
            "focus" => match self.labs.iter().position(|place| Some(place.lab.about().id) == argument) {
                Some(lab) => self.focus_on(lab),
                None => self.say(Tone::Warn, format!("{action}: there is no such lab")),
            },
            "zoom" => self.zoom(!self.zoomed),
            "freeze" => self.freeze(),
            "back" => self.step_through(Still::back),
            "forward" => self.step_through(Still::forward),
            "code" => {
                let lab = &self.labs[self.focus].lab;
                let code = Code::new(lab.strategies(), lab.strategy().id, self.wake.clone());
                self.open(code)
            }
            "timeline" => {
                let lab = &self.labs[self.focus].lab;
                let title = lab.about().title;
                match lab.trace() {
                    Some(trace) => self.open(Timeline::new(title, trace)),
                    None => {
                        self.say(Tone::Plain, format!("{title} has recorded nothing yet that a timeline could show"))
                    }
                }
            }
            "help" => {
                let labs: Vec<&'static LabAbout> = self.labs.iter().map(|place| place.lab.about()).collect();
                self.open(Help::new(&labs, self.focus, &self.keymap))
            }
            "palette" => {
                let labs: Vec<&dyn Lab> = self.labs.iter().map(|place| &*place.lab).collect();
                let palette = Palette::new(&labs, self.focus, &self.keymap);
                self.open(palette)
            }
            "card" => self.open_card(action),
            "advice" => match self.adviser.clone() {
                Some(adviser) => self.open(Advice::new(adviser)),
                None => self.say(Tone::Warn, "advice needs the whole program".to_owned()),
            },
            "results" => self.open_results(),
            "save-results" => self.save_results(argument.unwrap_or_default()),
            "big" => {
                self.big = !self.big;
                After::Draw
            }
            "key-cast" => {
                self.key_cast = if self.key_cast.is_some() { None } else { Some(KeyCast::default()) };
                let on = if self.key_cast.is_some() { "shown" } else { "no longer shown" };
                self.say(Tone::Plain, format!("keys are {on}"))
            }
            "open" => self.open_lab(action),
            "tour" => self.open_tour(argument.unwrap_or_default()),
            "block-loop" => self.block_loop(action),
            "next-theme" => {
                self.look.next_theme();
                After::Draw
            }
            "save-screen" => {
                self.save = argument.map(PathBuf::from);
                After::Draw
            }
            "redraw" => After::DrawAll,
            "suspend" => After::Suspend,
            "quit" => After::Quit,
            "interrupt" => After::Interrupt,
            _ => self.say(Tone::Bad, format!("{action}: the dashboard has no such action")),
        }
    }

    fn open(&mut self, overlay: impl Overlay + 'static) -> After {
        // A tour and the keys that are shown may change with the same key, and a screen that is too small has no picture.
        let stands = self.overlay.is_none() && self.welcome.is_none() && self.tour.is_none() && self.key_cast.is_none();
        self.overlay = Some(Box::new(overlay));
        if stands && self.layout.is_some() { After::DrawOver } else { After::Draw }
    }

    /// Shows the results of the lab in focus.
    fn open_results(&mut self) -> After {
        match self.results() {
            Some(results) => self.open(Results::new(results)),
            None => self.nothing_measured(),
        }
    }

    fn save_results(&mut self, path: &str) -> After {
        let Some(results) = self.results() else { return self.nothing_measured() };
        self.write_file(PathBuf::from(path), "results card", move |ending| match ending {
            "md" => Ok(results.markdown(&Machine::here())),
            "svg" => Ok(results.svg(&Machine::here())),
            _ => Err("results are saved as FILE.md or FILE.svg"),
        });
        After::Draw
    }

    fn results(&self) -> Option<results::Results> {
        results::Results::of(&*self.labs.get(self.focus)?.lab)
    }

    fn nothing_measured(&mut self) -> After {
        self.say(Tone::Plain, "no numbers of this lab's strategies to compare yet: r runs one".to_owned())
    }

    /// Opens the reference card, or the first one of the item, that the argument names.
    fn open_card(&mut self, action: &Action) -> After {
        let labs: Vec<&dyn Lab> = self.labs.iter().map(|place| &*place.lab).collect();
        match action.argument.as_deref().and_then(|name| Cards::new(name, &labs)) {
            Some(cards) => self.open(cards),
            None => self.say(Tone::Warn, format!("{action}: there is no such card; items are 59 to 64")),
        }
    }

    /// Goes to a lab and switches it to a strategy: the argument is `LAB STRATEGY`.
    fn open_lab(&mut self, action: &Action) -> After {
        let argument = action.argument.as_deref().unwrap_or_default();
        let Some((lab, strategy)) = argument.split_once(' ') else {
            return self.say(Tone::Warn, format!("{action}: write a lab and a strategy, as in gcd processes"));
        };
        let Some(place) = self.labs.iter().position(|place| place.lab.about().id == lab) else {
            return self.say(Tone::Warn, format!("{action}: there is no lab {lab:?}"));
        };
        let focused = self.focus_on(place);
        let switch = Action { owner: lab.to_owned(), verb: "strategy".to_owned(), argument: Some(strategy.to_owned()) };
        match self.act(switch) {
            After::Nothing => focused,
            after => after,
        }
    }

    pub(super) fn zoom(&mut self, zoomed: bool) -> After {
        self.zoomed = zoomed;
        self.lay_out();
        After::Draw
    }

    fn freeze(&mut self) -> After {
        self.frozen = match self.frozen {
            Some(_) => None,
            None => Some(Frozen { since: Instant::now(), still: None }),
        };
        After::Draw
    }

    fn step_through(&mut self, step: fn(&mut Still)) -> After {
        match self.frozen.as_mut().and_then(|frozen| frozen.still.as_mut()) {
            Some(still) => {
                step(still);
                After::Draw
            }
            None => self.say(Tone::Plain, "only a frozen picture can be stepped through: f freezes it".to_owned()),
        }
    }

    /// Blocks the event loop, once it was confirmed.
    fn block_loop(&mut self, action: &Action) -> After {
        if action.argument.as_deref() == Some(CONFIRMED) {
            pulse::block_the_loop();
            let text = "the dashboard's own loop stood still for 0.5 s: the pulse lab lists it, the strip shows it";
            return self.say(Tone::Warn, text.to_owned());
        }
        let question = "Block the dashboard's own loop for 0.5 s? No key is heard and nothing is drawn meanwhile.";
        let confirmed = Action { argument: Some(CONFIRMED.to_owned()), ..action.clone() };
        self.open(Confirm::new(question, confirmed))
    }

    /// What to ask for before this action can be done, if a binding says so.
    fn question(&self, action: &Action) -> Option<&'static str> {
        let labs = self.labs.iter().map(|place| place.lab.about());
        let own = labs.flat_map(|lab| lab.bindings.iter().map(move |binding| (lab, binding)));
        let global = self.focused().into_iter().flat_map(|lab| keys::GLOBAL.iter().map(move |binding| (lab, binding)));
        own.chain(global)
            .filter(|(_, binding)| !binding.asks.is_empty() && binding.action.ends_with(&action.verb))
            .find(|(lab, binding)| keys::action(binding, lab) == *action)
            .map(|(_, binding)| binding.asks)
    }

    /// Takes in what came of a lab's action.
    pub(super) fn acted(&mut self, lab: usize, acted: Result<Acted, String>) -> After {
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

    pub(super) fn say(&mut self, tone: Tone, text: String) -> After {
        self.notice = Some(Notice { tone, text });
        After::Draw
    }

    pub(super) fn focus_on(&mut self, lab: usize) -> After {
        if lab == self.focus {
            return After::Nothing;
        }
        self.focus = lab;
        self.lay_out();
        After::Draw
    }
}
