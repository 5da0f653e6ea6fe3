//! Taking issues out of public view, and putting them there again. Neither is a move: what is hidden goes on as it was.

use chrono::{DateTime, Utc};

use super::refusal::Refusal;
use super::{Issue, IssueState, Step};

impl Issue {
    /// Takes it out of public view. Why is for those who deal with it.
    ///
    /// # Errors
    ///
    /// [`Refusal::HiddenAlready`].
    pub(crate) fn hide(&mut self, reason: &str, now: DateTime<Utc>) -> Result<Step, Refusal> {
        if self.held_back {
            return Err(Refusal::HiddenAlready { state: self.state });
        }
        self.held_back = true;
        Ok(self.step("issue.hidden", Some(self.state), now).confiding(reason))
    }

    /// Puts it into public view again.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotHidden`], also while it waits to be found fit to act on.
    pub(crate) fn show(&mut self, now: DateTime<Utc>) -> Result<Step, Refusal> {
        if !self.is_hidden() {
            return Err(Refusal::NotHidden { state: self.state });
        }
        self.held_back = false;
        Ok(self.step("issue.shown", Some(self.state), now))
    }

    /// Whether it is out of public view without waiting to be found fit to act on.
    #[must_use]
    pub(crate) fn is_hidden(&self) -> bool {
        self.held_back && self.state != IssueState::AwaitingModeration
    }
}
