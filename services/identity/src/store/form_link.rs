//! Form links.

use chrono::{DateTime, Utc};
use pathfinder_kit::Failure;
use pathfinder_terms::{PartnershipId, ProviderId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::entity::form_link;
use crate::domain::{Digest, FormLink, FormTarget};

/// Keeps a new link.
pub(crate) async fn insert(connection: &impl ConnectionTrait, new: &FormLink, digest: &Digest) -> Result<(), DbErr> {
    let (issue_id, commitment_id) = match new.target {
        FormTarget::Issue(id) => (Some(id), None),
        FormTarget::Commitment(id) => (None, Some(id)),
    };
    let row = form_link::ActiveModel {
        id: Set(new.id),
        partnership_id: Set(new.partnership_id.0),
        provider_id: Set(new.provider_id.0),
        issue_id: Set(issue_id),
        commitment_id: Set(commitment_id),
        holder_name: Set(new.holder_name.clone()),
        creator_id: Set(new.creator_id.clone()),
        digest: Set(digest.as_str().to_owned()),
        create_time: Set(new.create_time),
        expire_time: Set(new.expire_time),
        revoke_time: Set(new.revoke_time),
    };
    form_link::Entity::insert(row).exec_without_returning(connection).await.map(|_| ())
}

/// A partnership's link.
pub(crate) async fn find(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: Uuid,
) -> Result<Option<FormLink>, Failure> {
    let found = form_link::Entity::find_by_id(id).filter(form_link::Column::PartnershipId.eq(partnership_id.0));
    found.one(connection).await?.map(to_form_link).transpose()
}

/// The link with this secret.
pub(crate) async fn find_by_digest(
    connection: &impl ConnectionTrait,
    digest: &Digest,
) -> Result<Option<FormLink>, Failure> {
    let found = form_link::Entity::find().filter(form_link::Column::Digest.eq(digest.as_str()));
    found.one(connection).await?.map(to_form_link).transpose()
}

/// A partnership's links behind `after`, newest first, at most `limit`; of these providers only, if they are given.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    providers: Option<&[ProviderId]>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<FormLink>, Failure> {
    let mut query = form_link::Entity::find().filter(form_link::Column::PartnershipId.eq(partnership_id.0));
    if let Some(providers) = providers {
        let ids = providers.iter().map(|provider| provider.0);
        query = query.filter(form_link::Column::ProviderId.is_in(ids));
    }
    if let Some(after) = after {
        query = query.filter(form_link::Column::Id.lt(after));
    }
    let rows = query.order_by_desc(form_link::Column::Id).limit(limit).all(connection).await?;
    rows.into_iter().map(to_form_link).collect()
}

/// Links that somebody made, newest first, at most `limit`.
pub(crate) async fn list_made_by(
    connection: &impl ConnectionTrait,
    creator_id: &str,
    limit: u64,
) -> Result<Vec<FormLink>, Failure> {
    let own = form_link::Entity::find().filter(form_link::Column::CreatorId.eq(creator_id));
    let rows = own.order_by_desc(form_link::Column::Id).limit(limit).all(connection).await?;
    rows.into_iter().map(to_form_link).collect()
}

/// Revokes a link, unless it was before.
pub(crate) async fn revoke(connection: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<(), DbErr> {
    let revoked = form_link::ActiveModel { revoke_time: Set(Some(now)), ..Default::default() };
    let going = form_link::Entity::update_many().set(revoked).filter(form_link::Column::Id.eq(id));
    going.filter(form_link::Column::RevokeTime.is_null()).exec(connection).await.map(|_| ())
}

fn to_form_link(row: form_link::Model) -> Result<FormLink, Failure> {
    let target = match (row.issue_id, row.commitment_id) {
        (Some(issue), None) => FormTarget::Issue(issue),
        (None, Some(commitment)) => FormTarget::Commitment(commitment),
        _ => return Err(Failure::internal(format!("the form link {} is about two things or none", row.id))),
    };
    Ok(FormLink {
        id: row.id,
        partnership_id: row.partnership_id.into(),
        provider_id: row.provider_id.into(),
        target,
        holder_name: row.holder_name,
        creator_id: row.creator_id,
        create_time: row.create_time,
        expire_time: row.expire_time,
        revoke_time: row.revoke_time,
    })
}
