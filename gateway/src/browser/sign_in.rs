//! Signing in with a one-time link by e-mail.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use pathfinder_proto::errors::v1::ErrorReason;
use pathfinder_proto::identity::v1::sign_in_service_client::SignInServiceClient;
use pathfinder_proto::identity::v1::{
    EndSessionRequest, ListSignInProvidersRequest, NewSession, RedeemSignInLinkRequest, RequestSignInLinkRequest,
    SignInProvider,
};

use super::{go_to, page};
use crate::cookies::is_token;
use crate::error::ApiError;
use crate::form::Fields;
use crate::services::Services;
use crate::state::{App, Shared};

const NO_ADDRESS: &str = "Enter an e-mail address such as name@example.org";
const BROKEN: &str = "The link is not whole. Copy all of it out of the e-mail, or ask for another one.";
const USED_UP: &str = "The link was used before, or it is more than 15 minutes old. Ask for another one.";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Form<'a> {
    clock_offset: Option<&'a str>,
    email: &'a str,
    problem: &'a str,
    /// Whether the person comes from a session that has ended.
    session_ended: bool,
    providers: Vec<SignInProvider>,
}

#[derive(Template)]
#[template(path = "sign_in_sent.html")]
struct Sent<'a> {
    clock_offset: Option<&'a str>,
    email: &'a str,
    outbox_folder: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in_link.html")]
struct Link<'a> {
    clock_offset: Option<&'a str>,
    token: &'a str,
}

/// `GET /sign-in`.
pub(super) async fn form(State(app): State<Shared>, request: Request) -> Result<Response, ApiError> {
    let (parts, _) = request.into_parts();
    let session_ended = !Fields::queried(&parts)?.get("ended").is_empty();
    let providers = providers(&Services::of(&app, &parts).await).await?;
    let clock_offset = app.shown_offset();
    page(StatusCode::OK, &Form { clock_offset, email: "", problem: "", session_ended, providers })
}

/// The OpenID Connect providers at which people may sign in.
pub(super) async fn providers(services: &Services<'_>) -> Result<Vec<SignInProvider>, ApiError> {
    let listed = services.call("identity", ListSignInProvidersRequest::default(), async |channel, message| {
        SignInServiceClient::new(channel).list_sign_in_providers(message).await
    });
    listed.await.map(|listed| listed.providers)
}

/// `POST /sign-in`: sends a link, if anybody has the address; the answer is the same if nobody has.
pub(super) async fn request_link(State(app): State<Shared>, request: Request) -> Result<Response, ApiError> {
    let (parts, fields) = Fields::submitted(request, app.limits.body_bytes).await?;
    let services = Services::of(&app, &parts).await;
    let email = fields.get("email");
    let message = RequestSignInLinkRequest { email: email.to_owned() };
    let sent = services.call("identity", message, async |channel, message| {
        SignInServiceClient::new(channel).request_sign_in_link(message).await
    });
    match sent.await {
        Ok(_) => {
            let outbox_folder = app.outbox_folder.as_ref().map(|folder| folder.display().to_string());
            page(StatusCode::OK, &Sent { clock_offset: app.shown_offset(), email, outbox_folder })
        }
        Err(error) if error.is(ErrorReason::InvalidRequest) => {
            let (clock_offset, providers) = (app.shown_offset(), providers(&services).await?);
            let form = Form { clock_offset, email, problem: NO_ADDRESS, session_ended: false, providers };
            page(StatusCode::BAD_REQUEST, &form)
        }
        Err(error) => Err(error),
    }
}

/// `GET /sign-in/link?token=`: only a button, because mail scanners open links.
pub(super) async fn link(State(app): State<Shared>, request: Request) -> Result<Response, ApiError> {
    let fields = Fields::queried(&request.into_parts().0)?;
    let token = link_token(&fields)?;
    page(StatusCode::OK, &Link { clock_offset: app.shown_offset(), token })
}

/// `POST /sign-in/link`.
pub(super) async fn redeem_link(State(app): State<Shared>, request: Request) -> Result<Response, ApiError> {
    let (parts, fields) = Fields::submitted(request, app.limits.body_bytes).await?;
    let message = RedeemSignInLinkRequest { link_token: link_token(&fields)?.to_owned() };
    let services = Services::of(&app, &parts).await;
    let redeemed = services.call("identity", message, async |channel, message| {
        SignInServiceClient::new(channel).redeem_sign_in_link(message).await
    });
    let new = redeemed.await.map_err(|error| error.refused_as(USED_UP))?;
    begin_session(&app, &parts, &services, &new).await
}

fn link_token(fields: &Fields) -> Result<&str, ApiError> {
    Some(fields.get("token")).filter(|token| is_token(token)).ok_or_else(|| ApiError::sign_in_refused(BROKEN))
}

/// Has the browser keep the new session. One that it had before ends, so that nobody goes on under it.
pub(super) async fn begin_session(
    app: &App,
    parts: &Parts,
    services: &Services<'_>,
    new: &NewSession,
) -> Result<Response, ApiError> {
    if let Err(error) = end_session(app, parts, services).await {
        tracing::warn!(reason = error.reason, "a session that was replaced goes on until its time");
    }
    let Some(cookie) = app.cookies.keep_session(&new.session_token) else {
        return Err(ApiError::internal());
    };
    go_to("/account", [Some(cookie), app.cookies.forget_flow()])
}

/// Ends the session that a request comes with, if it comes with one.
pub(super) async fn end_session(app: &App, parts: &Parts, services: &Services<'_>) -> Result<(), ApiError> {
    let Some(session_token) = app.cookies.session(&parts.headers).filter(|token| is_token(token)) else {
        return Ok(());
    };
    let message = EndSessionRequest { session_token: session_token.to_owned() };
    let ended = services.call("identity", message, async |channel, message| {
        SignInServiceClient::new(channel).end_session(message).await
    });
    ended.await.map(|_| ())
}
