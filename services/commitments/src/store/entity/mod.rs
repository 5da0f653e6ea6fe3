//! The rows. Columns bear the names of `migration`; enumerations stand as their words, nested values as JSON.

pub(super) mod commitment;
pub(super) mod commitment_entry;
pub(super) mod partnership;
pub(super) mod progress_report;
pub(super) mod provider;
pub(super) mod standard;
pub(super) mod standard_case;
