//! How to reach people: sealed for their partnership and their own record, and found again by the fingerprint of the e-mail address.

use chrono::{DateTime, Utc};
use pathfinder_kit::Ids;
use pathfinder_kit::seal::{Sealer, overwrite_what_is_deleted};
use pathfinder_terms::{IssueId, PartnershipId, ReporterId};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::entity::people::contact_row::{ActiveModel, Column, Entity, Model};
use super::entity::people::reporter_row;
use super::{ends, from_json, to_json, unreadable};
use crate::domain::reporter::Contact;

/// What seals, and where its nonces come from.
#[derive(Clone, Copy)]
pub(crate) struct Safe<'a> {
    /// The keys.
    pub sealer: &'a Sealer,
    /// Randomness.
    pub ids: &'a Ids,
}

/// What is sealed of a person. It is never printed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Sealed {
    /// How to reach them.
    #[serde(flatten)]
    pub contact: Contact,
    /// What stands in letters to a follower: the secret that confirms the address, and afterwards the follow token. Empty for all others,
    /// whose tokens nobody keeps.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub secret: String,
}

/// One person's contact details, as they are stored.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// The person.
    pub reporter_id: ReporterId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    row: Model,
}

impl Safe<'_> {
    fn seal(self, partnership_id: Uuid, reporter_id: Uuid, content: &Sealed) -> Result<ActiveModel, DbErr> {
        let text = to_json("contact", content)?;
        let sealed = self.sealer.seal(self.ids, &record(partnership_id, reporter_id), &text);
        let print =
            content.contact.known_by().map(|email| self.sealer.fingerprint(&partnership_id.to_string(), &email));
        Ok(ActiveModel {
            reporter_id: Set(reporter_id),
            partnership_id: Set(partnership_id),
            name: Set(String::new()),
            email: Set(String::new()),
            phone: Set(String::new()),
            sealed: Set(sealed.map_err(|error| unreadable("contact", error))?),
            key_id: Set(self.sealer.key_id().to_owned()),
            email_print: Set(print.unwrap_or_default()),
            ..ActiveModel::default()
        })
    }

    /// The contact details of a row.
    ///
    /// # Errors
    ///
    /// When they cannot be opened: altered, moved, or sealed with a key that is gone.
    pub(crate) fn open(self, kept: &Kept) -> Result<Contact, DbErr> {
        self.open_all(kept).map(|sealed| sealed.contact)
    }

    /// All that is sealed in a row.
    ///
    /// # Errors
    ///
    /// As [`Safe::open`].
    pub(crate) fn open_all(self, kept: &Kept) -> Result<Sealed, DbErr> {
        let row = &kept.row;
        if row.key_id.is_empty() {
            let contact = Contact { name: row.name.clone(), email: row.email.clone(), phone: row.phone.clone() };
            return Ok(Sealed { contact, secret: String::new() });
        }
        let opened = self.sealer.open(&record(row.partnership_id, row.reporter_id), &row.sealed);
        from_json("contact", &opened.map_err(|error| unreadable("contact", error))?)
    }
}

/// What a sealed text is bound to.
fn record(partnership_id: Uuid, reporter_id: Uuid) -> String {
    format!("reporter_contact {partnership_id} {reporter_id}")
}

/// Writes the contact details of a new person; `end_time` is when their issue ended, if it has.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn insert(
    conn: &impl ConnectionTrait,
    safe: Safe<'_>,
    partnership_id: PartnershipId,
    reporter_id: ReporterId,
    content: &Sealed,
    end_time: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    let row = ActiveModel { end_time: Set(end_time), ..safe.seal(partnership_id.0, reporter_id.0, content)? };
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// The contact details of those people who left any.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn of_reporters(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Kept>, DbErr> {
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    let rows = query.filter(Column::ReporterId.is_in(ids)).all(conn).await?;
    Ok(rows.into_iter().map(kept).collect())
}

/// A page of the contact details with that e-mail address, newest first, from `after` on.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn by_email(
    conn: &impl ConnectionTrait,
    safe: Safe<'_>,
    partnership_id: PartnershipId,
    email: &str,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Kept>, DbErr> {
    let prints = safe.sealer.fingerprints(&partnership_id.to_string(), email);
    let mut query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    query = query.filter(Column::EmailPrint.is_in(prints));
    if let Some(after) = after {
        query = query.filter(Column::ReporterId.lt(after));
    }
    let rows = query.order_by_desc(Column::ReporterId).limit(limit).all(conn).await?;
    Ok(rows.into_iter().map(kept).collect())
}

/// Who of some people left that e-mail address.
///
/// # Errors
///
/// When the database fails.
pub(super) async fn find_among(
    conn: &impl ConnectionTrait,
    safe: Safe<'_>,
    partnership_id: PartnershipId,
    email: &str,
    people: SelectStatement,
) -> Result<Option<ReporterId>, DbErr> {
    let prints = safe.sealer.fingerprints(&partnership_id.to_string(), email);
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    let query = query.filter(Column::EmailPrint.is_in(prints)).filter(Column::ReporterId.in_subquery(people));
    Ok(query.one(conn).await?.map(|row| row.reporter_id.into()))
}

/// Whether one of some people left the same e-mail address as this person.
///
/// # Errors
///
/// When the database fails.
pub(super) async fn shares_address(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: ReporterId,
    people: SelectStatement,
) -> Result<bool, DbErr> {
    let own = Entity::find_by_id(id.0).filter(Column::PartnershipId.eq(partnership_id.0)).one(conn).await?;
    let Some(own) = own.filter(|row| !row.email_print.is_empty()) else { return Ok(false) };
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    let query = query.filter(Column::EmailPrint.eq(own.email_print)).filter(Column::ReporterId.in_subquery(people));
    Ok(query.one(conn).await?.is_some())
}

/// The contact details of those who have to do with an issue under one of those e-mail addresses.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn at_emails(
    conn: &impl ConnectionTrait,
    safe: Safe<'_>,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    emails: &[String],
) -> Result<Vec<Kept>, DbErr> {
    let context = partnership_id.to_string();
    let prints: Vec<String> = emails.iter().flat_map(|email| safe.sealer.fingerprints(&context, email)).collect();
    if prints.is_empty() {
        return Ok(Vec::new());
    }
    let mut people = Query::select();
    people.column(reporter_row::Column::Id).from(reporter_row::Entity);
    people.and_where(reporter_row::Column::IssueId.eq(issue_id.0));
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    let query = query.filter(Column::EmailPrint.is_in(prints)).filter(Column::ReporterId.in_subquery(people));
    Ok(query.order_by_asc(Column::ReporterId).all(conn).await?.into_iter().map(kept).collect())
}

/// Contact details whose issue ended at `end_time` or before, kept from other writers until the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn ended_by(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    end_time: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Kept>, DbErr> {
    let rows = ends::ended_by::<Entity>(conn, partnership_id, end_time, limit).await?;
    Ok(rows.into_iter().map(kept).collect())
}

/// Erases them.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn erase(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    ids: Vec<Uuid>,
) -> Result<(), DbErr> {
    overwrite_what_is_deleted(conn).await?;
    let delete = Entity::delete_many().filter(Column::PartnershipId.eq(partnership_id.0));
    delete.filter(Column::ReporterId.is_in(ids)).exec(conn).await.map(|_| ())
}

/// The ids of the keys that anything is sealed with.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn key_ids(conn: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let query = Entity::find().select_only().column(Column::KeyId).filter(Column::KeyId.ne(""));
    query.distinct().into_tuple().all(conn).await
}

/// Contact details of any partnership that are plain, or sealed with another key than the first, from `after` on.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn to_seal(
    conn: &impl ConnectionTrait,
    safe: Safe<'_>,
    after: Option<ReporterId>,
    limit: u64,
) -> Result<Vec<Kept>, DbErr> {
    let mut condition = Condition::all().add(Column::KeyId.ne(safe.sealer.key_id()));
    if let Some(after) = after {
        condition = condition.add(Column::ReporterId.gt(after.0));
    }
    let query = Entity::find().filter(condition).order_by_asc(Column::ReporterId).limit(limit);
    Ok(query.all(conn).await?.into_iter().map(kept).collect())
}

/// Seals a row anew, with the first key, and leaves nothing of it plain.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn seal_again(
    conn: &impl ConnectionTrait,
    safe: Safe<'_>,
    kept: &Kept,
    content: &Sealed,
) -> Result<(), DbErr> {
    overwrite_what_is_deleted(conn).await?;
    let row = safe.seal(kept.partnership_id.0, kept.reporter_id.0, content)?;
    let update = Entity::update_many().set(ActiveModel { reporter_id: NotSet, ..row });
    update.filter(Column::ReporterId.eq(kept.reporter_id.0)).exec(conn).await.map(|_| ())
}

fn kept(row: Model) -> Kept {
    Kept { reporter_id: row.reporter_id.into(), partnership_id: row.partnership_id.into(), row }
}
