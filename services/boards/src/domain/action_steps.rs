//! The steps of an action after it was put forward. Each asks the table of [`super::action_state`] first.

use chrono::{DateTime, Days, NaiveDate, Utc};
use pathfinder_terms::calendar::{WorkingCalendar, local_date};
use pathfinder_terms::{DecisionId, PersonId, Rag};

use super::action::{Action, ActionPriority, Agreement, Evidence, Report};
use super::action_state::{ActionStatus, ActionStep};
use super::constitution::ActionRules;
use super::due_date::{self, DueDateMove};
use super::{Actor, Fault, Refusal};

/// What happened to an action, for its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The step.
    pub step: ActionStep,
    /// The state before; none for the first.
    pub from: Option<ActionStatus>,
    /// The state after.
    pub to: ActionStatus,
    /// What was said of it.
    pub note: String,
}

/// What to change of an action; none = unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActionChanges {
    /// The title.
    pub title: Option<String>,
    /// What is to be done.
    pub text: Option<String>,
    /// The theme.
    pub theme: Option<String>,
    /// The name of the person who answers for it.
    pub person_name: Option<String>,
    /// The person who answers for it; an inner none takes them off.
    pub person_id: Option<Option<PersonId>>,
    /// How much it presses.
    pub priority: Option<ActionPriority>,
}

/// A verifier's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is done; residents are told this.
    Accepted {
        /// You said, we did.
        feedback_note: String,
    },
    /// It is not.
    Rejected {
        /// What is still to be done.
        reason: String,
    },
}

impl Action {
    /// Changes its words or people.
    pub fn update(&mut self, changes: ActionChanges) -> Result<Taken, Refusal> {
        if self.status == ActionStatus::PendingVerification && changes.person_id.is_some() {
            // Otherwise its owner could step aside, and verify.
            let fault = "cannot change while the action waits for its verifier";
            return Err(Refusal::invalid("owner_person_id", fault));
        }
        let taken = self.take(ActionStep::Update, String::new())?;
        self.title = changes.title.unwrap_or_else(|| std::mem::take(&mut self.title));
        self.text = changes.text.unwrap_or_else(|| std::mem::take(&mut self.text));
        self.theme = changes.theme.unwrap_or_else(|| std::mem::take(&mut self.theme));
        self.owner.person_name = changes.person_name.unwrap_or_else(|| std::mem::take(&mut self.owner.person_name));
        self.owner.person_id = changes.person_id.unwrap_or(self.owner.person_id);
        self.priority = changes.priority.unwrap_or(self.priority);
        Ok(taken)
    }

    /// Agrees it: by a decision, or by the manager under delegation. The owner has so many working days to accept.
    pub fn agree(
        &mut self,
        decision_id: Option<DecisionId>,
        calendar: &WorkingCalendar,
        rules: &ActionRules,
        now: DateTime<Utc>,
    ) -> Result<Taken, Refusal> {
        let note =
            if decision_id.is_some() { "By a decision of the board." } else { "By the manager under delegation." };
        let taken = self.take(ActionStep::Agree, note.to_owned())?;
        let acceptance_due = calendar.add_working_days(local_date(now), rules.acceptance_working_days);
        self.agreement = Some(Agreement { decision_id, acceptance_due });
        Ok(taken)
    }

    /// The owner takes it on.
    pub fn accept(&mut self, now: DateTime<Utc>) -> Result<Taken, Refusal> {
        let taken = self.take(ActionStep::Accept, String::new())?;
        if self.accept_time.is_some() {
            return Err(Refusal::ActionAlreadyAccepted { owner: self.owner.organisation.clone() });
        }
        self.accept_time = Some(now);
        Ok(taken)
    }

    /// Whether the owner let the time to accept it pass.
    #[must_use]
    pub fn is_to_escalate(&self, today: NaiveDate) -> bool {
        let waiting = self.status == ActionStatus::Agreed && self.accept_time.is_none() && self.escalate_time.is_none();
        waiting && self.agreement.is_some_and(|agreement| agreement.acceptance_due.date < today)
    }

    /// Puts it before the board, because the owner did not accept it in time.
    pub fn escalate(&mut self, now: DateTime<Utc>) -> Result<Taken, Refusal> {
        let note = format!("{} did not accept it in time.", self.owner.organisation);
        let taken = self.take(ActionStep::Escalate, note)?;
        self.escalate_time = Some(now);
        Ok(taken)
    }

    /// Begins the work.
    pub fn start(&mut self, rules: &ActionRules, now: DateTime<Utc>) -> Result<Taken, Refusal> {
        let taken = self.take(ActionStep::Start, String::new())?;
        if self.accept_time.is_none() {
            return Err(Refusal::ActionNotAccepted { owner: self.owner.organisation.clone() });
        }
        self.next_update_due_date = next_update(rules, now);
        Ok(taken)
    }

    /// Says what holds it up.
    pub fn block(&mut self, reason: String) -> Result<Taken, Refusal> {
        let taken = self.take(ActionStep::Block, reason.clone())?;
        self.status_reason = reason;
        Ok(taken)
    }

    /// Lays it aside; no report is due until it goes on.
    pub fn suspend(&mut self, reason: String) -> Result<Taken, Refusal> {
        let taken = self.take(ActionStep::Suspend, reason.clone())?;
        self.status_reason = reason;
        self.next_update_due_date = None;
        Ok(taken)
    }

    /// Goes on.
    pub fn resume(&mut self, rules: &ActionRules, now: DateTime<Utc>) -> Result<Taken, Refusal> {
        let taken = self.take(ActionStep::Resume, String::new())?;
        self.status_reason.clear();
        self.next_update_due_date = self.next_update_due_date.or_else(|| next_update(rules, now));
        Ok(taken)
    }

    /// Moves the due date. Moving often or far needs a decision, whose id the caller has found to be carried.
    pub fn move_due_date(&mut self, entry: DueDateMove, rules: &ActionRules) -> Result<Taken, Refusal> {
        let taken =
            self.take(ActionStep::MoveDueDate, format!("From {} to {}: {}", entry.from, entry.to, entry.reason))?;
        if entry.to == self.due_date {
            return Err(Refusal::invalid("due_date", "is the due date already"));
        }
        if entry.to < self.start_date {
            return Err(Refusal::invalid("due_date", "must not be before the start"));
        }
        let decided = entry.decision_id.is_some();
        due_date::require_allowed(rules, self.due_date_moves.len(), self.original_due_date, entry.to, decided)?;
        self.due_date = entry.to;
        self.due_date_moves.push(entry);
        Ok(taken)
    }

    /// The owner's report.
    pub fn report_progress(
        &mut self,
        report: Report,
        evidence: Vec<Evidence>,
        rules: &ActionRules,
    ) -> Result<Taken, Refusal> {
        check_report(&report)?;
        let taken = self.take(ActionStep::ReportProgress, report.narrative.clone())?;
        self.next_update_due_date = next_update(rules, report.report_time);
        self.report = Some(report);
        self.evidence.extend(evidence);
        Ok(taken)
    }

    /// The owner says that it is done.
    pub fn submit(
        &mut self,
        closing_note: String,
        evidence: Vec<Evidence>,
        submitter: Actor,
        now: DateTime<Utc>,
    ) -> Result<Taken, Refusal> {
        let taken = self.take(ActionStep::Submit, closing_note.clone())?;
        self.closing_note = closing_note;
        self.evidence.extend(evidence);
        self.submit_time = Some(now);
        self.submitter = Some(submitter);
        self.next_update_due_date = None;
        Ok(taken)
    }

    /// The word of someone other than whoever submitted it. That they do not own it either, the caller has found.
    pub fn verify(
        &mut self,
        verdict: Verdict,
        verifier: Actor,
        rules: &ActionRules,
        now: DateTime<Utc>,
    ) -> Result<Taken, Refusal> {
        if let Some(submitter) = self.submitter.as_ref().filter(|submitter| submitter.id == verifier.id) {
            return Err(Refusal::VerifierIsSubmitter { submitter: submitter.name.clone() });
        }
        match verdict {
            Verdict::Accepted { feedback_note } => {
                let taken = self.take(ActionStep::Verify, feedback_note.clone())?;
                self.feedback_note = feedback_note;
                self.verifier = Some(verifier);
                self.complete_time = Some(now);
                Ok(taken)
            }
            Verdict::Rejected { reason } => {
                let taken = self.take(ActionStep::Reject, reason.clone())?;
                self.status_reason = reason;
                self.submit_time = None;
                self.submitter = None;
                self.next_update_due_date = next_update(rules, now);
                Ok(taken)
            }
        }
    }

    /// Drops it, by a decision that the caller has found to be carried.
    pub fn cancel(&mut self, decision_id: DecisionId, reason: String) -> Result<Taken, Refusal> {
        let taken = self.take(ActionStep::Cancel, reason.clone())?;
        self.status_reason = reason;
        self.cancel_decision_id = Some(decision_id);
        self.next_update_due_date = None;
        Ok(taken)
    }

    /// The first entry of its history.
    #[must_use]
    pub fn raised(&self) -> Taken {
        Taken { step: ActionStep::Raise, from: None, to: self.status, note: self.title.clone() }
    }

    fn take(&mut self, step: ActionStep, note: String) -> Result<Taken, Refusal> {
        let from = self.status;
        self.status = from.after(step)?;
        Ok(Taken { step, from: Some(from), to: self.status, note })
    }
}

fn next_update(rules: &ActionRules, now: DateTime<Utc>) -> Option<NaiveDate> {
    local_date(now).checked_add_days(Days::new(u64::from(rules.update_interval_days)))
}

/// A report is green, amber or red, and amber and red explain themselves.
pub fn check_report(report: &Report) -> Result<(), Refusal> {
    let mut faults = Vec::new();
    if !matches!(report.rag, Rag::Green | Rag::Amber | Rag::Red) {
        faults.push(Fault::new("rag", "must be green, amber or red"));
    }
    if matches!(report.rag, Rag::Amber | Rag::Red) {
        let missing = [
            ("cause", report.cause.trim().is_empty()),
            ("consequence", report.consequence.trim().is_empty()),
            ("get_well_date", report.get_well_date.is_none()),
        ];
        let named = missing.into_iter().filter(|(_, missing)| *missing);
        faults.extend(named.map(|(field, _)| Fault::new(field, "is needed where the rating is amber or red")));
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults)) }
}

#[cfg(test)]
mod tests {
    use pathfinder_terms::Nation;

    use super::super::action::tests::{action, actor, report};
    use super::super::member::tests::day;
    use super::*;

    fn at(date: NaiveDate) -> DateTime<Utc> {
        date.and_hms_opt(9, 0, 0).expect("a time of the test").and_utc()
    }

    fn agreed() -> Action {
        let mut action = action();
        let calendar = WorkingCalendar::of(Nation::EnglandAndWales);
        action.agree(None, &calendar, &ActionRules::default(), at(day(2026, 2, 2))).expect("proposed");
        action
    }

    fn started() -> Action {
        let mut action = agreed();
        action.accept(at(day(2026, 2, 3))).expect("agreed");
        action.start(&ActionRules::default(), at(day(2026, 3, 1))).expect("accepted");
        action
    }

    #[test]
    fn the_owner_has_ten_working_days_to_accept_then_it_escalates() {
        let mut action = agreed();
        assert_eq!(action.agreement.map(|agreement| agreement.acceptance_due.date), Some(day(2026, 2, 16)));
        assert!(!action.is_to_escalate(day(2026, 2, 16)));
        assert!(action.is_to_escalate(day(2026, 2, 17)));
        action.escalate(at(day(2026, 2, 17))).expect("agreed");
        assert!(!action.is_to_escalate(day(2026, 2, 18)), "once is enough");
        action.accept(at(day(2026, 2, 18))).expect("late is better than never");
        assert!(matches!(action.accept(at(day(2026, 2, 19))), Err(Refusal::ActionAlreadyAccepted { .. })));
    }

    #[test]
    fn work_does_not_start_before_the_owner_accepts() {
        let mut action = agreed();
        let refused = action.start(&ActionRules::default(), at(day(2026, 3, 1)));
        assert!(matches!(refused, Err(Refusal::ActionNotAccepted { .. })));
    }

    #[test]
    fn a_report_of_amber_explains_itself() {
        let mut unexplained = report(Rag::Amber, None);
        unexplained.cause.clear();
        unexplained.get_well_date = None;
        let Err(Refusal::Invalid(faults)) = check_report(&unexplained) else { panic!("it is refused") };
        assert_eq!(faults.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>(), ["cause", "get_well_date"]);
        unexplained.rag = Rag::Green;
        assert_eq!(check_report(&unexplained), Ok(()));
        unexplained.rag = Rag::Blue;
        assert!(check_report(&unexplained).is_err());
    }

    #[test]
    fn a_report_puts_the_next_one_off() {
        let mut action = started();
        assert_eq!(action.next_update_due_date, Some(day(2026, 3, 29)));
        let report = Report { report_time: at(day(2026, 3, 20)), ..report(Rag::Green, None) };
        action.report_progress(report, Vec::new(), &ActionRules::default()).expect("in progress");
        assert_eq!(action.next_update_due_date, Some(day(2026, 4, 17)));
        action.suspend("No access".to_owned()).expect("in progress");
        assert_eq!(action.next_update_due_date, None);
        action.resume(&ActionRules::default(), at(day(2026, 5, 1))).expect("suspended");
        assert_eq!(action.next_update_due_date, Some(day(2026, 5, 29)));
    }

    #[test]
    fn the_due_date_moves_and_the_original_stays() {
        let mut action = started();
        let entry = |from: &Action, to| DueDateMove {
            from: from.due_date,
            to,
            reason: "Rain".to_owned(),
            decision_id: None,
            actor: actor("Owner"),
            move_time: at(day(2026, 3, 2)),
        };
        let rules = ActionRules::default();
        for to in [day(2026, 4, 10), day(2026, 4, 20)] {
            let next = entry(&action, to);
            action.move_due_date(next, &rules).expect("two are free");
        }
        let third = entry(&action, day(2026, 4, 25));
        let refused = action.clone().move_due_date(third.clone(), &rules);
        assert!(matches!(refused, Err(Refusal::MoveNeedsDecision { moves: 3, .. })));
        let decided = DueDateMove { decision_id: Some(DecisionId(uuid::Uuid::from_u128(5))), ..third };
        action.move_due_date(decided, &rules).expect("the board allowed it");
        assert_eq!((action.original_due_date, action.due_date), (day(2026, 3, 31), day(2026, 4, 25)));
        let same = entry(&action, action.due_date);
        assert!(matches!(action.move_due_date(same, &rules), Err(Refusal::Invalid(_))));
    }

    #[test]
    fn a_verifier_completes_it_or_sends_it_back() {
        let rules = ActionRules::default();
        let mut action = started();
        action.submit("Cleared".to_owned(), Vec::new(), actor("Owner"), at(day(2026, 3, 20))).expect("in progress");
        let rejected = Verdict::Rejected { reason: "Half is left".to_owned() };
        let taken = action.verify(rejected, actor("Street rep"), &rules, at(day(2026, 3, 21))).expect("pending");
        assert_eq!((taken.to, action.submit_time, &action.submitter), (ActionStatus::InProgress, None, &None));
        action.submit("Cleared now".to_owned(), Vec::new(), actor("Owner"), at(day(2026, 3, 25))).expect("in progress");
        let accepted = Verdict::Accepted { feedback_note: "You said, we did".to_owned() };
        let taken = action.verify(accepted, actor("Street rep"), &rules, at(day(2026, 3, 26))).expect("pending");
        assert_eq!((taken.step.past(), taken.to), ("completed", ActionStatus::Complete));
        assert_eq!(action.feedback_note, "You said, we did");
        assert!(matches!(
            action.cancel(DecisionId(uuid::Uuid::nil()), String::new()),
            Err(Refusal::StateForbids { .. })
        ));
    }

    #[test]
    fn whoever_submitted_it_does_not_verify_it() {
        let rules = ActionRules::default();
        let mut action = started();
        action.submit("Cleared".to_owned(), Vec::new(), actor("Manager"), at(day(2026, 3, 20))).expect("in progress");
        let accepted = Verdict::Accepted { feedback_note: "You said, we did".to_owned() };
        let rejected = Verdict::Rejected { reason: "Half is left".to_owned() };
        for verdict in [accepted.clone(), rejected.clone()] {
            let renamed = Actor { name: "Another name".to_owned(), ..actor("Manager") };
            let refused = action.verify(verdict, renamed, &rules, at(day(2026, 3, 21)));
            assert_eq!(refused, Err(Refusal::VerifierIsSubmitter { submitter: "Manager".to_owned() }));
            assert_eq!(action.status, ActionStatus::PendingVerification, "nothing moved");
        }
        action.verify(rejected, actor("Chair"), &rules, at(day(2026, 3, 21))).expect("someone else");
        action.submit("Cleared".to_owned(), Vec::new(), actor("Owner"), at(day(2026, 3, 22))).expect("in progress");
        action
            .verify(accepted, actor("Manager"), &rules, at(day(2026, 3, 23)))
            .expect("this time another submitted it");
    }
}
