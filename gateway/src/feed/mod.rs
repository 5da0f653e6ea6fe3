//! What is new in a neighbourhood as an Atom feed (RFC 4287), at `/partnerships/{partnership_id}/feed.atom`.
//!
//! ```text
//! asked   query               → what is asked for, every problem at once
//! here    typed gRPC          → a page of the news, the name of the partnership
//! atom    news                → the document
//! fresh   ETag, Last-Modified → the document, or that it is still the same
//! ```
//!
//! It is the same for everybody: whoever asks with a token is answered as somebody without, since feeds are kept and passed on. Older
//! news is on further pages (RFC 5005, `next`).

mod asked;
mod atom;
mod fresh;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::get;
use http::header::AUTHORIZATION;
use pathfinder_proto::boards::v1 as boards;
use pathfinder_proto::boards::v1::partnership_service_client::PartnershipServiceClient;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::issues::v1::news_service_client::NewsServiceClient;

use self::asked::Asked;
use self::atom::Feed;
use crate::error::ApiError;
use crate::json::call::MAX_ANSWER_BYTES;
use crate::services::Services;
use crate::state::Shared;

/// News on a page.
const PAGE: i32 = 50;

/// The routes.
pub(crate) fn router() -> Router<Shared> {
    Router::new().route("/partnerships/{partnership_id}/feed.atom", get(show))
}

/// Where the feed of a partnership is, below the gateway.
pub(crate) fn address(partnership_id: &str) -> String {
    format!("/partnerships/{partnership_id}/feed.atom")
}

/// `GET /partnerships/{partnership_id}/feed.atom`.
async fn show(
    State(app): State<Shared>,
    path: Result<Path<String>, axum::extract::rejection::PathRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let (mut parts, _) = request.into_parts();
    let Ok(Path(partnership_id)) = path else { return Err(ApiError::route_not_found(parts.uri.path())) };
    // What is shown to somebody with a role must not come into a feed that anybody may keep.
    parts.headers.remove(AUTHORIZATION);
    let asked = Asked::read(&partnership_id, parts.uri.query().unwrap_or_default())?;
    let services = Services::of(&app, &parts).await;
    let (partnership, page) = futures::join!(partnership(&services, &partnership_id), news(&services, &asked));
    let (partnership, page) = (partnership?, page?);
    let feed = Feed { origin: app.public_url.origin(), partnership: &partnership, asked: &asked, page: &page };
    Ok(fresh::answer(&parts.headers, feed.write()?, feed.update_time()))
}

/// A partnership, as everybody reads it.
pub(crate) async fn partnership(
    services: &Services<'_>,
    partnership_id: &str,
) -> Result<boards::Partnership, ApiError> {
    let message = boards::GetPartnershipRequest { partnership_id: partnership_id.to_owned() };
    let found = services.call("boards", message, async |channel, message| {
        PartnershipServiceClient::new(channel)
            .max_decoding_message_size(MAX_ANSWER_BYTES)
            .get_partnership(message)
            .await
    });
    found.await
}

async fn news(services: &Services<'_>, asked: &Asked) -> Result<pb::ListNewsResponse, ApiError> {
    let message = asked.message(PAGE);
    let listed = services.call("issues", message, async |channel, message| {
        NewsServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES).list_news(message).await
    });
    listed.await.map_err(|error| error.rename_fields(|field| asked::parameter(field).to_owned()))
}
