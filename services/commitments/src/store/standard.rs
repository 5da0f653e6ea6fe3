//! Service standards, version by version.

use chrono::NaiveDate;
use pathfinder_kit::Failure;
use pathfinder_kit::filter::{self, Field, Kind};
use pathfinder_terms::{PartnershipId, ProviderId, StandardId};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};

use super::entity::standard::{Column, Entity, Model};
use super::{Cut, from_column, from_json, from_word, require_moved, to_column, to_json};
use crate::domain::{Measure, Standard, StandardTerms};
use crate::error::Error;

const FIELDS: &[Field] = &[
    Field::new("code", "code", Kind::Text),
    Field::new("version", "number", Kind::Number),
    Field::new("provider_id", "provider_id", Kind::Id),
    Field::new("category_code", "category_code", Kind::Text),
    Field::new("measure", "measure", Kind::Word(Measure::WORDS)),
    Field::new("latest", "latest", Kind::Flag),
    Field::new("create_time", "create_time", Kind::Time),
];

fn of(partnership_id: PartnershipId) -> Select<Entity> {
    Entity::find().filter(Column::PartnershipId.eq(partnership_id.0))
}

/// The version with this id.
pub(crate) async fn get(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: StandardId,
) -> Result<Standard, Error> {
    let row = of(partnership_id).filter(Column::Id.eq(id.0)).one(connection).await.map_err(Failure::from)?;
    row.map_or_else(|| Err(Error::not_found("standard", id)), |row| Ok(to_standard(row)?))
}

/// Whether a standard has this code.
pub(crate) async fn code_is_taken(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    code: &str,
) -> Result<bool, Failure> {
    Ok(of(partnership_id).filter(Column::Code.eq(code)).one(connection).await?.is_some())
}

/// The latest version of the standard that measures this of a provider and category.
pub(crate) async fn find_measuring(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    provider_id: ProviderId,
    category_code: &str,
    measure: Measure,
) -> Result<Option<Standard>, Failure> {
    let query = of(partnership_id)
        .filter(Column::ProviderId.eq(provider_id.0))
        .filter(Column::CategoryCode.eq(category_code))
        .filter(Column::Measure.eq(measure.word()))
        .filter(Column::Latest.eq(true));
    query.one(connection).await?.map(to_standard).transpose()
}

/// The versions of a provider's standards for a category that were in force on a day.
pub(crate) async fn list_in_force(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    provider_id: ProviderId,
    category_code: &str,
    date: NaiveDate,
) -> Result<Vec<Standard>, Failure> {
    let not_over = Condition::any().add(Column::SupersededFromDate.is_null()).add(Column::SupersededFromDate.gt(date));
    let query = of(partnership_id)
        .filter(Column::ProviderId.eq(provider_id.0))
        .filter(Column::CategoryCode.eq(category_code))
        .filter(Column::EffectiveFromDate.lte(date))
        .filter(not_over);
    let rows = query.order_by_desc(Column::Id).all(connection).await?;
    rows.into_iter().map(to_standard).collect()
}

/// The versions of the standards of a partnership, newest first.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    cut: Cut<'_>,
) -> Result<Vec<Standard>, Failure> {
    let mut query = of(partnership_id).filter(filter::condition(cut.filter, "standard", FIELDS)?);
    if let Some(after) = cut.after {
        query = query.filter(Column::Id.lt(after));
    }
    let rows = query.order_by_desc(Column::Id).limit(cut.limit).all(connection).await?;
    rows.into_iter().map(to_standard).collect()
}

/// Keeps a new version.
pub(crate) async fn insert(connection: &impl ConnectionTrait, standard: &Standard) -> Result<(), Failure> {
    Entity::insert(to_row(standard)?.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// Keeps a version that was superseded, if its row is still at `read_version`.
pub(crate) async fn update(
    connection: &impl ConnectionTrait,
    standard: &Standard,
    read_version: i64,
) -> Result<(), Failure> {
    let moved = Entity::update_many()
        .set(to_row(standard)?.into_active_model().reset_all())
        .filter(Column::PartnershipId.eq(standard.partnership_id.0))
        .filter(Column::Id.eq(standard.id.0))
        .filter(Column::Version.eq(read_version))
        .exec(connection)
        .await?;
    require_moved(moved.rows_affected)
}

fn to_row(standard: &Standard) -> Result<Model, Failure> {
    let terms = &standard.terms;
    Ok(Model {
        id: standard.id.0,
        partnership_id: standard.partnership_id.0,
        code: standard.code.clone(),
        number: to_column(standard.number)?,
        latest: standard.superseded_by.is_none(),
        provider_id: standard.provider_id.0,
        category_code: standard.category_code.clone(),
        text: terms.text.clone(),
        measure: terms.measure.word().to_owned(),
        target_value: terms.target_value,
        unit: terms.unit.word().to_owned(),
        clock_start: terms.clock_start.map(|start| start.word().to_owned()),
        pause_reasons: to_json(&terms.pause_reasons)?,
        pause_cap_days: terms.pause_cap_days.map(to_column).transpose()?,
        target_percent: terms.target_percent,
        effective_from_date: terms.effective_from,
        superseded_by: standard.superseded_by.map(Into::into),
        superseded_from_date: standard.superseded_from,
        create_time: standard.create_time,
        version: standard.version,
    })
}

fn to_standard(row: Model) -> Result<Standard, Failure> {
    let terms = StandardTerms {
        text: row.text,
        measure: from_word(&row.measure)?,
        target_value: row.target_value,
        unit: from_word(&row.unit)?,
        clock_start: row.clock_start.as_deref().map(from_word).transpose()?,
        pause_reasons: from_json(&row.pause_reasons)?,
        pause_cap_days: row.pause_cap_days.map(from_column).transpose()?,
        target_percent: row.target_percent,
        effective_from: row.effective_from_date,
    };
    Ok(Standard {
        id: row.id.into(),
        partnership_id: row.partnership_id.into(),
        code: row.code,
        number: from_column(row.number)?,
        provider_id: row.provider_id.into(),
        category_code: row.category_code,
        terms,
        superseded_by: row.superseded_by.map(Into::into),
        superseded_from: row.superseded_from_date,
        create_time: row.create_time,
        version: row.version,
    })
}
