//! The ranks over MPI, through the crate `mpi` on the library that is installed.

use std::sync::atomic::{AtomicBool, Ordering};

use mpi::Threading;
use mpi::collective::SystemOperation;
use mpi::datatype::{Partition, PartitionMut};
use mpi::environment::Universe;
use mpi::point_to_point::send_receive_into;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives, Root};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Entered, RankJob, is_launched};
use crate::runtime::caught;

/// The rank that follows the command line.
const FIRST: i32 = 0;

/// Whether this process is the first rank and the others wait for jobs.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// All ranks. Every method that is marked collective has to be called by all of them, in the same order.
#[derive(Debug, Clone, Copy)]
pub struct Ranks(());

/// That this process is the first rank. When it is dropped, the others end, and MPI with them.
pub struct Membership {
    /// MPI is finalised when it is dropped, which is after the others were told to end.
    _universe: Universe,
}

impl std::fmt::Debug for Membership {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Membership")
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        ENTERED.store(false, Ordering::Release);
        let _: String = Ranks(()).tell(Some(""));
    }
}

impl Ranks {
    /// Becomes a rank, if the program was started as one. All but the first then serve these jobs until the first one ends.
    pub fn enter(jobs: &[(&'static str, RankJob)]) -> Result<Entered, String> {
        if !is_launched() {
            return Ok(Entered::First(None));
        }
        // Strategies run on threads of their own, one at a time.
        let (universe, threading) =
            mpi::initialize_with_threading(Threading::Serialized).ok_or("MPI has been initialised before")?;
        if threading < Threading::Serialized {
            return Err("this MPI library does not let another thread than the first call it".to_owned());
        }
        let ranks = Self(());
        if ranks.is_first() {
            ENTERED.store(true, Ordering::Release);
            return Ok(Entered::First(Some(Membership { _universe: universe })));
        }
        loop {
            let name: String = ranks.tell(None::<&str>);
            if name.is_empty() {
                return Ok(Entered::Served);
            }
            let job = jobs.iter().find(|(known, _)| *known == name);
            let done = caught::catch(|| job.map(|(_, job)| job(&ranks)));
            match done {
                Ok(Some(())) => {}
                Ok(None) => ranks.abort(&format!("there is no job {name:?}")),
                Err(panic) => ranks.abort(&panic.message),
            }
        }
    }

    /// The ranks; without a launcher, how to call it.
    pub fn of_this_program() -> Result<Self, String> {
        if ENTERED.load(Ordering::Acquire) {
            Ok(Self(()))
        } else {
            Err("it runs over ranks, on the command line: `mpirun -n 4 fanout life --strategy mpi …`, and gcd likewise"
                .to_owned())
        }
    }

    /// How many there are.
    pub fn count(self) -> usize {
        world().size() as usize
    }

    /// Which one this is, counted from 0.
    pub fn own(self) -> usize {
        world().rank() as usize
    }

    /// Whether this is the one that follows the command line.
    pub fn is_first(self) -> bool {
        world().rank() == FIRST
    }

    /// Calls the others to a job. The caller then does its own side of it.
    pub fn call(self, job: &str) {
        let _: String = self.tell(Some(job));
    }

    /// Collective: what the first rank says, to all.
    pub fn tell<T: Serialize + ?Sized, U: DeserializeOwned>(self, said: Option<&T>) -> U {
        let world = world();
        let root = world.process_at_rank(FIRST);
        let mut bytes = said.map(encode).unwrap_or_default();
        let mut length = bytes.len() as u64;
        root.broadcast_into(&mut length);
        bytes.resize(length as usize, 0);
        root.broadcast_into(&mut bytes[..]);
        decode(&bytes)
    }

    /// Collective: a part for each rank, from the first one.
    pub fn scatter<T: Serialize, U: DeserializeOwned>(self, parts: Option<&[T]>) -> U {
        let world = world();
        let root = world.process_at_rank(FIRST);
        let mut length = 0_i32;
        let mut own;
        if let Some(parts) = parts {
            let parts: Vec<Vec<u8>> = parts.iter().map(|part| encode(part)).collect();
            let counts: Vec<i32> = parts.iter().map(|part| count(part.len())).collect();
            root.scatter_into_root(&counts[..], &mut length);
            own = vec![0; length as usize];
            let all = parts.concat();
            root.scatter_varcount_into_root(
                &Partition::new(&all[..], &counts[..], &offsets(&counts)[..]),
                &mut own[..],
            );
        } else {
            root.scatter_into(&mut length);
            own = vec![0; length as usize];
            root.scatter_varcount_into(&mut own[..]);
        }
        decode(&own)
    }

    /// Collective: what each rank has, in their order, at the first one; nothing elsewhere.
    pub fn gather<T: Serialize, U: DeserializeOwned>(self, own: &T) -> Vec<U> {
        let world = world();
        let root = world.process_at_rank(FIRST);
        let own = encode(own);
        let length = count(own.len());
        if !self.is_first() {
            root.gather_into(&length);
            root.gather_varcount_into(&own[..]);
            return Vec::new();
        }
        let mut counts = vec![0_i32; self.count()];
        root.gather_into_root(&length, &mut counts[..]);
        let offsets = offsets(&counts);
        let mut all = vec![0_u8; counts.iter().sum::<i32>() as usize];
        root.gather_varcount_into_root(&own[..], &mut PartitionMut::new(&mut all[..], &counts[..], &offsets[..]));
        let part = |(offset, count): (&i32, &i32)| decode(&all[*offset as usize..][..*count as usize]);
        offsets.iter().zip(&counts).map(part).collect()
    }

    /// Collective: the largest of what the ranks say.
    pub fn largest(self, own: u8) -> u8 {
        let mut largest = 0;
        world().all_reduce_into(&own, &mut largest, SystemOperation::max());
        largest
    }

    /// Collective: what goes to the rank before this one and to the one after it, round the ring; what comes from them.
    pub fn exchange(self, to_before: &[u64], to_after: &[u64], from_before: &mut [u64], from_after: &mut [u64]) {
        let world = world();
        let (own, count) = (world.rank(), world.size());
        let before = world.process_at_rank((own + count - 1) % count);
        let after = world.process_at_rank((own + 1) % count);
        send_receive_into(to_before, &before, from_after, &after);
        send_receive_into(to_after, &after, from_before, &before);
    }

    /// Ends all ranks at once, since one of them cannot go on.
    fn abort(self, why: &str) -> ! {
        eprintln!("fanout: rank {}: {why}; the job is ended", self.own());
        world().abort(1)
    }
}

fn world() -> SimpleCommunicator {
    SimpleCommunicator::world()
}

/// Where each part begins when they stand one after the other.
fn offsets(counts: &[i32]) -> Vec<i32> {
    counts.iter().scan(0, |end, count| Some(std::mem::replace(end, *end + count))).collect()
}

fn count(length: usize) -> i32 {
    i32::try_from(length).expect("MPI 3 counts to 2^31 in a message, and a part is far smaller")
}

fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).expect("what ranks say to one another can be encoded")
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> T {
    postcard::from_bytes(bytes).expect("all ranks are the same program")
}
