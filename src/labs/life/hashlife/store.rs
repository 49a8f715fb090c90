//! The squares that have been met, each kept once, in about as many bytes as were allowed.

/// Leaves are squares of 8 by 8 cells; their numbers have this bit set, so that four leaves never look like four nodes.
pub const LEAF: u32 = 1 << 31;

/// No square.
pub const NONE: u32 = u32::MAX;

/// A square of four smaller ones, and what is remembered of its future.
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
    /// The next leaf of the same bucket, or of the free list.
    next: u32,
    is_free: bool,
    marked: bool,
}

/// Bytes that a node and a leaf take, with their share of the buckets: two to four for each, so that a look seldom meets
/// another square on its way.
const NODE_BYTES: usize = size_of::<Node>() + 16;
const LEAF_BYTES: usize = size_of::<Leaf>() + 16;

/// The squares met so far.
#[derive(Debug)]
pub struct Store {
    nodes: Vec<Node>,
    buckets: Vec<u32>,
    free: u32,
    used: usize,
    leaves: Vec<Leaf>,
    leaf_buckets: Vec<u32>,
    free_leaf: u32,
    used_leaves: usize,
    most_bytes: usize,
}

impl Store {
    /// An empty store that is full when what it holds takes so many bytes.
    pub fn new(most_bytes: usize) -> Self {
        Self {
            nodes: Vec::new(),
            buckets: vec![NONE; 1 << 16],
            free: NONE,
            used: 0,
            leaves: Vec::new(),
            leaf_buckets: vec![NONE; 1 << 12],
            free_leaf: NONE,
            used_leaves: 0,
            most_bytes,
        }
    }

    /// Nodes that there are or were: their numbers are below this.
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Leaves that there are or were: their numbers without [`LEAF`] are below this.
    pub fn leaves(&self) -> usize {
        self.leaves.len()
    }

    /// Bytes that the squares in use take.
    fn used_bytes(&self) -> usize {
        self.used * NODE_BYTES + self.used_leaves * LEAF_BYTES
    }

    /// Bytes of memory that it holds.
    pub fn bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>()
            + self.leaves.capacity() * size_of::<Leaf>()
            + (self.buckets.capacity() + self.leaf_buckets.capacity()) * size_of::<u32>()
    }

    /// Whether what it holds takes as many bytes as were allowed, or there are no numbers left.
    pub fn is_full(&self) -> bool {
        self.used_bytes() >= self.most_bytes || self.nodes.len().max(self.leaves.len()) >= (LEAF - (1 << 20)) as usize
    }

    /// Whether at least a quarter of the room is free.
    pub fn has_room(&self) -> bool {
        self.used_bytes() < self.most_bytes / 4 * 3
    }

    /// A node's four parts.
    #[inline]
    pub fn parts(&self, node: u32) -> [u32; 4] {
        self.nodes[node as usize].parts
    }

    /// A leaf's cells.
    #[inline]
    pub fn cells(&self, leaf: u32) -> u64 {
        self.leaves[(leaf & !LEAF) as usize].cells
    }

    /// The node's middle `1 << step` generations on, if it is remembered.
    #[inline]
    pub fn result(&self, node: u32, step: u8) -> Option<u32> {
        let node = &self.nodes[node as usize];
        (node.result != NONE && node.step == step).then_some(node.result)
    }

    /// Remembers the node's middle `1 << step` generations on, and forgets what it was for another step.
    #[inline]
    pub fn remember(&mut self, node: u32, step: u8, result: u32) {
        let node = &mut self.nodes[node as usize];
        (node.result, node.step) = (result, step);
    }

    /// The one node with these parts.
    #[inline]
    pub fn node(&mut self, parts: [u32; 4]) -> u32 {
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
            grow(&mut self.nodes, self.most_bytes / NODE_BYTES);
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
        if self.used * 2 > self.buckets.len() {
            self.buckets = vec![NONE; self.buckets.len() * 2];
            self.fill_buckets();
        }
        made
    }

    /// The one leaf with these cells.
    #[inline]
    pub fn leaf(&mut self, cells: u64) -> u32 {
        let bucket = hash_leaf(cells) as usize & (self.leaf_buckets.len() - 1);
        let mut at = self.leaf_buckets[bucket];
        while at != NONE {
            let leaf = &self.leaves[at as usize];
            if leaf.cells == cells {
                return at | LEAF;
            }
            at = leaf.next;
        }
        let leaf = Leaf { cells, next: self.leaf_buckets[bucket], is_free: false, marked: false };
        let made = if self.free_leaf == NONE {
            grow(&mut self.leaves, self.most_bytes / LEAF_BYTES);
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
        if self.used_leaves * 2 > self.leaf_buckets.len() {
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
        for (index, leaf) in self.leaves.iter_mut().enumerate().filter(|(_, leaf)| !leaf.is_free) {
            let bucket = &mut self.leaf_buckets[hash_leaf(leaf.cells) as usize & mask];
            leaf.next = std::mem::replace(bucket, index as u32);
        }
    }

    /// Keeps these squares and all that they are made of, with or without what is remembered of their future, and frees the
    /// rest.
    pub fn keep_only(&mut self, roots: Vec<u32>, with_results: bool) {
        self.mark(roots, with_results);
        self.forget_lost_results();
        self.sweep();
    }

    fn mark(&mut self, roots: Vec<u32>, with_results: bool) {
        let mut waiting = roots;
        while let Some(square) = waiting.pop() {
            if square & LEAF != 0 {
                self.leaves[(square & !LEAF) as usize].marked = true;
                continue;
            }
            let node = &mut self.nodes[square as usize];
            if std::mem::replace(&mut node.marked, true) {
                continue;
            }
            waiting.extend(node.parts);
            if with_results && node.result != NONE {
                waiting.push(node.result);
            }
        }
    }

    /// Results of nodes that stay are only kept when they stay themselves.
    fn forget_lost_results(&mut self) {
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
    }

    fn sweep(&mut self) {
        (self.free, self.used) = (NONE, 0);
        for (index, node) in self.nodes.iter_mut().enumerate() {
            if std::mem::take(&mut node.marked) {
                self.used += 1;
            } else {
                *node = Node { parts: [NONE; 4], result: NONE, next: self.free, step: 0, marked: false };
                self.free = index as u32;
            }
        }
        (self.free_leaf, self.used_leaves) = (NONE, 0);
        for (index, leaf) in self.leaves.iter_mut().enumerate() {
            if std::mem::take(&mut leaf.marked) {
                self.used_leaves += 1;
            } else {
                *leaf = Leaf { cells: 0, next: self.free_leaf, is_free: true, marked: false };
                self.free_leaf = index as u32;
            }
        }
        self.buckets.fill(NONE);
        self.fill_buckets();
        self.leaf_buckets.fill(NONE);
        self.fill_leaf_buckets();
    }
}

/// Makes room for one more: by half as much again, but not much beyond what there may be.
fn grow<T>(squares: &mut Vec<T>, most: usize) {
    let len = squares.len();
    if len == squares.capacity() {
        let more = (len / 2).min(most.saturating_sub(len)).max(1 << 10);
        squares.reserve_exact(more);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_is_kept_once_and_freed_when_nobody_needs_it() {
        let mut store = Store::new(1 << 20);
        let leaves: Vec<u32> = (0..3000).map(|cells| store.leaf(cells)).collect();
        assert_eq!(store.leaf(17), leaves[17]);
        let nodes: Vec<u32> = leaves.windows(4).map(|four| store.node([four[0], four[1], four[2], four[3]])).collect();
        assert_eq!(store.node([leaves[5], leaves[6], leaves[7], leaves[8]]), nodes[5]);
        store.remember(nodes[5], 2, leaves[2000]);
        store.remember(nodes[9], 2, leaves[2001]);
        assert_eq!((store.result(nodes[5], 2), store.result(nodes[5], 1)), (Some(leaves[2000]), None));
        store.keep_only(vec![nodes[5]], true);
        assert_eq!((store.used, store.used_leaves), (1, 5), "a node, its leaves, and the leaf of its future");
        assert_eq!(store.cells(leaves[2000]), 2000);
        store.keep_only(vec![nodes[5]], false);
        assert_eq!((store.used, store.used_leaves, store.result(nodes[5], 2)), (1, 4, None));
        assert_eq!(store.leaf(6), leaves[6], "what stayed is found");
        let bytes = store.bytes();
        for cells in 5000..7000 {
            store.leaf(cells);
        }
        assert_eq!(store.bytes(), bytes, "what was freed is used again");
    }
}
