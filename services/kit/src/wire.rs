//! Conversions between well-known wire types and Rust's.

use chrono::{DateTime, NaiveDate, Utc};

use crate::failure::Violation;

/// An instant on the wire.
#[must_use]
pub fn timestamp(time: DateTime<Utc>) -> prost_types::Timestamp {
    let nanos = i32::try_from(time.timestamp_subsec_nanos()).unwrap_or(0);
    prost_types::Timestamp { seconds: time.timestamp(), nanos }
}

/// An instant from the wire, cut to microseconds.
///
/// # Errors
///
/// A violation of `field` when it is out of range.
pub fn time(field: &str, timestamp: &prost_types::Timestamp) -> Result<DateTime<Utc>, Violation> {
    let nanos = u32::try_from(timestamp.nanos).ok().filter(|nanos| *nanos < 1_000_000_000);
    let year = |time: &DateTime<Utc>| (1..=9999).contains(&chrono::Datelike::year(time));
    nanos
        .and_then(|nanos| DateTime::from_timestamp(timestamp.seconds, nanos / 1000 * 1000))
        .filter(year)
        .ok_or_else(|| Violation::new(field, "must be an instant between the years 1 and 9999"))
}

/// A local date from the wire.
///
/// # Errors
///
/// A violation of `field` when there is no such date.
pub fn date(field: &str, text: &str) -> Result<NaiveDate, Violation> {
    text.parse().map_err(|_| Violation::new(field, "must be a date that exists, as YYYY-MM-DD"))
}

/// An identifier from the wire.
///
/// # Errors
///
/// A violation of `field` when it is none.
pub fn id<T: std::str::FromStr<Err = pathfinder_terms::InvalidId>>(field: &str, text: &str) -> Result<T, Violation> {
    text.parse().map_err(|error: pathfinder_terms::InvalidId| Violation::new(field, error.to_string()))
}

/// An identifier that may be absent: an empty text is none.
///
/// # Errors
///
/// As [`id`].
pub fn optional_id<T: std::str::FromStr<Err = pathfinder_terms::InvalidId>>(
    field: &str,
    text: &str,
) -> Result<Option<T>, Violation> {
    if text.is_empty() { Ok(None) } else { id(field, text).map(Some) }
}

/// Gathers the violations of a conversion, so that all of them are answered at once.
///
/// ```
/// use pathfinder_kit::wire::{self, Gather};
/// let mut gather = Gather::default();
/// let start = gather.take(wire::date("start_date", "2026-02-30"));
/// let end = gather.take(wire::date("end_date", "soon"));
/// assert!(start.is_none() && end.is_none());
/// assert_eq!(gather.finish().expect_err("two violations").violations().len(), 2);
/// ```
#[derive(Debug, Default)]
pub struct Gather {
    violations: Vec<Violation>,
}

impl Gather {
    /// The value, or its violation kept for later.
    pub fn take<T>(&mut self, outcome: Result<T, Violation>) -> Option<T> {
        outcome.map_err(|violation| self.violations.push(violation)).ok()
    }

    /// Adds a violation.
    pub fn report(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.violations.push(Violation::new(field, description));
    }

    /// Fails if anything was gathered.
    ///
    /// # Errors
    ///
    /// `INVALID_REQUEST` with every violation.
    pub fn finish(self) -> Result<(), crate::failure::Failure> {
        if self.violations.is_empty() { Ok(()) } else { Err(crate::failure::Failure::invalid(self.violations)) }
    }
}
