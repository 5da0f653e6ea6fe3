//! Boards.
pub mod domain;
