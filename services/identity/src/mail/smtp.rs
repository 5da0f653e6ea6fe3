//! Letters by a mail server.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use pathfinder_kit::config::Secret;
use pathfinder_kit::{Failure, Reason};

use super::{Letter, Mailer};

const TIMEOUT: Duration = Duration::from_secs(20);

/// A mail server.
pub(super) struct Server {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Server {
    /// Checks the address of a server.
    pub(super) fn connector(url: &Secret) -> Result<AsyncSmtpTransportBuilder, String> {
        let wrong = "--smtp-url must read smtps://user:password@host or smtp://host:587?tls=required";
        AsyncSmtpTransport::<Tokio1Executor>::from_url(url.reveal()).map_err(|_| wrong.to_owned())
    }

    /// The server at this address; it is connected to when there is something to send.
    pub(super) fn open(url: &Secret, from: Mailbox) -> Result<Self, Failure> {
        let connector = Self::connector(url).map_err(Failure::internal)?;
        Ok(Self { transport: connector.timeout(Some(TIMEOUT)).build(), from })
    }
}

#[async_trait]
impl Mailer for Server {
    async fn send(&self, letter: &Letter) -> Result<(), Failure> {
        let message = super::message(letter, &self.from)?;
        let refused = |error: lettre::transport::smtp::Error| {
            // What the server says may hold the address, so only its code is told.
            let code = error.status().map(|code| code.to_string()).unwrap_or_default();
            let failure = Failure::new(Reason::PeerUnavailable, "The mail server did not take a letter.");
            let failure = failure.with("code", code);
            if error.is_permanent() { failure } else { failure.transient() }
        };
        self.transport.send(message).await.map(|_| ()).map_err(refused)
    }
}
