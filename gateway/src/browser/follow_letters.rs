//! What the links in letters about an issue lead to: confirming an address, and ending the letters. Opening a link shows a button,
//! because mail scanners open links; the button does it.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use http::StatusCode;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::issues::v1::issue_service_client::IssueServiceClient;
use pathfinder_proto::issues::v1::personal_data_service_client::PersonalDataServiceClient;

use super::follow::follow_token;
use super::{Captured, go_to, page};
use crate::error::ApiError;
use crate::form::Fields;
use crate::services::Services;
use crate::state::{App, Shared};

#[derive(Template)]
#[template(path = "follow_letter.html")]
struct Button<'a> {
    clock_offset: Option<&'a str>,
    title: &'a str,
    text: &'a str,
    button: &'a str,
    address: String,
    token: &'a str,
    request_id: String,
}

#[derive(Template)]
#[template(path = "follow_stopped.html")]
struct Stopped<'a> {
    clock_offset: Option<&'a str>,
}

type Issue = Captured<(String, String)>;

/// What confirms an address.
pub(super) fn confirming() -> MethodRouter<Shared> {
    get(confirm_form).post(confirm)
}

/// What ends the letters.
pub(super) fn stopping() -> MethodRouter<Shared> {
    get(stop_form).post(stop)
}

/// `GET /follow/{partnership_id}/{issue_id}/confirm?token=`.
async fn confirm_form(
    State(app): State<Shared>,
    Captured((partnership_id, issue_id)): Issue,
    request: Request,
) -> Result<Response, ApiError> {
    let token = follow_token(&Fields::queried(&request.into_parts().0)?)?;
    button(
        &app,
        format!("/follow/{partnership_id}/{issue_id}/confirm"),
        &token,
        (
            "Be told by e-mail",
            "The link works once. Go on if you wish to be told by e-mail what becomes of this.",
            "Yes, tell me",
        ),
    )
}

/// `POST /follow/{partnership_id}/{issue_id}/confirm`.
async fn confirm(
    State(app): State<Shared>,
    Captured((partnership_id, issue_id)): Issue,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, fields) = Fields::submitted(request, app.limits.body_bytes).await?;
    let address = format!("/follow/{partnership_id}/{issue_id}");
    let message = pb::ConfirmFollowRequest {
        partnership_id,
        issue_id,
        confirmation_token: follow_token(&fields)?,
        request_id: fields.get("request_id").to_owned(),
    };
    let services = Services::of(&app, &parts).await;
    let confirmed = services.call("issues", message, async |channel, message| {
        IssueServiceClient::new(channel).confirm_follow(message).await
    });
    let token = confirmed.await?.follow_token;
    go_to(&format!("{address}?token={token}&done=follow"), [])
}

/// `GET /follow/{partnership_id}/{issue_id}/stop?token=`.
async fn stop_form(
    State(app): State<Shared>,
    Captured((partnership_id, issue_id)): Issue,
    request: Request,
) -> Result<Response, ApiError> {
    let token = follow_token(&Fields::queried(&request.into_parts().0)?)?;
    button(
        &app,
        format!("/follow/{partnership_id}/{issue_id}/stop"),
        &token,
        ("No more letters", "Your address is erased, and this link ends.", "Stop the letters"),
    )
}

/// `POST /follow/{partnership_id}/{issue_id}/stop`.
async fn stop(
    State(app): State<Shared>,
    Captured((partnership_id, issue_id)): Issue,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, fields) = Fields::submitted(request, app.limits.body_bytes).await?;
    let message = pb::RevokeFollowLinkRequest {
        partnership_id,
        issue_id,
        follow_token: follow_token(&fields)?,
        renew: false,
        request_id: fields.get("request_id").to_owned(),
    };
    let services = Services::of(&app, &parts).await;
    let stopped = services.call("issues", message, async |channel, message| {
        PersonalDataServiceClient::new(channel).revoke_follow_link(message).await
    });
    stopped.await?;
    page(StatusCode::OK, &Stopped { clock_offset: app.shown_offset() })
}

fn button(
    app: &App,
    address: String,
    token: &str,
    (title, text, button): (&str, &str, &str),
) -> Result<Response, ApiError> {
    let request_id = app.ids.next(app.clock.now()).to_string();
    let clock_offset = app.shown_offset();
    page(StatusCode::OK, &Button { clock_offset, title, text, button, address, token, request_id })
}
