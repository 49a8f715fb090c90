//! The logs lab.
