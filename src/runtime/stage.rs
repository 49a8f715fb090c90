//! Quiet for measured runs: who measures asks for it, and who runs flat out elsewhere steps back to its paced speed.

use std::sync::{Arc, Mutex, PoisonError};

/// The stage that all labs share. Clones are the same stage.
#[derive(Debug, Clone, Default)]
pub struct Stage(Arc<Mutex<Vec<&'static str>>>);

/// Quiet, for as long as this is held.
#[derive(Debug)]
pub struct Quiet {
    stage: Stage,
    lab: &'static str,
}

impl Stage {
    /// A stage on which nobody measures.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for quiet in the name of a lab, until what is returned is dropped.
    #[must_use = "the quiet ends when this is dropped"]
    pub fn ask_for_quiet(&self, lab: &'static str) -> Quiet {
        self.asking().push(lab);
        Quiet { stage: self.clone(), lab }
    }

    /// The lab that measures now, if one does.
    pub fn measuring(&self) -> Option<&'static str> {
        self.asking().first().copied()
    }

    /// Whether this lab has to step back to its paced speed: another one measures.
    pub fn must_step_back(&self, lab: &str) -> bool {
        self.asking().iter().any(|other| *other != lab)
    }

    fn asking(&self) -> std::sync::MutexGuard<'_, Vec<&'static str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let mut asking = self.stage.asking();
        if let Some(place) = asking.iter().position(|lab| *lab == self.lab) {
            asking.remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_others_step_back_while_one_measures() {
        let stage = Stage::new();
        assert_eq!((stage.measuring(), stage.must_step_back("life")), (None, false));
        let quiet = stage.ask_for_quiet("gcd");
        assert!(stage.must_step_back("life") && !stage.must_step_back("gcd"));
        let second = stage.clone().ask_for_quiet("costs");
        drop(quiet);
        assert_eq!(stage.measuring(), Some("costs"));
        assert!(stage.must_step_back("gcd"));
        drop(second);
        assert!(!stage.must_step_back("gcd"));
    }
}
