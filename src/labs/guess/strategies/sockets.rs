//! Sockets that threads block on, kept so that another thread can wake them all: it shuts the sockets down.

use std::collections::HashMap;
use std::net::{Shutdown, TcpStream};
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// The sockets in use.
#[derive(Debug, Default)]
pub(super) struct Sockets(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    sockets: HashMap<u64, Weak<TcpStream>>,
    next: u64,
    closed: bool,
}

/// A socket in use; it is forgotten when this is dropped.
#[derive(Debug)]
pub(super) struct Kept {
    socket: Arc<TcpStream>,
    number: u64,
    among: Arc<Mutex<Open>>,
}

impl Sockets {
    /// Keeps a socket. After [`Sockets::close_all`] it is shut down at once.
    pub(super) fn keep(&self, socket: TcpStream) -> Kept {
        let socket = Arc::new(socket);
        let mut open = locked(&self.0);
        if open.closed {
            shut(&socket);
        }
        let number = open.next;
        open.next += 1;
        open.sockets.insert(number, Arc::downgrade(&socket));
        Kept { socket, number, among: Arc::clone(&self.0) }
    }

    /// Shuts down every socket, so that whoever reads or writes gets an end at once.
    pub(super) fn close_all(&self) {
        let mut open = locked(&self.0);
        open.closed = true;
        open.sockets.values().filter_map(Weak::upgrade).for_each(|socket| shut(&socket));
    }
}

impl Deref for Kept {
    type Target = TcpStream;

    fn deref(&self) -> &TcpStream {
        &self.socket
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        locked(&self.among).sockets.remove(&self.number);
    }
}

fn shut(socket: &TcpStream) {
    // One that is not connected any more needs no shutting down.
    let _ = socket.shutdown(Shutdown::Both);
}

fn locked(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::TcpListener;

    #[test]
    fn whoever_blocks_is_woken_and_late_comers_are_closed_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peers = [(); 2].map(|()| TcpStream::connect(listener.local_addr().unwrap()).unwrap());
        let sockets = Sockets::default();
        let kept = sockets.keep(listener.accept().unwrap().0);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| (&*kept).read(&mut [0; 8]).unwrap());
            sockets.close_all();
            assert_eq!(reader.join().unwrap(), 0);
        });
        let late = sockets.keep(listener.accept().unwrap().0);
        assert_eq!((&*late).read(&mut [0; 8]).unwrap(), 0);
        drop((kept, late, peers));
        assert!(locked(&sockets.0).sockets.is_empty());
    }
}
