//! The program: parses the arguments, opens the dashboard or runs one command, and ends with the right exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    fanout::runtime::caught::note_places();
    match fanout::cli::run(std::env::args_os()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(message) = failure.message() {
                eprintln!("fanout: {message}");
            }
            ExitCode::from(failure.exit_code())
        }
    }
}
