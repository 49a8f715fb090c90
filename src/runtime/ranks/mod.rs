//! Ranks: the same program started several times by `mpirun`, on one machine or many, which share nothing and pass messages.
//!
//! The first rank is the program as anybody knows it: it reads the command line and prints. The others wait for collective
//! jobs, in which all ranks take part, until the first one ends. Only with the cargo feature `mpi`; without it a strategy that
//! needs ranks says how to get them.

use std::process::Command;

#[cfg(not(feature = "mpi"))]
mod absent;
#[cfg(feature = "mpi")]
mod present;

#[cfg(not(feature = "mpi"))]
pub use absent::{Membership, Ranks};
#[cfg(feature = "mpi")]
pub use present::{Membership, Ranks};

/// A job in which every rank takes part. The first one calls its own side of it with what is to be done.
pub type RankJob = fn(&Ranks);

/// What this process is to do.
#[derive(Debug)]
pub enum Entered {
    /// It is no rank of several, or it is the first: the command line is to be followed. The ranks end when this is dropped.
    First(Option<Membership>),
    /// It was another rank, and has done all that was asked of it.
    Served,
}

/// In which a launcher says how many ranks there are: `OpenMPI`'s, and those of MPICH and others.
const LAUNCHED_BY: [&str; 2] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"];

/// Whether a launcher has started this program.
#[cfg(feature = "mpi")]
fn is_launched() -> bool {
    LAUNCHED_BY.iter().any(|name| std::env::var_os(name).is_some())
}

/// A process that this one starts is no rank, though it has its environment.
pub fn not_a_rank(command: &mut Command) -> &mut Command {
    LAUNCHED_BY.iter().fold(command, |command, name| command.env_remove(name))
}

/// The ranks of a vector that is cut up over all: `count` things over `ranks`, the first ones one more where it does not come
/// out even.
pub fn share(count: usize, ranks: usize, rank: usize) -> std::ops::Range<usize> {
    let begin = |rank: usize| rank * (count / ranks) + rank.min(count % ranks);
    begin(rank)..begin(rank + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_follow_one_another_and_differ_by_one_at_most() {
        for (count, ranks) in [(0, 3), (1, 3), (7, 3), (9, 3), (5, 1)] {
            let shares: Vec<_> = (0..ranks).map(|rank| share(count, ranks, rank)).collect();
            assert_eq!((shares[0].start, shares[ranks - 1].end), (0, count));
            assert!(shares.windows(2).all(|pair| pair[0].end == pair[1].start && pair[0].len() - pair[1].len() <= 1));
        }
    }
}
