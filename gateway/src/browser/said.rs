//! The pages on which everybody reads what a neighbourhood said and what was done about it: all entries, and each alone.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use futures::join;
use http::header::AUTHORIZATION;
use http::request::Parts;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::issues::v1::response_entry_service_client::ResponseEntryServiceClient;

use super::{Captured, issue, report, words};
use crate::error::ApiError;
use crate::feed;
use crate::form::{self, Fields};
use crate::json::call::MAX_ANSWER_BYTES;
use crate::pages;
use crate::services::Services;
use crate::state::{App, Shared};

/// Entries on a page.
const PAGE: i32 = 20;

#[derive(Template)]
#[template(path = "said.html")]
struct Sheet<'a> {
    clock_offset: Option<&'a str>,
    partnership: &'a str,
    /// Where all entries are, where the feed is.
    address: String,
    feed: String,
    /// Where an issue is reported.
    report: String,
    entries: Vec<Shown>,
    /// Whether this is one entry alone.
    is_one: bool,
    is_later: bool,
    /// The page that follows; empty on the last.
    next: String,
}

/// An entry in words.
struct Shown {
    id: String,
    you_said: String,
    we_did: String,
    provider: String,
    published: String,
    /// Each with its page, its reference and its name.
    issues: Vec<(String, String, String)>,
    photo: Option<(String, String)>,
}

impl From<pb::ResponseEntry> for Shown {
    fn from(entry: pb::ResponseEntry) -> Self {
        let page = |issue_id: &str| issue::address(&entry.partnership_id, issue_id);
        let issues = entry.issues.iter();
        let issues = issues.map(|issue| (page(&issue.issue_id), issue.reference.clone(), issue.name.clone())).collect();
        let alternative = |caption: String| {
            if caption.is_empty() { "A photo of one of the issues".to_owned() } else { caption }
        };
        Self {
            id: entry.response_entry_id,
            you_said: entry.you_said,
            we_did: entry.we_did,
            provider: entry.provider_name,
            published: words::time(entry.publish_time.as_ref()),
            issues,
            photo: entry.photo.map(|photo| (photo.thumbnail_url, alternative(photo.caption))),
        }
    }
}

/// Where all entries of a partnership are, below the gateway.
pub(crate) fn address(partnership_id: &str) -> String {
    format!("/partnerships/{partnership_id}/you-said-we-did")
}

/// Where one entry is, below the gateway.
pub(crate) fn address_of_entry(partnership_id: &str, entry_id: &str) -> String {
    format!("{}/{entry_id}", address(partnership_id))
}

/// `GET /partnerships/{partnership_id}/you-said-we-did?page=`.
pub(super) async fn list(
    State(app): State<Shared>,
    Captured(partnership_id): Captured<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let parts = public(request);
    let fields = Fields::queried(&parts)?;
    let services = Services::of(&app, &parts).await;
    let message = pb::ListResponseEntriesRequest {
        partnership_id: partnership_id.clone(),
        page_size: PAGE,
        page_token: fields.get("page").to_owned(),
        filter: String::new(),
    };
    let listed = services.call("issues", message, async |channel, message| {
        let client = ResponseEntryServiceClient::new(channel);
        client.max_decoding_message_size(MAX_ANSWER_BYTES).list_response_entries(message).await
    });
    let (partnership, listed) = join!(feed::partnership(&services, &partnership_id), listed);
    let (partnership, listed) = (partnership?, listed?);
    let next = Some(listed.next_page_token).filter(|token| !token.is_empty());
    show(
        &app,
        &Sheet {
            clock_offset: app.shown_offset(),
            partnership: &partnership.name,
            address: address(&partnership.partnership_id),
            feed: feed::address(&partnership.partnership_id),
            report: report::address(&partnership.partnership_id),
            entries: listed.response_entries.into_iter().map(Shown::from).collect(),
            is_one: false,
            is_later: !fields.get("page").is_empty(),
            next: next.map(|token| form::encoded("page", &token)).unwrap_or_default(),
        },
    )
}

/// `GET /partnerships/{partnership_id}/you-said-we-did/{response_entry_id}`.
pub(super) async fn one(
    State(app): State<Shared>,
    Captured((partnership_id, response_entry_id)): Captured<(String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let parts = public(request);
    let services = Services::of(&app, &parts).await;
    let message = pb::GetResponseEntryRequest { partnership_id: partnership_id.clone(), response_entry_id };
    let found = services.call("issues", message, async |channel, message| {
        ResponseEntryServiceClient::new(channel).get_response_entry(message).await
    });
    let (partnership, found) = join!(feed::partnership(&services, &partnership_id), found);
    let (partnership, found) = (partnership?, found?);
    show(
        &app,
        &Sheet {
            clock_offset: app.shown_offset(),
            partnership: &partnership.name,
            address: address(&partnership.partnership_id),
            feed: feed::address(&partnership.partnership_id),
            report: report::address(&partnership.partnership_id),
            entries: vec![Shown::from(found)],
            is_one: true,
            is_later: false,
            next: String::new(),
        },
    )
}

/// The request without who asks: everybody reads the same page.
pub(super) fn public(request: Request) -> Parts {
    let (mut parts, _) = request.into_parts();
    parts.headers.remove(AUTHORIZATION);
    parts
}

fn show(app: &App, sheet: &Sheet<'_>) -> Result<Response, ApiError> {
    let html = sheet.render().map_err(|error| {
        tracing::error!(%error, offset = ?app.shown_offset(), "a page cannot be made");
        ApiError::internal()
    })?;
    Ok(pages::public(html))
}
