//! What is new in a neighbourhood, for everyone alike.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use pathfinder_kit::Call;
use pathfinder_kit::page::Page;
use pathfinder_terms::IssueId;
use uuid::Uuid;

use super::App;
use super::list::{Sought, is_found};
use crate::domain::history::Entry;
use crate::domain::listing;
use crate::domain::news::News;
use crate::domain::{Issue, ResponseEntry};
use crate::error::Error;
use crate::store;
use crate::store::search::Search;

/// How many steps are looked through for a page, round by round: most pages are full after the first. Together they bound what anybody may
/// have looked through at once by asking for what hardly ever happens; the page then ends with what was found, and the next one goes on.
const ROUNDS: [u64; 4] = [100, 400, 1_500, 3_000];
/// How many entries are read beside the steps of a round.
const ENTRIES: usize = 50;

/// Which news to list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ListNews {
    /// Of which issues.
    pub sought: Sought,
    /// How many to a page, as asked.
    pub page_size: i32,
    /// Where to go on; may be empty.
    pub page_token: String,
}

impl App {
    /// A page of news, last recorded first.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` (the partnership), `FILTER_INVALID`, `PAGE_TOKEN_INVALID`, `PEER_UNAVAILABLE`.
    pub(crate) async fn list_news(&self, call: &Call, wish: &ListNews) -> Result<(Vec<News>, String), Error> {
        let Sought { partnership_id, filter, place, words } = &wish.sought;
        // These have no form to be sent in; this one tells one question from another.
        let query = ("ListNews", partnership_id, filter, format!("{place:?} {words:?}"));
        let page = Page::<Uuid>::open(wish.page_size, &wish.page_token, &query)?;
        self.partnership(*partnership_id).await?;
        // What is held back is no news, whoever asks: feeds are kept and passed on.
        let search = Search { with_held_back: false, ..self.search(call, &wish.sought).await? };
        let wanted = usize::try_from(page.size).unwrap_or(usize::MAX).saturating_add(1);
        let (mut news, broken_off) = self.latest(&search, page.after, wanted).await?;
        news.truncate(wanted);
        let key_of = |news: &News| news.id;
        let (news, broken_off) = listing::fitting(news, broken_off, News::bytes, key_of);
        let (mut news, next_page_token) = page.close_at(news, key_of, broken_off)?;
        let texts = news.iter().filter_map(News::said_of_issue).collect();
        let untold = self.untold(None, *partnership_id, texts).await?;
        for news in &mut news {
            news.leave_out(&untold);
        }
        Ok((news, next_page_token))
    }

    /// The latest news behind one, last first: as many as are wanted, some more, or all that there is to be looked through. Behind which step or
    /// entry the looking was broken off; none where nothing is left.
    async fn latest(
        &self,
        search: &Search,
        after: Option<Uuid>,
        wanted: usize,
    ) -> Result<(Vec<News>, Option<Uuid>), Error> {
        let (conn, partnership_id) = (self.host.reader(), search.partnership_id);
        let mut before = after.unwrap_or(Uuid::from_u128(u128::MAX));
        let mut news = Vec::new();
        for count in ROUNDS {
            let mut steps = store::news::steps(conn, partnership_id, before, count).await?;
            let is_full = u64::try_from(steps.len()).unwrap_or(u64::MAX) >= count;
            let mut floor = steps.last().filter(|_| is_full).map_or(Uuid::nil(), |step| step.id);
            let limit = u64::try_from(ENTRIES).unwrap_or(u64::MAX);
            let entries = store::response_entry::latest(conn, partnership_id, floor..before, limit).await?;
            if let Some(last) = entries.last().filter(|_| entries.len() >= ENTRIES) {
                floor = std::cmp::max(floor, last.id.0);
                steps.retain(|step| step.id >= floor);
            }
            news.extend(self.told(search, &steps, entries).await?);
            if floor.is_nil() {
                return Ok((news, None));
            }
            before = floor;
            if news.len() >= wanted {
                break;
            }
        }
        Ok((news, Some(before)))
    }

    /// What of some steps and entries is looked for, last first.
    async fn told(&self, search: &Search, steps: &[Entry], entries: Vec<ResponseEntry>) -> Result<Vec<News>, Error> {
        let (conn, partnership_id) = (self.host.reader(), search.partnership_id);
        let of_entries = entries.iter().flat_map(|entry| entry.issue_ids.iter().copied());
        let ids: BTreeSet<IssueId> = steps.iter().map(|step| step.issue_id).chain(of_entries).collect();
        let ids: Vec<IssueId> = ids.into_iter().collect();
        let found = store::search::among(conn, search, &ids).await?;
        let found = found.into_iter().filter(|issue| is_found(search, issue));
        let found: HashMap<IssueId, Issue> = found.map(|issue| (issue.id, issue)).collect();
        let mut news: Vec<News> =
            steps.iter().filter_map(|step| News::of_step(step, found.get(&step.issue_id)?)).collect();
        let is_sought = |entry: &ResponseEntry| entry.issue_ids.iter().any(|id| found.contains_key(id));
        let sought = entries.into_iter().filter(is_sought).collect();
        let views = self.entry_views(conn, partnership_id, sought, false).await?;
        news.extend(views.into_iter().map(News::of_entry));
        news.sort_by_key(|news| Reverse(news.id));
        Ok(news)
    }
}
