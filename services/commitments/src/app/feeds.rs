//! What the feeds of the other services tell, kept in tables of this one. How a provider keeps a standard is worked out from the issues
//! under it, so each change of one leaves a row in the audit trail; a partnership is a copy, and boards keeps the row.

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
    pub(crate) async fn hear_of_issue(unit: &mut Unit, news: IssueNews) -> Result<(), Failure> {
        match news {
            IssueNews::Held(case) => {
                let known = store::case::find(unit.tx(), case.issue_id).await?;
                store::case::put(unit.tx(), &case).await?;
                if known.is_some_and(|known| known.says_as(&case)) {
                    return Ok(());
                }
                unit.record_quietly("standard_case.kept", Some(case.partnership_id), case.issue_id.0, &case)
            }
            IssueNews::Free { partnership_id, issue_id } => {
                if store::case::remove(unit.tx(), partnership_id, issue_id).await? {
                    unit.record_quietly("standard_case.removed", Some(partnership_id), issue_id.0, &())?;
                }
                Ok(())
            }
        }
    }
}
