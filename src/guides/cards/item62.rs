//! Item 62: threads and coroutines together.

use super::{Card, row};

pub(super) const CARDS: &[Card] = &[
    Card {
        id: "mixing",
        item: 62,
        title: "Functions that mix threads and coroutines",
        columns: &["Function", "What for", "Direction"],
        rows: &[
            row(
                &["run_in_executor()", "Run a blocking function on a thread", "coroutine → thread"],
                "tokio::task::spawn_blocking(f).await",
            )
            .by("logs", "top-down"),
            row(
                &["run_coroutine_threadsafe()", "Run a coroutine from a thread", "thread → coroutine"],
                "Handle::spawn from any thread, and a channel for the answer",
            )
            .by("logs", "bridged"),
            row(
                &["run_until_complete()", "Wait on a thread until a coroutine is done", "thread → coroutine"],
                "Runtime::block_on, or Handle::block_on; never on a thread of the loop itself",
            )
            .by("logs", "bottom-up"),
            row(
                &["asyncio.create_task()", "Schedule a coroutine", "coroutine → coroutine"],
                "tokio::spawn; it runs at once, and dropping its handle does not end it",
            )
            .by("life", "coroutines"),
        ],
    },
    Card {
        id: "migration",
        item: 62,
        title: "The two directions of a migration",
        columns: &["Step", "Top-down", "Bottom-up"],
        rows: &[
            row(
                &["First", "The entry point becomes async", "The lowest functions become async"],
                "Top: #[tokio::main]. Bottom: an async fn, and block_on around it for those above",
            )
            .by("logs", "top-down"),
            row(
                &["Then", "The functions it calls, one level after another", "The functions that call them"],
                "The compiler names each caller that still lacks an await",
            )
            .by("logs", "bottom-up"),
            row(
                &[
                    "What blocks meanwhile",
                    "Stays below, behind run_in_executor",
                    "Stays above, and waits for the loop",
                ],
                "spawn_blocking for the one, block_on for the other",
            )
            .by("logs", "bridged"),
            row(
                &["Last", "The lowest, or they stay blocking for good", "The entry point"],
                "Files stay blocking calls on tokio's pool in any case",
            )
            .by("logs", "top-down"),
        ],
    },
];
