//! The page of a public issue, for everybody: what it is, where, where it stands, what happened, and how to support and follow it.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use futures::join;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::issues::v1::issue_service_client::IssueServiceClient;

use super::facts::{Facts, issue_facts};
use super::{Captured, report, said, words};
use crate::error::ApiError;
use crate::json::call::MAX_ANSWER_BYTES;
use crate::pages;
use crate::services::Services;
use crate::state::Shared;
use crate::{family, feed};

#[derive(Template)]
#[template(path = "issue.html")]
struct Sheet<'a> {
    clock_offset: Option<&'a str>,
    partnership: &'a str,
    issue_id: &'a str,
    reference: &'a str,
    name: &'a str,
    facts: Facts,
    /// The small pictures, each with what it shows and where the whole one is.
    photos: Vec<(String, String, String)>,
    /// When, and what.
    steps: Vec<(String, String)>,
    /// Whether it can be supported.
    is_open: bool,
    report: String,
    said: String,
    request_id: String,
}

/// Where an issue is, below the gateway.
pub(crate) fn address(partnership_id: &str, issue_id: &str) -> String {
    format!("/partnerships/{partnership_id}/issues/{issue_id}")
}

/// `GET /partnerships/{partnership_id}/issues/{issue_id}`.
pub(super) async fn show(
    State(app): State<Shared>,
    Captured((partnership_id, issue_id)): Captured<(String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let parts = said::public(request);
    let services = Services::of(&app, &parts).await;
    let message = pb::GetIssueStoryRequest { partnership_id: partnership_id.clone(), issue_id };
    let told = services.call("issues", message, async |channel, message| {
        IssueServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES).get_issue_story(message).await
    });
    let (partnership, told) = join!(feed::partnership(&services, &partnership_id), told);
    let (partnership, told) = (partnership?, told?);
    let issue = told.issue.unwrap_or_default();
    let steps = told.steps.into_iter().map(|step| (words::time(step.step_time.as_ref()), step.text));
    let sheet = Sheet {
        clock_offset: app.shown_offset(),
        partnership: &partnership.name,
        issue_id: &issue.issue_id,
        reference: &issue.reference,
        name: if issue.title.is_empty() { &issue.category_name } else { &issue.title },
        facts: issue_facts(&issue),
        photos: issue.photos.iter().map(shown).collect(),
        steps: steps.collect(),
        is_open: family::is_open(issue.state()).unwrap_or(false),
        report: report::address(&partnership.partnership_id),
        said: said::address(&partnership.partnership_id),
        request_id: app.ids.next(app.clock.now()).to_string(),
    };
    let html = sheet.render().map_err(|error| {
        tracing::error!(%error, "a page cannot be made");
        ApiError::internal()
    })?;
    Ok(pages::public_with_form(html))
}

fn shown(photo: &pb::Photo) -> (String, String, String) {
    let alternative = if photo.caption.is_empty() { "A photo of the issue" } else { &photo.caption };
    (photo.thumbnail_url.clone(), alternative.to_owned(), photo.full_url.clone())
}
