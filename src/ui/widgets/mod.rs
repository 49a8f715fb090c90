//! Pieces that more than one pane draws with.

pub mod cells;
pub mod lanes;
pub mod race;
pub mod sparkline;
pub mod timing_bar;
