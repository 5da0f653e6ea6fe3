//! What comes in, and what must never come out. Every file is made here by code, but for three small lossy WebPs.

mod bombs;
mod damaged;
mod good;
mod hidden;
mod made;
mod redaction;
mod refused;
mod seen;
