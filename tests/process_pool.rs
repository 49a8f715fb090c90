//! What the process pool promises, held against real processes: this test is its own worker, with jobs that misbehave.

use std::cell::RefCell;
use std::fs;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fanout::runtime::control::Control;
use fanout::runtime::process_pool::{Batch, Call, Job, JobError, Pool, PoolError, Stage, serve};
use fanout::runtime::span::{Recorder, State};
use rustix::process::{Pid, Signal, kill_process};

const JOBS: &[(&str, Job)] = &[
    ("double", |call| call.run(|n: u64| Ok(n * 2))),
    ("refuse-odd", |call| call.run(|n: u64| if n % 2 == 1 { Err(format!("{n} is odd")) } else { Ok(n) })),
    ("panic", |call| call.run(|n: u64| -> Result<u64, String> { panic!("at {n}") })),
    ("hang", |call| call.run(|n: u64| Ok(if n == 1 { wait_for_ever() } else { n }))),
    ("die", |call| call.run(|n: u64| Ok(if n == 1 { die() } else { n }))),
    ("die-once", |call| call.run(|marker: PathBuf| Ok(die_unless_done(&marker)))),
    ("babble", babble),
    ("length", |call| call.run(|bytes: Vec<u8>| Ok(bytes.len()))),
];

const TESTS: &[(&str, fn())] = &[
    ("results_keep_their_order_and_workers_are_reused", results_keep_their_order_and_workers_are_reused),
    ("a_failing_job_returns_its_error", a_failing_job_returns_its_error),
    ("a_panic_in_a_job_is_a_failed_job", a_panic_in_a_job_is_a_failed_job),
    ("a_worker_that_dies_is_replaced_and_its_job_run_again", a_worker_that_dies_is_replaced_and_its_job_run_again),
    ("a_job_that_loses_two_workers_is_reported", a_job_that_loses_two_workers_is_reported),
    ("workers_killed_while_idle_cost_no_job_a_try", workers_killed_while_idle_cost_no_job_a_try),
    ("a_hung_worker_is_ended_after_the_deadline", a_hung_worker_is_ended_after_the_deadline),
    ("a_damaged_frame_is_an_error_and_no_hang", a_damaged_frame_is_an_error_and_no_hang),
    ("workers_killed_again_and_again_lose_no_result", workers_killed_again_and_again_lose_no_result),
    ("inputs_larger_than_a_socket_holds_go_through", inputs_larger_than_a_socket_holds_go_through),
    ("a_result_that_cannot_be_decoded_is_that_jobs_error", a_result_that_cannot_be_decoded_is_that_jobs_error),
    ("a_stopped_call_ends_at_once_and_the_pool_goes_on", a_stopped_call_ends_at_once_and_the_pool_goes_on),
    ("a_program_that_is_no_worker_is_an_error", a_program_that_is_no_worker_is_an_error),
    ("stages_and_lanes_are_recorded", stages_and_lanes_are_recorded),
    ("workers_end_with_a_killed_parent", workers_end_with_a_killed_parent),
];

/// Runs the tests, those whose name contains the first argument; or is a worker, or a parent to be killed.
fn main() {
    fanout::runtime::caught::note_places();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("worker") => return serve(JOBS).expect("the worker serves until its pool closes"),
        Some("parent") => return be_a_parent(),
        Some("--list") => return TESTS.iter().for_each(|(name, _)| println!("{name}: test")),
        _ => {}
    }
    let filter = arguments.iter().find(|argument| !argument.starts_with('-')).map_or("", String::as_str);
    for (name, test) in TESTS.iter().filter(|(name, _)| name.contains(filter)) {
        test();
        assert_eq!(children(), Vec::<u32>::new(), "{name}: no child is left, neither alive nor as a zombie");
        println!("test {name} ... ok");
    }
}

fn pool(size: usize) -> Pool {
    Pool::new(std::env::current_exe().unwrap(), size)
}

/// A batch that nothing disturbs.
fn batch<'a>(job: &'a str, control: &'a Control, recorder: &'a Recorder) -> Batch<'a> {
    Batch { job, deadline: Duration::from_mins(1), control, done: &|_| (), kill_every: None, recorder }
}

/// The results of a job on these inputs.
fn map(pool: &mut Pool, job: &str, inputs: &[u64]) -> Vec<Result<u64, JobError>> {
    pool.map(inputs, &batch(job, &Control::default(), &Recorder::off())).unwrap().results
}

/// Ids of the processes whose parent this one is, zombies included.
fn children() -> Vec<u32> {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().map(|id| id.parse().unwrap()).collect::<Vec<_>>()).collect()
}

fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Whether one of its threads still runs: what they share, as its socket, is closed by the last.
fn is_alive(process: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let runs = |stat: &String| !stat.contains(") Z ") && !stat.contains(") X ");
    threads.filter_map(|thread| fs::read_to_string(thread.path().join("stat")).ok()).any(|stat| runs(&stat))
}

fn results_keep_their_order_and_workers_are_reused() {
    let inputs: Vec<u64> = (0..2000).collect();
    let before = open_descriptors();
    let mut pool = pool(3);
    assert_eq!(children(), Vec::<u32>::new(), "a pool starts nothing before it is used");
    pool.start().unwrap();
    let processes = pool.process_ids();
    assert_eq!(processes.len(), 3);
    for _ in 0..2 {
        let doubled: Vec<u64> = map(&mut pool, "double", &inputs).into_iter().map(Result::unwrap).collect();
        assert_eq!(doubled, inputs.iter().map(|n| n * 2).collect::<Vec<_>>());
        assert_eq!(pool.process_ids(), processes);
    }
    assert_eq!(map(&mut pool, "double", &[]), []);
    drop(pool);
    assert_eq!(open_descriptors(), before, "no descriptor is left");
}

fn a_failing_job_returns_its_error() {
    let results = map(&mut pool(2), "refuse-odd", &[2, 3, 4]);
    assert_eq!(results, [Ok(2), Err(JobError::Failed("3 is odd".to_owned())), Ok(4)]);
    let unknown = map(&mut pool(1), "no-such-job", &[1]);
    assert_eq!(unknown, [Err(JobError::Failed(r#"this worker knows no job "no-such-job""#.to_owned()))]);
}

fn a_panic_in_a_job_is_a_failed_job() {
    let mut pool = pool(1);
    let results = map(&mut pool, "panic", &[7]);
    let Err(JobError::Failed(why)) = &results[0] else { panic!("{results:?}") };
    assert!(why.starts_with("panicked: at 7"), "{why}");
    let process = pool.process_ids();
    assert_eq!(map(&mut pool, "double", &[1]), [Ok(2)]);
    assert_eq!(pool.process_ids(), process, "the worker that caught it goes on");
}

fn die() -> ! {
    std::process::exit(3)
}

fn die_unless_done(marker: &Path) -> u64 {
    if !marker.exists() {
        fs::write(marker, "tried").unwrap();
        die();
    }
    5
}

fn a_worker_that_dies_is_replaced_and_its_job_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let (control, recorder) = (Control::default(), Recorder::off());
    let mapped = pool(1).map::<_, u64>(&[folder.path().join("one")], &batch("die-once", &control, &recorder)).unwrap();
    assert_eq!((mapped.results, mapped.replaced), (vec![Ok(5)], 1));
}

fn a_job_that_loses_two_workers_is_reported() {
    let results = map(&mut pool(2), "die", &[0, 1, 2]);
    assert_eq!((&results[0], &results[2]), (&Ok(0), &Ok(2)));
    let Err(JobError::Lost(how)) = &results[1] else { panic!("{results:?}") };
    assert!(how.contains("it ended"), "{how}");
}

fn workers_killed_while_idle_cost_no_job_a_try() {
    let mut pool = pool(2);
    for start_first in [false, true] {
        assert_eq!(map(&mut pool, "double", &[1, 2, 3]), [Ok(2), Ok(4), Ok(6)]);
        pool.start().unwrap();
        let killed = pool.process_ids();
        for process in &killed {
            kill_process(Pid::from_raw(*process as i32).unwrap(), Signal::KILL).unwrap();
        }
        while killed.iter().any(|process| is_alive(*process)) {
            std::thread::yield_now();
        }
        if start_first {
            pool.start().unwrap();
        }
        let (control, recorder) = (Control::default(), Recorder::off());
        let mapped = pool.map::<_, u64>(&[4_u64, 5], &batch("double", &control, &recorder)).unwrap();
        assert_eq!((mapped.results, mapped.replaced), (vec![Ok(8), Ok(10)], 2));
        assert!(mapped.last_loss.is_some_and(|how| how.contains("SIGKILL")));
    }
}

fn wait_for_ever() -> ! {
    loop {
        std::thread::park();
    }
}

fn a_hung_worker_is_ended_after_the_deadline() {
    let (control, recorder) = (Control::default(), Recorder::off());
    let batch = Batch { deadline: Duration::from_secs(2), ..batch("hang", &control, &recorder) };
    let mapped = pool(2).map::<u64, u64>(&[0, 1, 2], &batch).unwrap();
    assert_eq!((&mapped.results[0], &mapped.results[2]), (&Ok(0), &Ok(2)));
    let Err(JobError::Lost(how)) = &mapped.results[1] else { panic!("{:?}", mapped.results) };
    assert!(how.contains("no answer in time"), "{how}");
    assert_eq!(mapped.replaced, 2, "the first worker and the one that tried again");
}

/// Sends rubbish on the socket in place of a reply.
fn babble(_: &mut Call<'_>) -> Result<Vec<u8>, String> {
    let socket = std::io::stdin().as_fd().try_clone_to_owned().map_err(|error| error.to_string())?;
    fs::File::from(socket).write_all(b"this is no frame of any kind").map_err(|error| error.to_string())?;
    Ok(vec![])
}

fn a_damaged_frame_is_an_error_and_no_hang() {
    let mut pool = pool(1);
    let results = map(&mut pool, "babble", &[1]);
    let Err(JobError::Lost(how)) = &results[0] else { panic!("{results:?}") };
    assert!(how.contains("header is damaged"), "{how}");
    assert_eq!(map(&mut pool, "double", &[4]), [Ok(8)], "the pool goes on with a new worker");
}

fn workers_killed_again_and_again_lose_no_result() {
    let inputs: Vec<u64> = (0..20_000).collect();
    let (control, recorder) = (Control::default(), Recorder::off());
    let seen = RefCell::new(vec![0_u8; inputs.len()]);
    let done = |index: usize| seen.borrow_mut()[index] += 1;
    let every = Duration::from_millis(15);
    let batch = Batch { done: &done, kill_every: Some(every), ..batch("double", &control, &recorder) };
    let before = open_descriptors();
    let mapped = pool(2).map::<_, u64>(&inputs, &batch).unwrap();
    assert!(mapped.replaced > 0, "somebody was killed");
    let doubled: Vec<u64> = mapped.results.into_iter().map(Result::unwrap).collect();
    assert_eq!(doubled, inputs.iter().map(|n| n * 2).collect::<Vec<_>>());
    assert!(seen.borrow().iter().all(|times| *times == 1), "each is reported once");
    assert_eq!(open_descriptors(), before);
}

fn inputs_larger_than_a_socket_holds_go_through() {
    let inputs = [vec![1_u8; 5 << 20], vec![2; 3], vec![3; 9 << 20]];
    let (control, recorder) = (Control::default(), Recorder::off());
    let mapped = pool(2).map::<_, usize>(&inputs, &batch("length", &control, &recorder)).unwrap();
    assert_eq!(mapped.results, [Ok(5 << 20), Ok(3), Ok(9 << 20)]);
    let too_long = [vec![0_u8; 129 << 20], vec![0; 7]];
    let mapped = pool(1).map::<_, usize>(&too_long, &batch("length", &control, &recorder)).unwrap();
    assert!(matches!(&mapped.results[0], Err(JobError::Codec { what: "input", .. })), "{:?}", mapped.results);
    assert_eq!(mapped.results[1], Ok(7));
}

fn a_result_that_cannot_be_decoded_is_that_jobs_error() {
    let (control, recorder) = (Control::default(), Recorder::off());
    let mapped = pool(1).map::<u64, String>(&[u64::MAX / 2], &batch("double", &control, &recorder)).unwrap();
    assert!(matches!(&mapped.results[0], Err(JobError::Codec { what: "result", .. })), "{:?}", mapped.results);
}

fn a_stopped_call_ends_at_once_and_the_pool_goes_on() {
    let (control, recorder) = (Control::default(), Recorder::off());
    let stop = |_| control.stop();
    let batch = Batch { done: &stop, ..batch("hang", &control, &recorder) };
    let mut pool = pool(2);
    // The second job hangs; the first one's end stops the call.
    let stopped = pool.map::<u64, u64>(&[1, 0], &batch);
    assert!(matches!(stopped, Err(PoolError::Stopped(_))), "{stopped:?}");
    assert_eq!(map(&mut pool, "double", &[1, 2]), [Ok(2), Ok(4)]);
}

fn a_program_that_is_no_worker_is_an_error() {
    let error = Pool::new(PathBuf::from("/nonexistent/program"), 1).start().unwrap_err();
    assert!(error.to_string().contains("no worker process comes up from /nonexistent/program"), "{error}");
    let mut silent = Pool::new(PathBuf::from("/bin/true"), 1);
    let (control, recorder) = (Control::default(), Recorder::off());
    let mapped = silent.map::<u64, u64>(&[1], &batch("double", &control, &recorder));
    assert!(matches!(mapped, Err(PoolError::CannotStart { .. })), "{mapped:?}");
}

fn stages_and_lanes_are_recorded() {
    let (control, recorder) = (Control::default(), Recorder::new());
    let inputs: Vec<u64> = (0..50).collect();
    let mapped = pool(2).map::<_, u64>(&inputs, &batch("double", &control, &recorder)).unwrap();
    let always = [Stage::EncodeInput, Stage::SendInput, Stage::DecodeInput, Stage::SendResult, Stage::DecodeResult];
    assert!(always.iter().all(|stage| mapped.stages.seconds(*stage) > 0.0), "{:?}", mapped.stages);
    let trace = recorder.trace();
    assert!((1..=2).contains(&trace.lanes.len()), "{:?}", trace.lanes);
    assert_eq!(trace.spans.iter().filter(|span| span.state == State::Running).count(), 50);
    for lane in 0..trace.lanes.len() as u32 {
        let spans: Vec<_> = trace.spans.iter().filter(|span| span.lane == lane).collect();
        assert!(spans.windows(2).all(|pair| pair[0].end_ns <= pair[1].start_ns), "lanes never overlap themselves");
    }
}

/// Says which workers it has, and waits in the middle of their jobs to be killed.
fn be_a_parent() {
    let mut pool = pool(2);
    pool.start().unwrap();
    for process in pool.process_ids() {
        println!("{process}");
    }
    println!("end");
    let never = pool.map::<u64, u64>(&[1, 1], &batch("hang", &Control::default(), &Recorder::off()));
    panic!("{never:?}");
}

fn workers_end_with_a_killed_parent() {
    let mut parent =
        Command::new(std::env::current_exe().unwrap()).arg("parent").stdout(Stdio::piped()).spawn().unwrap();
    let mut text = String::new();
    let stdout = parent.stdout.as_mut().unwrap();
    while !text.ends_with("end\n") {
        let mut byte = [0];
        assert_eq!(stdout.read(&mut byte).unwrap(), 1, "{text}");
        text.push(char::from(byte[0]));
    }
    let workers: Vec<u32> = text.lines().filter_map(|line| line.parse().ok()).collect();
    assert!(workers.len() == 2 && workers.iter().all(|process| is_alive(*process)), "{text}");
    parent.kill().unwrap();
    parent.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while workers.iter().any(|process| is_alive(*process)) {
        assert!(Instant::now() < deadline, "the workers outlive their parent");
        std::thread::yield_now();
    }
}
