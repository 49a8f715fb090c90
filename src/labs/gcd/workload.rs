//! Workloads: what there is to compute, by name, from a file, or from pairs on the command line.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use serde_bytes::ByteBuf;

use super::image;
use super::pair::{NotAPair, Pair};
use super::random::Random;
use super::task::Task;
use crate::runtime::strategy::closest;

/// The seed's six pairs (item 64).
const SEED: [Pair; 6] = [
    Pair::known(1_963_309, 2_265_973),
    Pair::known(2_030_677, 3_814_172),
    Pair::known(1_551_645, 2_229_620),
    Pair::known(2_039_045, 2_020_802),
    Pair::known(1_823_712, 1_924_928),
    Pair::known(2_293_129, 1_020_491),
];

/// Pairs near 30 million, each about as dear as the others, so that 2, 4, 8 and 16 workers come out even; with their greatest
/// common divisors.
#[rustfmt::skip]
const WORKSHOP: [(u64, u64, u64); 32] = [
    (30_022_411, 30_230_915, 1), (30_012_946, 30_662_200, 2),
    (29_995_212, 30_838_317, 3), (29_986_393, 30_832_595, 1),
    (29_979_324, 30_183_688, 4), (30_017_675, 30_307_890, 5),
    (29_970_966, 30_522_504, 6), (29_982_880, 30_210_533, 1),
    (30_376_829, 30_037_182, 7), (29_985_784, 30_193_136, 8),
    (30_020_076, 30_516_291, 9), (30_878_450, 29_998_770, 10),
    (30_015_948, 30_476_244, 12), (30_644_392, 30_023_795, 1),
    (30_342_424, 29_960_210, 14), (30_330_315, 29_987_970, 15),
    (29_996_784, 30_327_824, 16), (29_963_862, 30_857_346, 18),
    (30_998_700, 29_999_720, 20), (30_413_147, 29_980_502, 1),
    (30_809_520, 30_034_599, 21), (29_993_784, 30_544_776, 24),
    (30_843_325, 29_999_375, 25), (30_233_314, 29_965_834, 2),
    (30_634_890, 29_975_730, 30), (29_982_176, 30_449_248, 32),
    (30_973_600, 29_992_865, 35), (30_024_573, 30_433_072, 1),
    (29_964_858, 30_156_210, 42), (29_978_640, 30_962_976, 48),
    (30_026_160, 30_234_300, 60), (30_491_776, 30_010_688, 64),
];

/// Work for the strategies: a name and the items. Clones share the items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// Its name, or the file it came from.
    pub name: String,
    /// The items, in the order of the results.
    pub tasks: Arc<[Task]>,
}

/// A workload that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BuiltIn {
    /// The seed's six pairs.
    Seed,
    /// 32 pairs near 30 million, of like cost.
    Workshop,
    /// Four pairs that cost a hundred times as much as the sixty that follow.
    Skewed,
    /// 100 images to decode, filter and describe: good use of processes.
    Images,
    /// 64 MB to send for a sum: poor use of processes.
    Transfer,
    /// 32 random pairs below a million.
    Random,
}

/// Why there is no such workload.
#[derive(Debug, thiserror::Error)]
pub enum NoWorkload {
    /// The name is neither a workload's nor a file's.
    #[error("there is no workload and no file {name:?}; {hint}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        hint: String,
    },
    /// The file cannot be read.
    #[error("{path}: cannot be read")]
    Unreadable {
        /// The file.
        path: String,
        /// The reason.
        source: io::Error,
    },
    /// A line of the file is no pair.
    #[error("{path}, line {line}")]
    Line {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        source: NotAPair,
    },
    /// The file has no pair.
    #[error("{0}: no pair in it; write one a line, as in 12,18")]
    Empty(String),
}

impl BuiltIn {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 6] = [Self::Seed, Self::Workshop, Self::Skewed, Self::Images, Self::Transfer, Self::Random];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Workshop => "workshop",
            Self::Skewed => "skewed",
            Self::Images => "images",
            Self::Transfer => "transfer",
            Self::Random => "random",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The workload; `seed` makes what is random in it.
    pub fn workload(self, seed: u64) -> Workload {
        let mut random = Random::new(seed);
        let tasks: Vec<Task> = match self {
            Self::Seed => SEED.map(Task::Gcd).into(),
            Self::Workshop => WORKSHOP.iter().map(|(a, b, _)| Task::Gcd(Pair::known(*a, *b))).collect(),
            Self::Skewed => skewed().map(Task::Gcd).collect(),
            Self::Images => (0..100).map(|_| Task::Image(ByteBuf::from(image::make(&mut random)))).collect(),
            Self::Transfer => (0..64).map(|_| Task::Sum(ByteBuf::from(random.bytes(1 << 20)))).collect(),
            Self::Random => {
                (0..32).map(|_| Task::Gcd(Pair::known(random.up_to(1_000_000), random.up_to(1_000_000)))).collect()
            }
        };
        Workload { name: self.name().to_owned(), tasks: tasks.into() }
    }
}

/// Four pairs near 30 million, then sixty near 300,000: whoever gets the first part of the list gets nearly all the work.
fn skewed() -> impl Iterator<Item = Pair> {
    let dear = WORKSHOP.iter().take(4).map(|(a, b, _)| Pair::known(*a, *b));
    dear.chain((0..60).map(|n| Pair::known(300_007 + 2 * n, 310_019 + n)))
}

impl Workload {
    /// A workload by name, or from a file with a pair a line; empty lines and those that begin with `#` are passed over.
    pub fn named(name: &str, seed: u64) -> Result<Self, NoWorkload> {
        if let Some(known) = BuiltIn::named(name) {
            return Ok(known.workload(seed));
        }
        let path = PathBuf::from(name);
        if !path.exists() {
            let known = BuiltIn::ALL.map(BuiltIn::name);
            let hint = match closest(name, known.into_iter()) {
                Some(close) => format!("did you mean {close:?}?"),
                None => format!("the workloads are: {}", known.join(", ")),
            };
            return Err(NoWorkload::Unknown { name: name.to_owned(), hint });
        }
        let text =
            fs::read_to_string(&path).map_err(|source| NoWorkload::Unreadable { path: name.to_owned(), source })?;
        let mut pairs = vec![];
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let pair = line.parse();
            pairs.push(pair.map_err(|source| NoWorkload::Line { path: name.to_owned(), line: number + 1, source })?);
        }
        if pairs.is_empty() { Err(NoWorkload::Empty(name.to_owned())) } else { Ok(Self::of_pairs(name, pairs)) }
    }

    /// A workload of these pairs.
    pub fn of_pairs(name: &str, pairs: Vec<Pair>) -> Self {
        Self { name: name.to_owned(), tasks: pairs.into_iter().map(Task::Gcd).collect() }
    }

    /// The same items `times` over.
    #[must_use]
    pub fn repeated(self, times: usize) -> Self {
        if times == 1 {
            return self;
        }
        let tasks = (0..times).flat_map(|_| self.tasks.iter().cloned()).collect();
        Self { tasks, ..self }
    }

    /// What its items are called, one or many.
    pub fn noun(&self) -> &'static str {
        match self.tasks.first() {
            Some(Task::Image(_)) => "images",
            Some(Task::Sum(_)) => "blocks",
            _ if self.tasks.len() == 1 => "pair",
            _ => "pairs",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn the_true_divisors_of_the_workshop_are_euclids() {
        for (a, b, divisor) in WORKSHOP {
            let pair = Pair::known(a, b);
            assert_eq!(pair.euclid(), divisor, "{pair}");
            assert!((29_950_000..=30_050_000).contains(&pair.smaller()), "{pair} costs as much as the others");
        }
        assert_eq!(SEED.map(Pair::euclid), [1, 1, 5, 1, 32, 1]);
    }

    #[test]
    fn a_few_items_of_skewed_cost_a_hundred_times_the_others() {
        let costs: Vec<u64> = BuiltIn::Skewed.workload(42).tasks.iter().map(Task::candidates).collect();
        assert_eq!(costs.len(), 64);
        assert!(costs[..4].iter().all(|dear| costs[4..].iter().all(|cheap| dear / cheap >= 99)), "{costs:?}");
    }

    #[test]
    fn the_same_seed_makes_the_same_workload() {
        for known in BuiltIn::ALL {
            assert_eq!(known.workload(7), known.workload(7));
            assert_eq!(BuiltIn::named(known.name()), Some(known));
        }
        assert_ne!(BuiltIn::Random.workload(7), BuiltIn::Random.workload(8));
        assert_eq!(BuiltIn::Seed.workload(7).repeated(3).tasks.len(), 18);
    }

    #[test]
    fn a_file_has_a_pair_a_line_and_errors_say_where() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let name = file.path().to_str().unwrap().to_owned();
        assert!(
            Workload::named(&name, 0)
                .unwrap_err()
                .to_string()
                .ends_with("no pair in it; write one a line, as in 12,18")
        );
        writeln!(file, "# two pairs\n12,18\n\n 7 , 21 ").unwrap();
        let pairs: Vec<String> =
            Workload::named(&name, 0).unwrap().tasks.iter().map(|task| task.pair().unwrap().to_string()).collect();
        assert_eq!(pairs, ["12,18", "7,21"]);
        writeln!(file, "5,0").unwrap();
        assert!(Workload::named(&name, 0).unwrap_err().to_string().ends_with("line 5"));
        let unknown = Workload::named("workshp", 0).unwrap_err().to_string();
        assert_eq!(unknown, r#"there is no workload and no file "workshp"; did you mean "workshop"?"#);
    }
}
