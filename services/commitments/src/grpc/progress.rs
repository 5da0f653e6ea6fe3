//! Serves `ProgressReportService`.

use std::sync::Arc;

use pathfinder_kit::page::Page;
use pathfinder_kit::{Call, Failure};
use pathfinder_proto::commitments::v1 as pb;
use pathfinder_proto::commitments::v1::progress_report_service_server::ProgressReportService;
use tonic::{Request, Response, Status};

use super::convert::{self, CommitmentPath, ReportPath};
use crate::app::{App, ReportOn};
use crate::domain::ProgressReport;

/// Serves `ProgressReportService`.
pub(crate) struct ProgressReports {
    app: Arc<App>,
}

impl ProgressReports {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

/// The answer with a report, with or without the people in it, as the caller may know them.
fn answer(call: &Call, report: ProgressReport) -> Response<pb::ProgressReport> {
    let with_people = App::sees_people(call, report.partnership_id);
    Response::new(convert::report_to_wire(report, with_people))
}

#[tonic::async_trait]
impl ProgressReportService for ProgressReports {
    async fn draft_progress_report(
        &self,
        request: Request<pb::DraftProgressReportRequest>,
    ) -> Result<Response<pb::ProgressReport>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = ReportOn::try_from(message)?;
        let report = self.app.host.once(&call, || self.app.draft_progress_report(&call, &command)).await?;
        Ok(answer(&call, report))
    }

    async fn submit_progress_report(
        &self,
        request: Request<pb::SubmitProgressReportRequest>,
    ) -> Result<Response<pb::ProgressReport>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let command = ReportOn::try_from(message)?;
        let report = self.app.host.once(&call, || self.app.submit_progress_report(&call, &command)).await?;
        Ok(answer(&call, report))
    }

    async fn get_progress_report(
        &self,
        request: Request<pb::GetProgressReportRequest>,
    ) -> Result<Response<pb::ProgressReport>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let path = ReportPath(&message.partnership_id, &message.commitment_id, &message.progress_report_id, "");
        let report = self.app.get_progress_report(&call, &path.key()?).await.map_err(Failure::from)?;
        Ok(answer(&call, report))
    }

    async fn list_progress_reports(
        &self,
        request: Request<pb::ListProgressReportsRequest>,
    ) -> Result<Response<pb::ListProgressReportsResponse>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let query = ("ListProgressReports", &message.partnership_id, &message.commitment_id, &message.filter);
        let page = Page::open(message.page_size, &message.page_token, &query)?;
        let key = CommitmentPath(&message.partnership_id, &message.commitment_id, "").key()?;
        let listed = self.app.list_progress_reports(&call, key.partnership_id, key.id, &message.filter, &page);
        let (reports, next_page_token) = listed.await.map_err(Failure::from)?;
        let with_people = App::sees_people(&call, key.partnership_id);
        let to_wire = |report| convert::report_to_wire(report, with_people);
        let progress_reports = reports.into_iter().map(to_wire).collect();
        Ok(Response::new(pb::ListProgressReportsResponse { progress_reports, next_page_token }))
    }

    async fn query_progress_report(
        &self,
        request: Request<pb::QueryProgressReportRequest>,
    ) -> Result<Response<pb::ProgressReport>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let path =
            ReportPath(&message.partnership_id, &message.commitment_id, &message.progress_report_id, &message.etag);
        let key = path.key()?;
        let note = convert::said("note", &message.note).map_err(Failure::from)?;
        let report = self.app.host.once(&call, || self.app.query_progress_report(&call, &key, note.clone())).await?;
        Ok(answer(&call, report))
    }

    async fn accept_progress_report(
        &self,
        request: Request<pb::AcceptProgressReportRequest>,
    ) -> Result<Response<pb::ProgressReport>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let path =
            ReportPath(&message.partnership_id, &message.commitment_id, &message.progress_report_id, &message.etag);
        let key = path.key()?;
        let report = self.app.host.once(&call, || self.app.accept_progress_report(&call, &key)).await?;
        Ok(answer(&call, report))
    }

    async fn correct_progress_report(
        &self,
        request: Request<pb::CorrectProgressReportRequest>,
    ) -> Result<Response<pb::ProgressReport>, Status> {
        let (call, message) = self.app.host.admit(request)?;
        let path =
            ReportPath(&message.partnership_id, &message.commitment_id, &message.progress_report_id, &message.etag);
        let key = path.key()?;
        let content = convert::content(message.content.unwrap_or_default())?;
        let report = self.app.host.once(&call, || self.app.correct_progress_report(&call, &key, &content)).await?;
        Ok(answer(&call, report))
    }
}
