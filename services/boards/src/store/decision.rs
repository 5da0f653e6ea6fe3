//! Decisions: inserted and read, never changed. What later came to them is read in [`super::review`].

use std::collections::HashMap;

use pathfinder_kit::Failure;
use pathfinder_kit::filter::{self, Field, Kind};
use pathfinder_terms::{DecisionId, PartnershipId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::Query;
use super::columns::{from_json, json, word};
use super::entity::decision::{ActiveModel, Column, Entity, Model};
use crate::domain::decision::{Decision, DecisionOutcome};
use crate::domain::review::Correction;

const FIELDS: &[Field] = &[
    Field::new("meeting_id", "meeting_id", Kind::Id),
    Field::new("agenda_item_id", "agenda_item_id", Kind::Id),
    Field::new("outcome", "outcome", Kind::Word(DecisionOutcome::WORDS)),
    Field::new("class_code", "class_code", Kind::Text),
    Field::new("reference", "reference", Kind::Text),
    Field::new("decide_time", "decide_time", Kind::Time),
];

/// The decision with this id.
pub(crate) async fn get(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: DecisionId,
) -> Result<Decision, Failure> {
    let row = Entity::find_by_id(id.0).filter(Column::PartnershipId.eq(partnership_id.0)).one(connection).await?;
    row.ok_or_else(|| Failure::not_found("decision", id))?.try_into()
}

/// Decisions, newest first; only those on public items where `public_only`.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    public_only: bool,
    query: Query<'_, Uuid>,
) -> Result<Vec<Decision>, Failure> {
    let mut select = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)).filter(filter::condition(
        query.filter,
        "decision",
        FIELDS,
    )?);
    if public_only {
        select = select.filter(Column::Confidential.eq(false));
    }
    if let Some(after) = query.after {
        select = select.filter(Column::Id.lt(after));
    }
    let rows = select.order_by_desc(Column::Id).limit(query.limit).all(connection).await?;
    rows.into_iter().map(Decision::try_from).collect()
}

/// The latest decision that carried and corrects each of several; none for what nothing corrects.
pub(crate) async fn corrections_of(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    decisions: &[Uuid],
) -> Result<HashMap<DecisionId, Correction>, Failure> {
    let rows = Entity::find()
        .filter(Column::PartnershipId.eq(partnership_id.0))
        .filter(Column::CorrectsId.is_in(decisions.iter().copied()))
        .filter(Column::Outcome.eq(DecisionOutcome::Carried.word()))
        .order_by_asc(Column::Id);
    let corrections = rows.all(connection).await?.into_iter().filter_map(|row| {
        let correction = Correction { id: row.id.into(), reference: row.reference };
        row.corrects_id.map(|corrected| (corrected.into(), correction))
    });
    Ok(corrections.collect())
}

/// Keeps a new decision.
pub(crate) async fn insert(connection: &impl ConnectionTrait, new: &Decision) -> Result<(), Failure> {
    let row = ActiveModel {
        id: Set(new.id.0),
        partnership_id: Set(new.partnership_id.0),
        reference: Set(new.reference.clone()),
        meeting_id: Set(new.meeting_id.0),
        agenda_item_id: Set(new.agenda_item_id.0),
        class_code: Set(new.class_code.clone()),
        text: Set(new.text.clone()),
        proposer_id: Set(new.proposer.map(Uuid::from)),
        seconder_id: Set(new.seconder.map(Uuid::from)),
        method: Set(json(&new.method)?),
        casting_vote: Set(new.casting_vote.map(|vote| vote.word().to_owned())),
        quorum: Set(json(&new.quorum)?),
        withdrawals: Set(json(&new.withdrawals)?),
        outcome: Set(new.outcome.word().to_owned()),
        confidential: Set(new.confidential),
        ratifies_id: Set(new.ratifies.map(Uuid::from)),
        corrects_id: Set(new.corrects.map(Uuid::from)),
        constitution_id: Set(new.constitution_id.0),
        decide_time: Set(new.decide_time),
        commitment_ids: Set(json(&new.commitment_ids)?),
    };
    Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

impl TryFrom<Model> for Decision {
    type Error = Failure;

    fn try_from(row: Model) -> Result<Self, Failure> {
        Ok(Self {
            id: row.id.into(),
            partnership_id: row.partnership_id.into(),
            reference: row.reference,
            meeting_id: row.meeting_id.into(),
            agenda_item_id: row.agenda_item_id.into(),
            class_code: row.class_code,
            text: row.text,
            proposer: row.proposer_id.map(Into::into),
            seconder: row.seconder_id.map(Into::into),
            method: from_json(&row.method)?,
            casting_vote: row.casting_vote.as_deref().map(word).transpose()?,
            quorum: from_json(&row.quorum)?,
            withdrawals: from_json(&row.withdrawals)?,
            outcome: word(&row.outcome)?,
            confidential: row.confidential,
            ratifies: row.ratifies_id.map(Into::into),
            corrects: row.corrects_id.map(Into::into),
            constitution_id: row.constitution_id.into(),
            decide_time: row.decide_time,
            commitment_ids: from_json(&row.commitment_ids)?,
        })
    }
}
