//! Who may do what: Cedar policies, compiled once at the start and asked on every call.
//!
//! A call is judged twice. First on its partnership alone, before anything is looked up ([`Host::admit`](crate::Host::admit) does
//! that for every call of the contract, so one that no rule allows is refused to everybody); then, where it matters whose record it
//! is, with the record at hand ([`Call::permit`](crate::Call::permit)). What the words of the policies mean stands in the schema.
//!
//! Only the rules that can bear on an act are evaluated for it; they are sorted by act when the service starts. They see nobody's id:
//! which roles the caller holds where the record lies, and how it stands to the record, is all that they go by. So there are few
//! situations (`subject::Situation`) to judge, and each answer is kept.
//!
//! What the rules allow in a partnership may be forbidden by policies of its own: `own` judges by them, `text` reads what is to be set,
//! [`kept`] keeps them and sees to it that every process hears of a change. Administrators and services are above them.

mod answers;
pub mod kept;
mod own;
mod subject;
mod text;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use cedar_policy::{
    ActionConstraint, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Schema, ValidationMode,
    Validator,
};
use pathfinder_terms::{PartnershipId, Role};

use crate::caller::Caller;
use crate::failure::{Failure, Reason};
use answers::Answers;
use own::{Bar, ByPartnership, Stricter};
use subject::Situation;
pub use subject::Subject;

/// The acts that no partnership's own policies bear on are in this one.
const BEYOND: &str = "BeyondPartnerships";
/// Who is above a partnership's own policies: whoever could mend them from outside, and what the services do of their own accord.
const ABOVE: [Role; 2] = [Role::Administrator, Role::Service];

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

/// The compiled rules of a service, and what partnerships forbid beyond them.
pub struct Policies {
    rules: Option<Compiled>,
    own: ArcSwap<ByPartnership>,
    /// Held while the partnerships' own policies are looked at again.
    pub(crate) looking: tokio::sync::Mutex<()>,
}

struct Compiled {
    acts: HashMap<String, Act>,
    principal: EntityUid,
    record: EntityUid,
    role: EntityTypeName,
    action: EntityTypeName,
    validator: Validator,
}

/// One act, with the rules that can bear on it.
struct Act {
    entity: Entity,
    /// The act and those that it is part of.
    names: HashSet<EntityUid>,
    beyond: bool,
    rules: Answers,
}

/// Why something is not allowed.
#[derive(Debug, PartialEq, Eq)]
enum Refused {
    /// No rule of the service allows it.
    ByRules,
    /// The partnership forbids it, perhaps with an advice.
    ByPartnership(Option<Arc<str>>),
    /// The partnership may have forbidden it; what it set cannot be understood any longer.
    Unclear,
}

impl fmt::Debug for Policies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let acts = self.rules.as_ref().map_or(0, |compiled| compiled.acts.len());
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
        let rules = match policy {
            Policy::Unchecked => None,
            Policy::Rules { schema, rules } => Some(Compiled::read(schema, rules).map_err(|error| {
                Failure::new(Reason::Internal, "The policies cannot be used.").because(Unusable(error))
            })?),
        };
        Ok(Self { rules, own: ArcSwap::default(), looking: tokio::sync::Mutex::default() })
    }

    /// Whether the rules let the caller do `act` to the subject.
    #[must_use]
    pub fn allow(&self, caller: &Caller, act: &str, subject: &Subject) -> bool {
        self.rules.as_ref().is_none_or(|rules| self.judge(rules, caller, act, subject).is_ok())
    }

    /// Demands that the rules let the caller do `act` to the subject.
    ///
    /// # Errors
    ///
    /// `TOKEN_REQUIRED` for an anonymous caller, otherwise `ROLE_MISSING` naming the roles of which each would do; `PARTNERSHIP_FORBIDS`
    /// where the partnership's own policies forbid it and no role would do that the caller lacks.
    pub fn demand(&self, caller: &Caller, act: &str, subject: &Subject) -> Result<(), Failure> {
        let Some(rules) = &self.rules else { return Ok(()) };
        let Err(refused) = self.judge(rules, caller, act, subject) else { return Ok(()) };
        let needed = rules.roles_that_may(act, subject, self.own_of(subject).as_deref());
        Err(refusal(caller, subject, &needed, &refused))
    }

    /// Demands that a text can be set as a partnership's own policies.
    ///
    /// # Errors
    ///
    /// `INVALID_REQUEST` with every fault of the text and its line, each as a violation of `field`.
    pub fn check_own(&self, field: &str, text: &str) -> Result<(), Failure> {
        self.rules.as_ref().map_or(Ok(()), |rules| text::check(rules, field, text))
    }

    /// Goes by these own policies of partnerships from now on; those of others stay as they are.
    pub(crate) fn go_by(&self, changed: &[kept::OwnPolicies]) {
        let Some(rules) = &self.rules else { return };
        let mut own = ByPartnership::clone(&self.own.load());
        for set in changed {
            let read = Stricter::read(rules, set.partnership_id, set.version, &set.text);
            own.insert(set.partnership_id, Arc::new(read));
        }
        self.own.store(Arc::new(own));
    }

    /// The version of a partnership's own policies that this process goes by; 0 where it knows of none.
    pub(crate) fn version_of_own(&self, partnership_id: PartnershipId) -> i64 {
        self.own.load().get(&partnership_id).map_or(0, |own| own.version)
    }

    fn own_of(&self, subject: &Subject) -> Option<Arc<Stricter>> {
        self.own.load().get(&subject.partnership_id?).cloned()
    }

    fn judge(&self, rules: &Compiled, caller: &Caller, act: &str, subject: &Subject) -> Result<(), Refused> {
        rules.judge(Situation::of(caller, subject), act, self.own_of(subject).as_deref())
    }
}

impl Compiled {
    fn read(schema: &str, rules: &str) -> Result<Self, String> {
        let (schema, _) = Schema::from_cedarschema_str(schema).map_err(|error| error.to_string())?;
        let rules: PolicySet = rules.parse().map_err(|error: cedar_policy::ParseErrors| error.to_string())?;
        let result = Validator::new(schema.clone()).validate(&rules, ValidationMode::Strict);
        let errors = result.validation_errors().map(ToString::to_string);
        // A rule that can never hold was meant otherwise.
        let warnings = result.validation_warnings().map(ToString::to_string);
        let unseen = rules.policies().flat_map(text::says_what_is_not_seen);
        let faults: Vec<String> = errors.chain(warnings).chain(unseen).collect();
        if !faults.is_empty() {
            return Err(faults.join("; "));
        }
        let entities = schema.action_entities().map_err(|error| error.to_string())?;
        let acts = entities.iter().map(|entity| Ok((name_of(entity), Act::of(entity, &entities, &rules)?)));
        let uid = |kind: &str, id: &str| Ok::<_, String>(uid(&type_name(kind)?, id));
        Ok(Self {
            acts: acts.collect::<Result<_, String>>()?,
            principal: uid("Principal", "caller")?,
            record: uid("Record", "it")?,
            role: type_name("Role")?,
            action: type_name("Action")?,
            validator: Validator::new(schema),
        })
    }

    /// Judges by the rules of the service, then by what the partnership has of its own.
    fn judge(&self, situation: Situation, act: &str, own: Option<&Stricter>) -> Result<(), Refused> {
        let Some(known) = self.acts.get(act) else {
            tracing::error!(act, "the schema of the policies does not know this act; nobody may do it");
            return Err(Refused::ByRules);
        };
        known.rules.to(situation, known, self).map_err(|_| Refused::ByRules)?;
        let above = || situation.held().any(|role| ABOVE.contains(&role));
        match own.and_then(|own| own.bar(act)).filter(|_| !above()) {
            None => Ok(()),
            Some(Bar::Closed) => Err(Refused::Unclear),
            Some(Bar::Policies(answers)) => answers.to(situation, known, self).map_err(Refused::ByPartnership),
        }
    }

    /// The roles of which each alone would be enough.
    fn roles_that_may(&self, act: &str, subject: &Subject, own: Option<&Stricter>) -> Vec<Role> {
        let would = |role: &Role| self.judge(Situation::of_holder(*role, subject), act, own).is_ok();
        Role::ALL.iter().copied().filter(would).collect()
    }

    fn uid_of(&self, role: Role) -> EntityUid {
        uid(&self.role, role.word())
    }
}

impl Act {
    fn of(entity: &Entity, all: &Entities, rules: &PolicySet) -> Result<Self, String> {
        let uid = entity.uid();
        let parents: HashSet<EntityUid> = all.ancestors(&uid).into_iter().flatten().cloned().collect();
        let names: HashSet<EntityUid> = parents.iter().cloned().chain([uid.clone()]).collect();
        let beyond = names.iter().any(|name| name.id().unescaped() == BEYOND);
        let entity = Entity::new_no_attrs(uid, parents);
        let mut act = Self { entity, names, beyond, rules: Answers::of(PolicySet::new()) };
        let bearing: Vec<cedar_policy::Policy> = rules.policies().filter(|rule| act.is_under(rule)).cloned().collect();
        act.rules = Answers::of(PolicySet::from_policies(bearing).map_err(|error| error.to_string())?);
        Ok(act)
    }

    /// Whether a policy can bear on this act.
    fn is_under(&self, policy: &cedar_policy::Policy) -> bool {
        match policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(named) => named == self.entity.uid(),
            ActionConstraint::In(named) => named.iter().any(|named| self.names.contains(named)),
        }
    }
}

fn type_name(name: &str) -> Result<EntityTypeName, String> {
    name.parse().map_err(|error: cedar_policy::ParseErrors| error.to_string())
}

fn uid(of: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(of.clone(), EntityId::new(id))
}

fn name_of(action: &Entity) -> String {
    action.uid().id().unescaped().to_owned()
}

fn refusal(caller: &Caller, subject: &Subject, needed: &[Role], refused: &Refused) -> Failure {
    let words: Vec<&str> = needed.iter().filter(|role| **role != Role::Administrator).map(|role| role.word()).collect();
    let provider_id = subject.provider_id();
    let failure = if *refused == Refused::ByRules {
        // An administrator may as a rule; named where nobody else may.
        let words = if words.is_empty() { vec![Role::Administrator.word()] } else { words };
        lacking(caller, subject, "This", needed, &words)
    } else {
        forbidden(caller, subject, needed, &words, refused)
    };
    provider_id.into_iter().fold(failure, |failure, id| failure.with("provider_id", id))
}

/// Refused for want of a role. Whoever has it for another provider is told so, as the name of the role alone would not help.
fn lacking(caller: &Caller, subject: &Subject, this: &str, needed: &[Role], words: &[&str]) -> Failure {
    let holds_elsewhere = needed.iter().any(|role| subject.is_anothers(caller, *role));
    let but = if holds_elsewhere { " You hold one for a provider that does not answer for this." } else { "" };
    let needed = words.join(", ");
    let provider_id = subject.provider_id();
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
            Failure::new(Reason::RoleMissing, format!("{this} needs one of these roles{place}: {needed}.{but}"))
        }
    };
    failure.with("needed", needed)
}

/// Refused by what the partnership has of its own. Where the caller lacks a role that would do, that is what to get; where it holds
/// one, no other would help: the policy is about something else.
fn forbidden(caller: &Caller, subject: &Subject, needed: &[Role], words: &[&str], refused: &Refused) -> Failure {
    let advice = match refused {
        Refused::ByPartnership(advice) => advice.as_deref(),
        Refused::ByRules => None,
        Refused::Unclear => return unclear(),
    };
    let advised = advice.map(|advice| format!("{advice} ")).unwrap_or_default();
    let by_people: Vec<&str> = words.iter().filter(|word| **word != Role::Service.word()).copied().collect();
    let holds_one = needed.iter().any(|role| subject.has_role(caller, *role));
    let failure = if by_people.is_empty() || holds_one {
        let said = format!("{advised}The partnership's own policies forbid this.");
        Failure::new(Reason::PartnershipForbids, said)
    } else {
        lacking(caller, subject, &format!("{advised}By the partnership's own policies this"), needed, &by_people)
    };
    advice.into_iter().fold(failure, |failure, advice| failure.with("advice", advice))
}

fn unclear() -> Failure {
    let said = "The partnership may have forbidden this by a policy of its own that is not understood any longer. Its chair or its \
                manager must set its policies anew.";
    Failure::new(Reason::PartnershipForbids, said)
}

/// Why the policies cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unusable(String);

#[cfg(test)]
mod tests;
