//! The gcd lab.
