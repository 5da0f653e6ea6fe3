//! What happened to commitments, entry by entry, never changed.

use pathfinder_kit::Failure;
use pathfinder_terms::{CommitmentId, PartnershipId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::entity::commitment_entry::{Column, Entity, Model};
use super::from_word;
use crate::domain::{Entry, Step, Who};

/// Adds an entry.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    commitment_id: CommitmentId,
    entry: Entry,
) -> Result<(), Failure> {
    let row = Model {
        id: entry.id,
        partnership_id: partnership_id.0,
        commitment_id: commitment_id.0,
        entry_time: entry.time,
        actor_id: entry.actor.id,
        actor_name: entry.actor.name,
        kind: entry.kind,
        from_status: entry.from.map(|status| status.word().to_owned()),
        to_status: entry.to.word().to_owned(),
        note: entry.note,
    };
    Entity::insert(row.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// The history of a commitment behind `after`, oldest first, at most `limit`; what was drafted is left out unless it is asked for.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    commitment_id: CommitmentId,
    with_drafts: bool,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Entry>, Failure> {
    let mut query = Entity::find()
        .filter(Column::PartnershipId.eq(partnership_id.0))
        .filter(Column::CommitmentId.eq(commitment_id.0));
    if !with_drafts {
        query = query.filter(Column::Kind.ne(Step::REPORT_DRAFTED));
    }
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after));
    }
    let rows = query.order_by_asc(Column::Id).limit(limit).all(connection).await?;
    rows.into_iter().map(to_entry).collect()
}

fn to_entry(row: Model) -> Result<Entry, Failure> {
    Ok(Entry {
        id: row.id,
        time: row.entry_time,
        actor: Who { id: row.actor_id, name: row.actor_name },
        kind: row.kind,
        from: row.from_status.as_deref().map(from_word).transpose()?,
        to: from_word(&row.to_status)?,
        note: row.note,
    })
}
