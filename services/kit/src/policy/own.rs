//! What a partnership forbids of its own accord, beyond the rules of the service.
//!
//! Only `forbid` policies are taken, and they are asked only after the service's rules have allowed an act. So they can take away and
//! never give. They are sorted by act like the service's own: an act that no policy of the partnership bears on costs one look-up.
//!
//! A text was checked when it was set. Where one does not do any longer, after an upgrade, nothing is allowed that it might have
//! forbidden: the acts that an unfit policy names are closed, and if it names none that there is, all of them are.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use cedar_policy::{ActionConstraint, Policy, PolicyId, PolicySet};
use pathfinder_terms::PartnershipId;

use super::answers::Answers;
use super::text::{self, Unfit};
use super::{Act, Compiled};

/// Beside a partnership's `forbid` policies stands this, because nothing at all would be allowed without.
const ALL_ELSE: &str = "permit (principal, action, resource);";

/// The own policies of every partnership that has some.
pub(super) type ByPartnership = HashMap<PartnershipId, Arc<Stricter>>;

/// What one partnership forbids.
#[derive(Debug)]
pub(super) struct Stricter {
    pub(super) version: i64,
    acts: HashMap<String, Bar>,
}

/// What stands in the way of one act.
#[derive(Debug)]
pub(super) enum Bar {
    /// These policies, with one that permits all else.
    Policies(Box<Answers>),
    /// A policy that cannot be understood any longer.
    Closed,
}

impl Stricter {
    /// Reads a text that was set.
    pub(super) fn read(rules: &Compiled, partnership_id: PartnershipId, version: i64, text: &str) -> Self {
        let mut acts: HashMap<String, Vec<Policy>> = HashMap::new();
        let mut closed: HashSet<String> = HashSet::new();
        for statement in text::statements(text) {
            match text::read(rules, &statement) {
                Ok(policy) => {
                    for name in rules.reached_by(|act| act.is_under(&policy)) {
                        acts.entry(name).or_default().push(policy.clone());
                    }
                }
                Err(unfit) => {
                    let faults: Vec<String> = unfit.faults.iter().map(ToString::to_string).collect();
                    let faults = faults.join("; ");
                    tracing::error!(%partnership_id, faults, "an own policy of a partnership does not do any longer; what it may have forbidden is closed");
                    closed.extend(rules.closed_by(&unfit));
                }
            }
        }
        let barred = acts.into_iter().map(|(name, policies)| (name, bar(policies)));
        let closed = closed.into_iter().map(|name| (name, Bar::Closed));
        // The closed ones last: they replace what else stands in the way.
        Self { version, acts: barred.chain(closed).collect() }
    }

    /// What stands in the way of an act.
    pub(super) fn bar(&self, act: &str) -> Option<&Bar> {
        self.acts.get(act)
    }
}

fn bar(policies: Vec<Policy>) -> Bar {
    let all_else = match Policy::parse(Some(PolicyId::new("all else")), ALL_ELSE) {
        Ok(all_else) => all_else,
        Err(error) => return closed(&error),
    };
    match PolicySet::from_policies(policies.into_iter().chain([all_else])) {
        Ok(set) => Bar::Policies(Box::new(Answers::of(set))),
        Err(error) => closed(&error),
    }
}

fn closed(error: &dyn std::error::Error) -> Bar {
    tracing::error!(%error, "the own policies of a partnership cannot be put together; what they bear on is closed");
    Bar::Closed
}

impl Compiled {
    /// The acts that a partnership's own policies may bear on, of those that are wanted.
    fn reached_by(&self, wanted: impl Fn(&Act) -> bool) -> Vec<String> {
        let reached = self.acts.iter().filter(|(_, act)| !act.beyond && wanted(act));
        reached.map(|(name, _)| name.clone()).collect()
    }

    /// The acts that a policy may have forbidden that cannot be used: those it names, or all.
    fn closed_by(&self, unfit: &Unfit) -> Vec<String> {
        let Some(policy) = &unfit.policy else { return self.reached_by(|_| true) };
        let named = match policy.action_constraint() {
            ActionConstraint::Any => Vec::new(),
            ActionConstraint::Eq(named) => vec![named],
            ActionConstraint::In(named) => named,
        };
        let is_known = |named: &cedar_policy::EntityUid| self.acts.values().any(|act| act.names.contains(named));
        let all_known = !named.is_empty() && named.iter().all(is_known);
        self.reached_by(|act| !all_known || act.is_under(policy))
    }
}
