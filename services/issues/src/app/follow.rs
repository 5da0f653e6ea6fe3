//! Following an issue by e-mail: the wish, the confirmation of the address, and forgetting those who do not confirm. Who leaves an address with a
//! report or a support is asked by the same letter.
//!
//! A follower is a person like those who reported or support the issue (`store/reporter.rs`): told the same, found, handed out and
//! erased in the same ways. What differs is that nobody is shown them, that they have no say, and that letters go to them.

use pathfinder_kit::{Begun, Call, Failure, Unit, rate, retrying};
use pathfinder_terms::{IssueId, PartnershipId, ReporterId};

use super::resident::Following;
use super::{App, capability};
use crate::domain::reporter::{CONFIRMATION_LIFE, Contact, Part, Visibility};
use crate::domain::{Issue, Letter, Refusal, Reporter, letter};
use crate::error::Error;
use crate::store;

/// How many who did not confirm are forgotten in one round.
const PER_ROUND: u64 = 100;

/// A wish to be told by e-mail.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct FollowByEmail {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// The address, in the form in which addresses are compared.
    pub email: String,
}

impl App {
    /// Has a letter sent to an address that wishes to follow. What is answered is the same whoever follows already; the letter is not.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`, `TOO_MANY_SUPPORTERS`, `REQUEST_ID_REUSED`, `RATE_LIMITED`.
    pub(crate) async fn follow_by_email(&self, call: &Call, command: &FollowByEmail) -> Result<(), Error> {
        let FollowByEmail { partnership_id, issue_id, email } = command;
        let mut unit = match self.host.begin::<()>(call).await? {
            Begun::Repeated(()) => return Ok(()),
            Begun::Fresh(unit) => unit,
        };
        self.count_wish(call)?;
        // The issue is held, so that of two equal wishes at once the second finds the first.
        let found = store::issue::find_for_update(unit.tx(), *partnership_id, *issue_id).await?;
        let issue = found.filter(Issue::is_public).ok_or_else(|| Failure::not_found("issue", issue_id))?;
        // It is asked before it is known who wishes to: who is refused learns nothing about anybody.
        if !self.has_room_for_followers(unit.tx(), &issue).await? {
            return Err(Refusal::TooManyFollowers { limit: self.settings.max_supporters }.into());
        }
        let known = store::follower::find_by_email(unit.tx(), self.safe(), *partnership_id, *issue_id, email).await?;
        match known {
            Some(follower) if follower.confirmed => {
                self.keep_letter(&mut unit, &issue, follower.id, letter::REMINDED).await?;
            }
            known => self.ask_by_letter(&mut unit, &issue, email, known.map(|follower| follower.id)).await?,
        }
        Ok(unit.commit(()).await?)
    }

    /// Asks whoever left an e-mail address with a report or a support whether letters are to go there: anybody may have typed it. It is part of that
    /// unit of work. Nobody is asked who follows or was asked already, nor about an issue that is held back, nor beyond what may be asked
    /// for: nothing is refused for want of a letter.
    pub(super) async fn ask_at_address_left(
        &self,
        unit: &mut Unit,
        issue: &Issue,
        person: &Reporter,
    ) -> Result<(), Error> {
        let email = person.contact.as_ref().and_then(Contact::known_by);
        let Some(email) = email.filter(|_| issue.is_public()) else { return Ok(()) };
        let (partnership_id, issue_id) = (issue.partnership_id, issue.id);
        let known = store::follower::find_by_email(unit.tx(), self.safe(), partnership_id, issue_id, &email).await?;
        // Another letter would take its force from the link that is on its way; who has lost that asks for another.
        if known.is_some() {
            return Ok(());
        }
        if !self.has_room_for_followers(unit.tx(), issue).await? || self.count_wish(unit.call()).is_err() {
            tracing::info!(%issue_id, "whoever left an address is not asked by letter: too many letters were asked for");
            return Ok(());
        }
        self.ask_by_letter(unit, issue, &email, None).await
    }

    /// Anybody may follow, so without a limit anybody could fill the tables.
    async fn has_room_for_followers(&self, conn: &impl store::Connection, issue: &Issue) -> Result<bool, Error> {
        let limit = u64::from(self.settings.max_supporters);
        let (following, wishing) = store::follower::count(conn, issue.partnership_id, issue.id).await?;
        // Wishes that nobody confirms keep out other wishes for a day at the most, and take no place from those who follow.
        Ok(following < limit && wishing < limit)
    }

    /// Counts a wish against the address that it comes from: letters to strangers are not to be had in numbers.
    fn count_wish(&self, call: &Call) -> Result<(), Failure> {
        let counted = if call.client().is_empty() { Ok(()) } else { self.wishes.check(call.client()) };
        counted.map_err(|wait| rate::refuse("Too many letters were asked for from your network", wait))
    }

    /// Has an address asked whether it wishes to follow; `known` is whoever was asked there before and did not answer.
    async fn ask_by_letter(
        &self,
        unit: &mut Unit,
        issue: &Issue,
        email: &str,
        known: Option<ReporterId>,
    ) -> Result<(), Error> {
        let id = match known {
            Some(id) => self.ask_again(unit, issue, id).await?,
            None => self.ask(unit, issue, email).await?,
        };
        self.keep_letter(unit, issue, id, letter::ASKED).await
    }

    /// Keeps a letter that is to be sent, in place of one that still waits and would say the same.
    async fn keep_letter(&self, unit: &mut Unit, issue: &Issue, id: ReporterId, kind: &str) -> Result<(), Error> {
        let partnership_id = issue.partnership_id;
        store::letter::remove_to(unit.tx(), partnership_id, id, Some(kind)).await?;
        let letter = self.letter_to(unit.call(), issue, id, kind);
        store::letter::insert_many(unit.tx(), &[letter]).await?;
        Ok(unit.record_quietly(kind, Some(partnership_id), id.0, &())?)
    }

    async fn ask(&self, unit: &Unit, issue: &Issue, email: &str) -> Result<ReporterId, Error> {
        let now = unit.call().now;
        let follower = Reporter {
            id: ReporterId(self.host.next_id(now)),
            partnership_id: issue.partnership_id,
            issue_id: issue.id,
            part: Part::Follower,
            visibility: Visibility::Anonymous,
            contact: Some(Contact { email: email.to_owned(), ..Contact::default() }),
            create_time: now,
        };
        let (secret, trace) = capability::mint(self.host.ids(), "");
        let end_time = (!issue.state.is_open()).then_some(now);
        store::follower::insert(unit.tx(), self.safe(), &follower, (&secret, &trace), end_time).await?;
        Ok(follower.id)
    }

    /// A new secret for somebody who did not confirm the one before, which opens nothing any more.
    async fn ask_again(&self, unit: &Unit, issue: &Issue, id: ReporterId) -> Result<ReporterId, Error> {
        let (secret, trace) = capability::mint(self.host.ids(), "");
        let now = unit.call().now;
        let (tx, partnership_id) = (unit.tx(), issue.partnership_id);
        store::follower::ask_again(tx, self.safe(), partnership_id, id, (&secret, &trace), now).await?;
        Ok(id)
    }

    fn letter_to(&self, call: &Call, issue: &Issue, reporter_id: ReporterId, kind: &str) -> Letter {
        Letter {
            id: self.host.next_id(call.now),
            partnership_id: issue.partnership_id,
            reporter_id,
            kind: kind.to_owned(),
            create_time: call.now,
            failure_count: 0,
        }
    }

    /// Takes an address as that of whoever holds the secret of its letter. Answers the token to follow with.
    ///
    /// # Errors
    ///
    /// `FOLLOW_TOKEN_INVALID`, also for a secret that was used or is too old; `REQUEST_ID_REUSED`.
    pub(crate) async fn confirm_follow(
        &self,
        call: &Call,
        asked: &Following,
        request_id: &str,
    ) -> Result<String, Error> {
        let partnership_id = asked.partnership_id;
        let mut unit = match self.host.begin::<ReporterId>(call).await? {
            Begun::Repeated(id) => return self.token_again(partnership_id, id, request_id).await,
            Begun::Fresh(unit) => unit,
        };
        let hash = capability::hash(&asked.follow_token);
        let found = store::follower::find_unconfirmed(unit.tx(), partnership_id, asked.issue_id, &hash).await?;
        let found = found.filter(|follower| call.now < follower.ask_time + CONFIRMATION_LIFE);
        let follower = found.ok_or(Refusal::ConfirmationInvalid)?;
        let (token, trace) = capability::mint(self.host.ids(), request_id);
        let (tx, id) = (unit.tx(), follower.id);
        if !store::follower::confirm(tx, self.safe(), partnership_id, id, (&token, &trace), call.now).await? {
            return Err(Refusal::ConfirmationInvalid.into());
        }
        unit.record_quietly("follow.confirmed", Some(partnership_id), id.0, &())?;
        unit.commit(id).await?;
        Ok(token)
    }

    /// Ends a follower's letters, with everything that is held on them.
    pub(super) async fn end_following(
        &self,
        unit: &Unit,
        partnership_id: PartnershipId,
        id: ReporterId,
    ) -> Result<(), Error> {
        store::letter::remove_to(unit.tx(), partnership_id, id, None).await?;
        Ok(store::follower::remove(unit.tx(), partnership_id, id).await?)
    }

    /// Forgets addresses that were not confirmed in time. Answers how many.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn forget_unconfirmed(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "unconfirmed addresses");
        let asked = call.now - CONFIRMATION_LIFE;
        let late = store::follower::unconfirmed_since(self.host.reader(), asked, PER_ROUND).await?;
        for (partnership_id, id) in &late {
            retrying(|| self.forget_if_unconfirmed(&call, *partnership_id, *id)).await?;
        }
        Ok(late.len())
    }

    async fn forget_if_unconfirmed(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        id: ReporterId,
    ) -> Result<(), Error> {
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(()) };
        let found = store::follower::find(unit.tx(), partnership_id, id).await?;
        let is_late =
            |asked: &store::follower::Following| !asked.confirmed && call.now >= asked.ask_time + CONFIRMATION_LIFE;
        if found.as_ref().is_none_or(|asked| !is_late(asked)) {
            return Ok(());
        }
        self.end_following(&unit, partnership_id, id).await?;
        unit.record_quietly("follow.lapsed", Some(partnership_id), id.0, &())?;
        Ok(unit.commit(()).await?)
    }
}
