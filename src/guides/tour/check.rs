//! Holds the claims of lessons to what is measured here, without a screen.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::condition::{Name, Verdict};
use super::lesson::Lesson;
use super::need::missing;
use super::pace::Pace;
use super::player::{Finding, Performer, Phase, Player, Turn};
use crate::labs::headless::{Failure, Interrupt};
use crate::labs::measured::Measured;
use crate::labs::{self, Acted, Lab, Start};
use crate::runtime::wake::Wake;
use crate::ui::canvas::Size;
use crate::ui::input::Action;

/// The size that panes are given, as on a screen of 120 columns and 40 rows.
const PANE: Size = Size { columns: 58, rows: 20 };

/// How often a lesson is run when others used the machine meanwhile.
const TRIES: usize = 3;

/// How long the labs have to end.
const TO_END: Duration = Duration::from_millis(500);

/// What a step has shown.
#[derive(Debug)]
struct Shown {
    title: String,
    unable: Option<String>,
    troubles: Vec<String>,
    findings: Vec<Finding>,
}

/// How many claims came out how.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    held: usize,
    contradicted: usize,
    open: usize,
}

/// Runs these lessons and writes a line for each claim. Fails when one is contradicted.
pub fn run(lessons: &[Lesson]) -> Result<(), Failure> {
    let interrupt = Interrupt::watch();
    let mut tally = Tally::default();
    for lesson in lessons {
        let mut tries = 1;
        let shown = loop {
            let shown = play(lesson, interrupt)?;
            let open = |finding: &Finding| matches!(finding.verdict, Verdict::Open(_));
            if tries == TRIES || !shown.iter().flat_map(|step| &step.findings).any(open) {
                break shown;
            }
            tries += 1;
        };
        report(lesson, &shown, &mut tally)?;
    }
    let Tally { held, contradicted, open } = tally;
    eprintln!("{held} claims held, {contradicted} contradicted, {open} could not be told");
    if contradicted > 0 {
        return Err(Failure::Failed(anyhow::anyhow!("claims contradicted by what was measured: {contradicted}")));
    }
    Ok(())
}

/// Runs a lesson over labs of its own.
fn play(lesson: &Lesson, interrupt: &Interrupt) -> Result<Vec<Shown>, Failure> {
    let activity = tempfile::Builder::new().prefix("fanout-").tempdir().context("no temporary folder")?;
    let start = Start::alone(activity.path());
    let mut headless = Headless::new(labs::all(&start));
    let player = Player::new(lesson.clone(), Pace::Holding(Duration::ZERO), missing, Instant::now());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let shown = runtime.block_on(go_through(player, &mut headless, &start.wake, interrupt));
    headless.end();
    shown
}

async fn go_through(
    mut player: Player,
    headless: &mut Headless,
    wake: &Wake,
    interrupt: &Interrupt,
) -> Result<Vec<Shown>, Failure> {
    let mut shown = Vec::new();
    loop {
        match player.advance(headless, Instant::now()) {
            Turn::Changed => {}
            Turn::Onward => {
                shown.push(Shown {
                    title: player.step().title.clone(),
                    unable: match player.phase() {
                        Phase::Unable(why) => Some(why.clone()),
                        _ => None,
                    },
                    troubles: player.troubles().to_vec(),
                    findings: player.findings().to_vec(),
                });
                if !player.forward(Instant::now()) {
                    return Ok(shown);
                }
            }
            Turn::Same => {
                let due = player.due().unwrap_or_else(Instant::now);
                tokio::select! {
                    () = interrupt.token().cancelled() => interrupt.check()?,
                    _ = wake.rung() => headless.refresh(),
                    () = tokio::time::sleep_until(due.into()) => {}
                }
            }
        }
    }
}

/// A line for each claim, and for what could not run.
fn report(lesson: &Lesson, shown: &[Shown], tally: &mut Tally) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let id = &lesson.id;
    for (number, step) in shown.iter().enumerate() {
        let place = format!("{id} step {} {}", number + 1, step.title);
        if let Some(why) = &step.unable {
            writeln!(out, "not here      {place}: {why}")?;
        }
        for trouble in &step.troubles {
            writeln!(out, "trouble       {place}: {trouble}")?;
        }
        for Finding { claim, numbers, verdict } in &step.findings {
            match verdict {
                Verdict::Holds => {
                    tally.held += 1;
                    writeln!(out, "held          {place}: {claim} ({numbers})")?;
                }
                Verdict::Fails => {
                    tally.contradicted += 1;
                    writeln!(out, "contradicted  {place}: {claim} ({numbers})")?;
                }
                Verdict::Open(why) => {
                    tally.open += 1;
                    writeln!(out, "open          {place}: {claim} ({why})")?;
                }
            }
        }
    }
    Ok(())
}

/// The labs without a screen.
struct Headless {
    labs: Vec<Standing>,
}

struct Standing {
    lab: Box<dyn Lab>,
    /// The number of the last Command whose answer is still to come; 0 when there is none.
    awaited: u64,
}

impl Headless {
    fn new(labs: Vec<Box<dyn Lab>>) -> Self {
        let standing = |mut lab: Box<dyn Lab>| {
            let awaited = awaited(lab.place(Some(PANE)));
            Standing { lab, awaited }
        };
        Self { labs: labs.into_iter().map(standing).collect() }
    }

    fn refresh(&mut self) {
        for Standing { lab, awaited } in &mut self.labs {
            if lab.refresh().answered >= *awaited {
                *awaited = 0;
            }
        }
    }

    fn end(&mut self) {
        let deadline = Instant::now() + TO_END;
        for standing in &mut self.labs {
            standing.lab.close();
        }
        for Standing { lab, .. } in &mut self.labs {
            if lab.join(deadline).is_err() {
                eprintln!("fanout: did not end in time: {}", lab.about().id);
            }
        }
    }
}

fn awaited(acted: Acted) -> u64 {
    match acted {
        Acted::Sent(number) => number,
        Acted::Redraw | Acted::Nothing => 0,
    }
}

impl Performer for Headless {
    fn perform(&mut self, action: &Action) -> Result<(), String> {
        let named = |id: &str| format!("there is no lab {id:?}");
        if action.owner == "app" {
            // Without a screen nothing has the focus; the lab must be there all the same.
            let id = action.argument.as_deref().unwrap_or_default();
            return self.labs.iter().any(|s| s.lab.about().id == id).then_some(()).ok_or_else(|| named(id));
        }
        let standing = self.labs.iter_mut().find(|standing| standing.lab.about().id == action.owner);
        let Standing { lab, awaited: last } = standing.ok_or_else(|| named(&action.owner))?;
        match lab.act(action)? {
            Acted::Sent(number) => *last = number,
            Acted::Redraw | Acted::Nothing => {}
        }
        Ok(())
    }

    fn is_settled(&self) -> bool {
        self.labs.iter().all(|standing| standing.awaited == 0)
    }

    fn measured(&self, name: &Name) -> Option<Measured> {
        self.labs.iter().find(|standing| standing.lab.about().id == name.lab)?.lab.measured(&name.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guides::tour::lesson::{Act, Answers, Piece, Step};
    use crate::guides::tour::shelf;

    fn names(step: &Step) -> Vec<Name> {
        let acts = step.acts.iter().flat_map(|act| -> Vec<Name> {
            match act {
                Act::Do(_) => vec![],
                Act::Wait(condition, _) => condition.names().cloned().collect(),
                Act::Ask(question) => match &question.answers {
                    Answers::Number(name) => vec![name.clone()],
                    Answers::Choices(choices) => choices.iter().flat_map(|(_, when)| when.names().cloned()).collect(),
                },
            }
        });
        let quoted = step.text.iter().flat_map(|paragraph| &paragraph.0).filter_map(|piece| match piece {
            Piece::Quote(name) => Some(name.clone()),
            Piece::Words(_) | Piece::Code(_) => None,
        });
        let claims = step.claims.iter().flat_map(|claim| claim.names().cloned());
        acts.chain(quoted).chain(claims).collect()
    }

    #[test]
    fn every_action_and_every_number_of_the_shipped_lessons_is_known_to_its_lab() {
        for lesson in shelf::numbers().filter_map(shelf::shipped) {
            let folder = tempfile::tempdir().unwrap();
            let mut headless = Headless::new(labs::all(&Start::alone(folder.path())));
            for step in &lesson.steps {
                let place = format!("{} {:?}", lesson.id, step.title);
                for act in &step.acts {
                    if let Act::Do(action) = act {
                        headless.perform(action).unwrap_or_else(|why| panic!("{place}: {action}: {why}"));
                    }
                }
                for name in names(step) {
                    let standing = headless.labs.iter().find(|standing| standing.lab.about().id == name.lab);
                    let lab = &standing.unwrap_or_else(|| panic!("{place}: no lab for {name}")).lab;
                    let known = lab.measures().iter().any(|row| row.names(&name.name, &lab.strategies()));
                    assert!(known, "{place}: {name} is not measured by its lab");
                }
            }
            headless.end();
        }
    }

    #[test]
    fn a_lesson_is_run_and_its_claims_are_told_apart() {
        let text = "\
# T
## S
- do: life.step
- do: life.seed-glider
- do: life.step
- do: life.flight
- wait: life.generation = 1 within 20s
- claim: life.population = 5
- claim: life.population = 6
- claim: gcd.seconds.rayno > 1

Text.
## Never
- needs: 100000 cores
- claim: life.population = 7

Text.
";
        let lesson = Lesson::parse("t", text).unwrap();
        let shown = play(&lesson, Interrupt::watch()).unwrap();
        let verdicts: Vec<_> = shown[0].findings.iter().map(|finding| finding.verdict.clone()).collect();
        let open = Verdict::Open("gcd.seconds.rayno was not measured".to_owned());
        assert_eq!(verdicts, [Verdict::Holds, Verdict::Fails, open]);
        assert_eq!(shown[0].troubles, ["life.flight: life has no action life.flight"]);
        assert!(shown[1].unable.as_ref().unwrap().contains("it needs 100000 cores") && shown[1].findings.is_empty());
    }
}
