//! The page of a form link, on which an outside contractor acts without an account on the one thing that the link names: accepts,
//! refuses or reports done an issue ([`issue`]), or writes the next report on a commitment ([`commitment`]).
//!
//! A form sent twice is one request: its id is made of the page's own id and of what the form says ([`request_id`]). What was overtaken by
//! others meanwhile is no error page: the thing is shown again as it is now.

mod commitment;
mod issue;
mod report;

use axum::extract::{Request, State};
use axum::response::Response;
use http::request::Parts;
use pathfinder_proto::errors::v1::ErrorReason;
use pathfinder_proto::identity::v1::form_link_service_client::FormLinkServiceClient;
use pathfinder_proto::identity::v1::{ExchangeFormLinkRequest, FormLink};
use sha2::{Digest as _, Sha256};

use super::{Captured, words};
use crate::cookies::is_token;
use crate::error::ApiError;
use crate::form::Fields;
use crate::services::Services;
use crate::state::{App, Shared};

const BROKEN: &str = "The link is not whole. Copy all of it out of the message that it came with.";
const OVERTAKEN: &str =
    "This cannot be done now. It has changed since you opened this page; this is how it stands. Nothing was done.";

/// A link that holds, and the way to the services on behalf of whoever has it.
struct Held<'a> {
    app: &'a App,
    services: Services<'a>,
    link: FormLink,
    token: String,
}

async fn held<'a>(app: &'a App, parts: &Parts, token: &str) -> Result<Held<'a>, ApiError> {
    if !is_token(token) {
        return Err(ApiError::link_refused(BROKEN));
    }
    let services = Services::of(app, parts).await;
    let message = ExchangeFormLinkRequest { link_token: token.to_owned() };
    let exchanged = services.call("identity", message, async |channel, message| {
        FormLinkServiceClient::new(channel).exchange_form_link(message).await
    });
    let exchanged = exchanged.await?;
    let bearer = exchanged.token.unwrap_or_default().access_token;
    let link = exchanged.form_link.unwrap_or_default();
    Ok(Held { app, services: services.bearing(&bearer), link, token: token.to_owned() })
}

/// `GET /f/{token}`.
pub(super) async fn show(
    State(app): State<Shared>,
    Captured(token): Captured<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, _) = request.into_parts();
    let fields = Fields::queried(&parts)?;
    let held = held(&app, &parts, &token).await?;
    let done = fields.get("done");
    if held.link.commitment_id.is_empty() {
        issue::show(&held, done).await
    } else {
        commitment::show(&held, done).await
    }
}

/// `POST /f/{token}`.
pub(super) async fn act(
    State(app): State<Shared>,
    Captured(token): Captured<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, fields) = Fields::submitted(request, app.limits.body_bytes).await?;
    let held = held(&app, &parts, &token).await?;
    if held.link.commitment_id.is_empty() {
        issue::act(&held, &fields).await
    } else {
        commitment::act(&held, &fields).await
    }
}

impl Held<'_> {
    /// The address of the page after something was done.
    fn address_after(&self, action: &str) -> String {
        format!("/f/{}?done={action}", self.token)
    }

    fn expires(&self) -> String {
        words::time(self.link.expire_time.as_ref())
    }

    /// An id for a page's forms.
    fn page_id(&self) -> String {
        self.app.ids.next(self.app.clock.now()).to_string()
    }
}

/// The id of the request that a form makes for one of its `steps`: of the page's id and everything that the form says. So the same form
/// sent again is the same request, and one that was gone back to and mended is another. None without the page's id.
pub(super) fn request_id(fields: &Fields, step: &str) -> String {
    if fields.get("request_id").is_empty() {
        return String::new();
    }
    let mut digest = Sha256::new();
    for part in fields.iter().flat_map(|(name, value)| [name, value]).chain([step]) {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest.finalize()).for_each(|(byte, made)| *byte = made);
    uuid_of(u128::from_be_bytes(bytes))
}

/// An id of one's own making, version 8 of RFC 9562.
fn uuid_of(number: u128) -> String {
    let number = (number & !(0xf << 76) & !(0b11 << 62)) | (8 << 76) | (0b10 << 62);
    let hex = format!("{number:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Whether others were faster, so that it can no longer be done: the thing has moved on.
fn is_overtaken(error: &ApiError) -> bool {
    let reasons =
        [ErrorReason::EtagMismatch, ErrorReason::StateForbids, ErrorReason::PeriodReported, ErrorReason::PeriodUnknown];
    reasons.into_iter().any(|reason| error.is(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_form_makes_the_same_request_and_a_mended_one_another() {
        let id = |text: &str, step: &str| request_id(&Fields::read(text.as_bytes()).unwrap(), step);
        let form = "request_id=p-1&action=done&work=Mended";
        let first = id(form, "");
        assert_eq!(first, id("action=done&work=Mended&request_id=p-1", ""), "in whichever order it comes");
        assert_eq!((first.len(), &first[14..15], first.matches('-').count()), (36, "8", 4), "{first}");
        let others = ["request_id=p-2&action=done&work=Mended", "request_id=p-1&action=done&work=Mended+well"];
        assert!(others.iter().all(|other| id(other, "") != first) && id(form, "start") != first);
        assert_eq!(id("action=done", ""), "", "a form without a page makes no promise");
    }
}
