//! The verbs of an issue, in the order of its life.

use chrono::{DateTime, Utc};
use pathfinder_terms::calendar::{WorkingCalendar, end_of_day, local_date};

use super::{Confirmation, Evidence, Issue, PledgeFound, Resolution, Rewording, Routing, Step};
use crate::domain::clock::Basis;
use crate::domain::history::BACK;
use crate::domain::refusal::Refusal;
use crate::domain::routing::Route;
use crate::domain::state::{IssueState, Move};

/// After so many refusals the neighbourhood manager decides, whoever was named.
const REFUSALS_BEFORE_MANAGER: i32 = 2;
/// The most parts of an issue.
pub(crate) const MOST_PARTS: usize = 100;
/// What a dispute says for everyone.
pub(crate) const RESIDENT_DISPUTES: &str = "A resident says that it is not fixed.";

impl Issue {
    /// Finds it fit to act on, if need be in words that are fit to publish, and routes it.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`].
    pub(crate) fn triage(
        &mut self,
        rewording: &Rewording,
        note: &str,
        routing: Option<&Routing>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Step>, Refusal> {
        let mut steps = self.triage_and_route(routing, now)?;
        if let Some(triaged) = steps.first_mut() {
            note.clone_into(&mut triaged.note);
        }
        self.held_back = false;
        // Whoever reads the report to find it fit sees its photos, too.
        for photo in &mut self.photos {
            photo.held = false;
        }
        self.reword(rewording, now);
        Ok(steps)
    }

    pub(super) fn triage_and_route(
        &mut self,
        routing: Option<&Routing>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Step>, Refusal> {
        let mut steps = vec![self.pass(Move::Triage, "issue.triaged", now)?];
        self.clock.triaged.get_or_insert(now);
        if let Some(routing) = routing {
            steps.push(self.route(routing, "", now)?);
        }
        Ok(steps)
    }

    /// Makes a provider answerable. The clock keeps its start; the pledge becomes the new provider's.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`].
    pub(crate) fn route(&mut self, routing: &Routing, note: &str, now: DateTime<Utc>) -> Result<Step, Refusal> {
        let step = self.pass(Move::Route, "issue.routed", now)?;
        self.hold_to(&routing.pledge, now);
        self.answerable_is(&routing.route);
        self.clock.routed.get_or_insert(now);
        let route = &routing.route;
        let step = match note {
            "" => step.saying_by_default(format!("Sent to {}.", self.provider_name)),
            said => step.saying(said),
        };
        Ok(if route.routing_rule_id.is_some() { step.by_rule() } else { step })
    }

    /// Measures it against something else from now on. Call it before somebody else becomes answerable.
    pub(in crate::domain) fn hold_to(&mut self, pledge: &PledgeFound, now: DateTime<Utc>) {
        self.clock.hold_to(pledge.basis(), pledge.response(), self.provider_id, now);
    }

    pub(in crate::domain) fn answerable_is(&mut self, route: &Route) {
        self.provider_id = Some(route.provider_id);
        self.provider_name.clone_from(&route.provider_name);
        self.routing_rule_id = route.routing_rule_id;
    }

    /// Attaches a pledge that was asked for later, of the issue as it was then. Answers nothing where it went to another provider or category
    /// since: that pledge is asked for anew.
    #[must_use]
    pub(crate) fn attach_as_asked(
        &mut self,
        asked_of: &Self,
        pledge: &PledgeFound,
        now: DateTime<Utc>,
    ) -> Option<Step> {
        let is_same = self.provider_id == asked_of.provider_id && self.category_code == asked_of.category_code;
        if is_same { self.attach(pledge, now) } else { None }
    }

    /// Attaches a pledge that was asked for later. Answers nothing when none is pending any more.
    #[must_use]
    pub(crate) fn attach(&mut self, pledge: &PledgeFound, now: DateTime<Utc>) -> Option<Step> {
        if !self.clock.is_pending() || pledge.basis() == Basis::Pending {
            return None;
        }
        self.hold_to(pledge, now);
        let attached = self.step("issue.clock_attached", Some(self.state), now).by_rule();
        let said = self.clock.pledge().map_or_else(|| "No standard applies.".to_owned(), |pledge| pledge.text.clone());
        Some(attached.saying(said))
    }

    /// The provider takes it.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`].
    pub(crate) fn accept(&mut self, note: &str, now: DateTime<Utc>) -> Result<Step, Refusal> {
        let step = self.pass(Move::Accept, "issue.accepted", now)?;
        self.clock.answered.get_or_insert(now);
        Ok(step.saying(note))
    }

    /// The provider refuses it. A first refusal that names another provider reroutes; a second goes to the manager.
    /// The clock runs on.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`].
    pub(crate) fn refuse(
        &mut self,
        reason: &str,
        named: Option<&Routing>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Step>, Refusal> {
        let refused = self.pass(Move::Refuse, "issue.refused", now)?;
        let mut steps = vec![refused.saying(format!("{}: {reason}", self.provider_name))];
        self.refusal_count += 1;
        let named = named.filter(|named| Some(named.route.provider_id) != self.provider_id);
        match named.filter(|_| self.refusal_count < REFUSALS_BEFORE_MANAGER) {
            Some(named) => steps.push(self.route(named, "", now)?),
            None => self.leave_to_manager(),
        }
        Ok(steps)
    }

    /// Whether the provider let the time pass in which it was to say yes or no.
    #[must_use]
    pub(crate) fn is_unanswered(&self, now: DateTime<Utc>) -> bool {
        self.state == IssueState::Routed && self.answer_due_time.is_some_and(|due| due < now)
    }

    /// The provider did not answer in time: that counts as a refusal and goes to the manager, whoever is next by the rules. The clock runs on.
    /// Answers nothing where there is (still) time, or an answer.
    ///
    /// # Errors
    ///
    /// Never in practice: the table allows a refusal of what is routed.
    pub(crate) fn lapse(&mut self, now: DateTime<Utc>) -> Result<Option<Step>, Refusal> {
        if !self.is_unanswered(now) {
            return Ok(None);
        }
        let lapsed = self.pass(Move::Refuse, "issue.lapsed", now)?.by_rule();
        let said = format!("{} did not answer in time.", self.provider_name);
        self.refusal_count += 1;
        self.leave_to_manager();
        Ok(Some(lapsed.saying(said)))
    }

    /// Gives a provider to whom it was just sent until the end of the `within`-th working day to say yes or no.
    pub(crate) fn await_answer(&mut self, steps: &[Step], within: u32, calendar: &WorkingCalendar, now: DateTime<Utc>) {
        if self.state != IssueState::Routed {
            self.answer_due_time = None;
        } else if steps.iter().any(|step| step.kind == "issue.routed") {
            let last = calendar.add_working_days(local_date(now), within).date;
            self.answer_due_time = Some(end_of_day(last));
            self.answer_due_moved = false;
        }
    }

    /// Nobody here is to say yes or no: the provider's own system has it.
    pub(crate) const fn await_no_answer(&mut self) {
        self.answer_due_time = None;
    }

    /// Nobody is answerable, while the pledge of the provider who refused still stands: a refusal wins no time.
    pub(in crate::domain) fn leave_to_manager(&mut self) {
        self.provider_id = None;
        self.provider_name.clear();
        self.routing_rule_id = None;
    }

    /// Work begins.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`].
    pub(crate) fn start_work(&mut self, note: &str, now: DateTime<Utc>) -> Result<Step, Refusal> {
        Ok(self.pass(Move::StartWork, "issue.work_started", now)?.saying(note))
    }

    /// Work waits. The clock pauses only when a reason is named that the standard lists.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`]; [`Refusal::PauseNotAllowed`].
    pub(crate) fn hold(&mut self, reason: &str, pause_reason: &str, now: DateTime<Utc>) -> Result<Step, Refusal> {
        let step = self.pass(Move::Hold, "issue.held", now)?;
        if !pause_reason.is_empty() {
            self.clock.pause(pause_reason, now)?;
        }
        Ok(step.saying(reason))
    }

    /// Work goes on.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`].
    pub(crate) fn resume(&mut self, note: &str, now: DateTime<Utc>) -> Result<Step, Refusal> {
        let step = self.pass(Move::Resume, "issue.resumed", now)?;
        self.clock.run_on(now);
        Ok(step.saying(note))
    }

    /// It is fixed.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`]; [`Refusal::FixTimeOutOfRange`].
    pub(crate) fn resolve(
        &mut self,
        reason: &str,
        evidence: Vec<Evidence>,
        fix_time: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Step, Refusal> {
        let step = self.pass(Move::Resolve, "issue.resolved", now)?;
        if fix_time > now || fix_time < self.report_time {
            return Err(Refusal::FixTimeOutOfRange { fix_time });
        }
        self.finish(reason, evidence, fix_time);
        self.confirmation = Confirmation::None;
        Ok(step.saying(reason))
    }

    /// A resolved issue is finished.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`].
    pub(crate) fn close(&mut self, reason: &str, now: DateTime<Utc>) -> Result<Step, Refusal> {
        let step = self.pass(Move::Close, "issue.closed", now)?;
        let said = if reason.is_empty() { self.resolution_reason() } else { reason.to_owned() };
        if let Some(resolution) = &mut self.resolution {
            resolution.reason.clone_from(&said);
        }
        Ok(step.saying(said))
    }

    /// Nothing will be done.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`].
    pub(crate) fn close_without_action(&mut self, reason: &str, now: DateTime<Utc>) -> Result<Step, Refusal> {
        let step = self.pass(Move::CloseWithoutAction, "issue.no_action", now)?;
        self.finish(reason, Vec::new(), now);
        Ok(step.saying(reason))
    }

    /// It repeats another.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`]; [`Refusal::DuplicateOfItself`]; [`Refusal::OriginalUnfit`].
    pub(crate) fn mark_duplicate(&mut self, other: &Self, reason: &str, now: DateTime<Utc>) -> Result<Step, Refusal> {
        if other.id == self.id || other.state == IssueState::Duplicate {
            return Err(Refusal::DuplicateOfItself { duplicate_of: other.id.0 });
        }
        let goes_on = other.state.is_open() || other.state == IssueState::Resolved;
        if !goes_on || other.held_back {
            return Err(Refusal::OriginalUnfit { duplicate_of: other.id.0, state: other.state });
        }
        let step = self.pass(Move::MarkDuplicate, "issue.duplicate", now)?;
        let named = format!("The same as {}, where it goes on.", other.reference);
        let said = if reason.is_empty() { named } else { reason.to_owned() };
        self.finish(&said, Vec::new(), now);
        self.clock.excluded = true;
        self.duplicate_of = Some(other.id);
        self.parent_issue_id = None;
        Ok(step.saying(said))
    }

    /// It does not repeat the other after all: it is open again without counting as disputed, and its clock goes on from its start as if it
    /// had never ended.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`] unless it is a duplicate.
    pub(crate) fn unmark_duplicate(
        &mut self,
        reason: &str,
        provider_active: bool,
        now: DateTime<Utc>,
    ) -> Result<Vec<Step>, Refusal> {
        let unmarked = self.pass(Move::UnmarkDuplicate, "issue.unmarked", now)?;
        self.clock.go_on();
        let said = if reason.is_empty() { "Not the same as the other issue after all." } else { reason };
        let mut steps = vec![unmarked.saying(said)];
        steps.extend(self.reopen(provider_active, now)?);
        Ok(steps)
    }

    /// Those who come with a duplicate support this one from now on, whatever the limit is: they had reported it already.
    pub(crate) fn take_in(&mut self, duplicate: &Self, people: i32, now: DateTime<Utc>) -> Step {
        self.supporter_count = self.supporter_count.saturating_add(people);
        let said = format!("{} was found to be the same.", duplicate.reference);
        self.step("issue.joined", Some(self.state), now).saying(said)
    }

    /// Those who came with a duplicate leave with it.
    pub(crate) fn let_go(&mut self, former: &Self, people: i32, now: DateTime<Utc>) -> Step {
        self.supporter_count = self.supporter_count.saturating_sub(people).max(0);
        let said = format!("{} was found to be another matter after all.", former.reference);
        self.step("issue.parted", Some(self.state), now).saying(said)
    }

    /// It becomes a part of a larger issue, or of none any more; nothing happens where that is so already. `has_parts` says whether others are
    /// parts of it, `parts` how many the larger one has.
    ///
    /// # Errors
    ///
    /// [`Refusal::ParentUnfit`].
    pub(crate) fn set_parent(
        &mut self,
        parent: Option<&Self>,
        has_parts: bool,
        parts: usize,
        now: DateTime<Utc>,
    ) -> Result<Option<Step>, Refusal> {
        if self.parent_issue_id == parent.map(|parent| parent.id) {
            return Ok(None);
        }
        let Some(parent) = parent else {
            self.parent_issue_id = None;
            return Ok(Some(self.step("issue.part_ended", Some(self.state), now)));
        };
        let flaws = [
            (parent.id == self.id, "must be another issue"),
            (parent.parent_issue_id.is_some(), "is itself a part of a larger issue; a part has no parts"),
            (has_parts, "cannot be set: this issue has parts of its own"),
            (parent.state == IssueState::Duplicate, "is a duplicate; name the issue that it repeats"),
            (self.state == IssueState::Duplicate, "cannot be set: this issue is a duplicate"),
            (parts >= MOST_PARTS, "has as many parts as an issue may have"),
        ];
        let flaw = flaws.into_iter().find_map(|(is_so, flaw)| is_so.then_some(flaw));
        if let Some(flaw) = flaw {
            return Err(Refusal::ParentUnfit { flaw });
        }
        self.parent_issue_id = Some(parent.id);
        let said = format!("A part of {}.", parent.reference);
        Ok(Some(self.step("issue.made_part", Some(self.state), now).saying(said)))
    }

    /// Refuses to have staff close an issue while a part of it is open; its reporter may still take it back.
    ///
    /// # Errors
    ///
    /// [`Refusal::PartsOpen`].
    pub(crate) fn check_parts(&self, parts: &[Self]) -> Result<(), Refusal> {
        let open = parts.iter().filter(|part| part.state.is_open()).map(|part| part.reference.clone());
        let references: Vec<String> = open.collect();
        if references.is_empty() { Ok(()) } else { Err(Refusal::PartsOpen { state: self.state, references }) }
    }

    /// Its reporter takes it back.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`].
    pub(crate) fn withdraw(&mut self, reason: &str, now: DateTime<Utc>) -> Result<Step, Refusal> {
        let step = self.pass(Move::Withdraw, "issue.withdrawn", now)?;
        let said = "Taken back by its reporter.";
        self.finish(said, Vec::new(), now);
        self.clock.excluded = true;
        Ok(step.saying(said).confiding(reason))
    }

    /// Whoever reported it says that it is fixed; an issue that is resolved is closed by that. Said again of the same closing, it is no
    /// news, and only worth keeping with another satisfaction.
    ///
    /// # Errors
    ///
    /// [`Refusal::NothingToConfirm`] unless it is resolved or closed.
    pub(crate) fn confirm(&mut self, note: &str, now: DateTime<Utc>) -> Result<Vec<Step>, Refusal> {
        let confirmed = match self.state {
            IssueState::Closed if self.confirmation == Confirmation::Confirmed => {
                return Ok(vec![self.say_satisfaction(note, now)]);
            }
            IssueState::Closed => self.step("issue.confirmed", Some(self.state), now),
            IssueState::Resolved => self.pass(Move::Close, "issue.confirmed", now)?,
            state => return Err(Refusal::NothingToConfirm { state }),
        };
        self.confirmation = Confirmation::Confirmed;
        Ok(vec![confirmed.saying("A resident says that it is fixed.").confiding(note)])
    }

    /// A resident says that it is not fixed: it reopens, and goes back to its provider if it has one that is still active. One
    /// whose words nobody has found fit to publish waits for that again.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`] unless its closing can be disputed.
    pub(crate) fn dispute(
        &mut self,
        reason: &str,
        provider_active: bool,
        now: DateTime<Utc>,
    ) -> Result<Vec<Step>, Refusal> {
        let disputed = self.pass(Move::Dispute, "issue.disputed", now)?;
        let mut steps = vec![disputed.saying(RESIDENT_DISPUTES).confiding(reason)];
        self.clock.dispute(self.provider_id);
        self.confirmation = Confirmation::Disputed;
        self.reopened_count += 1;
        steps.extend(self.reopen(provider_active, now)?);
        Ok(steps)
    }

    /// It goes back to its provider if it has one that is still active, or, where nobody has found its words fit to publish, to whoever reads
    /// them.
    fn reopen(&mut self, provider_active: bool, now: DateTime<Utc>) -> Result<Option<Step>, Refusal> {
        self.resolution = None;
        self.duplicate_of = None;
        if self.held_back {
            return Ok(Some(self.hold_back(now)?));
        }
        if !provider_active {
            self.leave_to_manager();
        }
        if self.provider_id.is_none() {
            return Ok(None);
        }
        let back = self.pass(Move::Route, "issue.routed", now)?.by_rule();
        Ok(Some(back.saying(format!("{BACK}{}.", self.provider_name))))
    }

    /// The manager found that the closing was right after all.
    ///
    /// # Errors
    ///
    /// [`Refusal::StateForbids`]; [`Refusal::ClosingNotDisputed`].
    pub(crate) fn uphold_closing(&mut self, reason: &str, now: DateTime<Utc>) -> Result<Step, Refusal> {
        self.state.after(Move::Uphold)?;
        if self.clock.disputed_end.is_none() {
            return Err(Refusal::ClosingNotDisputed);
        }
        let step = self.pass(Move::Uphold, "issue.closing_upheld", now)?;
        self.clock.uphold()?;
        let time = self.clock.ended.unwrap_or(now);
        self.resolution = Some(Resolution { reason: reason.to_owned(), evidence: Vec::new(), time });
        Ok(step.saying(reason))
    }

    /// Somebody else supports it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Ended`] when there is nothing left to support; [`Refusal::TooManySupporters`].
    pub(crate) fn support(&mut self, limit: u32, now: DateTime<Utc>) -> Result<Step, Refusal> {
        if !self.state.is_open() {
            return Err(Refusal::Ended { state: self.state });
        }
        if u32::try_from(self.supporter_count).is_ok_and(|count| count >= limit) {
            return Err(Refusal::TooManySupporters { limit });
        }
        self.supporter_count += 1;
        Ok(self.step("issue.supported", Some(self.state), now))
    }

    fn finish(&mut self, reason: &str, evidence: Vec<Evidence>, at: DateTime<Utc>) {
        self.clock.end(at);
        self.resolution = Some(Resolution { reason: reason.to_owned(), evidence, time: at });
    }

    fn resolution_reason(&self) -> String {
        self.resolution.as_ref().map(|resolution| resolution.reason.clone()).unwrap_or_default()
    }
}
