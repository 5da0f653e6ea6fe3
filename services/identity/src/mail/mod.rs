//! Mail: into a folder, for a look at it, or by a mail server. To add another way, implement [`Mailer`] and name it in
//! `config::Mail`.

mod folder;
mod smtp;

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use lettre::Message;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, Mailbox};
use pathfinder_kit::Failure;
use pathfinder_kit::config::Secret;
use uuid::Uuid;

use crate::config::{Mail, Settings};

/// The longest line of a letter, RFC 5322.
const LONGEST_LINE: usize = 998;

/// A letter to one person.
pub(crate) struct Letter {
    pub(crate) id: Uuid,
    pub(crate) to_address: String,
    /// Empty where it is not known.
    pub(crate) to_name: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) time: DateTime<Utc>,
    /// From when on it is worth nothing; none for one that stays.
    pub(crate) expire_time: Option<DateTime<Utc>>,
}

/// Sends letters.
#[async_trait]
pub(crate) trait Mailer: Send + Sync {
    /// Sends one.
    ///
    /// # Errors
    ///
    /// When it was not taken; the failure names no address.
    async fn send(&self, letter: &Letter) -> Result<(), Failure>;

    /// Removes the letters that are worth nothing any more, where they are kept.
    ///
    /// # Errors
    ///
    /// When they cannot be removed.
    async fn clear(&self, _now: DateTime<Utc>) -> Result<(), Failure> {
        Ok(())
    }

    /// Removes these letters, where they are kept.
    ///
    /// # Errors
    ///
    /// When they cannot be removed.
    async fn discard(&self, _letters: &[Uuid]) -> Result<(), Failure> {
        Ok(())
    }
}

/// The way that the settings name.
///
/// # Errors
///
/// When the mail server's address cannot be used.
pub(crate) fn open(settings: &Settings) -> Result<Arc<dyn Mailer>, Failure> {
    let from = sender(&settings.mail_from).map_err(Failure::internal)?;
    Ok(match &settings.mail {
        Mail::Folder(folder) => Arc::new(folder::Folder::new(folder.clone(), from)),
        Mail::Smtp(url) => Arc::new(smtp::Server::open(url, from)?),
    })
}

/// Whether letters can come from there.
pub(crate) fn check_sender(text: &str) -> Result<(), String> {
    sender(text).map(|_| ())
}

/// Whether a mail server has such an address; it is not asked, and not shown, as it may hold a password.
pub(crate) fn check_server(url: &Secret) -> Result<(), String> {
    smtp::Server::connector(url).map(|_| ())
}

fn sender(text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|_| format!("--mail-from is `{text}`; it must read `Name <name@example.org>`"))
}

/// The letter in the form of RFC 5322.
fn message(letter: &Letter, from: &Mailbox) -> Result<Message, Failure> {
    let address = letter.to_address.parse().map_err(|_| Failure::internal("an address of e-mail cannot be read"))?;
    let name = Some(letter.to_name.clone()).filter(|name| !name.is_empty());
    let domain = from.email.domain();
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(name, address))
        .date(SystemTime::from(letter.time))
        .message_id(Some(format!("<{}@{domain}>", letter.id)))
        .subject(letter.subject.clone())
        .header(ContentType::TEXT_PLAIN)
        .body(body(&letter.text)?)
        .map_err(|_| Failure::internal("a letter cannot be written"))
}

/// The text as it is, so that a link in it is whole for whoever opens the file. Our letters are plain ASCII in lines of less than 998
/// characters, as the standard has it.
fn body(text: &str) -> Result<Body, Failure> {
    let lines = text.replace('\n', "\r\n");
    if !lines.is_ascii() || lines.lines().any(|line| line.len() > LONGEST_LINE) {
        return Err(Failure::internal("a letter is not plain ASCII in short lines"));
    }
    Ok(Body::dangerous_pre_encoded(lines.into_bytes(), ContentTransferEncoding::SevenBit))
}
