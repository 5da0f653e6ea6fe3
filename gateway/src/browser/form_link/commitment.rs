//! A form link about a commitment: its holder writes the next report on it, as a draft that an officer of the provider reads and submits.
//! Neither accepting a commitment nor handing in a report is offered: both bind the provider.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use pathfinder_proto::commitments::v1 as pb;
use pathfinder_proto::commitments::v1::commitment_service_client::CommitmentServiceClient;
use pathfinder_proto::commitments::v1::progress_report_service_client::ProgressReportServiceClient;
use pathfinder_proto::commitments::v1::provider_service_client::ProviderServiceClient;
use pathfinder_proto::errors::v1::ErrorReason;

use super::super::facts::{Facts, commitment_facts};
use super::super::{go_to, page, words};
use super::report::{Choice, Input, Problem, Typed};
use super::{Held, OVERTAKEN, is_overtaken, request_id};
use crate::error::{ApiError, Violation};
use crate::form::Fields;

/// What a form's button says, and the address after it.
const DRAFT: &str = "draft";

#[derive(Template)]
#[template(path = "form_link_commitment.html")]
struct Sheet<'a> {
    clock_offset: Option<&'a str>,
    token: &'a str,
    heading: String,
    provider: &'a str,
    holder_name: &'a str,
    expires: String,
    facts: Facts,
    next: String,
    done: bool,
    overtaken: &'a str,
    problems: &'a [Problem],
    /// None where there is nothing to report.
    form: Option<Form<'a>>,
}

/// The form of the report on a period.
struct Form<'a> {
    heading: String,
    button: &'static str,
    period_end: &'a str,
    request_id: String,
    measures: Vec<Input<'a>>,
    choices: [Choice; 4],
    choices_problem: &'static str,
    texts: [Input<'a>; 2],
}

/// The commitment, who promised it, and what the link's holder drafted for its next period.
struct Scene {
    commitment: pb::Commitment,
    terms: pb::CommitmentTerms,
    provider: String,
    draft: Option<pb::ProgressReportContent>,
}

/// What the page says beside the commitment: what was typed, and what came of it.
#[derive(Default)]
struct Remark {
    done: bool,
    overtaken: &'static str,
    problems: Vec<Problem>,
    typed: Option<Typed>,
}

/// Shows the commitment, after something was done.
pub(super) async fn show(held: &Held<'_>, done: &str) -> Result<Response, ApiError> {
    let scene = held.scene().await?;
    let done = done == DRAFT && scene.draft.is_some();
    held.show_commitment(StatusCode::OK, &scene, Remark { done, ..Remark::default() })
}

/// Keeps the draft that was submitted.
pub(super) async fn act(held: &Held<'_>, fields: &Fields) -> Result<Response, ApiError> {
    if fields.get("action") != DRAFT {
        return Err(ApiError::invalid(vec![Violation::new("action", "must be draft")]));
    }
    let typed = Typed::of(fields);
    let outcome = match typed.content() {
        Ok(content) => held.draft(fields, content).await,
        Err(problems) => return held.again(StatusCode::BAD_REQUEST, typed, problems, "").await,
    };
    match outcome {
        Ok(_) => go_to(&held.address_after(DRAFT), []),
        Err(error) if error.is(ErrorReason::InvalidRequest) => {
            let problems = Problem::read(&error.details.violations);
            if problems.is_empty() {
                Err(error)
            } else {
                held.again(StatusCode::BAD_REQUEST, typed, problems, "").await
            }
        }
        Err(error) if error.is(ErrorReason::DraftOfAnother) => {
            held.again(StatusCode::CONFLICT, typed, Vec::new(), OF_ANOTHER).await
        }
        Err(error) if is_overtaken(&error) => held.again(StatusCode::CONFLICT, typed, Vec::new(), OVERTAKEN).await,
        Err(error) => Err(error),
    }
}

const OF_ANOTHER: &str = "Somebody else has drafted the report on this period already. Yours was not kept; what you typed still \
    stands below. Ask whoever sent you this page what to do.";

impl Held<'_> {
    /// Shows the form again with what was typed.
    async fn again(
        &self,
        status: StatusCode,
        typed: Typed,
        problems: Vec<Problem>,
        overtaken: &'static str,
    ) -> Result<Response, ApiError> {
        let scene = self.scene().await?;
        self.show_commitment(status, &scene, Remark { done: false, overtaken, problems, typed: Some(typed) })
    }

    async fn scene(&self) -> Result<Scene, ApiError> {
        let (commitment, drafts) = futures::join!(self.commitment(), self.drafts());
        let mut commitment = commitment?;
        let provider = self.provider(&commitment.provider_id).await?.name;
        let period_end = &commitment.next_report_period_end_date;
        let draft = drafts?.into_iter().find(|draft| draft.period_end_date == *period_end);
        let terms = commitment.terms.take().unwrap_or_default();
        Ok(Scene { commitment, terms, provider, draft: draft.and_then(|draft| draft.content) })
    }

    fn show_commitment(&self, status: StatusCode, scene: &Scene, remark: Remark) -> Result<Response, ApiError> {
        let Remark { done, overtaken, problems, typed } = remark;
        let typed = typed.or_else(|| scene.draft.clone().map(Typed::from)).unwrap_or_default();
        let is_ours = scene.commitment.provider_id == self.link.provider_id;
        let is_open = is_ours && scene.is_open();
        let form = is_open.then(|| scene.form(&typed, &problems, self.page_id()));
        let sheet = Sheet {
            clock_offset: self.app.shown_offset(),
            token: &self.token,
            heading: format!("A commitment of {}", scene.provider),
            provider: &scene.provider,
            holder_name: &self.link.holder_name,
            expires: self.expires(),
            facts: commitment_facts(&scene.commitment, &scene.terms),
            next: if is_ours { scene.next(is_open) } else { scene.not_ours() },
            done,
            overtaken,
            problems: &problems,
            form,
        };
        page(status, &sheet)
    }

    async fn commitment(&self) -> Result<pb::Commitment, ApiError> {
        let message = pb::GetCommitmentRequest {
            partnership_id: self.link.partnership_id.clone(),
            commitment_id: self.link.commitment_id.clone(),
        };
        let found = self.services.call("commitments", message, async |channel, message| {
            CommitmentServiceClient::new(channel).get_commitment(message).await
        });
        found.await
    }

    async fn provider(&self, provider_id: &str) -> Result<pb::Provider, ApiError> {
        let message = pb::GetProviderRequest {
            partnership_id: self.link.partnership_id.clone(),
            provider_id: provider_id.to_owned(),
        };
        let found = self.services.call("commitments", message, async |channel, message| {
            ProviderServiceClient::new(channel).get_provider(message).await
        });
        found.await
    }

    /// The drafts that the link's holder wrote, newest first: it sees no others.
    async fn drafts(&self) -> Result<Vec<pb::ProgressReport>, ApiError> {
        let message = pb::ListProgressReportsRequest {
            partnership_id: self.link.partnership_id.clone(),
            commitment_id: self.link.commitment_id.clone(),
            filter: "status = draft".to_owned(),
            ..pb::ListProgressReportsRequest::default()
        };
        let listed = self.services.call("commitments", message, async |channel, message| {
            ProgressReportServiceClient::new(channel).list_progress_reports(message).await
        });
        Ok(listed.await?.progress_reports)
    }

    async fn draft(&self, fields: &Fields, content: pb::ProgressReportContent) -> Result<pb::ProgressReport, ApiError> {
        let message = pb::DraftProgressReportRequest {
            partnership_id: self.link.partnership_id.clone(),
            commitment_id: self.link.commitment_id.clone(),
            period_end_date: fields.get("period_end").to_owned(),
            content: Some(content),
            request_id: request_id(fields, ""),
            etag: String::new(),
        };
        let drafted = self.services.call("commitments", message, async |channel, message| {
            ProgressReportServiceClient::new(channel).draft_progress_report(message).await
        });
        drafted.await
    }
}

impl Scene {
    /// Whether it runs, and a period of it is still to be reported on.
    fn is_open(&self) -> bool {
        is_running(self.commitment.status()) && !self.commitment.next_report_period_end_date.is_empty()
    }

    /// What happens next, in words.
    fn next(&self, is_open: bool) -> String {
        let provider = &self.provider;
        if is_open && self.draft.is_some() {
            return format!("Your report is with {provider}. Until {provider} submits it, you can change it here.");
        }
        if is_open {
            let due = words::date(&self.commitment.next_report_due_date);
            return format!(
                "{provider} owes its next report by {due}. You write it here; an officer of {provider} reads it and submits it."
            );
        }
        match self.commitment.status() {
            pb::CommitmentStatus::Offered | pb::CommitmentStatus::Negotiating => format!(
                "It is not accepted yet, so there is nothing to report. Only a signatory of {provider} can accept it."
            ),
            pb::CommitmentStatus::Accepted => "It has not begun, so there is nothing to report yet.".to_owned(),
            pb::CommitmentStatus::Active | pb::CommitmentStatus::AtRisk => {
                format!("There is nothing that you could report for {provider} at present.")
            }
            pb::CommitmentStatus::Met
            | pb::CommitmentStatus::PartlyMet
            | pb::CommitmentStatus::Missed
            | pb::CommitmentStatus::Withdrawn
            | pb::CommitmentStatus::Expired
            | pb::CommitmentStatus::Unspecified => {
                "It has come to its end. There is nothing more to report.".to_owned()
            }
        }
    }

    /// What the holder of a link reads that was made for another provider.
    fn not_ours(&self) -> String {
        let provider = &self.provider;
        format!("{provider} made this commitment, and this link is for another provider: nothing can be reported here.")
    }

    fn form<'a>(&'a self, typed: &'a Typed, problems: &[Problem], request_id: String) -> Form<'a> {
        let period_end = &self.commitment.next_report_period_end_date;
        Form {
            heading: format!("The report on the period to {}", words::date(period_end)),
            button: if self.draft.is_some() { "Change the report" } else { "Hand the report over" },
            period_end,
            request_id,
            measures: typed.measures(&self.terms.unit, problems),
            choices: typed.choices(&target(&self.terms)),
            choices_problem: Problem::about("rag", problems),
            texts: typed.texts(problems),
        }
    }
}

/// The target as one says it: `95 percent`.
fn target(terms: &pb::CommitmentTerms) -> String {
    format!("{} {}", terms.target_value, terms.unit)
}

/// Whether reports are made on a commitment that stands so.
fn is_running(status: pb::CommitmentStatus) -> bool {
    match status {
        pb::CommitmentStatus::Active | pb::CommitmentStatus::AtRisk => true,
        pb::CommitmentStatus::Unspecified
        | pb::CommitmentStatus::Offered
        | pb::CommitmentStatus::Negotiating
        | pb::CommitmentStatus::Accepted
        | pb::CommitmentStatus::Met
        | pb::CommitmentStatus::PartlyMet
        | pb::CommitmentStatus::Missed
        | pb::CommitmentStatus::Withdrawn
        | pb::CommitmentStatus::Expired => false,
    }
}
