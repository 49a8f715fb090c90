//! The lines that are shown, copied to a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread;

use crossbeam_channel::Sender;

use super::reading::Reading;
use super::ring::Ring;
use super::runner::Report;

/// Writes the shown lines to a file on a thread of its own, and reports how many. The clones it reads stay as they are.
pub fn copy(ring: Ring, reading: Reading, path: PathBuf, reports: Sender<Report>) {
    let (failed, to_say) = (path.clone(), reports.clone());
    let work = move || {
        let result = copy_shown(&ring, &reading, &path).map_err(|error| error.to_string());
        // The worker may have ended meanwhile.
        let _ = reports.send(Report::Copied(path, result));
    };
    if let Err(error) = thread::Builder::new().name("logs-copy".to_owned()).spawn(work) {
        let _ = to_say.try_send(Report::Copied(failed, Err(error.to_string())));
    }
}

/// Writes the shown lines to a file, as they stood; how many.
fn copy_shown(ring: &Ring, reading: &Reading, path: &Path) -> io::Result<u64> {
    let mut out = BufWriter::new(File::create(path)?);
    let mut lines = 0;
    for line in (ring.begin()..ring.end()).filter_map(|number| ring.get(number)).filter(|line| reading.shows(*line)) {
        out.write_all(line.text)?;
        if !line.goes_on {
            out.write_all(b"\n")?;
            lines += 1;
        }
    }
    out.flush()?;
    Ok(lines)
}
