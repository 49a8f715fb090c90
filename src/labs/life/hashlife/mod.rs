//! Gosper's algorithm: a quadtree in which squares that look alike are one node, and each node remembers its future.
//!
//! A node of level `n` is a square of `2^n` cells a side. Its *result* is its middle, half as wide, some generations on: at most
//! `2^(n-2)`, since what lies outside cannot reach the middle sooner. A result is made of nine overlapping squares half as
//! wide, whose results are put together to four, whose results are the four parts of the answer. Every node is made once and
//! its result remembered, so that what repeats, in space or in time, costs one look.
//!
//! R. W. Gosper, "Exploiting regularities in large cellular spaces", Physica D 10, 1984.

pub mod square;
pub mod store;

use std::collections::HashMap;

use square::Rows;
use store::{LEAF, Store};
use tokio_util::sync::CancellationToken;

use super::plane::{Builder, MOST_LEVEL, Plane};
use super::rule::Rule;

/// The level of nodes whose parts are leaves.
const BOTTOM: u32 = 4;

/// Why a step was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// It was cancelled.
    Cancelled,
    /// There are more different squares than memory was allowed for.
    Full,
    /// The pattern would leave the space that coordinates can name.
    TooFar,
}

/// The quadtree and everything it remembers.
#[derive(Debug)]
pub struct Hashlife {
    rows: Rows,
    store: Store,
    /// The empty square of each level.
    empty: Vec<u32>,
    root: u32,
    level: u32,
    step: u8,
    /// Nodes in use by calculations under way: a collection keeps them.
    held: Vec<u32>,
    collections: u64,
    cancel: CancellationToken,
}

/// The numbers that nodes and leaves have been given in a plane; 0 for none yet.
struct Given {
    nodes: Vec<u32>,
    leaves: Vec<u32>,
}

impl Given {
    fn of(&mut self, node: u32) -> &mut u32 {
        if node & LEAF == 0 { &mut self.nodes[node as usize] } else { &mut self.leaves[(node & !LEAF) as usize] }
    }
}

impl Hashlife {
    /// The cells of a plane under a rule, in about so many bytes at most.
    pub fn new(plane: &Plane, rule: Rule, most_bytes: usize) -> Self {
        let mut life = Self {
            rows: Rows::new(rule),
            store: Store::new(most_bytes),
            empty: Vec::new(),
            root: 0,
            level: BOTTOM,
            step: 0,
            held: Vec::new(),
            collections: 0,
            cancel: CancellationToken::new(),
        };
        life.load(plane);
        life
    }

    /// Bytes that the squares take, and how often those that nobody needed were collected.
    pub fn memory(&self) -> (usize, u64) {
        (self.store.bytes(), self.collections)
    }

    fn load(&mut self, plane: &Plane) {
        let mut known = HashMap::new();
        self.level = plane.level().max(BOTTOM);
        self.root = self.take(plane, plane.root(), plane.level(), &mut known);
    }

    fn take(&mut self, plane: &Plane, node: u32, level: u32, known: &mut HashMap<(u32, u32), u32>) -> u32 {
        if node == 0 {
            return self.empty(level);
        }
        if level < BOTTOM {
            return self.store.leaf(plane.leaf(node));
        }
        if let Some(taken) = known.get(&(node, level)) {
            return *taken;
        }
        let parts = plane.children(node).map(|child| self.take(plane, child, level - 1, known));
        let taken = self.store.node(parts);
        known.insert((node, level), taken);
        taken
    }

    /// The cells as a plane.
    pub fn plane(&self) -> Plane {
        let mut builder = Builder::new();
        let mut given = Given { nodes: vec![0; self.store.nodes()], leaves: vec![0; self.store.leaves()] };
        // A population that 64 bits cannot count has no picture either.
        let root = self.give(self.root, self.level, &mut builder, &mut given).unwrap_or(0);
        builder.finish(root, self.level)
    }

    fn give(&self, node: u32, level: u32, builder: &mut Builder, known: &mut Given) -> Option<u32> {
        if self.is_empty(node, level) {
            return Some(0);
        }
        let given = *known.of(node);
        if given != 0 {
            return Some(given);
        }
        let given = if level < BOTTOM {
            builder.leaf(self.store.cells(node))
        } else {
            let mut children = [0; 4];
            for (child, part) in children.iter_mut().zip(self.store.parts(node)) {
                *child = self.give(part, level - 1, builder, known)?;
            }
            builder.node(children, level == BOTTOM)?
        };
        *known.of(node) = given;
        Some(given)
    }

    /// Goes on by `1 << step` generations.
    pub fn advance(&mut self, step: u32, cancel: &CancellationToken) -> Result<(), Stopped> {
        self.cancel = cancel.clone();
        self.step = step as u8;
        let (root, level) = (self.root, self.level);
        let stepped = self.advance_root(step);
        self.held.clear();
        if stepped.is_err() {
            (self.root, self.level) = (root, level);
        }
        stepped
    }

    fn advance_root(&mut self, step: u32) -> Result<(), Stopped> {
        self.held.push(self.root);
        while self.level < step + 3 || self.level < BOTTOM + 1 || !self.has_empty_border(self.root, self.level) {
            self.expand()?;
        }
        self.expand()?;
        let result = self.result(self.root, self.level)?;
        (self.root, self.level) = (result, self.level - 1);
        while self.level > BOTTOM + 1 && self.has_empty_border(self.root, self.level) {
            self.root = self.middle(self.root);
            self.level -= 1;
        }
        Ok(())
    }

    /// The same cells in a square twice as wide.
    fn expand(&mut self) -> Result<(), Stopped> {
        if self.level >= MOST_LEVEL {
            return Err(Stopped::TooFar);
        }
        let none = self.empty(self.level - 1);
        let [nw, ne, sw, se] = self.store.parts(self.root);
        let parts = [
            self.store.node([none, none, none, nw]),
            self.store.node([none, none, ne, none]),
            self.store.node([none, sw, none, none]),
            self.store.node([se, none, none, none]),
        ];
        self.root = self.store.node(parts);
        self.held.push(self.root);
        self.level += 1;
        Ok(())
    }

    /// Whether everything alive lies in the middle half of the square.
    fn has_empty_border(&self, node: u32, level: u32) -> bool {
        let quarters = self.store.parts(node);
        quarters.into_iter().enumerate().all(|(quarter, part)| {
            let parts = self.store.parts(part);
            (0..4).all(|inner| inner == 3 - quarter || self.is_empty(parts[inner], level - 2))
        })
    }

    /// The middle of a node, half as wide, now.
    fn middle(&mut self, node: u32) -> u32 {
        let [nw, ne, sw, se] = self.store.parts(node);
        let parts =
            [self.store.parts(nw)[3], self.store.parts(ne)[2], self.store.parts(sw)[1], self.store.parts(se)[0]];
        self.store.node(parts)
    }

    /// The middle of a node, half as wide, `1 << step` generations on, or as far as can be known.
    fn result(&mut self, node: u32, level: u32) -> Result<u32, Stopped> {
        let step = self.step.min((level - 2) as u8);
        if let Some(known) = self.store.result(node, step) {
            return Ok(known);
        }
        let result = if level == BOTTOM {
            let cells = self.store.parts(node).map(|leaf| self.store.cells(leaf));
            let middle = self.rows.middle(cells, 1 << step);
            self.store.leaf(middle)
        } else {
            let held = self.held.len();
            self.held.push(node);
            if self.store.is_full() {
                self.collect()?;
            }
            let result = self.result_of_nine(node, level)?;
            self.held.truncate(held);
            result
        };
        self.store.remember(node, step, result);
        Ok(result)
    }

    fn result_of_nine(&mut self, node: u32, level: u32) -> Result<u32, Stopped> {
        if level > 9 && self.cancel.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        let [nw, ne, sw, se] = self.store.parts(node).map(|part| self.store.parts(part));
        let squares = [
            nw,
            [nw[1], ne[0], nw[3], ne[2]],
            ne,
            [nw[2], nw[3], sw[0], sw[1]],
            [nw[3], ne[2], sw[1], se[0]],
            [ne[2], ne[3], se[0], se[1]],
            sw,
            [sw[1], se[0], sw[3], se[2]],
            se,
        ];
        let mut nine = [0; 9];
        for (made, parts) in nine.iter_mut().zip(squares) {
            let square = self.store.node(parts);
            *made = self.result(square, level - 1)?;
            self.held.push(*made);
        }
        let quarters =
            [[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]].map(|four| four.map(|which: usize| nine[which]));
        // Either the nine have gone half of the way, and four more results go the rest; or they have gone all of it.
        let whole = u32::from(self.step) >= level - 2;
        let mut four = [0; 4];
        for (made, parts) in four.iter_mut().zip(quarters) {
            let square = self.store.node(parts);
            self.held.push(square);
            *made = if whole { self.result(square, level - 1)? } else { self.now(square, level - 1) };
            self.held.push(*made);
        }
        Ok(self.store.node(four))
    }

    /// The middle of a node, half as wide, without any generation made.
    fn now(&mut self, node: u32, level: u32) -> u32 {
        if level > BOTTOM {
            return self.middle(node);
        }
        let cells = self.store.parts(node).map(|leaf| self.store.cells(leaf));
        let middle = self.rows.middle(cells, 0);
        self.store.leaf(middle)
    }

    /// The empty square of a level.
    fn empty(&mut self, level: u32) -> u32 {
        while self.empty.len() <= (level - 3) as usize {
            let next = match self.empty.last() {
                None => self.store.leaf(0),
                Some(smaller) => self.store.node([*smaller; 4]),
            };
            self.empty.push(next);
        }
        self.empty[(level - 3) as usize]
    }

    fn is_empty(&self, node: u32, level: u32) -> bool {
        self.empty.get((level - 3) as usize) == Some(&node)
    }

    /// Frees what is neither part of the universe nor of a calculation under way. Remembered results are kept as long as that
    /// leaves a quarter of the room; after that they go too.
    fn collect(&mut self) -> Result<(), Stopped> {
        self.collections += 1;
        for with_results in [true, false] {
            let roots = self.held.iter().chain(&self.empty).chain([&self.root]).copied().collect();
            self.store.keep_only(roots, with_results);
            if self.store.has_room() {
                return Ok(());
            }
        }
        if self.store.is_full() { Err(Stopped::Full) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::life::soup::soup;

    const MOST: usize = 1 << 20;

    /// A soup that burns for a long time, so that square after square is met and never again.
    fn after(generations: u64, most_bytes: usize) -> (Hashlife, usize) {
        let plane = Plane::from_grid(&soup(100, 100, 0.4, 7), 0, 0);
        let mut life = Hashlife::new(&plane, Rule::LIFE, most_bytes);
        let mut most = 0;
        for _ in 0..generations / 64 {
            life.advance(6, &CancellationToken::new()).unwrap();
            most = most.max(life.memory().0);
        }
        (life, most)
    }

    #[test]
    fn collections_hold_the_bound_and_change_nothing() {
        let (free, taken) = after(2048, 1 << 30);
        let (bound, most) = after(2048, MOST);
        assert_eq!(free.memory().1, 0);
        assert!(taken > 2 * MOST, "without a bound it takes {taken} bytes");
        assert!(bound.memory().1 > 1, "{:?}", bound.memory());
        assert!(most <= MOST + MOST / 4, "{most} bytes where {MOST} were allowed");
        let (free, bound) = (free.plane(), bound.plane());
        assert_eq!((free.population(), free.bounds()), (bound.population(), bound.bounds()));
        let bounds = free.bounds().unwrap();
        let cells =
            |plane: &Plane| plane.crop(bounds.top, bounds.left, bounds.height() as usize, bounds.width() as usize);
        assert_eq!(cells(&free), cells(&bound));
    }

    #[test]
    fn too_little_room_is_said_and_the_universe_stays() {
        let plane = Plane::from_grid(&soup(200, 200, 0.4, 7), 0, 0);
        let mut life = Hashlife::new(&plane, Rule::LIFE, 1 << 16);
        assert_eq!(life.advance(8, &CancellationToken::new()), Err(Stopped::Full));
        assert_eq!(life.plane().population(), plane.population());
    }
}
