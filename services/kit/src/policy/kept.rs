//! The own policies of partnerships, as every service keeps them: one row for each partnership that ever set some, its text empty after
//! they were taken away.
//!
//! Boards writes a row in the transaction that sets them, the others when they hear of it, in the transaction that moves the feed's
//! cursor. The process that wrote goes by the new text before it answers. Others that serve the same database look once a second which
//! versions have changed: a read of two small columns of a table with few rows.

use std::time::Duration;

use chrono::{DateTime, Utc};
use pathfinder_terms::PartnershipId;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::failure::Failure;
use crate::host::Host;
use crate::rows::own_policies::{ActiveModel, Column, Entity, Model};
use crate::unit::Unit;

const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// What a partnership set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnPolicies {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The policies, in Cedar; empty where they were taken away.
    pub text: String,
    /// Counts how often they were set, from 1 on.
    pub version: i64,
    /// When they were set.
    pub set_time: DateTime<Utc>,
}

impl From<Model> for OwnPolicies {
    fn from(row: Model) -> Self {
        let Model { partnership_id, text, version, set_time } = row;
        Self { partnership_id: partnership_id.into(), text, version, set_time }
    }
}

/// What a partnership set, if it ever did.
///
/// # Errors
///
/// When the database fails.
pub async fn find(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
) -> Result<Option<OwnPolicies>, Failure> {
    Ok(Entity::find_by_id(partnership_id.0).one(connection).await?.map(OwnPolicies::from))
}

impl Unit {
    /// Keeps what a partnership set, unless something newer is kept. This process goes by it once the unit is committed.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn keep_own_policies(&mut self, set: &OwnPolicies) -> Result<(), Failure> {
        if find(self.tx(), set.partnership_id).await?.is_some_and(|kept| kept.version >= set.version) {
            return Ok(());
        }
        let row = ActiveModel {
            partnership_id: Set(set.partnership_id.0),
            text: Set(set.text.clone()),
            version: Set(set.version),
            set_time: Set(set.set_time),
        };
        let newer = OnConflict::column(Column::PartnershipId)
            .update_columns([Column::Text, Column::Version, Column::SetTime])
            .to_owned();
        Entity::insert(row).on_conflict(newer).exec_without_returning(self.tx()).await?;
        self.goes_by_other_policies();
        Ok(())
    }
}

/// Looks which partnerships have set other policies than this process goes by, and goes by those.
///
/// # Errors
///
/// When the database fails; then nothing changes.
pub(crate) async fn look(host: &Host) -> Result<(), Failure> {
    let policies = host.policies();
    let _alone = policies.looking.lock().await;
    let kept = Entity::find().select_only().column(Column::PartnershipId).column(Column::Version);
    let kept: Vec<(Uuid, i64)> = kept.into_tuple().all(host.reader()).await?;
    let changed = kept.into_iter().filter(|(id, version)| policies.version_of_own((*id).into()) != *version);
    let changed: Vec<Uuid> = changed.map(|(id, _)| id).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let rows = Entity::find().filter(Column::PartnershipId.is_in(changed)).all(host.reader()).await?;
    let rows: Vec<OwnPolicies> = rows.into_iter().map(OwnPolicies::from).collect();
    policies.go_by(&rows);
    Ok(())
}

/// Looks after a write, which stands whatever comes of looking: what fails now is seen at the next look.
pub(crate) async fn look_at_once(host: &Host) {
    if let Err(failure) = look(host).await {
        tracing::warn!(%failure, "the own policies of partnerships could not be looked at; tried again in a second");
    }
}

/// Looks again and again until the service stops.
pub(crate) async fn run(host: Host) -> Result<(), Failure> {
    while host.pause(LOOK_INTERVAL).await {
        look_at_once(&host).await;
    }
    Ok(())
}
