//! Signing in at an OpenID Connect provider. Identity speaks with the provider; the gateway sends the browser there and back, and
//! has it keep what binds the way back to it.

use axum::extract::{Request, State};
use axum::response::Response;
use pathfinder_proto::identity::v1::sign_in_service_client::SignInServiceClient;
use pathfinder_proto::identity::v1::{BeginOpenIdSignInRequest, CompleteOpenIdSignInRequest};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::sign_in::begin_session;
use super::{Captured, go_to};
use crate::cookies::is_token;
use crate::error::ApiError;
use crate::form::Fields;
use crate::services::Services;
use crate::state::Shared;

const NOT_BEGUN: &str = "This sign-in was not begun in this browser, or too long ago. Begin it again.";
const NOT_KNOWN: &str = "Nobody here has the e-mail address that the provider vouches for, or it vouches for none. An administrator can \
     enter your address, or you ask for a link by e-mail.";
const NOT_GRANTED: &str = "The provider did not sign you in. Begin again, or ask for a link by e-mail.";

/// `GET /sign-in/openid/{provider}`: on to the provider.
pub(super) async fn begin(
    State(app): State<Shared>,
    Captured(provider): Captured<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let back = format!("/sign-in/openid/{}/return", utf8_percent_encode(&provider, NON_ALPHANUMERIC_OR_DASH));
    let message = BeginOpenIdSignInRequest { provider, redirect_uri: app.public_url.at(&back) };
    let services = Services::of(&app, &request.into_parts().0).await;
    let begun = services.call("identity", message, async |channel, message| {
        SignInServiceClient::new(channel).begin_open_id_sign_in(message).await
    });
    let begun = begun.await?;
    let flow = app.cookies.keep_flow(&begun.flow_token).ok_or_else(ApiError::internal)?;
    go_to(&begun.authorization_url, [Some(flow)])
}

/// What a provider's name is made of passes as it is.
const NON_ALPHANUMERIC_OR_DASH: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'-');

/// `GET /sign-in/openid/{provider}/return?code=&state=`: back from the provider.
pub(super) async fn complete(
    State(app): State<Shared>,
    Captured(provider): Captured<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, _) = request.into_parts();
    let fields = Fields::queried(&parts)?;
    let forget = || app.cookies.forget_flow();
    let Some(flow_token) = app.cookies.flow(&parts.headers).filter(|token| is_token(token)) else {
        return Err(ApiError::sign_in_refused(NOT_BEGUN));
    };
    let (code, state) = (fields.get("code"), fields.get("state"));
    if code.is_empty() || state.is_empty() {
        return Err(ApiError::sign_in_refused(NOT_GRANTED).with_cookie(forget()));
    }
    let message = CompleteOpenIdSignInRequest {
        flow_token: flow_token.to_owned(),
        code: code.to_owned(),
        state: state.to_owned(),
        provider,
    };
    let services = Services::of(&app, &parts).await;
    let completed = services.call("identity", message, async |channel, message| {
        SignInServiceClient::new(channel).complete_open_id_sign_in(message).await
    });
    let new = completed.await.map_err(|error| error.refused_as(NOT_KNOWN).with_cookie(forget()))?;
    begin_session(&app, &parts, &services, &new).await
}
