//! Sending a report: the report itself, its photos with the token that comes with it, and support for what was reported before.

use askama::Template;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::issues::v1::issue_service_client::IssueServiceClient;
use pathfinder_proto::issues::v1::photo_service_client::PhotoServiceClient;
use sha2::{Digest as _, Sha256};

use super::super::{page, words};
use super::typed::Problem;
use super::{Desk, request_id};
use crate::cookies::is_token;
use crate::error::{ApiError, Violation};
use crate::form::Fields;
use crate::multipart::Sent;

/// Said wherever a form with files is shown again.
pub(super) const FILES_ARE_LOST: &str =
    "Nothing was sent. What you typed is still here; photos are not kept, so choose them again.";
/// How many photos one form takes.
pub(super) const MOST_PHOTOS: usize = 4;
/// How much a form with photos may hold.
pub(super) const WHOLE_BYTES: usize = 24 << 20;
/// How large a photo may be; as the contract of AddPhoto has it.
const PHOTO_BYTES: usize = 15 << 20;

/// The last page.
#[derive(Template)]
#[template(path = "report_done.html")]
struct Sheet<'a> {
    clock_offset: Option<&'a str>,
    address: String,
    place: &'a str,
    done: &'a Done,
    added: usize,
    /// How many of them wait for a person to release them.
    waiting: usize,
    refused: Vec<(usize, String)>,
    follow_path: String,
    follow_url: String,
    most_photos: usize,
    whole_megabytes: usize,
    request_id: String,
}

/// What became of a report.
#[derive(Default)]
pub(super) struct Done {
    heading: String,
    issue_id: String,
    follow_token: String,
    /// What to do now, where the words of the report call for it.
    advice: String,
    next: String,
    /// Whether photos can be added: with a reporter's token alone.
    takes_photos: bool,
    /// Whether an address was left, to which a letter goes with a link that confirms it.
    is_asked_by_letter: bool,
}

impl Done {
    /// A report was taken in, with an e-mail address or without. About one that a person reads first, no letter goes out.
    pub(super) fn of(reported: pb::ReportIssueResponse, has_address: bool) -> Self {
        let issue = reported.issue.unwrap_or_default();
        Self {
            is_asked_by_letter: has_address && issue.state() != pb::IssueState::AwaitingModeration,
            heading: format!("Your report was taken in: {}", issue.reference),
            next: next(&issue),
            issue_id: issue.issue_id,
            follow_token: reported.follow_token,
            advice: reported.advice,
            takes_photos: true,
        }
    }
}

/// What happens next with an issue.
fn next(issue: &pb::Issue) -> String {
    let due = issue.clock.as_ref().and_then(|clock| clock.due_time.as_ref());
    let due = due.map(|due| format!(" It is due by {}.", words::time(Some(due)))).unwrap_or_default();
    let standard = match issue.standard_text.as_str() {
        "" => String::new(),
        text => format!(" What was pledged: {text}"),
    };
    if issue.state() == pb::IssueState::AwaitingModeration {
        return "A person reads it first. Until then nobody else sees it.".to_owned();
    }
    match issue.provider_name.as_str() {
        "" => format!("The neighbourhood manager decides who is answerable for it.{due}"),
        provider => format!("It was sent to {provider}, who say whether it is theirs.{due}{standard}"),
    }
}

/// With what a form is answered that was not sent on.
pub(super) fn refusal_of(sent: &Sent) -> StatusCode {
    if sent.is_too_large { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST }
}

/// What is wrong with the files, before anything is sent.
pub(super) fn flaws_of(sent: &Sent) -> Option<Problem> {
    let large = sent.files.iter().position(|file| file.len() > PHOTO_BYTES);
    let text = match large {
        _ if sent.is_too_large => {
            format!("The photos come to more than {} MB in all. Choose fewer, or smaller ones", WHOLE_BYTES >> 20)
        }
        _ if sent.has_too_many => format!("Choose at most {MOST_PHOTOS} photos"),
        Some(index) => format!("Photo {} is larger than 15 MB. Choose a smaller one", index + 1),
        None => return None,
    };
    Some(Problem::new("photos", text))
}

impl Desk<'_> {
    pub(super) async fn report(
        &self,
        request: pb::ReportIssueRequest,
        fields: &Fields,
    ) -> Result<pb::ReportIssueResponse, ApiError> {
        if fields.get("request_id").is_empty() {
            return Err(ApiError::invalid(vec![Violation::new("request_id", "must be that of the page")]));
        }
        let reported = self.services.call("issues", request, async |channel, message| {
            IssueServiceClient::new(channel).report_issue(message).await
        });
        reported.await
    }

    /// Adds the photos of a form, and shows what became of all.
    pub(super) async fn done(&self, done: Done, sent: &Sent) -> Result<Response, ApiError> {
        let (mut refused, mut waiting) = (Vec::new(), 0);
        for (index, file) in sent.files.iter().enumerate() {
            match self.add_photo(&done, file, &sent.fields).await {
                Ok(photo) => waiting += usize::from(photo.held),
                Err(error) => refused.push((index + 1, error.message)),
            }
        }
        let Done { issue_id, follow_token, .. } = &done;
        let follow_path = format!("/follow/{}/{issue_id}?token={follow_token}", self.partnership_id);
        let sheet = Sheet {
            clock_offset: self.app.shown_offset(),
            address: self.address(),
            place: &self.place,
            added: sent.files.len() - refused.len(),
            waiting,
            refused,
            follow_url: format!("{}{follow_path}", self.app.public_url.origin()),
            follow_path,
            most_photos: MOST_PHOTOS,
            whole_megabytes: WHOLE_BYTES >> 20,
            request_id: self.page_id(),
            done: &done,
        };
        page(StatusCode::OK, &sheet)
    }

    /// The same photo of the same form is one request, however often it is sent.
    async fn add_photo(&self, done: &Done, file: &Bytes, fields: &Fields) -> Result<pb::Photo, ApiError> {
        let digest: String = Sha256::digest(file).iter().map(|byte| format!("{byte:02x}")).collect();
        let message = pb::AddPhotoRequest {
            partnership_id: self.partnership_id.clone(),
            issue_id: done.issue_id.clone(),
            follow_token: done.follow_token.clone(),
            content: file.to_vec(),
            request_id: request_id(fields, &digest),
            ..pb::AddPhotoRequest::default()
        };
        let added = self.services.call("issues", message, async |channel, message| {
            PhotoServiceClient::new(channel).add_photo(message).await
        });
        added.await
    }

    /// Adds photos to what was reported before.
    pub(super) async fn add_more(&self, sent: &Sent) -> Result<Response, ApiError> {
        let fields = &sent.fields;
        let follow_token = Some(fields.get("token")).filter(|token| is_token(token));
        let wrong = |field: &str| ApiError::invalid(vec![Violation::new(field, "must be that of the page")]);
        let message = pb::GetIssueRequest {
            partnership_id: self.partnership_id.clone(),
            issue_id: fields.get("issue_id").to_owned(),
            follow_token: follow_token.ok_or_else(|| wrong("token"))?.to_owned(),
        };
        let follow_token = message.follow_token.clone();
        let found = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).get_issue(message).await
        });
        let issue = found.await?;
        let done = Done {
            heading: format!("Photos of {}", issue.reference),
            next: flaws_of(sent).map(|problem| format!("{}. Nothing was added.", problem.text)).unwrap_or_default(),
            issue_id: issue.issue_id,
            follow_token,
            takes_photos: true,
            ..Done::default()
        };
        if done.next.is_empty() {
            return self.done(done, sent).await;
        }
        self.done(done, &Sent::default()).await
    }

    /// Supports what was reported before, in place of reporting it again.
    pub(super) async fn support(&self, fields: &Fields) -> Result<Response, ApiError> {
        let message = pb::SupportIssueRequest {
            partnership_id: self.partnership_id.clone(),
            issue_id: fields.get("issue_id").to_owned(),
            supporter: None,
            request_id: request_id(fields, "support"),
        };
        let supported = self.services.call("issues", message, async |channel, message| {
            IssueServiceClient::new(channel).support_issue(message).await
        });
        let supported = supported.await?;
        let issue = supported.issue.unwrap_or_default();
        let done = Done {
            heading: format!("You support {}", issue.reference),
            next: format!("You count among those who reported it. {}", next(&issue)),
            issue_id: issue.issue_id,
            follow_token: supported.follow_token,
            ..Done::default()
        };
        self.done(done, &Sent::default()).await
    }
}
