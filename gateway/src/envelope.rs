//! What goes along with every call to a service: who calls, through whom, from where, under which trace, until when.

use std::time::{Duration, Instant};

use http::header::AUTHORIZATION;
use http::request::Parts;
use pathfinder_kit::Door;
use pathfinder_kit::peer::{ACTOR_HEADER, CLIENT_HEADER};
use tokio::time::timeout;
use tonic::Request;
use tonic::metadata::{AsciiMetadataValue, MetadataValue};

use crate::client::Client;
use crate::state::App;
use crate::trace::Trace;

/// How long a call waits for the gateway's own token, which is at hand but for once an hour.
const ACTOR_WAIT: Duration = Duration::from_secs(1);

/// What goes along with a call. Of the headers of the HTTP request only `authorization` does: `content-length` and its like would
/// break the call, and a service must not be steered by headers nobody documented.
#[derive(Debug, Clone)]
pub(crate) struct Envelope {
    authorization: Option<AsciiMetadataValue>,
    /// The gateway's own token, without which no service would believe it about the client.
    actor: Option<AsciiMetadataValue>,
    client: Client,
    trace: Trace,
    /// When the caller stops waiting; `None` for a stream, which lives as long as it is read.
    deadline: Option<Instant>,
}

impl Envelope {
    /// For the request with these parts. While identity gives the gateway no token, calls go on without one.
    pub(crate) async fn of(app: &App, parts: &Parts) -> Self {
        let authorization = parts.headers.get(AUTHORIZATION);
        Self {
            authorization: authorization.and_then(|value| MetadataValue::try_from(value.as_bytes()).ok()),
            actor: timeout(ACTOR_WAIT, app.own.shown_if_any()).await.ok().flatten(),
            client: Client::of(&parts.extensions),
            trace: Trace::of(&parts.extensions),
            deadline: app.deadline(&parts.extensions),
        }
    }

    /// The same for a stream.
    pub(crate) fn without_deadline(self) -> Self {
        Self { deadline: None, ..self }
    }

    /// The same with another token in place of the caller's.
    pub(crate) fn bearing(self, token: &str) -> Self {
        Self { authorization: MetadataValue::try_from(format!("Bearer {token}")).ok(), ..self }
    }

    /// A call with all that.
    pub(crate) fn wrap<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        for (name, token) in [(AUTHORIZATION.as_str(), &self.authorization), (ACTOR_HEADER, &self.actor)] {
            if let Some(mut token) = token.clone() {
                token.set_sensitive(true);
                metadata.insert(name, token);
            }
        }
        if let Ok(client) = MetadataValue::try_from(self.client.0.to_string()) {
            metadata.insert(CLIENT_HEADER, client);
        }
        metadata.insert(Door::HEADER, MetadataValue::from_static(Door::HTTP));
        self.trace.inject(metadata);
        if let Some(deadline) = self.deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            request.set_timeout(left.max(Duration::from_millis(1)));
        }
        request
    }
}
