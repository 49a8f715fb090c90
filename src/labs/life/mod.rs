//! The life lab.
