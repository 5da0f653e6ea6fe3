//! Cluster notices, fed by the feed of issues.

use std::collections::{BTreeSet, HashMap};

use pathfinder_kit::Failure;
use pathfinder_terms::{ActionId, IssueId, PartnershipId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::breach_notice::answers_by_issue;
use super::entity::cluster_notice::{ActiveModel, Column, Entity};
use crate::domain::cluster_notice::ClusterNotice;

/// So many issues are asked for at once: well below the 32,766 values that SQLite binds in one statement.
const ISSUES_AT_ONCE: usize = 10_000;

/// Keeps a notice; one of a cluster that has one changes nothing. Answers whether it was kept.
pub(crate) async fn insert_once(connection: &impl ConnectionTrait, new: &ClusterNotice) -> Result<bool, Failure> {
    let row = ActiveModel {
        id: Set(new.id),
        partnership_id: Set(new.partnership_id.0),
        cluster_id: Set(new.cluster_id.0),
        category_code: Set(new.category_code.clone()),
        category_name: Set(new.category_name.clone()),
        latitude: Set(new.latitude),
        longitude: Set(new.longitude),
        first_report_time: Set(new.first_report_time),
        last_report_time: Set(new.last_report_time),
        find_time: Set(new.find_time),
        issue_ids: Set(serde_json::to_string(&new.issue_ids)?),
    };
    let there = OnConflict::columns([Column::PartnershipId, Column::ClusterId]).do_nothing().to_owned();
    let kept = Entity::insert(row).on_conflict(there).exec_without_returning(connection).await?;
    Ok(kept > 0)
}

/// Notices, newest first, with the actions that answer any of their issues: `limit` of them, behind `after`.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<ClusterNotice>, Failure> {
    let mut select = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    if let Some(after) = after {
        select = select.filter(Column::Id.lt(after));
    }
    let mut notices = Vec::new();
    for row in select.order_by_desc(Column::Id).limit(limit).all(connection).await? {
        notices.push(ClusterNotice {
            id: row.id,
            partnership_id: row.partnership_id.into(),
            cluster_id: row.cluster_id.into(),
            category_code: row.category_code,
            category_name: row.category_name,
            latitude: row.latitude,
            longitude: row.longitude,
            first_report_time: row.first_report_time,
            last_report_time: row.last_report_time,
            find_time: row.find_time,
            issue_ids: serde_json::from_str(&row.issue_ids)?,
            action_ids: Vec::new(),
        });
    }
    let answers = answers(connection, partnership_id, &notices).await?;
    for notice in &mut notices {
        let of_issue = |issue: &IssueId| answers.get(&issue.0).into_iter().flatten().copied();
        let actions: BTreeSet<ActionId> = notice.issue_ids.iter().flat_map(of_issue).collect();
        notice.action_ids = actions.into_iter().collect();
    }
    Ok(notices)
}

async fn answers(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    notices: &[ClusterNotice],
) -> Result<HashMap<Uuid, Vec<ActionId>>, Failure> {
    let issues: BTreeSet<Uuid> = notices.iter().flat_map(|notice| &notice.issue_ids).map(|id| id.0).collect();
    let issues: Vec<Uuid> = issues.into_iter().collect();
    let mut answers = HashMap::new();
    for some in issues.chunks(ISSUES_AT_ONCE) {
        answers.extend(answers_by_issue(connection, partnership_id, some.to_vec()).await?);
    }
    Ok(answers)
}
