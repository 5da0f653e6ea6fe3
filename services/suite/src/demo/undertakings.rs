//! Takes the commitments of [`super::plans`] as far as they get, with their reports.

use pathfinder_proto::commitments::v1 as commitments;
use pathfinder_proto::commitments::v1::progress_report_content::Measurement;
use pathfinder_proto::types::v1::{Evidence, Rag};

use super::board::{Decisions, decided};
use super::cast::PROVIDERS;
use super::place::THEMES;
use super::plans::{COMMITMENTS, CommitmentFate, CommitmentPart, ReportFate};
use super::sittings;
use super::world::{World, all, key};
use crate::client::{Refused, ask, within};

/// One commitment on its way.
pub(super) struct Undertaking<'a> {
    world: &'a World<'a>,
    /// The key of its provider.
    provider: &'static str,
    /// Names it in request ids.
    name: String,
    commitment_id: String,
}

/// One commitment that was offered, and how far it is to get.
pub(super) struct Offered<'a> {
    undertaking: Undertaking<'a>,
    part: &'static CommitmentPart,
}

/// Offers every commitment.
pub(super) async fn offer_all<'a>(world: &'a World<'a>) -> Result<Vec<Offered<'a>>, Refused> {
    let offers = COMMITMENTS.iter().enumerate().map(|(place, part)| async move {
        let name = format!("commitment {place}");
        let (undertaking, _) = offer(world, part, &name, String::new(), Vec::new()).await?;
        Ok(Offered { undertaking, part })
    });
    all(offers).await
}

/// The ids of those that the board is asked to take.
pub(super) fn put_to_the_board(offered: &[Offered<'_>]) -> Vec<String> {
    let put = offered.iter().filter(|offer| offer.part.fate.is_accepted());
    put.map(|offer| offer.undertaking.commitment_id.clone()).collect()
}

/// Takes every commitment as far as it gets.
pub(super) async fn take_all(world: &World<'_>, offered: &[Offered<'_>], decisions: &Decisions) -> Result<(), Refused> {
    let taken = offered.iter().map(|Offered { undertaking, part }| async move {
        take(undertaking, part, decisions).await?;
        world.progress.add(1);
        Ok(())
    });
    all(taken).await.map(|_| ())
}

/// Offers one, in answer to an action where one is named; answers it and what was recorded.
pub(super) async fn offer<'a>(
    world: &'a World<'a>,
    part: &CommitmentPart,
    name: &str,
    action_id: String,
    milestones: Vec<commitments::MilestonePlan>,
) -> Result<(Undertaking<'a>, commitments::Commitment), Refused> {
    let request = commitments::OfferCommitmentRequest {
        partnership_id: world.partnership(),
        provider_id: world.provider_id(part.provider),
        action_id,
        terms: Some(terms(world, part)),
        milestones,
        request_id: key(format!("offer {name}")),
    };
    let offered = ask(
        format!("offer `{}`", part.text),
        world.officer(part.provider).commitments().offer_commitment(within(request)),
    )
    .await?;
    let commitment_id = offered.commitment_id.clone();
    Ok((Undertaking { world, provider: part.provider, name: name.to_owned(), commitment_id }, offered))
}

fn terms(world: &World<'_>, part: &CommitmentPart) -> commitments::CommitmentTerms {
    let owner = PROVIDERS.iter().find(|provider| provider.key == part.provider).map_or("", |provider| provider.owner);
    let baseline = commitments::Baseline {
        value: part.baseline,
        value_date: world.days.date(part.start.min(0) - 14),
        source: "Invented figures, for demonstration".to_owned(),
    };
    commitments::CommitmentTerms {
        text: part.text.to_owned(),
        theme: THEMES.get(part.theme).copied().unwrap_or_default().to_owned(),
        kind: part.kind.into(),
        baseline: Some(baseline),
        target_value: part.target,
        unit: part.unit.to_owned(),
        direction: part.direction().into(),
        start_date: world.days.date(part.start),
        end_date: world.days.date(part.end),
        reporting_frequency: part.frequency.into(),
        report_due_working_days: None,
        owner: owner.to_owned(),
    }
}

async fn take(undertaking: &Undertaking<'_>, part: &CommitmentPart, decisions: &Decisions) -> Result<(), Refused> {
    let decided = decided(decisions, sittings::COMMITMENTS);
    let note = "Agreed with the partnership.";
    match part.fate {
        CommitmentFate::Offered | CommitmentFate::Lapsing => Ok(()),
        CommitmentFate::Negotiating => undertaking.negotiate("Could it begin a month earlier?").await,
        CommitmentFate::Accepted => undertaking.accept(decided, note).await,
        CommitmentFate::Withdrawn => {
            undertaking.accept(decided, note).await?;
            undertaking.withdraw("The land was sold, so there is nothing left to re-surface.").await
        }
        CommitmentFate::Active(fate) => {
            undertaking.accept(decided, note).await?;
            report(undertaking, part, fate).await
        }
        CommitmentFate::AtRisk => {
            undertaking.accept(decided, note).await?;
            report(undertaking, part, ReportFate::Accepted).await?;
            undertaking.flag("Two of three inspectors are on leave; cover is being found.").await
        }
        CommitmentFate::Met => {
            undertaking.accept(decided, note).await?;
            report(undertaking, part, ReportFate::Accepted).await?;
            undertaking
                .verify(
                    "manager",
                    commitments::VerificationOutcome::Met,
                    "The figures of four months were checked against the case list.",
                )
                .await
        }
        CommitmentFate::PartlyMet => {
            undertaking.accept(decided, note).await?;
            undertaking
                .verify("chair", commitments::VerificationOutcome::PartlyMet, "Seven of the ten paths are clear.")
                .await
        }
    }
}

/// Takes the report on the first period as far as it gets.
async fn report(undertaking: &Undertaking<'_>, part: &CommitmentPart, fate: ReportFate) -> Result<(), Refused> {
    let period_end = undertaking.world.days.period_end(part.start, 1);
    let content = content(part.value_at(0.4), Rag::Green, "The first month went as planned.");
    match fate {
        ReportFate::Drafted => undertaking.draft(period_end, content).await,
        ReportFate::Submitted => undertaking.submit(period_end, content).await.map(|_| ()),
        ReportFate::Accepted => {
            let report_id = undertaking.submit(period_end, content).await?;
            undertaking.accept_report(&report_id).await
        }
        ReportFate::Queried | ReportFate::Corrected => {
            let report_id = undertaking.submit(period_end, content).await?;
            undertaking.query(&report_id, "Do these figures leave out the trial in the spring?").await?;
            if fate == ReportFate::Corrected { undertaking.correct(&report_id, part).await } else { Ok(()) }
        }
    }
}

/// What a report says.
pub(super) fn content(value: f64, reported_rag: Rag, narrative: &str) -> commitments::ProgressReportContent {
    commitments::ProgressReportContent {
        measurement: Some(Measurement::MeasuredValue(value)),
        narrative: narrative.to_owned(),
        reported_rag: reported_rag.into(),
        ..Default::default()
    }
}

impl Undertaking<'_> {
    fn key(&self, verb: &str) -> String {
        key(format!("{verb} {}", self.name))
    }

    fn what(&self, verb: &str) -> String {
        format!("{verb} {}", self.name)
    }

    /// The manager asks something of the offer.
    pub(super) async fn negotiate(&self, note: &str) -> Result<(), Refused> {
        let request = commitments::NegotiateCommitmentRequest {
            partnership_id: self.world.partnership(),
            commitment_id: self.commitment_id.clone(),
            note: note.to_owned(),
            etag: String::new(),
            request_id: self.key("negotiate"),
        };
        ask(self.what("negotiate"), self.world.desk("manager").commitments().negotiate_commitment(within(request)))
            .await
            .map(|_| ())
    }

    /// The provider's signatory is bound, by a decision of the board.
    pub(super) async fn accept(&self, decision_id: String, note: &str) -> Result<(), Refused> {
        let request = commitments::AcceptCommitmentRequest {
            partnership_id: self.world.partnership(),
            commitment_id: self.commitment_id.clone(),
            decision_id,
            note: note.to_owned(),
            etag: String::new(),
            request_id: self.key("accept"),
        };
        ask(self.what("accept"), self.world.signatory(self.provider).commitments().accept_commitment(within(request)))
            .await
            .map(|_| ())
    }

    async fn flag(&self, reason: &str) -> Result<(), Refused> {
        let request = commitments::FlagCommitmentAtRiskRequest {
            partnership_id: self.world.partnership(),
            commitment_id: self.commitment_id.clone(),
            reason: reason.to_owned(),
            etag: String::new(),
            request_id: self.key("flag"),
        };
        ask(self.what("flag"), self.world.officer(self.provider).commitments().flag_commitment_at_risk(within(request)))
            .await
            .map(|_| ())
    }

    async fn withdraw(&self, reason: &str) -> Result<(), Refused> {
        let request = commitments::WithdrawCommitmentRequest {
            partnership_id: self.world.partnership(),
            commitment_id: self.commitment_id.clone(),
            reason: reason.to_owned(),
            etag: String::new(),
            request_id: self.key("withdraw"),
        };
        ask(
            self.what("withdraw"),
            self.world.signatory(self.provider).commitments().withdraw_commitment(within(request)),
        )
        .await
        .map(|_| ())
    }

    /// Records that a milestone was met.
    pub(super) async fn record_milestone(&self, milestone_id: String, note: &str) -> Result<(), Refused> {
        let request = commitments::RecordMilestoneRequest {
            partnership_id: self.world.partnership(),
            commitment_id: self.commitment_id.clone(),
            milestone_id,
            status: commitments::MilestoneStatus::Met.into(),
            note: note.to_owned(),
            etag: String::new(),
            request_id: self.key("milestone of"),
        };
        ask(
            self.what("record a milestone of"),
            self.world.officer(self.provider).commitments().record_milestone(within(request)),
        )
        .await
        .map(|_| ())
    }

    /// Somebody other than the provider says whether the target was reached.
    pub(super) async fn verify(
        &self,
        by: &str,
        outcome: commitments::VerificationOutcome,
        note: &str,
    ) -> Result<(), Refused> {
        let evidence = Evidence { text: "The case list, checked line by line.".to_owned(), url: String::new() };
        let request = commitments::VerifyCommitmentRequest {
            partnership_id: self.world.partnership(),
            commitment_id: self.commitment_id.clone(),
            outcome: outcome.into(),
            note: note.to_owned(),
            evidence: vec![evidence],
            etag: String::new(),
            request_id: self.key("verify"),
        };
        ask(self.what("verify"), self.world.desk(by).commitments().verify_commitment(within(request))).await.map(|_| ())
    }

    async fn draft(&self, period_end_date: String, content: commitments::ProgressReportContent) -> Result<(), Refused> {
        let request = commitments::DraftProgressReportRequest {
            partnership_id: self.world.partnership(),
            commitment_id: self.commitment_id.clone(),
            period_end_date,
            content: Some(content),
            etag: String::new(),
            request_id: self.key("draft report on"),
        };
        ask(
            self.what("draft a report on"),
            self.world.officer(self.provider).reports().draft_progress_report(within(request)),
        )
        .await
        .map(|_| ())
    }

    /// The provider hands a report in; answers its id.
    pub(super) async fn submit(
        &self,
        period_end_date: String,
        content: commitments::ProgressReportContent,
    ) -> Result<String, Refused> {
        let request = commitments::SubmitProgressReportRequest {
            partnership_id: self.world.partnership(),
            commitment_id: self.commitment_id.clone(),
            period_end_date,
            content: Some(content),
            etag: String::new(),
            request_id: self.key("report on"),
        };
        let mut reports = self.world.officer(self.provider).reports();
        let submitted = ask(self.what("report on"), reports.submit_progress_report(within(request))).await?;
        Ok(submitted.progress_report_id)
    }

    async fn query(&self, report_id: &str, note: &str) -> Result<(), Refused> {
        let request = commitments::QueryProgressReportRequest {
            partnership_id: self.world.partnership(),
            commitment_id: self.commitment_id.clone(),
            progress_report_id: report_id.to_owned(),
            note: note.to_owned(),
            etag: String::new(),
            request_id: self.key("query report on"),
        };
        ask(
            self.what("query the report on"),
            self.world.desk("manager").reports().query_progress_report(within(request)),
        )
        .await
        .map(|_| ())
    }

    async fn correct(&self, report_id: &str, part: &CommitmentPart) -> Result<(), Refused> {
        let request = commitments::CorrectProgressReportRequest {
            partnership_id: self.world.partnership(),
            commitment_id: self.commitment_id.clone(),
            progress_report_id: report_id.to_owned(),
            content: Some(content(part.value_at(0.3), Rag::Green, "Corrected: the trial in the spring is left out.")),
            etag: String::new(),
            request_id: self.key("correct report on"),
        };
        ask(
            self.what("correct the report on"),
            self.world.officer(self.provider).reports().correct_progress_report(within(request)),
        )
        .await
        .map(|_| ())
    }

    /// The partnership takes a report.
    pub(super) async fn accept_report(&self, report_id: &str) -> Result<(), Refused> {
        let request = commitments::AcceptProgressReportRequest {
            partnership_id: self.world.partnership(),
            commitment_id: self.commitment_id.clone(),
            progress_report_id: report_id.to_owned(),
            etag: String::new(),
            request_id: self.key("accept report on"),
        };
        ask(
            self.what("accept the report on"),
            self.world.desk("manager").reports().accept_progress_report(within(request)),
        )
        .await
        .map(|_| ())
    }
}
