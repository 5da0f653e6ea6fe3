//! Where a question is asked, what waits for its answer, and how the waiting ends.

use chrono::TimeDelta;

use super::*;
use crate::domain::clock::Pledge;
use crate::domain::fixture::{self, calendar, hours, start};
use crate::domain::issue::{PledgeFound, Routing};

/// To a provider whose standard, of two working days, lists these reasons to pause.
fn routing(pause_reasons: &[&str]) -> Routing {
    let pause_reasons = pause_reasons.iter().map(|reason| (*reason).to_owned()).collect();
    fixture::routing(6, PledgeFound::Found(Pledge { pause_reasons, ..fixture::pledge(2) }))
}

/// An issue that was sent to such a provider.
fn routed(pause_reasons: &[&str]) -> Issue {
    let routing = routing(pause_reasons);
    let (mut issue, mut steps) = Issue::report(fixture::report(), None, Some(&routing), start()).unwrap();
    issue.await_answer(&steps, 5, &calendar(), start());
    issue.settle(&calendar(), start(), &mut steps);
    issue
}

fn in_progress(pause_reasons: &[&str]) -> Issue {
    let mut issue = routed(pause_reasons);
    issue.accept("", hours(1)).unwrap();
    issue.start_work("", hours(2)).unwrap();
    // As with every write of an issue that is not just sent to a provider.
    issue.answer_due_time = None;
    issue
}

const ASKING: Asking<'static> = Asking { text: "Which side of the road?", pause_reason: "", within: 5 };
const LEFT: Reply<'static> = Reply { text: "The left one", reporter_id: None };

fn ask(issue: &mut Issue, at: DateTime<Utc>) -> Inquiry {
    let (inquiry, step) = issue.ask_reporter(&ASKING, &calendar(), at).unwrap();
    assert_eq!((step.kind.as_str(), step.automatic), (ASKED, false));
    assert!(step.note.contains(ASKING.text) && step.private_note.is_empty(), "a question is public: {step:?}");
    inquiry
}

fn answer(issue: &mut Issue, inquiry: &mut Inquiry, at: DateTime<Utc>) -> Result<Step, Refusal> {
    issue.answer_question(inquiry, LEFT, &calendar(), at)
}

#[test]
fn it_is_asked_where_somebody_works_on_the_issue_and_nowhere_else() {
    for state in IssueState::ALL {
        let mut issue = Issue { state: *state, ..routed(&[]) };
        let before = issue.clone();
        let asked = issue.ask_reporter(&ASKING, &calendar(), hours(3));
        let after = match state {
            IssueState::Routed => Some(IssueState::Routed),
            IssueState::Accepted => Some(IssueState::Accepted),
            IssueState::InProgress | IssueState::OnHold => Some(IssueState::OnHold),
            _ => None,
        };
        match after {
            Some(after) => {
                let (inquiry, step) = asked.unwrap();
                assert_eq!((issue.state, step.from, step.to), (after, Some(*state), after), "from {state}");
                assert_eq!((inquiry.number, issue.question_count), (1, 1));
                assert_eq!(inquiry.standing(issue.open_question.as_ref()), Standing::Waiting);
            }
            None => {
                assert_eq!(asked.unwrap_err(), Refusal::NobodyAsks { state: *state });
                assert_eq!(issue, before, "nothing was changed in {state}");
            }
        }
    }
    let mut nobodys = Issue { provider_id: None, ..in_progress(&[]) };
    assert!(nobodys.ask_reporter(&ASKING, &calendar(), hours(3)).is_err(), "a case of another system has no provider");
}

#[test]
fn the_clock_stands_still_for_a_reason_that_the_standard_lists_and_runs_on_for_any_other() {
    let asked = |reasons: &[&str], pause_reason| {
        let mut issue = in_progress(reasons);
        let (inquiry, _) = issue.ask_reporter(&Asking { pause_reason, ..ASKING }, &calendar(), hours(3)).unwrap();
        assert_eq!(inquiry.clock_paused, issue.clock.stands_still(hours(3)), "what is told is so");
        inquiry.clock_paused
    };
    assert!(asked(&[PAUSE_REASON], ""));
    assert!(asked(&["awaiting_access", "awaiting_resident"], "awaiting_resident"));
    assert!(!asked(&["awaiting_access"], ""), "it is not listed");
    assert!(!asked(&[PAUSE_REASON], "holidays"), "another reason is named");
    assert!(!asked(&[], ""));
}

#[test]
fn one_question_waits_at_a_time_and_there_is_an_end_to_them() {
    let mut issue = in_progress(&[]);
    let mut inquiry = ask(&mut issue, hours(3));
    let second = issue.ask_reporter(&ASKING, &calendar(), hours(4));
    assert_eq!(second.unwrap_err(), Refusal::QuestionWaits { state: IssueState::OnHold, number: 1 });
    for number in 2..=MOST_QUESTIONS {
        answer(&mut issue, &mut inquiry, hours(4)).unwrap();
        inquiry = ask(&mut issue, hours(4));
        assert_eq!(inquiry.number, number);
    }
    answer(&mut issue, &mut inquiry, hours(4)).unwrap();
    let one_more = issue.ask_reporter(&ASKING, &calendar(), hours(4));
    assert_eq!(one_more.unwrap_err(), Refusal::TooManyQuestions { state: IssueState::InProgress });
}

#[test]
fn an_answer_lets_the_work_and_the_clock_go_on_and_gives_back_the_time() {
    let mut issue = in_progress(&[PAUSE_REASON]);
    let mut inquiry = ask(&mut issue, hours(3));
    let two_days = hours(3) + TimeDelta::days(2);
    let step = answer(&mut issue, &mut inquiry, two_days).unwrap();
    assert_eq!((step.from, step.to), (Some(IssueState::OnHold), IssueState::InProgress));
    assert_eq!((step.private_note.as_str(), step.note.contains(LEFT.text)), (LEFT.text, false), "it is not public");
    assert_eq!((inquiry.answer.as_str(), inquiry.answer_time), (LEFT.text, Some(two_days)));
    assert!(!issue.clock.is_paused() && issue.open_question.is_none());
    assert_eq!(issue.clock.paused_time(hours(999)), TimeDelta::days(2));
    let again = answer(&mut issue, &mut inquiry, two_days);
    assert_eq!(again.unwrap_err(), Refusal::QuestionAnswered { state: IssueState::InProgress, number: 1 });
}

#[test]
fn what_was_on_hold_for_something_else_stays_so() {
    let mut issue = in_progress(&["awaiting_access", PAUSE_REASON]);
    issue.hold("Locked gate", "awaiting_access", hours(3)).unwrap();
    let mut inquiry = ask(&mut issue, hours(4));
    assert!(inquiry.clock_paused, "it stands still already");
    answer(&mut issue, &mut inquiry, hours(5)).unwrap();
    assert_eq!(issue.state, IssueState::OnHold);
    assert!(issue.clock.is_paused(), "the gate is still locked");
}

#[test]
fn a_question_lapses_once_after_its_last_working_day() {
    let mut issue = in_progress(&[PAUSE_REASON]);
    let inquiry = ask(&mut issue, hours(3));
    let due: DateTime<Utc> = "2026-01-19T23:59:59Z".parse().unwrap();
    assert_eq!(inquiry.due_time, due, "five working days after Monday the 12th");
    assert_eq!(issue.lapse_question(&calendar(), due).unwrap(), None, "a second is left");
    // The timer was away for two days: that is not the provider's to have.
    let (number, step) = issue.lapse_question(&calendar(), due + TimeDelta::days(2)).unwrap().unwrap();
    assert_eq!((number, step.kind.as_str(), step.automatic), (1, LAPSED, true));
    assert_eq!((step.from, step.to), (Some(IssueState::OnHold), IssueState::InProgress));
    assert_eq!(issue.clock.paused_time(hours(999)), due - hours(3), "the clock went on when the time was over");
    assert_eq!(issue.lapse_question(&calendar(), due + TimeDelta::days(3)).unwrap(), None, "once");
    let lapsed = Inquiry { lapse_time: Some(due + TimeDelta::days(2)), ..inquiry };
    assert_eq!(lapsed.standing(issue.open_question.as_ref()), Standing::Lapsed);
}

#[test]
fn a_late_answer_is_kept_and_moves_nothing_while_the_issue_is_open() {
    let mut issue = in_progress(&[PAUSE_REASON]);
    let mut inquiry = ask(&mut issue, hours(3));
    let late = inquiry.due_time + TimeDelta::hours(1);
    issue.lapse_question(&calendar(), late).unwrap().unwrap();
    let (state, clock) = (issue.state, issue.clock.clone());
    let step = answer(&mut issue, &mut inquiry, late).unwrap();
    assert_eq!((step.from, step.to, step.private_note.as_str()), (Some(state), state, LEFT.text));
    assert_eq!(issue.clock, clock, "the clock runs on");
    assert_eq!(inquiry.standing(None), Standing::Answered);

    let mut other = ask(&mut issue, late);
    issue.close_without_action("It is gone.", late).unwrap();
    assert_eq!(other.standing(issue.open_question.as_ref()), Standing::Overtaken);
    let refused = answer(&mut issue, &mut other, late);
    assert_eq!(refused.unwrap_err(), Refusal::AnswerTooLate { state: IssueState::NoAction });
    assert!(other.answer.is_empty(), "nothing is kept that is of no use");
}

#[test]
fn an_answer_that_comes_before_the_timer_counts_to_the_end_of_the_time_alone() {
    let mut issue = in_progress(&[PAUSE_REASON]);
    let mut inquiry = ask(&mut issue, hours(3));
    let due = inquiry.due_time;
    answer(&mut issue, &mut inquiry, due + TimeDelta::hours(5)).unwrap();
    assert_eq!(issue.clock.paused_time(hours(999)), due - hours(3));
}

#[test]
fn whoever_goes_on_waits_no_longer() {
    type Make = fn(&mut Issue) -> Result<Step, Refusal>;
    let moves: [(&str, Make); 5] = [
        ("start_work", |issue| {
            issue.accept("", hours(4))?;
            issue.start_work("", hours(5))
        }),
        ("route", |issue| issue.route(&routing(&[PAUSE_REASON]), "", hours(5))),
        ("refuse", |issue| issue.refuse("Not ours", None, hours(5)).map(|mut steps| steps.remove(0))),
        ("withdraw", |issue| issue.withdraw("", hours(5))),
        ("close_without_action", |issue| issue.close_without_action("No.", hours(5))),
    ];
    for (by, make) in moves {
        let mut issue = routed(&[PAUSE_REASON]);
        let inquiry = ask(&mut issue, hours(3));
        assert!(issue.clock.is_paused());
        make(&mut issue).unwrap();
        assert!(issue.open_question.is_none() && !issue.clock.is_paused(), "after {by}: {issue:?}");
        assert_eq!(issue.clock.paused_time(hours(999)), TimeDelta::hours(2), "after {by}");
        assert_eq!(inquiry.standing(issue.open_question.as_ref()), Standing::Overtaken);
    }
    let mut issue = in_progress(&[PAUSE_REASON]);
    ask(&mut issue, hours(3));
    issue.resume("It can be done after all.", hours(5)).unwrap();
    assert!(issue.open_question.is_none() && !issue.clock.is_paused());
    let mut issue = routed(&[PAUSE_REASON]);
    ask(&mut issue, hours(3));
    issue.accept("", hours(4)).unwrap();
    assert!(issue.open_question.is_some() && issue.clock.is_paused(), "who accepts may still want to know");
}

#[test]
fn a_provider_that_has_not_said_yes_or_no_has_a_working_day_left_for_that() {
    let mut issue = routed(&[]);
    assert_eq!(issue.answer_due_time, Some("2026-01-19T23:59:59Z".parse().unwrap()));
    let friday: DateTime<Utc> = "2026-01-16T10:00:00Z".parse().unwrap();
    let mut inquiry = ask(&mut issue, friday);
    assert_eq!(inquiry.due_time, "2026-01-23T23:59:59Z".parse::<DateTime<Utc>>().unwrap());
    assert!(!issue.is_unanswered(inquiry.due_time), "it does not run out meanwhile");
    answer(&mut issue, &mut inquiry, friday + TimeDelta::hours(1)).unwrap();
    assert_eq!(issue.answer_due_time, Some("2026-01-19T23:59:59Z".parse().unwrap()), "a quick answer wins no time");
    let mut issue = routed(&[]);
    let mut inquiry = ask(&mut issue, friday);
    let wednesday: DateTime<Utc> = "2026-01-21T10:00:00Z".parse().unwrap();
    answer(&mut issue, &mut inquiry, wednesday).unwrap();
    assert_eq!(issue.answer_due_time, Some("2026-01-22T23:59:59Z".parse().unwrap()), "the next working day");
    assert!(issue.is_unanswered("2026-01-23T00:00:00Z".parse().unwrap()));
}

#[test]
fn an_answer_goes_with_the_person_and_the_question_stays() {
    let mut issue = in_progress(&[]);
    let mut inquiry = ask(&mut issue, hours(3));
    answer(&mut issue, &mut inquiry, hours(4)).unwrap();
    let mut others = inquiry.clone();
    assert!(!others.forget(&Traces::default(), false), "somebody else leaves");
    assert!(inquiry.forget(&Traces::default(), true));
    assert_eq!((inquiry.text.as_str(), inquiry.answer.as_str()), (ASKING.text, ""));
    assert_eq!(inquiry.standing(None), Standing::Answered, "that it was answered stays");
}

#[test]
fn a_provider_wins_time_with_its_first_question_alone() {
    let mut issue = routed(&[]);
    let due = issue.answer_due_time.unwrap();
    let mut first = ask(&mut issue, due);
    assert!(issue.answer_due_time.unwrap() > first.due_time, "it waits for the answer");
    answer(&mut issue, &mut first, due + TimeDelta::hours(1)).unwrap();
    let answered = issue.answer_due_time.unwrap();
    assert!(answered > due, "and has a day left");
    let mut second = ask(&mut issue, answered);
    assert_eq!(issue.answer_due_time, Some(answered));
    answer(&mut issue, &mut second, answered).unwrap();
    assert_eq!(issue.answer_due_time, Some(answered));
    assert!(issue.is_unanswered(answered + TimeDelta::seconds(1)));
}
