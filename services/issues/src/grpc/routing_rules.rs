//! `RoutingRuleService`.

use pathfinder_kit::Failure;
use pathfinder_proto::issues::v1 as pb;
use pb::routing_rule_service_server::RoutingRuleService;
use tonic::{Request, Response, Status};

use super::{Shared, convert};

/// Serves routing rules.
#[derive(Debug, Clone)]
pub(crate) struct RoutingRules {
    app: Shared,
}

impl RoutingRules {
    /// Over the use cases.
    #[must_use]
    pub(crate) const fn new(app: Shared) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl RoutingRuleService for RoutingRules {
    async fn create_routing_rule(
        &self,
        request: Request<pb::CreateRoutingRuleRequest>,
    ) -> Result<Response<pb::RoutingRule>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = convert::create_routing_rule(message)?;
        let rule = self.app.host.once(&call, || self.app.create_routing_rule(&call, &command)).await?;
        Ok(Response::new(convert::routing_rule(rule)?))
    }

    async fn list_routing_rules(
        &self,
        request: Request<pb::ListRoutingRulesRequest>,
    ) -> Result<Response<pb::ListRoutingRulesResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let partnership_id = convert::id("partnership_id", &message.partnership_id)?;
        let (page_size, page_token, filter) = (message.page_size, &message.page_token, &message.filter);
        let list = self.app.list_routing_rules(partnership_id, page_size, page_token, filter);
        let (rules, next_page_token) = list.await.map_err(Failure::from)?;
        let routing_rules = rules.into_iter().map(convert::routing_rule).collect::<Result<_, _>>()?;
        Ok(Response::new(pb::ListRoutingRulesResponse { routing_rules, next_page_token }))
    }

    async fn delete_routing_rule(
        &self,
        request: Request<pb::DeleteRoutingRuleRequest>,
    ) -> Result<Response<pb::RoutingRule>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let partnership_id = convert::id("partnership_id", &message.partnership_id)?;
        let rule_id = convert::id("routing_rule_id", &message.routing_rule_id)?;
        let rule = self.app.host.once(&call, || self.app.delete_routing_rule(&call, partnership_id, rule_id)).await?;
        Ok(Response::new(convert::routing_rule(rule)?))
    }
}
