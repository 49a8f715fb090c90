//! What belongs to all items: the takeaways, and the things to remember.

use super::{Card, row};

/// Headings of what is to be remembered.
const REMEMBER: &[&str] = &["To remember"];

pub(super) const CARDS: &[Card] = &[
    Card {
        id: "takeaways",
        item: 0,
        title: "The takeaways",
        columns: &["Tool", "When"],
        rows: &[
            row(
                &["ThreadPoolExecutor", "Some I/O at once, with little to rewrite"],
                "A pool of threads on a bounded queue",
            )
            .by("life", "thread-pool"),
            row(&["Coroutines", "Thousands of I/O operations at once"], "tokio tasks").by("guess", "coroutines"),
            row(&["Porting", "run_in_executor for what still blocks"], "spawn_blocking").by("logs", "top-down"),
            row(&["Event loop", "Slow calls go to other threads"], "spawn_blocking, or a thread with a channel")
                .by("pulse", "own-thread"),
            row(
                &["ProcessPoolExecutor", "Computing that is isolated and high-leverage"],
                "rayon or threads; processes for what may crash",
            )
            .by("gcd", "processes"),
            row(&["C extension", "Last, when Python has nothing more to give"], "SIMD, after a better algorithm")
                .by("gcd", "native"),
        ],
    },
    Card {
        id: "remember-59",
        item: 59,
        title: "Item 59: to remember",
        columns: REMEMBER,
        rows: &[
            row(&["A pool starts its threads beforehand"], "So does every pool here, before the clock runs")
                .by("life", "thread-pool"),
            row(&["max_workers bounds its memory"], "Workers and queue are both bounded").by("costs", "pool-job"),
            row(&["Exceptions come out at result()"], "Result, and a caught panic").by("life", "thread-pool"),
            row(&["It scales less far than coroutines"], "Ten thousand waits: see the costs lab")
                .by("costs", "coroutine"),
        ],
    },
    Card {
        id: "remember-60",
        item: 60,
        title: "Item 60: to remember",
        columns: REMEMBER,
        rows: &[
            row(&["async def makes a coroutine"], "async fn makes a future").by("life", "coroutines"),
            row(&["await pauses it and goes on later"], ".await, behind the expression").by("life", "coroutines"),
            row(&["No locks, since one thread runs all"], "On a current-thread runtime").by("life", "coroutines"),
            row(&["10,000 operations at once and more"], "100,000 are measured here").by("costs", "coroutine"),
            row(&["gather() is the fan-in"], "A JoinSet, or join_all").by("life", "task-group"),
        ],
    },
    Card {
        id: "remember-61",
        item: 61,
        title: "Item 61: to remember",
        columns: REMEMBER,
        rows: &[
            row(&["Most language features have an async form"], "async fn, async closures, streams")
                .by("guess", "coroutines"),
            row(&["Top-down: from the entry point, with run_in_executor"], "spawn_blocking").by("logs", "top-down"),
            row(&["Bottom-up: from the leaves, with run_until_complete"], "block_on").by("logs", "bottom-up"),
            row(&["Threads and coroutines may be mixed on the way"], "Channels work between both")
                .by("logs", "bridged"),
        ],
    },
    Card {
        id: "remember-62",
        item: 62,
        title: "Item 62: to remember",
        columns: REMEMBER,
        rows: &[
            row(&["run_in_executor: blocking code from a coroutine"], "spawn_blocking").by("logs", "top-down"),
            row(&["run_coroutine_threadsafe: a coroutine from a thread"], "Handle::spawn").by("logs", "bridged"),
            row(&["Both are for the way there"], "The code view shows each stage beside the next")
                .by("logs", "bottom-up"),
            row(&["In the end, mix no more than needed"], "Files stay on threads, the rest on the loop")
                .by("logs", "notify"),
        ],
    },
    Card {
        id: "remember-63",
        item: 63,
        title: "Item 63: to remember",
        columns: REMEMBER,
        rows: &[
            row(&["System calls hold up the loop"], "So does computing without an await").by("pulse", "blocking"),
            row(&["debug=True finds what blocks"], "The pulse strip shows the dashboard's own lag")
                .by("pulse", "blocking"),
            row(&["Blocking I/O goes to another thread"], "spawn_blocking").by("pulse", "spawn-blocking"),
            row(&["wrap_future awaits what a thread gives"], "A JoinHandle or a oneshot channel")
                .by("pulse", "own-thread"),
        ],
    },
    Card {
        id: "remember-64",
        item: 64,
        title: "Item 64: to remember",
        columns: REMEMBER,
        rows: &[
            row(&["The interpreter lock keeps threads from computing at once"], "Rust has none; the lab simulates it")
                .by("gcd", "threads-gil"),
            row(&["A process pool runs code in other processes"], "fanout worker, over a socket")
                .by("gcd", "processes"),
            row(&["Each process has a lock of its own"], "And memory of its own").by("costs", "process"),
            row(&["Pickling and sending cost much"], "Nine stages, each timed").by("costs", "process-job"),
            row(&["Best for what is isolated and high-leverage"], "Advice says from which length on")
                .by("gcd", "processes"),
            row(&["C extensions for critical hot spots"], "A SIMD kernel").by("gcd", "native"),
        ],
    },
];
