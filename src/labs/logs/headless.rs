//! `fanout tail`: files followed to standard output, without a screen.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;

use super::commands::{Commands, Errors};
use super::descriptors;
use super::filter::{Filter, LineFinder};
use super::merged::Merged;
use super::open_file::{Buffer, OpenFile};
use super::output::{Form, Given, Output, Shape, say};
use super::sink::Sink;
use super::source::Begin;
use super::sources::Sources;
use super::stop::Stop;
use super::strategies::{Follow, Job, STRATEGIES};
use super::stream;
use crate::labs::headless::{self, Failure, Flags, Format, Interrupt, list_strategies};
use crate::runtime::caught;
use crate::runtime::loop_watch::LoopWatch;
use crate::runtime::span::Recorder;
use crate::runtime::strategy::{Setup, Strategy};

/// Follow files by name, through rotation, and write their lines to standard output.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    flags: Flags,
    /// Files, globs whose new matches join, or - for standard input.
    #[arg(value_name = "FILE")]
    files: Vec<OsString>,
    /// Begin with the last N lines of each file, or with all.
    #[arg(short = 'n', long, value_name = "N|all", default_value = "10", value_parser = lines)]
    lines: Begin,
    /// End when everything has been read.
    #[arg(long)]
    no_follow: bool,
    /// Only lines that match.
    #[arg(long, value_name = "RE", value_parser = LineFinder::new)]
    grep: Option<LineFinder>,
    /// No lines that match.
    #[arg(long, value_name = "RE", value_parser = LineFinder::new)]
    exclude: Option<LineFinder>,
    /// Write all lines, merged, to this file too.
    #[arg(long, value_name = "FILE")]
    merge_to: Option<PathBuf>,
    /// Follow the output of a command, run by the shell; may be given again.
    #[arg(long, value_name = "COMMAND")]
    exec: Vec<String>,
    /// Start a command of --exec again when it ends, after growing pauses.
    #[arg(long, requires = "exec", conflicts_with = "no_follow")]
    restart: bool,
    /// Whether each line begins with the name of its file; auto: with several files, to a terminal.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Prefix::Auto)]
    prefix: Prefix,
    /// How often the polling strategies look.
    #[arg(long, value_name = "TIME", default_value = "100ms", value_parser = headless::duration)]
    interval: Duration,
    /// At the end, write what was given out of each file, as JSON.
    #[arg(long, value_name = "FILE")]
    stats: Option<PathBuf>,
}

/// When lines begin with the name of their file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Prefix {
    /// With several files, to a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

fn lines(text: &str) -> Result<Begin, String> {
    match text {
        "all" => Ok(Begin::All),
        _ => text.parse().map(Begin::Last).map_err(|_| "write a number of lines, or all".to_owned()),
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<(), Failure> {
    if args.flags.list_strategies {
        return list_strategies(STRATEGIES, args.flags.output);
    }
    let strategy = args.strategy()?;
    args.refuse_tables()?;
    args.flags.limit_cores()?;
    descriptors::raise_limit();
    let interrupt = Interrupt::watch();
    let stop = Stop::new();
    set_on_signal(interrupt, &stop)?;

    let (stdin, files) = args.inputs()?;
    let merged = args
        .merge_to
        .as_ref()
        .map(|path| Merged::create(path).with_context(|| format!("--merge-to {} cannot be written", path.display())));
    let merged = merged.transpose()?;
    let sources = Sources::new(&files, args.lines).map_err(|error| Failure::Usage(error.to_string()))?;
    let sources = match &merged {
        Some(merged) => sources.never(merged.path()),
        None => sources,
    };
    let sources = Arc::new(sources);
    let form = args.form(usize::from(stdin) + files.len() + args.exec.len() > 1 || !sources.globs().is_empty());
    if args.no_follow {
        enlarge_pipe();
    }
    let only_copies = args.only_copies(form) && !stdin;
    let count = args.stats.is_some() || form.shape == Shape::Json;
    let output = Output::new(form, args.filter(), merged, count, !args.no_follow, stop.clone());

    let recorder = args.flags.recorder();
    let result = if only_copies {
        copy(&sources, args.lines, &stop)
    } else {
        args.tail(strategy, &sources, stdin, &output, &stop, &recorder)
    };
    args.flags.write_trace(&recorder)?;
    if let Some(path) = &args.stats {
        write_stats(path, &output.given(&sources.origins()))?;
    }
    interrupt.check()?;
    if let Some(error) = output.failed() {
        return Err(Failure::from(anyhow::Error::from(error).context("standard output cannot be written")));
    }
    result?;
    if output.merge_failed() {
        return Err(anyhow::anyhow!("the merged file could not be written to its end").into());
    }
    Ok(())
}

impl Args {
    fn strategy(&self) -> Result<&'static Strategy<Sources, dyn Follow>, Failure> {
        match self.flags.chosen(STRATEGIES, STRATEGIES[0].about.id)?[..] {
            [strategy] => Ok(strategy),
            _ => Err(Failure::Usage(format!(
                "--strategy {}: tail runs under exactly one strategy, such as --strategy {}",
                self.flags.strategy.join(","),
                STRATEGIES[0].about.id
            ))),
        }
    }

    /// Lines that go on coming make no table.
    fn refuse_tables(&self) -> Result<(), Failure> {
        let name = match self.flags.output {
            Format::Human | Format::Json => return Ok(()),
            Format::Csv => "csv",
            Format::Markdown => "markdown",
        };
        Err(Failure::Usage(format!(
            "--output {name}: tail gives lines as they stand (--output human) or a JSON object each (--output json)"
        )))
    }

    /// Whether standard input is read, and the names of files. Without any it is read when it is not a terminal.
    fn inputs(&self) -> Result<(bool, Vec<OsString>), Failure> {
        let (stdin, files): (Vec<_>, Vec<_>) = self.files.iter().cloned().partition(|name| name == "-");
        if !self.files.is_empty() || !self.exec.is_empty() {
            return Ok((!stdin.is_empty(), files));
        }
        if io::stdin().is_terminal() {
            return Err(Failure::Usage(
                "tail: name a file, a glob, - for standard input, or --exec COMMAND".to_owned(),
            ));
        }
        Ok((true, files))
    }

    fn form(&self, several: bool) -> Form {
        let terminal = io::stdout().is_terminal();
        let shape = match (self.flags.output, terminal) {
            (Format::Json, _) => Shape::Json,
            (_, true) => Shape::Visible,
            (_, false) => Shape::Bytes,
        };
        let prefix = match self.prefix {
            Prefix::Auto => several && terminal,
            Prefix::Always => true,
            Prefix::Never => false,
        };
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Form {
            shape,
            prefix: prefix && shape != Shape::Json,
            colour: terminal && !no_colour,
            end_cut_lines: !self.no_follow || terminal,
        }
    }

    fn filter(&self) -> Filter {
        Filter { grep: self.grep.clone(), exclude: self.exclude.clone() }
    }

    /// Whether bytes only go from files to standard output, with nobody looking at them.
    fn only_copies(&self, form: Form) -> bool {
        let elsewhere = self.stats.is_some() || self.merge_to.is_some() || !self.exec.is_empty();
        let elsewhere = elsewhere || self.flags.trace.is_some();
        let looked_at = form.shape != Shape::Bytes || form.prefix || elsewhere;
        self.no_follow && !looked_at && self.filter().passes_all()
    }

    fn tail(
        &self,
        strategy: &Strategy<Sources, dyn Follow>,
        sources: &Arc<Sources>,
        stdin: bool,
        output: &Arc<Output>,
        stop: &Stop,
        recorder: &Recorder,
    ) -> Result<(), Failure> {
        (strategy.supports)(sources).map_err(|why| anyhow::anyhow!("{}: {why}", strategy.about.id))?;
        let executable = std::env::current_exe().unwrap_or_default();
        let setup = Setup { recorder: recorder.clone(), ..Setup::headless(self.flags.workers(), executable) };
        let mut made = (strategy.make)(&setup)?;
        let sink: Arc<dyn Sink> = Arc::<Output>::clone(output);
        let names_files = !sources.all().is_empty() || !sources.globs().is_empty();
        // Held by each stream's thread until its end: then the channel is closed.
        let (streaming, streams_end) = crossbeam_channel::bounded::<()>(0);
        if stdin {
            let streaming = streaming.clone();
            stream::read_stdin(sources.origin("-".to_owned()), Arc::clone(&sink), move || drop(streaming))
                .context("a thread for standard input cannot be started")?;
        }
        let commands = Commands::default();
        for command in &self.exec {
            let (origin, streaming) = (sources.origin(command.clone()), streaming.clone());
            commands
                .start(origin, self.restart, Errors::Inherited, Arc::clone(&sink), move || drop(streaming))
                .context("a thread for a command cannot be started")?;
        }
        drop(streaming);
        if names_files {
            let follow = !self.no_follow;
            let job = Job {
                sources: Arc::clone(sources),
                sink: Arc::clone(&sink),
                interval: self.interval,
                follow,
                stop: stop.clone(),
                watch: LoopWatch::new(),
            };
            caught::catch(|| made.run(&job))??;
        }
        if self.no_follow || !names_files {
            crossbeam_channel::select! {
                recv(streams_end) -> _ => {}
                recv(stop.closed()) -> _ => {}
            }
        }
        if self.no_follow {
            let mut buffer = Buffer::default();
            for followed in sources.all() {
                if followed.pass_on_rest(&mut buffer, &*sink).is_err() {
                    break;
                }
            }
            fail_for(output.unreadable())?;
        }
        Ok(())
    }
}

/// Copies files to standard output as they are now, without looking at what is in them.
///
/// The system moves the pages of a file into a pipe without copying them.
fn copy(sources: &Sources, begin: Begin, stop: &Stop) -> Result<(), Failure> {
    let mut stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let mut buffer = Buffer::default();
    let mut unreadable = Vec::new();
    for followed in sources.all() {
        let open = File::open(&followed.path).and_then(|file| {
            let mut open = OpenFile::new(file)?;
            if let Begin::Last(lines) = begin {
                open.skip_to_last(lines, u64::MAX, &mut buffer)?;
            }
            Ok(open)
        });
        match open {
            Ok(open) => open.copy_to(&mut stdout, &mut buffer, || stop.is_set())?,
            Err(error) => unreadable.push(format!("{}: {error}", followed.path.display())),
        }
    }
    fail_for(unreadable)
}

/// Fails if there was a file that could not be read: each is said, the last as the reason of the failure.
fn fail_for(mut unreadable: Vec<String>) -> Result<(), Failure> {
    let Some(last) = unreadable.pop() else { return Ok(()) };
    for why in &unreadable {
        say(why);
    }
    Err(anyhow::anyhow!(last).into())
}

/// Has a pipe on standard output hold more, so that writer and reader go on side by side.
fn enlarge_pipe() {
    /// What may be asked for without a privilege: the kernel's `pipe-max-size`.
    #[cfg(target_os = "linux")]
    const PIPE: usize = 1 << 20;
    // A refusal (not a pipe, a limit) leaves it as it is.
    #[cfg(target_os = "linux")]
    let _ = rustix::pipe::fcntl_setpipe_size(io::stdout(), PIPE);
}

fn set_on_signal(interrupt: &Interrupt, stop: &Stop) -> Result<(), Failure> {
    let (token, stop) = (interrupt.token().clone(), stop.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().build().context("no runtime for the signals")?;
    thread::Builder::new()
        .name("logs-signal".to_owned())
        .spawn(move || {
            runtime.block_on(token.cancelled());
            stop.set();
        })
        .context("a thread for the signals cannot be started")?;
    Ok(())
}

fn write_stats(path: &PathBuf, given: &[Given]) -> Result<(), Failure> {
    let text = serde_json::to_vec(given)?;
    fs::write(path, text).with_context(|| format!("--stats {} cannot be written", path.display()))?;
    Ok(())
}
