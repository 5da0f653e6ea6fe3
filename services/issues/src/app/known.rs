//! What this service knows of partnerships and providers: from the feeds, or asked for when a feed has not told yet.

use pathfinder_kit::{Begun, Call, Failure};
use pathfinder_terms::{PartnershipId, ProviderId};

use super::App;
use super::peers::PledgeQuery;
use crate::domain::issue::{PledgeFound, Routing};
use crate::domain::known::{KnownPartnership, KnownProvider};
use crate::domain::routing::Route;
use crate::domain::{Issue, routing};
use crate::error::Error;
use crate::store::{self};

impl App {
    /// The partnership, asked of boards when its feed has not told of it yet.
    pub(super) async fn partnership(&self, id: PartnershipId) -> Result<KnownPartnership, Error> {
        if let Some(known) = store::known::find_partnership(self.host.reader(), id).await? {
            return Ok(known);
        }
        let asked = self.peers.partnership(id).await?;
        // Its boundary comes with the feed: a resident's call does not wait for whoever writes those.
        let known = asked.ok_or_else(|| Failure::not_found("partnership", id))?.partnership;
        let call = Call::background(&self.host, "learn of a partnership");
        let Begun::Fresh(unit) = self.host.begin::<()>(&call).await? else { return Ok(known) };
        store::known::put_partnership_unless_known(unit.tx(), &known).await?;
        let kept = store::known::find_partnership(unit.tx(), id).await?;
        unit.commit(()).await?;
        Ok(kept.unwrap_or(known))
    }

    /// The provider, asked of commitments when its feed has not told of it yet.
    pub(super) async fn provider(&self, partnership_id: PartnershipId, id: ProviderId) -> Result<KnownProvider, Error> {
        if let Some(known) = store::known::find_provider(self.host.reader(), partnership_id, id).await? {
            return Ok(known);
        }
        let asked = self.peers.provider(partnership_id, id).await?;
        let known = asked.ok_or_else(|| Failure::not_found("provider", id))?;
        let call = Call::background(&self.host, "learn of a provider");
        let Begun::Fresh(unit) = self.host.begin::<()>(&call).await? else { return Ok(known) };
        store::known::put_provider_unless_known(unit.tx(), &known).await?;
        let kept = store::known::find_provider(unit.tx(), partnership_id, id).await?;
        unit.commit(()).await?;
        Ok(kept.unwrap_or(known))
    }

    /// Whether issues may go to the provider: one that nothing was told of is taken at the word of its rule.
    pub(super) async fn is_active(&self, partnership_id: PartnershipId, id: ProviderId) -> Result<bool, Error> {
        let known = store::known::find_provider(self.host.reader(), partnership_id, id).await?;
        Ok(known.is_none_or(|provider| provider.active))
    }

    /// Who answers for an issue by the rules, with the pledge that comes with them; none for the manager's list, where an issue also
    /// goes whose rule names a provider that is inactive by now.
    pub(super) async fn routing_by_rule(&self, call: &Call, issue: &Issue) -> Result<Option<Routing>, Error> {
        let rules =
            store::routing_rule::for_category(self.host.reader(), issue.partnership_id, &issue.category_code).await?;
        match routing::route(&rules, &issue.category_code, &issue.location) {
            Some(route) if self.is_active(issue.partnership_id, route.provider_id).await? => {
                Ok(Some(self.with_pledge(call, issue, route).await))
            }
            Some(_) | None => Ok(None),
        }
    }

    /// A provider whom a person named, with the pledge that comes with them.
    pub(super) async fn routing_to(&self, call: &Call, issue: &Issue, provider: KnownProvider) -> Routing {
        let route = Route { provider_id: provider.id, provider_name: provider.name, routing_rule_id: None };
        self.with_pledge(call, issue, route).await
    }

    async fn with_pledge(&self, call: &Call, issue: &Issue, route: Route) -> Routing {
        let pledge = self.pledge_for(call, issue, route.provider_id).await;
        Routing { route, pledge }
    }

    /// The pledge of a provider for an issue: the one in force when it was reported.
    pub(super) async fn pledge_for(&self, call: &Call, issue: &Issue, provider_id: ProviderId) -> PledgeFound {
        let query = PledgeQuery {
            partnership_id: issue.partnership_id,
            provider_id,
            category_code: issue.category_code.clone(),
            at: issue.report_time,
        };
        self.peers.pledge(call, &query).await
    }
}
