//! Item 61: from threads to coroutines.

use super::{Card, row};

pub(super) const CARDS: &[Card] = &[
    Card {
        id: "port",
        item: 61,
        title: "From threads to async, piece by piece",
        columns: &["Piece", "With threads", "Async", "The change"],
        rows: &[
            row(
                &["A function", "def func():", "async def func():", "Say async"],
                "async fn f() -> T: a function that returns a future of T",
            )
            .by("guess", "coroutines"),
            row(
                &["Reading and writing", "file.read()", "await reader.read()", "Say await"],
                "reader.read(&mut buf).await with tokio's AsyncReadExt: await stands behind",
            )
            .by("guess", "coroutines"),
            row(
                &["Sleeping", "time.sleep(1)", "await asyncio.sleep(1)", "The loop's own sleep"],
                "tokio::time::sleep(d).await instead of thread::sleep(d)",
            )
            .by("pulse", "async-io"),
            row(
                &["A context manager", "@contextmanager", "@asynccontextmanager", "Its async twin"],
                "A function that takes an async closure: with_session(…, async |session| …)",
            )
            .by("guess", "coroutines"),
            row(
                &["A loop", "for x in iterable:", "async for x in iterable:", "Say async"],
                "while let Some(x) = stream.next().await",
            )
            .by("guess", "coroutines"),
            row(
                &["A comprehension", "[x for x in …]", "[x async for x in …]", "Say async"],
                "stream.map(…).collect::<Vec<_>>().await",
            )
            .by("guess", "coroutines"),
            row(
                &["A with statement", "with resource:", "async with resource:", "Say async"],
                "Drop cannot await: what has to wait on the way out is called, as with_session does",
            )
            .by("guess", "coroutines"),
        ],
    },
    Card {
        id: "async-features",
        item: 61,
        title: "The async language features",
        columns: &["Feature", "In the seed"],
        rows: &[
            row(
                &["Async context manager", "async with resource: …"],
                "A guard for what can be dropped at once; a closure around what must be awaited",
            )
            .by("guess", "coroutines"),
            row(&["Async loop", "async for item in source: …"], "while let Some(item) = source.next().await { … }")
                .by("guess", "coroutines"),
            row(
                &["Async comprehension", "[x async for x in source]"],
                "source.collect().await; StreamExt has map, filter and the rest",
            )
            .by("guess", "coroutines"),
            row(
                &["Async generator", "async def with yield"],
                "A Stream: stream::unfold makes one from a state and an async closure",
            )
            .by("guess", "coroutines"),
            row(&["Its decorator", "@asynccontextmanager"], "No decorator: an async fn that takes an async closure")
                .by("guess", "coroutines"),
        ],
    },
];
