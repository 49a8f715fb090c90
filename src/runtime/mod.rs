//! Floor 1: workers, runners, strategies, measurement. Knows no lab and no screen.

pub mod activity;
pub mod alone;
pub mod caught;
pub mod chrome_trace;
pub mod clock;
pub mod computation;
pub mod control;
pub mod cores;
pub mod gil;
pub mod io_delay;
pub mod load;
pub mod loop_watch;
pub mod machine;
pub mod priority;
pub mod process_pool;
pub mod ranks;
pub mod resident;
pub mod slot;
pub mod span;
pub mod stage;
pub mod stats;
pub mod strategy;
pub mod sync;
pub mod usage;
pub mod wake;
pub mod worker;
