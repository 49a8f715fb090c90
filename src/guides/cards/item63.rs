//! Item 63: a loop that answers.

use super::{Card, row};

pub(super) const CARDS: &[Card] = &[
    Card {
        id: "good-on-a-loop",
        item: 63,
        title: "Good on an event loop",
        columns: &["Pattern", "In the seed"],
        rows: &[
            row(&["Async input and output", "data = await reader.read(1024)"], "reader.read(&mut buf).await")
                .by("pulse", "async-io"),
            row(&["Async sleep", "await asyncio.sleep(1)"], "tokio::time::sleep(d).await").by("pulse", "async-io"),
            row(
                &["Blocking work on a thread", "await loop.run_in_executor(None, f)"],
                "spawn_blocking(f).await, from a pool that grows when it must",
            )
            .by("pulse", "spawn-blocking"),
            row(
                &["A thread with a loop of its own", "class WriteThread(Thread)"],
                "A thread that takes work from a channel: what is slow and never ends belongs there",
            )
            .by("pulse", "own-thread"),
        ],
    },
    Card {
        id: "bad-on-a-loop",
        item: 63,
        title: "Bad on an event loop: it stands still",
        columns: &["Pattern", "In the seed", "Instead"],
        rows: &[
            row(
                &["Blocking input", "data = file.read()", "run_in_executor"],
                "std::fs::read on a task holds its thread; tokio::fs hands it to the blocking pool",
            )
            .by("pulse", "blocking"),
            row(
                &["Blocking sleep", "time.sleep(1)", "await asyncio.sleep(1)"],
                "thread::sleep stops every task of this thread",
            )
            .by("pulse", "blocking"),
            row(
                &["Computing", "expensive_computation()", "Another thread or process"],
                "spawn_blocking or rayon; or yield_now between small pieces",
            )
            .by("pulse", "cpu-on-loop"),
            row(
                &["How to find it", "asyncio.run(main(), debug=True)", "A line for each slow callback"],
                "The loop's own lag, as `fanout pulse` measures it; tokio-console shows poll times",
            )
            .by("pulse", "blocking"),
        ],
    },
];
