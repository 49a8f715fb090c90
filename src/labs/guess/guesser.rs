//! How the server guesses: at random without repeating itself, as the seed does, or by halving with every answer.
//!
//! Neither keeps the numbers it has guessed, so that a game costs the same few bytes in a range of five and of 10^18.

use crate::labs::guess::protocol::Decision;

/// How to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Any number not guessed yet, whatever was reported: the seed's way.
    Random,
    /// The number whose report halves what the secret can still be.
    Bisecting,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 2] = [Self::Random, Self::Bisecting];

    /// The method's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Bisecting => "bisecting",
        }
    }
}

/// Guesses in a range.
#[derive(Debug)]
pub struct Guesser {
    lower: i64,
    upper: i64,
    /// Guesses made so far; never more than there are numbers.
    made: u128,
    memory: Memory,
}

#[derive(Debug)]
enum Memory {
    Random(Shuffle),
    Bisecting(Candidates),
}

impl Guesser {
    /// Guesses among `lower..=upper`, which must not be empty; `seed` decides what is random.
    pub fn new(method: Method, lower: i64, upper: i64, seed: u64) -> Self {
        debug_assert!(lower <= upper);
        let memory = match method {
            Method::Random => Memory::Random(Shuffle::new(upper.abs_diff(lower), seed)),
            Method::Bisecting => Memory::Bisecting(Candidates::new(lower, upper)),
        };
        Self { lower, upper, made: 0, memory }
    }

    /// The method it guesses by.
    pub fn method(&self) -> Method {
        match self.memory {
            Memory::Random(_) => Method::Random,
            Memory::Bisecting(_) => Method::Bisecting,
        }
    }

    /// The next guess; none when as many were made as there are numbers.
    pub fn next_guess(&mut self) -> Option<i64> {
        let place = u64::try_from(self.made).ok().filter(|place| *place <= self.upper.abs_diff(self.lower))?;
        self.made += 1;
        Some(match &mut self.memory {
            Memory::Random(shuffle) => self.lower.wrapping_add_unsigned(shuffle.at(place)),
            Memory::Bisecting(candidates) => candidates.next(self.lower, self.upper),
        })
    }

    /// Takes in what was reported of the last guess.
    pub fn learn(&mut self, decision: Decision) {
        if let Memory::Bisecting(candidates) = &mut self.memory {
            candidates.learn(decision, self.lower, self.upper);
        }
    }
}

/// A shuffled order of the numbers `0..=last`, computed place by place: a Feistel network over the next power of two, walked
/// again while it leads outside (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002). Under two walks on average.
#[derive(Debug)]
struct Shuffle {
    last: u64,
    seed: u64,
}

impl Shuffle {
    /// Rounds of the network. Four make a shuffle of large halves; the halves of a range of five have one bit and two.
    const ROUNDS: u64 = 8;

    fn new(last: u64, seed: u64) -> Self {
        Self { last, seed }
    }

    /// The number at a place of the order, both in `0..=last`.
    fn at(&self, place: u64) -> u64 {
        let bits = u64::BITS - self.last.leading_zeros();
        if bits < 2 {
            // Of two numbers, or one, a coin decides which comes first.
            return place ^ (mix(self.seed) & self.last);
        }
        let mut number = self.permute(place, bits);
        while number > self.last {
            number = self.permute(number, bits);
        }
        number
    }

    /// Permutes the numbers of so many bits.
    fn permute(&self, number: u64, bits: u32) -> u64 {
        let (mut left_bits, mut right_bits) = (bits / 2, bits - bits / 2);
        let (mut left, mut right) = (number >> right_bits, number & mask(right_bits));
        for round in 0..Self::ROUNDS {
            // The halves may differ by a bit: each round changes one half by the other, and they swap places.
            left = (left ^ mix(self.seed ^ mix(right ^ (round << 56)))) & mask(left_bits);
            (left, right) = (right, left);
            (left_bits, right_bits) = (right_bits, left_bits);
        }
        (left << right_bits) | right
    }
}

fn mask(bits: u32) -> u64 {
    (1 << bits) - 1
}

/// What the secret can still be: an unbroken range, since each report tells on which side of a midpoint it lies.
#[derive(Debug)]
struct Candidates {
    low: i128,
    high: i128,
    /// The last guess.
    last: Option<i64>,
    /// The guess before the last one, which the report on the last compares it with.
    before: Option<i64>,
}

impl Candidates {
    fn new(lower: i64, upper: i64) -> Self {
        Self { low: lower.into(), high: upper.into(), last: None, before: None }
    }

    /// The guess whose midpoint with the last one halves the candidates, as near to that as the range allows.
    fn next(&mut self, lower: i64, upper: i64) -> i64 {
        let guess = match self.last {
            _ if self.low == self.high => self.low,
            // A first guess tells nothing. At the third it leaves room on both sides for a second one that halves.
            None => self.low + (self.high - self.low) / 3,
            Some(last) => {
                let mirrored = (self.low + self.high - i128::from(last)).clamp(lower.into(), upper.into());
                // The last guess again would tell nothing: its neighbour splits the candidates at nearly the same place.
                if mirrored != i128::from(last) {
                    mirrored
                } else if mirrored < self.high {
                    mirrored + 1
                } else {
                    mirrored - 1
                }
            }
        } as i64;
        self.before = self.last.replace(guess);
        guess
    }

    fn learn(&mut self, decision: Decision, lower: i64, upper: i64) {
        let Some(last) = self.last.map(i128::from) else { return };
        if decision == Decision::Correct {
            (self.low, self.high) = (last, last);
            return;
        }
        if let Some(before) = self.before.map(i128::from) {
            // What lies below and above the midpoint, without it.
            let twice = last + before;
            let (below, above) = ((twice - 1).div_euclid(2), twice.div_euclid(2) + 1);
            match (decision, last < before) {
                (Decision::Warmer, true) | (Decision::Colder, false) => self.high = self.high.min(below),
                (Decision::Warmer, false) | (Decision::Colder, true) => self.low = self.low.max(above),
                _ => (self.low, self.high) = (self.low.max(below + 1), self.high.min(above - 1)),
            }
        }
        self.low += i128::from(last == self.low);
        self.high -= i128::from(last == self.high);
        if self.low > self.high {
            // The reports contradict each other, so none of them counts.
            *self = Self::new(lower, upper);
        }
    }
}

/// Mixes 64 bits so that each depends on all: the finaliser of `SplitMix64` (Steele, Lea, Flood, "Fast Splittable Pseudorandom
/// Number Generators", 2014).
pub fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::guess::protocol::Player;
    use proptest::prelude::*;

    /// The guesses that a method needs to find a secret.
    fn guesses(method: Method, lower: i64, upper: i64, secret: i64, seed: u64) -> Vec<i64> {
        let (mut guesser, mut player) = (Guesser::new(method, lower, upper, seed), Player::new(secret));
        let mut made = Vec::new();
        while !player.found() {
            let guess =
                guesser.next_guess().unwrap_or_else(|| panic!("{secret} in {lower}..={upper} not found: {made:?}"));
            made.push(guess);
            guesser.learn(player.judge(guess));
        }
        made
    }

    #[test]
    fn a_random_game_guesses_every_number_once() {
        for size in 1..70 {
            let mut guesser = Guesser::new(Method::Random, -3, size - 4, 9 + size as u64);
            let mut made: Vec<i64> = std::iter::from_fn(|| guesser.next_guess()).collect();
            made.sort_unstable();
            assert_eq!(made, (-3..size - 3).collect::<Vec<_>>());
        }
    }

    #[test]
    fn every_number_comes_first_about_as_often() {
        for size in [2_usize, 3, 5, 6, 100] {
            let games = 2000 * size as u64;
            let mut first = vec![0_u32; size];
            for seed in 0..games {
                let guess = Guesser::new(Method::Random, 0, size as i64 - 1, mix(seed)).next_guess().unwrap();
                first[guess as usize] += 1;
            }
            // Standard deviation below 45: six of them are not exceeded by chance.
            assert!(first.iter().all(|count| count.abs_diff(2000) < 270), "{size}: {first:?}");
        }
    }

    #[test]
    fn bisecting_finds_every_secret_in_few_guesses() {
        for size in 1..=130 {
            let most = (1..=size).map(|secret| guesses(Method::Bisecting, 1, size, secret, 0).len()).max().unwrap();
            let bound = 2 * (u64::BITS - (size as u64).leading_zeros()) as usize + 2;
            assert!(most <= bound, "{most} guesses of at most {bound} in 1..={size}");
        }
        let mean =
            (1..=100).map(|secret| guesses(Method::Bisecting, 1, 100, secret, 0).len()).sum::<usize>() as f64 / 100.0;
        assert!(mean < 10.0, "{mean} guesses on average in 1..=100");
    }

    #[test]
    fn the_widest_range_costs_no_more_than_a_small_one() {
        for method in Method::ALL {
            let mut guesser = Guesser::new(method, i64::MIN, i64::MAX, 4);
            let first = guesser.next_guess().unwrap();
            guesser.learn(Decision::Unsure);
            assert_ne!(guesser.next_guess(), Some(first));
        }
        assert!(guesses(Method::Bisecting, 0, 1_000_000_000_000_000_000, 123_456_789_012_345_678, 0).len() < 130);
        assert!(size_of::<Guesser>() <= 128);
    }

    proptest! {
        #[test]
        fn bisecting_finds_the_secret_in_any_range(lower in -10_i64.pow(18)..10_i64.pow(18), size in 0..10_i64.pow(18), at: u64) {
            let secret = lower + (at % (size as u64 + 1)) as i64;
            prop_assert!(guesses(Method::Bisecting, lower, lower + size, secret, 0).len() <= 130);
        }
    }
}
