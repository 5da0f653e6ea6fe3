//! Erasing by age: people's contact details, the words that are kept apart from their issue because they are not for everyone, and where
//! exactly a home is, once the issue ended long enough ago. Words and homes have an end of their own: who leaves no contact details may
//! confide as much as others.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use pathfinder_kit::seal::overwrite_what_is_deleted;
use pathfinder_kit::{Begun, Call, retrying};
use pathfinder_terms::{IssueId, PartnershipId, ReporterId};
use uuid::Uuid;

use super::App;
use super::forget::{OwnPhotos, forget_home};
use crate::domain::erasure::Cause;
use crate::domain::{Erasure, Issue, inquiry};
use crate::error::Error;
use crate::store;

/// How many people, or words of them, are erased at once.
const PER_ROUND: u64 = 100;
/// So many homes are forgotten at once: for each, the kept answers are looked through.
const HOMES_PER_ROUND: u64 = 10;

impl App {
    /// When an issue ended, from which on what people left or confided is kept for so long and no longer: a duplicate ends with what it
    /// repeats. None while it goes on.
    pub(super) async fn end_of(
        &self,
        conn: &impl store::Connection,
        issue: &Issue,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let original = match issue.duplicate_of {
            Some(original_id) => store::issue::find(conn, issue.partnership_id, original_id).await?,
            None => None,
        };
        if issue.state.is_open() || original.as_ref().is_some_and(|original| original.state.is_open()) {
            return Ok(None);
        }
        let ids: Vec<IssueId> = [issue].into_iter().chain(&original).map(|issue| issue.id).collect();
        let moved = store::history::last_move_time(conn, issue.partnership_id, &ids).await?;
        Ok(Some(moved.unwrap_or(issue.update_time)))
    }

    /// Erases contact details whose issue ended long enough ago. Answers how many. Where there are none, nothing is written.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn erase_by_age(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "retention");
        let Some(end_time) = call.now.checked_sub_signed(self.host.contacts().retention) else { return Ok(0) };
        let (mut erased, mut last) = (0, None::<Erasure>);
        while !self.host.shutdown().is_cancelled() {
            let next = store::ends::next_with_ended_contacts(self.host.reader(), end_time).await?;
            let Some(partnership_id) = next else { break };
            let begun = last.take().filter(|erasure| erasure.partnership_id == partnership_id);
            let begun = begun.unwrap_or_else(|| self.new_erasure(&call, partnership_id, Cause::Retention));
            let (erasure, count) = retrying(|| self.erase_some(&call, begun.clone(), end_time)).await?;
            last = Some(erasure);
            erased += count;
        }
        Ok(erased)
    }

    /// Those who are erased by age in one transaction. Answers the register's entry with them counted, and how many they are.
    async fn erase_some(
        &self,
        call: &Call,
        mut erasure: Erasure,
        end_time: DateTime<Utc>,
    ) -> Result<(Erasure, usize), Error> {
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok((erasure, 0)) };
        let people = store::contact::ended_by(unit.tx(), erasure.partnership_id, end_time, PER_ROUND).await?;
        if people.is_empty() {
            return Ok((erasure, 0));
        }
        let ids: Vec<ReporterId> = people.iter().map(|kept| kept.reporter_id).collect();
        let photos = self.forget(&mut unit, &mut erasure, &ids, &people, OwnPhotos::Go).await?;
        self.register(&mut unit, &erasure).await?;
        unit.commit(()).await?;
        self.delete_pictures(erasure.partnership_id, &photos).await;
        Ok((erasure, people.len()))
    }

    /// Erases what stood in issues before they were edited, what was answered to questions, what was said of closings, and where exactly
    /// homes are, where the issue ended long enough ago. Answers how many of these. Where there are none, nothing is written.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn erase_words_by_age(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "retention");
        let Some(end_time) = call.now.checked_sub_signed(self.host.contacts().retention) else { return Ok(0) };
        let mut erased = 0;
        while !self.host.shutdown().is_cancelled() {
            let next = store::ends::next_with_ended_words(self.host.reader(), end_time).await?;
            let Some(partnership_id) = next else { break };
            let count = retrying(|| self.erase_some_words(&call, partnership_id, end_time)).await?;
            if count == 0 {
                break;
            }
            erased += count;
        }
        Ok(erased)
    }

    async fn erase_some_words(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        end_time: DateTime<Utc>,
    ) -> Result<usize, Error> {
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(0) };
        let tx = unit.tx();
        let edits = store::edit::ended_by(tx, partnership_id, end_time, PER_ROUND).await?;
        let answers = store::inquiry::ended_by(tx, partnership_id, end_time, PER_ROUND).await?;
        let comments = store::opinion::ended_by(tx, partnership_id, end_time, PER_ROUND).await?;
        let homes = store::home::ended_by(tx, partnership_id, end_time, HOMES_PER_ROUND).await?;
        let count = edits.len() + answers.len() + comments.len() + homes.len();
        if count == 0 {
            return Ok(0);
        }
        let edited = edits.iter().map(|(_, issue_id)| issue_id);
        let mut issues: BTreeSet<IssueId> = edited.chain(&answers).chain(&comments).copied().collect();
        overwrite_what_is_deleted(tx).await?;
        let ids: Vec<Uuid> = edits.into_iter().map(|(id, _)| id).collect();
        store::edit::erase(tx, partnership_id, ids).await?;
        store::inquiry::erase_answers(tx, partnership_id, &answers).await?;
        store::history::erase_private_notes(tx, partnership_id, &answers, inquiry::ANSWERED).await?;
        store::opinion::erase_comments(tx, partnership_id, &comments).await?;
        store::home::were_seen_to(tx, partnership_id, &homes).await?;
        for issue_id in homes {
            if forget_home(&mut unit, partnership_id, issue_id).await? {
                issues.insert(issue_id);
            }
        }
        if !issues.is_empty() {
            let mut erasure = self.new_erasure(call, partnership_id, Cause::Retention);
            erasure.issue_count = i32::try_from(issues.len()).unwrap_or(i32::MAX);
            self.register(&mut unit, &erasure).await?;
        }
        unit.commit(()).await?;
        Ok(count)
    }
}
