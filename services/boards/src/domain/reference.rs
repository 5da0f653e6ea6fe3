//! The references that people quote: `BWS-2026-042` for an action, `BWS-D-2026-007` for a decision. Counted for each partnership,
//! kind and local year, from 1.

use pathfinder_terms::words;

words! {
    /// What is counted.
    pub enum ReferenceKind {
        /// Actions.
        Action = "action",
        /// Decisions.
        Decision = "decision",
    }
}

/// The reference of the `number`-th thing of its kind in a year.
#[must_use]
pub fn reference(prefix: &str, kind: ReferenceKind, year: i32, number: i64) -> String {
    match kind {
        ReferenceKind::Action => format!("{prefix}-{year}-{number:03}"),
        ReferenceKind::Decision => format!("{prefix}-D-{year}-{number:03}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_read_as_in_the_domain_document() {
        assert_eq!(reference("BWS", ReferenceKind::Action, 2026, 42), "BWS-2026-042");
        assert_eq!(reference("BWS", ReferenceKind::Decision, 2026, 1234), "BWS-D-2026-1234");
    }
}
