//! Moving an issue to another category, as if it had been reported so.

use pathfinder_kit::Call;

use super::change::Target;
use super::report::answers;
use super::{App, IssueView};
use crate::domain::Issue;
use crate::domain::question::Given;
use crate::domain::recategorising::Recategorising;
use crate::error::Error;
use crate::store;

/// Which category an issue is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecategoriseIssue {
    /// The issue.
    pub target: Target,
    /// The code of the category.
    pub category_code: String,
    /// What is answered to the category's questions.
    pub answers: Vec<Given>,
    /// Why, for everyone.
    pub reason: String,
}

impl App {
    /// Moves an issue to another category, and to whoever answers for that by the rules.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND` (issue or category), `CATEGORY_RETIRED`, `INVALID_REQUEST` (the answers, the same category, held words in the
    /// reason), `STATE_FORBIDS`, `ETAG_MISMATCH`, `REQUEST_ID_REUSED`.
    pub(crate) async fn recategorise_issue(
        &self,
        call: &Call,
        command: &RecategoriseIssue,
    ) -> Result<IssueView, Error> {
        let RecategoriseIssue { target, category_code, reason, .. } = command;
        let peeked = self.peek(target).await?;
        let category = self.offered_category(target.partnership_id, category_code).await?;
        let conn = self.host.reader();
        let former = store::category::find_by_code(conn, target.partnership_id, &peeked.category_code).await?;
        // Staff may not know what was asked where a case was brought in from another system.
        let all = peeked.external_id.is_none();
        let answers = answers(&command.answers, &category, all, std::iter::empty())?;
        let as_moved = Issue { category_code: category.code.clone(), ..peeked.clone() };
        let routing = self.routing_by_rule(call, &as_moved).await?;
        let (former, routing) = (former.as_ref(), routing.as_ref());
        let wish = Recategorising { former, category: &category, answers, routing, reason };
        let held_words = &self.settings.held_words;
        self.change_sorting(call, target, &peeked, |issue, now| issue.recategorise(&wish, held_words, now)).await
    }
}
