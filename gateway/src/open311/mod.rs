//! Open311 GeoReport v2, the interface that 311 apps and FixMyStreet speak, under `/open311/v2`.
//!
//! ```text
//! format   suffix or Accept        → JSON or XML
//! params   query and form          → typed parameters, every problem at once
//! backend  typed gRPC              → categories, issues, the partnership of a jurisdiction
//! convert  contract messages       → records, and back
//! updates  what happened, both ways → records, and calls of the contract
//! render   records and problems    → JSON or XML
//! ```
//!
//! A category is a *service*, an issue a *service request*, a partnership a *jurisdiction* (named by its slug; it may be left out
//! where there is only one, and where a report's `lat` and `long` lie in one). An issue's first photo is shown as `media_url`; what a
//! report or an update names by it, once for each picture, is fetched by the issues service and becomes a photo. A report that is held back
//! is answered with a `token`, which `tokens` turns into its id once everybody may read it. An `api_key`
//! makes the call its system's; without one anybody reports and reads what is public. What other layers of the gateway refuse at these
//! addresses is written in the same form ([`refused`]). `servicerequestupdates` is an extension of mySociety's, which FixMyStreet speaks.
//! To add an address, add its row to [`call`].

mod backend;
mod convert;
mod format;
mod params;
mod render;
#[cfg(test)]
mod tests;
mod updates;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};

use self::backend::Backend;
use self::format::{Format, Target};
use self::params::Params;
use self::render::{Answer, Problem, Problems};
use crate::body;
use crate::error::ApiError;
use crate::form;
use crate::session;
use crate::state::{App, Shared};

/// The routes.
pub(crate) fn router() -> Router<Shared> {
    Router::new().route("/open311/v2/{*rest}", any(serve))
}

/// The form in which refusals are written at an address of this interface, whoever refuses; none at other addresses.
pub(crate) fn form_of_refusals(path: &str, headers: &HeaderMap) -> Option<Format> {
    let is_ours = path == "/open311" || path.starts_with("/open311/");
    is_ours.then(|| Target::of(path, headers).format)
}

/// A refusal from before the routes, or where there are none, as Open311 has it.
pub(crate) fn refused(error: ApiError, format: Format) -> Response {
    Problems::from(error).render(format)
}

async fn serve(State(app): State<Shared>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let target = Target::of(parts.uri.path(), &parts.headers);
    match respond(&app, &target, &mut parts, body).await {
        Ok(answer) => answer.render(target.format),
        Err(problems) => problems.render(target.format),
    }
}

async fn respond(app: &App, target: &Target, parts: &mut Parts, body: Body) -> Result<Answer, Problems> {
    session::enter(app, parts).await?;
    let bytes = body::read(&parts.headers, body, app.limits.body_bytes).await?;
    let form = form_of(parts, bytes)?;
    let params = Params::read(parts.uri.query().unwrap_or_default(), &form)?;
    let backend = Backend::of(app, parts, params.get("api_key")).await?;
    let segments: Vec<&str> = target.segments.iter().map(String::as_str).collect();
    call(&parts.method, &segments, &params, &backend).await
}

/// The table of addresses.
async fn call(method: &Method, segments: &[&str], params: &Params, backend: &Backend<'_>) -> Result<Answer, Problems> {
    let reads = method == Method::GET || method == Method::HEAD;
    match segments {
        ["discovery"] if reads => backend.discovery().await,
        ["services"] if reads => backend.services(params).await,
        ["services", code] if reads => backend.definition(params, code).await,
        ["requests"] if reads => backend.requests(params).await,
        ["requests"] if method == Method::POST => backend.report(params).await,
        ["requests", id] if reads => backend.request(params, id).await,
        ["tokens", token] if reads => backend.token(params, token).await,
        ["servicerequestupdates"] if reads => backend.updates(params).await,
        ["servicerequestupdates"] if method == Method::POST => backend.push_update(params).await,
        ["requests" | "servicerequestupdates"] => Err(wrong_method(method, "GET, HEAD, POST")),
        ["discovery"] | ["services"] | ["services" | "requests" | "tokens", _] => {
            Err(wrong_method(method, "GET, HEAD"))
        }
        _ => Err(Problem::new(404, "There is nothing at this address.").into()),
    }
}

fn wrong_method(method: &Method, allowed: &'static str) -> Problems {
    let problem = Problem::new(
        405,
        format!("This address does not take {}; it takes {allowed}.", crate::error::shortened(method.as_str())),
    );
    Problems::from(problem).with_header(ALLOW, HeaderValue::from_static(allowed))
}

/// The body of a POST, which must be a form; other methods have none.
fn form_of(parts: &Parts, bytes: Bytes) -> Result<Bytes, Problems> {
    if parts.method != Method::POST || bytes.is_empty() {
        return Ok(Bytes::new());
    }
    if form::is_form(&parts.headers) {
        return Ok(bytes);
    }
    let given = parts.headers.get(CONTENT_TYPE).map_or("", |value| value.to_str().unwrap_or("unreadable"));
    Err(ApiError::media_type_unsupported(given, form::MEDIA_TYPE).into())
}
