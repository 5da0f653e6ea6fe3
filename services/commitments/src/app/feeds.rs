//! What the feeds of the other services tell, kept in tables of this one.

use pathfinder_kit::{Failure, Unit};
use pathfinder_terms::{IssueId, PartnershipId};

use super::App;
use crate::domain::{Partnership, StandardCase};
use crate::store;

/// An issue, as far as it concerns standards.
#[derive(Debug, Clone)]
pub(crate) enum IssueNews {
    /// It is held to a standard.
    Held(StandardCase),
    /// It is held to none.
    Free {
        /// Its partnership.
        partnership_id: PartnershipId,
        /// Its id.
        issue_id: IssueId,
    },
}

impl App {
    /// Keeps what boards tells of a partnership.
    pub(crate) async fn hear_of_partnership(unit: &Unit, told: &Partnership) -> Result<(), Failure> {
        store::partnership::put(unit.tx(), told, unit.call().now).await
    }

    /// Keeps what issues tells of an issue.
    pub(crate) async fn hear_of_issue(unit: &Unit, news: IssueNews) -> Result<(), Failure> {
        match news {
            IssueNews::Held(case) => store::case::put(unit.tx(), &case).await,
            IssueNews::Free { partnership_id, issue_id } => {
                store::case::remove(unit.tx(), partnership_id, issue_id).await
            }
        }
    }
}
