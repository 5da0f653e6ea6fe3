//! Both RAG ratings of an action: the one its owner reports and the one the rule finds.
//!
//! By rule: complete → blue; suspended or cancelled, both with approval → grey; not started and its start ahead → none; else by
//! slip, the days from the original due date to the later of today and the forecast: 0 → green (amber when an update is overdue
//! or a linked commitment is red), up to the constitution's threshold → amber, more → red.

use chrono::NaiveDate;
use pathfinder_terms::Rag;
use pathfinder_terms::calendar::local_date;
use serde::{Deserialize, Serialize};

use super::action::Action;
use super::action_state::ActionStatus;
use super::constitution::ActionRules;

/// How an action stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// How its owner sees it; none before the first report.
    pub reported: Rag,
    /// How the rule sees it.
    pub computed: Rag,
    /// The slip that this rests on.
    pub slip_days: i64,
    /// Whether a report is overdue.
    pub update_overdue: bool,
    /// Whether the owner reports better than the rule finds.
    pub reported_too_well: bool,
}

impl Standing {
    /// How an action stands on a day, given the ratings of the commitments that answer it.
    #[must_use]
    pub fn of(action: &Action, today: NaiveDate, rules: &ActionRules, commitments: &[Rag]) -> Self {
        let update_overdue = action.next_update_due_date.is_some_and(|due| due < today);
        let slip_days = slip(action, today);
        let computed = match action.status {
            ActionStatus::Complete => Rag::Blue,
            ActionStatus::Suspended | ActionStatus::Cancelled => Rag::Grey,
            ActionStatus::Proposed | ActionStatus::Agreed if action.start_date > today => Rag::None,
            ActionStatus::Proposed
            | ActionStatus::Agreed
            | ActionStatus::InProgress
            | ActionStatus::Blocked
            | ActionStatus::PendingVerification => {
                by_slip(slip_days, rules, update_overdue || commitments.contains(&Rag::Red))
            }
        };
        let reported = action.report.as_ref().map(|report| report.rag);
        Self {
            reported: reported.unwrap_or(Rag::None),
            computed,
            slip_days,
            update_overdue,
            reported_too_well: reported.is_some_and(|reported| reported.severity() < computed.severity()),
        }
    }
}

fn by_slip(slip_days: i64, rules: &ActionRules, warned: bool) -> Rag {
    if slip_days > i64::from(rules.amber_slip_days) {
        Rag::Red
    } else if slip_days > 0 || warned {
        Rag::Amber
    } else {
        Rag::Green
    }
}

/// Days from the original due date to the end: of finished work the day on which it was finished, of other work the later of
/// today and the forecast, which is the due date where the owner gave none.
fn slip(action: &Action, today: NaiveDate) -> i64 {
    let finished = action
        .submit_time
        .filter(|_| matches!(action.status, ActionStatus::PendingVerification | ActionStatus::Complete));
    let forecast = action.report.as_ref().and_then(|report| report.forecast_date).unwrap_or(action.due_date);
    let end = finished.map_or_else(|| today.max(forecast), local_date);
    (end - action.original_due_date).num_days().max(0)
}

#[cfg(test)]
mod tests {
    use super::super::action::tests::{action, report};
    use super::super::member::tests::day;
    use super::*;

    fn rag(action: &Action, today: NaiveDate, commitments: &[Rag]) -> Rag {
        Standing::of(action, today, &ActionRules::default(), commitments).computed
    }

    fn in_progress() -> Action {
        Action { status: ActionStatus::InProgress, ..action() }
    }

    #[test]
    fn states_with_a_rating_of_their_own() {
        let late = day(2027, 1, 1);
        let with = |status| rag(&Action { status, ..action() }, late, &[]);
        assert_eq!(with(ActionStatus::Complete), Rag::Blue);
        assert_eq!(with(ActionStatus::Suspended), Rag::Grey);
        assert_eq!(with(ActionStatus::Cancelled), Rag::Grey);
        assert_eq!(rag(&action(), day(2026, 2, 28), &[]), Rag::None, "starts on 1 March");
        assert_eq!(rag(&action(), day(2026, 3, 1), &[]), Rag::Green, "should have been started");
    }

    #[test]
    fn slip_0_is_green_1_to_30_amber_over_30_red() {
        let action = in_progress();
        let cases = [
            (day(2026, 3, 31), Rag::Green),
            (day(2026, 4, 1), Rag::Amber),
            (day(2026, 4, 30), Rag::Amber),
            (day(2026, 5, 1), Rag::Red),
        ];
        for (today, expected) in cases {
            assert_eq!(rag(&action, today, &[]), expected, "{today}");
        }
    }

    #[test]
    fn the_forecast_counts_where_it_is_later_than_today() {
        let mut action = in_progress();
        action.report = Some(report(Rag::Amber, Some(day(2026, 5, 1))));
        assert_eq!(rag(&action, day(2026, 3, 10), &[]), Rag::Red, "31 days past the original date");
        action.report = Some(report(Rag::Amber, Some(day(2026, 4, 30))));
        assert_eq!(rag(&action, day(2026, 3, 10), &[]), Rag::Amber);
    }

    #[test]
    fn a_moved_due_date_does_not_hide_the_slip() {
        let action = Action { due_date: day(2026, 4, 10), ..in_progress() };
        assert_eq!(rag(&action, day(2026, 3, 10), &[]), Rag::Amber);
        assert_eq!(rag(&action, day(2026, 5, 5), &[]), Rag::Red);
    }

    #[test]
    fn an_overdue_update_or_a_red_commitment_turns_green_to_amber_only() {
        let overdue = Action { next_update_due_date: Some(day(2026, 3, 9)), ..in_progress() };
        assert_eq!(rag(&overdue, day(2026, 3, 9), &[]), Rag::Green, "due today");
        assert_eq!(rag(&overdue, day(2026, 3, 10), &[]), Rag::Amber);
        assert_eq!(rag(&in_progress(), day(2026, 3, 10), &[Rag::Green, Rag::Red]), Rag::Amber);
        assert_eq!(rag(&in_progress(), day(2026, 3, 10), &[Rag::Amber]), Rag::Green);
        assert_eq!(rag(&overdue, day(2026, 6, 1), &[Rag::Red]), Rag::Red);
    }

    #[test]
    fn work_that_waits_for_its_verifier_slips_no_further() {
        let submitted = day(2026, 3, 30).and_hms_opt(12, 0, 0).map(|time| time.and_utc());
        let action = Action { status: ActionStatus::PendingVerification, submit_time: submitted, ..action() };
        assert_eq!(rag(&action, day(2026, 6, 1), &[]), Rag::Green);
    }

    #[test]
    fn a_report_better_than_the_rule_is_flagged() {
        let mut action = in_progress();
        action.report = Some(report(Rag::Green, None));
        let rules = ActionRules::default();
        assert!(!Standing::of(&action, day(2026, 3, 10), &rules, &[]).reported_too_well);
        assert!(Standing::of(&action, day(2026, 4, 2), &rules, &[]).reported_too_well);
        action.report = Some(report(Rag::Red, None));
        assert!(!Standing::of(&action, day(2026, 4, 2), &rules, &[]).reported_too_well);
    }

    #[test]
    fn another_constitution_has_another_threshold() {
        let rules = ActionRules { amber_slip_days: 0, ..ActionRules::default() };
        assert_eq!(Standing::of(&in_progress(), day(2026, 4, 1), &rules, &[]).computed, Rag::Red);
    }
}
