//! People who reported, support or follow issues (what only concerns followers: `follower`). Their contact details lie in a table of their own.

use pathfinder_terms::{IssueId, PartnershipId, ReporterId};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::contact::{self, Safe, Sealed};
use super::entity::people::reporter_row;
use super::word;
use crate::domain::Reporter;
use crate::domain::reporter::{Part, Visibility};

/// How many people of one issue are read at once.
const MAX_READ: u64 = 1_000;

/// What is kept of a follow token: never the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenTrace {
    /// Its hash.
    pub hash: String,
    /// What it was derived from together with the request's id, so that a repeated request gets the same token.
    pub salt: Option<String>,
}

/// Who holds a follow token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holder {
    /// The person.
    pub id: ReporterId,
    /// What they have to do with the issue.
    pub part: Part,
    /// Who may see them.
    pub visibility: Visibility,
}

fn part_of(row: &reporter_row::Model) -> Part {
    match (row.follower, row.supporter) {
        (true, _) => Part::Follower,
        (false, true) => Part::Supporter,
        (false, false) => Part::Reporter,
    }
}

/// Everyone but those who wish to follow by e-mail and did not confirm their address.
pub(super) fn who_count() -> Condition {
    use reporter_row::Column;
    Condition::any().add(Column::Follower.eq(false)).add(Column::ConfirmTime.is_not_null())
}

/// Writes a new person.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn insert(
    conn: &impl ConnectionTrait,
    safe: Safe<'_>,
    reporter: &Reporter,
    token: &TokenTrace,
) -> Result<(), DbErr> {
    insert_row(conn, reporter, token).await?;
    let Some(contact) = reporter.contact.clone() else { return Ok(()) };
    let sealed = Sealed { contact, secret: String::new() };
    contact::insert(conn, safe, reporter.partnership_id, reporter.id, &sealed, None).await
}

/// Writes a new person, without how to reach them.
///
/// # Errors
///
/// When the database fails.
pub(super) async fn insert_row(
    conn: &impl ConnectionTrait,
    reporter: &Reporter,
    token: &TokenTrace,
) -> Result<(), DbErr> {
    let row = reporter_row::ActiveModel {
        id: Set(reporter.id.0),
        partnership_id: Set(reporter.partnership_id.0),
        issue_id: Set(reporter.issue_id.0),
        supporter: Set(reporter.part != Part::Reporter),
        visibility: Set(reporter.visibility.word().to_owned()),
        token_hash: Set(token.hash.clone()),
        token_salt: Set(token.salt.clone()),
        create_time: Set(reporter.create_time),
        follower: Set(reporter.part == Part::Follower),
        confirm_time: Set(None),
    };
    reporter_row::Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// The person who holds the token of that hash for the issue.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_by_token(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    token_hash: &str,
) -> Result<Option<Holder>, DbErr> {
    use reporter_row::{Column, Entity};
    let query = Entity::find().filter(Column::TokenHash.eq(token_hash)).filter(Column::IssueId.eq(issue_id.0));
    let row = query.filter(Column::PartnershipId.eq(partnership_id.0)).filter(who_count()).one(conn).await?;
    let holder = row.map(|row| {
        let visibility = word("visibility", &row.visibility)?;
        Ok(Holder { id: row.id.into(), part: part_of(&row), visibility })
    });
    holder.transpose()
}

/// What a repeated request's token is derived from.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_salt(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: ReporterId,
) -> Result<Option<String>, DbErr> {
    let query = reporter_row::Entity::find_by_id(id.0);
    let row = query.filter(reporter_row::Column::PartnershipId.eq(partnership_id.0)).one(conn).await?;
    Ok(row.and_then(|row| row.token_salt))
}

/// How many people reported the issue; none where it came in from another system.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn count_reporters(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
) -> Result<u64, DbErr> {
    use reporter_row::{Column, Entity};
    let query = Entity::find().filter(Column::IssueId.eq(issue_id.0)).filter(Column::Supporter.eq(false));
    query.filter(Column::PartnershipId.eq(partnership_id.0)).count(conn).await
}

/// Who reported the issue; nobody where it came in from another system.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn ids_of_reporters(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    issue_id: IssueId,
) -> Result<Vec<Uuid>, DbErr> {
    use reporter_row::{Column, Entity};
    let query = Entity::find().select_only().column(Column::Id).filter(Column::IssueId.eq(issue_id.0));
    let query = query.filter(Column::Supporter.eq(false)).filter(Column::PartnershipId.eq(partnership_id.0));
    query.order_by_asc(Column::Id).into_tuple().all(conn).await
}

/// Those of the given visibilities who reported or support the issue, with how to reach them, oldest first. Nobody else's contact
/// details are read.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn of_issue(
    conn: &impl ConnectionTrait,
    safe: Safe<'_>,
    partnership_id: PartnershipId,
    issue_id: IssueId,
    visibilities: &[Visibility],
) -> Result<Vec<Reporter>, DbErr> {
    use reporter_row::{Column, Entity};
    let query =
        Entity::find().filter(Column::IssueId.eq(issue_id.0)).filter(Column::PartnershipId.eq(partnership_id.0));
    let query = query.filter(Column::Visibility.is_in(visibilities.iter().map(|visibility| visibility.word())));
    let rows = query.order_by_asc(Column::Id).limit(MAX_READ).all(conn).await?;
    with_contacts(conn, safe, partnership_id, rows).await
}

/// Those of the ids, in the order of the ids.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn of_ids(
    conn: &impl ConnectionTrait,
    safe: Safe<'_>,
    partnership_id: PartnershipId,
    ids: &[ReporterId],
) -> Result<Vec<Reporter>, DbErr> {
    use reporter_row::{Column, Entity};
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0));
    let rows = query.filter(Column::Id.is_in(ids.iter().map(|id| id.0))).all(conn).await?;
    let mut people = with_contacts(conn, safe, partnership_id, rows).await?;
    people.sort_by_key(|person| ids.iter().position(|id| *id == person.id));
    Ok(people)
}

async fn with_contacts(
    conn: &impl ConnectionTrait,
    safe: Safe<'_>,
    partnership_id: PartnershipId,
    rows: Vec<reporter_row::Model>,
) -> Result<Vec<Reporter>, DbErr> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let kept = contact::of_reporters(conn, partnership_id, rows.iter().map(|row| row.id)).await?;
    let people = rows.into_iter().map(|row| {
        let contact = kept.iter().find(|kept| kept.reporter_id.0 == row.id);
        Ok(Reporter {
            id: row.id.into(),
            partnership_id: row.partnership_id.into(),
            issue_id: row.issue_id.into(),
            part: part_of(&row),
            visibility: word("visibility", &row.visibility)?,
            contact: contact.map(|kept| safe.open(kept)).transpose()?,
            create_time: row.create_time,
        })
    });
    people.collect()
}

/// Of the people of those ids, the issue of each and whether somebody else reported it.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn parts_of(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    ids: &[ReporterId],
) -> Result<Vec<(ReporterId, IssueId, bool)>, DbErr> {
    use reporter_row::{Column, Entity};
    let query = Entity::find().select_only().columns([Column::Id, Column::IssueId, Column::Supporter]);
    let query = query.filter(Column::PartnershipId.eq(partnership_id.0));
    let rows: Vec<(Uuid, Uuid, bool)> =
        query.filter(Column::Id.is_in(ids.iter().map(|id| id.0))).into_tuple().all(conn).await?;
    Ok(rows.into_iter().map(|(id, issue_id, supporter)| (id.into(), issue_id.into(), supporter)).collect())
}

/// Makes people anonymous. They keep what they were told, and their follow tokens.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn make_anonymous(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    ids: Vec<Uuid>,
) -> Result<(), DbErr> {
    use reporter_row::{ActiveModel, Column, Entity};
    let anonymous = ActiveModel { visibility: Set(Visibility::Anonymous.word().to_owned()), ..ActiveModel::default() };
    let update = Entity::update_many().set(anonymous).filter(Column::PartnershipId.eq(partnership_id.0));
    update.filter(Column::Id.is_in(ids)).exec(conn).await.map(|_| ())
}

/// Puts another follow token in the place of a person's own.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn set_token(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: ReporterId,
    token: &TokenTrace,
) -> Result<(), DbErr> {
    use reporter_row::{ActiveModel, Column, Entity};
    let (token_hash, token_salt) = (Set(token.hash.clone()), Set(token.salt.clone()));
    let update = Entity::update_many().set(ActiveModel { token_hash, token_salt, ..ActiveModel::default() });
    let update = update.filter(Column::PartnershipId.eq(partnership_id.0));
    update.filter(Column::Id.eq(id.0)).exec(conn).await.map(|_| ())
}
