//! Pieces that more than one pane draws with.

pub mod cells;
pub mod sparkline;
