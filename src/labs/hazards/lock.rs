//! A lock that says who holds it, and whose takers can be freed.

use crossbeam_channel::{Receiver, Sender, bounded};

use super::free::Freed;
use super::order::Order;
use super::waits::{Noted, Wait};

/// One token in a channel of one place: who has taken it out, holds the lock.
#[derive(Debug)]
pub struct Lock {
    name: &'static str,
    give: Sender<()>,
    take: Receiver<()>,
}

/// The lock, held until this is dropped.
#[derive(Debug)]
pub struct Held<'a> {
    lock: &'a Lock,
    noted: Option<Noted>,
}

impl Lock {
    /// A lock that nobody holds.
    pub fn new(name: &'static str) -> Self {
        let (give, take) = bounded(1);
        let lock = Self { name, give, take };
        lock.put_back();
        lock
    }

    /// Waits for the lock, and holds it.
    pub fn take(&self, who: &str, order: &Order) -> Result<Held<'_>, Freed> {
        order.wait_for(Wait::on(who, self.name), &self.take)?;
        let held = Wait { who: self.name.to_owned(), how: "is held by", on: vec![who.to_owned()] };
        Ok(Held { lock: self, noted: Some(order.waits.note(held)) })
    }

    fn put_back(&self) {
        // There is one token, so that its place is free.
        let _ = self.give.try_send(());
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // Nobody may read that it is held once it can be taken.
        self.noted = None;
        self.lock.put_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn one_holds_and_the_others_wait_until_they_are_freed() {
        let order = Order::new(0, 2, Duration::from_hours(1));
        let lock = Lock::new("lock A");
        let held = lock.take("thread 1", &order).unwrap();
        assert_eq!(order.waits.now()[0].on, ["thread 1"]);
        drop(held);
        let held = lock.take("thread 2", &order).unwrap();
        order.free.free();
        assert!(lock.take("thread 1", &order).is_err());
        drop(held);
        assert!(order.waits.now().is_empty());
    }
}
