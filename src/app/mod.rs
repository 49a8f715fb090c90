//! Floor 5: the dashboard. It knows labs only as `dyn Lab`.

use crate::cli::Dashboard;
use crate::labs::headless::Failure;

/// Opens the dashboard and stays in it until it is quit.
pub fn run(_options: &Dashboard) -> Result<(), Failure> {
    Ok(())
}
