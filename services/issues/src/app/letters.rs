//! Sending the letters that wait: put together when their turn comes, handed to identity, which knows how mail goes out.
//!
//! A letter is written down in the transaction of what it tells, and taken out once identity has sent it. Identity knows it by its
//! id, so one that is handed over twice is sent once.

use pathfinder_kit::{Begun, Call, Failure, Reason, retrying};

use super::App;
use super::peers::Outgoing;
use crate::domain::backoff::next_attempt_time;
use crate::domain::{Letter, letter};
use crate::error::Error;
use crate::store;

/// How many letters are sent in one round.
const PER_ROUND: u64 = 100;

/// What became of a letter.
enum Posted {
    /// It was sent, now or before.
    Sent,
    /// It is not to be sent any more.
    Pointless,
    /// It waits on, alone.
    Waits,
    /// Mail does not go out: all that wait, wait on.
    NoPost,
}

impl App {
    /// Sends the letters whose turn has come. Answers how many. Ends early when mail does not go out.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn send_letters(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "letters");
        let mut sent = 0;
        for letter in store::letter::due(self.host.reader(), call.now, PER_ROUND).await? {
            if self.host.shutdown().is_cancelled() {
                break;
            }
            match self.post(&call, &letter).await {
                Ok(Posted::Sent) => {
                    self.done_with(&call, &letter).await?;
                    sent += 1;
                }
                Ok(Posted::Pointless) => self.done_with(&call, &letter).await?,
                Ok(Posted::Waits) => self.put_off_letter(&call, letter).await?,
                Ok(Posted::NoPost) => {
                    self.put_off_letter(&call, letter).await?;
                    break;
                }
                Err(error) => {
                    tracing::error!(letter_id = %letter.id, %error, "a letter cannot be written; its turn comes again");
                    self.put_off_letter(&call, letter).await?;
                }
            }
        }
        Ok(sent)
    }

    async fn post(&self, call: &Call, letter: &Letter) -> Result<Posted, Error> {
        if letter.is_stale(call.now) {
            tracing::warn!(letter_id = %letter.id, "a letter could not be sent for a week, and is given up");
            return Ok(Posted::Pointless);
        }
        let Some(outgoing) = self.write(letter).await? else { return Ok(Posted::Pointless) };
        let outcome = self.peers.send_letter(&outgoing).await;
        Ok(outcome.map_or_else(|failure| judge(letter, &failure), |()| Posted::Sent))
    }

    /// What a letter says and where it goes; none where there is nobody to tell any more, or nothing to ask.
    async fn write(&self, letter: &Letter) -> Result<Option<Outgoing>, Error> {
        let (conn, partnership_id) = (self.host.reader(), letter.partnership_id);
        let found = store::follower::find(conn, partnership_id, letter.reporter_id).await?;
        let Some(follower) = found.filter(|follower| follower.confirmed != letter.asks()) else { return Ok(None) };
        let address = store::follower::address(conn, self.safe(), partnership_id, follower.id).await?;
        let Some((contact, secret)) = address else { return Ok(None) };
        // Who follows a duplicate is told of what it repeats; their link opens what they follow.
        let told_of = store::notice::issue_of(conn, partnership_id, letter.id).await?.unwrap_or(follower.issue_id);
        let found = store::issue::find(conn, partnership_id, told_of).await?;
        // What was hidden since is not told to those who follow another.
        let Some(issue) = found.filter(|issue| told_of == follower.issue_id || issue.is_public()) else {
            return Ok(None);
        };
        let letter::Wording { subject, text } = letter::wording(letter, follower.issue_id, &issue.reference, &secret);
        Ok(Some(Outgoing { id: letter.id, to: contact.email, subject, text }))
    }

    async fn done_with(&self, call: &Call, letter: &Letter) -> Result<(), Error> {
        let write = async || -> Result<(), Error> {
            let Begun::Fresh(unit) = self.host.begin::<()>(call).await? else { return Ok(()) };
            store::letter::remove(unit.tx(), letter).await?;
            Ok(unit.commit(()).await?)
        };
        Ok(retrying(write).await?)
    }

    async fn put_off_letter(&self, call: &Call, letter: Letter) -> Result<(), Error> {
        let failed = Letter { failure_count: letter.failure_count.saturating_add(1), ..letter };
        let until = next_attempt_time(call.now, failed.failure_count);
        let write = async || -> Result<(), Error> {
            let Begun::Fresh(unit) = self.host.begin::<()>(call).await? else { return Ok(()) };
            store::letter::put_off(unit.tx(), &failed, until).await?;
            Ok(unit.commit(()).await?)
        };
        Ok(retrying(write).await?)
    }
}

/// What identity's refusal of a letter means for it. The failure names no address.
fn judge(letter: &Letter, failure: &Failure) -> Posted {
    match failure.reason() {
        // It went out under this id, and its link was renewed before we heard so.
        Reason::RequestIdReused => Posted::Sent,
        // Whoever asks in vain for letters to somebody's box does not have them come one by one later.
        Reason::TooManyAttempts if letter.asks() || letter.kind == letter::REMINDED => {
            tracing::info!(letter_id = %letter.id, "an address has had its letters for this hour; this one is not sent");
            Posted::Pointless
        }
        Reason::InvalidRequest => {
            tracing::warn!(letter_id = %letter.id, %failure, "a letter is refused, and is given up");
            Posted::Pointless
        }
        Reason::PeerUnavailable => {
            tracing::warn!(letter_id = %letter.id, %failure, "mail does not go out; it is tried again");
            Posted::NoPost
        }
        _ => {
            tracing::warn!(letter_id = %letter.id, %failure, "a letter was not sent; its turn comes again");
            Posted::Waits
        }
    }
}
