//! People who follow an issue by e-mail: reporters of a kind of their own, from the wish to follow over the confirmation of their
//! address to the end of it.

use chrono::{DateTime, Utc};
use pathfinder_terms::{IssueId, PartnershipId, ReporterId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
};
use uuid::Uuid;

use super::contact::{self, Kept, Safe, Sealed};
use super::entity::people::reporter_row::{ActiveModel, Column, Entity, Model};
use super::reporter::{TokenTrace, insert_row};
use crate::domain::Reporter;
use crate::domain::reporter::Contact;

/// A follower, without anything that says who.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Following {
    /// The person.
    pub id: ReporterId,
    /// The issue.
    pub issue_id: IssueId,
    /// When they last asked to follow.
    pub ask_time: DateTime<Utc>,
    /// Whether their address was confirmed.
    pub confirmed: bool,
}

impl From<Model> for Following {
    fn from(row: Model) -> Self {
        let confirmed = row.confirm_time.is_some();
        Self { id: row.id.into(), issue_id: row.issue_id.into(), ask_time: row.create_time, confirmed }
    }
}

fn followers(partnership_id: PartnershipId) -> Select<Entity> {
    Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)).filter(Column::Follower.eq(true))
}

/// Writes somebody who wishes to follow; `secret` is what their letter holds, `end_time` when the issue ended, if it has.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn insert(
    conn: &impl ConnectionTrait,
    safe: Safe<'_>,
    follower: &Reporter,
    (secret, token): (&str, &TokenTrace),
    end_time: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    insert_row(conn, follower, token).await?;
    let contact = follower.contact.clone().unwrap_or_default();
    let sealed = Sealed { contact, secret: secret.to_owned() };
    contact::insert(conn, safe, follower.partnership_id, follower.id, &sealed, end_time).await
}

/// How many follow an issue, and how many wish to and have not confirmed it.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn count(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
) -> Result<(u64, u64), DbErr> {
    let of_issue = followers(partnership_id).filter(Column::IssueId.eq(issue_id.0));
    let following = of_issue.clone().filter(Column::ConfirmTime.is_not_null()).count(conn).await?;
    Ok((following, of_issue.filter(Column::ConfirmTime.is_null()).count(conn).await?))
}

/// The follower of that id.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: ReporterId,
) -> Result<Option<Following>, DbErr> {
    let row = followers(partnership_id).filter(Column::Id.eq(id.0)).one(conn).await?;
    Ok(row.map(Following::from))
}

/// Whoever follows the issue, or wishes to, at that e-mail address.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_by_email(
    conn: &impl ConnectionTrait,
    safe: Safe<'_>,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    email: &str,
) -> Result<Option<Following>, DbErr> {
    let mut people = Query::select();
    people.column(Column::Id).from(Entity);
    people.and_where(Column::IssueId.eq(issue_id.0)).and_where(Column::Follower.eq(true));
    let Some(id) = contact::find_among(conn, safe, partnership_id, email, people).await? else { return Ok(None) };
    find(conn, partnership_id, id).await
}

/// Whether a follower has letters at the address that was left with the report of the issue, and so is whoever reported it.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn is_reporter(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    id: ReporterId,
) -> Result<bool, DbErr> {
    let mut people = Query::select();
    people.column(Column::Id).from(Entity);
    people.and_where(Column::IssueId.eq(issue_id.0)).and_where(Column::Supporter.eq(false));
    contact::shares_address(conn, partnership_id, id, people).await
}

/// The wish to follow that a letter's secret confirms.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_unconfirmed(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    token_hash: &str,
) -> Result<Option<Following>, DbErr> {
    let query = followers(partnership_id).filter(Column::IssueId.eq(issue_id.0)).filter(Column::ConfirmTime.is_null());
    let row = query.filter(Column::TokenHash.eq(token_hash)).one(conn).await?;
    Ok(row.map(Following::from))
}

/// Puts another secret in the place of one that was not used, as of now.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn ask_again(
    conn: &impl ConnectionTrait,
    safe: Safe<'_>,
    partnership_id: PartnershipId,
    id: ReporterId,
    (secret, token): (&str, &TokenTrace),
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = ActiveModel { create_time: Set(now), ..token_of(token) };
    let update = Entity::update_many().set(row).filter(Column::PartnershipId.eq(partnership_id.0));
    update.filter(Column::Id.eq(id.0)).exec(conn).await?;
    set_secret(conn, safe, partnership_id, id, secret).await
}

/// Confirms an address, and puts a follow token in the place of the secret that did. Answers whether it was not done before: of two at
/// once, one is told so.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn confirm(
    conn: &impl ConnectionTrait,
    safe: Safe<'_>,
    partnership_id: PartnershipId,
    id: ReporterId,
    (secret, token): (&str, &TokenTrace),
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = ActiveModel { confirm_time: Set(Some(now)), ..token_of(token) };
    let update = Entity::update_many().set(row).filter(Column::PartnershipId.eq(partnership_id.0));
    let update = update.filter(Column::Id.eq(id.0)).filter(Column::ConfirmTime.is_null());
    if update.exec(conn).await?.rows_affected != 1 {
        return Ok(false);
    }
    set_secret(conn, safe, partnership_id, id, secret).await?;
    Ok(true)
}

fn token_of(token: &TokenTrace) -> ActiveModel {
    let (token_hash, token_salt) = (Set(token.hash.clone()), Set(token.salt.clone()));
    ActiveModel { token_hash, token_salt, ..ActiveModel::default() }
}

/// Seals another secret beside a follower's address, for the letters to come.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn set_secret(
    conn: &impl ConnectionTrait,
    safe: Safe<'_>,
    partnership_id: PartnershipId,
    id: ReporterId,
    secret: &str,
) -> Result<(), DbErr> {
    let Some(kept) = kept(conn, partnership_id, id).await? else { return Ok(()) };
    let sealed = Sealed { secret: secret.to_owned(), ..safe.open_all(&kept)? };
    contact::seal_again(conn, safe, &kept, &sealed).await
}

/// Where a letter to a follower goes, and the secret that stands in it; none where nothing is held any more.
///
/// # Errors
///
/// When the database fails, or what is held cannot be opened.
pub(crate) async fn address(
    conn: &impl ConnectionTrait,
    safe: Safe<'_>,
    partnership_id: PartnershipId,
    id: ReporterId,
) -> Result<Option<(Contact, String)>, DbErr> {
    let kept = kept(conn, partnership_id, id).await?;
    let sealed = kept.map(|kept| safe.open_all(&kept)).transpose()?;
    Ok(sealed.map(|Sealed { contact, secret }| (contact, secret)))
}

async fn kept(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: ReporterId,
) -> Result<Option<Kept>, DbErr> {
    Ok(contact::of_reporters(conn, partnership_id, [id.0]).await?.pop())
}

/// Those of any partnership who asked to follow at `ask_time` or before, and did not confirm it.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn unconfirmed_since(
    conn: &impl ConnectionTrait,
    ask_time: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<(PartnershipId, ReporterId)>, DbErr> {
    let query = Entity::find().select_only().columns([Column::PartnershipId, Column::Id]);
    let query = query.filter(Column::Follower.eq(true)).filter(Column::ConfirmTime.is_null());
    let query = query.filter(Column::CreateTime.lte(ask_time)).order_by_asc(Column::CreateTime).limit(limit);
    let rows: Vec<(Uuid, Uuid)> = query.into_tuple().all(conn).await?;
    Ok(rows.into_iter().map(|(partnership_id, id)| (partnership_id.into(), id.into())).collect())
}

/// Takes a follower out, with the address.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn remove(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: ReporterId,
) -> Result<(), DbErr> {
    contact::erase(conn, partnership_id, vec![id.0]).await?;
    let delete = Entity::delete_many().filter(Column::PartnershipId.eq(partnership_id.0));
    delete.filter(Column::Id.eq(id.0)).filter(Column::Follower.eq(true)).exec(conn).await.map(|_| ())
}
