//! What can be asked of the dashboard when it is opened.

use std::path::PathBuf;

/// The flags of whatever opens the dashboard.
#[derive(Debug, clap::Args)]
pub struct Screenful {
    /// Frames a second at most [default: 60].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=240))]
    pub fps: Option<u16>,
    /// Record the screen as asciicast v2, which asciinema plays.
    #[arg(long, value_name = "FILE.cast")]
    pub record: Option<PathBuf>,
    /// The theme: dark, light or presenter [default: dark].
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// The configuration file, instead of the one at the platform's own place.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Draw with ASCII characters only.
    #[arg(long)]
    pub ascii: bool,
    /// Leave the mouse to the terminal.
    #[arg(long)]
    pub no_mouse: bool,
    /// Hold large changes of brightness to three a second.
    #[arg(long)]
    pub calm: bool,
    /// Workers a strategy begins with [default: the cores available].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub workers: Option<u16>,
    /// Limit the program and its children to N cores.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub cores: Option<u16>,
    /// Seed of everything random: the same seed gives the same run.
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub seed: u64,
}
