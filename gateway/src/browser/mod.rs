//! The pages on which people sign in and act: forms that work without JavaScript, each answered by a page or a redirect.
//!
//! | address | what | where |
//! |---|---|---|
//! | `/sign-in`, `/sign-in/link` | a one-time link by e-mail | [`sign_in`] |
//! | `/sign-in/openid/…` | an OpenID Connect provider | [`openid`] |
//! | `/account`, `/sign-out` | who one is here, and one's sessions | [`account`] |
//! | `/f/…` | a contractor's form link | [`form_link`] |
//! | `/partnerships/…/report` | reporting an issue, with photos | [`report`] |
//! | `/follow/…` | what became of a report, and what its reporter is asked | [`follow`], [`follow_feedback`] |
//! | `/follow/…/confirm`, `/follow/…/stop` | the links in letters about it | [`follow_letters`] |
//! | `/partnerships/…/issues/…` | a public issue, for everybody | [`issue`] |
//! | `/partnerships/…/you-said-we-did` | what a neighbourhood said and what was done | [`said`] |
//!
//! A form is taken only from pages of our own ([`crate::session::refuse_foreign_forms`]). An error is a page for whoever wants
//! pages ([`crate::pages::wants_page`]). To add a page, add a template that extends `sheet.html` and a route below.

mod account;
mod facts;
mod follow;
mod follow_feedback;
mod follow_letters;
mod form_link;
pub(crate) mod issue;
mod openid;
mod report;
pub(crate) mod said;
mod sign_in;
#[cfg(test)]
mod tests;
mod words;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde::de::DeserializeOwned;

use crate::error::ApiError;
use crate::pages;
use crate::session;
use crate::state::Shared;

pub(crate) use report::takes_files;

/// The routes.
pub(crate) fn router(app: &Shared) -> Router<Shared> {
    Router::new()
        .route("/sign-in", get(sign_in::form).post(sign_in::request_link))
        .route("/sign-in/link", get(sign_in::link).post(sign_in::redeem_link))
        .route("/sign-in/openid/{provider}", get(openid::begin))
        .route("/sign-in/openid/{provider}/return", get(openid::complete))
        .route("/sign-out", post(account::sign_out))
        .route("/account", get(account::show))
        .route("/account/sessions", post(account::end_session))
        .route("/f/{token}", get(form_link::show).post(form_link::act))
        .route("/partnerships/{partnership_id}/report", get(report::show).post(report::act))
        .route("/partnerships/{partnership_id}/issues/{issue_id}", get(issue::show))
        .route("/follow/{partnership_id}/{issue_id}", get(follow::show).post(follow::act))
        .route("/follow/{partnership_id}/{issue_id}/confirm", follow_letters::confirming())
        .route("/follow/{partnership_id}/{issue_id}/stop", follow_letters::stopping())
        .route("/partnerships/{partnership_id}/you-said-we-did", get(said::list))
        .route("/partnerships/{partnership_id}/you-said-we-did/{response_entry_id}", get(said::one))
        .layer(from_fn_with_state(Arc::clone(app), session::refuse_foreign_forms))
}

/// A page for one person, which nobody may keep.
fn page(status: StatusCode, template: &impl Template) -> Result<Response, ApiError> {
    let html = template.render().map_err(|error| {
        tracing::error!(%error, "a page cannot be made");
        ApiError::internal()
    })?;
    Ok(pages::personal(status, html))
}

/// Sends the browser on, with what it is to keep or forget.
fn go_to(address: &str, cookies: impl IntoIterator<Item = Option<HeaderValue>>) -> Result<Response, ApiError> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let address = HeaderValue::from_str(address).map_err(|_| ApiError::internal())?;
    response.headers_mut().insert(LOCATION, address);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// What a path captures; a path that is no text is one where nothing is.
struct Captured<T>(T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Captured<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let captured = Path::<T>::from_request_parts(parts, state).await;
        captured.map(|Path(captured)| Self(captured)).map_err(|_| ApiError::route_not_found(parts.uri.path()))
    }
}
