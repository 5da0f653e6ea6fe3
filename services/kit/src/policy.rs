//! Who may do what: Cedar policies, compiled once at the start and asked on every call.
//!
//! A call is judged twice. First on its partnership alone, before anything is looked up ([`Host::admit`](crate::Host::admit) does
//! that for every call of the contract, so one that no rule allows is refused to everybody); then, where it matters whose record it
//! is, with the record at hand ([`Call::permit`](crate::Call::permit)). What the words of the policies mean stands in the schema.
//!
//! Only the rules that can bear on an act are evaluated for it; they are sorted by act when the service starts.

use std::collections::{HashMap, HashSet};
use std::fmt;

use cedar_policy::{
    ActionConstraint, Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet,
    Request, RestrictedExpression, Schema, ValidationMode, Validator,
};
use pathfinder_terms::{PartnershipId, ProviderId, Role};
use uuid::Uuid;

use crate::caller::Caller;
use crate::failure::{Failure, Reason};

/// The rules of one service, as text.
#[derive(Debug, Clone, Copy)]
pub enum Policy {
    /// Cedar, with the schema that it must hold to.
    Rules {
        /// The schema.
        schema: &'static str,
        /// The rules.
        rules: &'static str,
    },
    /// Everything is allowed to everybody: for measuring what the rules cost, and for nothing else.
    Unchecked,
}

/// What is acted on, as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    partnership_id: Option<PartnershipId>,
    found: Option<Found>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Found {
    id: Option<Uuid>,
    provider_id: Option<ProviderId>,
    owner: Option<String>,
}

impl Subject {
    /// A record of the partnership that has not been looked up; without one, something of the whole installation.
    #[must_use]
    pub const fn within(partnership_id: Option<PartnershipId>) -> Self {
        Self { partnership_id, found: None }
    }

    /// A record at hand, and the provider that answers for it.
    #[must_use]
    pub const fn record(partnership_id: PartnershipId, provider_id: Option<ProviderId>) -> Self {
        Self { partnership_id: Some(partnership_id), found: Some(Found { id: None, provider_id, owner: None }) }
    }

    /// The same, with its id, by which the holder of a form link is told from others.
    #[must_use]
    pub fn with_id(self, id: Uuid) -> Self {
        let found = Found { id: Some(id), ..self.found.unwrap_or_default() };
        Self { found: Some(found), ..self }
    }

    /// The same, owned by a person.
    #[must_use]
    pub fn owned_by(self, owner: Option<String>) -> Self {
        let found = Found { owner, ..self.found.unwrap_or_default() };
        Self { found: Some(found), ..self }
    }

    fn has_role(&self, caller: &Caller, role: Role) -> bool {
        caller.grants().any(|grant| {
            let here = match self.partnership_id {
                Some(partnership_id) => grant.covers(partnership_id),
                None => grant.partnership_id.is_none(),
            };
            let for_it = match (&self.found, grant.provider_id) {
                (Some(found), Some(provider_id)) => found.provider_id == Some(provider_id),
                _ => true,
            };
            let this_one = match (&self.found, grant.object_id) {
                (Some(found), Some(object_id)) => found.id == Some(object_id),
                _ => true,
            };
            grant.role == role && here && for_it && this_one
        })
    }
}

/// The compiled rules of a service.
pub struct Policies(Option<Compiled>);

struct Compiled {
    acts: HashMap<String, Act>,
    principal: EntityTypeName,
    record: EntityUid,
    roles: Vec<(Role, EntityUid)>,
}

/// One act, with the rules that can bear on it.
struct Act {
    entity: Entity,
    rules: PolicySet,
}

impl fmt::Debug for Policies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let acts = self.0.as_ref().map_or(0, |compiled| compiled.acts.len());
        f.debug_struct("Policies").field("acts", &acts).finish_non_exhaustive()
    }
}

impl Policies {
    /// Reads the rules and checks them against the schema.
    ///
    /// # Errors
    ///
    /// When the schema or a rule cannot be read, or a rule does not hold to the schema; every fault of the rules is named.
    pub fn compile(policy: Policy) -> Result<Self, Failure> {
        match policy {
            Policy::Unchecked => Ok(Self(None)),
            Policy::Rules { schema, rules } => Compiled::read(schema, rules).map(Some).map(Self).map_err(|error| {
                Failure::new(Reason::Internal, "The policies cannot be used.").because(Unusable(error))
            }),
        }
    }

    /// Whether the rules let the caller do `act` to the subject.
    #[must_use]
    pub fn allow(&self, caller: &Caller, act: &str, subject: &Subject) -> bool {
        let Some(compiled) = &self.0 else { return true };
        let held = compiled.roles.iter().filter(|(role, _)| subject.has_role(caller, *role));
        compiled.allow(&caller.actor().id, held.map(|(_, uid)| uid.clone()).collect(), act, subject)
    }

    /// Demands that the rules let the caller do `act` to the subject.
    ///
    /// # Errors
    ///
    /// `TOKEN_REQUIRED` for an anonymous caller, otherwise `ROLE_MISSING` naming the roles of which each would do.
    pub fn demand(&self, caller: &Caller, act: &str, subject: &Subject) -> Result<(), Failure> {
        if self.allow(caller, act, subject) {
            return Ok(());
        }
        let needed = self.0.as_ref().map(|compiled| compiled.roles_that_may(act, subject)).unwrap_or_default();
        Err(refusal(caller, subject, &needed))
    }
}

impl Compiled {
    fn read(schema: &str, rules: &str) -> Result<Self, String> {
        let (schema, _) = Schema::from_cedarschema_str(schema).map_err(|error| error.to_string())?;
        let rules: PolicySet = rules.parse().map_err(|error: cedar_policy::ParseErrors| error.to_string())?;
        let result = Validator::new(schema.clone()).validate(&rules, ValidationMode::Strict);
        let faults: Vec<String> = result.validation_errors().map(ToString::to_string).collect();
        if !faults.is_empty() {
            return Err(faults.join("; "));
        }
        let entities = schema.action_entities().map_err(|error| error.to_string())?;
        let acts = entities.iter().map(|entity| Ok((name_of(entity), Act::of(entity, &entities, &rules)?)));
        let uid = |kind: &str, id: &str| {
            Ok::<_, String>(EntityUid::from_type_name_and_id(type_name(kind)?, EntityId::new(id)))
        };
        Ok(Self {
            acts: acts.collect::<Result<_, String>>()?,
            principal: type_name("Principal")?,
            record: uid("Record", "it")?,
            roles: Role::ALL
                .iter()
                .map(|role| Ok((*role, uid("Role", role.word())?)))
                .collect::<Result<_, String>>()?,
        })
    }

    fn allow(&self, id: &str, held: HashSet<EntityUid>, act: &str, subject: &Subject) -> bool {
        let Some(act) = self.acts.get(act) else {
            tracing::error!(act, "the schema of the policies does not know this act; nobody may do it");
            return false;
        };
        act.judge(self, id, held, subject).unwrap_or_else(|error| {
            tracing::error!(error, "the policies could not be asked; the act is refused");
            false
        })
    }

    /// The roles of which each alone would be enough.
    fn roles_that_may(&self, act: &str, subject: &Subject) -> Vec<Role> {
        let would = |uid: &EntityUid| self.allow("", HashSet::from([uid.clone()]), act, subject);
        self.roles.iter().filter(|(_, uid)| would(uid)).map(|(role, _)| *role).collect()
    }
}

impl Act {
    fn of(entity: &Entity, all: &Entities, rules: &PolicySet) -> Result<Self, String> {
        let uid = entity.uid();
        let mut names: HashSet<EntityUid> = all.ancestors(&uid).into_iter().flatten().cloned().collect();
        let parents = names.clone();
        names.insert(uid.clone());
        let bears = |policy: &&cedar_policy::Policy| match policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(named) => named == uid,
            ActionConstraint::In(named) => named.iter().any(|named| names.contains(named)),
        };
        let bearing = rules.policies().filter(bears).cloned();
        let rules = PolicySet::from_policies(bearing).map_err(|error| error.to_string())?;
        Ok(Self { entity: Entity::new_no_attrs(uid, parents), rules })
    }

    fn judge(&self, words: &Compiled, id: &str, held: HashSet<EntityUid>, subject: &Subject) -> Result<bool, String> {
        let text = |error: &dyn fmt::Display| error.to_string();
        let principal = EntityUid::from_type_name_and_id(words.principal.clone(), EntityId::new(id));
        let attributes = HashMap::from([("id".to_owned(), RestrictedExpression::new_string(id.to_owned()))]);
        let who = Entity::new(principal.clone(), attributes, held).map_err(|error| text(&error))?;
        let what =
            Entity::new(words.record.clone(), attributes_of(subject), HashSet::new()).map_err(|error| text(&error))?;
        let entities = Entities::from_entities([who, what, self.entity.clone()], None).map_err(|error| text(&error))?;
        let request = Request::new(principal, self.entity.uid(), words.record.clone(), Context::empty(), None);
        let request = request.map_err(|error| text(&error))?;
        let answer = Authorizer::new().is_authorized(&request, &self.rules, &entities);
        if let Some(error) = answer.diagnostics().errors().next() {
            return Err(error.to_string());
        }
        Ok(answer.decision() == Decision::Allow)
    }
}

fn attributes_of(subject: &Subject) -> HashMap<String, RestrictedExpression> {
    let found = RestrictedExpression::new_bool(subject.found.is_some());
    let owner = subject.found.as_ref().and_then(|found| found.owner.clone());
    let owner = owner.map(|owner| ("owner".to_owned(), RestrictedExpression::new_string(owner)));
    std::iter::once(("found".to_owned(), found)).chain(owner).collect()
}

fn type_name(name: &str) -> Result<EntityTypeName, String> {
    name.parse().map_err(|error: cedar_policy::ParseErrors| error.to_string())
}

fn name_of(action: &Entity) -> String {
    action.uid().id().unescaped().to_owned()
}

fn refusal(caller: &Caller, subject: &Subject, needed: &[Role]) -> Failure {
    let words: Vec<&str> = needed.iter().filter(|role| **role != Role::Administrator).map(|role| role.word()).collect();
    // An administrator may as a rule; named where nobody else may.
    let needed = if words.is_empty() { Role::Administrator.word().to_owned() } else { words.join(", ") };
    let provider_id = subject.found.as_ref().and_then(|found| found.provider_id);
    let place = match (provider_id, subject.partnership_id) {
        (Some(_), _) => " for this provider",
        (None, Some(_)) => " here",
        (None, None) => "",
    };
    let failure = match caller {
        Caller::Anonymous => {
            Failure::new(Reason::TokenRequired, "This needs a token; send it as `authorization: Bearer …`.")
        }
        Caller::Known(_) => {
            Failure::new(Reason::RoleMissing, format!("This needs one of these roles{place}: {needed}."))
        }
    };
    let failure = failure.with("needed", needed);
    provider_id.into_iter().fold(failure, |failure, id| failure.with("provider_id", id))
}

/// Why the policies cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unusable(String);

#[cfg(test)]
mod tests {
    use pathfinder_terms::{Grant, PrincipalKind};
    use uuid::Uuid;

    use super::*;
    use crate::caller::Principal;

    const SCHEMA: &str = "
        entity Role;
        entity Principal in [Role] = { id: String };
        entity Record = { found: Bool, owner?: String };
        action OpenToAll;
        action Look in [OpenToAll] appliesTo { principal: Principal, resource: Record };
        action Report, Judge, Open appliesTo { principal: Principal, resource: Record };";
    const RULES: &str = r#"
        permit (principal, action in Action::"OpenToAll", resource);
        permit (principal in Role::"provider_officer", action == Action::"Report", resource);
        permit (principal in Role::"board_member", action == Action::"Judge", resource);
        forbid (principal in Role::"provider_officer", action == Action::"Judge", resource) when { resource.found };
        permit (principal, action == Action::"Open", resource)
            when { !resource.found || (resource has owner && resource.owner == principal.id) };"#;

    fn policies() -> Policies {
        Policies::compile(Policy::Rules { schema: SCHEMA, rules: RULES }).expect("valid policies")
    }

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn officer_and_member(provider: u128) -> Caller {
        let grant = |role, provider_id: Option<Uuid>| Grant {
            role,
            partnership_id: Some(id(1).into()),
            provider_id: provider_id.map(Into::into),
            object_id: None,
        };
        Caller::Known(Principal {
            subject: "ann".to_owned(),
            name: "Ann".to_owned(),
            kind: PrincipalKind::Person,
            grants: vec![grant(Role::ProviderOfficer, Some(id(provider))), grant(Role::BoardMember, None)],
            credential: None,
        })
    }

    fn record(provider: u128) -> Subject {
        Subject::record(id(1).into(), Some(id(provider).into()))
    }

    #[test]
    fn a_provider_role_holds_for_its_provider_and_for_any_before_the_record_is_found() {
        let (policies, caller) = (policies(), officer_and_member(7));
        assert!(policies.allow(&caller, "Report", &Subject::within(Some(id(1).into()))));
        assert!(policies.allow(&caller, "Report", &record(7)));
        assert!(!policies.allow(&caller, "Report", &record(8)));
        assert!(!policies.allow(&caller, "Report", &Subject::within(Some(id(2).into()))));
        assert!(!policies.allow(&caller, "Report", &Subject::within(None)));
    }

    #[test]
    fn a_forbid_holds_against_every_permit() {
        let (policies, caller) = (policies(), officer_and_member(7));
        assert!(policies.allow(&caller, "Judge", &record(8)));
        assert!(!policies.allow(&caller, "Judge", &record(7)));
    }

    #[test]
    fn an_owner_is_compared_once_the_record_is_found() {
        let (policies, caller) = (policies(), officer_and_member(7));
        assert!(policies.allow(&caller, "Open", &Subject::within(None)));
        assert!(policies.allow(&caller, "Open", &record(7).owned_by(Some("ann".to_owned()))));
        assert!(!policies.allow(&caller, "Open", &record(7).owned_by(Some("bob".to_owned()))));
        assert!(!policies.allow(&caller, "Open", &record(7)));
    }

    #[test]
    fn a_refusal_names_the_roles_that_would_do_and_unknown_acts_are_refused() {
        let policies = policies();
        let refused = policies.demand(&officer_and_member(7), "Report", &record(8)).expect_err("not this provider");
        assert!(refused.to_string().contains("for this provider: provider_officer"), "{refused}");
        let refused = policies.demand(&Caller::Anonymous, "Judge", &record(8)).expect_err("nobody");
        assert_eq!(refused.reason(), Reason::TokenRequired);
        assert!(policies.allow(&Caller::Anonymous, "Look", &Subject::within(None)));
        assert!(!policies.allow(&officer_and_member(7), "Destroy", &Subject::within(None)));
    }

    #[test]
    fn rules_that_do_not_hold_to_the_schema_are_refused() {
        let rules = r#"permit (principal, action == Action::"Judge", resource) when { resource.colour == "red" };"#;
        assert!(Policies::compile(Policy::Rules { schema: SCHEMA, rules }).is_err());
    }
}
