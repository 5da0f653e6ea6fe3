//! Letters that the other services have sent, to people who need not be known here.

use std::sync::Arc;

use chrono::TimeDelta;
use pathfinder_kit::{Begun, Call, Failure, retrying};
use tracing::Instrument as _;
use uuid::Uuid;

use super::App;
use crate::domain::Counter;
use crate::error::Error;
use crate::mail::Letter;

/// What stands in a text for the address at which people reach the installation.
const PUBLIC_URL: &str = "{public_url}";

/// How long a letter stays in the outbox folder, where there is no mail server.
const LETTER_KEPT: TimeDelta = TimeDelta::hours(24);

/// A letter, as a service has it sent.
pub(crate) struct SendLetter {
    /// By which its repeat is known; none for a letter each time.
    pub(crate) id: Option<Uuid>,
    /// The address, in the form in which addresses are compared.
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
}

impl App {
    /// Sends a letter, once for each request id. It is sent before that is kept, so a stop just in between sends it twice, under one
    /// message id, rather than never.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyAttempts`] when the address has had its letters; `PEER_UNAVAILABLE`, `REQUEST_ID_REUSED`.
    pub(crate) async fn send_letter(self: &Arc<Self>, call: &Call, letter: SendLetter) -> Result<(), Failure> {
        // A task of its own: a caller that gives up does not break off a letter, and finds it sent when it asks again.
        let (app, call) = (Arc::clone(self), call.clone());
        let sending = async move { app.send_once(&call, letter).await.map_err(Failure::from) };
        tokio::spawn(sending.in_current_span()).await.map_err(Failure::internal)?
    }

    async fn send_once(&self, call: &Call, letter: SendLetter) -> Result<(), Error> {
        // One after the other, so that a repeat waits for the first.
        let _turn = self.letter_turn.lock().await;
        if self.was_sent(call).await? {
            return Ok(());
        }
        let counter = Counter::letters(&letter.to);
        self.let_through_counter(call, &counter).await?;
        let letter = Letter {
            id: letter.id.unwrap_or_else(|| self.host.next_id(call.now)),
            to_address: letter.to,
            to_name: String::new(),
            subject: letter.subject,
            text: letter.text.replace(PUBLIC_URL, &self.settings.public_url),
            time: call.now,
            expire_time: Some(call.now + LETTER_KEPT),
        };
        self.mailer.send(&letter).await?;
        let counted = [(&counter, Some("letter.sent"))];
        Ok(retrying(|| self.count(call, &counted)).await?)
    }

    /// Whether the same request was answered before. What is begun for the look leaves nothing behind.
    async fn was_sent(&self, call: &Call) -> Result<bool, Failure> {
        Ok(matches!(retrying(|| self.host.begin::<()>(call)).await?, Begun::Repeated(())))
    }
}
