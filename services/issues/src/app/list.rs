//! Finding issues: by what they are, by where they are and by their words.

use std::collections::{BTreeMap, HashMap};

use pathfinder_kit::filter::{Field, Kind, Lookup, Masked};
use pathfinder_kit::page::Page;
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Call, Failure, Reason, Violation, filter};
use pathfinder_terms::{ActionId, IssueId, PartnershipId};

use super::hidden::leave_out_untold;
use super::{App, IssueView};
use crate::domain::cell::Covered;
use crate::domain::counts::{Count, Grouping, Shared, Told};
use crate::domain::issue::{Confirmation, IssueKind, Severity, Source};
use crate::domain::listing::{self, Last, Order};
use crate::domain::place::{Circle, Place};
use crate::domain::{Issue, IssueState, words};
use crate::error::Error;
use crate::store;
use crate::store::category::Headings;
use crate::store::search::{FEW_IN_SQUARES, FEW_NEAREST, Located, Search, Slice};
use crate::store::words::Listed;

const FIELDS: &[Field] = &[
    Field::new("issue_id", "id", Kind::Id),
    Field::new("reference", "reference", Kind::Text),
    Field::new("external_id", "external_id", Kind::Text),
    Field::new("category_code", "category_code", Kind::Text),
    Field::new("provider_id", "provider_id", Kind::Id),
    Field::new("standard_id", "standard_id", Kind::Id),
    Field::new("routing_rule_id", "routing_rule_id", Kind::Id),
    Field::new("duplicate_of", "duplicate_of", Kind::Id),
    Field::new("parent_issue_id", "parent_issue_id", Kind::Id),
    Field::new("kind", "kind", Kind::Word(IssueKind::WORDS)),
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
/// What may be looked for only by those who may read what is held back. For everybody else there are no such fields.
const CONFIDED: &[Field] =
    &[Field::new("held_back", "held_back", Kind::Flag), Field::new("photos_waiting", "photos_waiting", Kind::Flag)];

/// Reading what is held back, as the rules call it.
const HELD_BACK: &str = "ReadConfided";
/// So many issues are read at once where most of them may not be what is looked for.
const AROUND: u64 = 500;
/// After so many of them, a page ends with what was found, and the next one goes on.
const MOST_LOOKED_AT: usize = 10_000;
/// So often is a circle of many issues halved, to look for the nearest of them.
const MOST_RINGS: usize = 8;
/// The most counts in one answer.
const MOST_COUNTS: u64 = 5_000;

/// Which issues are looked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sought {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// What they are, in the language of filters; may be empty.
    pub filter: String,
    /// Where they are; none for anywhere.
    pub place: Option<Place>,
    /// Which words they have; none for any.
    pub words: Option<words::Query>,
}

/// Which issues to list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ListIssues {
    /// What is looked for.
    pub sought: Sought,
    /// How many to a page, as asked.
    pub page_size: i32,
    /// Where to go on; may be empty.
    pub page_token: String,
    /// In which order.
    pub order: Order,
}

/// Which issues to count.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CountIssues {
    /// What is looked for.
    pub sought: Sought,
    /// By what; none twice.
    pub groupings: Vec<Grouping>,
}

/// Issues that were found.
struct Found {
    issues: Vec<Issue>,
    /// Behind which issue the search was broken off; none where nothing is left.
    broken_off: Option<Last>,
}

impl App {
    /// A page of issues.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` (the partnership), `FILTER_INVALID`, `PAGE_TOKEN_INVALID`, `PEER_UNAVAILABLE`.
    pub(crate) async fn list_issues(&self, call: &Call, wish: &ListIssues) -> Result<(Vec<IssueView>, String), Error> {
        let Sought { partnership_id, filter, place, words } = &wish.sought;
        let with_held_back = may_read_held_back(call, *partnership_id);
        // These have no form to be sent in; this one tells one question from another.
        let shape = format!("{place:?} {words:?} {:?}", wish.order);
        let query = ("ListIssues", partnership_id, filter, with_held_back, shape);
        let page = Page::<Last>::open(wish.page_size, &wish.page_token, &query)?;
        if page.after.is_some_and(|last| !last.is_sound()) {
            let message = "The page token is broken; begin again without one.";
            return Err(Failure::new(Reason::PageTokenInvalid, message).into());
        }
        let (partnership, search) =
            tokio::join!(self.partnership(*partnership_id), self.search_in(call, &wish.sought, wish.order));
        // Whether there is such a partnership is told before what is wrong with the question.
        partnership?;
        let search = search?;
        let slice = Slice { order: wish.order, after: page.after, limit: page.size + 1 };
        let last = |issue: &Issue| wish.order.last(issue);
        let Found { issues, broken_off } = self.find(search, slice).await?;
        let (issues, broken_off) = listing::fitting(issues, broken_off, listing::bytes_of, last);
        let (mut issues, next_page_token) = page.close_at(issues, last, broken_off)?;
        leave_out_untold(self.host.reader(), call, *partnership_id, &mut issues).await?;
        let mut actions: HashMap<IssueId, Vec<ActionId>> = HashMap::new();
        let ids = issues.iter().map(|issue| issue.id);
        for (issue_id, action_id) in store::action::of_issues(self.host.reader(), *partnership_id, ids).await? {
            actions.entry(issue_id).or_default().push(action_id);
        }
        let views = issues.into_iter().map(|issue| {
            let action_ids = actions.remove(&issue.id).unwrap_or_default();
            IssueView::new(issue, action_ids, call)
        });
        Ok((views.collect(), next_page_token))
    }

    /// How many issues have what in common, as far as the reader may know.
    ///
    /// # Errors
    ///
    /// `TOKEN_REQUIRED` and `ROLE_MISSING` (by satisfaction), `NOT_FOUND` (the partnership), `FILTER_INVALID`, `INVALID_REQUEST` (too many
    /// counts), `PEER_UNAVAILABLE`.
    pub(crate) async fn count_issues(&self, call: &Call, wish: &CountIssues) -> Result<Told, Error> {
        if wish.groupings.contains(&Grouping::Satisfaction) {
            // Whoever counts again after each closing, or with another filter, is told what one person said: that is not public.
            call.permit_act(HELD_BACK, &Subject::within(Some(wish.sought.partnership_id)))?;
        }
        self.partnership(wish.sought.partnership_id).await?;
        let search = self.search(call, &wish.sought).await?;
        let counts = if must_be_read(&search) {
            self.count_by_reading(&search, &wish.groupings).await?
        } else {
            store::count::count(self.host.reader(), &search, &wish.groupings, MOST_COUNTS).await?
        };
        if u64::try_from(counts.len()).unwrap_or(u64::MAX) > MOST_COUNTS {
            let too_many = format!("gives more than {MOST_COUNTS} counts here; look for less, or in larger squares");
            return Err(Failure::invalid(vec![Violation::new("group_by", too_many)]).into());
        }
        Ok(if search.with_held_back { Told::all(counts) } else { Told::published(counts) })
    }

    pub(super) async fn search(&self, call: &Call, sought: &Sought) -> Result<Search, Error> {
        self.search_in(call, sought, Order::TakenIn).await
    }

    async fn search_in(&self, call: &Call, sought: &Sought, order: Order) -> Result<Search, Error> {
        let lookups = self.lookups(sought).await?;
        let with_held_back = may_read_held_back(call, sought.partnership_id);
        let confided = if with_held_back { CONFIDED } else { &[] };
        let fields: Vec<Field> = FIELDS.iter().chain(confided).copied().collect();
        let asked =
            |masked: &[Masked]| filter::condition_with(&sought.filter, store::issue::TABLE, &fields, &lookups, masked);
        let (condition, told_condition) = (asked(&[])?, asked(&store::search::told_links())?);
        Ok(Search {
            partnership_id: sought.partnership_id,
            condition,
            told_condition,
            with_held_back,
            place: self.located(sought, few_in(order)).await?,
            words: self.listed(sought, order).await?,
        })
    }

    /// What categories say of their issues.
    async fn lookups(&self, sought: &Sought) -> Result<[Lookup; 2], Error> {
        let mut lookups =
            ["theme", "group_name"].map(|name| Lookup { name, column: "category_code", found: Vec::new() });
        if lookups.iter().any(|lookup| sought.filter.contains(lookup.name)) {
            let headings = store::category::headings(self.host.reader(), sought.partnership_id).await?;
            let [themes, groups] = &mut lookups;
            for Headings { code, theme, group_name } in headings {
                themes.found.push((theme, code.clone()));
                groups.found.push((group_name, code));
            }
        }
        Ok(lookups)
    }

    async fn listed(&self, sought: &Sought, order: Order) -> Result<Option<Listed>, Error> {
        let Some(query) = sought.words.clone() else { return Ok(None) };
        if order == Order::TakenIn && sought.place.is_none() && query.wanted_words().len() == 1 {
            return Ok(Some(Listed::of_one(query)));
        }
        Ok(Some(store::words::listed(self.host.reader(), sought.partnership_id, query).await?))
    }

    /// Of what the database cannot count, every issue is read.
    async fn count_by_reading(&self, search: &Search, groupings: &[Grouping]) -> Result<Vec<Count>, Error> {
        let mut counts: BTreeMap<Vec<Shared>, i64> = BTreeMap::new();
        let mut next = Some(Slice { order: Order::TakenIn, after: None, limit: AROUND });
        while let Some(slice) = next.take()
            && u64::try_from(counts.len()).unwrap_or(u64::MAX) <= MOST_COUNTS
        {
            let rows = store::search::list(self.host.reader(), search, slice).await?;
            let last = rows.last().filter(|_| u64::try_from(rows.len()).unwrap_or(u64::MAX) >= AROUND);
            next = last.map(|issue| Slice { after: Some(slice.order.last(issue)), ..slice });
            for issue in rows.iter().filter(|issue| is_found(search, issue)) {
                if let Some(shared) = groupings.iter().map(|grouping| grouping.of(issue)).collect() {
                    *counts.entry(shared).or_default() += 1;
                }
            }
        }
        Ok(counts.into_iter().map(|(shared, count)| Count { shared, count }).collect())
    }

    async fn located(&self, sought: &Sought, few: u64) -> Result<Option<Located>, Error> {
        let Some(place) = sought.place.clone() else { return Ok(None) };
        Ok(Some(self.locate(sought.partnership_id, place, few).await?))
    }

    /// Where to look. What takes long is reckoned where it holds up no other call.
    async fn locate(&self, partnership_id: PartnershipId, place: Place, few: u64) -> Result<Located, Error> {
        let covered = match place {
            Place::In(_) => tokio::task::spawn_blocking(|| Covered::of(place)).await.map_err(Failure::internal)?,
            Place::Within(_) | Place::Near(_) => Covered::of(place),
        };
        Ok(store::search::locate(self.host.reader(), partnership_id, covered, few).await?)
    }

    /// As many as are asked for. The nearest are looked for close by first: where there are enough, all others are farther away.
    async fn find(&self, mut search: Search, slice: Slice) -> Result<Found, Error> {
        let Order::Distance(circle) = slice.order else { return self.find_in(&search, slice).await };
        let whole = search.place.take();
        for located in self.rings(search.partnership_id, circle, whole.as_ref(), slice.after).await? {
            search.place = Some(located);
            let found = self.find_in(&search, slice).await?;
            let is_full = u64::try_from(found.issues.len()).unwrap_or(u64::MAX) >= slice.limit;
            if is_full || found.broken_off.is_some() {
                return Ok(found);
            }
        }
        search.place = whole;
        self.find_in(&search, slice).await
    }

    /// Smaller circles within one that holds many issues, from the smallest on; they all reach beyond the last of the page before.
    async fn rings(
        &self,
        partnership_id: PartnershipId,
        circle: Circle,
        whole: Option<&Located>,
        after: Option<Last>,
    ) -> Result<Vec<Located>, Error> {
        if whole.is_none_or(|located| located.is_few) {
            return Ok(Vec::new());
        }
        let halves = std::iter::successors(Some(circle.radius / 2.0), |radius| Some(radius / 2.0)).take(MOST_RINGS);
        let reach = halves.take_while(|radius| after.is_none_or(|last| last.squared_distance < radius * radius));
        let rings = reach.map(|radius| Covered::of(Place::Near(Circle { radius, ..circle }))).collect();
        Ok(store::search::locate_within(self.host.reader(), partnership_id, rings, FEW_NEAREST).await?)
    }

    /// What the database finds around an area, or by the words of a phrase, is looked at here; more is read in place of those that are
    /// left out, as long as that is not for nothing.
    async fn find_in(&self, search: &Search, mut slice: Slice) -> Result<Found, Error> {
        let wanted = usize::try_from(slice.limit).unwrap_or(usize::MAX);
        if must_be_read(search) {
            slice.limit = slice.limit.max(AROUND);
        }
        let (mut issues, mut looked_at) = (Vec::new(), 0);
        loop {
            let rows = store::search::list(self.host.reader(), search, slice).await?;
            let none_left = u64::try_from(rows.len()).unwrap_or(u64::MAX) < slice.limit;
            slice.after = rows.last().map(|issue| slice.order.last(issue));
            looked_at += rows.len();
            issues.extend(rows.into_iter().filter(|issue| is_found(search, issue)));
            if none_left || issues.len() >= wanted {
                issues.truncate(wanted);
                return Ok(Found { issues, broken_off: None });
            }
            if looked_at >= MOST_LOOKED_AT {
                return Ok(Found { issues, broken_off: slice.after });
            }
        }
    }
}

/// How many issues a place may hold so that all of them are looked at.
const fn few_in(order: Order) -> u64 {
    match order {
        Order::Distance(_) => FEW_NEAREST,
        Order::TakenIn | Order::Reported | Order::Due => FEW_IN_SQUARES,
    }
}

pub(super) fn may_read_held_back(call: &Call, partnership_id: PartnershipId) -> bool {
    call.may(HELD_BACK, &Subject::within(Some(partnership_id)))
}

/// Whether the database finds more than is looked for.
fn must_be_read(search: &Search) -> bool {
    let in_area = search.place.as_ref().is_some_and(|located| matches!(located.place, Place::In(_)));
    in_area || search.words.as_ref().is_some_and(|listed| listed.query.has_phrases())
}

/// Whether an issue that the database found is one that is looked for.
pub(super) fn is_found(search: &Search, issue: &Issue) -> bool {
    let is_in_place = match search.place.as_ref().map(|located| &located.place) {
        Some(Place::In(outline)) => issue.location.public_point().is_some_and(|point| outline.contains(point)),
        Some(Place::Within(_) | Place::Near(_)) | None => true,
    };
    let phrases = search.words.as_ref().filter(|listed| listed.query.has_phrases());
    is_in_place && phrases.is_none_or(|listed| listed.query.finds(issue))
}
