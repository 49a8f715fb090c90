//! Item 64: true parallelism.

use super::{Card, row};

pub(super) const CARDS: &[Card] = &[
    Card {
        id: "speedups",
        item: 64,
        title: "What each approach gains",
        columns: &["Approach", "Time", "Speedup", "Made for"],
        rows: &[
            row(&["Serial", "1.0x", "1.0x", "Simple programs"], "A for loop: the baseline of every speedup here")
                .by("gcd", "serial"),
            row(
                &["Threads", "1.0x to 1.2x", "None", "I/O"],
                "They do compute side by side: two threads, almost twice as fast",
            )
            .by("gcd", "threads"),
            row(
                &["Processes", "0.5x to 0.6x", "About 2x", "CPU-bound work"],
                "The same gain, minus turning everything into bytes and back",
            )
            .by("gcd", "processes"),
            row(
                &["C extension", "0.1x to 0.3x", "About 5x to 10x", "Critical hot spots"],
                "Rust is compiled already; what is left is SIMD, and a better algorithm",
            )
            .by("gcd", "native"),
        ],
    },
    Card {
        id: "process-steps",
        item: 64,
        title: "The nine steps of a job in a process pool",
        columns: &["Step", "Where", "What"],
        rows: &[
            row(&["1  Input", "parent", "pickle.dumps turns it into bytes"], "encode_input: postcard over serde")
                .by("gcd", "processes"),
            row(&["2  Send", "parent", "Through a socket"], "send_input: one frame on a socket pair")
                .by("gcd", "processes"),
            row(&["3  Receive", "child", "pickle.loads makes objects of it"], "decode_input").by("gcd", "processes"),
            row(
                &["4  Find the function", "child", "Import the module"],
                "resolve_function: a name is looked up in the table of jobs; code is never sent",
            )
            .by("gcd", "processes"),
            row(&["5  Run", "child", "The function itself"], "run: the only step that is the work")
                .by("gcd", "processes"),
            row(&["6  Result", "child", "pickle.dumps again"], "encode_result").by("gcd", "processes"),
            row(&["7  Send back", "child", "Through the socket"], "send_result").by("gcd", "processes"),
            row(&["8  Receive", "parent", "pickle.loads again"], "decode_result").by("gcd", "processes"),
            row(
                &["9  Merge", "parent", "Results in the order of the inputs"],
                "merge; the costs lab has the whole round trip beside a bare ping-pong",
            )
            .by("costs", "process-job"),
        ],
    },
    Card {
        id: "process-needs",
        item: 64,
        title: "What a process pool needs",
        columns: &["Requirement", "Meaning"],
        rows: &[
            row(
                &["Isolated", "Functions that share no state"],
                "A job is a plain fn from bytes to bytes: any worker may run it again",
            )
            .by("gcd", "processes"),
            row(
                &["High-leverage", "Little in, much computed, little out"],
                "A job must take many times its round trip: advice measures how long",
            )
            .by("costs", "process-job"),
            row(
                &["Serialisable", "Inputs and results can be pickled"],
                "Serialize and Deserialize, checked when it is compiled",
            )
            .by("gcd", "processes"),
        ],
    },
    Card {
        id: "good-for-processes",
        item: 64,
        title: "Good for worker processes",
        columns: &["Use", "Why"],
        rows: &[
            row(&["Mathematics", "Two numbers in, one out"], "In Rust threads gain as much without the bytes")
                .by("gcd", "processes"),
            row(&["Images and video", "A path in, features out"], "Also shields from a decoder that crashes")
                .by("gcd", "processes"),
            row(&["Compression", "Much computing a byte"], "Send names of files, not their contents")
                .by("gcd", "processes"),
            row(&["Cryptography", "Small in, small out"], "Keys stay in a process that nothing else reads")
                .by("gcd", "processes"),
            row(
                &["Simulation", "Parameters in, a summary out"],
                "Life sends each worker its band and the rows beside it",
            )
            .by("gcd", "processes"),
        ],
    },
    Card {
        id: "poor-for-processes",
        item: 64,
        title: "Poor for worker processes",
        columns: &["Use", "Why"],
        rows: &[
            row(&["Much shared state", "Every change would have to be sent"], "Threads over one grid: rayon on bands")
                .by("life", "rayon"),
            row(&["Much data in or out", "The way takes longer than the work"], "Threads read it where it lies")
                .by("gcd", "threads"),
            row(
                &["Sockets and file handles", "They cannot be pickled"],
                "They are not Serialize; a descriptor can be passed, a connection's state cannot",
            )
            .by("guess", "coroutines"),
            row(&["Frequent talk", "Each message is a round trip"], "A channel hands over a pointer: a few hundred ns")
                .by("costs", "process-job"),
        ],
    },
    Card {
        id: "native",
        item: 64,
        title: "A C extension: gains and costs",
        columns: &["Side", "Process pool", "C extension"],
        rows: &[
            row(
                &[
                    "Gains",
                    "Easy to write, easy to debug, portable",
                    "Fastest; may leave the lock; C libraries at hand",
                ],
                "A SIMD kernel chosen at run time, with a portable twin that it is tested against",
            )
            .by("gcd", "native"),
            row(
                &[
                    "Costs",
                    "Pickling; two to four times slower than C",
                    "Complex, hard to debug, must be tested, one platform each",
                ],
                "unsafe in one small file, each block with its reason; the rest stays safe",
            )
            .by("gcd", "native"),
            row(
                &["Take it when", "Work is isolated", "A pool's overhead is too high; the algorithm is settled"],
                "First a better algorithm: Euclid's beats every worker count",
            )
            .by("gcd", "euclid"),
        ],
    },
];
