//! The guessing game over TCP.
pub mod guesser;
pub mod headless;
pub mod latency;
pub mod line_buffer;
pub mod patience;
pub mod play;
pub mod protocol;
pub mod server;
pub mod strategies;
