//! The rules: pure, with the clock and the ids passed in.

mod person;

pub(crate) use person::{GrantIncomplete, Kind, Person, check_grant};
