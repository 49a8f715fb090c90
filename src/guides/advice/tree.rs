//! The decision tree as data. The seed's two questions (I/O or computing, how many, isolated or a hot spot) are kept, and asked
//! on where the seed's own items know more: what can only block, what shares state, what is done one at a time.

use super::evidence::Topic;

/// The seed's threshold between a pool and coroutines, in operations at once.
pub const SEED_THRESHOLD: usize = 100;

/// A place in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// Ask on.
    Ask(&'static Question),
    /// The answer.
    Take(&'static Leaf),
}

/// A question with its answers.
#[derive(Debug, PartialEq, Eq)]
pub struct Question {
    /// The flag of `fanout advise`, without its dashes.
    pub flag: &'static str,
    /// The question.
    pub text: &'static str,
    /// What may be answered.
    pub answers: &'static [Answer],
}

/// An answer, and where it leads.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The key that gives it.
    pub key: char,
    /// Its name on the command line and in results.
    pub value: &'static str,
    /// What it says.
    pub text: &'static str,
    /// Where it leads.
    pub then: Node,
}

/// What to take.
#[derive(Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The lab that shows it.
    pub lab: &'static str,
    /// The strategy.
    pub strategy: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// What the seed says here.
    pub seed: &'static str,
    /// What is different in Rust.
    pub rust: &'static str,
    /// What is measured to support it.
    pub evidence: &'static [Topic],
}

impl Question {
    /// The answer of this key.
    pub fn by_key(&self, key: char) -> Option<&'static Answer> {
        self.answers.iter().find(|answer| answer.key == key)
    }

    /// The answer of this name.
    pub fn by_value(&self, value: &str) -> Option<&'static Answer> {
        self.answers.iter().find(|answer| answer.value == value)
    }

    /// Whether it asks for a number, whose answer depends on the threshold.
    pub fn is_number(&self) -> bool {
        self.flag == CONCURRENCY
    }

    /// The answer of so many at once, where a pool is overtaken at `threshold`.
    pub fn by_count(&self, count: usize, threshold: usize) -> Option<&'static Answer> {
        match count {
            0 | 1 => self.by_value(ONE),
            few if few < threshold => self.by_value(FEW).or_else(|| self.by_value(MANY)),
            _ => self.by_value(MANY),
        }
    }
}

const CONCURRENCY: &str = "concurrency";
const ONE: &str = "one";
const FEW: &str = "few";
const MANY: &str = "many";

const fn answer(key: char, value: &'static str, text: &'static str, then: Node) -> Answer {
    Answer { key, value, text, then }
}

/// The first question.
pub static ROOT: Question = Question {
    flag: "work",
    text: "What does the work mostly do?",
    answers: &[
        answer('w', "io", "it waits: files, network, devices", Node::Ask(&WAITS)),
        answer('c', "cpu", "it computes", Node::Ask(&PARTS)),
    ],
};

static WAITS: Question = Question {
    flag: CONCURRENCY,
    text: "How many waits at once?",
    answers: &[
        answer('o', ONE, "one at a time", Node::Take(&NO_CONCURRENCY)),
        answer('f', FEW, "few", Node::Take(&POOL)),
        answer('m', MANY, "many", Node::Ask(&BLOCKING)),
    ],
};

static BLOCKING: Question = Question {
    flag: "blocking-only",
    text: "Are there only blocking calls for it?",
    answers: &[
        answer('y', "yes", "yes: no async form", Node::Take(&HAND_OVER)),
        answer('n', "no", "no: an async form is there", Node::Take(&COROUTINES)),
    ],
};

static PARTS: Question = Question {
    flag: CONCURRENCY,
    text: "How many parts can be computed at once?",
    answers: &[
        answer('o', ONE, "one: each needs the one before", Node::Ask(&HOT_ALONE)),
        answer('m', MANY, "several", Node::Ask(&ISOLATED)),
    ],
};

static HOT_ALONE: Question = hot_spot(&[hot(&NATIVE), not_hot(&SERIAL)]);

static ISOLATED: Question = Question {
    flag: "isolated",
    text: "Are the parts isolated: no shared state, little in and out?",
    answers: &[
        answer('y', "yes", "yes", Node::Ask(&HOT_ISOLATED)),
        answer('n', "no", "no: they share state", Node::Ask(&HOT_SHARED)),
    ],
};

static HOT_ISOLATED: Question = hot_spot(&[hot(&NATIVE_PARALLEL), not_hot(&PROCESSES)]);

static HOT_SHARED: Question = hot_spot(&[hot(&NATIVE), not_hot(&SHARED)]);

/// Asked in three places, each with leaves of its own.
const fn hot_spot(answers: &'static [Answer]) -> Question {
    Question { flag: "hot-spot", text: "Is it a critical hot spot?", answers }
}

const fn hot(leaf: &'static Leaf) -> Answer {
    answer('y', "yes", "yes: one small, settled loop", Node::Take(leaf))
}

const fn not_hot(leaf: &'static Leaf) -> Answer {
    answer('n', "no", "no", Node::Take(leaf))
}

static NO_CONCURRENCY: Leaf = Leaf {
    lab: "life",
    strategy: "serial",
    title: "no concurrency",
    seed: "The tree begins with the need for concurrency: without it, a simple program is serial.",
    rust: "The same: a blocking call in a loop.",
    evidence: &[Topic::ThreadStart],
};

static POOL: Leaf = Leaf {
    lab: "life",
    strategy: "thread-pool",
    title: "a pool of threads",
    seed: "Below 100 operations at once: ThreadPoolExecutor.",
    rust: "Threads and a bounded queue; code that blocks stays as it is.",
    evidence: &[Topic::Crossover, Topic::ThreadMemory, Topic::ThreadStart],
};

static HAND_OVER: Leaf = Leaf {
    lab: "pulse",
    strategy: "spawn-blocking",
    title: "a loop that hands what blocks to threads",
    seed: "Files and what has no async form go to threads (run_in_executor), so that the loop goes on.",
    rust: "tokio::task::spawn_blocking; a thread for each call under way, so memory sets the bound.",
    evidence: &[Topic::MostThreads, Topic::ThreadMemory, Topic::TenThousandWaits],
};

static COROUTINES: Leaf = Leaf {
    lab: "guess",
    strategy: "coroutines",
    title: "coroutines",
    seed: "Above 100 operations at once: asyncio coroutines.",
    rust: "tokio tasks on one loop; on several threads when one core is not enough.",
    evidence: &[Topic::Crossover, Topic::TenThousandWaits, Topic::CoroutineMemory],
};

static SERIAL: Leaf = Leaf {
    lab: "gcd",
    strategy: "serial",
    title: "no concurrency",
    seed: "Simple programs stay serial: what cannot be cut into parts gains nothing.",
    rust: "The same; a better algorithm is the only way to make it faster.",
    evidence: &[Topic::Speedup("euclid")],
};

static NATIVE: Leaf = Leaf {
    lab: "gcd",
    strategy: "native",
    title: "native code for the hot spot",
    seed: "A critical hot spot: a C extension, 5 to 10 times as fast.",
    rust: "A SIMD kernel chosen at run time, with a safe twin to test it against.",
    evidence: &[Topic::Speedup("native"), Topic::Speedup("euclid")],
};

static NATIVE_PARALLEL: Leaf = Leaf {
    lab: "gcd",
    strategy: "native-rayon",
    title: "native code, on every core",
    seed: "A critical hot spot: a C extension. It may leave the interpreter lock and use every core.",
    rust: "A SIMD kernel, its items dealt out by rayon.",
    evidence: &[Topic::Speedup("native-rayon"), Topic::Speedup("native")],
};

static PROCESSES: Leaf = Leaf {
    lab: "gcd",
    strategy: "processes",
    title: "worker processes",
    seed: "Isolated functions: ProcessPoolExecutor, about twice as fast on two cores.",
    rust: "Threads compute side by side: rayon gains the same without the copies. Take processes for what may crash, must \
           be held to limits, or is not Rust.",
    evidence: &[Topic::Speedup("processes"), Topic::Speedup("rayon"), Topic::JobLength],
};

static SHARED: Leaf = Leaf {
    lab: "life",
    strategy: "rayon",
    title: "threads over shared memory",
    seed: "Shared state is a poor use of processes, and threads gain nothing under the interpreter lock.",
    rust: "There is no such lock: rayon cuts the state into parts, and the compiler checks that they do not overlap.",
    evidence: &[Topic::Speedup("rayon"), Topic::Speedup("threads"), Topic::TaskStart],
};

#[cfg(test)]
pub(in crate::guides) mod tests {
    use super::*;

    /// Every way from the root to a leaf.
    pub(in crate::guides) fn paths() -> Vec<(Vec<&'static Answer>, &'static Leaf)> {
        fn walk(
            question: &'static Question,
            path: &[&'static Answer],
            found: &mut Vec<(Vec<&'static Answer>, &'static Leaf)>,
        ) {
            for answer in question.answers {
                let path = [path, &[answer]].concat();
                match answer.then {
                    Node::Ask(next) => walk(next, &path, found),
                    Node::Take(leaf) => found.push((path, leaf)),
                }
            }
        }
        let mut found = Vec::new();
        walk(&ROOT, &[], &mut found);
        found
    }

    #[test]
    fn every_path_ends_in_a_strategy_with_evidence() {
        assert_eq!(paths().len(), 10);
        for (path, leaf) in paths() {
            assert!(!leaf.evidence.is_empty() && !leaf.rust.is_empty(), "{path:?}");
        }
    }

    #[test]
    fn keys_and_values_tell_answers_apart() {
        fn check(question: &'static Question) {
            for answer in question.answers {
                assert_eq!(question.by_key(answer.key), Some(answer), "{}", question.text);
                assert_eq!(question.by_value(answer.value), Some(answer), "{}", question.text);
                if let Node::Ask(next) = answer.then {
                    check(next);
                }
            }
        }
        check(&ROOT);
    }

    #[test]
    fn a_count_is_judged_by_the_threshold_that_was_measured() {
        let value = |question: &'static Question, count, threshold| question.by_count(count, threshold).unwrap().value;
        assert_eq!([1, 99, 100].map(|count| value(&WAITS, count, SEED_THRESHOLD)), [ONE, FEW, MANY]);
        assert_eq!(value(&WAITS, 120, 150), FEW);
        assert_eq!([1, 2].map(|count| value(&PARTS, count, SEED_THRESHOLD)), [ONE, MANY]);
    }
}
