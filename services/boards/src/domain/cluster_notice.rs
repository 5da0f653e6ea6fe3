//! What the board hears of many issues of one category in one place. Made from the feed of issues, as a cluster was when it was found.

use chrono::{DateTime, Utc};
use pathfinder_terms::{ActionId, ClusterId, IssueId, PartnershipId};
use serde::Serialize;
use uuid::Uuid;

/// A notice that issues of one category came in many from one place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClusterNotice {
    /// The id.
    pub id: Uuid,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The cluster.
    pub cluster_id: ClusterId,
    /// The code of the category.
    pub category_code: String,
    /// The name of the category.
    pub category_name: String,
    /// The middle of the issues, degrees north.
    pub latitude: f64,
    /// The middle of the issues, degrees east.
    pub longitude: f64,
    /// When the first of them was reported.
    pub first_report_time: DateTime<Utc>,
    /// When the last of them was reported.
    pub last_report_time: DateTime<Utc>,
    /// When the cluster was found.
    pub find_time: DateTime<Utc>,
    /// The issues.
    pub issue_ids: Vec<IssueId>,
    /// The actions that answer any of them.
    pub action_ids: Vec<ActionId>,
}
