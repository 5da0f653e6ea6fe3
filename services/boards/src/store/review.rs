//! What the accountable body said of decisions. A word is kept as it was said; only the answer to a referral is added, once.

use std::collections::HashMap;

use pathfinder_kit::Failure;
use pathfinder_terms::{DecisionId, PartnershipId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use uuid::Uuid;

use super::columns::word;
use super::entity::decision_review::{ActiveModel, Column, Entity, Model};
use super::{decision, require_moved};
use crate::domain::Actor;
use crate::domain::decision::Decision;
use crate::domain::review::{Review, ReviewedDecision};

/// The decision with this id, with all that later came to it.
pub(crate) async fn get(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: DecisionId,
) -> Result<ReviewedDecision, Failure> {
    let found = decision::get(connection, partnership_id, id).await?;
    let mut reviewed = of(connection, partnership_id, vec![found]).await?;
    reviewed.pop().ok_or_else(|| Failure::not_found("decision", id))
}

/// Decisions of a partnership with all that later came to them, in the order in which they are given.
pub(crate) async fn of(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    decisions: Vec<Decision>,
) -> Result<Vec<ReviewedDecision>, Failure> {
    let ids: Vec<Uuid> = decisions.iter().map(|decision| decision.id.0).collect();
    let mut reviews = reviews_by_decision(connection, partnership_id, &ids).await?;
    let mut corrections = decision::corrections_of(connection, partnership_id, &ids).await?;
    let reviewed = decisions.into_iter().map(|decision| ReviewedDecision {
        reviews: reviews.remove(&decision.id).unwrap_or_default(),
        corrected_by: corrections.remove(&decision.id),
        decision,
    });
    Ok(reviewed.collect())
}

async fn reviews_by_decision(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    decisions: &[Uuid],
) -> Result<HashMap<DecisionId, Vec<Review>>, Failure> {
    let rows = Entity::find()
        .filter(Column::PartnershipId.eq(partnership_id.0))
        .filter(Column::DecisionId.is_in(decisions.iter().copied()))
        .order_by_asc(Column::Id);
    let mut reviews: HashMap<DecisionId, Vec<Review>> = HashMap::new();
    for row in rows.all(connection).await? {
        reviews.entry(row.decision_id.into()).or_default().push(row.try_into()?);
    }
    Ok(reviews)
}

/// Keeps a new word. Where somebody else referred the decision back at the same moment, the call is worth trying again: it finds
/// that referral then.
pub(crate) async fn insert(
    connection: &impl ConnectionTrait,
    decision: &Decision,
    new: &Review,
) -> Result<(), Failure> {
    let row = ActiveModel {
        id: Set(new.id),
        partnership_id: Set(decision.partnership_id.0),
        decision_id: Set(decision.id.0),
        kind: Set(new.kind.word().to_owned()),
        note: Set(new.note.clone()),
        reviewer_id: Set(new.reviewer.id.clone()),
        reviewer_name: Set(new.reviewer.name.clone()),
        review_time: Set(new.review_time),
        answered_by_id: Set(new.answered_by.map(Uuid::from)),
    };
    let inserted = Entity::insert(row).exec_without_returning(connection).await;
    inserted.map(|_| ()).map_err(|error| Failure::from(error).transient())
}

/// Keeps the answer to a referral, if it was open still.
pub(crate) async fn keep_answer(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    answered: &Review,
) -> Result<(), Failure> {
    let answer = ActiveModel { answered_by_id: Set(answered.answered_by.map(Uuid::from)), ..Default::default() };
    let update = Entity::update_many().set(answer).filter(Column::Id.eq(answered.id));
    let update = update.filter(Column::PartnershipId.eq(partnership_id.0)).filter(Column::AnsweredById.is_null());
    require_moved(&update.exec(connection).await?)
}

impl TryFrom<Model> for Review {
    type Error = Failure;

    fn try_from(row: Model) -> Result<Self, Failure> {
        Ok(Self {
            id: row.id,
            kind: word(&row.kind)?,
            note: row.note,
            reviewer: Actor { id: row.reviewer_id, name: row.reviewer_name },
            review_time: row.review_time,
            answered_by: row.answered_by_id.map(Into::into),
        })
    }
}
