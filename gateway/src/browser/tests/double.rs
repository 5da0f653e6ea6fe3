//! The services behind the pages: an identity that knows one session, one key and one link of each kind, one commitment and one issue.

use std::sync::{Arc, Mutex};

use futures::future::FutureExt;
use pathfinder_proto::commitments::v1 as commitments;
use pathfinder_proto::identity::v1 as identity;
use pathfinder_proto::issues::v1 as issues;
use prost::Message;
use prost_reflect::DynamicMessage;
use prost_types::Timestamp;
use tonic::{Code, Status};

use super::{ACCESS, Heard, ISSUE, PLACE};
use crate::testing::{self, Answers, refusal};

const PERSON: &str = "0190163d-8694-739b-aea5-966c26f8ad91";

fn token() -> identity::Token {
    let expire_time = testing::NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp() + 900;
    identity::Token { access_token: ACCESS.to_owned(), expire_time: Some(Timestamp { seconds: expire_time, nanos: 0 }) }
}

fn session(number: usize) -> identity::Session {
    identity::Session { session_id: format!("s-{number}"), method: "link".to_owned(), ..Default::default() }
}

fn issue(state: i32) -> issues::Issue {
    // One that is closed was confirmed, by somebody who said something.
    let is_closed = state == i32::from(issues::IssueState::Closed);
    let opinion = issues::ClosingOpinion {
        closing_number: 1,
        satisfaction: issues::Satisfaction::Neither.into(),
        comment: "<Slow>".to_owned(),
        ..Default::default()
    };
    let confirmation = if is_closed { issues::Confirmation::Confirmed } else { issues::Confirmation::Unspecified };
    issues::Issue {
        confirmation: confirmation.into(),
        closing_opinions: is_closed.then_some(opinion).into_iter().collect(),
        issue_id: ISSUE.to_owned(),
        partnership_id: PLACE.to_owned(),
        reference: "BWS-ISS-2026-00042".to_owned(),
        description: "A <b>bin</b>".to_owned(),
        state,
        etag: "e1".to_owned(),
        reporter_questions: if state == i32::from(issues::IssueState::OnHold) { vec![question()] } else { Vec::new() },
        ..Default::default()
    }
}

/// A question that waits for the reader's answer.
fn question() -> issues::ReporterQuestion {
    issues::ReporterQuestion {
        question_number: 1,
        text: "Which <b>side</b>?".to_owned(),
        status: issues::QuestionStatus::Waiting.into(),
        answerable: true,
        ..Default::default()
    }
}

fn unauthenticated(reason: &str) -> Status {
    refusal(Code::Unauthenticated, reason, &[])
}

fn invalid(field: &str) -> Status {
    refusal(Code::InvalidArgument, "INVALID_REQUEST", &[field])
}

/// What the double is asked; each message is read as the contract has it.
#[derive(Clone, Copy)]
struct Asked<'a> {
    rpc: &'a str,
    message: &'a DynamicMessage,
    /// Where the issue stands.
    state: i32,
}

impl Asked<'_> {
    fn text(self, field: &str) -> String {
        let value = self.message.get_field_by_name(field).unwrap();
        value.as_str().unwrap().to_owned()
    }

    fn known(self, field: &str, good: &str, reason: &str) -> Result<(), Status> {
        if self.text(field) == good { Ok(()) } else { Err(unauthenticated(reason)) }
    }
}

/// What the double answers, or its refusal; none to what another part of it is asked.
type Answered = Option<Result<Vec<u8>, Status>>;

fn answer(asked: Asked<'_>) -> Result<Vec<u8>, Status> {
    let parts: [fn(Asked<'_>) -> Answered; 5] =
        [sign_in_answer, credential_answer, commitment_answer, issue_answer, follow_answer];
    let answered = parts.iter().find_map(|part| part(asked));
    answered.unwrap_or_else(|| panic!("{} is not expected", asked.rpc))
}

fn sign_in_answer(asked: Asked<'_>) -> Answered {
    Some(match asked.rpc {
        "ListSignInProviders" => {
            let council =
                identity::SignInProvider { name: "council".to_owned(), display_name: "the council".to_owned() };
            Ok(identity::ListSignInProvidersResponse { providers: vec![council], ..Default::default() }.encode_to_vec())
        }
        "RequestSignInLink" if !asked.text("email").contains('@') => Err(invalid("email")),
        "RequestSignInLink" => Ok(Vec::new()),
        "RedeemSignInLink" => asked.known("link_token", "good-link", "SIGN_IN_REFUSED").map(|()| new_session()),
        "BeginOpenIdSignIn" => Ok(identity::OpenIdSignIn {
            authorization_url: format!("https://council.example/authorize?back={}", asked.text("redirect_uri")),
            flow_token: "flow".to_owned(),
        }
        .encode_to_vec()),
        "CompleteOpenIdSignIn" => asked
            .known("provider", "council", "SIGN_IN_REFUSED")
            .and_then(|()| asked.known("code", "good-code", "SIGN_IN_REFUSED"))
            .map(|()| new_session()),
        "ExchangeSession" => {
            asked.known("session_token", "good-session", "SESSION_ENDED").map(|()| token().encode_to_vec())
        }
        "EndSession" | "RevokeSession" => Ok(Vec::new()),
        "ListSessions" => {
            let sessions = vec![session(2), session(1)];
            Ok(identity::ListSessionsResponse { sessions, ..Default::default() }.encode_to_vec())
        }
        _ => return None,
    })
}

fn credential_answer(asked: Asked<'_>) -> Answered {
    Some(match asked.rpc {
        "IssueServiceToken" => Ok(identity::Token { access_token: "gateway".to_owned(), ..token() }.encode_to_vec()),
        "GetCaller" => {
            let grant = identity::RoleGrant { role: identity::Role::Manager.into(), ..identity::RoleGrant::default() };
            let caller = identity::CallerIdentity {
                subject: PERSON.to_owned(),
                display_name: "Ann <Manager>".to_owned(),
                grants: vec![grant],
            };
            Ok(caller.encode_to_vec())
        }
        "IssueClientToken" if asked.text("scope") == "everything" => {
            Err(refusal(Code::PermissionDenied, "SCOPE_REFUSED", &[]))
        }
        "IssueClientToken" => asked
            .known("client_secret", "good-secret", "CLIENT_REFUSED")
            .map(|()| identity::ClientToken { token: Some(token()), scope: "issues".to_owned() }.encode_to_vec()),
        "ExchangeApiKey" => asked.known("api_key", "good-key", "CLIENT_REFUSED").map(|()| token().encode_to_vec()),
        "ExchangeFormLink" => match asked.text("link_token").as_str() {
            "good-promise" => Ok(promise_link("")),
            "promise-of-others" => Ok(promise_link("others")),
            "form-of-others" => Ok(form_link("others")),
            _ => asked.known("link_token", "good-form", "LINK_REFUSED").map(|()| form_link("")),
        },
        _ => return None,
    })
}

fn commitment_answer(asked: Asked<'_>) -> Answered {
    Some(match asked.rpc {
        "GetCommitment" => Ok(promise().encode_to_vec()),
        "GetProvider" => {
            Ok(commitments::Provider { name: "Street Scene".to_owned(), ..Default::default() }.encode_to_vec())
        }
        "DraftProgressReport" if asked.text("period_end_date") == "2026-05-31" => {
            Err(refusal(Code::AlreadyExists, "DRAFT_OF_ANOTHER", &[]))
        }
        "DraftProgressReport" if asked.text("period_end_date") == "2026-04-30" => Err(invalid("content.get_well_plan")),
        "ListProgressReports" | "DraftProgressReport" => Ok(Vec::new()),
        _ => return None,
    })
}

fn issue_answer(asked: Asked<'_>) -> Answered {
    Some(match asked.rpc {
        "ResolveIssue" | "RefuseIssue" if asked.text("reason").is_empty() => Err(invalid("reason")),
        "AcceptIssue" if asked.text("etag") == "stale" => Err(refusal(Code::Aborted, "ETAG_MISMATCH", &[])),
        "AcceptIssue" if asked.text("etag") == "forbidden" => Err(refusal(Code::PermissionDenied, "ROLE_MISSING", &[])),
        "GetIssue" | "AcceptIssue" | "RefuseIssue" | "StartIssueWork" | "ResolveIssue" | "ConfirmResolution" => {
            Ok(issue(asked.state).encode_to_vec())
        }
        "DisputeResolution" if asked.text("reason") == "Too late" => {
            Err(refusal(Code::FailedPrecondition, "STATE_FORBIDS", &[]))
        }
        "DisputeResolution" => Err(invalid("reason")),
        "GetIssueStory" | "ListPartnerships" => Ok(Vec::new()),
        _ => return None,
    })
}

fn follow_answer(asked: Asked<'_>) -> Answered {
    Some(match asked.rpc {
        "FollowByEmail" if !asked.text("email").contains('@') => Err(invalid("email")),
        "FollowByEmail" | "RevokeFollowLink" => Ok(Vec::new()),
        "ConfirmFollow" => Ok(issues::ConfirmFollowResponse { follow_token: "follower".to_owned() }.encode_to_vec()),
        "AnswerQuestion" => {
            let advice = if asked.text("answer").contains("fire") { "Call 999." } else { "" };
            let taken = issues::AnswerQuestionResponse { issue: Some(issue(asked.state)), advice: advice.to_owned() };
            Ok(taken.encode_to_vec())
        }
        "ListNotices" => {
            let follower = asked.text("follow_token") == "follower";
            Ok(issues::ListNoticesResponse { follower, ..Default::default() }.encode_to_vec())
        }
        _ => return None,
    })
}

fn new_session() -> Vec<u8> {
    identity::NewSession { session_token: "new-session".to_owned(), ..Default::default() }.encode_to_vec()
}

fn form_link(provider_id: &str) -> Vec<u8> {
    let form_link = identity::FormLink {
        partnership_id: PLACE.to_owned(),
        provider_id: provider_id.to_owned(),
        issue_id: ISSUE.to_owned(),
        holder_name: "Bin Repairs Ltd".to_owned(),
        ..Default::default()
    };
    identity::FormLinkToken { token: Some(token()), form_link: Some(form_link) }.encode_to_vec()
}

/// A link about a commitment.
fn promise_link(provider_id: &str) -> Vec<u8> {
    let form_link = identity::FormLink {
        partnership_id: PLACE.to_owned(),
        provider_id: provider_id.to_owned(),
        commitment_id: ISSUE.to_owned(),
        holder_name: "Bin Repairs Ltd".to_owned(),
        ..Default::default()
    };
    identity::FormLinkToken { token: Some(token()), form_link: Some(form_link) }.encode_to_vec()
}

fn promise() -> commitments::Commitment {
    let terms = commitments::CommitmentTerms {
        text: "Every <b>bin</b> mended".to_owned(),
        target_value: 95.0,
        unit: "percent".to_owned(),
        end_date: "2026-12-31".to_owned(),
        ..Default::default()
    };
    commitments::Commitment {
        terms: Some(terms),
        status: commitments::CommitmentStatus::Active.into(),
        next_report_period_end_date: "2026-06-30".to_owned(),
        ..Default::default()
    }
}

/// What the services answer, and what is noted of it.
pub(super) fn services(heard: Arc<Mutex<Heard>>) -> Answers {
    Arc::new(move |rpc, request| {
        let header = |name: &str| {
            let value = request.metadata().get(name).and_then(|value| value.to_str().ok());
            value.map(str::to_owned)
        };
        let mut heard = heard.lock().unwrap();
        if rpc.name() != "IssueServiceToken" {
            assert_eq!(header("x-pathfinder-actor").as_deref(), Some("Bearer gateway"), "{}", rpc.name());
            heard.clients.extend(header("x-pathfinder-client"));
            heard.calls.push((rpc.name().to_owned(), header("authorization")));
        }
        let outcome = answer(Asked { rpc: rpc.name(), message: request.get_ref(), state: heard.state });
        let output = rpc.output();
        async move { outcome.map(|bytes| DynamicMessage::decode(output, bytes.as_slice()).unwrap()) }.boxed()
    })
}
