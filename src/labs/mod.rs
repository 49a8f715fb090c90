//! Floor 3: one folder a lab. Labs never import one another.

pub mod gcd;
pub mod life;
pub mod logs;
