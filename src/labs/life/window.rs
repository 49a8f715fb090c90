//! The plane for strategies that step a torus: a torus around everything alive, with room for what it may grow.

use std::sync::Arc;

use super::order::{Advance, Failed, Fates, Fault, Order};
use super::plane::{Bounds, Plane};
use super::universe::{Space, Universe};

/// Empty cells around what lives, and so the generations until it has to be looked at again: nothing is faster than one cell a
/// generation.
const MARGIN: i64 = 128;

/// Cells that the torus may have: 2 gigabytes of bits with its twin.
const MOST_CELLS: u64 = 1 << 33;

/// Steps a universe on the plane by a stepper of tori.
pub fn advance_plane(
    from: &Arc<Universe>,
    plane: &Plane,
    order: &Order,
    mut torus: impl FnMut(&Arc<Universe>, &Order) -> Advance,
) -> Advance {
    let mut now = Arc::clone(from);
    let mut plane = Arc::new(plane.clone());
    let mut made = 0;
    let failed = loop {
        if order.is_filled(made) {
            break None;
        }
        if order.cancel.is_cancelled() {
            break Some(Failed::Cancelled(Fates::default()));
        }
        let left = order.generations - made;
        let Some(living) = plane.bounds() else {
            // Nothing lives, and without B0 nothing ever will.
            now = Arc::new(Universe { generation: now.generation + left, ..(*now).clone() });
            break None;
        };
        let margin = MARGIN.min(i64::try_from(left).unwrap_or(MARGIN));
        let room = living.widened(margin + 1);
        if room.height().checked_mul(room.width()).is_none_or(|cells| cells > MOST_CELLS) {
            let (height, width) = (living.height(), living.width());
            break Some(Failed::Refused(format!(
                "the pattern is {width} by {height} cells now: hashlife takes it further"
            )));
        }
        let window = window(&now, &plane, room);
        let fault =
            order.fault.map(|fault| Fault { y: room.height() as usize / 2, x: room.width() as usize / 2, ..fault });
        let part = Order { generations: margin as u64, fault, who: None, ..order.clone() };
        let advance = torus(&window, &part);
        let generations = advance.universe.generation - window.generation;
        if generations > 0 {
            let Space::Torus(grid) = &advance.universe.space else { unreachable!("a torus stays one") };
            plane = Arc::new(Plane::from_grid(grid, room.top, room.left));
            now = Arc::new(Universe {
                generation: now.generation + generations,
                rule: now.rule,
                space: Space::Plane(Arc::clone(&plane)),
            });
            made += generations;
        }
        if advance.failed.is_some() {
            break advance.failed;
        }
    };
    Advance { universe: now, failed }
}

fn window(now: &Universe, plane: &Plane, room: Bounds) -> Arc<Universe> {
    let grid = plane.crop(room.top, room.left, room.height() as usize, room.width() as usize);
    Arc::new(Universe { generation: now.generation, rule: now.rule, space: Space::Torus(Arc::new(grid)) })
}
