//! `IssueService`.

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use pathfinder_kit::{Failure, retrying, wire};
use pathfinder_proto::issues::v1 as pb;
use pb::issue_service_server::IssueService;
use tonic::{Request, Response, Status, Streaming};

use super::{Shared, convert};
use crate::domain::text::or_empty;

/// Serves issues.
#[derive(Debug, Clone)]
pub(crate) struct Issues {
    app: Shared,
}

impl Issues {
    /// Over the use cases.
    #[must_use]
    pub(crate) const fn new(app: Shared) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl IssueService for Issues {
    async fn report_issue(
        &self,
        request: Request<pb::ReportIssueRequest>,
    ) -> Result<Response<pb::ReportIssueResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = convert::report_issue(&call, message)?;
        let followed = retrying(|| self.app.report_issue(&call, &command)).await?;
        Ok(Response::new(convert::followed(followed)))
    }

    async fn get_report_token(
        &self,
        request: Request<pb::GetReportTokenRequest>,
    ) -> Result<Response<pb::ReportToken>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let pb::GetReportTokenRequest { partnership_id, report_token } = message;
        let here = convert::id("partnership_id", &partnership_id)?;
        let found = self.app.get_report_token(here, &report_token).await.map_err(Failure::from)?;
        let issue_id = found.map(|id| id.to_string()).unwrap_or_default();
        Ok(Response::new(pb::ReportToken { partnership_id, report_token, issue_id }))
    }

    async fn support_issue(
        &self,
        request: Request<pb::SupportIssueRequest>,
    ) -> Result<Response<pb::SupportIssueResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = convert::support_issue(message)?;
        let followed = retrying(|| self.app.support_issue(&call, &command)).await?;
        let pb::ReportIssueResponse { issue, follow_token, .. } = convert::followed(followed);
        Ok(Response::new(pb::SupportIssueResponse { issue, follow_token }))
    }

    async fn follow_by_email(
        &self,
        request: Request<pb::FollowByEmailRequest>,
    ) -> Result<Response<pb::FollowByEmailResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = convert::follow_by_email(&message)?;
        self.app.host.once(&call, || self.app.follow_by_email(&call, &command)).await?;
        Ok(Response::new(pb::FollowByEmailResponse {}))
    }

    async fn confirm_follow(
        &self,
        request: Request<pb::ConfirmFollowRequest>,
    ) -> Result<Response<pb::ConfirmFollowResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let asked = convert::following(&message.partnership_id, &message.issue_id, message.confirmation_token)?;
        let follow_token = retrying(|| self.app.confirm_follow(&call, &asked, &message.request_id)).await?;
        Ok(Response::new(pb::ConfirmFollowResponse { follow_token }))
    }

    async fn get_issue(&self, request: Request<pb::GetIssueRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let following = convert::following(&message.partnership_id, &message.issue_id, message.follow_token)?;
        let view = self.app.get_issue(&call, &following).await.map_err(Failure::from)?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn list_issues(
        &self,
        request: Request<pb::ListIssuesRequest>,
    ) -> Result<Response<pb::ListIssuesResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let wish = convert::list_issues(message)?;
        let (views, next_page_token) = self.app.list_issues(&call, &wish).await.map_err(Failure::from)?;
        let issues = views.into_iter().map(convert::issue).collect();
        Ok(Response::new(pb::ListIssuesResponse { issues, next_page_token }))
    }

    async fn aggregate_issues(
        &self,
        request: Request<pb::AggregateIssuesRequest>,
    ) -> Result<Response<pb::AggregateIssuesResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let wish = convert::count_issues(message)?;
        let told = self.app.count_issues(&call, &wish).await.map_err(Failure::from)?;
        Ok(Response::new(convert::told(told)))
    }

    async fn reckon_due_times(
        &self,
        request: Request<pb::ReckonDueTimesRequest>,
    ) -> Result<Response<pb::ReckonDueTimesResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let wish = convert::reckon_due_times(&message)?;
        let due_times = self.app.reckon_due_times(&wish).await.map_err(Failure::from)?;
        Ok(Response::new(convert::reckoned(due_times)))
    }

    type ExportIssuesStream = BoxStream<'static, Result<pb::ExportedIssue, Status>>;

    async fn export_issues(
        &self,
        request: Request<pb::ExportIssuesRequest>,
    ) -> Result<Response<Self::ExportIssuesStream>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let sought = convert::export_issues(message)?;
        let issues = Arc::clone(&self.app).export_issues(call, &sought).await.map_err(Failure::from)?;
        let rows = issues.map(|issue| {
            let (issue, now) = issue?;
            Ok(convert::exported(issue, now))
        });
        Ok(Response::new(rows.boxed()))
    }

    async fn list_issue_history(
        &self,
        request: Request<pb::ListIssueHistoryRequest>,
    ) -> Result<Response<pb::ListIssueHistoryResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let partnership_id = convert::id("partnership_id", &message.partnership_id)?;
        let issue_id = convert::id("issue_id", &message.issue_id)?;
        let (page_size, page_token) = (message.page_size, &message.page_token);
        let list = self.app.list_issue_history(&call, partnership_id, issue_id, page_size, page_token);
        let (entries, next_page_token) = list.await.map_err(Failure::from)?;
        let entries = entries.into_iter().map(convert::history_entry).collect();
        Ok(Response::new(pb::ListIssueHistoryResponse { entries, next_page_token }))
    }

    async fn get_issue_story(
        &self,
        request: Request<pb::GetIssueStoryRequest>,
    ) -> Result<Response<pb::IssueStory>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let partnership_id = convert::id("partnership_id", &message.partnership_id)?;
        let issue_id = convert::id("issue_id", &message.issue_id)?;
        let story = self.app.get_issue_story(&call, partnership_id, issue_id).await.map_err(Failure::from)?;
        Ok(Response::new(convert::issue_story(story)))
    }

    async fn list_notices(
        &self,
        request: Request<pb::ListNoticesRequest>,
    ) -> Result<Response<pb::ListNoticesResponse>, Status> {
        let (_, message) = self.app.host.admit(request)?;
        let following = convert::following(&message.partnership_id, &message.issue_id, message.follow_token)?;
        let list = self.app.list_notices(&following, message.page_size, &message.page_token);
        let (notices, next_page_token, follower) = list.await.map_err(Failure::from)?;
        let notices = notices.into_iter().map(convert::notice).collect();
        Ok(Response::new(pb::ListNoticesResponse { notices, next_page_token, follower }))
    }

    async fn suggest_responses(
        &self,
        request: Request<pb::SuggestResponsesRequest>,
    ) -> Result<Response<pb::SuggestResponsesResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let following = convert::following(&message.partnership_id, &message.issue_id, String::new())?;
        let responses = self.app.suggest_responses(&call, &following).await.map_err(Failure::from)?;
        let responses = responses.into_iter().map(convert::template).collect();
        Ok(Response::new(pb::SuggestResponsesResponse { responses }))
    }

    async fn triage_issue(&self, request: Request<pb::TriageIssueRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let (rewording, note) = convert::rewording(message);
        let view = self.app.host.once(&call, || self.app.triage_issue(&call, &target, &rewording, &note)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn route_issue(&self, request: Request<pb::RouteIssueRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let provider_id = convert::id("provider_id", &message.provider_id)?;
        let view =
            self.app.host.once(&call, || self.app.route_issue(&call, &target, provider_id, &message.note)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn recategorise_issue(
        &self,
        request: Request<pb::RecategoriseIssueRequest>,
    ) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = convert::recategorise_issue(message)?;
        let view = self.app.host.once(&call, || self.app.recategorise_issue(&call, &command)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn accept_issue(&self, request: Request<pb::AcceptIssueRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let view = self.app.host.once(&call, || self.app.accept_issue(&call, &target, &message.note)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn refuse_issue(&self, request: Request<pb::RefuseIssueRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let named =
            wire::optional_id("responsible_provider_id", &message.responsible_provider_id).map_err(Failure::from)?;
        let view = self.app.host.once(&call, || self.app.refuse_issue(&call, &target, &message.reason, named)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn start_issue_work(
        &self,
        request: Request<pb::StartIssueWorkRequest>,
    ) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let view = self.app.host.once(&call, || self.app.start_issue_work(&call, &target, &message.note)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn hold_issue(&self, request: Request<pb::HoldIssueRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let view = self
            .app
            .host
            .once(&call, || self.app.hold_issue(&call, &target, &message.reason, &message.pause_reason))
            .await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn resume_issue(&self, request: Request<pb::ResumeIssueRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let view = self.app.host.once(&call, || self.app.resume_issue(&call, &target, &message.note)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn ask_reporter(&self, request: Request<pb::AskReporterRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = convert::ask_reporter(message)?;
        let view = self.app.host.once(&call, || self.app.ask_reporter(&call, &command)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn answer_question(
        &self,
        request: Request<pb::AnswerQuestionRequest>,
    ) -> Result<Response<pb::AnswerQuestionResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = convert::answer_question(message)?;
        let answered = self.app.host.once(&call, || self.app.answer_question(&call, &command)).await?;
        Ok(Response::new(convert::answered(answered)))
    }

    async fn resolve_issue(&self, request: Request<pb::ResolveIssueRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let fix = convert::fix(message)?;
        let view = self.app.host.once(&call, || self.app.resolve_issue(&call, &target, &fix)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn close_issue(&self, request: Request<pb::CloseIssueRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let reason = or_empty(message.reason);
        let view = self.app.host.once(&call, || self.app.close_issue(&call, &target, &reason)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn close_issue_without_action(
        &self,
        request: Request<pb::CloseIssueWithoutActionRequest>,
    ) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let view =
            self.app.host.once(&call, || self.app.close_issue_without_action(&call, &target, &message.reason)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn mark_issue_duplicate(
        &self,
        request: Request<pb::MarkIssueDuplicateRequest>,
    ) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let duplicate_of = convert::id("duplicate_of", &message.duplicate_of)?;
        let reason = or_empty(message.reason);
        let view =
            self.app.host.once(&call, || self.app.mark_issue_duplicate(&call, &target, duplicate_of, &reason)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn uphold_closing(&self, request: Request<pb::UpholdClosingRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let target = convert::verb_fields!(message)?;
        let view = self.app.host.once(&call, || self.app.uphold_closing(&call, &target, &message.reason)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn withdraw_issue(&self, request: Request<pb::WithdrawIssueRequest>) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let following = convert::following(&message.partnership_id, &message.issue_id, message.follow_token)?;
        let view = self.app.host.once(&call, || self.app.withdraw_issue(&call, &following, &message.reason)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn confirm_resolution(
        &self,
        request: Request<pb::ConfirmResolutionRequest>,
    ) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let said = convert::said(message.satisfaction(), message.satisfaction_comment)?;
        let following = convert::following(&message.partnership_id, &message.issue_id, message.follow_token)?;
        let said = said.as_ref();
        let view =
            self.app.host.once(&call, || self.app.confirm_resolution(&call, &following, &message.note, said)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn dispute_resolution(
        &self,
        request: Request<pb::DisputeResolutionRequest>,
    ) -> Result<Response<pb::Issue>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let said = convert::said(message.satisfaction(), message.satisfaction_comment)?;
        let following = convert::following(&message.partnership_id, &message.issue_id, message.follow_token)?;
        let said = said.as_ref();
        let view =
            self.app.host.once(&call, || self.app.dispute_resolution(&call, &following, &message.reason, said)).await?;
        Ok(Response::new(convert::issue(view)))
    }

    async fn batch_import_issues(
        &self,
        request: Request<pb::BatchImportIssuesRequest>,
    ) -> Result<Response<pb::BatchImportIssuesResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let partnership_id = convert::id("partnership_id", &message.partnership_id)?;
        let rows = convert::import_rows(message.rows);
        let report = self.app.host.once(&call, || self.app.batch_import_issues(&call, partnership_id, &rows)).await?;
        Ok(Response::new(convert::import_response(report)))
    }

    type ImportIssuesStream = BoxStream<'static, Result<pb::ImportIssuesResponse, Status>>;

    async fn import_issues(
        &self,
        request: Request<Streaming<pb::ImportIssuesRequest>>,
    ) -> Result<Response<Self::ImportIssuesStream>, Status> {
        let (call, messages) = self.app.host.admit_stream(request)?;
        let answers = Arc::clone(&self.app).import_issues(call, messages.map(convert::sent).boxed());
        Ok(Response::new(answers.map(|answered| Ok(convert::import_answer(answered?))).boxed()))
    }
}
