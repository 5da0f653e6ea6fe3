//! What a caller is told when a call fails, whoever refused it: the gateway itself or a service behind it.
//!
//! [`ApiError`] is the only error of the HTTP surface. A handler returns it; the outermost layer ([`crate::trace`]) writes it
//! as JSON, because only that layer knows the trace id for certain:
//!
//! ```json
//! {"error": {"code": 404, "status": "NOT_FOUND", "reason": "NOT_FOUND", "message": "…", "metadata": {},
//!            "fieldViolations": [{"field": "title", "description": "…"}], "traceId": "4bf9…"}}
//! ```
//!
//! The HTTP status follows from the gRPC code by [`http_status`], with three refinements by reason that HTTP has words for:
//! a stale `If-Match` (412), something too large (413) and a media type that is not read (415).
//! To add a refusal of the gateway's own, add its reason (500–599) to `errors.proto` and a constructor below.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use pathfinder_kit::{ERROR_DOMAIN, rate};
use pathfinder_proto::errors::v1::ErrorReason;
use serde::Serialize;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// How long a caller should wait when a service said "later" without saying when.
const RETRY_LATER: Duration = Duration::from_secs(1);

/// One thing that is wrong with a request, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The path of the field, in the names of the JSON form: `agenda[2].title`.
    pub field: String,
    /// What is wrong and what would be right.
    pub description: String,
}

impl Violation {
    /// A violation of `field`.
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self { field: field.into(), description: description.into() }
    }
}

/// Why a call failed, in the words of the HTTP surface.
#[derive(Debug, Clone)]
pub struct ApiError {
    pub(crate) http: StatusCode,
    pub(crate) code: Code,
    pub(crate) reason: String,
    pub(crate) message: String,
    /// Apart, because an error travels by value through every result.
    pub(crate) details: Box<Details>,
}

/// What only some errors have.
#[derive(Debug, Clone, Default)]
pub(crate) struct Details {
    /// What the message speaks of, by name.
    pub(crate) metadata: BTreeMap<String, String>,
    /// Every field that is wrong.
    pub(crate) violations: Vec<Violation>,
    retry_after: Option<Duration>,
    allow: Option<HeaderValue>,
    cookie: Option<HeaderValue>,
}

/// The HTTP status of a gRPC code; total.
///
/// FAILED_PRECONDITION is 409, not Google's 400: the request is well formed, the state of the thing forbids it, and a
/// client that mends its fields would get nowhere. OUT_OF_RANGE stays 400.
#[must_use]
pub fn http_status(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        Code::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
        Code::InvalidArgument | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted | Code::FailedPrecondition => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The name of a gRPC code as the protocol writes it, `NOT_FOUND`; total.
#[must_use]
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// The word that stands for a reason in an answer: its name without the prefix.
pub(crate) fn reason_word(reason: ErrorReason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix("ERROR_REASON_").unwrap_or(name)
}

impl ApiError {
    pub(crate) fn new(code: Code, reason: ErrorReason, message: impl Into<String>) -> Self {
        Self {
            http: http_status(code),
            code,
            reason: reason_word(reason).to_owned(),
            message: message.into(),
            details: Box::default(),
        }
    }

    fn after(mut self, wait: Duration) -> Self {
        self.details.retry_after = Some(wait);
        self
    }

    /// Has the browser keep or forget something along with the refusal.
    pub(crate) fn with_cookie(mut self, cookie: Option<HeaderValue>) -> Self {
        self.details.cookie = cookie;
        self
    }

    /// The same, in other words where it refuses a sign-in: a page knows which way was tried, and what to do next.
    pub(crate) fn refused_as(mut self, message: &str) -> Self {
        if self.is(ErrorReason::SignInRefused) {
            message.clone_into(&mut self.message);
        }
        self
    }

    fn answered_as(mut self, http: StatusCode) -> Self {
        self.http = http;
        self
    }

    /// Adds a variable that the message speaks of.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.details.metadata.insert(name.to_owned(), value.into());
        self
    }

    /// 400: fields are wrong, all of them named.
    pub(crate) fn invalid(violations: Vec<Violation>) -> Self {
        let message = match violations.as_slice() {
            [only] => format!("`{}` {}", only.field, only.description),
            several => format!("{} problems with the request; each is named in fieldViolations.", several.len()),
        };
        let mut error = Self::new(Code::InvalidArgument, ErrorReason::InvalidRequest, message);
        error.details.violations = violations;
        error
    }

    /// The same, with one more field that is wrong.
    pub(crate) fn beside(self, wrong: Violation) -> Self {
        let mut violations = self.details.violations;
        violations.push(wrong);
        Self::invalid(violations)
    }

    /// 400: the body is not JSON.
    pub(crate) fn malformed_json(problem: &str, line: usize, column: usize) -> Self {
        let message = format!("The body is not JSON: {problem} (line {line}, column {column}).");
        Self::new(Code::InvalidArgument, ErrorReason::JsonMalformed, message)
            .with("line", line.to_string())
            .with("column", column.to_string())
    }

    /// 404: no operation has this path.
    pub(crate) fn route_not_found(path: &str) -> Self {
        let message = "There is nothing at this address. /reference lists every operation.";
        Self::new(Code::NotFound, ErrorReason::RouteNotFound, message).with("path", shortened(path))
    }

    /// 405: the path exists, with other methods.
    pub(crate) fn method_not_allowed(method: &http::Method, allowed: &str) -> Self {
        let mut error = Self::page_method_not_allowed(method).with("allowed", allowed);
        error.message = format!("This address does not take {}; it takes {allowed}.", shortened(method.as_str()));
        error.details.allow = HeaderValue::from_str(allowed).ok();
        error
    }

    /// 405 on an address of the router, which itself adds `Allow` to whatever is answered.
    pub(crate) fn page_method_not_allowed(method: &http::Method) -> Self {
        let message =
            format!("This address does not take {}; the header Allow says what it takes.", shortened(method.as_str()));
        Self::new(Code::Unimplemented, ErrorReason::MethodNotAllowed, message)
            .answered_as(StatusCode::METHOD_NOT_ALLOWED)
    }

    /// 413: the body is longer than `limit` bytes.
    pub(crate) fn body_too_large(limit: usize) -> Self {
        let message = format!("The body is larger than the limit of {limit} bytes.");
        Self::new(Code::ResourceExhausted, ErrorReason::TooLarge, message)
            .with("limit_bytes", limit.to_string())
            .answered_as(StatusCode::PAYLOAD_TOO_LARGE)
    }

    /// 415: the body is in a form that this address does not read.
    pub(crate) fn media_type_unsupported(given: &str, wanted: &str) -> Self {
        let message = format!("The body must be sent as {wanted}, not as {}.", shortened(given));
        Self::new(Code::InvalidArgument, ErrorReason::MediaTypeUnsupported, message)
            .with("wanted", wanted)
            .answered_as(StatusCode::UNSUPPORTED_MEDIA_TYPE)
    }

    /// 415: nothing says in which form the body is.
    pub(crate) fn media_type_missing(wanted: &str) -> Self {
        let message = format!("The body came without a Content-Type; it must be sent as {wanted}.");
        Self::new(Code::InvalidArgument, ErrorReason::MediaTypeUnsupported, message)
            .with("wanted", wanted)
            .answered_as(StatusCode::UNSUPPORTED_MEDIA_TYPE)
    }

    /// 400: the body broke off.
    pub(crate) fn body_unreadable() -> Self {
        Self::new(Code::InvalidArgument, ErrorReason::BodyUnreadable, "The body broke off before its end.")
    }

    /// 429: the gateway has all the work it takes at once.
    pub(crate) fn overloaded(what: &str) -> Self {
        let message = format!("The gateway has as many {what} as it takes at once. Try again shortly.");
        Self::new(Code::ResourceExhausted, ErrorReason::Overloaded, message).after(RETRY_LATER)
    }

    /// 429: one address has its share of all the work that is taken at once.
    pub(crate) fn share_used_up(what: &str) -> Self {
        let message = format!(
            "This address has as many {what} in work as one address may at once. Try again when some are done."
        );
        Self::new(Code::ResourceExhausted, ErrorReason::Overloaded, message).after(RETRY_LATER)
    }

    /// 429: `who` (an address or a caller) asks more often than its share.
    pub(crate) fn rate_limited(who: &str, wait: Duration) -> Self {
        let seconds = rate::seconds_to_wait(wait);
        let message = format!("This {who} sends more requests than its share. Try again in {seconds} s.");
        Self::new(Code::ResourceExhausted, ErrorReason::RateLimited, message)
            .with("retry_after_seconds", seconds.to_string())
            .after(Duration::from_secs(seconds))
    }

    /// 401: the browser's session is none, or none any more.
    pub(crate) fn session_ended() -> Self {
        let message = "The session has ended. Sign in again.";
        Self::new(Code::Unauthenticated, ErrorReason::SessionEnded, message)
    }

    /// 401: a sign-in that cannot go on.
    pub(crate) fn sign_in_refused(message: &str) -> Self {
        Self::new(Code::Unauthenticated, ErrorReason::SignInRefused, message)
    }

    /// 401: a link that opens nothing.
    pub(crate) fn link_refused(message: &str) -> Self {
        Self::new(Code::Unauthenticated, ErrorReason::LinkRefused, message)
    }

    /// 403: another site's page had the browser send this, or nothing says that it did not.
    pub(crate) fn cross_site() -> Self {
        let message = "This was not sent by a page of this site. Open the page here and send it again; \
            a program sends a token in place of a cookie.";
        Self::new(Code::PermissionDenied, ErrorReason::CrossSite, message)
    }

    /// 504: the request took longer than the gateway allows.
    pub(crate) fn deadline_exceeded(limit: Duration) -> Self {
        let message = format!("The request took longer than {} ms.", limit.as_millis());
        Self::new(Code::DeadlineExceeded, ErrorReason::DeadlineExceeded, message)
    }

    /// 500: a fault of ours; what it was stands in the log under the trace id.
    pub(crate) fn internal() -> Self {
        let message = "A fault of ours. The trace id leads to it in the log.";
        Self::new(Code::Internal, ErrorReason::Internal, message)
    }

    /// 503: the service called `peer` does not answer.
    fn peer_unavailable(peer: &str) -> Self {
        let message = format!("The {peer} service does not answer. Try again shortly.");
        Self::new(Code::Unavailable, ErrorReason::PeerUnavailable, message).with("peer", peer).after(RETRY_LATER)
    }

    /// 503: the connection to the service called `peer` broke in the midst of a call.
    fn peer_broke_off(peer: &str) -> Self {
        let message = format!(
            "The {peer} service broke off; whether the call was carried out is uncertain. Repeat it with the same request id."
        );
        Self { message, ..Self::peer_unavailable(peer) }
    }

    /// What a service answered, or why it could not be reached.
    ///
    /// Only a status that carries our `ErrorInfo` was written for callers; any other comes from the transport or a
    /// library, so its text goes to the log and the caller gets the plain sentence for its code.
    pub(crate) fn from_status(status: &Status, peer: &str) -> Self {
        let details = status.get_error_details();
        let Some(info) = details.error_info().filter(|info| info.domain == ERROR_DOMAIN) else {
            return Self::from_bare_status(status, peer);
        };
        let violations = details.bad_request().map(|bad| &bad.field_violations).into_iter().flatten();
        let asked_wait = details.retry_info().and_then(|retry| retry.retry_delay);
        let later = matches!(status.code(), Code::Unavailable | Code::ResourceExhausted).then_some(RETRY_LATER);
        let too_large = info.reason == reason_word(ErrorReason::TooLarge);
        Self {
            http: if too_large { StatusCode::PAYLOAD_TOO_LARGE } else { http_status(status.code()) },
            code: status.code(),
            reason: info.reason.clone(),
            message: status.message().to_owned(),
            details: Box::new(Details {
                metadata: info.metadata.clone().into_iter().collect(),
                violations: violations.map(|one| Violation::new(&one.field, &one.description)).collect(),
                retry_after: asked_wait.or(later),
                ..Details::default()
            }),
        }
    }

    fn from_bare_status(status: &Status, peer: &str) -> Self {
        tracing::warn!(
            peer,
            code = code_name(status.code()),
            message = status.message(),
            "a call failed without details"
        );
        match status.code() {
            Code::Unavailable => Self::peer_unavailable(peer),
            // Only a status that was made on this side of the wire has a source: the connection's end.
            Code::Unknown if std::error::Error::source(status).is_some() => Self::peer_broke_off(peer),
            // tonic reports its own client-side timeout as CANCELLED; nobody else cancels our calls.
            Code::DeadlineExceeded | Code::Cancelled => {
                let message = format!("The {peer} service did not answer in time.");
                Self::new(Code::DeadlineExceeded, ErrorReason::DeadlineExceeded, message).with("peer", peer)
            }
            Code::Unimplemented => {
                let message = format!("The {peer} service does not offer this call.");
                Self::new(Code::Unimplemented, ErrorReason::NoSuchCall, message).with("peer", peer)
            }
            Code::ResourceExhausted => {
                let message = format!("The {peer} service is busy. Try again shortly.");
                Self::new(Code::ResourceExhausted, ErrorReason::Overloaded, message).after(RETRY_LATER)
            }
            Code::Unauthenticated => {
                Self::new(Code::Unauthenticated, ErrorReason::TokenRequired, "This call needs a valid token.")
            }
            Code::Ok
            | Code::Unknown
            | Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::FailedPrecondition
            | Code::Aborted
            | Code::OutOfRange
            | Code::Internal
            | Code::DataLoss => Self::internal(),
        }
    }

    /// A stale etag that came as `If-Match` answers 412 rather than 409.
    pub(crate) fn after_if_match(self) -> Self {
        if self.is(ErrorReason::EtagMismatch) {
            return self.answered_as(StatusCode::PRECONDITION_FAILED);
        }
        self
    }

    /// Whether it was refused for this reason.
    pub(crate) fn is(&self, reason: ErrorReason) -> bool {
        self.reason == reason_word(reason)
    }

    /// Renames the fields of the violations.
    pub(crate) fn rename_fields(mut self, rename: impl Fn(&str) -> String) -> Self {
        for violation in &mut self.details.violations {
            violation.field = rename(&violation.field);
        }
        self
    }

    /// The JSON form, `{"error": …}`.
    pub(crate) fn to_json(&self, trace_id: &str) -> String {
        let error = Written {
            code: self.http.as_u16(),
            status: code_name(self.code),
            reason: &self.reason,
            message: &self.message,
            metadata: &self.details.metadata,
            field_violations: &self.details.violations,
            trace_id,
        };
        // Plain texts and numbers always have a JSON form.
        serde_json::to_string(&Wrapped { error }).unwrap_or_default()
    }

    /// Adds the headers that belong to this error: `Retry-After`, `Allow`, `Set-Cookie`, `WWW-Authenticate`.
    pub(crate) fn add_headers(&self, headers: &mut HeaderMap) {
        if let Some(wait) = self.details.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if let Some(allow) = &self.details.allow {
            headers.insert(ALLOW, allow.clone());
        }
        if let Some(cookie) = &self.details.cookie {
            headers.append(SET_COOKIE, cookie.clone());
        }
        if self.code == Code::Unauthenticated {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
    }

    /// The whole response, with the trace id written in.
    pub(crate) fn render(&self, trace_id: &str) -> Response {
        let mut response = Response::new(Body::from(self.to_json(trace_id)));
        *response.status_mut() = self.http;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.add_headers(response.headers_mut());
        response
    }
}

#[derive(Serialize)]
struct Wrapped<'a> {
    error: Written<'a>,
}

/// The parts of an error in the order in which a person reads them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    code: u16,
    status: &'static str,
    reason: &'a str,
    message: &'a str,
    metadata: &'a BTreeMap<String, String>,
    field_violations: &'a [Violation],
    trace_id: &'a str,
}

/// Leaves the error on the response; [`crate::trace`] writes it out.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.http;
        response.extensions_mut().insert(self);
        response
    }
}

/// Text from outside, short enough to repeat.
pub(crate) fn shortened(text: &str) -> String {
    const LIMIT: usize = 80;
    let mut short: String = text.chars().take(LIMIT).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
