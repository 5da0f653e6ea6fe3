//! The page of a form link, on which an outside contractor accepts, refuses or reports done one issue without an account. A commitment
//! is shown; accepting one binds its provider, and is left to the provider's signatory.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use pathfinder_proto::errors::v1::ErrorReason;
use pathfinder_proto::identity::v1::form_link_service_client::FormLinkServiceClient;
use pathfinder_proto::identity::v1::{ExchangeFormLinkRequest, FormLink};
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::issues::v1::issue_service_client::IssueServiceClient;

use super::facts::{Facts, commitment_facts, issue_facts};
use super::{Captured, go_to, page, words};
use crate::cookies::is_token;
use crate::error::{ApiError, Violation};
use crate::form::Fields;
use crate::services::Services;
use crate::state::{App, Shared};

const BROKEN: &str = "The link is not whole. Copy all of it out of the message that it came with.";
const NO_WORK: &str = "Say what was done";
const NO_REASON: &str = "Say why it is not yours";

#[derive(Template)]
#[template(path = "form_link.html")]
struct Sheet<'a> {
    clock_offset: Option<&'a str>,
    token: &'a str,
    heading: String,
    holder_name: &'a str,
    expires: String,
    facts: Facts,
    offers: Offers,
    done: &'a str,
    etag: &'a str,
    request_id: String,
    problem: &'a str,
    /// The field that the problem is about: `work` or `reason`.
    problem_field: &'a str,
    work: &'a str,
    reason: &'a str,
}

/// What can be done with an issue as it stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Offers {
    accept: bool,
    refuse: bool,
    finish: bool,
}

impl Offers {
    /// The part of the table of an issue's moves that a contractor may make.
    fn of(state: pb::IssueState) -> Self {
        match state {
            pb::IssueState::Routed => Self { accept: true, refuse: true, finish: false },
            pb::IssueState::Accepted => Self { accept: false, refuse: true, finish: true },
            pb::IssueState::InProgress => Self { accept: false, refuse: false, finish: true },
            pb::IssueState::Unspecified
            | pb::IssueState::Reported
            | pb::IssueState::AwaitingModeration
            | pb::IssueState::Triaged
            | pb::IssueState::OnHold
            | pb::IssueState::Resolved
            | pb::IssueState::Closed
            | pb::IssueState::Duplicate
            | pb::IssueState::NotResponsible
            | pb::IssueState::NoAction
            | pb::IssueState::Withdrawn
            | pb::IssueState::Reopened => Self::default(),
        }
    }
}

/// A link that holds, and the way to the services on behalf of whoever has it.
struct Held<'a> {
    app: &'a App,
    services: Services<'a>,
    link: FormLink,
    token: String,
}

/// What was typed and what is wrong with it, when a form is shown again.
#[derive(Clone, Copy, Default)]
struct Again<'a> {
    problem: &'a str,
    field: &'a str,
    work: &'a str,
    reason: &'a str,
}

async fn held<'a>(app: &'a App, parts: &Parts, token: &str) -> Result<Held<'a>, ApiError> {
    if !is_token(token) {
        return Err(ApiError::link_refused(BROKEN));
    }
    let services = Services::of(app, parts).await;
    let message = ExchangeFormLinkRequest { link_token: token.to_owned() };
    let exchanged = services.call("identity", message, async |channel, message| {
        FormLinkServiceClient::new(channel).exchange_form_link(message).await
    });
    let exchanged = exchanged.await?;
    let bearer = exchanged.token.unwrap_or_default().access_token;
    let link = exchanged.form_link.unwrap_or_default();
    Ok(Held { app, services: services.bearing(&bearer), link, token: token.to_owned() })
}

/// `GET /f/{token}`.
pub(super) async fn show(
    State(app): State<Shared>,
    Captured(token): Captured<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, _) = request.into_parts();
    let fields = Fields::queried(&parts)?;
    let held = held(&app, &parts, &token).await?;
    if held.link.issue_id.is_empty() {
        return held.show_commitment().await;
    }
    let issue = held.issue().await?;
    held.show_issue(&issue, done(fields.get("done")), Again::default(), StatusCode::OK)
}

/// `POST /f/{token}`.
pub(super) async fn act(
    State(app): State<Shared>,
    Captured(token): Captured<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, fields) = Fields::submitted(request, app.limits.body_bytes).await?;
    let held = held(&app, &parts, &token).await?;
    let action = fields.get("action");
    let outcome = match action {
        "accept" => held.accept(&fields).await,
        "refuse" => held.refuse(&fields).await,
        "done" => held.finish(&fields).await,
        _ => Err(ApiError::invalid(vec![Violation::new("action", "must be accept, refuse or done")])),
    };
    match outcome {
        Ok(_) => go_to(&format!("/f/{token}?done={action}"), []),
        Err(error) if error.is(ErrorReason::InvalidRequest) && !done(action).is_empty() => {
            let (work, reason) = (fields.get("work"), fields.get("reason"));
            let (problem, field) = if action == "done" { (NO_WORK, "work") } else { (NO_REASON, "reason") };
            let issue = held.issue().await?;
            held.show_issue(&issue, "", Again { problem, field, work, reason }, StatusCode::BAD_REQUEST)
        }
        Err(error) => Err(error),
    }
}

/// What was done, for the page after it.
fn done(action: &str) -> &'static str {
    match action {
        "accept" => "You have accepted it.",
        "refuse" => "You have refused it. The neighbourhood manager, or the provider who is answerable, is told.",
        "done" => "You have reported it done. Everyone who reported it is told.",
        _ => "",
    }
}

impl Held<'_> {
    async fn issue(&self) -> Result<pb::Issue, ApiError> {
        let message = pb::GetIssueRequest {
            partnership_id: self.link.partnership_id.clone(),
            issue_id: self.link.issue_id.clone(),
            ..pb::GetIssueRequest::default()
        };
        let found = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).get_issue(message).await
        });
        found.await
    }

    fn show_issue(
        &self,
        issue: &pb::Issue,
        done: &str,
        again: Again<'_>,
        status: StatusCode,
    ) -> Result<Response, ApiError> {
        let heading = format!("{}: {}", issue.reference, issue.category_name);
        let offers = Offers::of(issue.state());
        let sheet = Sheet { offers, done, etag: &issue.etag, ..self.sheet(heading, issue_facts(issue), again) };
        page(status, &sheet)
    }

    async fn show_commitment(&self) -> Result<Response, ApiError> {
        let (heading, facts) = commitment_facts(&self.services, &self.link).await?;
        page(StatusCode::OK, &self.sheet(heading, facts, Again::default()))
    }

    fn sheet<'s>(&'s self, heading: String, facts: Facts, again: Again<'s>) -> Sheet<'s> {
        Sheet {
            clock_offset: self.app.shown_offset(),
            token: &self.token,
            heading,
            holder_name: &self.link.holder_name,
            expires: words::time(self.link.expire_time.as_ref()),
            facts,
            offers: Offers::default(),
            done: "",
            etag: "",
            request_id: self.app.ids.next(self.app.clock.now()).to_string(),
            problem: again.problem,
            problem_field: again.field,
            work: again.work,
            reason: again.reason,
        }
    }

    async fn accept(&self, fields: &Fields) -> Result<pb::Issue, ApiError> {
        let message = pb::AcceptIssueRequest {
            partnership_id: self.link.partnership_id.clone(),
            issue_id: self.link.issue_id.clone(),
            etag: fields.get("etag").to_owned(),
            request_id: fields.get("request_id").to_owned(),
            ..pb::AcceptIssueRequest::default()
        };
        let accepted = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).accept_issue(message).await
        });
        accepted.await
    }

    async fn refuse(&self, fields: &Fields) -> Result<pb::Issue, ApiError> {
        let message = pb::RefuseIssueRequest {
            partnership_id: self.link.partnership_id.clone(),
            issue_id: self.link.issue_id.clone(),
            reason: fields.get("reason").to_owned(),
            etag: fields.get("etag").to_owned(),
            request_id: fields.get("request_id").to_owned(),
            ..pb::RefuseIssueRequest::default()
        };
        let refused = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).refuse_issue(message).await
        });
        refused.await
    }

    /// Reports it done. An issue that was only accepted is begun first: the table of its moves knows no shorter way. The etag of the
    /// page is left out, so that the form, sent twice, is the same request twice.
    async fn finish(&self, fields: &Fields) -> Result<pb::Issue, ApiError> {
        let (partnership_id, issue_id) = (self.link.partnership_id.clone(), self.link.issue_id.clone());
        if fields.get("work").is_empty() {
            return Err(ApiError::invalid(vec![Violation::new("work", "must not be empty")]));
        }
        if self.issue().await?.state() == pb::IssueState::Accepted {
            let message = pb::StartIssueWorkRequest {
                partnership_id: partnership_id.clone(),
                issue_id: issue_id.clone(),
                ..pb::StartIssueWorkRequest::default()
            };
            let begun = self.services.call("issues", message, async |channel, message| {
                IssueServiceClient::new(channel).start_issue_work(message).await
            });
            begun.await?;
        }
        let message = pb::ResolveIssueRequest {
            partnership_id,
            issue_id,
            reason: fields.get("work").to_owned(),
            request_id: fields.get("request_id").to_owned(),
            ..pb::ResolveIssueRequest::default()
        };
        let resolved = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).resolve_issue(message).await
        });
        resolved.await
    }
}
