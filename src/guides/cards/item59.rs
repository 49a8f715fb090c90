//! Item 59: a pool of threads.

use super::{Card, row};

pub(super) const CARDS: &[Card] = &[
    Card {
        id: "pool",
        item: 59,
        title: "What a pool of threads gives",
        columns: &["In the seed", "What it saves you"],
        rows: &[
            row(
                &["Threads started beforehand", "No start is paid for when work arrives"],
                "A crossbeam queue and threads that loop over it; rayon and tokio keep such pools inside",
            )
            .by("costs", "pool-job"),
            row(
                &["max_workers", "A burst of work cannot take all the memory"],
                "The number of threads, and a bounded queue: a full one makes the sender wait",
            )
            .by("life", "thread-pool"),
            row(
                &["Exceptions reach the caller", "A failure is seen where the result is asked for"],
                "A job returns Result; a panic comes out of join() as an error and is caught by the runner",
            )
            .by("life", "thread-pool"),
            row(
                &["submit and result", "Fan-out and fan-in in two lines"],
                "Send the jobs, receive the answers; scoped threads may borrow what they work on",
            )
            .by("life", "thread-pool"),
        ],
    },
    Card {
        id: "pool-limits",
        item: 59,
        title: "The limits of a pool",
        columns: &["Aspect", "ThreadPoolExecutor", "Instead"],
        rows: &[
            row(
                &["I/O at once", "No more than max_workers", "Coroutines"],
                "The same: a thread that waits is a thread that is taken",
            )
            .by("costs", "pool-job"),
            row(
                &["10,000 operations and more", "Poor", "Coroutines"],
                "tokio tasks: half a kilobyte each while they wait",
            )
            .by("costs", "coroutine"),
            row(
                &["Made for", "Files, and what has no async form", "asyncio for the network"],
                "tokio hands files to such a pool itself: spawn_blocking",
            )
            .by("pulse", "spawn-blocking"),
            row(
                &["Start of a thread", "Paid once, beforehand", "None needed"],
                "Tens of microseconds each; a job for a pool costs well under one",
            )
            .by("costs", "thread"),
            row(
                &["Memory", "Bounded by max_workers", "None needed"],
                "About ten KiB resident a thread; the 2 MiB of its stack are only reserved",
            )
            .by("costs", "thread"),
        ],
    },
];
