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

/// An issue, as far as it concerns standards: all of its cases that there are now.
#[derive(Debug, Clone)]
pub(crate) struct IssueNews {
    /// Its partnership.
    pub(crate) partnership_id: PartnershipId,
    /// Its id.
    pub(crate) issue_id: IssueId,
    /// One under each standard that it is held to (a resolution time, a response time), and one under each that it missed before it was held to
    /// another.
    pub(crate) cases: Vec<StandardCase>,
}

impl App {
    /// Keeps what boards tells of a partnership.
    pub(crate) async fn hear_of_boards(unit: &mut Unit, news: BoardsNews) -> Result<(), Failure> {
        match news {
            BoardsNews::Partnership(told) => store::partnership::put(unit.tx(), &told, unit.call().now).await,
            BoardsNews::Policies(set) => unit.keep_own_policies(&set).await,
        }
    }

    /// Keeps what issues tells of an issue, and forgets what it does not tell any more: what was missed and does not count now is told again
    /// when it does.
    pub(crate) async fn hear_of_issue(unit: &mut Unit, news: IssueNews) -> Result<(), Failure> {
        let IssueNews { partnership_id, issue_id, cases } = news;
        let known = store::case::of_issue(unit.tx(), partnership_id, issue_id).await?;
        for case in &cases {
            store::case::put(unit.tx(), case).await?;
            if !known.iter().any(|known| known.says_as(case)) {
                unit.record_quietly("standard_case.kept", Some(partnership_id), issue_id.0, case)?;
            }
        }
        for gone in known.iter().filter(|known| cases.iter().all(|case| case.standard_id != known.standard_id)) {
            store::case::remove(unit.tx(), gone).await?;
            unit.record_quietly("standard_case.removed", Some(partnership_id), issue_id.0, gone)?;
        }
        Ok(())
    }
}
