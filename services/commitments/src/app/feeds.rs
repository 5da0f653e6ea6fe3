//! What the feeds of the other services tell, kept in tables of this one.

use pathfinder_kit::policy::kept::OwnPolicies;
use pathfinder_kit::{Failure, Unit};
use pathfinder_terms::{IssueId, PartnershipId};

use super::App;
use crate::domain::{Partnership, StandardCase};
use crate::store;

/// What boards tells of.
#[derive(Debug, Clone)]
pub(crate) enum BoardsNews {
    /// A partnership was founded or changed.
    Partnership(Partnership),
    /// A partnership set policies of its own, or took them away.
    Policies(OwnPolicies),
}

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
    pub(crate) async fn hear_of_boards(unit: &mut Unit, news: BoardsNews) -> Result<(), Failure> {
        match news {
            BoardsNews::Partnership(told) => store::partnership::put(unit.tx(), &told, unit.call().now).await,
            BoardsNews::Policies(set) => unit.keep_own_policies(&set).await,
        }
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
