//! An action: what it is, who owns it, and how it is put forward. Its later steps stand in [`super::action_steps`].

use chrono::{DateTime, NaiveDate, Utc};
use pathfinder_terms::calendar::{Reckoned, local_date};
use pathfinder_terms::{ActionId, CommitmentId, DecisionId, IssueId, PartnershipId, PersonId, ProviderId, Rag, words};
use serde::{Deserialize, Serialize};

use super::action_state::ActionStatus;
use super::due_date::DueDateMove;
use super::{Actor, Refusal};

words! {
    /// What an action came from.
    pub enum ActionOrigin {
        /// A decision of the board.
        Decision = "decision",
        /// Several issues of one kind in one place.
        IssueCluster = "issue_cluster",
        /// An issue that missed its time.
        Breach = "breach",
        /// A commitment.
        Commitment = "commitment",
        /// The delivery plan.
        Plan = "plan",
        /// A walkabout.
        Walkabout = "walkabout",
    }
}

words! {
    /// How much an action presses.
    pub enum ActionPriority {
        /// Low.
        Low = "low",
        /// Medium.
        Medium = "medium",
        /// High.
        High = "high",
    }
}

/// Something that shows that work was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it shows.
    pub text: String,
    /// Where it is; empty when the text is the evidence.
    pub url: String,
}

/// The one owner of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The provider, where the owner is one.
    pub provider_id: Option<ProviderId>,
    /// The organisation's name.
    pub organisation: String,
    /// The person who answers for it, where they have an account.
    pub person_id: Option<PersonId>,
    /// That person's name.
    pub person_name: String,
}

/// What the owner last reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Green, amber or red.
    pub rag: Rag,
    /// What was done.
    pub narrative: String,
    /// Why it is amber or red.
    pub cause: String,
    /// What follows from that.
    pub consequence: String,
    /// By when it will be on time again.
    pub get_well_date: Option<NaiveDate>,
    /// When the owner expects to finish.
    pub forecast_date: Option<NaiveDate>,
    /// Who reported.
    pub reporter: Actor,
    /// When.
    pub report_time: DateTime<Utc>,
}

/// How an action was agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// The decision; none = by the manager under delegation.
    pub decision_id: Option<DecisionId>,
    /// By when the owner should accept it.
    pub acceptance_due: Reckoned,
}

/// A commitment that answers an action, as the board knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedCommitment {
    /// The commitment.
    pub commitment_id: CommitmentId,
    /// Who gave it.
    pub provider_id: ProviderId,
    /// Where it stands, in the words of commitments.
    pub status: String,
    /// How it stands.
    pub rag: Rag,
}

/// What is put forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The title.
    pub title: String,
    /// What is to be done.
    pub text: String,
    /// A theme of the partnership; empty = none.
    pub theme: String,
    /// What it comes from.
    pub origin: ActionOrigin,
    /// The issues it answers.
    pub issue_ids: Vec<IssueId>,
    /// The decision it comes from.
    pub decision_id: Option<DecisionId>,
    /// The owner.
    pub owner: Owner,
    /// Organisations that help.
    pub supporting_organisations: Vec<String>,
    /// How much it presses.
    pub priority: ActionPriority,
    /// When it starts; none = today.
    pub start_date: Option<NaiveDate>,
    /// When it is due.
    pub due_date: NaiveDate,
}

/// An action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// The id.
    pub id: ActionId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The reference.
    pub reference: String,
    /// The title.
    pub title: String,
    /// What is to be done.
    pub text: String,
    /// The theme; empty = none.
    pub theme: String,
    /// What it came from.
    pub origin: ActionOrigin,
    /// The issues it answers.
    pub issue_ids: Vec<IssueId>,
    /// The decision it came from.
    pub decision_id: Option<DecisionId>,
    /// The owner.
    pub owner: Owner,
    /// Organisations that help.
    pub supporting_organisations: Vec<String>,
    /// How much it presses.
    pub priority: ActionPriority,
    /// When it starts.
    pub start_date: NaiveDate,
    /// When it was first due.
    pub original_due_date: NaiveDate,
    /// When it is due now.
    pub due_date: NaiveDate,
    /// Every move of the due date.
    pub due_date_moves: Vec<DueDateMove>,
    /// Where it stands.
    pub status: ActionStatus,
    /// What the owner last reported.
    pub report: Option<Report>,
    /// When the next report is due.
    pub next_update_due_date: Option<NaiveDate>,
    /// How it was agreed.
    pub agreement: Option<Agreement>,
    /// When the owner accepted it.
    pub accept_time: Option<DateTime<Utc>>,
    /// When it was put before the board for want of acceptance.
    pub escalate_time: Option<DateTime<Utc>>,
    /// Why it is blocked, suspended, cancelled or was sent back.
    pub status_reason: String,
    /// What shows that it was done.
    pub evidence: Vec<Evidence>,
    /// What the owner says of the finished work.
    pub closing_note: String,
    /// When the owner said that it is done.
    pub submit_time: Option<DateTime<Utc>>,
    /// Who said so, for the owner or as the owner.
    pub submitter: Option<Actor>,
    /// What residents are told.
    pub feedback_note: String,
    /// Who saw that it was done.
    pub verifier: Option<Actor>,
    /// When.
    pub complete_time: Option<DateTime<Utc>>,
    /// The decision that cancelled it.
    pub cancel_decision_id: Option<DecisionId>,
    /// When it was raised.
    pub create_time: DateTime<Utc>,
    /// When it last changed.
    pub update_time: DateTime<Utc>,
    /// Counts its changes, for the etag.
    pub version: i64,
}

impl Action {
    /// Puts an action forward.
    pub fn raise(
        id: ActionId,
        partnership_id: PartnershipId,
        reference: String,
        now: DateTime<Utc>,
        proposal: Proposal,
    ) -> Result<Self, Refusal> {
        let start_date = proposal.start_date.unwrap_or_else(|| local_date(now));
        check_proposal(&proposal, start_date)?;
        Ok(Self {
            id,
            partnership_id,
            reference,
            title: proposal.title,
            text: proposal.text,
            theme: proposal.theme,
            origin: proposal.origin,
            issue_ids: proposal.issue_ids,
            decision_id: proposal.decision_id,
            owner: proposal.owner,
            supporting_organisations: proposal.supporting_organisations,
            priority: proposal.priority,
            start_date,
            original_due_date: proposal.due_date,
            due_date: proposal.due_date,
            due_date_moves: Vec::new(),
            status: ActionStatus::Proposed,
            report: None,
            next_update_due_date: None,
            agreement: None,
            accept_time: None,
            escalate_time: None,
            status_reason: String::new(),
            evidence: Vec::new(),
            closing_note: String::new(),
            submit_time: None,
            submitter: None,
            feedback_note: String::new(),
            verifier: None,
            complete_time: None,
            cancel_decision_id: None,
            create_time: now,
            update_time: now,
            version: 1,
        })
    }
}

/// Refuses a proposal whose parts contradict each other, naming every field that does.
pub fn check_proposal(proposal: &Proposal, start_date: NaiveDate) -> Result<(), Refusal> {
    let mut faults = Vec::new();
    if proposal.due_date < start_date {
        faults.push(super::Fault::new("due_date", "must not be before the start"));
    }
    if proposal.origin == ActionOrigin::Decision && proposal.decision_id.is_none() {
        faults.push(super::Fault::new("decision_id", "is needed where the origin is a decision"));
    }
    let linked = matches!(proposal.origin, ActionOrigin::IssueCluster | ActionOrigin::Breach);
    if linked && proposal.issue_ids.is_empty() {
        faults.push(super::Fault::new(
            "issue_ids",
            "must name the issues where the origin is a breach or a cluster of issues",
        ));
    }
    for (index, id) in proposal.issue_ids.iter().enumerate() {
        if proposal.issue_ids[..index].contains(id) {
            faults.push(super::Fault::new(format!("issue_ids[{index}]"), "is named twice"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults)) }
}

#[cfg(test)]
pub(crate) mod tests {
    use uuid::Uuid;

    use super::super::member::tests::day;
    use super::*;

    pub(crate) fn actor(name: &str) -> Actor {
        Actor { id: name.to_lowercase(), name: name.to_owned() }
    }

    fn proposal() -> Proposal {
        Proposal {
            title: "Clear the wharf".to_owned(),
            text: String::new(),
            theme: String::new(),
            origin: ActionOrigin::Breach,
            issue_ids: vec![IssueId(Uuid::from_u128(1))],
            decision_id: None,
            owner: Owner {
                provider_id: None,
                organisation: "Street Cleansing".to_owned(),
                person_id: None,
                person_name: String::new(),
            },
            supporting_organisations: Vec::new(),
            priority: ActionPriority::Medium,
            start_date: Some(day(2026, 3, 1)),
            due_date: day(2026, 3, 31),
        }
    }

    /// An action raised on 1 February 2026, from 1 to 31 March.
    pub(crate) fn action() -> Action {
        let now = day(2026, 2, 1).and_hms_opt(9, 0, 0).expect("a time of the test").and_utc();
        let id = ActionId(Uuid::from_u128(1));
        Action::raise(id, PartnershipId(Uuid::nil()), "BWS-2026-001".to_owned(), now, proposal())
            .expect("a sound proposal")
    }

    pub(crate) fn report(rag: Rag, forecast_date: Option<NaiveDate>) -> Report {
        Report {
            rag,
            narrative: "Half of it".to_owned(),
            cause: "Access".to_owned(),
            consequence: "Later".to_owned(),
            get_well_date: Some(day(2026, 4, 30)),
            forecast_date,
            reporter: actor("Owner"),
            report_time: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn every_contradiction_of_a_proposal_is_named() {
        let issue = IssueId(Uuid::from_u128(1));
        let wrong = Proposal {
            origin: ActionOrigin::Decision,
            issue_ids: vec![issue, issue],
            start_date: Some(day(2026, 4, 1)),
            ..proposal()
        };
        let Err(Refusal::Invalid(faults)) = check_proposal(&wrong, day(2026, 4, 1)) else { panic!("it is refused") };
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["due_date", "decision_id", "issue_ids[1]"]);
    }
}
