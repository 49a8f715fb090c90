//! How bands that are stepped at the same time come to the rows of their neighbours.
//!
//! Before each pass a band sends copies of its edges to its two neighbours and waits for theirs. Nobody meets everybody: a
//! band only waits for those beside it. The buffers go round, so that nothing is allocated after the first pass.

use std::hint;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};

use super::band::{Band, Side};

/// The one at the other end has ended.
#[derive(Debug)]
pub struct Gone;

/// How long a band looks for its neighbour's rows before its thread goes to sleep: to wake it takes longer than that.
const LOOK: Duration = Duration::from_micros(200);

/// Waits for a message, awake at first if the threads have a core each.
pub fn receive<T>(from: &Receiver<T>, awake: bool) -> Result<T, Gone> {
    let begin = awake.then(Instant::now);
    while begin.is_some_and(|begin| begin.elapsed() < LOOK) {
        for _ in 0..32 {
            match from.try_recv() {
                Ok(message) => return Ok(message),
                Err(TryRecvError::Disconnected) => return Err(Gone),
                Err(TryRecvError::Empty) => hint::spin_loop(),
            }
        }
    }
    from.recv().map_err(|_| Gone)
}

/// The way to one neighbour and back.
#[derive(Debug)]
struct Link {
    to: Sender<Vec<u64>>,
    from: Receiver<Vec<u64>>,
    /// What was received last, to be sent next.
    buffer: Vec<u64>,
}

/// A band's ways to both of its neighbours.
#[derive(Debug)]
pub struct Halo {
    above: Link,
    below: Link,
}

/// The ways between so many bands round a torus, in their order. A single band is its own neighbour.
pub fn ring(bands: usize) -> Vec<Halo> {
    let channels = || -> Vec<_> { (0..bands).map(|_| bounded::<Vec<u64>>(1)).collect() };
    // Those of band `i` upwards, and those of band `i` downwards.
    let (up, down) = (channels(), channels());
    let link = |to: &(Sender<_>, _), from: &(_, Receiver<_>)| Link {
        to: to.0.clone(),
        from: from.1.clone(),
        buffer: Vec::new(),
    };
    (0..bands)
        .map(|band| Halo {
            above: link(&up[band], &down[(band + bands - 1) % bands]),
            below: link(&down[band], &up[(band + 1) % bands]),
        })
        .collect()
}

impl Halo {
    /// Sends the band's edges to its neighbours, and fills its margins with theirs.
    pub fn exchange(&mut self, band: &mut Band, awake: bool) -> Result<(), Gone> {
        for (link, side) in [(&mut self.above, Side::Above), (&mut self.below, Side::Below)] {
            band.copy_edge(side, &mut link.buffer);
            link.to.send(std::mem::take(&mut link.buffer)).map_err(|_| Gone)?;
        }
        for (link, side) in [(&mut self.above, Side::Above), (&mut self.below, Side::Below)] {
            link.buffer = receive(&link.from, awake)?;
            band.set_margin(side, &link.buffer);
        }
        Ok(())
    }
}
