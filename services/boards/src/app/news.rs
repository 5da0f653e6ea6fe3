//! What the feeds of other services tell, kept in tables of this one, in the transaction that moves the feed's cursor.

use chrono::{DateTime, Utc};
use pathfinder_kit::{Failure, Host, Unit};
use pathfinder_terms::{ActionId, IssueId, PartnershipId, ProviderId, StandardId};

use super::App;
use crate::domain::action::LinkedCommitment;
use crate::domain::breach_notice::BreachNotice;
use crate::store;

/// How a commitment stands.
#[derive(Debug, Clone)]
pub(crate) struct CommitmentNews {
    pub(crate) partnership_id: PartnershipId,
    /// The action that it answers; none where it answers none.
    pub(crate) action_id: Option<ActionId>,
    pub(crate) commitment: LinkedCommitment,
}

/// An issue that missed its time.
#[derive(Debug, Clone)]
pub(crate) struct BreachNews {
    pub(crate) partnership_id: PartnershipId,
    pub(crate) issue_id: IssueId,
    pub(crate) issue_reference: String,
    pub(crate) provider_id: Option<ProviderId>,
    pub(crate) standard_id: Option<StandardId>,
    pub(crate) due_time: Option<DateTime<Utc>>,
    pub(crate) breach_time: DateTime<Utc>,
}

/// What the feed of issues tells the board.
#[derive(Debug, Clone)]
pub(crate) enum IssueNews {
    /// An issue missed its time.
    Breached(BreachNews),
    /// The clock of an issue changed, and it is not in breach: it never was, or the breach was cleared.
    InTime {
        /// The partnership.
        partnership_id: PartnershipId,
        /// The issue.
        issue_id: IssueId,
    },
}

impl App {
    /// Keeps how a commitment to an action stands; one that answers no action (any more) is forgotten.
    pub(crate) async fn hear_of_commitment(unit: &Unit, news: &CommitmentNews) -> Result<(), Failure> {
        match news.action_id {
            Some(action) => {
                store::action::keep_commitment(unit.tx(), news.partnership_id, action, &news.commitment).await
            }
            None => store::action::forget_commitment(unit.tx(), news.commitment.commitment_id).await,
        }
    }

    /// Gives the board notice of a breach, or takes back a notice that nothing answers when the breach was cleared.
    pub(crate) async fn hear_of_issue(host: &Host, unit: &Unit, news: IssueNews) -> Result<(), Failure> {
        match news {
            IssueNews::Breached(news) => Self::hear_of_breach(host, unit, news).await,
            IssueNews::InTime { partnership_id, issue_id } => {
                store::breach_notice::withdraw_unanswered(unit.tx(), partnership_id, issue_id).await
            }
        }
    }

    /// Gives the board notice of a breach, once for each issue.
    async fn hear_of_breach(host: &Host, unit: &Unit, news: BreachNews) -> Result<(), Failure> {
        let notice = BreachNotice {
            id: host.next_id(news.breach_time),
            partnership_id: news.partnership_id,
            issue_id: news.issue_id,
            issue_reference: news.issue_reference,
            provider_id: news.provider_id,
            standard_id: news.standard_id,
            due_time: news.due_time,
            breach_time: news.breach_time,
            action_ids: Vec::new(),
        };
        store::breach_notice::insert_once(unit.tx(), &notice).await
    }
}
