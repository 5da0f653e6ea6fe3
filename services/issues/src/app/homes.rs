//! Categories that become those of homes: their issues are blurred, too.
//!
//! Few are blurred with the change of the category itself; the rest by a timer, some at a time. The timer looks once more a little later: a
//! report that was on its way read the category as it was before. A category that is taken back from homes is left alone from then on. Nothing
//! here makes a place exact again.

use chrono::TimeDelta;
use pathfinder_kit::{Begun, Call, Unit, causes_of, retrying};
use pathfinder_terms::IssueId;
use pathfinder_terms::calendar::WorkingCalendar;

use super::App;
use super::author::Author;
use crate::domain::Category;
use crate::error::Error;
use crate::store::{self, DbErr};

/// So many issues are blurred in one transaction.
const AT_ONCE: u64 = 100;
/// So many categories are looked at in one round.
const CATEGORIES: u64 = 20;

impl App {
    /// Blurs the first issues of a category that becomes one of homes, and has the timer see to all others.
    pub(super) async fn begin_to_blur(
        &self,
        unit: &mut Unit,
        call: &Call,
        calendar: &WorkingCalendar,
        category: &Category,
    ) -> Result<(), Error> {
        self.blur_some(unit, call, calendar, category, None).await?;
        Ok(store::category::set_blur_time(unit.tx(), category, Some(call.now)).await?)
    }

    /// Blurs the issues of categories that became those of homes. Answers how many.
    ///
    /// # Errors
    ///
    /// When the categories cannot be listed.
    pub(crate) async fn blur_homes(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "blurring of homes");
        let mut blurred = 0;
        for category in store::category::to_blur(self.host.reader(), call.now, CATEGORIES).await? {
            match self.blur_all_of(&call, &category).await {
                Ok(count) => blurred += count,
                // The others do not wait for it, and its turn comes again with the next round.
                Err(error) => {
                    let chain = causes_of(&error).join(": ");
                    tracing::error!(category_id = %category.id, %error, chain, "issues of a category were not blurred");
                }
            }
        }
        Ok(blurred)
    }

    async fn blur_all_of(&self, call: &Call, category: &Category) -> Result<usize, Error> {
        let calendar = self.calendar(category.partnership_id).await?;
        let (mut blurred, mut after) = (0, None);
        while !self.host.shutdown().is_cancelled() {
            let round = retrying(|| self.blur_round(call, &calendar, category, after)).await?;
            blurred += round.blurred;
            let Some(last) = round.last else {
                self.look_again(call, category, blurred).await?;
                break;
            };
            after = Some(last);
        }
        Ok(blurred)
    }

    async fn blur_round(
        &self,
        call: &Call,
        calendar: &WorkingCalendar,
        category: &Category,
        after: Option<IssueId>,
    ) -> Result<Round, Error> {
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(Round::default()) };
        let round = self.blur_some(&mut unit, call, calendar, category, after).await?;
        unit.commit(()).await?;
        Ok(round)
    }

    /// Blurs some issues of the category, from `after` on. One that cannot be read is logged and passed over.
    async fn blur_some(
        &self,
        unit: &mut Unit,
        call: &Call,
        calendar: &WorkingCalendar,
        category: &Category,
        after: Option<IssueId>,
    ) -> Result<Round, Error> {
        let (partnership_id, code) = (category.partnership_id, category.code.as_str());
        let ids = store::issue::exactly_placed(unit.tx(), partnership_id, code, after, AT_ONCE).await?;
        let mut round = Round { blurred: 0, last: ids.last().copied() };
        let author = Author::rule();
        let writing = self.writing(call, calendar, author);
        for issue_id in ids {
            let before = match store::issue::find_for_update(unit.tx(), partnership_id, issue_id).await {
                Ok(Some(issue)) => issue,
                Ok(None) => continue,
                Err(DbErr::Custom(error)) => {
                    tracing::error!(%issue_id, error, "an issue that cannot be read is not blurred");
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let mut issue = before.clone();
            let Some(step) = issue.blur(call.now) else { continue };
            writing.update(unit, &before, &mut issue, vec![step]).await?;
            round.blurred += 1;
        }
        Ok(round)
    }

    /// Nothing is left to blur where nothing was found, and nothing can be on its way any more. Whoever changed the category meanwhile has
    /// said what is to become of it, so that nothing is written then.
    async fn look_again(&self, call: &Call, category: &Category, blurred: usize) -> Result<(), Error> {
        let is_over = blurred == 0 && call.now >= category.update_time + self.on_the_way();
        let time = (!is_over).then(|| call.now + self.on_the_way());
        let write = async || -> Result<(), Error> {
            let Begun::Fresh(unit) = self.host.begin::<()>(call).await? else { return Ok(()) };
            store::category::set_blur_time(unit.tx(), category, time).await?;
            Ok(unit.commit(()).await?)
        };
        Ok(retrying(write).await?)
    }

    /// So long after the call that changed a category there may be reports that read it as it was before: that call may take as long as any
    /// other until it is committed, and so may one that read just before that.
    fn on_the_way(&self) -> TimeDelta {
        TimeDelta::from_std(self.host.longest_call().saturating_mul(2)).unwrap_or(TimeDelta::hours(1))
    }
}

/// What was done in one transaction.
#[derive(Default)]
struct Round {
    /// How many were blurred.
    blurred: usize,
    /// The last that was looked at; none where there was none.
    last: Option<IssueId>,
}
