//! Pathfinder in one process: the library behind the program `pathfinder`, and behind the tests that want a whole suite.
//!
//! [`Suite`] starts everything, [`demo`] loads the demonstration partnership, [`import`] brings a council's cases in,
//! [`audit`] checks who did what.

pub mod audit;
mod banner;
pub mod cli;
mod client;
pub mod config;
mod contact_keys;
pub mod demo;
pub mod import;
mod process;

pub use process::{Suite, deps, token};
