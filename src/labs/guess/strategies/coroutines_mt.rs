//! The coroutines of `coroutines` on an event loop with several threads: a conversation goes on at whichever thread is free.
//! Not one line of them differs; what they share has to be safe between threads, and idle threads steal work (beyond item 61).
//!
//! Python: `asyncio.run(main())` if its event loop had several threads, and no interpreter lock

use tokio::runtime::Builder;

use super::coroutines::Coroutines;
use super::{Anything, Style};
use crate::runtime::strategy::{About, CannotStart, Strategy, supports_all};

/// The table's line.
pub(crate) const STRATEGY: Strategy<Anything, dyn Style> = Strategy {
    about: About {
        id: "coroutines-mt",
        title: "Coroutines, many threads",
        item: 0,
        claim: "The same coroutines over several threads use more cores, and pay for handing each other work",
        wrong_on_purpose: false,
        source: include_str!("coroutines_mt.rs"),
    },
    supports: supports_all,
    make: |setup| {
        let thread = setup.clone();
        let runtime = Builder::new_multi_thread()
            .worker_threads(setup.workers)
            .thread_name("guess-mt")
            .on_thread_start(move || thread.enter_thread())
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| CannotStart::new("coroutines-mt", error))?;
        Ok(Box::new(Coroutines { runtime, setup: setup.clone() }))
    },
};
