//! Item 60: coroutines.

use super::{Card, row};

pub(super) const CARDS: &[Card] = &[
    Card {
        id: "threads-coroutines",
        item: 60,
        title: "Threads and coroutines",
        columns: &["Feature", "Threads", "Coroutines"],
        rows: &[
            row(
                &["To start one", "About 1 MB each", "A function call"],
                "A stack is reserved, not filled; tokio::spawn is one allocation. Costs measures both",
            )
            .by("costs", "thread"),
            row(
                &["Memory", "About 1 MB each", "Under 1 KB each"],
                "A future is as large as what it keeps across its awaits",
            )
            .by("costs", "coroutine"),
            row(
                &["Switching", "By the kernel, dear", "By the event loop, cheap"],
                "A task that awaits returns to its loop; no system call",
            )
            .by("costs", "coroutine"),
            row(
                &["Locks", "Needed: Lock, RLock", "Not needed: one thread"],
                "The type system asks for Mutex or atomics wherever threads share; a single-threaded loop may use Rc and Cell",
            )
            .by("hazards", "mutex"),
            row(
                &["Most at once", "Hundreds", "Tens of thousands"],
                "Thousands of threads do run; a hundred thousand tasks take less memory than they do",
            )
            .by("costs", "coroutine"),
            row(
                &["The interpreter lock", "Keeps threads from computing side by side", "Does not matter: one thread"],
                "There is none: threads compute side by side, and so do tasks on a runtime of several threads",
            )
            .by("gcd", "threads-gil"),
        ],
    },
    Card {
        id: "coroutine-steps",
        item: 60,
        title: "How a coroutine runs, in four steps",
        columns: &["Step", "What happens"],
        rows: &[
            row(
                &["1  Call it", "You get a coroutine object; nothing has run yet"],
                "An async fn returns a future, which does nothing until it is polled",
            )
            .by("life", "coroutines"),
            row(
                &["2  await", "It pauses here and asks for the other one to be run"],
                "poll returns Pending, and a Waker says later when to poll again",
            )
            .by("life", "coroutines"),
            row(
                &["3  The event loop", "Goes on at once with another one that can"],
                "The executor polls the tasks that were woken, one after another",
            )
            .by("costs", "coroutine"),
            row(
                &["4  gather", "Many run at once, and their results are collected"],
                "join_all, a JoinSet, or handles awaited in order; each task is spawned first",
            )
            .by("life", "task-group"),
        ],
    },
    Card {
        id: "fan-out",
        item: 60,
        title: "What coroutines give",
        columns: &["Benefit", "Why"],
        rows: &[
            row(
                &["What and how are apart", "Your code says what to do; the loop decides what runs when"],
                "The same async fn runs on a loop of one thread or of many: only the runtime differs",
            )
            .by("life", "coroutines-mt"),
            row(
                &["No locks", "One thread runs all of them, so nothing changes under one between two awaits"],
                "On a current-thread runtime; across several threads tasks must be Send, and share by Arc and locks",
            )
            .by("life", "coroutines"),
            row(
                &["It scales", "10,000 operations at once and more"],
                "100,000 sleeping tasks take less than 50 MB here",
            )
            .by("costs", "coroutine"),
            row(
                &["Fan-out and fan-in", "Make all the coroutines, then gather them"],
                "Spawn into a JoinSet, then join_next until it is empty",
            )
            .by("life", "task-group"),
        ],
    },
];
