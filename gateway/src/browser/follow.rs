//! The page on which whoever reported, supports or follows an issue sees what became of it; whoever reported or supports it says
//! whether it is fixed, and answers questions (`follow_feedback`). Letters are asked for there, too; `follow_letters` is what their links lead to.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use pathfinder_proto::errors::v1::ErrorReason;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::issues::v1::issue_service_client::IssueServiceClient;
use prost_types::Timestamp;

use super::facts::{Facts, issue_facts};
use super::follow_feedback::{Asked, Chosen, Question, answer_problem, answered, open_question};
use super::{Captured, go_to, page, words};
use crate::cookies::is_token;
use crate::error::{ApiError, Violation};
use crate::form::Fields;
use crate::json::call::MAX_ANSWER_BYTES;
use crate::services::Services;
use crate::state::{App, Shared};

const BROKEN: &str = "The link is not whole. Copy all of it from where it was given to you.";
const NO_REASON: &str = "Say what is still wrong";
const NO_ADDRESS: &str = "Enter an e-mail address such as name@example.org";
/// Notices on the page.
const MOST_NOTICES: i32 = 100;

#[derive(Template)]
#[template(path = "follow.html")]
struct Sheet<'a> {
    clock_offset: Option<&'a str>,
    address: String,
    token: &'a str,
    reference: &'a str,
    category: &'a str,
    facts: Facts,
    notices: Vec<Line>,
    steps: Vec<Line>,
    offers_confirm: bool,
    /// Whether the reader has confirmed it, and may only change how satisfied they said they are.
    has_confirmed: bool,
    offers_dispute: bool,
    /// Nothing of letters while the issue is held back: nobody can follow it then.
    offers_letters: bool,
    gets_letters: bool,
    request_id: String,
    done: &'a str,
    confirm_problem: &'a str,
    problem: &'a str,
    reason: &'a str,
    email_problem: &'a str,
    email: &'a str,
    has_problem: bool,
    open_question: Option<Question>,
    answered: Vec<Question>,
    answer_problem: &'a str,
    answer: &'a str,
    /// How satisfied somebody is, in each of the two forms.
    confirm_asked: [Asked; 1],
    dispute_asked: [Asked; 1],
    /// Those of the two with which something is wrong.
    wrongly_said: Vec<Asked>,
}

struct Line {
    time: String,
    text: String,
}

impl Line {
    fn of(time: Option<&Timestamp>, text: String) -> Self {
        Self { time: words::time(time), text }
    }
}

/// An issue, and the token of whoever follows it.
struct Followed<'a> {
    app: &'a App,
    services: Services<'a>,
    partnership_id: String,
    issue_id: String,
    token: String,
}

/// What a page says beside the issue: what was just done, or what is wrong with what was typed.
#[derive(Clone, Copy, Default)]
struct Remark<'a> {
    done: &'a str,
    confirm_problem: &'a str,
    problem: &'a str,
    reason: &'a str,
    email_problem: &'a str,
    email: &'a str,
    answer_problem: &'a str,
    answer: &'a str,
    /// How satisfied somebody is, in the form that was sent.
    confirm_said: Chosen<'a>,
    dispute_said: Chosen<'a>,
}

impl<'a> Remark<'a> {
    /// What was typed into one of the forms about whether it is fixed.
    fn typed(action: &str, reason: &'a str, said: Chosen<'a>) -> Self {
        let (confirm_said, dispute_said) =
            if action == "confirm" { (said, Chosen::default()) } else { (Chosen::default(), said) };
        Self { reason, confirm_said, dispute_said, ..Self::default() }
    }

    fn has_problem(&self) -> bool {
        let texts = [self.confirm_problem, self.problem, self.email_problem, self.answer_problem];
        texts.iter().any(|text| !text.is_empty()) || self.confirm_said.is_wrong() || self.dispute_said.is_wrong()
    }
}

/// `GET /follow/{partnership_id}/{issue_id}?token=`.
pub(super) async fn show(
    State(app): State<Shared>,
    Captured((partnership_id, issue_id)): Captured<(String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, _) = request.into_parts();
    let fields = Fields::queried(&parts)?;
    let token = follow_token(&fields)?;
    let followed = Followed { app: &app, services: Services::of(&app, &parts).await, partnership_id, issue_id, token };
    followed.show(StatusCode::OK, Remark { done: done(fields.get("done")), ..Remark::default() }).await
}

/// `POST /follow/{partnership_id}/{issue_id}`.
pub(super) async fn act(
    State(app): State<Shared>,
    Captured((partnership_id, issue_id)): Captured<(String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, fields) = Fields::submitted(request, app.limits.body_bytes).await?;
    let token = follow_token(&fields)?;
    let followed = Followed { app: &app, services: Services::of(&app, &parts).await, partnership_id, issue_id, token };
    let (action, reason, email) = (fields.get("action"), fields.get("reason"), fields.get("email"));
    let (said, request_id) = (Chosen::read(&fields), fields.get("request_id"));
    let outcome = match action {
        "answer" => return followed.answer(&fields).await,
        "confirm" | "dispute" if said.is_wrong() => {
            return followed.show(StatusCode::BAD_REQUEST, Remark::typed(action, reason, said)).await;
        }
        "confirm" => followed.confirm(said, request_id).await.map(drop),
        "dispute" => followed.dispute(reason, said, request_id).await.map(drop),
        "tell" => followed.ask_for_letters(email, request_id).await,
        _ => Err(ApiError::invalid(vec![Violation::new("action", "must be answer, confirm, dispute or tell")])),
    };
    match outcome {
        Ok(()) => go_to(&format!("{}?token={}&done={action}", followed.address(), followed.token), []),
        Err(error) if error.is(ErrorReason::InvalidRequest) && action == "dispute" => {
            let remark = Remark { problem: NO_REASON, ..Remark::typed(action, reason, said) };
            followed.show(StatusCode::BAD_REQUEST, remark).await
        }
        // The issue has moved on, or it was changed once: what was typed is not lost.
        Err(error) if error.is(ErrorReason::StateForbids) && matches!(action, "confirm" | "dispute") => {
            let typed = Remark::typed(action, reason, said);
            let told = error.message.as_str();
            let remark = if action == "confirm" {
                Remark { confirm_problem: told, ..typed }
            } else {
                Remark { problem: told, ..typed }
            };
            followed.show(error.http, remark).await
        }
        Err(error) if error.is(ErrorReason::InvalidRequest) && action == "tell" => {
            let remark = Remark { email_problem: NO_ADDRESS, email, ..Remark::default() };
            followed.show(StatusCode::BAD_REQUEST, remark).await
        }
        Err(error) => Err(error),
    }
}

pub(super) fn follow_token(fields: &Fields) -> Result<String, ApiError> {
    let token = Some(fields.get("token")).filter(|token| is_token(token));
    token.map(str::to_owned).ok_or_else(|| ApiError::invalid(vec![Violation::new("token", BROKEN)]))
}

fn done(action: &str) -> &'static str {
    match action {
        "answer" => "Thank you. Those who work on it have your answer.",
        "confirm" => "Thank you. You have said that it is fixed.",
        "dispute" => "Thank you. You have said that it is not fixed; it was reopened.",
        "tell" => "A letter is on its way to that address. Open the link in it within 24 hours, and letters begin.",
        "follow" => "You will be told by e-mail what becomes of it. Each letter has a link to this page.",
        _ => "",
    }
}

impl Followed<'_> {
    fn address(&self) -> String {
        format!("/follow/{}/{}", self.partnership_id, self.issue_id)
    }

    async fn show(&self, status: StatusCode, remark: Remark<'_>) -> Result<Response, ApiError> {
        let (issue, notices, steps) = futures::join!(self.issue(), self.notices(), self.steps());
        let (issue, (notices, follower), steps) = (issue?, notices?, steps?);
        let confirm_said = remark.confirm_said.or_said_of(&issue);
        let asked = || [Asked::of("confirm", confirm_said), Asked::of("dispute", remark.dispute_said)];
        let has_confirmed = has_confirmed(&issue);
        let confirms = offers_confirm(&issue) || (has_confirmed && Chosen::said_of(&issue).is_some());
        let [confirm_asked, dispute_asked] = asked().map(|asked| [asked]);
        let wrongly_said = asked().into_iter().filter(Asked::is_wrong).collect();
        let sheet = Sheet {
            clock_offset: self.app.shown_offset(),
            address: self.address(),
            token: &self.token,
            reference: &issue.reference,
            category: &issue.category_name,
            facts: issue_facts(&issue),
            notices,
            offers_confirm: !follower && (confirms || !remark.confirm_problem.is_empty()),
            has_confirmed,
            offers_dispute: !follower && (offers_dispute(issue.state()) || !remark.problem.is_empty()),
            offers_letters: !follower && steps.is_some(),
            gets_letters: follower,
            steps: steps.unwrap_or_default(),
            request_id: self.app.ids.next(self.app.clock.now()).to_string(),
            done: remark.done,
            confirm_problem: remark.confirm_problem,
            problem: remark.problem,
            reason: remark.reason,
            email_problem: remark.email_problem,
            email: remark.email,
            has_problem: remark.has_problem(),
            open_question: open_question(&issue),
            answered: answered(&issue),
            answer_problem: remark.answer_problem,
            answer: remark.answer,
            confirm_asked,
            dispute_asked,
            wrongly_said,
        };
        page(status, &sheet)
    }

    /// Answers a question. Where the answer holds words of danger, the page says at once what to do.
    async fn answer(&self, fields: &Fields) -> Result<Response, ApiError> {
        let answer = fields.get("answer");
        let again = |problem| Remark { answer_problem: problem, answer, ..Remark::default() };
        let problem = answer_problem(answer);
        if !problem.is_empty() {
            return self.show(StatusCode::BAD_REQUEST, again(problem)).await;
        }
        let Ok(question_number) = fields.get("question_number").parse() else {
            return Err(ApiError::invalid(vec![Violation::new("question_number", "must be the number of a question")]));
        };
        let message = pb::AnswerQuestionRequest {
            partnership_id: self.partnership_id.clone(),
            issue_id: self.issue_id.clone(),
            follow_token: self.token.clone(),
            question_number,
            answer: answer.to_owned(),
            request_id: fields.get("request_id").to_owned(),
        };
        let taken = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).answer_question(message).await
        });
        match taken.await {
            Ok(taken) if taken.advice.is_empty() => {
                go_to(&format!("{}?token={}&done=answer", self.address(), self.token), [])
            }
            Ok(taken) => {
                let told = format!("{} {}", done("answer"), taken.advice);
                self.show(StatusCode::OK, Remark { done: &told, ..Remark::default() }).await
            }
            Err(error) if error.is(ErrorReason::InvalidRequest) => {
                self.show(StatusCode::BAD_REQUEST, again(answer_problem(""))).await
            }
            Err(error) => Err(error),
        }
    }

    async fn issue(&self) -> Result<pb::Issue, ApiError> {
        let message = pb::GetIssueRequest {
            partnership_id: self.partnership_id.clone(),
            issue_id: self.issue_id.clone(),
            follow_token: self.token.clone(),
        };
        let found = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).get_issue(message).await
        });
        found.await
    }

    /// What the holder of the token was told, and whether they follow by e-mail.
    async fn notices(&self) -> Result<(Vec<Line>, bool), ApiError> {
        let message = pb::ListNoticesRequest {
            partnership_id: self.partnership_id.clone(),
            issue_id: self.issue_id.clone(),
            follow_token: self.token.clone(),
            page_size: MOST_NOTICES,
            page_token: String::new(),
        };
        let listed = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).list_notices(message).await
        });
        let pb::ListNoticesResponse { notices, follower, .. } = listed.await?;
        let lines = notices.into_iter().map(|notice| Line::of(notice.notice_time.as_ref(), notice.text));
        Ok((lines.collect(), follower))
    }

    /// The public story; none while the issue is held back from the public.
    async fn steps(&self) -> Result<Option<Vec<Line>>, ApiError> {
        let message =
            pb::GetIssueStoryRequest { partnership_id: self.partnership_id.clone(), issue_id: self.issue_id.clone() };
        let told = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES).get_issue_story(message).await
        });
        match told.await {
            Ok(story) => {
                let lines = story.steps.into_iter().map(|step| Line::of(step.step_time.as_ref(), step.text));
                Ok(Some(lines.collect()))
            }
            Err(error) if error.http == StatusCode::NOT_FOUND => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn ask_for_letters(&self, email: &str, request_id: &str) -> Result<(), ApiError> {
        let message = pb::FollowByEmailRequest {
            partnership_id: self.partnership_id.clone(),
            issue_id: self.issue_id.clone(),
            email: email.to_owned(),
            request_id: request_id.to_owned(),
        };
        let asked = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).follow_by_email(message).await
        });
        asked.await.map(drop)
    }

    async fn confirm(&self, said: Chosen<'_>, request_id: &str) -> Result<pb::Issue, ApiError> {
        let message = pb::ConfirmResolutionRequest {
            partnership_id: self.partnership_id.clone(),
            issue_id: self.issue_id.clone(),
            follow_token: self.token.clone(),
            note: String::new(),
            request_id: request_id.to_owned(),
            satisfaction: said.satisfaction().into(),
            satisfaction_comment: said.comment.to_owned(),
        };
        let confirmed = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).confirm_resolution(message).await
        });
        confirmed.await
    }

    async fn dispute(&self, reason: &str, said: Chosen<'_>, request_id: &str) -> Result<pb::Issue, ApiError> {
        let message = pb::DisputeResolutionRequest {
            partnership_id: self.partnership_id.clone(),
            issue_id: self.issue_id.clone(),
            follow_token: self.token.clone(),
            reason: reason.to_owned(),
            request_id: request_id.to_owned(),
            satisfaction: said.satisfaction().into(),
            satisfaction_comment: said.comment.to_owned(),
        };
        let disputed = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).dispute_resolution(message).await
        });
        disputed.await
    }
}

/// Whether there is a fix that nobody has confirmed yet.
fn offers_confirm(issue: &pb::Issue) -> bool {
    let ended = matches!(issue.state(), pb::IssueState::Resolved | pb::IssueState::Closed);
    ended && issue.confirmation() != pb::Confirmation::Confirmed
}

/// Whether it is closed, and was said to be fixed.
fn has_confirmed(issue: &pb::Issue) -> bool {
    issue.state() == pb::IssueState::Closed && issue.confirmation() == pb::Confirmation::Confirmed
}

/// Whether the issue ended in a way that a resident may dispute.
fn offers_dispute(state: pb::IssueState) -> bool {
    use pb::IssueState as State;
    match state {
        State::Resolved | State::Closed | State::NoAction | State::Duplicate => true,
        State::Unspecified
        | State::Reported
        | State::AwaitingModeration
        | State::Triaged
        | State::Routed
        | State::Accepted
        | State::InProgress
        | State::OnHold
        | State::NotResponsible
        | State::Withdrawn
        | State::Reopened => false,
    }
}
