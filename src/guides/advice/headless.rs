//! `fanout advise`: what to take, the path to it through the decision tree, and the measurement behind it.

use std::env;
use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::Context;
use clap::ValueEnum;
use serde::Serialize;

use super::evidence::{self, Bench, Board, Finding, Topic};
use super::tree::{Answer, Leaf, Node, Question, ROOT, SEED_THRESHOLD};
use crate::labs::headless::{Failure, Format, Interrupt, print_json};
use crate::labs::table::{Table, number, text};
use crate::runtime::control::Control;
use crate::runtime::cores;
use crate::ui::figures::grouped;

/// Arguments of `fanout advise`. What is missing is asked for, on a terminal.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What the work mostly does: wait (io) or compute (cpu).
    #[arg(long, value_enum, value_name = "io|cpu")]
    work: Option<Work>,
    /// How many operations or parts there are at once.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    concurrency: Option<u64>,
    /// Whether the parts share no state, with little in and little out.
    #[arg(long, value_enum, value_name = "yes|no")]
    isolated: Option<YesNo>,
    /// Whether it is one small, settled loop that takes most of the time.
    #[arg(long, value_enum, value_name = "yes|no")]
    hot_spot: Option<YesNo>,
    /// Whether there are only blocking calls for it.
    #[arg(long, value_enum, value_name = "yes|no")]
    blocking_only: Option<YesNo>,
    /// Workers that a measured strategy may use [default: the cores available].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: Option<u16>,
    /// How the answer is written.
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    output: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Work {
    Io,
    Cpu,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum YesNo {
    Yes,
    No,
}

/// The answer, in the form of its JSON.
#[derive(Debug, Serialize)]
struct Advice {
    lab: &'static str,
    strategy: &'static str,
    path: Vec<Step>,
    evidence: Vec<Finding>,
}

/// A question that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Step {
    question: &'static str,
    answer: String,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<(), Failure> {
    let interrupt = Interrupt::watch();
    let bench = Bench {
        executable: env::current_exe().context("this program's own path")?,
        workers: args.workers.map_or_else(cores::available, usize::from),
        control: Control::new(interrupt.token().clone()),
    };
    let mut board = Board::new();
    let mut walk = Walk { args, bench: &bench, board: &mut board, interrupt, path: vec![] };
    let leaf = walk.leaf()?;
    let path = walk.path;
    for topic in leaf.evidence {
        gather(*topic, &bench, &mut board, interrupt)?;
    }
    let evidence = leaf.evidence.iter().filter_map(|topic| board.get(topic)?.as_ref().ok()).flatten().cloned();
    let advice = Advice { lab: leaf.lab, strategy: leaf.strategy, path, evidence: evidence.collect() };
    write(&advice, leaf, args.output)
}

/// Measures a topic unless that was done. One that fails is said on stderr, and the advice stands without it.
fn gather(topic: Topic, bench: &Bench, board: &mut Board, interrupt: &Interrupt) -> Result<(), Failure> {
    if board.contains_key(&topic) {
        return Ok(());
    }
    let measured = topic.measure(bench);
    interrupt.check()?;
    if let Err(error) = &measured {
        writeln!(io::stderr(), "fanout: {} was not measured: {error}", topic.words())?;
    }
    board.insert(topic, measured.map_err(|error| error.to_string()));
    Ok(())
}

/// The way through the tree.
struct Walk<'a> {
    args: &'a Args,
    bench: &'a Bench,
    board: &'a mut Board,
    interrupt: &'a Interrupt,
    path: Vec<Step>,
}

impl Walk<'_> {
    fn leaf(&mut self) -> Result<&'static Leaf, Failure> {
        let mut question = &ROOT;
        loop {
            let (answer, said) = self.answer(question)?;
            self.path.push(Step { question: question.text, answer: said });
            match answer.then {
                Node::Ask(next) => question = next,
                Node::Take(leaf) => return Ok(leaf),
            }
        }
    }

    /// The answer that the flags or the person give, and what is said of it.
    fn answer(&mut self, question: &'static Question) -> Result<(&'static Answer, String), Failure> {
        let given = match self.given(question) {
            Some(given) => given,
            None => ask(question)?,
        };
        if !question.is_number() {
            let answer = question.by_value(&given).ok_or_else(|| wrong(question, &given))?;
            return Ok((answer, answer.value.to_owned()));
        }
        let count = given.parse().ok().filter(|count| *count >= 1).ok_or_else(|| wrong(question, &given))?;
        let judged = |threshold| question.by_count(count, threshold).ok_or_else(|| wrong(question, &given));
        // Only where few and many lead to different answers does the threshold matter.
        if count == 1 || question.by_value("few").is_none() {
            return Ok((judged(SEED_THRESHOLD)?, grouped(count as u64)));
        }
        gather(Topic::Crossover, self.bench, self.board, self.interrupt)?;
        let (threshold, whose) = match evidence::threshold(self.board) {
            Some(threshold) => (threshold, "measured here"),
            None => (SEED_THRESHOLD, "the seed's"),
        };
        let answer = judged(threshold)?;
        let (count, threshold) = (grouped(count as u64), grouped(threshold as u64));
        Ok((answer, format!("{count}: {}, the threshold is {threshold} ({whose})", answer.value)))
    }

    fn given(&self, question: &Question) -> Option<String> {
        let yes_no = |answer: Option<YesNo>| answer.map(|answer| if answer == YesNo::Yes { "yes" } else { "no" });
        match question.flag {
            "work" => self.args.work.map(|work| if work == Work::Io { "io" } else { "cpu" }),
            "isolated" => yes_no(self.args.isolated),
            "hot-spot" => yes_no(self.args.hot_spot),
            "blocking-only" => yes_no(self.args.blocking_only),
            _ => return self.args.concurrency.map(|count| count.to_string()),
        }
        .map(str::to_owned)
    }
}

/// What may be answered, as `io|cpu`.
fn choices(question: &Question) -> String {
    if question.is_number() {
        return "N".to_owned();
    }
    question.answers.iter().map(|answer| answer.value).collect::<Vec<_>>().join("|")
}

fn wrong(question: &Question, given: &str) -> Failure {
    let right = if question.is_number() { "a whole number from 1".to_owned() } else { choices(question) };
    Failure::Usage(format!("--{}: {given:?} is not an answer to {:?}; write {right}", question.flag, question.text))
}

/// Asks on the terminal until there is an answer; without one the missing flag is named.
fn ask(question: &'static Question) -> Result<String, Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let (flag, choices) = (question.flag, choices(question));
        return Err(Failure::Usage(format!("--{flag} {choices} is missing: {}", question.text)));
    }
    let mut err = io::stderr().lock();
    writeln!(err, "{}", question.text)?;
    if !question.is_number() {
        for answer in question.answers {
            writeln!(err, "  {:4} {}", answer.value, answer.text)?;
        }
    }
    loop {
        write!(err, "{} › ", choices(question))?;
        err.flush()?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            return Err(Failure::Usage(format!("--{} is missing", question.flag)));
        }
        let given = line.trim();
        let is_count = given.parse().is_ok_and(|count: usize| count >= 1);
        let is_answer = if question.is_number() { is_count } else { question.by_value(given).is_some() };
        if is_answer {
            return Ok(given.to_owned());
        }
    }
}

fn write(advice: &Advice, leaf: &Leaf, format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        return print_json(advice);
    }
    let value = |finding: &Finding| finding.value.map_or("–".to_owned(), |value| value.to_string());
    if format != Format::Human {
        let mut table = Table::new([text("lab"), text("strategy"), text("claim"), number("value"), text("unit")]);
        for finding in &advice.evidence {
            let (lab, strategy) = (advice.lab.to_owned(), advice.strategy.to_owned());
            table.row([lab, strategy, finding.claim.clone(), value(finding), finding.unit.to_owned()]);
        }
        return table.print(format);
    }
    let mut out = io::stdout().lock();
    writeln!(out, "Take {}: strategy {} of the {} lab.\n", leaf.title, leaf.strategy, leaf.lab)?;
    for step in &advice.path {
        writeln!(out, "  {} {}", step.question, step.answer)?;
    }
    writeln!(out, "\nThe seed: {}\nIn Rust: {}\n", leaf.seed, leaf.rust)?;
    drop(out);
    let mut table = Table::new([text("evidence"), number(""), text("")]);
    for finding in &advice.evidence {
        table.row([finding.claim.clone(), value(finding), finding.unit.to_owned()]);
    }
    table.print(Format::Human)
}
