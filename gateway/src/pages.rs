//! The pages that do not come from a service: the front page, the API reference, the OpenAPI document.
//!
//! They are made once, when the gateway starts. They need no JavaScript, and the policy they are sent with forbids any.

use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

use crate::contract::Contract;
use crate::error::ApiError;
use crate::openapi;
use crate::openapi::reference::Reference;
use crate::state::{Pages, Shared};

const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const STYLESHEET: &str = include_str!("../assets/pathfinder.css");

#[derive(Template)]
#[template(path = "front.html")]
struct Front<'a> {
    clock_offset: Option<&'a str>,
    operation_count: usize,
}

impl Pages {
    /// Makes every page out of the contracts.
    pub(crate) fn make(contract: &Contract, clock_offset: Option<&str>) -> Result<Self, askama::Error> {
        let front = Front { clock_offset, operation_count: contract.operations.len() };
        Ok(Self {
            front: front.render()?.into(),
            reference: Reference::of(contract, clock_offset).render()?.into(),
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

fn send(bytes: Bytes, content_type: &'static str) -> Response {
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
