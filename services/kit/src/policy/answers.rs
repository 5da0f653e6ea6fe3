//! What policies say to each situation: asked once, and kept. For each combination of roles that somebody holds there are three
//! situations, and two for who is not known.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, PolicySet, Request, Response, RestrictedExpression,
};

use super::subject::Situation;
use super::{Act, Compiled, text};

/// Allowed, or refused, perhaps with an advice.
pub(super) type Answer = Result<(), Option<Arc<str>>>;

/// The policies that can bear on one act, and what they said so far.
#[derive(Debug)]
pub(super) struct Answers {
    policies: PolicySet,
    kept: RwLock<HashMap<Situation, Answer>>,
}

impl Answers {
    pub(super) fn of(policies: PolicySet) -> Self {
        Self { policies, kept: RwLock::default() }
    }

    /// What they say. Where they cannot be asked, the act is refused, and they are asked again the next time.
    pub(super) fn to(&self, situation: Situation, act: &Act, rules: &Compiled) -> Answer {
        if let Some(answer) = self.kept.read().unwrap_or_else(PoisonError::into_inner).get(&situation) {
            return answer.clone();
        }
        let response = ask(&self.policies, situation, act, rules).map_err(|error| {
            tracing::error!(error, "the policies could not be asked; the act is refused");
            None
        })?;
        let answer = match response.decision() {
            Decision::Allow => Ok(()),
            Decision::Deny => Err(self.advice(&response)),
        };
        self.kept.write().unwrap_or_else(PoisonError::into_inner).insert(situation, answer.clone());
        answer
    }

    /// What the policies that decided advise, the first of them.
    fn advice(&self, response: &Response) -> Option<Arc<str>> {
        let advices = response.diagnostics().reason().filter_map(|id| self.policies.annotation(id, text::ADVICE));
        advices.min().map(Arc::from)
    }
}

fn ask(policies: &PolicySet, situation: Situation, act: &Act, rules: &Compiled) -> Result<Response, String> {
    let told = |error: &dyn fmt::Display| error.to_string();
    let flag = |name: &str, flag| (name.to_owned(), RestrictedExpression::new_bool(flag));
    let held: HashSet<_> = situation.held().map(|role| rules.uid_of(role)).collect();
    let known = [flag("anonymous", situation.anonymous)].into();
    let who = Entity::new(rules.principal.clone(), known, held).map_err(|error| told(&error))?;
    let known = [flag("found", situation.found), flag("owned_by_principal", situation.owned)].into();
    let what = Entity::new(rules.record.clone(), known, HashSet::new()).map_err(|error| told(&error))?;
    let entities = Entities::from_entities([who, what, act.entity.clone()], None).map_err(|error| told(&error))?;
    let request = Request::new(rules.principal.clone(), act.entity.uid(), rules.record.clone(), Context::empty(), None);
    let request = request.map_err(|error| told(&error))?;
    let response = Authorizer::new().is_authorized(&request, policies, &entities);
    let error = response.diagnostics().errors().next().map(ToString::to_string);
    error.map_or(Ok(response), Err)
}
