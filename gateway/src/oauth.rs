//! `POST /oauth2/token`: OAuth 2.0 client credentials (RFC 6749, section 4.4), with which systems get their tokens.
//!
//! The client shows its id and secret by HTTP Basic or in the form, not both. What is refused is said in the words of that
//! standard (section 5.2), so that any client library understands it; what is not the client's fault is answered as everywhere
//! else.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use pathfinder_proto::errors::v1::ErrorReason;
use pathfinder_proto::identity::v1::credential_service_client::CredentialServiceClient;
use pathfinder_proto::identity::v1::{ClientToken, IssueClientTokenRequest};
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::form::{Fields, decode};
use crate::services::Services;
use crate::state::{App, Shared};

/// Why there is no token.
#[derive(Debug)]
enum Refusal {
    /// Said in the words of the standard: status, error, description.
    Named(StatusCode, &'static str, String),
    /// Anything else.
    Other(ApiError),
}

impl Refusal {
    fn request(description: &str) -> Self {
        Self::Named(StatusCode::BAD_REQUEST, "invalid_request", description.to_owned())
    }

    fn client(description: &str) -> Self {
        Self::Named(StatusCode::UNAUTHORIZED, "invalid_client", description.to_owned())
    }
}

impl From<ApiError> for Refusal {
    /// What the form or identity refused, as far as the standard has a word for it.
    fn from(error: ApiError) -> Self {
        if error.is(ErrorReason::ClientRefused) {
            return Self::client(&error.message);
        }
        if error.is(ErrorReason::ScopeRefused) {
            return Self::Named(StatusCode::BAD_REQUEST, "invalid_scope", error.message);
        }
        if error.http.is_client_error() && error.http != StatusCode::TOO_MANY_REQUESTS {
            return Self::Named(error.http, "invalid_request", error.message);
        }
        Self::Other(error)
    }
}

/// Gives a system its token.
pub(crate) async fn token(State(app): State<Shared>, request: Request) -> Response {
    match issue(&app, request).await {
        Ok(issued) => answer(StatusCode::OK, &granted(&app, &issued)),
        Err(Refusal::Named(status, error, description)) => {
            let mut response = answer(status, &json!({"error": error, "error_description": ascii(&description)}));
            if status == StatusCode::UNAUTHORIZED {
                let scheme = HeaderValue::from_static("Basic realm=\"pathfinder\", charset=\"UTF-8\"");
                response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
            }
            response
        }
        Err(Refusal::Other(error)) => error.into_response(),
    }
}

async fn issue(app: &App, request: Request) -> Result<ClientToken, Refusal> {
    let (mut parts, fields) = Fields::submitted(request, app.limits.body_bytes).await?;
    match fields.get("grant_type") {
        "client_credentials" => {}
        "" => return Err(Refusal::request("grant_type is needed.")),
        _ => {
            let description = "grant_type must be client_credentials.".to_owned();
            return Err(Refusal::Named(StatusCode::BAD_REQUEST, "unsupported_grant_type", description));
        }
    }
    let (client_id, client_secret) = client(&parts, &fields)?;
    // Identity takes this header for a token.
    parts.headers.remove(AUTHORIZATION);
    let message = IssueClientTokenRequest { client: client_id, client_secret, scope: fields.get("scope").to_owned() };
    let services = Services::of(app, &parts).await;
    let issued = services.call("identity", message, async |channel, message| {
        CredentialServiceClient::new(channel).issue_client_token(message).await
    });
    Ok(issued.await?)
}

/// The client's id and secret.
fn client(parts: &Parts, fields: &Fields) -> Result<(String, String), Refusal> {
    let (id, secret) = (fields.get("client_id"), fields.get("client_secret"));
    let Some(header) = parts.headers.get(AUTHORIZATION) else {
        if id.is_empty() || secret.is_empty() {
            return Err(Refusal::client("The client's id and secret are needed, by HTTP Basic or in the form."));
        }
        return Ok((id.to_owned(), secret.to_owned()));
    };
    if !secret.is_empty() {
        return Err(Refusal::request("The client shows its secret in one way only, by HTTP Basic or in the form."));
    }
    let shown = basic(header).ok_or_else(|| Refusal::client("The header authorization is not HTTP Basic."))?;
    if shown.0.is_empty() || shown.1.is_empty() {
        return Err(Refusal::client("The header authorization lacks the client's id or its secret."));
    }
    if !id.is_empty() && id != shown.0 {
        return Err(Refusal::request("client_id is not the id in the header authorization."));
    }
    Ok(shown)
}

/// Id and secret out of a Basic header; both are form-encoded before they are joined (section 2.3.1).
fn basic(header: &HeaderValue) -> Option<(String, String)> {
    let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
    let joined = Some(encoded.trim()).filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let joined = STANDARD.decode(joined).ok()?;
    let mut halves = joined.splitn(2, |byte| *byte == b':');
    Some((decode(halves.next()?)?, decode(halves.next()?)?))
}

fn granted(app: &App, issued: &ClientToken) -> Value {
    let token = issued.token.clone().unwrap_or_default();
    let ends = token.expire_time.map_or(0, |time| time.seconds);
    let seconds = ends.saturating_sub(app.clock.now().timestamp()).max(0);
    json!({"access_token": token.access_token, "token_type": "Bearer", "expires_in": seconds, "scope": issued.scope})
}

/// The characters that the standard allows in a description.
fn ascii(text: &str) -> String {
    let allowed = |letter: char| matches!(letter, ' '..='~') && letter != '"' && letter != '\\';
    text.chars().map(|letter| if allowed(letter) { letter } else { '\'' }).collect()
}

fn answer(status: StatusCode, json: &Value) -> Response {
    let mut response = Response::new(Body::from(json.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basic_header_is_decoded_twice() {
        let header = |text: &str| HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(text))).unwrap();
        assert_eq!(basic(&header("a%3Ab:c+d:e")), Some(("a:b".to_owned(), "c d:e".to_owned())));
        assert_eq!(basic(&header("no colon")), None);
        assert_eq!(basic(&HeaderValue::from_static("Bearer abc")), None);
    }
}
