//! A panic caught where the work runs, and turned into a report.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};

/// A panic that was caught: what it said and where it came from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("panicked: {message}{}", .place.as_deref().map(|place| format!(" ({place})")).unwrap_or_default())]
pub struct Panicked {
    /// The panic's own message.
    pub message: String,
    /// Source file and line, when the hook of [`note_places`] saw it on this thread.
    pub place: Option<String>,
}

thread_local! {
    static LAST_PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
    static CATCHING: RefCell<u32> = const { RefCell::new(0) };
}

/// Runs `work`; a panic in it becomes an error, and the thread goes on.
///
/// What `work` had borrowed may be in a half-changed state: callers throw it away and start from the last whole state.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    CATCHING.with_borrow_mut(|depth| *depth += 1);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    CATCHING.with_borrow_mut(|depth| *depth -= 1);
    result.map_err(|payload| Panicked { message: message(&*payload), place: LAST_PLACE.take() })
}

/// What a panic's payload says.
pub fn message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

/// Installs a panic hook that keeps quiet about panics that [`catch`] will report, remembering only where they came from,
/// and leaves every other panic to the hook that was there before.
pub fn note_places() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if CATCHING.try_with(|depth| *depth.borrow() > 0).unwrap_or(false) {
            let place = info.location().map(|place| format!("{}:{}", place.file(), place.line()));
            let _ = LAST_PLACE.try_with(|last| *last.borrow_mut() = place);
        } else {
            before(info);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_message() {
        assert_eq!(catch(|| 7), Ok(7));
        assert_eq!(catch(|| panic!("no {}", "luck")).unwrap_err().message, "no luck");
        assert_eq!(catch(|| panic!("plain")).unwrap_err().message, "plain");
    }
}
