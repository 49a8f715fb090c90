//! A person's own game, as the worker keeps it.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::{RANGE, Report, Worker};
use crate::labs::Tone;
use crate::labs::guess::own::{Own, Person, Told};
use crate::labs::guess::party::Host;
use crate::labs::guess::strategies::STRATEGIES;

/// The person's own game.
pub(super) struct Mine {
    number: u64,
    pub(super) own: Own,
    /// Whose server it is played with, if it is ours: it goes on for as long.
    host: Option<Arc<Host>>,
}

impl Worker {
    pub(super) fn begin_answering(&mut self, range: RangeInclusive<i64>) {
        let Some(host) = self.party.as_ref().map(|party| Arc::clone(&party.host)) else { return };
        self.started += 1;
        let (number, report) = (self.started, self.report.clone());
        let own = Own::answering(host.address, range, move |told| drop(report.send(Report::Own(number, told))));
        self.begin_own(number, own, Some(host));
    }

    pub(super) fn begin_guessing(&mut self) {
        self.started += 1;
        let (number, report) = (self.started, self.report.clone());
        let own = match (STRATEGIES[self.chosen_client].make)(&self.setup) {
            Ok(style) => {
                let seed = self.start.seed ^ number;
                Own::guessing(style, RANGE, seed, move |told| drop(report.send(Report::Own(number, told))))
            }
            Err(error) => Err(std::io::Error::other(error)),
        };
        self.begin_own(number, own, None);
    }

    fn begin_own(&mut self, number: u64, own: std::io::Result<Own>, host: Option<Arc<Host>>) {
        match own {
            Ok(own) => self.mine = Some(Mine { number, own, host }),
            Err(error) => self.notice(Tone::Bad, format!("your game cannot begin: {error}")),
        }
        self.set_pace();
    }

    /// What the person says in it.
    pub(super) fn say(&mut self, what: Person) {
        let said = match &mut self.mine {
            Some(mine) => mine.own.say(what),
            None => Err("no game of yours is on: press o or p".to_owned()),
        };
        if let Err(why) = said {
            self.notice(Tone::Warn, why);
        }
    }

    /// News of the game of this number.
    pub(super) fn take_own(&mut self, number: u64, told: Told) {
        let Some(mine) = self.mine.as_mut().filter(|mine| mine.number == number) else { return };
        let over = matches!(told, Told::Over(_));
        mine.own.take(told);
        if over {
            mine.host = None;
            self.set_pace();
        }
        self.changed = true;
    }
}
