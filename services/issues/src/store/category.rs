//! Categories.

use chrono::{DateTime, Utc};
use pathfinder_terms::{CategoryId, PartnershipId};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use super::entity::rules::category_row::{ActiveModel, Column, Entity, Model};
use super::{from_json, to_json, word};
use crate::domain::Category;

/// The table, for filters.
pub(crate) const TABLE: &str = "category";

/// The category, if it is one of the partnership.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: CategoryId,
) -> Result<Option<Category>, DbErr> {
    let query = Entity::find_by_id(id.0).filter(Column::PartnershipId.eq(partnership_id.0));
    query.one(conn).await?.map(category_of).transpose()
}

/// The category, kept from other writers until the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_for_update(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: CategoryId,
) -> Result<Option<Category>, DbErr> {
    let query = Entity::find_by_id(id.0).filter(Column::PartnershipId.eq(partnership_id.0));
    query.lock_exclusive().one(conn).await?.map(category_of).transpose()
}

/// The category of that code.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find_by_code(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    code: &str,
) -> Result<Option<Category>, DbErr> {
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)).filter(Column::Code.eq(code));
    query.one(conn).await?.map(category_of).transpose()
}

/// The categories of those codes.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn of_codes(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    codes: Vec<String>,
) -> Result<Vec<Category>, DbErr> {
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)).filter(Column::Code.is_in(codes));
    query.all(conn).await?.into_iter().map(category_of).collect()
}

/// Under what a category's issues are found.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Headings {
    /// Its code.
    pub code: String,
    /// Its theme.
    pub theme: String,
    /// Its heading.
    pub group_name: String,
}

/// The headings of every category.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn headings(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
) -> Result<Vec<Headings>, DbErr> {
    let query = Entity::find().select_only().columns([Column::Code, Column::Theme, Column::GroupName]);
    query.filter(Column::PartnershipId.eq(partnership_id.0)).into_model().all(conn).await
}

/// A page of categories, by code.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    condition: Condition,
    after: Option<String>,
    limit: u64,
) -> Result<Vec<Category>, DbErr> {
    let mut query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)).filter(condition);
    if let Some(after) = after {
        query = query.filter(Column::Code.gt(after));
    }
    let rows = query.order_by_asc(Column::Code).limit(limit).all(conn).await?;
    rows.into_iter().map(category_of).collect()
}

/// Writes a new category.
///
/// # Errors
///
/// When the database fails, or the code is there already.
pub(crate) async fn insert(conn: &impl ConnectionTrait, category: &Category) -> Result<(), DbErr> {
    Entity::insert(row_of(category)?).exec_without_returning(conn).await.map(|_| ())
}

/// Writes a category over its former self.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn update(conn: &impl ConnectionTrait, category: &Category) -> Result<(), DbErr> {
    let update = Entity::update_many().set(row_of(category)?).filter(Column::Id.eq(category.id.0));
    update.filter(Column::PartnershipId.eq(category.partnership_id.0)).exec(conn).await.map(|_| ())
}

/// The categories of any partnership whose issues are to be blurred now.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn to_blur(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Category>, DbErr> {
    let query = Entity::find().filter(Column::BlurTime.lte(now)).order_by_asc(Column::BlurTime);
    query.limit(limit).all(conn).await?.into_iter().map(category_of).collect()
}

/// Keeps when the issues of a category are to be blurred; none once they are, or are not to be any more. Nothing is written where the
/// category is another by now.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn set_blur_time(
    conn: &impl ConnectionTrait,
    category: &Category,
    time: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    let row = ActiveModel { blur_time: Set(time), ..ActiveModel::default() };
    let update = Entity::update_many().set(row).filter(Column::Id.eq(category.id.0));
    let update = update.filter(Column::Version.eq(category.version));
    update.filter(Column::PartnershipId.eq(category.partnership_id.0)).exec(conn).await.map(|_| ())
}

fn row_of(category: &Category) -> Result<ActiveModel, DbErr> {
    Ok(ActiveModel {
        id: Set(category.id.0),
        partnership_id: Set(category.partnership_id.0),
        code: Set(category.code.clone()),
        name: Set(category.name.clone()),
        description: Set(category.description.clone()),
        group_name: Set(category.group_name.clone()),
        keywords: Set(to_json("list of keywords", &category.keywords)?),
        kind: Set(category.kind.word().to_owned()),
        theme: Set(category.theme.clone()),
        hazard: Set(category.hazard),
        default_severity: Set(category.default_severity.word().to_owned()),
        moderated: Set(category.moderated),
        domestic: Set(category.domestic),
        questions: Set(to_json("list of questions", &category.questions)?),
        response_templates: Set(to_json("list of response templates", &category.response_templates)?),
        retired: Set(category.retired),
        create_time: Set(category.create_time),
        update_time: Set(category.update_time),
        version: Set(category.version),
        // Written apart.
        blur_time: NotSet,
    })
}

fn category_of(row: Model) -> Result<Category, DbErr> {
    Ok(Category {
        id: row.id.into(),
        partnership_id: row.partnership_id.into(),
        code: row.code,
        name: row.name,
        description: row.description,
        group_name: row.group_name,
        keywords: from_json("list of keywords", &row.keywords)?,
        kind: word("kind", &row.kind)?,
        theme: row.theme,
        hazard: row.hazard,
        default_severity: word("severity", &row.default_severity)?,
        moderated: row.moderated,
        domestic: row.domestic,
        questions: from_json("list of questions", &row.questions)?,
        response_templates: from_json("list of response templates", &row.response_templates)?,
        retired: row.retired,
        create_time: row.create_time,
        update_time: row.update_time,
        version: row.version,
    })
}
