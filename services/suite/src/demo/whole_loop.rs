//! One issue all the way round: reported, routed, missed, taken up by the board, answered by a commitment, reported on, fixed, verified
//! by others than the provider, told to everyone who reported it, and confirmed by a resident.

use std::time::Duration;

use pathfinder_proto::boards::v1 as boards;
use pathfinder_proto::commitments::v1 as commitments;
use pathfinder_proto::issues::v1 as issues;
use pathfinder_proto::types::v1::{Evidence, Rag};
use tokio::time::Instant;

use super::actions::Course;
use super::board::{Decisions, decided};
use super::place::{QUARRY_LANE, THEMES, location};
use super::plans::{CommitmentFate, CommitmentPart};
use super::sittings::{QUARRY_ACTION, QUARRY_COMMITMENT};
use super::undertakings::{self, Undertaking};
use super::words::contact;
use super::world::{World, key};
use crate::client::{Refused, ask, within};

/// The id by which the issue can be found again.
pub(super) const EXTERNAL_ID: &str = "DEMONSTRATION-LOOP";
/// How many hours before the founding it was reported: seventy days, so that its pledge was missed long ago.
const REPORTED_HOURS: i64 = 70 * 24;
/// Who answers.
const PROVIDER: &str = "cleansing";
/// How long the feeds may take to tell everyone.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);
const FEEDBACK: &str = "You told us that Quarry Lane is used as a tip. Street Cleansing put a gate and a camera at the quarry and now \
clears the lane every Monday and Friday. Fly-tips fell from fourteen a month to one.";

/// What the provider undertakes.
const UNDERTAKING: CommitmentPart = CommitmentPart {
    provider: PROVIDER,
    text: "End the fly-tipping at Quarry Lane: a gate, a camera, and two clearances a week",
    theme: 0,
    kind: commitments::CommitmentKind::MainstreamChange,
    baseline: 14.0,
    target: 2.0,
    unit: "fly-tips a month",
    start: -40,
    end: 140,
    frequency: commitments::ReportingFrequency::Monthly,
    fate: CommitmentFate::Met,
};

/// The issue and the keys of those who follow it.
pub(super) struct Reported {
    /// Its id.
    pub(super) issue_id: String,
    follow_token: String,
}

/// The board's answer and the provider's.
pub(super) struct Answer<'a> {
    course: Course<'a>,
    undertaking: Undertaking<'a>,
    milestone_id: String,
    /// The action.
    pub(super) action_id: String,
    /// The commitment.
    pub(super) commitment_id: String,
}

/// A resident rings up, two others join in, and the provider takes it on.
pub(super) async fn report(world: &World<'_>) -> Result<Reported, Refused> {
    let request = issues::ReportIssueRequest {
        partnership_id: world.partnership(),
        category_code: "fly-tipping".to_owned(),
        title: "Quarry Lane is a rubbish tip".to_owned(),
        description: "Vans come at night and tip at the old quarry gate. It has been like this for months.".to_owned(),
        location: Some(location(QUARRY_LANE, "Quarry Lane, by the old quarry gate", "")),
        source: issues::IssueSource::Phone.into(),
        severity: issues::IssueSeverity::High.into(),
        reporter: Some(contact("Edith Pallister", issues::ReporterVisibility::Named)),
        external_id: EXTERNAL_ID.to_owned(),
        report_time: Some(world.days.hours_ago(REPORTED_HOURS)),
        request_id: key("loop report"),
        ..Default::default()
    };
    let taken_in = ask("report the loop's issue", world.desk("manager").issues().report_issue(within(request))).await?;
    let issue_id = taken_in.issue.unwrap_or_default().issue_id;
    for name in ["Nasreen Qureshi", "Femi Adeyemi"] {
        support(world, &issue_id, name).await?;
    }
    take_on(world, &issue_id).await?;
    Ok(Reported { issue_id, follow_token: taken_in.follow_token })
}

async fn support(world: &World<'_>, issue_id: &str, name: &str) -> Result<(), Refused> {
    let request = issues::SupportIssueRequest {
        partnership_id: world.partnership(),
        issue_id: issue_id.to_owned(),
        supporter: Some(contact(name, issues::ReporterVisibility::Confidential)),
        request_id: key(format!("loop support by {name}")),
    };
    ask("support the loop's issue", world.anyone.issues().support_issue(within(request))).await.map(|_| ())
}

async fn take_on(world: &World<'_>, issue_id: &str) -> Result<(), Refused> {
    let officer = world.officer(PROVIDER);
    let accept = issues::AcceptIssueRequest {
        partnership_id: world.partnership(),
        issue_id: issue_id.to_owned(),
        note: "It is ours.".to_owned(),
        etag: String::new(),
        request_id: key("loop accept issue"),
    };
    ask("accept the loop's issue", officer.issues().accept_issue(within(accept))).await?;
    let start = issues::StartIssueWorkRequest {
        partnership_id: world.partnership(),
        issue_id: issue_id.to_owned(),
        note: "The lane was cleared once; it was full again the next morning.".to_owned(),
        etag: String::new(),
        request_id: key("loop start issue"),
    };
    ask("start on the loop's issue", officer.issues().start_issue_work(within(start))).await.map(|_| ())
}

/// The board raises an action because the pledge was missed, and the provider offers a commitment in answer.
pub(super) async fn answer<'a>(
    world: &'a World<'a>,
    issue_id: &str,
    decisions: &Decisions,
) -> Result<Answer<'a>, Refused> {
    let decision_id = decided(decisions, QUARRY_ACTION);
    let action = raise(world, issue_id, &decision_id).await?;
    let officer = world.officer(PROVIDER);
    let course = Course::of(world, officer, "loop action", action.action_id.clone());
    course.agree(&decision_id).await?;
    course.accept().await?;
    course.start().await?;
    let milestone = commitments::MilestonePlan {
        text: "The gate is hung and the camera works".to_owned(),
        due_date: world.days.date(-12),
    };
    let offered =
        undertakings::offer(world, &UNDERTAKING, "loop commitment", action.action_id.clone(), vec![milestone]).await?;
    let (undertaking, commitment) = offered;
    undertaking.negotiate("The board asks for two clearances a week instead of one.").await?;
    let milestone_id =
        commitment.milestones.first().map(|milestone| milestone.milestone_id.clone()).unwrap_or_default();
    world.progress.add(2);
    Ok(Answer {
        course,
        undertaking,
        milestone_id,
        action_id: action.action_id,
        commitment_id: commitment.commitment_id,
    })
}

async fn raise(world: &World<'_>, issue_id: &str, decision_id: &str) -> Result<boards::Action, Refused> {
    let request = boards::RaiseActionRequest {
        partnership_id: world.partnership(),
        title: "End the fly-tipping at Quarry Lane".to_owned(),
        text: "The pledge of two working days was missed by weeks. Find out why the lane fills up again, and end it."
            .to_owned(),
        theme: THEMES[0].to_owned(),
        origin: boards::ActionOrigin::Breach.into(),
        issue_ids: vec![issue_id.to_owned()],
        decision_id: decision_id.to_owned(),
        owner_provider_id: world.provider_id(PROVIDER),
        owner_organisation: world.providers.get(PROVIDER).map_or("", |provider| provider.name).to_owned(),
        supporting_organisations: vec!["Neighbourhood Police Team (demonstration)".to_owned()],
        priority: boards::ActionPriority::High.into(),
        start_date: world.days.date(-45),
        due_date: world.days.date(10),
        request_id: key("loop raise action"),
        ..Default::default()
    };
    ask("raise the loop's action", world.desk("manager").actions().raise_action(within(request))).await
}

/// The rest of the way: the commitment is accepted, kept, reported on and verified, the issue fixed, everyone told, and it is confirmed.
pub(super) async fn finish(
    world: &World<'_>,
    reported: &Reported,
    answer: &Answer<'_>,
    decisions: &Decisions,
) -> Result<(), Refused> {
    let Answer { course, undertaking, milestone_id, .. } = answer;
    let decision_id = decided(decisions, QUARRY_COMMITMENT);
    undertaking.accept(decision_id, "Two clearances a week are agreed.").await?;
    undertaking
        .record_milestone(milestone_id.clone(), "The gate is hung; the camera has been on since the same day.")
        .await?;
    let narrative = "One fly-tip in the first month; the camera led to two fines.";
    let report_id = undertaking
        .submit(world.days.period_end(UNDERTAKING.start, 1), undertakings::content(1.0, Rag::Green, narrative))
        .await?;
    undertaking.accept_report(&report_id).await?;
    course.report(Rag::Green).await?;
    resolve(world, &reported.issue_id).await?;
    undertaking
        .verify(
            "manager",
            commitments::VerificationOutcome::Met,
            "A month's walkabouts found one fly-tip; the target is two.",
        )
        .await?;
    course.submit("The lane has stayed clear for a month.").await?;
    course.verify("street-rep", FEEDBACK).await?;
    until_told(world, reported).await?;
    confirm(world, reported).await?;
    world.progress.add(1);
    Ok(())
}

async fn resolve(world: &World<'_>, issue_id: &str) -> Result<(), Refused> {
    let request = issues::ResolveIssueRequest {
        partnership_id: world.partnership(),
        issue_id: issue_id.to_owned(),
        reason: "The tip was cleared, a gate was hung at the quarry, and the lane is now cleared twice a week."
            .to_owned(),
        evidence: vec![Evidence {
            text: "Photographs of the lane on four Mondays, on file.".to_owned(),
            url: String::new(),
        }],
        fix_time: Some(world.days.hours_ago(30 * 24)),
        etag: String::new(),
        request_id: key("loop resolve issue"),
    };
    ask("resolve the loop's issue", world.officer(PROVIDER).issues().resolve_issue(within(request))).await.map(|_| ())
}

/// Waits until the reporter has been told what the board did: that news comes over the feed of the boards service.
async fn until_told(world: &World<'_>, reported: &Reported) -> Result<(), Refused> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let request = issues::ListNoticesRequest {
            partnership_id: world.partnership(),
            issue_id: reported.issue_id.clone(),
            follow_token: reported.follow_token.clone(),
            ..Default::default()
        };
        let told = ask("read what the reporter was told", world.anyone.issues().list_notices(within(request))).await?;
        if told.notices.iter().any(|notice| notice.kind == "action.completed") {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(Refused {
                what: "wait until the reporter is told what the board did".to_owned(),
                why: format!(
                    "after {} seconds the issues service has not heard of the completed action",
                    PATIENCE.as_secs()
                ),
                code: tonic::Code::DeadlineExceeded,
                reason: None,
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn confirm(world: &World<'_>, reported: &Reported) -> Result<(), Refused> {
    let request = issues::ConfirmResolutionRequest {
        partnership_id: world.partnership(),
        issue_id: reported.issue_id.clone(),
        follow_token: reported.follow_token.clone(),
        note: "It has been clear for weeks. Thank you all.".to_owned(),
        request_id: key("loop confirm"),
        ..issues::ConfirmResolutionRequest::default()
    };
    ask("confirm the loop's issue", world.anyone.issues().confirm_resolution(within(request))).await.map(|_| ())
}
