//! The life of an issue, verb by verb.

use chrono::TimeDelta;
use uuid::Uuid;

use super::*;
use crate::domain::clock::OnTime;
use crate::domain::fixture::{self, calendar, hours, pledge, routing, start};
use crate::domain::{Event, HeldWords, notice, update};

fn report(held: Option<Heading>, routing: Option<&Routing>) -> (Issue, Vec<Step>) {
    let (mut issue, mut steps) = Issue::report(fixture::report(), held, routing, start()).unwrap();
    issue.settle(&calendar(), start(), &mut steps);
    (issue, steps)
}

fn routed() -> Issue {
    report(None, Some(&routing(1, PledgeFound::Found(pledge(2))))).0
}

fn resolved() -> Issue {
    let mut issue = routed();
    issue.accept("", hours(1)).unwrap();
    issue.start_work("", hours(2)).unwrap();
    issue.resolve("Taken away.", Vec::new(), hours(3), hours(4)).unwrap();
    issue
}

fn kinds(steps: &[Step]) -> Vec<&str> {
    steps.iter().map(|step| step.kind.as_str()).collect()
}

#[test]
fn a_report_is_routed_at_once_when_somebody_is_answerable() {
    let (issue, steps) = report(None, Some(&routing(1, PledgeFound::Found(pledge(2)))));
    assert_eq!(kinds(&steps), ["issue.reported", "issue.triaged", "issue.routed"]);
    assert_eq!(steps.iter().map(|step| step.automatic).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(issue.state, IssueState::Routed);
    assert_eq!(issue.clock.due_time(), Some("2026-01-14T23:59:59Z".parse().unwrap()));
}

#[test]
fn without_a_rule_it_goes_on_the_managers_list() {
    let (issue, _) = report(None, None);
    assert_eq!((issue.state, issue.provider_id), (IssueState::Triaged, None));
    assert_eq!(issue.clock.on_time(hours(999)), OnTime::NotMeasured);
}

#[test]
fn a_report_that_is_held_back_is_neither_public_nor_routed() {
    let (mut issue, steps) = report(Some(Heading::Child), Some(&routing(1, PledgeFound::NothingPledged)));
    assert_eq!(kinds(&steps), ["issue.reported", "issue.held_back"]);
    assert!(!issue.is_public());
    let routing = routing(1, PledgeFound::Found(pledge(2)));
    issue.location.address = "Where the boy called Sam lives".to_owned();
    issue.location.location_text = "Behind the bins".to_owned();
    issue.reporter_name = "Mother of a boy called Sam".to_owned();
    let rewording = Rewording {
        description: Some("Fit to publish".to_owned()),
        address: Some(String::new()),
        reporter_name: Some("A mother".to_owned()),
        ..Rewording::default()
    };
    let steps = issue.triage(&rewording, "Read", Some(&routing), hours(50)).unwrap();
    assert!(issue.is_public());
    assert_eq!((issue.location.address.as_str(), issue.location.location_text.as_str()), ("", "Behind the bins"));
    assert_eq!(issue.reporter_name, "A mother");
    assert_eq!(kinds(&steps), ["issue.triaged", "issue.routed"]);
    assert_eq!((issue.description.as_str(), steps[0].note.as_str()), ("Fit to publish", "Read"));
    issue.settle(&calendar(), hours(50), &mut Vec::new());
    assert_eq!(issue.clock.start_time(), Some(start()), "the wait for moderation is not the resident's");
}

#[test]
fn a_report_that_is_held_back_stays_so_however_it_ends() {
    let held = || report(Some(Heading::Child), None).0;
    let other = Issue { id: IssueId(Uuid::from_u128(2)), ..routed() };
    let mut no_action = held();
    no_action.close_without_action("Told the school.", hours(1)).unwrap();
    let mut duplicate = held();
    duplicate.mark_duplicate(&other, "", hours(1)).unwrap();
    let mut withdrawn = held();
    withdrawn.withdraw("", hours(1)).unwrap();
    for ended in [&no_action, &duplicate, &withdrawn] {
        assert!(!ended.state.is_open() && !ended.is_public(), "{}", ended.state.word());
    }
    let steps = no_action.dispute("Nobody came", true, hours(2)).unwrap();
    assert_eq!(kinds(&steps), ["issue.disputed", "issue.held_back"]);
    assert_eq!((no_action.state, no_action.is_public()), (IssueState::AwaitingModeration, false));
    no_action.triage(&Rewording::default(), "", None, hours(3)).unwrap();
    assert!(no_action.is_public(), "a person read it");
}

#[test]
fn why_a_resident_took_it_back_is_confided() {
    let mut issue = routed();
    let step = issue.withdraw("My neighbour threatened me", hours(1)).unwrap();
    assert_eq!(step.private_note, "My neighbour threatened me");
    assert_eq!(step.note, "Taken back by its reporter.");
    assert_eq!(issue.resolution.unwrap().reason, "Taken back by its reporter.");
}

#[test]
fn a_disputed_issue_does_not_go_back_to_a_provider_that_is_inactive() {
    let mut issue = resolved();
    issue.dispute("Still there", false, hours(6)).unwrap();
    assert_eq!((issue.state, issue.provider_id), (IssueState::Reopened, None));
    assert!(issue.clock.pledge().is_some());
}

#[test]
fn an_issue_takes_so_many_supporters_and_no_more() {
    let mut issue = routed();
    issue.support(2, hours(1)).unwrap();
    issue.support(2, hours(1)).unwrap();
    assert_eq!(issue.support(2, hours(1)), Err(Refusal::TooManySupporters { limit: 2 }));
    assert_eq!(issue.supporter_count, 2);
}

/// Settles an issue and tells what others hear of it.
fn settled(before: &Issue, issue: &mut Issue, now: DateTime<Utc>) -> Vec<Event> {
    issue.settle(&calendar(), now, &mut Vec::new());
    Event::between(before, issue, now)
}

fn takes_a_breach_back(events: &[Event]) -> bool {
    events
        .iter()
        .any(|event| matches!(event, Event::IssueClockChanged { issue, breach_withdrawn: true } if !issue.breached))
}

#[test]
fn a_breach_is_taken_back_when_a_closing_in_time_is_upheld() {
    let mut issue = resolved();
    issue.settle(&calendar(), hours(4), &mut Vec::new());
    let before = issue.clone();
    issue.dispute("Still there", true, hours(100)).unwrap();
    let events = settled(&before, &mut issue, hours(100));
    assert!(events.iter().any(|event| matches!(event, Event::IssueBreached(_))));
    let before = issue.clone();
    issue.uphold_closing("It was gone", hours(101)).unwrap();
    let events = settled(&before, &mut issue, hours(101));
    assert!(takes_a_breach_back(&events), "{events:?}");
    assert_eq!((issue.clock.breach_time, issue.clock.on_time(hours(101))), (None, OnTime::Met));
}

#[test]
fn a_breach_is_taken_back_when_the_fix_was_in_time_and_told_late() {
    let mut issue = routed();
    issue.accept("", hours(1)).unwrap();
    issue.start_work("", hours(2)).unwrap();
    issue.settle(&calendar(), hours(100), &mut Vec::new());
    assert!(issue.clock.breach_time.is_some());
    let before = issue.clone();
    issue.resolve("Taken away.", Vec::new(), hours(3), hours(101)).unwrap();
    let mut steps = Vec::new();
    issue.settle(&calendar(), hours(101), &mut steps);
    assert_eq!(kinds(&steps), ["issue.breach_withdrawn"]);
    assert!(takes_a_breach_back(&Event::between(&before, &issue, hours(101))));
    let before = issue.clone();
    assert!(!takes_a_breach_back(&settled(&before, &mut issue, hours(102))), "once");
}

#[test]
fn what_was_found_stands_while_the_pledge_is_not_known() {
    let mut issue = routed();
    issue.settle(&calendar(), hours(100), &mut Vec::new());
    let (before, found) = (issue.clone(), issue.clock.breach_time);
    issue.route(&routing(2, PledgeFound::NotAnswered), "", hours(101)).unwrap();
    assert!(!takes_a_breach_back(&settled(&before, &mut issue, hours(101))));
    let missed: Vec<_> =
        issue.clock.missed_before().map(|former| (former.provider_id, Some(former.due_time))).collect();
    assert_eq!(missed, [(ProviderId(Uuid::from_u128(1)), found)], "whoever had it missed it");
    let before = issue.clone();
    issue.attach(&PledgeFound::Found(pledge(2)), hours(102)).unwrap();
    let told = settled(&before, &mut issue, hours(102));
    assert!(!told.iter().any(|event| matches!(event, Event::IssueBreached(_))), "it was told: {told:?}");
    assert_eq!((issue.clock.breach_time, issue.clock.former_breaches.len()), (found, 0), "the same pledge after all");
}

#[test]
fn a_first_refusal_reroutes_and_a_second_goes_to_the_manager() {
    let mut issue = routed();
    let other = routing(2, PledgeFound::Found(pledge(5)));
    let steps = issue.refuse("On housing land", Some(&other), hours(5)).unwrap();
    assert_eq!(kinds(&steps), ["issue.refused", "issue.routed"]);
    issue.settle(&calendar(), hours(5), &mut Vec::new());
    assert_eq!(issue.clock.start_time(), Some(start()), "a refusal never restarts the clock");
    assert_eq!(issue.provider_name, "Provider 2");
    let steps = issue.refuse("Not ours", Some(&routing(3, PledgeFound::NothingPledged)), hours(6)).unwrap();
    assert_eq!(kinds(&steps), ["issue.refused"]);
    assert_eq!((issue.state, issue.provider_id, issue.refusal_count), (IssueState::NotResponsible, None, 2));
    assert!(issue.clock.pledge().is_some(), "the clock runs on while the manager looks for somebody");
}

#[test]
fn a_provider_cannot_refuse_in_its_own_favour() {
    let mut issue = routed();
    let itself = routing(1, PledgeFound::Found(pledge(5)));
    issue.refuse("Later, perhaps", Some(&itself), hours(5)).unwrap();
    assert_eq!(issue.state, IssueState::NotResponsible);
}

#[test]
fn a_hold_pauses_the_clock_only_for_a_listed_reason() {
    let mut issue = routed();
    issue.accept("", hours(1)).unwrap();
    issue.start_work("", hours(2)).unwrap();
    let mut refused = issue.clone();
    assert!(matches!(refused.hold("Busy", "busy", hours(3)), Err(Refusal::PauseNotAllowed { .. })));
    let mut held = issue.clone();
    held.hold("Waiting for a part", "", hours(3)).unwrap();
    assert!(!held.clock.is_paused(), "no reason of the standard: the clock runs on");
    issue.hold("The gate is locked", "awaiting_access", hours(3)).unwrap();
    assert!(issue.clock.is_paused());
    issue.resume("", hours(60)).unwrap();
    assert!(!issue.clock.is_paused());
}

#[test]
fn a_breach_is_found_once_at_the_time_that_passed() {
    let mut issue = routed();
    let mut steps = Vec::new();
    issue.settle(&calendar(), hours(100), &mut steps);
    issue.settle(&calendar(), hours(101), &mut steps);
    assert_eq!(kinds(&steps), ["issue.breached"]);
    assert_eq!(Some(steps[0].time), issue.clock.due_time());
    assert!(issue.is_overdue(hours(101)));
    assert_eq!(issue.clock.next_look(), None, "it is not looked for again");
}

#[test]
fn a_due_time_that_comes_near_is_told_once_and_again_when_it_has_moved() {
    let mut issue = routed();
    issue.accept("", hours(1)).unwrap();
    issue.start_work("", hours(2)).unwrap();
    let near = issue.clock.warn_time().unwrap();
    let now = near + TimeDelta::seconds(1);
    let mut steps = Vec::new();
    issue.settle(&calendar(), near, &mut steps);
    let before = issue.clone();
    issue.settle(&calendar(), now, &mut steps);
    assert!(matches!(Event::between(&before, &issue, now).as_slice(), [Event::IssueDueSoon(_)]));
    issue.settle(&calendar(), now + TimeDelta::minutes(1), &mut steps);
    assert_eq!(kinds(&steps), ["issue.due_soon"]);
    assert_eq!((steps[0].time, steps[0].automatic), (now, true));
    assert_eq!(issue.clock.next_look(), issue.clock.due_time());
    issue.hold("The gate is locked", "awaiting_access", now + TimeDelta::minutes(5)).unwrap();
    issue.settle(&calendar(), now + TimeDelta::minutes(5), &mut steps);
    let next_day = now + TimeDelta::hours(23);
    issue.resume("", next_day).unwrap();
    issue.settle(&calendar(), next_day, &mut steps);
    assert_eq!(issue.clock.due_time(), Some("2026-01-15T23:59:59Z".parse().unwrap()));
    assert_eq!(kinds(&steps), ["issue.due_soon"], "its last fifth is a day later, too");
    issue.settle(&calendar(), next_day + TimeDelta::hours(1), &mut steps);
    assert_eq!(kinds(&steps), ["issue.due_soon", "issue.due_soon"]);
}

#[test]
fn a_pledge_that_is_attached_late_is_warned_of_only_while_its_due_time_is_ahead() {
    for (attached, told) in
        [(hours(30), None), (hours(55), Some("issue.due_soon")), (hours(100), Some("issue.breached"))]
    {
        let (mut issue, _) = report(None, Some(&routing(1, PledgeFound::NotAnswered)));
        issue.attach(&PledgeFound::Found(pledge(2)), attached).unwrap();
        let mut steps = Vec::new();
        issue.settle(&calendar(), attached, &mut steps);
        assert_eq!(kinds(&steps), told.as_slice());
    }
}

#[test]
fn a_fix_lies_between_the_report_and_now() {
    for wrong in [start() - TimeDelta::seconds(1), hours(5)] {
        let mut issue = routed();
        issue.accept("", hours(1)).unwrap();
        issue.start_work("", hours(2)).unwrap();
        let refused = issue.resolve("Done", Vec::new(), wrong, hours(4)).unwrap_err();
        assert_eq!(refused, Refusal::FixTimeOutOfRange { fix_time: wrong });
    }
}

#[test]
fn a_dispute_reopens_and_upholding_closes_again() {
    let mut issue = resolved();
    assert_eq!(issue.clock.on_time(hours(5)), OnTime::Met);
    let steps = issue.dispute("Still there", true, hours(6)).unwrap();
    assert_eq!(kinds(&steps), ["issue.disputed", "issue.routed"]);
    assert_eq!(steps[0].private_note, "Still there");
    assert!(!steps[0].note.contains("Still there"), "what the resident said is not published");
    assert_eq!((issue.state, issue.reopened_count), (IssueState::Routed, 1));
    assert_eq!(issue.clock.on_time(hours(7)), OnTime::Late);
    issue.uphold_closing("It was gone", hours(8)).unwrap();
    assert_eq!((issue.state, issue.clock.on_time(hours(9))), (IssueState::Closed, OnTime::Met));
    let again = issue.uphold_closing("Again", hours(9)).unwrap_err();
    assert!(matches!(again, Refusal::StateForbids { .. }), "{again}");
    let mut undisputed = routed();
    assert_eq!(undisputed.uphold_closing("Why not", hours(9)).unwrap_err(), Refusal::ClosingNotDisputed);
    assert_eq!(undisputed.state, IssueState::Routed);
}

#[test]
fn a_resident_confirms_a_resolved_issue_and_only_an_ended_one() {
    let mut issue = resolved();
    issue.confirm("Thank you", hours(6)).unwrap();
    assert_eq!((issue.state, issue.confirmation), (IssueState::Closed, Confirmation::Confirmed));
    let refused = routed().confirm("", hours(6)).unwrap_err();
    assert_eq!(refused, Refusal::NothingToConfirm { state: IssueState::Routed });
    let said = "There is nothing to confirm yet: the issue is sent to a provider. A resident can confirm an issue that is resolved or closed.";
    assert_eq!(refused.to_string(), said);
    let mut withdrawn = routed();
    withdrawn.withdraw("", hours(1)).unwrap();
    let refused = withdrawn.confirm("", hours(6)).unwrap_err().to_string();
    assert!(refused.starts_with("There is nothing to confirm: the issue is taken back."), "{refused}");
}

#[test]
fn a_refusal_says_in_which_states_it_would_do() {
    let refused = routed().close("", hours(1)).unwrap_err().to_string();
    assert_eq!(
        refused,
        "The issue is sent to a provider, so it cannot be closed now. An issue can be closed while it is resolved."
    );
    let refused = routed().dispute("Not fixed", true, hours(1)).unwrap_err().to_string();
    assert!(
        refused.ends_with("can be disputed while it is resolved, closed, closed without action or a duplicate."),
        "{refused}"
    );
}

#[test]
fn held_words_are_looked_for_in_all_that_everyone_will_read() {
    let held = HeldWords::default();
    let clean = fixture::report();
    assert_eq!(held.find(&clean.written_words()), None);
    let bad = || "A boy called Sam".to_owned();
    let place = |location: Location| Report { location, ..clean.clone() };
    let told = [
        Report { title: bad(), ..clean.clone() },
        Report { description: bad(), ..clean.clone() },
        Report { reporter_name: bad(), ..clean.clone() },
        place(Location { address: bad(), ..Location::default() }),
        place(Location { location_text: bad(), ..Location::default() }),
    ];
    for report in told {
        assert_eq!(held.find(&report.written_words()), Some(Heading::Child), "{report:?}");
    }
}

#[test]
fn a_duplicate_is_not_measured_and_points_to_an_issue_that_goes_on() {
    let mut issue = routed();
    let other = Issue { id: IssueId(Uuid::from_u128(2)), reference: "BWS-ISS-2026-00002".to_owned(), ..routed() };
    let itself = issue.clone();
    assert!(matches!(issue.mark_duplicate(&itself, "", hours(1)), Err(Refusal::DuplicateOfItself { .. })));
    let step = issue.mark_duplicate(&other, "", hours(1)).unwrap();
    assert!(step.note.contains("BWS-ISS-2026-00002"));
    assert_eq!((issue.duplicate_of, issue.clock.on_time(hours(999))), (Some(other.id), OnTime::NotMeasured));
    let mut third = Issue { id: IssueId(Uuid::from_u128(3)), ..routed() };
    assert!(third.mark_duplicate(&issue, "", hours(2)).is_err(), "a chain of duplicates leads nowhere");
}

#[test]
fn what_is_no_duplicate_after_all_goes_on_as_if_it_had_never_ended() {
    let mut issue = routed();
    let never_marked = issue.clone();
    let mut other = Issue { id: IssueId(Uuid::from_u128(2)), reference: "BWS-ISS-2026-00002".to_owned(), ..routed() };
    assert!(matches!(issue.unmark_duplicate("", true, hours(1)), Err(Refusal::StateForbids { .. })));
    issue.mark_duplicate(&other, "", hours(1)).unwrap();
    let joined = other.take_in(&issue, 3, hours(1));
    assert_eq!((joined.kind.as_str(), other.supporter_count), ("issue.joined", 3));
    issue.settle(&calendar(), hours(100), &mut Vec::new());
    assert_eq!(issue.clock.breach_time, None, "a duplicate is late for nobody");

    let mut steps = issue.unmark_duplicate("Another wall.", true, hours(100)).unwrap();
    assert_eq!(kinds(&steps), ["issue.unmarked", "issue.routed"]);
    issue.settle(&calendar(), hours(100), &mut steps);
    assert_eq!((issue.state, issue.provider_id), (IssueState::Routed, never_marked.provider_id));
    assert_eq!((issue.duplicate_of, issue.resolution.clone(), issue.reopened_count), (None, None, 0));
    assert_eq!(issue.confirmation, Confirmation::None, "nobody disputed anything");
    assert_eq!(issue.clock.due_time(), never_marked.clock.due_time(), "from the original start");
    assert_eq!(issue.clock.breach_time, issue.clock.due_time(), "which has passed meanwhile");
    assert!(issue.clock.disputed_end.is_none());
    let parted = other.let_go(&issue, 3, hours(100));
    assert_eq!((parted.kind.as_str(), other.supporter_count), ("issue.parted", 0));
}

#[test]
fn what_is_no_duplicate_after_all_goes_to_the_manager_when_nobody_active_is_answerable() {
    let other = Issue { id: IssueId(Uuid::from_u128(2)), ..routed() };
    let mut issue = routed();
    issue.mark_duplicate(&other, "", hours(1)).unwrap();
    let steps = issue.unmark_duplicate("", false, hours(2)).unwrap();
    assert_eq!((kinds(&steps), issue.state, issue.provider_id), (vec!["issue.unmarked"], IssueState::Reopened, None));
    let (mut held, _) = report(Some(Heading::Emergency), None);
    held.mark_duplicate(&other, "", hours(1)).unwrap();
    held.unmark_duplicate("", true, hours(2)).unwrap();
    assert_eq!((held.state, held.is_public()), (IssueState::AwaitingModeration, false), "nobody has read it yet");
}

#[test]
fn a_provider_that_does_not_answer_in_time_counts_as_having_refused() {
    let (mut issue, steps) = report(None, Some(&routing(1, PledgeFound::Found(pledge(2)))));
    issue.await_answer(&steps, 5, &calendar(), start());
    let due = issue.answer_due_time.unwrap();
    assert_eq!(due, "2026-01-19T23:59:59Z".parse::<DateTime<Utc>>().unwrap(), "the end of the fifth working day");
    assert_eq!(issue.lapse(due).unwrap(), None, "it has the whole day");
    let clock = issue.clock.clone();
    let after = due + TimeDelta::seconds(1);
    let step = issue.lapse(after).unwrap().unwrap();
    assert!(step.automatic && step.kind == "issue.lapsed" && step.note.contains("Provider 1"), "{step:?}");
    assert_eq!((issue.state, issue.provider_id), (IssueState::NotResponsible, None));
    assert_eq!((issue.refusal_count, &issue.clock), (1, &clock), "the clock runs on");
    issue.await_answer(&[step], 5, &calendar(), after);
    assert_eq!((issue.answer_due_time, issue.lapse(after).unwrap()), (None, None), "once");

    let mut accepted = routed();
    accepted.await_answer(&steps, 5, &calendar(), start());
    let step = accepted.accept("", hours(1)).unwrap();
    accepted.await_answer(&[step], 5, &calendar(), hours(1));
    assert_eq!((accepted.answer_due_time, accepted.lapse(after).unwrap()), (None, None));

    let mut rerouted = routed();
    rerouted.await_answer(&steps, 5, &calendar(), start());
    let supported = rerouted.support(9, hours(48)).unwrap();
    rerouted.await_answer(&[supported], 5, &calendar(), hours(48));
    assert_eq!(rerouted.answer_due_time, Some(due), "what others do wins no time");
    let routed_anew = rerouted.route(&routing(2, PledgeFound::NothingPledged), "", hours(48)).unwrap();
    rerouted.await_answer(&[routed_anew], 5, &calendar(), hours(48));
    assert!(rerouted.answer_due_time > Some(due), "the next one has a time of its own");
}

#[test]
fn a_part_has_no_parts_and_an_issue_is_not_closed_while_one_is_open() {
    let whole = Issue { id: IssueId(Uuid::from_u128(2)), reference: "BWS-ISS-2026-00002".to_owned(), ..routed() };
    let mut part = routed();
    let refused = |outcome: Result<Option<Step>, Refusal>| matches!(outcome, Err(Refusal::ParentUnfit { .. }));
    assert!(refused(part.clone().set_parent(Some(&part), false, 0, hours(1))), "not of itself");
    assert!(refused(part.set_parent(Some(&whole), true, 0, hours(1))), "it has parts");
    assert!(refused(part.set_parent(Some(&whole), false, 100, hours(1))), "too many");
    let duplicate = Issue { state: IssueState::Duplicate, ..whole.clone() };
    assert!(refused(part.set_parent(Some(&duplicate), false, 0, hours(1))));
    let step = part.set_parent(Some(&whole), false, 0, hours(1)).unwrap().unwrap();
    assert!(step.kind == "issue.made_part" && step.note.contains("BWS-ISS-2026-00002"), "{step:?}");
    assert_eq!(part.set_parent(Some(&whole), false, 1, hours(1)).unwrap(), None, "it is one already");
    let third = Issue { id: IssueId(Uuid::from_u128(3)), ..routed() };
    assert!(refused(third.clone().set_parent(Some(&part), false, 0, hours(1))), "one level deep");

    let told = whole.check_parts(&[part.clone()]).unwrap_err().to_string();
    assert_eq!(told, "The issue was not closed: a part of it is still open (BWS-ISS-2026-00001).");
    let ended = Issue { state: IssueState::Closed, ..part.clone() };
    assert_eq!(whole.check_parts(&[ended]), Ok(()));
    let step = part.set_parent(None, false, 0, hours(2)).unwrap().unwrap();
    assert_eq!((step.kind.as_str(), part.parent_issue_id), ("issue.part_ended", None));
}

#[test]
fn what_is_said_on_the_way_is_told_and_a_step_in_silence_or_by_a_rule_is_not() {
    let told = |issue: &Issue, step: &Step| notice::announce(issue, step).map(|said| said.text);
    let mut issue = routed();
    let sent = issue.route(&routing(2, PledgeFound::NothingPledged), "", hours(1)).unwrap();
    assert_eq!(told(&issue, &sent).as_deref(), Some("BWS-ISS-2026-00001: Sent to Provider 2."), "by somebody");
    assert_eq!(told(&issue, &sent.by_rule()), None);
    let refused = issue.clone().refuse("On housing land", None, hours(1)).unwrap();
    let expected = "BWS-ISS-2026-00001 was refused. Provider 2: On housing land";
    assert_eq!(told(&issue, &refused[0]).as_deref(), Some(expected), "as everybody reads it");
    let said = "They come on Monday.";
    let steps = [
        issue.accept(said, hours(1)).unwrap(),
        issue.start_work(said, hours(2)).unwrap(),
        issue.hold(said, "", hours(3)).unwrap().confiding("The tenant is away."),
        issue.resume(said, hours(4)).unwrap(),
    ];
    for step in steps {
        let text = told(&issue, &step).unwrap();
        assert!(text.contains("BWS-ISS-2026-00001") && text.ends_with(said), "{}: {text}", step.kind);
        for unsaid in ["", update::NOT_FOR_ALL] {
            let silent = Step { note: unsaid.to_owned(), ..step.clone() };
            assert_eq!(told(&issue, &silent), None, "{}: {unsaid}", step.kind);
        }
    }
}

#[test]
fn every_closing_is_told() {
    let told = |issue: &Issue, step: &Step| notice::announce(issue, step).map(|said| said.text);
    let mut issue = routed();
    let no_action = issue.close_without_action("The land is private.", hours(1)).unwrap();
    assert!(told(&issue, &no_action).unwrap().contains("The land is private."));
    let ended = issue.support(1_000, hours(2)).unwrap_err();
    assert_eq!(ended, Refusal::Ended { state: IssueState::NoAction });
    for (said, expected) in [
        (super::RESIDENT_DISPUTES, "is open again: a resident says that it is not fixed."),
        ("The crew missed it.", "is open again: The crew missed it."),
    ] {
        let disputed = Step { kind: "issue.disputed".to_owned(), note: said.to_owned(), ..no_action.clone() };
        assert!(told(&issue, &disputed).unwrap().ends_with(expected), "machines speak for themselves");
    }
}

#[test]
fn a_pledge_is_attached_late_once() {
    let (mut issue, _) = report(None, Some(&routing(1, PledgeFound::NotAnswered)));
    assert!(issue.clock.is_pending());
    assert_eq!(issue.attach(&PledgeFound::NotAnswered, hours(30)), None);
    assert_eq!(issue.attach(&PledgeFound::Refused, hours(30)), None);
    assert!(issue.attach(&PledgeFound::Found(pledge(2)), hours(30)).is_some());
    issue.settle(&calendar(), hours(30), &mut Vec::new());
    assert_eq!(issue.clock.due_time(), Some("2026-01-14T23:59:59Z".parse().unwrap()));
    assert_eq!(issue.attach(&PledgeFound::Found(pledge(9)), hours(31)), None);
}
