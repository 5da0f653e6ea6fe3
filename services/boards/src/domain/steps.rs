//! How a table of moves is read: one row for each allowed (state, step) → state, and everything else is refused.

use std::fmt::Display;

use super::Refusal;

/// Where `step` leads from `from`, by the first row that says so.
pub(super) fn follow<S, M>(table: &[(S, M, S)], thing: &'static str, from: S, step: M) -> Result<S, Refusal>
where
    S: Copy + PartialEq + Display,
    M: Copy + PartialEq + Display,
{
    let row = table.iter().find(|(state, allowed, _)| *state == from && *allowed == step);
    row.map(|(_, _, to)| *to).ok_or_else(|| {
        let allowed = table.iter().filter(|(state, _, _)| *state == from);
        Refusal::StateForbids {
            thing,
            step: step.to_string(),
            state: from.to_string(),
            allowed: allowed.map(|(_, step, _)| step.to_string()).collect(),
        }
    })
}
