//! Letters by a mail server, over TLS: a letter holds a link that lets its reader in.

use std::time::Duration;

use async_trait::async_trait;
use http::Uri;
use lettre::message::Mailbox;
use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use pathfinder_kit::config::Secret;
use pathfinder_kit::{Failure, Reason};

use super::{Letter, Mailer};
use crate::config::is_this_machine;

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
        if !is_encrypted(url.reveal()) {
            return Err(format!("{wrong}; without TLS only a server on this machine is taken"));
        }
        AsyncSmtpTransport::<Tokio1Executor>::from_url(url.reveal()).map_err(|_| wrong.to_owned())
    }

    /// The server at this address; it is connected to when there is something to send.
    pub(super) fn open(url: &Secret, from: Mailbox) -> Result<Self, Failure> {
        let connector = Self::connector(url).map_err(Failure::internal)?;
        Ok(Self { transport: connector.timeout(Some(TIMEOUT)).build(), from })
    }
}

/// Whether nobody between here and the server can read along. What encrypts only if the server offers it, a stranger can talk out of it.
fn is_encrypted(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else { return false };
    let demands_tls = url.query().is_some_and(|query| query.split('&').any(|pair| pair == "tls=required"));
    match url.scheme_str() {
        Some("smtps") => true,
        Some("smtp") => demands_tls || url.host().is_some_and(is_this_machine),
        _ => false,
    }
}

#[async_trait]
impl Mailer for Server {
    async fn send(&self, letter: &Letter) -> Result<(), Failure> {
        let message = super::message(letter, &self.from)?;
        let refused = |error: lettre::transport::smtp::Error| {
            // What the server says may hold the address, so only its code is told.
            let code = error.status().map(|code| code.to_string()).unwrap_or_default();
            let refused = |reason, message: &str| Failure::new(reason, message).with("code", &code);
            if error.is_permanent() {
                // Nobody gets this letter, however often it is sent; other letters go on.
                refused(Reason::InvalidRequest, "The mail server refused a letter for good.")
            } else {
                refused(Reason::PeerUnavailable, "The mail server did not take a letter.").transient()
            }
        };
        self.transport.send(message).await.map(|_| ()).map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_leave_the_machine_encrypted() {
        let taken = |url: &str| Server::connector(&Secret::new(url.to_owned())).is_ok();
        for url in [
            "smtps://ann:secret@mail.example",
            "smtp://mail.example:587?tls=required",
            "smtp://ann:secret@mail.example:587?tls=required",
            "smtp://127.0.0.1:1025",
            "smtp://localhost:1025",
        ] {
            assert!(taken(url), "{url} is taken");
        }
        for url in [
            "smtp://mail.example",
            "smtp://ann:secret@mail.example:587?tls=opportunistic",
            "smtp://localhost.example:25",
            "smtp://localhost@mail.example:25",
            "http://mail.example",
            "mail.example",
        ] {
            assert!(!taken(url), "{url} is refused");
        }
    }
}
