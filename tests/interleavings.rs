//! Every interleaving, by the model checker loom, of the pieces through which threads and processes meet: the mailbox with
//! the view slot, and the process pool's hand-out. The files checked are those of the program; only the names that they
//! import for sharing stand for loom's here.

mod sync {
    pub(crate) use loom::sync::{Arc, Mutex, MutexGuard};
    pub(crate) use std::sync::PoisonError;
}

#[path = "../src/runtime/process_pool/hand_out.rs"]
pub mod hand_out;
#[path = "../src/runtime/slot.rs"]
pub mod slot;

use hand_out::{AfterLoss, HandOut};
use loom::sync::{Arc, Notify, mpsc};
use loom::thread;
use slot::Slot;

/// Looks at all interleavings with at most so many preemptions, which finds all but the most contrived faults
/// (Musuvathi and Qadeer, "Iterative context bounding", PLDI 2007).
fn every_interleaving(check: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(check);
}

/// A View, with the number of the last command that it has taken in.
type View = u32;

#[test]
fn the_answer_to_the_last_command_always_reaches_the_screen() {
    every_interleaving(|| {
        const COMMANDS: u32 = 2;
        let (mailbox, commands) = mpsc::channel::<u32>();
        let (slot, wake) = (Slot::<View>::default(), Arc::new(Notify::new()));
        let worker = thread::spawn({
            let (slot, wake) = (slot.clone(), Arc::clone(&wake));
            move || {
                for _ in 0..COMMANDS {
                    let number = commands.recv().expect("the screen sends so many");
                    slot.put(number);
                    wake.notify();
                }
            }
        });
        for number in 1..=COMMANDS {
            mailbox.send(number).expect("the worker receives so many");
        }
        let mut answered = 0;
        while answered < COMMANDS {
            wake.wait();
            // A wake that finds nothing is one whose View was taken with that of a wake before.
            if let Some(view) = slot.take() {
                assert!(view > answered, "a View is taken once, and none after a newer one");
                answered = view;
            }
        }
        worker.join().expect("the worker does not panic");
        assert_eq!(slot.take(), None, "the last View has been taken");
    });
}

#[test]
fn a_view_is_taken_by_one_or_overwritten() {
    every_interleaving(|| {
        let slot = Slot::<View>::default();
        let worker = thread::spawn({
            let slot = slot.clone();
            move || (1..=3).for_each(|view| slot.put(view))
        });
        let other = thread::spawn({
            let slot = slot.clone();
            move || slot.take()
        });
        let here = slot.take();
        worker.join().expect("the worker does not panic");
        let there = other.join().expect("the other one does not panic");
        let last = slot.take();
        assert!(here.is_none() || here != there, "two have taken the same View");
        assert!([here, there, last].contains(&Some(3)), "the newest is never lost");
        assert!(here.is_none_or(|view| last != Some(view)));
    });
}

/// What the pool hears of a worker.
#[derive(Debug, Clone, Copy)]
enum Word {
    Done { worker: usize, index: usize },
    Lost { worker: usize, index: usize },
}

/// Hands jobs to workers of which some are lost over the job that `kills` says, and returns how each job ended: done, or
/// given up. As the pool does it, but that its workers are threads and its sockets channels.
fn run(jobs: usize, workers: usize, kills: fn(worker: usize, index: usize) -> bool) -> Vec<Option<bool>> {
    let (say, words) = mpsc::channel();
    let start = |worker: usize| {
        // None ends it: the checker's channels do not tell that the other side is gone.
        let (hand, jobs) = mpsc::channel::<Option<usize>>();
        let say = say.clone();
        thread::spawn(move || {
            while let Ok(Some(index)) = jobs.recv() {
                let lost = kills(worker, index);
                let word = if lost { Word::Lost { worker, index } } else { Word::Done { worker, index } };
                if say.send(word).is_err() || lost {
                    return;
                }
            }
        });
        hand
    };
    let mut hands: Vec<Option<mpsc::Sender<Option<usize>>>> = (0..workers).map(|worker| Some(start(worker))).collect();
    let mut free: Vec<usize> = (0..workers).collect();
    let mut hand_out = HandOut::of(jobs);
    let mut ends = vec![None; jobs];
    let mut end = |index: usize, well: bool| {
        assert_eq!(ends[index].replace(well), None, "job {index} has two results");
    };
    while !hand_out.is_over() {
        while let Some(worker) = free.pop() {
            let Some(index) = hand_out.take() else {
                free.push(worker);
                break;
            };
            hand_out.begun(index);
            let hand = hands[worker].as_ref().expect("a worker that was lost is not free");
            hand.send(Some(index)).expect("a free worker receives");
        }
        match words.recv().expect("a busy worker says something") {
            Word::Done { worker, index } => {
                end(index, true);
                hand_out.finished();
                free.push(worker);
            }
            Word::Lost { worker, index } => {
                let first_try = hand_out.is_first_try(index);
                let given_up = hand_out.lost(index) == AfterLoss::GivenUp;
                assert_eq!(given_up, !first_try, "a job is tried again once");
                if given_up {
                    end(index, false);
                    hand_out.finished();
                }
                // A new worker comes for it, under a number of its own.
                hands[worker] = None;
                hands.push(Some(start(hands.len())));
                free.push(hands.len() - 1);
            }
        }
    }
    assert_eq!(hand_out.waiting(), 0);
    hands.iter().flatten().for_each(|hand| hand.send(None).expect("a worker that was not lost receives"));
    ends
}

#[test]
fn every_job_is_done_once_whichever_worker_is_faster() {
    every_interleaving(|| assert_eq!(run(3, 2, |_, _| false), [Some(true); 3]));
}

#[test]
fn a_job_whose_worker_is_lost_is_done_by_another() {
    every_interleaving(|| assert_eq!(run(2, 2, |worker, index| worker < 2 && index == 0), [Some(true); 2]));
}

#[test]
fn a_job_that_loses_every_worker_is_given_up_and_the_others_are_done() {
    every_interleaving(|| assert_eq!(run(2, 1, |_, index| index == 0), [Some(false), Some(true)]));
}
