//! What the feeds of other services tell, kept in tables of this one, in the transaction that moves the feed's cursor. What changes by it
//! leaves a row in the audit trail: the colour of an action, and what a provider is held against, follow from it.

use chrono::{DateTime, Utc};
use pathfinder_kit::{Failure, Host, Unit};
use pathfinder_terms::{ActionId, ClusterId, IssueId, PartnershipId, ProviderId, StandardId};

use super::App;
use crate::domain::action::LinkedCommitment;
use crate::domain::breach_notice::BreachNotice;
use crate::domain::cluster_notice::ClusterNotice;
use crate::store;

/// How a commitment stands.
#[derive(Debug, Clone)]
pub(crate) struct CommitmentNews {
    pub(crate) partnership_id: PartnershipId,
    /// The action that it answers; none where it answers none.
    pub(crate) action_id: Option<ActionId>,
    pub(crate) commitment: LinkedCommitment,
}

/// An issue that missed its time under a standard.
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

/// Many issues of one category in one place.
#[derive(Debug, Clone)]
pub(crate) struct ClusterNews {
    pub(crate) partnership_id: PartnershipId,
    pub(crate) cluster_id: ClusterId,
    pub(crate) category_code: String,
    pub(crate) category_name: String,
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    pub(crate) first_report_time: DateTime<Utc>,
    pub(crate) last_report_time: DateTime<Utc>,
    pub(crate) find_time: DateTime<Utc>,
    pub(crate) issue_ids: Vec<IssueId>,
}

/// What the feed of issues tells the board.
#[derive(Debug, Clone)]
pub(crate) enum IssueNews {
    /// Under which standards an issue missed its time, as it now stands: under none, under its own (to put it right, to answer), under
    /// those that it was moved from.
    Breached {
        /// The partnership.
        partnership_id: PartnershipId,
        /// The issue.
        issue_id: IssueId,
        /// Each breach, once for a standard.
        breaches: Vec<BreachNews>,
    },
    /// Many issues are alike.
    Clustered(ClusterNews),
}

impl App {
    /// Keeps how a commitment to an action stands; one that answers no action (any more) is forgotten.
    pub(crate) async fn hear_of_commitment(unit: &mut Unit, news: &CommitmentNews) -> Result<(), Failure> {
        let CommitmentNews { partnership_id, action_id, commitment } = news;
        let id = commitment.commitment_id;
        let known = store::action::find_commitment(unit.tx(), id).await?;
        let told = action_id.map(|action| (*partnership_id, action, commitment.clone()));
        if known == told {
            return Ok(());
        }
        match told {
            Some(link) => {
                store::action::keep_commitment(unit.tx(), *partnership_id, link.1, commitment).await?;
                unit.record_quietly("commitment_link.kept", Some(*partnership_id), id.0, &link)
            }
            None => {
                store::action::forget_commitment(unit.tx(), id).await?;
                unit.record_quietly("commitment_link.removed", Some(*partnership_id), id.0, &())
            }
        }
    }

    /// Gives the board notice of breaches or of a cluster, and takes back notices that nothing answers of breaches that were cleared.
    pub(crate) async fn hear_of_issue(host: &Host, unit: &mut Unit, news: IssueNews) -> Result<(), Failure> {
        match news {
            IssueNews::Breached { partnership_id, issue_id, breaches } => {
                let missed: Vec<Option<StandardId>> = breaches.iter().map(|breach| breach.standard_id).collect();
                let cleared =
                    store::breach_notice::withdraw_unanswered(unit.tx(), partnership_id, issue_id, &missed).await?;
                for id in cleared {
                    unit.record_quietly("breach_notice.withdrawn", Some(partnership_id), id, &())?;
                }
                for breach in breaches {
                    Self::hear_of_breach(host, unit, breach).await?;
                }
                Ok(())
            }
            IssueNews::Clustered(news) => Self::hear_of_cluster(host, unit, news).await,
        }
    }

    /// Gives the board notice of a cluster, once for each.
    async fn hear_of_cluster(host: &Host, unit: &mut Unit, news: ClusterNews) -> Result<(), Failure> {
        let notice = ClusterNotice {
            id: host.next_id(news.find_time),
            partnership_id: news.partnership_id,
            cluster_id: news.cluster_id,
            category_code: news.category_code,
            category_name: news.category_name,
            latitude: news.latitude,
            longitude: news.longitude,
            first_report_time: news.first_report_time,
            last_report_time: news.last_report_time,
            find_time: news.find_time,
            issue_ids: news.issue_ids,
            action_ids: Vec::new(),
        };
        if store::cluster_notice::insert_once(unit.tx(), &notice).await? {
            unit.record_quietly("cluster_notice.given", Some(notice.partnership_id), notice.id, &notice)?;
        }
        Ok(())
    }

    /// Gives the board notice of a breach, once for each issue and standard.
    async fn hear_of_breach(host: &Host, unit: &mut Unit, news: BreachNews) -> Result<(), Failure> {
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
        if store::breach_notice::insert_once(unit.tx(), &notice).await? {
            unit.record_quietly("breach_notice.given", Some(notice.partnership_id), notice.id, &notice)?;
        }
        Ok(())
    }
}
