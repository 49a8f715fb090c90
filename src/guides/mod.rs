//! Floor 4: what spans labs. Knows the labs, and no dashboard.

pub mod advice;
pub mod cards;
pub mod compare;
pub mod results;
pub mod tour;
