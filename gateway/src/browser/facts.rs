//! Issues and commitments as lists of facts, for the pages of people who have a link to one of them.

use pathfinder_proto::commitments::v1 as commitments;
use pathfinder_proto::commitments::v1::commitment_service_client::CommitmentServiceClient;
use pathfinder_proto::identity::v1::FormLink;
use pathfinder_proto::issues::v1 as pb;

use super::words;
use crate::error::ApiError;
use crate::services::Services;

/// Names and values, in the order in which a person wants to know them.
pub(super) type Facts = Vec<(&'static str, String)>;

/// What an issue is, where, and what was pledged. What is not known is left out.
pub(super) fn issue_facts(issue: &pb::Issue) -> Facts {
    let due = issue.clock.as_ref().and_then(|clock| clock.due_time.as_ref());
    let resolution = issue.resolution.as_ref().map(|resolution| resolution.reason.clone()).unwrap_or_default();
    let facts = vec![
        ("Where it stands", words::state(issue.state().as_str_name(), "ISSUE_STATE_")),
        ("What", issue.title.clone()),
        ("In the reporter's words", issue.description.clone()),
        ("Where", place(issue.location.as_ref())),
        ("Reported", words::time(issue.report_time.as_ref())),
        ("Answerable", issue.provider_name.clone()),
        ("Due", due.map(|due| words::time(Some(due))).unwrap_or_default()),
        ("Standard", issue.standard_text.clone()),
        ("How it ended", resolution),
    ];
    known(facts)
}

fn place(location: Option<&pb::Location>) -> String {
    let Some(location) = location else { return String::new() };
    let point = location.point.as_ref().map(|point| format!("{:.5}, {:.5}", point.latitude, point.longitude));
    let uprn = Some(&location.uprn).filter(|uprn| !uprn.is_empty()).map(|uprn| format!("UPRN {uprn}"));
    let parts = [Some(location.address.clone()), Some(location.location_text.clone()), uprn, point];
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join("; ")
}

/// The heading and the facts of the commitment that a link is about.
pub(super) async fn commitment_facts(services: &Services<'_>, link: &FormLink) -> Result<(String, Facts), ApiError> {
    let message = commitments::GetCommitmentRequest {
        partnership_id: link.partnership_id.clone(),
        commitment_id: link.commitment_id.clone(),
    };
    let found = services.call("commitments", message, async |channel, message| {
        CommitmentServiceClient::new(channel).get_commitment(message).await
    });
    let commitment = found.await?;
    let status = words::state(commitment.status().as_str_name(), "COMMITMENT_STATUS_");
    let terms = commitment.terms.unwrap_or_default();
    let baseline = terms.baseline.unwrap_or_default();
    let mut facts = vec![
        ("Where it stands", status),
        ("What", terms.text),
        ("From", format!("{} {} on {}", baseline.value, terms.unit, baseline.value_date)),
        ("To", format!("{} {} by {}", terms.target_value, terms.unit, terms.end_date)),
        ("Answerable", terms.owner),
        ("Next report due", commitment.next_report_due_date),
    ];
    facts
        .extend(commitment.milestones.into_iter().map(|step| ("Step", format!("{}, by {}", step.text, step.due_date))));
    Ok(("A commitment".to_owned(), known(facts)))
}

fn known(facts: Facts) -> Facts {
    facts.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}
