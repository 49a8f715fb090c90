//! A program built without MPI has no ranks.

use std::convert::Infallible;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Entered, RankJob};

/// The ranks, of which there are none here.
#[derive(Debug, Clone, Copy)]
pub struct Ranks(Infallible);

/// That this process is a rank, which it is not.
#[derive(Debug)]
pub struct Membership(Infallible);

impl Drop for Membership {
    fn drop(&mut self) {
        match self.0 {}
    }
}

impl Ranks {
    /// Becomes a rank, if the program was started as one.
    #[allow(clippy::unnecessary_wraps, reason = "the shape that it has with MPI")]
    pub fn enter(_jobs: &[(&'static str, RankJob)]) -> Result<Entered, String> {
        Ok(Entered::First(None))
    }

    /// The ranks; here, how to get them.
    pub fn of_this_program() -> Result<Self, String> {
        Err("this fanout is built without MPI; with OpenMPI and libclang installed, `cargo build --release --features mpi` has \
             it, and `mpirun -n 4 fanout …` runs it"
            .to_owned())
    }

    /// How many there are.
    pub fn count(self) -> usize {
        match self.0 {}
    }

    /// Which one this is.
    pub fn own(self) -> usize {
        match self.0 {}
    }

    /// Calls the others to a job.
    pub fn call(self, _job: &str) {
        match self.0 {}
    }

    /// What the first rank says, to all.
    pub fn tell<T: Serialize + ?Sized, U: DeserializeOwned>(self, _said: Option<&T>) -> U {
        match self.0 {}
    }

    /// A part for each rank.
    pub fn scatter<T: Serialize, U: DeserializeOwned>(self, _parts: Option<&[T]>) -> U {
        match self.0 {}
    }

    /// What each rank has.
    pub fn gather<T: Serialize, U: DeserializeOwned>(self, _own: &T) -> Vec<U> {
        match self.0 {}
    }

    /// The largest of what the ranks say.
    pub fn largest(self, _own: u8) -> u8 {
        match self.0 {}
    }

    /// What neighbours send one another.
    pub fn exchange(self, _: &[u64], _: &[u64], _: &mut [u64], _: &mut [u64]) {
        match self.0 {}
    }
}
