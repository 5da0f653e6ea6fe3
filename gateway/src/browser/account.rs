//! Who one is here, and where one is signed in.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::join_all;
use http::StatusCode;
use http::request::Parts;
use pathfinder_proto::boards::v1::GetPartnershipRequest;
use pathfinder_proto::boards::v1::partnership_service_client::PartnershipServiceClient;
use pathfinder_proto::errors::v1::ErrorReason;
use pathfinder_proto::identity::v1::sign_in_service_client::SignInServiceClient;
use pathfinder_proto::identity::v1::token_service_client::TokenServiceClient;
use pathfinder_proto::identity::v1::{
    CallerIdentity, GetCallerRequest, ListSessionsRequest, RevokeSessionRequest, RoleGrant, Session, SignInProvider,
};
use serde::Deserialize;

use super::sign_in::{end_session as end_own_session, providers};
use super::{go_to, page, words};
use crate::error::ApiError;
use crate::form::Fields;
use crate::services::Services;
use crate::session;
use crate::state::{App, Shared};

/// Sessions on the page. Who has more ends the newest first to see the others.
const MOST_SESSIONS: i32 = 100;
/// Partnerships that are asked for their names; the roles in others show their ids.
const MOST_NAMES: usize = 20;

#[derive(Template)]
#[template(path = "account.html")]
struct Account<'a> {
    clock_offset: Option<&'a str>,
    name: &'a str,
    roles: Vec<String>,
    sessions: Vec<Row>,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOut<'a> {
    clock_offset: Option<&'a str>,
}

struct Row {
    id: String,
    since: String,
    method: String,
    used: String,
    ends: String,
    is_this: bool,
}

/// A person who is signed in.
struct Person<'a> {
    services: Services<'a>,
    identity: CallerIdentity,
    /// The session by which the person came.
    session_id: String,
}

/// What of a token's payload is read. It is not verified here: identity gave the token a moment ago.
#[derive(Deserialize)]
struct Payload {
    #[serde(default)]
    sid: String,
}

/// Who has the session that a request comes with.
async fn person<'a>(app: &'a App, parts: &Parts) -> Result<Person<'a>, ApiError> {
    let token = session::exchange(app, parts).await?;
    let services = Services::of(app, parts).await.bearing(&token.access_token);
    let identity = services.call("identity", GetCallerRequest {}, async |channel, message| {
        TokenServiceClient::new(channel).get_caller(message).await
    });
    let identity = identity.await?;
    Ok(Person { services, identity, session_id: session_of(&token.access_token) })
}

fn session_of(token: &str) -> String {
    let payload = token.split('.').nth(1).and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
    let payload = payload.and_then(|payload| serde_json::from_slice::<Payload>(&payload).ok());
    payload.map(|payload| payload.sid).unwrap_or_default()
}

/// `GET /account`. Who is not signed in is sent to do so.
pub(super) async fn show(State(app): State<Shared>, request: Request) -> Result<Response, ApiError> {
    let (parts, _) = request.into_parts();
    let person = match person(&app, &parts).await {
        Ok(person) => person,
        Err(error) if error.is(ErrorReason::SessionEnded) => {
            let had_one = app.cookies.session(&parts.headers).is_some();
            return go_to(if had_one { "/sign-in?ended=yes" } else { "/sign-in" }, [app.cookies.forget_session()]);
        }
        Err(error) => return Err(error),
    };
    let message = ListSessionsRequest {
        person_id: person.identity.subject.clone(),
        page_size: MOST_SESSIONS,
        page_token: String::new(),
    };
    let listed = person.services.call("identity", message, async |channel, message| {
        SignInServiceClient::new(channel).list_sessions(message).await
    });
    let (listed, providers, roles) = futures::join!(listed, providers(&person.services), roles(&person));
    // Without them the page shows the names by which sessions know their providers.
    let providers = providers.unwrap_or_default();
    let sessions = listed?.sessions;
    let sessions = sessions.iter().map(|session| row(session, &person.session_id, &providers)).collect();
    let name = &person.identity.display_name;
    page(StatusCode::OK, &Account { clock_offset: app.shown_offset(), name, roles, sessions })
}

fn row(session: &Session, this: &str, providers: &[SignInProvider]) -> Row {
    let shown = |name: &str| {
        let known = providers.iter().find(|provider| provider.name == name);
        known.map_or(name, |provider| provider.display_name.as_str()).to_owned()
    };
    let method = match session.method.strip_prefix("openid:") {
        Some(name) => format!("with {}", shown(name)),
        None => "with a link by e-mail".to_owned(),
    };
    Row {
        id: session.session_id.clone(),
        since: words::time(session.create_time.as_ref()),
        method,
        used: words::time(session.use_time.as_ref()),
        ends: words::time(session.expire_time.as_ref()),
        is_this: session.session_id == this,
    }
}

/// The person's roles, each with the name of its partnership where that can be had.
async fn roles(person: &Person<'_>) -> Vec<String> {
    let grants = &person.identity.grants;
    let ids: BTreeSet<&str> = grants.iter().map(|grant| grant.partnership_id.as_str()).collect();
    let ids = ids.into_iter().filter(|id| !id.is_empty()).take(MOST_NAMES);
    let named = ids.map(|id| async move { Some((id, partnership_name(&person.services, id).await?)) });
    let names: BTreeMap<&str, String> = join_all(named).await.into_iter().flatten().collect();
    let shown = |grant: &RoleGrant| {
        let role = words::role(grant.role());
        let place = names.get(grant.partnership_id.as_str()).unwrap_or(&grant.partnership_id);
        if place.is_empty() { role.to_owned() } else { format!("{role}, {place}") }
    };
    grants.iter().map(shown).collect()
}

async fn partnership_name(services: &Services<'_>, partnership_id: &str) -> Option<String> {
    let message = GetPartnershipRequest { partnership_id: partnership_id.to_owned() };
    let found = services.call("boards", message, async |channel, message| {
        PartnershipServiceClient::new(channel).get_partnership(message).await
    });
    let found = found.await.inspect_err(|error| tracing::debug!(reason = error.reason, "a partnership has no name"));
    found.ok().map(|partnership| partnership.name)
}

/// `POST /account/sessions`: ends one of one's own sessions.
pub(super) async fn end_session(State(app): State<Shared>, request: Request) -> Result<Response, ApiError> {
    let (parts, fields) = Fields::submitted(request, app.limits.body_bytes).await?;
    let person = person(&app, &parts).await?;
    let message = RevokeSessionRequest {
        person_id: person.identity.subject.clone(),
        session_id: fields.get("session_id").to_owned(),
    };
    let revoked = person.services.call("identity", message, async |channel, message| {
        SignInServiceClient::new(channel).revoke_session(message).await
    });
    revoked.await?;
    go_to("/account", [])
}

/// `POST /sign-out`. The browser forgets the session even when identity does not answer; the page then says that it goes on.
pub(super) async fn sign_out(State(app): State<Shared>, request: Request) -> Result<Response, ApiError> {
    let (parts, _) = request.into_parts();
    let services = Services::of(&app, &parts).await;
    let forget = app.cookies.forget_session();
    end_own_session(&app, &parts, &services).await.map_err(|error| error.with_cookie(forget.clone()))?;
    let mut response = page(StatusCode::OK, &SignedOut { clock_offset: app.shown_offset() })?;
    if let Some(forget) = forget {
        response.headers_mut().append(http::header::SET_COOKIE, forget);
    }
    Ok(response)
}
