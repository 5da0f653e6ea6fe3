//! The parts of an issue's story that boards and commitments know.
//!
//! Each asks on behalf of the reader, so the answering service decides what the reader sees. One page of each list is read: an issue
//! with more than 50 actions, or an action with more than 50 commitments, has a story that nobody reads to the end.

use pathfinder_kit::peer::{self, Carrier, Peer};
use pathfinder_kit::{Call, Failure, Host, wire};
use pathfinder_proto::boards::v1 as boards;
use pathfinder_proto::boards::v1::action_service_client::ActionServiceClient;
use pathfinder_proto::commitments::v1 as commitments;
use pathfinder_proto::commitments::v1::commitment_service_client::CommitmentServiceClient;
use pathfinder_proto::commitments::v1::progress_report_service_client::ProgressReportServiceClient;
use pathfinder_proto::types::v1 as types;
use pathfinder_terms::{ActionId, IssueId, PartnershipId};

use super::peers::patient;
use crate::app::peers::ActionSteps;
use crate::domain::story::{StoryActor, StoryLinks, StorySource, StoryStep};

const LISTED: i32 = 50;
const HISTORY: i32 = 200;

/// The steps of the actions that answer an issue.
pub(super) async fn action_steps(
    host: &Host,
    call: &Call,
    partnership_id: PartnershipId,
    issue_id: IssueId,
) -> Result<ActionSteps, Failure> {
    let refused = |status| peer::refusal(Peer::Boards, status);
    let carrier = host.peer(Peer::Boards).on_behalf(call).await.map_err(refused)?;
    let mut client = ActionServiceClient::new(carrier);
    let message = boards::ListActionsRequest {
        partnership_id: partnership_id.to_string(),
        issue_id: issue_id.to_string(),
        page_size: LISTED,
        ..Default::default()
    };
    let actions = client.list_actions(patient(message)).await.map_err(refused)?.into_inner().actions;
    let mut found = ActionSteps::default();
    for action in actions {
        let message = boards::ListActionHistoryRequest {
            partnership_id: partnership_id.to_string(),
            action_id: action.action_id.clone(),
            page_size: HISTORY,
            ..Default::default()
        };
        let history = client.list_action_history(patient(message)).await.map_err(refused)?.into_inner();
        found.action_ids.push(wire::id("action_id", &action.action_id)?);
        let links = action_links(&action)?;
        for entry in history.entries {
            let text = said(&entry, &action.title);
            found.steps.push(step(entry, StorySource::Boards, text, &action.reference, links.clone())?);
        }
    }
    Ok(found)
}

fn action_links(action: &boards::Action) -> Result<StoryLinks, Failure> {
    Ok(StoryLinks {
        action_id: wire::optional_id("action_id", &action.action_id)?,
        decision_id: wire::optional_id("decision_id", &action.decision_id)?,
        provider_id: wire::optional_id("owner_provider_id", &action.owner_provider_id)?,
        ..StoryLinks::default()
    })
}

/// The steps of the commitments that answer an action.
pub(super) async fn commitment_steps(
    host: &Host,
    call: &Call,
    partnership_id: PartnershipId,
    action_id: ActionId,
) -> Result<Vec<StoryStep>, Failure> {
    let refused = |status| peer::refusal(Peer::Commitments, status);
    let carrier = host.peer(Peer::Commitments).on_behalf(call).await.map_err(refused)?;
    let mut client = CommitmentServiceClient::new(carrier.clone());
    let message = commitments::ListCommitmentsRequest {
        partnership_id: partnership_id.to_string(),
        filter: format!("action_id = \"{action_id}\""),
        page_size: LISTED,
        ..Default::default()
    };
    let listed = client.list_commitments(patient(message)).await.map_err(refused)?.into_inner().commitments;
    let mut steps = Vec::new();
    for commitment in listed {
        let links = commitment_links(&commitment)?;
        let message = commitments::ListCommitmentHistoryRequest {
            partnership_id: partnership_id.to_string(),
            commitment_id: commitment.commitment_id.clone(),
            page_size: HISTORY,
            ..Default::default()
        };
        let history = client.list_commitment_history(patient(message)).await.map_err(refused)?.into_inner();
        let promised = commitment.terms.as_ref().map(|terms| terms.text.clone()).unwrap_or_default();
        let reports = reports_on(carrier.clone(), &commitment).await?;
        for entry in history.entries {
            let report = reports.iter().find(|report| tells_of(&entry, report));
            let text = report
                .filter(|report| report.submit_time == entry.entry_time)
                .and_then(|report| report.content.as_ref());
            let text = text.map_or_else(|| said(&entry, &promised), |content| content.narrative.clone());
            let progress_report_id = report.map(|report| report.progress_report_id.as_str()).unwrap_or_default();
            let links = StoryLinks {
                progress_report_id: wire::optional_id("progress_report_id", progress_report_id)?,
                ..links.clone()
            };
            steps.push(step(entry, StorySource::Commitments, text, "", links)?);
        }
    }
    Ok(steps)
}

/// Whether an entry tells of a report that the reader may see: it was handed in or accepted at that very time.
fn tells_of(entry: &types::HistoryEntry, report: &commitments::ProgressReport) -> bool {
    entry.kind.starts_with("progress_report.")
        && entry.entry_time.is_some()
        && (entry.entry_time == report.submit_time || entry.entry_time == report.accept_time)
}

fn commitment_links(commitment: &commitments::Commitment) -> Result<StoryLinks, Failure> {
    let decision_id = commitment.acceptance.as_ref().map(|acceptance| acceptance.decision_id.as_str());
    Ok(StoryLinks {
        action_id: wire::optional_id("action_id", &commitment.action_id)?,
        decision_id: wire::optional_id("decision_id", decision_id.unwrap_or_default())?,
        commitment_id: wire::optional_id("commitment_id", &commitment.commitment_id)?,
        provider_id: wire::optional_id("provider_id", &commitment.provider_id)?,
        ..StoryLinks::default()
    })
}

/// The reports that the reader may see.
async fn reports_on(
    carrier: Carrier,
    commitment: &commitments::Commitment,
) -> Result<Vec<commitments::ProgressReport>, Failure> {
    let message = commitments::ListProgressReportsRequest {
        partnership_id: commitment.partnership_id.clone(),
        commitment_id: commitment.commitment_id.clone(),
        page_size: LISTED,
        ..Default::default()
    };
    let answer = ProgressReportServiceClient::new(carrier).list_progress_reports(patient(message)).await;
    Ok(answer.map_err(|status| peer::refusal(Peer::Commitments, status))?.into_inner().progress_reports)
}

/// What an entry says: its own note, or what it is about.
fn said(entry: &types::HistoryEntry, about: &str) -> String {
    if entry.note.is_empty() { about.to_owned() } else { entry.note.clone() }
}

fn step(
    entry: types::HistoryEntry,
    source: StorySource,
    text: String,
    reference: &str,
    links: StoryLinks,
) -> Result<StoryStep, Failure> {
    let time = entry.entry_time.as_ref().map(|time| wire::time("entry_time", time)).transpose()?;
    let actor = entry.actor.unwrap_or_default();
    let name = if actor.name.is_empty() { party(&entry.kind).to_owned() } else { actor.name };
    Ok(StoryStep {
        time: time.unwrap_or_default(),
        actor: StoryActor { id: actor.actor_id, name },
        source,
        kind: entry.kind,
        text,
        from_state: entry.from_state,
        to_state: entry.to_state,
        reference: reference.to_owned(),
        links,
    })
}

/// Who takes a step of this kind, where the reader may not know the person.
fn party(kind: &str) -> &'static str {
    match kind {
        "commitment.offered"
        | "commitment.accepted"
        | "commitment.withdrawn"
        | "progress_report.submitted"
        | "progress_report.corrected" => "The provider",
        "action.accepted" | "action.started" | "action.progress_reported" | "action.submitted" => {
            "The owner of the action"
        }
        _ => "The partnership",
    }
}
