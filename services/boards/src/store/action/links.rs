//! The commitments that answer actions, fed by the feed of commitments.

use std::collections::HashMap;

use pathfinder_kit::Failure;
use pathfinder_terms::{ActionId, CommitmentId, PartnershipId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};

use super::super::columns::word;
use super::super::entity::action_commitment::{ActiveModel, Column, Entity, Model};
use crate::domain::action::LinkedCommitment;

/// The commitments of several actions.
pub(crate) async fn commitments_of(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    actions: &[ActionId],
) -> Result<HashMap<ActionId, Vec<LinkedCommitment>>, Failure> {
    let links = Entity::find()
        .filter(Column::PartnershipId.eq(partnership_id.0))
        .filter(Column::ActionId.is_in(actions.iter().map(|id| id.0)))
        .order_by_asc(Column::CommitmentId);
    let mut found: HashMap<ActionId, Vec<LinkedCommitment>> = HashMap::new();
    for row in links.all(connection).await? {
        found.entry(row.action_id.into()).or_default().push(linked(row)?);
    }
    Ok(found)
}

/// What is known of a commitment: whose it is, which action it answers, how it stands.
pub(crate) async fn find_commitment(
    connection: &impl ConnectionTrait,
    id: CommitmentId,
) -> Result<Option<(PartnershipId, ActionId, LinkedCommitment)>, Failure> {
    let Some(row) = Entity::find_by_id(id.0).one(connection).await? else { return Ok(None) };
    let (partnership_id, action_id) = (row.partnership_id.into(), row.action_id.into());
    Ok(Some((partnership_id, action_id, linked(row)?)))
}

fn linked(row: Model) -> Result<LinkedCommitment, Failure> {
    Ok(LinkedCommitment {
        commitment_id: row.commitment_id.into(),
        provider_id: row.provider_id.into(),
        status: row.status,
        rag: word(&row.rag)?,
    })
}

/// Keeps how a commitment stands, in place of what was known of it.
pub(crate) async fn keep_commitment(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    action: ActionId,
    commitment: &LinkedCommitment,
) -> Result<(), Failure> {
    let row = ActiveModel {
        commitment_id: Set(commitment.commitment_id.0),
        partnership_id: Set(partnership_id.0),
        action_id: Set(action.0),
        provider_id: Set(commitment.provider_id.0),
        status: Set(commitment.status.clone()),
        rag: Set(commitment.rag.word().to_owned()),
    };
    let known = OnConflict::column(Column::CommitmentId)
        .update_columns([Column::PartnershipId, Column::ActionId, Column::ProviderId, Column::Status, Column::Rag])
        .to_owned();
    Entity::insert(row).on_conflict(known).exec_without_returning(connection).await?;
    Ok(())
}

/// Forgets a commitment that answers no action any more.
pub(crate) async fn forget_commitment(connection: &impl ConnectionTrait, id: CommitmentId) -> Result<(), Failure> {
    Entity::delete_by_id(id.0).exec(connection).await?;
    Ok(())
}
