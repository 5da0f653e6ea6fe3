//! Answers a partnership's entries.

use pathfinder_proto::audit::v1 as pb;
use pathfinder_terms::PartnershipId;
use sea_orm::Condition;
use sea_orm::{
    ColumnTrait as _, DatabaseConnection, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::failure::Failure;
use crate::filter::{self, Field, Kind};
use crate::host::Host;
use crate::page::Page;
use crate::rows::audit_entry;
use crate::wire;

const FIELDS: &[Field] = &[
    Field::new("kind", "kind", Kind::Text),
    Field::new("subject_id", "subject_id", Kind::Id),
    Field::new("actor_id", "actor_id", Kind::Text),
    Field::new("method", "method", Kind::Text),
    Field::new("trace_id", "trace_id", Kind::Text),
    Field::new("entry_time", "entry_time", Kind::Time),
];

/// Answers `ListAuditEntries` of any service. Who may ask stands in the policies; what belongs to the whole installation lies under the
/// nil id, for those whose role holds everywhere.
///
/// # Errors
///
/// `INVALID_REQUEST`, `TOKEN_REQUIRED`, `ROLE_MISSING`, `FILTER_INVALID`, `PAGE_TOKEN_INVALID`, and database failures.
pub async fn answer(
    host: &Host,
    request: Request<pb::ListAuditEntriesRequest>,
) -> Result<Response<pb::ListAuditEntriesResponse>, Status> {
    let (_, message) = host.admit(request)?;
    Ok(Response::new(list(host.reader(), &message).await?))
}

async fn list(
    reader: &DatabaseConnection,
    message: &pb::ListAuditEntriesRequest,
) -> Result<pb::ListAuditEntriesResponse, Failure> {
    let id: PartnershipId = wire::id("partnership_id", &message.partnership_id)?;
    let condition = filter::condition(&message.filter, "audit_entry", FIELDS)?;
    let page = Page::<i64>::open(message.page_size, &message.page_token, &("ListAuditEntries", id, &message.filter))?;
    let rows = read(reader, id.into(), condition, &page).await?;
    let (rows, next_page_token) = page.close(rows, |row| row.position.unwrap_or_default())?;
    Ok(pb::ListAuditEntriesResponse { entries: rows.into_iter().map(Into::into).collect(), next_page_token })
}

/// The entries before the page's key, newest first. Those that wait for their place are left out.
async fn read(
    reader: &DatabaseConnection,
    chain: Uuid,
    condition: Condition,
    page: &Page<i64>,
) -> Result<Vec<audit_entry::Model>, DbErr> {
    use audit_entry::Column::{Chain, Position};
    audit_entry::Entity::find()
        .filter(Chain.eq(chain))
        .filter(Position.is_not_null())
        .filter(Position.lt(page.after.unwrap_or(i64::MAX)))
        .filter(condition)
        .order_by_desc(Position)
        .limit(page.size + 1)
        .all(reader)
        .await
}

impl From<audit_entry::Model> for pb::AuditEntry {
    fn from(row: audit_entry::Model) -> Self {
        Self {
            position: row.position.unwrap_or_default(),
            entry_time: Some(wire::timestamp(row.entry_time)),
            kind: row.kind,
            subject_id: row.subject_id.to_string(),
            partnership_id: row.partnership_id.map(|id| id.to_string()).unwrap_or_default(),
            actor_id: row.actor_id,
            actor_name: row.actor_name,
            via: row.via,
            credential_id: row.credential_id,
            method: row.method,
            trace_id: row.trace_id,
            before_digest: row.before_digest,
            after_digest: row.after_digest,
            prior_hash: row.prior_hash,
            hash: row.hash,
        }
    }
}
