//! Keeping routing rules. They are this service's own affair, so their changes are not told to the others.

use pathfinder_kit::filter::{Field, Kind};
use pathfinder_kit::page::Page;
use pathfinder_kit::{Begun, Call, Failure, filter};
use pathfinder_terms::{PartnershipId, ProviderId, RoutingRuleId};

use super::App;
use crate::domain::geography::Area;
use crate::domain::routing::MAX_RULES;
use crate::domain::{Refusal, RoutingRule};
use crate::error::Error;
use crate::store;
use crate::store::routing_rule::Key;

const FIELDS: &[Field] = &[
    Field::new("category_code", "category_code", Kind::Text),
    Field::new("land_type", "land_type", Kind::Text),
    Field::new("provider_id", "provider_id", Kind::Id),
];

/// A new rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CreateRoutingRule {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Lower is tried first.
    pub position: i32,
    /// The category; none for any.
    pub category_code: Option<String>,
    /// The area; none for any.
    pub area: Option<Area>,
    /// The land type; none for any.
    pub land_type: Option<String>,
    /// Who answers.
    pub provider_id: ProviderId,
    /// What the rule is for.
    pub note: String,
}

impl App {
    /// Adds a rule.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `PROVIDER_INACTIVE`, `TOO_MANY_ROUTING_RULES`, `REQUEST_ID_REUSED`, `PEER_UNAVAILABLE`.
    pub(crate) async fn create_routing_rule(
        &self,
        call: &Call,
        command: &CreateRoutingRule,
    ) -> Result<RoutingRule, Error> {
        let partnership_id = command.partnership_id;
        let provider = self.provider(partnership_id, command.provider_id).await?;
        provider.check_active()?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(rule) => return Ok(rule),
            Begun::Fresh(unit) => unit,
        };
        if let Some(code) = &command.category_code {
            let found = store::category::find_by_code(unit.tx(), partnership_id, code).await?;
            found.ok_or_else(|| Failure::not_found("category", code))?;
        }
        if store::routing_rule::count(unit.tx(), partnership_id).await? >= MAX_RULES {
            return Err(Refusal::TooManyRoutingRules { limit: MAX_RULES }.into());
        }
        let rule = RoutingRule {
            id: RoutingRuleId(self.host.next_id(call.now)),
            partnership_id,
            position: command.position,
            category_code: command.category_code.clone(),
            area: command.area.clone(),
            land_type: command.land_type.clone(),
            provider_id: command.provider_id,
            provider_name: provider.name,
            note: command.note.clone(),
            create_time: call.now,
        };
        store::routing_rule::insert(unit.tx(), &rule).await?;
        unit.record_quietly("routing_rule.created", Some(partnership_id), rule.id.0, &rule)?;
        Ok(unit.commit(rule).await?)
    }

    /// A page of rules, in the order in which they are tried.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND` (the partnership), `FILTER_INVALID`, `PAGE_TOKEN_INVALID`, `PEER_UNAVAILABLE`.
    pub(crate) async fn list_routing_rules(
        &self,
        partnership_id: PartnershipId,
        page_size: i32,
        page_token: &str,
        filter: &str,
    ) -> Result<(Vec<RoutingRule>, String), Error> {
        let condition = filter::condition(filter, store::routing_rule::TABLE, FIELDS)?;
        let query = ("ListRoutingRules", partnership_id, filter);
        let page = Page::<Key>::open(page_size, page_token, &query)?;
        self.partnership(partnership_id).await?;
        let conn = self.host.reader();
        let rows = store::routing_rule::list(conn, partnership_id, condition, page.after, page.size + 1).await?;
        Ok(page.close(rows, |rule| (rule.position, rule.id.0))?)
    }

    /// Takes a rule away.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `REQUEST_ID_REUSED`.
    pub(crate) async fn delete_routing_rule(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        id: RoutingRuleId,
    ) -> Result<RoutingRule, Error> {
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(rule) => return Ok(rule),
            Begun::Fresh(unit) => unit,
        };
        let found = store::routing_rule::find(unit.tx(), partnership_id, id).await?;
        let rule = found.ok_or_else(|| Failure::not_found("routing rule", id))?;
        store::routing_rule::delete(unit.tx(), partnership_id, id).await?;
        unit.record_quietly("routing_rule.deleted", Some(partnership_id), id.0, &())?;
        Ok(unit.commit(rule).await?)
    }
}
