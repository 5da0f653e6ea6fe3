//! Issues that are the same: suggested before a report, made one by the manager, and parted again.
//!
//! Nobody's row moves: who reported or supports a duplicate keeps it, with their token and their contact details, and whoever tells of an
//! issue tells the people of its duplicates, too (`write.rs`). What changes at the original is how many support it. Both issues are locked
//! in the order of their ids, so that two merges at once, even of each into the other, wait for one another.

use pathfinder_kit::{Begun, Call, Failure, Reason, Unit, etag};
use pathfinder_terms::{IssueId, PartnershipId};

use super::author::Author;
use super::change::Target;
use super::parts::parts;
use super::write::Writing;
use super::{App, IssueView, subject_of};
use crate::domain::duplicate::{Likeness, Sketch};
use crate::domain::geography::Point;
use crate::domain::issue::Location;
use crate::domain::{Issue, Refusal};
use crate::error::Error;
use crate::store;
use crate::store::nearby::{Nearby, Which};

/// The most issues that are compared with what somebody is about to report: the nearest.
const MOST_COMPARED: u64 = 100;

/// What somebody is about to report.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SuggestDuplicates {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The code of its category.
    pub category_code: String,
    /// Where it is.
    pub point: Point,
    /// What is said of it so far; may be empty.
    pub text: String,
}

/// An issue that may be the same.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Suggestion {
    /// The issue, for the reader.
    pub view: IssueView,
    /// How like it is.
    pub likeness: Likeness,
}

impl App {
    /// The open, public issues that may be the same as what somebody is about to report, likeliest first.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` (the partnership or the category), `PEER_UNAVAILABLE`.
    pub(crate) async fn suggest_duplicates(
        &self,
        call: &Call,
        wish: &SuggestDuplicates,
    ) -> Result<Vec<Suggestion>, Error> {
        let SuggestDuplicates { partnership_id, category_code, point, text } = wish;
        self.partnership(*partnership_id).await?;
        let conn = self.host.reader();
        let category = store::category::find_by_code(conn, *partnership_id, category_code).await?;
        let category = category.ok_or_else(|| Failure::not_found("category", category_code))?;
        // Of homes it is compared in which square they lie, as nobody is to learn more of the others.
        let location = Location { point: Some(*point), domestic: category.domestic, ..Location::default() };
        let point = location.public_point().unwrap_or(*point);
        let within = self.settings.duplicate;
        let nearby = Nearby {
            partnership_id: *partnership_id,
            category_code,
            circle: within.around(point),
            since: within.since(call.now),
            which: Which::Open,
        };
        let issues = store::nearby::list(conn, &nearby, MOST_COMPARED).await?;
        let sketch = Sketch::of(category_code.clone(), point, text);
        let mut suggestions = Vec::new();
        for (issue, likeness) in sketch.likeliest(issues, within, call.now) {
            suggestions.push(Suggestion { view: self.view(conn, issue, call).await?, likeness });
        }
        Ok(suggestions)
    }

    /// It repeats another: its people support that one from now on.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `DUPLICATE_OF_ITSELF`, `ETAG_MISMATCH`.
    pub(crate) async fn mark_issue_duplicate(
        &self,
        call: &Call,
        target: &Target,
        duplicate_of: IssueId,
        reason: &str,
    ) -> Result<IssueView, Error> {
        let partnership_id = target.partnership_id;
        let calendar = self.calendar(partnership_id).await?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(view) => return Ok(view),
            Begun::Fresh(unit) => unit,
        };
        let (found, other) = lock_both(unit.tx(), partnership_id, target.issue_id, duplicate_of).await?;
        let before = found.ok_or_else(|| Failure::not_found("issue", target.issue_id))?;
        let other = other.ok_or_else(|| Failure::not_found("issue", duplicate_of))?;
        call.permit(&subject_of(&before))?;
        etag::check(&target.etag, before.version)?;
        let mut issue = before.clone();
        let mut steps = vec![issue.mark_duplicate(&other, reason, call.now)?];
        if store::issue::with_duplicates(unit.tx(), partnership_id, issue.id).await?.len() > 1 {
            return Err(Refusal::HasDuplicates { duplicate_of: duplicate_of.0 }.into());
        }
        before.check_parts(&parts(unit.tx(), &before).await?)?;
        self.let_templates_speak(&unit, &issue, &calendar, &mut steps).await?;
        let people = people_of(&unit, &issue).await?;
        let mut original = other.clone();
        let joined = original.take_in(&issue, people, call.now);
        let author = Author::of(call, &before);
        let writing = self.writing(call, &calendar, author);
        // The people of the original are told that others join them before these are among them.
        writing.update(&mut unit, &other, &mut original, vec![joined]).await?;
        writing.update(&mut unit, &before, &mut issue, steps).await?;
        if original.state.is_open() {
            // They can be reached, and what is kept of them stays, as long as what they are told of goes on.
            store::ends::set_end_time(unit.tx(), partnership_id, &[issue.id], None).await?;
        }
        let view = self.view(unit.tx(), issue, call).await?;
        Ok(unit.commit(view).await?)
    }

    /// It does not repeat the other after all: it is open again, and its people leave the other.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `ETAG_MISMATCH`.
    pub(crate) async fn unmark_issue_duplicate(
        &self,
        call: &Call,
        target: &Target,
        reason: &str,
    ) -> Result<IssueView, Error> {
        let partnership_id = target.partnership_id;
        let calendar = self.calendar(partnership_id).await?;
        let provider_active = match self.peek(target).await?.provider_id {
            Some(provider_id) => self.is_active(partnership_id, provider_id).await?,
            None => true,
        };
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(view) => return Ok(view),
            Begun::Fresh(unit) => unit,
        };
        let (before, original) = lock_with_original(&unit, partnership_id, target.issue_id).await?;
        call.permit(&subject_of(&before))?;
        etag::check(&target.etag, before.version)?;
        let mut issue = before.clone();
        let steps = issue.unmark_duplicate(reason, provider_active, call.now)?;
        let author = Author::of(call, &before);
        let writing = self.writing(call, &calendar, author);
        writing.update(&mut unit, &before, &mut issue, steps).await?;
        leave(&writing, &mut unit, &issue, original).await?;
        let view = self.view(unit.tx(), issue, call).await?;
        Ok(unit.commit(view).await?)
    }
}

/// An issue that is no duplicate any more leaves its original, with its people. Write the issue first: the people of the original who are
/// told of it are then without them.
pub(super) async fn leave(
    writing: &Writing<'_>,
    unit: &mut Unit,
    issue: &Issue,
    original: Option<Issue>,
) -> Result<(), Error> {
    let Some(before) = original else { return Ok(()) };
    let people = people_of(unit, issue).await?;
    let mut left = before.clone();
    let parted = left.let_go(issue, people, writing.call.now);
    writing.update(unit, &before, &mut left, vec![parted]).await.map(|_| ())
}

/// How many people come and go with an issue: whoever reported it and those who support it. Those who follow by e-mail are told, and not
/// counted.
async fn people_of(unit: &Unit, issue: &Issue) -> Result<i32, Error> {
    let reporters = store::reporter::count_reporters(unit.tx(), issue.partnership_id, issue.id).await?;
    Ok(issue.supporter_count.saturating_add(i32::try_from(reporters).unwrap_or(i32::MAX)))
}

/// Two issues, kept from other writers until the transaction ends.
pub(super) async fn lock_both(
    conn: &impl store::Connection,
    partnership_id: PartnershipId,
    one: IssueId,
    other: IssueId,
) -> Result<(Option<Issue>, Option<Issue>), Error> {
    let [low, high] = if one <= other { [one, other] } else { [other, one] };
    let low = store::issue::find_for_update(conn, partnership_id, low).await?;
    let high = store::issue::find_for_update(conn, partnership_id, high).await?;
    Ok(if one <= other { (low, high) } else { (high, low) })
}

/// An issue and, if it is a duplicate, what it repeats; both kept from other writers until the transaction ends.
pub(super) async fn lock_with_original(
    unit: &Unit,
    partnership_id: PartnershipId,
    issue_id: IssueId,
) -> Result<(Issue, Option<Issue>), Error> {
    let absent = || Failure::not_found("issue", issue_id);
    let seen = store::issue::find(unit.tx(), partnership_id, issue_id).await?.ok_or_else(absent)?;
    let (found, original) = match seen.duplicate_of {
        Some(original_id) => lock_both(unit.tx(), partnership_id, issue_id, original_id).await?,
        None => (store::issue::find_for_update(unit.tx(), partnership_id, issue_id).await?, None),
    };
    let issue = found.ok_or_else(absent)?;
    if issue.duplicate_of != seen.duplicate_of {
        let message = "Two writers met; nothing was written. Try again.";
        return Err(Failure::new(Reason::Conflict, message).transient().into());
    }
    Ok((issue, original))
}
