//! Finding issues: by what they are, by where they are and by their words.

use std::collections::HashMap;

use pathfinder_kit::filter::{Field, Kind};
use pathfinder_kit::page::Page;
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Call, Failure, Reason, filter};
use pathfinder_terms::{ActionId, IssueId, PartnershipId};

use super::{App, IssueView};
use crate::domain::cell::Covered;
use crate::domain::issue::{Confirmation, Severity, Source};
use crate::domain::listing::{Last, Order};
use crate::domain::place::Place;
use crate::domain::{Issue, IssueState, words};
use crate::error::Error;
use crate::store;
use crate::store::issue::{Listing, Located};

const FIELDS: &[Field] = &[
    Field::new("issue_id", "id", Kind::Id),
    Field::new("reference", "reference", Kind::Text),
    Field::new("external_id", "external_id", Kind::Text),
    Field::new("category_code", "category_code", Kind::Text),
    Field::new("provider_id", "provider_id", Kind::Id),
    Field::new("standard_id", "standard_id", Kind::Id),
    Field::new("routing_rule_id", "routing_rule_id", Kind::Id),
    Field::new("duplicate_of", "duplicate_of", Kind::Id),
    Field::new("state", "state", Kind::Word(IssueState::WORDS)),
    Field::new("source", "source", Kind::Word(Source::WORDS)),
    Field::new("severity", "severity", Kind::Word(Severity::WORDS)),
    Field::new("confirmation", "confirmation", Kind::Word(Confirmation::WORDS)),
    Field::new("hazard", "hazard", Kind::Flag),
    Field::new("breached", "breached", Kind::Flag),
    Field::new("clock_pending", "clock_pending", Kind::Flag),
    Field::new("open", "open", Kind::Flag),
    Field::new("overdue", "overdue", Kind::Flag),
    Field::new("report_time", "report_time", Kind::Time),
    Field::new("due_time", "due_time", Kind::Time),
    Field::new("stopped_time", "stopped_time", Kind::Time),
    Field::new("update_time", "update_time", Kind::Time),
    Field::new("supporter_count", "supporter_count", Kind::Number),
    Field::new("reopened_count", "reopened_count", Kind::Number),
];

/// So many issues are read at once around an area, as most of them may lie outside of it.
const AROUND_AREA: u64 = 500;

/// Which issues to list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ListIssues {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// How many to a page, as asked.
    pub page_size: i32,
    /// Where to go on; may be empty.
    pub page_token: String,
    /// What they are, in the language of filters; may be empty.
    pub filter: String,
    /// Where they are; none for anywhere.
    pub place: Option<Place>,
    /// Which words they have; none for any.
    pub words: Option<words::Query>,
    /// In which order.
    pub order: Order,
}

impl App {
    /// A page of issues.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` (the partnership), `FILTER_INVALID`, `PAGE_TOKEN_INVALID`, `PEER_UNAVAILABLE`.
    pub(crate) async fn list_issues(&self, call: &Call, wish: &ListIssues) -> Result<(Vec<IssueView>, String), Error> {
        let partnership_id = wish.partnership_id;
        let condition = filter::condition(&wish.filter, store::issue::TABLE, FIELDS)?;
        let with_held_back = call.may("ReadConfided", &Subject::within(Some(partnership_id)));
        // These have no form to be sent in; this one tells one question from another.
        let shape = format!("{:?} {:?} {:?}", wish.place, wish.words, wish.order);
        let query = ("ListIssues", partnership_id, &wish.filter, with_held_back, shape);
        let page = Page::<Last>::open(wish.page_size, &wish.page_token, &query)?;
        if page.after.is_some_and(|last| !last.is_sound()) {
            let message = "The page token is broken; begin again without one.";
            return Err(Failure::new(Reason::PageTokenInvalid, message).into());
        }
        self.partnership(partnership_id).await?;
        let listing = Listing {
            condition,
            with_held_back,
            place: self.located(wish).await?,
            words: wish.words.as_ref(),
            order: wish.order,
            after: page.after,
            limit: page.size + 1,
        };
        let rows = self.find_in_place(partnership_id, listing).await?;
        let (issues, next_page_token) = page.close(rows, |issue| wish.order.last(issue))?;
        let mut actions: HashMap<IssueId, Vec<ActionId>> = HashMap::new();
        let ids = issues.iter().map(|issue| issue.id);
        for (issue_id, action_id) in store::action::of_issues(self.host.reader(), partnership_id, ids).await? {
            actions.entry(issue_id).or_default().push(action_id);
        }
        let views = issues.into_iter().map(|issue| {
            let action_ids = actions.remove(&issue.id).unwrap_or_default();
            IssueView { issue, action_ids, reporters: Vec::new(), now: call.now }
        });
        Ok((views.collect(), next_page_token))
    }

    /// Where to look. What takes long is reckoned where it holds up no other call.
    async fn located(&self, wish: &ListIssues) -> Result<Option<Located>, Error> {
        let covered = match wish.place.clone() {
            None => return Ok(None),
            Some(place @ Place::In(_)) => {
                tokio::task::spawn_blocking(|| Covered::of(place)).await.map_err(Failure::internal)?
            }
            Some(place) => Covered::of(place),
        };
        Ok(Some(store::issue::locate(self.host.reader(), wish.partnership_id, covered).await?))
    }

    /// As many as are asked for. The database answers for boxes and circles; of what it finds around an area, those outside are left
    /// out here, and more is read in their place.
    async fn find_in_place(
        &self,
        partnership_id: PartnershipId,
        mut listing: Listing<'_>,
    ) -> Result<Vec<Issue>, Error> {
        let wanted = usize::try_from(listing.limit).unwrap_or(usize::MAX);
        if matches!(listing.place, Some(Located { place: Place::In(_), .. })) {
            listing.limit = listing.limit.max(AROUND_AREA);
        }
        let mut found: Vec<Issue> = Vec::new();
        loop {
            let rows = store::issue::list(self.host.reader(), partnership_id, &listing).await?;
            let none_left = u64::try_from(rows.len()).unwrap_or(u64::MAX) < listing.limit;
            listing.after = rows.last().map(|issue| listing.order.last(issue));
            found.extend(rows.into_iter().filter(|issue| is_in(issue, listing.place.as_ref())));
            if none_left || found.len() >= wanted {
                found.truncate(wanted);
                return Ok(found);
            }
        }
    }
}

fn is_in(issue: &Issue, located: Option<&Located>) -> bool {
    match located.map(|located| &located.place) {
        Some(Place::In(outline)) => issue.location.point.is_some_and(|point| outline.contains(point)),
        Some(Place::Within(_) | Place::Near(_)) | None => true,
    }
}
