//! Following an issue by e-mail: the wish, the confirmation of the address, and forgetting those who do not confirm.
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
        self.check_room_for_followers(unit.tx(), &issue).await?;
        let known = store::follower::find_by_email(unit.tx(), self.safe(), *partnership_id, *issue_id, email).await?;
        let (reporter_id, kind) = match known {
            Some(follower) if follower.confirmed => (follower.id, letter::REMINDED),
            Some(follower) => (self.ask_again(&unit, &issue, follower.id).await?, letter::ASKED),
            None => (self.ask(&unit, &issue, email).await?, letter::ASKED),
        };
        // One that still waits would say the same.
        store::letter::remove_to(unit.tx(), *partnership_id, reporter_id, Some(kind)).await?;
        store::letter::insert_many(unit.tx(), &[self.letter_to(call, &issue, reporter_id, kind)]).await?;
        unit.record_quietly(kind, Some(*partnership_id), reporter_id.0, &())?;
        Ok(unit.commit(()).await?)
    }

    /// Anybody may follow, so without a limit anybody could fill the tables. It is asked before it is known who wishes to: who is refused
    /// learns nothing about anybody.
    async fn check_room_for_followers(&self, conn: &impl store::Connection, issue: &Issue) -> Result<(), Error> {
        let limit = self.settings.max_supporters;
        let (following, wishing) = store::follower::count(conn, issue.partnership_id, issue.id).await?;
        // Wishes that nobody confirms keep out other wishes for a day at the most, and take no place from those who follow.
        let full = following >= u64::from(limit) || wishing >= u64::from(limit);
        if full { Err(Refusal::TooManyFollowers { limit }.into()) } else { Ok(()) }
    }

    /// Counts a wish against the address that it comes from: letters to strangers are not to be had in numbers.
    fn count_wish(&self, call: &Call) -> Result<(), Failure> {
        let counted = if call.client().is_empty() { Ok(()) } else { self.wishes.check(call.client()) };
        counted.map_err(|wait| rate::refuse("Too many letters were asked for from your network", wait))
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
