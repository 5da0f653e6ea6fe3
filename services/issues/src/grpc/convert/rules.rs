//! Categories and routing rules, each way.

use pathfinder_kit::wire::{self, Gather, timestamp};
use pathfinder_kit::{Failure, Violation, etag};
use pathfinder_proto::issues::v1 as pb;

use super::{enums, id, questions};
use crate::app::categories::{CreateCategory, UpdateCategory};
use crate::app::routing_rules::CreateRoutingRule;
use crate::domain::category::CategoryChange;
use crate::domain::geography::Area;
use crate::domain::text::or_empty;
use crate::domain::{Category, RoutingRule};

pub(in crate::grpc) fn create_category(message: pb::CreateCategoryRequest) -> Result<CreateCategory, Failure> {
    let (kind, default_severity) = (message.kind(), message.default_severity());
    Ok(CreateCategory {
        partnership_id: id("partnership_id", &message.partnership_id)?,
        code: message.code,
        name: message.name,
        rest: CategoryChange {
            name: None,
            description: Some(or_empty(message.description)),
            group_name: Some(or_empty(message.group_name)),
            keywords: Some(message.keywords),
            kind: enums::kind_from(kind),
            theme: Some(or_empty(message.theme)),
            hazard: Some(message.hazard),
            default_severity: enums::severity_from(default_severity),
            moderated: Some(message.moderated),
            domestic: Some(message.domestic),
            questions: Some(questions::questions(message.questions)?),
            response_templates: Some(questions::templates(message.response_templates)?),
            retired: None,
        },
    })
}

pub(in crate::grpc) fn update_category(message: pb::UpdateCategoryRequest) -> Result<UpdateCategory, Failure> {
    // Absent, they read as not stated.
    let (kind, default_severity) = (message.kind(), message.default_severity());
    Ok(UpdateCategory {
        partnership_id: id("partnership_id", &message.partnership_id)?,
        category_id: id("category_id", &message.category_id)?,
        change: CategoryChange {
            kind: enums::kind_from(kind),
            theme: message.theme.map(or_empty),
            hazard: message.hazard,
            default_severity: enums::severity_from(default_severity),
            moderated: message.moderated,
            domestic: message.domestic,
            questions: message.questions.map(|list| questions::questions(list.values)).transpose()?,
            response_templates: message.response_templates.map(|list| questions::templates(list.values)).transpose()?,
            name: message.name,
            description: message.description.map(or_empty),
            group_name: message.group_name.map(or_empty),
            keywords: message.keywords.map(|list| list.values),
            retired: message.retired,
        },
        etag: message.etag,
    })
}

pub(in crate::grpc) fn category(category: Category) -> pb::Category {
    pb::Category {
        category_id: category.id.to_string(),
        partnership_id: category.partnership_id.to_string(),
        code: category.code,
        name: category.name,
        description: category.description,
        group_name: category.group_name,
        keywords: category.keywords,
        kind: enums::kind(category.kind).into(),
        theme: category.theme,
        hazard: category.hazard,
        default_severity: enums::severity(category.default_severity).into(),
        moderated: category.moderated,
        domestic: category.domestic,
        questions: category.questions.into_iter().map(questions::question).collect(),
        response_templates: category.response_templates.into_iter().map(questions::template).collect(),
        retired: category.retired,
        create_time: Some(timestamp(category.create_time)),
        update_time: Some(timestamp(category.update_time)),
        etag: etag::of(category.version),
    }
}

pub(in crate::grpc) fn create_routing_rule(
    message: pb::CreateRoutingRuleRequest,
) -> Result<CreateRoutingRule, Failure> {
    let mut gather = Gather::default();
    let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
    let provider_id = gather.take(wire::id("provider_id", &message.provider_id));
    let area = gather.take(area(&message.area_geojson)).flatten();
    gather.finish()?;
    let (Some(partnership_id), Some(provider_id)) = (partnership_id, provider_id) else {
        return Err(Failure::invalid(Vec::new()));
    };
    Ok(CreateRoutingRule {
        partnership_id,
        position: message.position,
        category_code: Some(message.category_code).filter(|code| !code.is_empty()),
        area,
        land_type: Some(message.land_type).filter(|land| !land.is_empty()),
        provider_id,
        note: message.note,
    })
}

/// An area from its GeoJSON text; none for an empty one.
pub(super) fn area(text: &str) -> Result<Option<Area>, Violation> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |why: String| Violation::new("area_geojson", why);
    let area: Area = serde_json::from_str(text)
        .map_err(|error| wrong(format!("must be a GeoJSON Polygon or MultiPolygon: {error}")))?;
    area.check().map_err(|flaw| wrong(flaw.to_string()))?;
    Ok(Some(area))
}

pub(in crate::grpc) fn routing_rule(rule: RoutingRule) -> Result<pb::RoutingRule, Failure> {
    let area_geojson = rule.area.as_ref().map(serde_json::to_string).transpose()?.unwrap_or_default();
    Ok(pb::RoutingRule {
        routing_rule_id: rule.id.to_string(),
        partnership_id: rule.partnership_id.to_string(),
        position: rule.position,
        category_code: rule.category_code.unwrap_or_default(),
        area_geojson,
        land_type: rule.land_type.unwrap_or_default(),
        provider_id: rule.provider_id.to_string(),
        provider_name: rule.provider_name,
        note: rule.note,
        create_time: Some(timestamp(rule.create_time)),
    })
}
