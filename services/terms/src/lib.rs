//! The words that more than one domain speaks: identifiers, nations, roles, RAG ratings and the working-day calendar; and [`words!`],
//! by which a domain declares closed lists of words of its own.
//!
//! Everything here is a plain value: no clock, no database, no network. A word that only one service uses
//! belongs in that service's `domain/`; it moves here when a second service needs the very same meaning.

pub mod calendar;
mod ids;
mod rag;
mod roles;
mod words;

pub use calendar::Nation;
pub use ids::*;
pub use rag::Rag;
pub use roles::{Grant, PrincipalKind, Role};
pub use words::UnknownWord;
