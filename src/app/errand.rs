//! A small piece of blocking work for the dashboard itself, done on a thread of its own: writing a file that was asked for.

use std::thread;

use crossbeam_channel::{Receiver, TryRecvError, bounded};

use crate::labs::{Notice, Tone};
use crate::runtime::wake::Wake;

/// Work under way, whose notice comes when it is done.
#[derive(Debug)]
pub struct Errand(Receiver<Notice>);

impl Errand {
    /// Begins the work; `wake` is rung when it is done. The error of the work is what the notice says.
    pub fn run(wake: Wake, work: impl FnOnce() -> anyhow::Result<String> + Send + 'static) -> std::io::Result<Self> {
        let (sender, receiver) = bounded(1);
        thread::Builder::new().name("errand".to_owned()).spawn(move || {
            let notice = match work() {
                Ok(text) => Notice { tone: Tone::Good, text },
                Err(error) => Notice { tone: Tone::Bad, text: format!("{error:#}") },
            };
            // The dashboard may have ended meanwhile.
            let _ = sender.send(notice);
            wake.ring();
        })?;
        Ok(Self(receiver))
    }

    /// What came of it, once it is done; said once.
    pub fn done(&self) -> Option<Notice> {
        match self.0.try_recv() {
            Ok(notice) => Some(notice),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                Some(Notice { tone: Tone::Bad, text: "it ended without a word: it must have panicked".to_owned() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errand_says_how_it_went() {
        let wait = |errand: &Errand| loop {
            if let Some(notice) = errand.done() {
                return (notice.tone, notice.text);
            }
            thread::yield_now();
        };
        let good = Errand::run(Wake::new(), || Ok("saved".to_owned())).unwrap();
        assert_eq!(wait(&good), (Tone::Good, "saved".to_owned()));
        let bad = Errand::run(Wake::new(), || Err(anyhow::anyhow!("inner").context("outer"))).unwrap();
        assert_eq!(wait(&bad), (Tone::Bad, "outer: inner".to_owned()));
    }
}
