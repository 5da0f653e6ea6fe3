//! Who did something, in three ways: the id and the name for staff, the role for everyone.

use super::subject_of;
use pathfinder_kit::{Actor, Call, Caller, PrincipalKind, Role};
use pathfinder_terms::PartnershipId;

use crate::domain::Issue;
use crate::domain::history::RULE;
use crate::domain::reporter::Visibility;

/// Roles whose holders are told apart from residents in what everyone reads.
const INSIDERS: &[Role] = &[
    Role::Manager,
    Role::Chair,
    Role::BoardMember,
    Role::AccountableBody,
    Role::StreetRep,
    Role::ProviderOfficer,
    Role::ProviderSignatory,
    Role::Observer,
    Role::System,
    Role::Service,
];

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Author {
    /// The id.
    pub(super) id: String,
    /// The name, for staff.
    pub(super) name: String,
    /// The role, for everyone.
    pub(super) label: String,
}

impl Author {
    /// The caller, as the author of a step on the issue.
    pub(super) fn of(call: &Call, issue: &Issue) -> Self {
        let actor = call.actor();
        Self { id: actor.id, name: actor.name, label: label_of(&call.caller, issue) }
    }

    /// The caller as a resident. Without an id and a name, also when they are signed in, unless they chose to be named or speak for
    /// somebody else: whoever reports something decides who knows.
    pub(super) fn resident(call: &Call, issue: &Issue, visibility: Visibility) -> Self {
        if visibility == Visibility::Named || call.may("RelayReports", &subject_of(issue)) {
            return Self::of(call, issue);
        }
        let Actor { id, name } = Caller::Anonymous.actor();
        Self { id, label: name.clone(), name }
    }

    /// As whose deed the feed tells it.
    pub(super) fn actor(&self) -> Actor {
        Actor { id: self.id.clone(), name: self.name.clone() }
    }

    /// A rule of the service itself.
    pub(super) fn rule() -> Self {
        let name = "Pathfinder".to_owned();
        Self { id: RULE.to_owned(), label: name.clone(), name }
    }

    /// Another system, whose cases were brought in.
    pub(super) fn other_system(call: &Call) -> Self {
        let actor = call.actor();
        Self { id: actor.id, name: actor.name, label: "The system that this case came from".to_owned() }
    }
}

/// Whether one of the suite's own services does this of its own accord.
fn call_is_ours(caller: &Caller) -> bool {
    matches!(caller, Caller::Known(principal) if principal.kind == PrincipalKind::Service)
}

fn label_of(caller: &Caller, issue: &Issue) -> String {
    let here = |role: Role, partnership_id: PartnershipId| caller.has(partnership_id, &[role]);
    let partnership_id = issue.partnership_id;
    let label = match issue.provider_id {
        _ if *caller == Caller::Anonymous => "A resident",
        Some(provider_id) if caller.answers_for(partnership_id, provider_id) => issue.provider_name.as_str(),
        _ if call_is_ours(caller) => "Pathfinder",
        _ if here(Role::Manager, partnership_id) => "The neighbourhood manager",
        _ if here(Role::System, partnership_id) => "The council's system",
        _ if here(Role::StreetRep, partnership_id) => "A street rep",
        _ if caller.has(partnership_id, INSIDERS) => "A member of the partnership",
        _ => "A resident",
    };
    label.to_owned()
}
