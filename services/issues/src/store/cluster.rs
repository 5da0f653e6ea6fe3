//! Clusters of issues.

use chrono::{DateTime, Utc};
use pathfinder_terms::PartnershipId;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::entity::cluster::{ActiveModel, Column, Entity, Model};
use super::{from_json, to_json};
use crate::domain::Cluster;
use crate::domain::geography::Point;

/// The clusters of a category to which an issue was last added then or later, newest first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn lasting(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    category_code: &str,
    since: DateTime<Utc>,
) -> Result<Vec<Cluster>, DbErr> {
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    let query = query.filter(Column::CategoryCode.eq(category_code)).filter(Column::LastReportTime.gte(since));
    query.order_by_desc(Column::Id).all(conn).await?.into_iter().map(cluster_of).collect()
}

/// A page of the clusters of a partnership, found last first.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Cluster>, DbErr> {
    let mut query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    if let Some(after) = after {
        query = query.filter(Column::Id.lt(after));
    }
    query.order_by_desc(Column::Id).limit(limit).all(conn).await?.into_iter().map(cluster_of).collect()
}

/// Writes a new cluster.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn insert(conn: &impl ConnectionTrait, cluster: &Cluster) -> Result<(), DbErr> {
    Entity::insert(row_of(cluster)?).exec_without_returning(conn).await.map(|_| ())
}

/// Writes a cluster over its former self.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn update(conn: &impl ConnectionTrait, cluster: &Cluster) -> Result<(), DbErr> {
    let update = Entity::update_many().set(ActiveModel { id: NotSet, ..row_of(cluster)? });
    let update = update.filter(Column::PartnershipId.eq(cluster.partnership_id.0));
    update.filter(Column::Id.eq(cluster.id.0)).exec(conn).await.map(|_| ())
}

fn row_of(cluster: &Cluster) -> Result<ActiveModel, DbErr> {
    Ok(ActiveModel {
        id: Set(cluster.id.0),
        partnership_id: Set(cluster.partnership_id.0),
        category_code: Set(cluster.category_code.clone()),
        category_name: Set(cluster.category_name.clone()),
        latitude: Set(cluster.center.latitude),
        longitude: Set(cluster.center.longitude),
        issue_count: Set(i32::try_from(cluster.issue_ids.len()).unwrap_or(i32::MAX)),
        issue_ids: Set(to_json("list of issues", &cluster.issue_ids)?),
        first_report_time: Set(cluster.first_report_time),
        last_report_time: Set(cluster.last_report_time),
        find_time: Set(cluster.find_time),
    })
}

fn cluster_of(row: Model) -> Result<Cluster, DbErr> {
    Ok(Cluster {
        id: row.id.into(),
        partnership_id: row.partnership_id.into(),
        category_code: row.category_code,
        category_name: row.category_name,
        center: Point { latitude: row.latitude, longitude: row.longitude },
        issue_ids: from_json("list of issues", &row.issue_ids)?,
        first_report_time: row.first_report_time,
        last_report_time: row.last_report_time,
        find_time: row.find_time,
    })
}
