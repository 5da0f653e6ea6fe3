//! The tables. Rows stay in here; what leaves are the domain's types. Every query names the partnership it is for.
//!
//! To add a table: a migration, its row under `entity/`, and its functions in the file of the aggregate it belongs to.

pub(crate) mod action;
pub(crate) mod board;
pub(crate) mod breach_notice;
pub(crate) mod cluster_notice;
mod columns;
pub(crate) mod constitution;
pub(crate) mod decision;
mod entity;
pub(crate) mod meeting;
mod migration;
pub(crate) mod partnership;
pub(crate) mod reference;
pub(crate) mod review;

pub(crate) use migration::Migrator;
/// What the store's functions read and write through: the reader, or the transaction of a unit of work.
pub(crate) use sea_orm::ConnectionTrait as Connection;

#[cfg(test)]
pub(crate) mod tests;

use pathfinder_kit::{Failure, Reason};
use sea_orm::UpdateResult;

/// What a list asks of the store: a filter in the language of AIP-160, the key behind which to go on, and how many rows at the most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Query<'a, K> {
    /// The filter.
    pub(crate) filter: &'a str,
    /// The last key of the page before.
    pub(crate) after: Option<K>,
    /// How many rows at the most.
    pub(crate) limit: u64,
}

/// Refuses an update that found no row at the version that was read: somebody else was faster.
fn require_moved(result: &UpdateResult) -> Result<(), Failure> {
    if result.rows_affected == 0 {
        return Err(Failure::new(Reason::Conflict, "Two writers met; nothing was written. Try again.").transient());
    }
    Ok(())
}
