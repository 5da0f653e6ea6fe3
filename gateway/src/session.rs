//! Sessions of browsers: an opaque cookie is exchanged for a token, request by request, so that a session that was ended ends at once.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use http::request::Parts;
use pathfinder_proto::errors::v1::ErrorReason;
use pathfinder_proto::identity::v1::sign_in_service_client::SignInServiceClient;
use pathfinder_proto::identity::v1::{ExchangeSessionRequest, Token};

use crate::config::PublicUrl;
use crate::cookies::is_token;
use crate::error::ApiError;
use crate::services::Services;
use crate::state::{App, Shared};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Gives a request that comes with a session, and with no token of its own, the token of that session.
pub(crate) async fn enter(app: &App, parts: &mut Parts) -> Result<(), ApiError> {
    if parts.headers.contains_key(AUTHORIZATION) || app.cookies.session(&parts.headers).is_none() {
        return Ok(());
    }
    let token = exchange(app, parts).await?;
    let bearer = HeaderValue::from_str(&format!("Bearer {}", token.access_token));
    let mut bearer = bearer.map_err(|_| ApiError::internal())?;
    bearer.set_sensitive(true);
    parts.headers.insert(AUTHORIZATION, bearer);
    Ok(())
}

/// The token of the session that a request comes with. A session that has ended is forgotten by the browser as well.
pub(crate) async fn exchange(app: &App, parts: &Parts) -> Result<Token, ApiError> {
    let Some(session_token) = app.cookies.session(&parts.headers).filter(|token| is_token(token)) else {
        return Err(ApiError::session_ended().with_cookie(app.cookies.forget_session()));
    };
    let message = ExchangeSessionRequest { session_token: session_token.to_owned() };
    let services = Services::of(app, parts).await;
    let answer = services.call("identity", message, async |channel, message| {
        SignInServiceClient::new(channel).exchange_session(message).await
    });
    answer.await.map_err(|error| {
        let ended = error.is(ErrorReason::SessionEnded);
        if ended { error.with_cookie(app.cookies.forget_session()) } else { error }
    })
}

/// Refuses what a page of another site has a browser send in the name of its user: a request with the session's cookie that is to
/// change something.
///
/// tower-http's `CsrfLayer` is not used: it lets pass what says nothing of where it comes from, it takes the word of the `Host`
/// header, and it would refuse programs in browsers that send a token of their own and no cookie.
pub(crate) async fn refuse_cross_site(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let by_cookie = app.cookies.session(headers).is_some() && !headers.contains_key(AUTHORIZATION);
    if by_cookie && !is_from_here(&request, &app.public_url) {
        return ApiError::cross_site().into_response();
    }
    next.run(request).await
}

/// The same for forms, which are only ever sent by pages of our own: signing in without a session, too, is not for others to do.
pub(crate) async fn refuse_foreign_forms(State(app): State<Shared>, request: Request, next: Next) -> Response {
    if is_from_here(&request, &app.public_url) {
        return next.run(request).await;
    }
    ApiError::cross_site().into_response()
}

/// Whether a request only reads, or was sent by one of our own pages or by the person directly.
fn is_from_here(request: &Request, public_url: &PublicUrl) -> bool {
    request.method().is_safe() || is_same_site(request.headers(), public_url)
}

fn is_same_site(headers: &HeaderMap, public_url: &PublicUrl) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match text(FETCH_SITE) {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => text(ORIGIN) == Some(public_url.origin()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_and_the_person_may_change_something() {
        let here = PublicUrl::read("--public-url", "https://pathfinder.example").unwrap();
        let cases: [(&[(HeaderName, &str)], bool); 8] = [
            (&[(FETCH_SITE, "same-origin")], true),
            (&[(FETCH_SITE, "none")], true),
            (&[(FETCH_SITE, "same-site"), (ORIGIN, "https://pathfinder.example")], false),
            (&[(FETCH_SITE, "cross-site")], false),
            (&[(ORIGIN, "https://pathfinder.example")], true),
            (&[(ORIGIN, "https://pathfinder.example.evil.example")], false),
            (&[(ORIGIN, "null")], false),
            (&[], false),
        ];
        for (headers, expected) in cases {
            let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
            assert_eq!(is_same_site(&headers, &here), expected, "{headers:?}");
        }
    }
}
