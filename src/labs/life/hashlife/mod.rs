//! Gosper's algorithm: a quadtree in which squares that look alike are one node, and each node remembers its future.
//!
//! A node of level `n` is a square of `2^n` cells a side. Its *result* is its middle, half as wide, some generations on: at most
//! `2^(n-2)`, since what lies outside cannot reach the middle sooner. A result is made of nine overlapping squares half as
//! wide, whose results are put together to four, whose results are the four parts of the answer. Every node is made once and
//! its result remembered, so that what repeats, in space or in time, costs one look.
//!
//! R. W. Gosper, "Exploiting regularities in large cellular spaces", Physica D 10, 1984.

pub mod square;

use std::collections::HashMap;

use square::Rows;
use tokio_util::sync::CancellationToken;

use super::plane::{Builder, MOST_LEVEL, Plane};
use super::rule::Rule;

/// Leaves are squares of 8 by 8 cells; their numbers have this bit set, so that four leaves never look like four nodes.
const LEAF: u32 = 1 << 31;

/// No node.
const NONE: u32 = u32::MAX;

/// The level of nodes whose parts are leaves.
const BOTTOM: u32 = 4;

#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
struct Node {
    parts: [u32; 4],
    /// The node's middle some generations on, or [`NONE`].
    result: u32,
    /// The next node of the same bucket, or of the free list.
    next: u32,
    /// The steps that `result` is for: it is `1 << step` generations on.
    step: u8,
    marked: bool,
}

#[derive(Debug, Clone, Copy)]
struct Leaf {
    cells: u64,
    next: u32,
    marked: bool,
}

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
    nodes: Vec<Node>,
    buckets: Vec<u32>,
    free: u32,
    used: usize,
    leaves: Vec<Leaf>,
    leaf_buckets: Vec<u32>,
    free_leaf: u32,
    used_leaves: usize,
    /// The empty square of each level.
    empty: Vec<u32>,
    root: u32,
    level: u32,
    step: u8,
    /// Nodes in use by calculations under way: a collection keeps them.
    held: Vec<u32>,
    most_nodes: usize,
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

/// Bytes that a node takes with its share of the buckets.
const NODE_BYTES: usize = size_of::<Node>() + 8;

impl Hashlife {
    /// The cells of a plane under a rule, in about so many bytes at most.
    pub fn new(plane: &Plane, rule: Rule, most_bytes: usize) -> Self {
        let mut life = Self {
            rows: Rows::new(rule),
            nodes: Vec::new(),
            buckets: vec![NONE; 1 << 16],
            free: NONE,
            used: 0,
            leaves: Vec::new(),
            leaf_buckets: vec![NONE; 1 << 12],
            free_leaf: NONE,
            used_leaves: 0,
            empty: Vec::new(),
            root: 0,
            level: BOTTOM,
            step: 0,
            held: Vec::new(),
            most_nodes: (most_bytes / NODE_BYTES).clamp(1 << 10, (LEAF - 1) as usize),
            collections: 0,
            cancel: CancellationToken::new(),
        };
        life.load(plane);
        life
    }

    /// Nodes and leaves in use, and collections made.
    pub fn size(&self) -> (usize, usize, u64) {
        (self.used, self.used_leaves, self.collections)
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
            return self.leaf(plane.leaf(node));
        }
        if let Some(taken) = known.get(&(node, level)) {
            return *taken;
        }
        let parts = plane.children(node).map(|child| self.take(plane, child, level - 1, known));
        let taken = self.node(parts);
        known.insert((node, level), taken);
        taken
    }

    /// The cells as a plane.
    pub fn plane(&self) -> Plane {
        let mut builder = Builder::new();
        let mut given = Given { nodes: vec![0; self.nodes.len()], leaves: vec![0; self.leaves.len()] };
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
            builder.leaf(self.cells(node))
        } else {
            let mut children = [0; 4];
            for (child, part) in children.iter_mut().zip(self.parts(node)) {
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
        let [nw, ne, sw, se] = self.parts(self.root);
        let parts = [
            self.node([none, none, none, nw]),
            self.node([none, none, ne, none]),
            self.node([none, sw, none, none]),
            self.node([se, none, none, none]),
        ];
        self.root = self.node(parts);
        self.held.push(self.root);
        self.level += 1;
        Ok(())
    }

    /// Whether everything alive lies in the middle half of the square.
    fn has_empty_border(&self, node: u32, level: u32) -> bool {
        let quarters = self.parts(node);
        quarters.into_iter().enumerate().all(|(quarter, part)| {
            let parts = self.parts(part);
            (0..4).all(|inner| inner == 3 - quarter || self.is_empty(parts[inner], level - 2))
        })
    }

    /// The middle of a node, half as wide, now.
    fn middle(&mut self, node: u32) -> u32 {
        let [nw, ne, sw, se] = self.parts(node);
        let parts = [self.parts(nw)[3], self.parts(ne)[2], self.parts(sw)[1], self.parts(se)[0]];
        self.node(parts)
    }

    /// The middle of a node, half as wide, `1 << step` generations on, or as far as can be known.
    fn result(&mut self, node: u32, level: u32) -> Result<u32, Stopped> {
        let step = self.step.min((level - 2) as u8);
        let known = &self.nodes[node as usize];
        if known.result != NONE && known.step == step {
            return Ok(known.result);
        }
        let result = if level == BOTTOM {
            let cells = self.parts(node).map(|leaf| self.cells(leaf));
            let middle = self.rows.middle(cells, 1 << step);
            self.leaf(middle)
        } else {
            let held = self.held.len();
            self.held.push(node);
            if self.used >= self.most_nodes {
                self.collect()?;
            }
            let result = self.result_of_nine(node, level)?;
            self.held.truncate(held);
            result
        };
        let known = &mut self.nodes[node as usize];
        (known.result, known.step) = (result, step);
        Ok(result)
    }

    fn result_of_nine(&mut self, node: u32, level: u32) -> Result<u32, Stopped> {
        if level > 9 && self.cancel.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        let [nw, ne, sw, se] = self.parts(node).map(|part| self.parts(part));
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
            let square = self.node(parts);
            *made = self.result(square, level - 1)?;
            self.held.push(*made);
        }
        let quarters =
            [[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]].map(|four| four.map(|which: usize| nine[which]));
        // Either the nine have gone half of the way, and four more results go the rest; or they have gone all of it.
        let whole = u32::from(self.step) >= level - 2;
        let mut four = [0; 4];
        for (made, parts) in four.iter_mut().zip(quarters) {
            let square = self.node(parts);
            self.held.push(square);
            *made = if whole { self.result(square, level - 1)? } else { self.now(square, level - 1) };
            self.held.push(*made);
        }
        Ok(self.node(four))
    }

    /// The middle of a node, half as wide, without any generation made.
    fn now(&mut self, node: u32, level: u32) -> u32 {
        if level > BOTTOM {
            return self.middle(node);
        }
        let cells = self.parts(node).map(|leaf| self.cells(leaf));
        let middle = self.rows.middle(cells, 0);
        self.leaf(middle)
    }

    fn parts(&self, node: u32) -> [u32; 4] {
        self.nodes[node as usize].parts
    }

    fn cells(&self, leaf: u32) -> u64 {
        self.leaves[(leaf & !LEAF) as usize].cells
    }

    /// The empty square of a level.
    fn empty(&mut self, level: u32) -> u32 {
        while self.empty.len() <= (level - 3) as usize {
            let next = match self.empty.last() {
                None => self.leaf(0),
                Some(smaller) => self.node([*smaller; 4]),
            };
            self.empty.push(next);
        }
        self.empty[(level - 3) as usize]
    }

    fn is_empty(&self, node: u32, level: u32) -> bool {
        self.empty.get((level - 3) as usize) == Some(&node)
    }

    /// The one node with these parts.
    fn node(&mut self, parts: [u32; 4]) -> u32 {
        let bucket = hash(parts) as usize & (self.buckets.len() - 1);
        let mut at = self.buckets[bucket];
        while at != NONE {
            let node = &self.nodes[at as usize];
            if node.parts == parts {
                return at;
            }
            at = node.next;
        }
        let node = Node { parts, result: NONE, next: self.buckets[bucket], step: 0, marked: false };
        let made = if self.free == NONE {
            self.nodes.push(node);
            self.nodes.len() as u32 - 1
        } else {
            let made = self.free;
            self.free = self.nodes[made as usize].next;
            self.nodes[made as usize] = node;
            made
        };
        self.buckets[bucket] = made;
        self.used += 1;
        if self.used > self.buckets.len() {
            self.buckets = vec![NONE; self.buckets.len() * 2];
            self.fill_buckets();
        }
        made
    }

    /// The one leaf with these cells.
    fn leaf(&mut self, cells: u64) -> u32 {
        let bucket = hash_leaf(cells) as usize & (self.leaf_buckets.len() - 1);
        let mut at = self.leaf_buckets[bucket];
        while at != NONE {
            let leaf = &self.leaves[at as usize];
            if leaf.cells == cells {
                return at | LEAF;
            }
            at = leaf.next;
        }
        let leaf = Leaf { cells, next: self.leaf_buckets[bucket], marked: false };
        let made = if self.free_leaf == NONE {
            self.leaves.push(leaf);
            self.leaves.len() as u32 - 1
        } else {
            let made = self.free_leaf;
            self.free_leaf = self.leaves[made as usize].next;
            self.leaves[made as usize] = leaf;
            made
        };
        self.leaf_buckets[bucket] = made;
        self.used_leaves += 1;
        if self.used_leaves > self.leaf_buckets.len() {
            self.leaf_buckets = vec![NONE; self.leaf_buckets.len() * 2];
            self.fill_leaf_buckets();
        }
        made | LEAF
    }

    /// Puts every node into its bucket; free ones stay out, since they have no parts.
    fn fill_buckets(&mut self) {
        let mask = self.buckets.len() - 1;
        for (index, node) in self.nodes.iter_mut().enumerate() {
            if node.parts != [NONE; 4] {
                let bucket = &mut self.buckets[hash(node.parts) as usize & mask];
                node.next = std::mem::replace(bucket, index as u32);
            }
        }
    }

    fn fill_leaf_buckets(&mut self) {
        let mask = self.leaf_buckets.len() - 1;
        let mut free = self.free_leaf;
        let mut is_free = vec![false; self.leaves.len()];
        while free != NONE {
            is_free[free as usize] = true;
            free = self.leaves[free as usize].next;
        }
        for (index, leaf) in self.leaves.iter_mut().enumerate() {
            if !is_free[index] {
                let bucket = &mut self.leaf_buckets[hash_leaf(leaf.cells) as usize & mask];
                leaf.next = std::mem::replace(bucket, index as u32);
            }
        }
    }

    /// Frees what is neither part of the universe nor of a calculation under way. Remembered results are kept as long as that
    /// leaves a quarter of the room; after that they go too.
    fn collect(&mut self) -> Result<(), Stopped> {
        self.collections += 1;
        for with_results in [true, false] {
            self.mark_all(with_results);
            self.sweep();
            if self.used < self.most_nodes / 4 * 3 {
                return Ok(());
            }
        }
        if self.used < self.most_nodes { Ok(()) } else { Err(Stopped::Full) }
    }

    fn mark_all(&mut self, with_results: bool) {
        let mut waiting: Vec<u32> = self.held.clone();
        waiting.extend(&self.empty);
        waiting.push(self.root);
        while let Some(node) = waiting.pop() {
            if node & LEAF != 0 {
                self.leaves[(node & !LEAF) as usize].marked = true;
                continue;
            }
            let node = &mut self.nodes[node as usize];
            if std::mem::replace(&mut node.marked, true) {
                continue;
            }
            waiting.extend(node.parts);
            if with_results && node.result != NONE {
                waiting.push(node.result);
            }
        }
    }

    fn sweep(&mut self) {
        // Results of nodes that stay are only kept when they stay themselves.
        for index in 0..self.nodes.len() {
            let result = self.nodes[index].result;
            let stays = match result {
                NONE => true,
                leaf if leaf & LEAF != 0 => self.leaves[(leaf & !LEAF) as usize].marked,
                node => self.nodes[node as usize].marked,
            };
            if !stays {
                self.nodes[index].result = NONE;
            }
        }
        (self.free, self.used) = (NONE, 0);
        for index in 0..self.nodes.len() {
            let node = &mut self.nodes[index];
            if std::mem::take(&mut node.marked) {
                self.used += 1;
            } else {
                *node = Node { parts: [NONE; 4], result: NONE, next: self.free, step: 0, marked: false };
                self.free = index as u32;
            }
        }
        (self.free_leaf, self.used_leaves) = (NONE, 0);
        for index in 0..self.leaves.len() {
            let leaf = &mut self.leaves[index];
            if std::mem::take(&mut leaf.marked) {
                self.used_leaves += 1;
            } else {
                *leaf = Leaf { cells: 0, next: self.free_leaf, marked: false };
                self.free_leaf = index as u32;
            }
        }
        self.buckets.fill(NONE);
        self.fill_buckets();
        self.leaf_buckets.fill(NONE);
        self.fill_leaf_buckets();
    }
}

/// Both halves of a product of 128 bits, so that every bit of the factors reaches the low bits.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Odd numbers with bits all over, after the golden ratio.
fn hash([a, b, c, d]: [u32; 4]) -> u64 {
    let first = u64::from(a) << 32 | u64::from(b);
    let second = u64::from(c) << 32 | u64::from(d);
    fold(first ^ 0x9e37_79b9_7f4a_7c15, second.wrapping_mul(0xc2b2_ae3d_27d4_eb4f) ^ 0x94d0_49bb_1331_11eb)
}

fn hash_leaf(cells: u64) -> u64 {
    fold(cells ^ 0x94d0_49bb_1331_11eb, 0x9e37_79b9_7f4a_7c15)
}
