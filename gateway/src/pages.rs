//! The pages that do not come from a service: the front page, the API reference, the OpenAPI document, and errors.
//!
//! All but the errors are made once, when the gateway starts. They need no JavaScript, and the policy they are sent with forbids any.

use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use http::{HeaderMap, HeaderValue, StatusCode};
use pathfinder_proto::errors::v1::ErrorReason;

use crate::config::Config;
use crate::contract::Contract;
use crate::error::{ApiError, Violation};
use crate::openapi;
use crate::openapi::reference::Reference;
use crate::state::{Pages, Shared};

const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The same for pages with forms, which go to this site alone.
const FORM_POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// The same for pages with pictures of this site.
const PICTURE_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The same for pages with both.
const PICTURE_AND_FORM_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const STYLESHEET: &str = include_str!("../assets/pathfinder.css");

#[derive(Template)]
#[template(path = "front.html")]
struct Front<'a> {
    clock_offset: Option<&'a str>,
    operation_count: usize,
    address: &'a str,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    clock_offset: Option<&'a str>,
    title: &'static str,
    message: &'a str,
    violations: &'a [Violation],
    offers_sign_in: bool,
    status: u16,
    trace_id: &'a str,
}

impl Pages {
    /// Makes every page out of the contracts.
    pub(crate) fn make(contract: &Contract, config: &Config) -> Result<Self, askama::Error> {
        let (clock_offset, address) = (config.clock_offset.as_deref(), config.public_url.origin());
        let front = Front { clock_offset, operation_count: contract.operations.len(), address };
        Ok(Self {
            front: front.render()?.into(),
            reference: Reference::of(contract, address, clock_offset).render()?.into(),
            openapi: openapi::document(contract).to_string().into(),
        })
    }
}

/// `GET /`.
pub(crate) async fn front(State(app): State<Shared>) -> Response {
    page(app.pages.front.clone())
}

/// `GET /reference`.
pub(crate) async fn reference(State(app): State<Shared>) -> Response {
    page(app.pages.reference.clone())
}

/// `GET /openapi.json`.
pub(crate) async fn openapi(State(app): State<Shared>) -> Response {
    send(app.pages.openapi.clone(), "application/json")
}

/// `GET /assets/pathfinder.css`.
pub(crate) async fn stylesheet() -> Response {
    send(Bytes::from_static(STYLESHEET.as_bytes()), "text/css; charset=utf-8")
}

/// Gives a 405 of the router the form that every other error has.
pub(crate) async fn wrong_method(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let response = next.run(request).await;
    let written = response.headers().contains_key(CONTENT_TYPE) || response.extensions().get::<ApiError>().is_some();
    let bare = response.status() == StatusCode::METHOD_NOT_ALLOWED && !written;
    if bare { ApiError::page_method_not_allowed(&method).into_response() } else { response }
}

fn page(html: Bytes) -> Response {
    let mut response = send(html, "text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// A page that is the same for everybody.
pub(crate) fn public(html: String) -> Response {
    let mut response = page(html.into());
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PICTURE_POLICY));
    response
}

/// The same for everybody but for the id of its form, which must be sent by one person alone: nobody keeps it.
pub(crate) fn public_with_form(html: String) -> Response {
    let mut response = page(html.into());
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PICTURE_AND_FORM_POLICY));
    response
}

/// A page that was made for one request. Nobody keeps it, and its address, which may hold a secret, goes to no other site.
pub(crate) fn personal(status: StatusCode, html: String) -> Response {
    let mut response = page(html.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(FORM_POLICY));
    response
}

/// Whether whoever asks wants to read a page where something fails: a browser does, except of the addresses for programs.
pub(crate) fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    const FOR_PROGRAMS: [&str; 6] = ["/v1/", "/open311/", "/oauth2/", "/openapi.json", "/healthz", "/readyz"];
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.contains("text/html") && !FOR_PROGRAMS.iter().any(|prefix| path.starts_with(prefix))
}

/// An error as a page.
pub(crate) fn error(error: &ApiError, trace_id: &str, clock_offset: Option<&str>) -> Option<Response> {
    let page = ErrorPage {
        clock_offset,
        title: title(error),
        message: &error.message,
        violations: &error.details.violations,
        offers_sign_in: error.http == StatusCode::UNAUTHORIZED && !error.is(ErrorReason::LinkRefused),
        status: error.http.as_u16(),
        trace_id,
    };
    let mut response = personal(error.http, page.render().ok()?);
    error.add_headers(response.headers_mut());
    Some(response)
}

fn title(error: &ApiError) -> &'static str {
    match error.http {
        _ if error.is(ErrorReason::LinkRefused) => "This link cannot be used",
        _ if error.is(ErrorReason::SignInRefused) => "You could not be signed in",
        StatusCode::UNAUTHORIZED => "You are not signed in",
        StatusCode::FORBIDDEN => "This is not allowed",
        StatusCode::NOT_FOUND => "There is nothing here",
        StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => "This cannot be done now",
        StatusCode::TOO_MANY_REQUESTS => "Too much at once",
        status if status.is_client_error() => "There is a problem with what was sent",
        _ => "There is a problem on our side",
    }
}

fn send(bytes: Bytes, content_type: &'static str) -> Response {
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
