//! Moving an issue to another category: what a category says of its issues is said of it by the new one, as if it had been reported so.
//!
//! Who answers for it is asked of the rules again. Where somebody else does, it is sorted anew, by [`Move::Recategorise`], and sent on as it was
//! at first; where the same provider does, or nobody still, it stays where it stands. The clock keeps its start and its pauses, and what was missed
//! under the former pledge stays missed ([`Clock::hold_to`](super::Clock::hold_to)). Where a category comes to say something more of its issues, let
//! [`Issue::follow`] take that over.

use chrono::{DateTime, Utc};

use super::category::Category;
use super::clock::Basis;
use super::issue::{Issue, PledgeFound, Routing, Step};
use super::moderation::HeldWords;
use super::question::Answer;
use super::refusal::Refusal;
use super::state::{IssueState, Move};

/// The kind of the step that it leaves.
pub(crate) const RECATEGORISED: &str = "issue.recategorised";

/// What an issue is found to be.
#[derive(Debug, Clone)]
pub(crate) struct Recategorising<'a> {
    /// Its category until now; none where nothing is known of that.
    pub former: Option<&'a Category>,
    /// Its category from now on.
    pub category: &'a Category,
    /// What is answered to the questions of that one.
    pub answers: Vec<Answer>,
    /// Who answers for it by the rules; none for the manager's list.
    pub routing: Option<&'a Routing>,
    /// Why, for everyone.
    pub reason: &'a str,
}

impl Issue {
    /// Moves it to another category.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`] when it has ended; [`Refusal::CategoryUnchanged`]; [`Refusal::WordsHeld`] for a reason with words that would
    /// hold a report back.
    pub(crate) fn recategorise(
        &mut self,
        wish: &Recategorising<'_>,
        held_words: &HeldWords,
        now: DateTime<Utc>,
    ) -> Result<Vec<Step>, Refusal> {
        self.state.after(Move::Recategorise)?;
        if self.category_code == wish.category.code {
            return Err(Refusal::CategoryUnchanged { category_code: wish.category.code.clone() });
        }
        if let Some(heading) = held_words.find(&[wish.reason]) {
            return Err(Refusal::WordsHeld { field: "reason", heading });
        }
        let why_hidden = self.why_to_hide(wish, held_words);
        let said = format!("Moved from {} to {}: {}", self.category_name, wish.category.name, wish.reason);
        self.follow(wish);
        self.edit_time = Some(now);
        let mut steps = self.sort_anew(wish.routing, now)?;
        if let Some(sorted) = steps.first_mut() {
            sorted.note = said;
        }
        if let Some(why) = why_hidden.filter(|_| !self.held_back) {
            steps.push(self.hide(why, now)?.by_rule());
        }
        Ok(steps)
    }

    /// Why a report like this would be held back, for what nobody has read yet: its category, or words in its answers for everyone.
    fn why_to_hide(&self, wish: &Recategorising<'_>, held_words: &HeldWords) -> Option<&'static str> {
        let for_all = |answers: &[Answer]| -> String {
            let texts = answers.iter().filter(|answer| !answer.confidential).flat_map(|answer| &answer.texts);
            texts.map(String::as_str).collect::<Vec<_>>().join("\n")
        };
        let read = format!("{}\n{}\n{}", self.title, self.description, for_all(&self.answers));
        let holds_words = || held_words.find_new(&read, &for_all(&wish.answers)).is_some();
        if wish.category.moderated {
            Some("A person reads what is of its category first.")
        } else {
            holds_words().then_some("Its answers hold words that a person must read first.")
        }
    }

    /// Takes over what the category says of its issues. What the former one did not say of it, somebody said who knew it, and that stays. It
    /// may come to stand at a home by its category, and does not cease to.
    fn follow(&mut self, wish: &Recategorising<'_>) {
        let Recategorising { former, category, answers, .. } = wish;
        let former = former.filter(|former| former.code == self.category_code);
        self.hazard = category.hazard || (self.hazard && former.is_none_or(|former| !former.hazard));
        if former.is_some_and(|former| former.default_severity == self.severity) {
            self.severity = category.default_severity;
        }
        self.kind = category.kind;
        self.location.domestic |= category.domestic;
        self.answers.clone_from(answers);
        self.category_code.clone_from(&category.code);
        self.category_name.clone_from(&category.name);
    }

    /// Goes to whoever answers for it now. What waits to be read is routed when it was. What another system has for its target stays the target as
    /// long as no provider pledges another.
    fn sort_anew(&mut self, routing: Option<&Routing>, now: DateTime<Utc>) -> Result<Vec<Step>, Refusal> {
        let routing = routing.filter(|_| self.state != IssueState::AwaitingModeration);
        let stays = routing.map(|routing| routing.route.provider_id) == self.provider_id;
        let sorted = match stays {
            true => self.step(RECATEGORISED, Some(self.state), now),
            false => self.pass(Move::Recategorise, RECATEGORISED, now)?,
        };
        let mut steps = vec![sorted];
        if !stays {
            // Nobody waits for anything any more.
            self.clock.run_on(now);
        }
        match routing {
            Some(routing) if !stays => steps.push(self.route(routing, "", now)?),
            Some(routing) => {
                self.measure_by(&routing.pledge, now);
                self.answerable_is(&routing.route);
            }
            None => {
                self.measure_by(&PledgeFound::NothingPledged, now);
                if !stays {
                    self.leave_to_manager();
                }
            }
        }
        Ok(steps)
    }

    fn measure_by(&mut self, pledge: &PledgeFound, now: DateTime<Utc>) {
        if !matches!(self.clock.basis, Basis::Imported { .. }) {
            self.hold_to(pledge, now);
        }
    }
}

#[cfg(test)]
mod tests;
