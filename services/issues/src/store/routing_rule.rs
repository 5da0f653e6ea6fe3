//! Routing rules, in the order in which they are tried.

use pathfinder_terms::{PartnershipId, RoutingRuleId};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::entity::rules::rule_row::{ActiveModel, Column, Entity, Model};
use super::{from_json, to_json};
use crate::domain::RoutingRule;
use crate::domain::routing::MAX_RULES;

/// The table, for filters.
pub(crate) const TABLE: &str = "routing_rule";

/// Where a page goes on: position and id of the last rule before it.
pub(crate) type Key = (i32, Uuid);

/// The rule, if it is one of the partnership.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn find(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: RoutingRuleId,
) -> Result<Option<RoutingRule>, DbErr> {
    let query = Entity::find_by_id(id.0).filter(Column::PartnershipId.eq(partnership_id.0));
    query.one(conn).await?.map(rule_of).transpose()
}

/// Every rule that can hold for a category, in the order in which they are tried.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn for_category(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    category_code: &str,
) -> Result<Vec<RoutingRule>, DbErr> {
    let of_category = Condition::any().add(Column::CategoryCode.is_null()).add(Column::CategoryCode.eq(category_code));
    let query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)).filter(of_category);
    let query = query.order_by_asc(Column::Position).order_by_asc(Column::Id).limit(MAX_RULES);
    query.all(conn).await?.into_iter().map(rule_of).collect()
}

/// A page of rules, in the order in which they are tried.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    condition: Condition,
    after: Option<Key>,
    limit: u64,
) -> Result<Vec<RoutingRule>, DbErr> {
    let mut query = Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)).filter(condition);
    if let Some((position, id)) = after {
        let same_position = Condition::all().add(Column::Position.eq(position)).add(Column::Id.gt(id));
        query = query.filter(Condition::any().add(Column::Position.gt(position)).add(same_position));
    }
    let query = query.order_by_asc(Column::Position).order_by_asc(Column::Id).limit(limit);
    query.all(conn).await?.into_iter().map(rule_of).collect()
}

/// How many rules the partnership has.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn count(conn: &impl ConnectionTrait, partnership_id: PartnershipId) -> Result<u64, DbErr> {
    Entity::find().filter(Column::PartnershipId.eq(partnership_id.0)).count(conn).await
}

/// Writes a new rule.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn insert(conn: &impl ConnectionTrait, rule: &RoutingRule) -> Result<(), DbErr> {
    let area = rule.area.as_ref().map(|area| to_json("area", area)).transpose()?;
    let row = ActiveModel {
        id: Set(rule.id.0),
        partnership_id: Set(rule.partnership_id.0),
        position: Set(rule.position),
        category_code: Set(rule.category_code.clone()),
        area: Set(area),
        land_type: Set(rule.land_type.clone()),
        provider_id: Set(rule.provider_id.0),
        provider_name: Set(rule.provider_name.clone()),
        note: Set(rule.note.clone()),
        create_time: Set(rule.create_time),
    };
    Entity::insert(row).exec_without_returning(conn).await.map(|_| ())
}

/// Takes a rule away.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn delete(
    conn: &impl ConnectionTrait,
    partnership_id: PartnershipId,
    id: RoutingRuleId,
) -> Result<(), DbErr> {
    let delete = Entity::delete_many().filter(Column::Id.eq(id.0));
    delete.filter(Column::PartnershipId.eq(partnership_id.0)).exec(conn).await.map(|_| ())
}

fn rule_of(row: Model) -> Result<RoutingRule, DbErr> {
    Ok(RoutingRule {
        id: row.id.into(),
        partnership_id: row.partnership_id.into(),
        position: row.position,
        category_code: row.category_code,
        area: row.area.map(|text| from_json("area", &text)).transpose()?,
        land_type: row.land_type,
        provider_id: row.provider_id.into(),
        provider_name: row.provider_name,
        note: row.note,
        create_time: row.create_time,
    })
}
