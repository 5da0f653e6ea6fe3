//! What comes in, and what must never come out. Every file is made here by code, but for three small lossy WebPs.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a file that cannot be made, or an outcome of another kind, fails the test"
)]

mod bombs;
mod damaged;
mod good;
mod hidden;
mod made;
mod redaction;
mod refused;
mod seen;
