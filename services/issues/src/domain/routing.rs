//! The ordered rules by which an issue finds the provider who answers for it.

use chrono::{DateTime, Utc};
use pathfinder_terms::{PartnershipId, ProviderId, RoutingRuleId};
use serde::{Deserialize, Serialize};

use super::geography::Area;
use super::issue::Location;

/// How many rules a partnership may have: each report walks through them.
pub(crate) const MAX_RULES: u64 = 1_000;

/// One rule. A condition that is absent holds for every issue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RoutingRule {
    /// The id.
    pub id: RoutingRuleId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Lower is tried first.
    pub position: i32,
    /// The category.
    pub category_code: Option<String>,
    /// Where the point must lie.
    pub area: Option<Area>,
    /// Whose land it must be.
    pub land_type: Option<String>,
    /// Who answers.
    pub provider_id: ProviderId,
    /// Their name when the rule was made.
    pub provider_name: String,
    /// What the rule is for.
    pub note: String,
    /// When it was made.
    pub create_time: DateTime<Utc>,
}

/// Who answers, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Route {
    /// The provider.
    pub provider_id: ProviderId,
    /// Their name.
    pub provider_name: String,
    /// The rule; none where a person chose.
    pub routing_rule_id: Option<RoutingRuleId>,
}

impl RoutingRule {
    /// Whether every condition holds. An issue without a point meets no rule that asks for an area.
    #[must_use]
    pub(crate) fn matches(&self, category_code: &str, location: &Location) -> bool {
        let of_category = self.category_code.as_ref().is_none_or(|code| code == category_code);
        let of_land = self.land_type.as_ref().is_none_or(|land| *land == location.land_type);
        let in_area = || match (&self.area, location.point) {
            (None, _) => true,
            (Some(area), Some(point)) => area.contains(point),
            (Some(_), None) => false,
        };
        of_category && of_land && in_area()
    }

    fn route(&self) -> Route {
        Route {
            provider_id: self.provider_id,
            provider_name: self.provider_name.clone(),
            routing_rule_id: Some(self.id),
        }
    }
}

/// The first rule that matches decides; nothing matched means the manager's list. `rules` come in the order of their positions.
#[must_use]
pub(crate) fn route(rules: &[RoutingRule], category_code: &str, location: &Location) -> Option<Route> {
    rules.iter().find(|rule| rule.matches(category_code, location)).map(RoutingRule::route)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::geography::Point;
    use super::*;

    fn rule(n: u128, category: Option<&str>, area: Option<Area>, land: Option<&str>) -> RoutingRule {
        RoutingRule {
            id: RoutingRuleId(Uuid::from_u128(n)),
            partnership_id: PartnershipId(Uuid::nil()),
            position: 0,
            category_code: category.map(str::to_owned),
            area,
            land_type: land.map(str::to_owned),
            provider_id: ProviderId(Uuid::from_u128(n)),
            provider_name: format!("Provider {n}"),
            note: String::new(),
            create_time: DateTime::UNIX_EPOCH,
        }
    }

    fn at(latitude: f64, land: &str) -> Location {
        Location { point: Point::new(latitude, 0.5), land_type: land.to_owned(), ..Location::default() }
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        let ring = [[0.0, 50.0], [1.0, 50.0], [1.0, 51.0], [0.0, 51.0], [0.0, 50.0]];
        let area = Area::Polygon(vec![ring.iter().map(|position| position.to_vec()).collect()]);
        let rules = [
            rule(1, Some("graffiti"), None, Some("housing")),
            rule(2, Some("graffiti"), Some(area), None),
            rule(3, None, None, Some("park")),
        ];
        let chosen = |category: &str, place: &Location| {
            route(&rules, category, place).map(|route| route.provider_id.0.as_u128())
        };
        assert_eq!(chosen("graffiti", &at(50.5, "housing")), Some(1));
        assert_eq!(chosen("graffiti", &at(50.5, "highway")), Some(2));
        assert_eq!(chosen("graffiti", &at(55.0, "park")), Some(3));
        assert_eq!(chosen("graffiti", &at(55.0, "highway")), None, "nothing matched: the manager's list");
        let without_point = Location { point: None, ..at(0.0, "highway") };
        assert_eq!(chosen("graffiti", &without_point), None, "no point, no area");
    }
}
