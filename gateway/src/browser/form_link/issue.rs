//! A form link about an issue: its holder accepts it, refuses it and says why, or reports it done and says what was done.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use pathfinder_proto::errors::v1::ErrorReason;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::issues::v1::issue_service_client::IssueServiceClient;

use super::super::facts::{Facts, issue_facts};
use super::super::{go_to, page};
use super::{Held, OVERTAKEN, is_overtaken, request_id};
use crate::error::{ApiError, Violation};
use crate::form::Fields;

const NO_WORK: &str = "Say what was done";
const NO_REASON: &str = "Say why it is not yours";
const TOO_LONG: &str = "Say it in at most 2,000 characters";
/// The most characters of a text.
const MOST: usize = 2000;

#[derive(Template)]
#[template(path = "form_link.html")]
struct Sheet<'a> {
    clock_offset: Option<&'a str>,
    token: &'a str,
    heading: String,
    holder_name: &'a str,
    expires: String,
    facts: Facts,
    next: &'static str,
    offers: Offers,
    done: &'a str,
    overtaken: &'a str,
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

/// What happens next with an issue for which the link's provider is answerable, or was.
fn next(state: pb::IssueState) -> &'static str {
    match state {
        pb::IssueState::Routed => "It waits for an answer: accept it, or refuse it and say why.",
        pb::IssueState::Accepted => "It was accepted. When the work is done, say here what was done.",
        pb::IssueState::InProgress => "Work on it has begun. When it is done, say here what was done.",
        pb::IssueState::OnHold => {
            "Work on it is on hold. When the provider takes it up again, it can be reported done here."
        }
        pb::IssueState::Resolved => {
            "It was reported done. Those who reported it are asked whether it is fixed; if it is not, it is opened again."
        }
        pb::IssueState::NotResponsible => "It was refused. The neighbourhood manager decides who is answerable.",
        pb::IssueState::Closed | pb::IssueState::Duplicate | pb::IssueState::NoAction | pb::IssueState::Withdrawn => {
            "It has come to its end."
        }
        pb::IssueState::Unspecified
        | pb::IssueState::Reported
        | pb::IssueState::AwaitingModeration
        | pb::IssueState::Triaged
        | pb::IssueState::Reopened => "The neighbourhood manager decides what happens next.",
    }
}

const NOT_OURS: &str = "Another provider is answerable for it now.";

/// What the page says beside the issue: what was just done, that others were faster, or what is wrong with what was typed.
#[derive(Clone, Copy, Default)]
struct Remark<'a> {
    done: &'a str,
    overtaken: &'a str,
    problem: &'a str,
    field: &'a str,
    work: &'a str,
    reason: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Accept,
    Refuse,
    Finish,
}

impl Action {
    fn read(word: &str) -> Option<Self> {
        match word {
            "accept" => Some(Self::Accept),
            "refuse" => Some(Self::Refuse),
            "done" => Some(Self::Finish),
            _ => None,
        }
    }

    /// The field that it needs, and what is said where it is empty.
    const fn needs(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Accept => None,
            Self::Refuse => Some(("reason", NO_REASON)),
            Self::Finish => Some(("work", NO_WORK)),
        }
    }

    /// What was done, for the page after it.
    const fn told(self) -> &'static str {
        match self {
            Self::Accept => "You have accepted it.",
            Self::Refuse => {
                "You have refused it. The neighbourhood manager, or the provider who is answerable, is told."
            }
            Self::Finish => "You have reported it done. Everyone who reported it is told.",
        }
    }
}

/// Shows the issue, after something was done.
pub(super) async fn show(held: &Held<'_>, done: &str) -> Result<Response, ApiError> {
    let done = Action::read(done).map_or("", Action::told);
    held.show_issue(StatusCode::OK, Remark { done, ..Remark::default() }).await
}

/// Does what was submitted.
pub(super) async fn act(held: &Held<'_>, fields: &Fields) -> Result<Response, ApiError> {
    let Some(action) = Action::read(fields.get("action")) else {
        return Err(ApiError::invalid(vec![Violation::new("action", "must be accept, refuse or done")]));
    };
    let typed = Remark { work: fields.get("work"), reason: fields.get("reason"), ..Remark::default() };
    if let Some((field, problem)) = problem(action, fields) {
        return held.show_issue(StatusCode::BAD_REQUEST, Remark { problem, field, ..typed }).await;
    }
    let outcome = match action {
        Action::Accept => held.accept(fields).await,
        Action::Refuse => held.refuse(fields).await,
        Action::Finish => held.finish(fields).await,
    };
    let overtaken = match &outcome {
        Ok(_) => false,
        // The role is missing because another provider is answerable now, or because a policy forbids it, which is told as it is.
        Err(error) if error.is(ErrorReason::RoleMissing) => {
            held.issue().await.is_ok_and(|issue| issue.provider_id != held.link.provider_id)
        }
        Err(error) => is_overtaken(error),
    };
    match (outcome, action.needs()) {
        (Ok(_), _) => go_to(&held.address_after(fields.get("action")), []),
        (Err(_), _) if overtaken => {
            held.show_issue(StatusCode::CONFLICT, Remark { overtaken: OVERTAKEN, ..typed }).await
        }
        (Err(error), Some((field, problem))) if error.is(ErrorReason::InvalidRequest) => {
            held.show_issue(StatusCode::BAD_REQUEST, Remark { problem, field, ..typed }).await
        }
        (Err(error), _) => Err(error),
    }
}

/// What is wrong with what was typed, and where.
fn problem(action: Action, fields: &Fields) -> Option<(&'static str, &'static str)> {
    let (field, missing) = action.needs()?;
    let typed = fields.get(field);
    if typed.is_empty() {
        return Some((field, missing));
    }
    (typed.chars().count() > MOST).then_some((field, TOO_LONG))
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

    async fn show_issue(&self, status: StatusCode, remark: Remark<'_>) -> Result<Response, ApiError> {
        let issue = self.issue().await?;
        let state = issue.state();
        // Where nobody is answerable, it was refused, perhaps here.
        let ours = issue.provider_id.is_empty() || issue.provider_id == self.link.provider_id;
        let sheet = Sheet {
            clock_offset: self.app.shown_offset(),
            token: &self.token,
            heading: format!("{}: {}", issue.reference, issue.category_name),
            holder_name: &self.link.holder_name,
            expires: self.expires(),
            facts: issue_facts(&issue),
            next: if ours { next(state) } else { NOT_OURS },
            offers: if ours { Offers::of(state) } else { Offers::default() },
            done: remark.done,
            overtaken: remark.overtaken,
            etag: &issue.etag,
            request_id: self.page_id(),
            problem: remark.problem,
            problem_field: remark.field,
            work: remark.work,
            reason: remark.reason,
        };
        page(status, &sheet)
    }

    async fn accept(&self, fields: &Fields) -> Result<pb::Issue, ApiError> {
        let message = pb::AcceptIssueRequest {
            partnership_id: self.link.partnership_id.clone(),
            issue_id: self.link.issue_id.clone(),
            etag: fields.get("etag").to_owned(),
            request_id: request_id(fields, ""),
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
            request_id: request_id(fields, ""),
            ..pb::RefuseIssueRequest::default()
        };
        let refused = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).refuse_issue(message).await
        });
        refused.await
    }

    /// Reports it done. An issue that was only accepted is begun first: the table of its moves knows no shorter way. The etag of the
    /// page is left out, as beginning it changes the issue.
    async fn finish(&self, fields: &Fields) -> Result<pb::Issue, ApiError> {
        if self.issue().await?.state() == pb::IssueState::Accepted {
            self.start(fields).await?;
        }
        let message = pb::ResolveIssueRequest {
            partnership_id: self.link.partnership_id.clone(),
            issue_id: self.link.issue_id.clone(),
            reason: fields.get("work").to_owned(),
            request_id: request_id(fields, ""),
            ..pb::ResolveIssueRequest::default()
        };
        let resolved = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).resolve_issue(message).await
        });
        resolved.await
    }

    /// Begins the work. The same form sent twice at once begins it once: the second is answered as the first was.
    async fn start(&self, fields: &Fields) -> Result<pb::Issue, ApiError> {
        let message = pb::StartIssueWorkRequest {
            partnership_id: self.link.partnership_id.clone(),
            issue_id: self.link.issue_id.clone(),
            request_id: request_id(fields, "start"),
            ..pb::StartIssueWorkRequest::default()
        };
        let begun = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).start_issue_work(message).await
        });
        begun.await
    }
}
