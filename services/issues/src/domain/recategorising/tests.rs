//! What another category changes of an issue, and what it does not.

use chrono::TimeDelta;
use pathfinder_terms::{CategoryId, IssueId, PartnershipId, ProviderId};
use uuid::Uuid;

use super::*;
use crate::domain::clock::{OnTime, Pledge};
use crate::domain::fixture::{self, calendar, hours, pledge, routing, start};
use crate::domain::issue::{IssueKind, PledgeFound, Report, Severity};
use crate::domain::{Event, notice};

fn found(provider: u128, days: u32) -> Routing {
    routing(provider, PledgeFound::Found(pledge(days)))
}

fn category(code: &str) -> Category {
    let id = CategoryId(Uuid::nil());
    Category::new(id, PartnershipId(Uuid::nil()), code.to_owned(), code.to_uppercase(), start())
}

/// Of the category `tips`, with a provider whose pledge is two working days: until the end of 14 January.
fn reported(routing: Option<&Routing>) -> Issue {
    let report = Report { category_code: "tips".to_owned(), category_name: "TIPS".to_owned(), ..fixture::report() };
    let (mut issue, mut steps) = Issue::report(report, None, routing, start()).unwrap();
    issue.settle(&calendar(), start(), &mut steps);
    issue
}

fn routed() -> Issue {
    reported(Some(&found(1, 2)))
}

fn in_progress() -> Issue {
    let mut issue = routed();
    issue.accept("", hours(1)).unwrap();
    issue.start_work("", hours(2)).unwrap();
    issue
}

/// Moves an issue and settles it, as it is written; the kinds of its steps, and what others are told.
fn moved(issue: &mut Issue, to: &Category, routing: Option<&Routing>, at: DateTime<Utc>) -> (Vec<Step>, Vec<Event>) {
    let before = issue.clone();
    let former = category(&before.category_code);
    let wish =
        Recategorising { former: Some(&former), category: to, answers: Vec::new(), routing, reason: "So it is." };
    let mut steps = issue.recategorise(&wish, &HeldWords::default(), at).unwrap();
    issue.settle(&calendar(), at, &mut steps);
    (steps, Event::between(&before, issue, at))
}

fn kinds(steps: &[Step]) -> Vec<&str> {
    steps.iter().map(|step| step.kind.as_str()).collect()
}

fn told(events: &[Event]) -> Vec<&str> {
    events.iter().map(Event::kind).collect()
}

/// Under which standards it was missed before.
fn missed(issue: &Issue) -> Vec<u128> {
    issue.clock.missed_before().filter_map(|former| former.standard_id).map(|id| id.0.as_u128()).collect()
}

#[test]
fn it_goes_to_whoever_answers_for_its_category_by_a_clock_from_the_same_start() {
    let mut issue = in_progress();
    issue.hold("The gate is locked", "awaiting_access", hours(3)).unwrap();
    let (steps, events) = moved(&mut issue, &category("drains"), Some(&found(2, 5)), hours(27));
    assert_eq!(kinds(&steps), [RECATEGORISED, "issue.routed"]);
    assert_eq!((steps[0].from, steps[0].to), (Some(IssueState::OnHold), IssueState::Triaged));
    assert_eq!(steps[0].note, "Moved from TIPS to DRAINS: So it is.");
    assert_eq!((issue.state, issue.provider_name.as_str()), (IssueState::Routed, "Provider 2"));
    assert_eq!((issue.category_code.as_str(), issue.edit_time), ("drains", Some(hours(27))));
    assert_eq!(issue.clock.start_time(), Some(start()), "it never starts again");
    assert_eq!((issue.clock.is_paused(), issue.clock.pauses.len()), (false, 1), "nobody waits for the gate any more");
    assert_eq!(issue.clock.due_time(), Some("2026-01-20T23:59:59Z".parse().unwrap()), "five days, less the paused one");
    assert_eq!(told(&events), ["issue.state_changed", "issue.clock_changed"]);
    let said = notice::announce(&issue, &steps[0]).unwrap().text;
    assert!(said.contains("Provider 2 deals with it") && said.contains("So it is."), "{said}");
}

#[test]
fn it_stays_with_a_provider_that_answers_for_both() {
    let mut issue = in_progress();
    let due = issue.clock.due_time();
    let (steps, events) = moved(&mut issue, &category("drains"), Some(&found(1, 9)), hours(3));
    assert_eq!((kinds(&steps), issue.state), (vec![RECATEGORISED], IssueState::InProgress));
    assert!(issue.clock.due_time() > due, "by another pledge");
    assert_eq!(told(&events), ["issue.state_changed", "issue.clock_changed"]);
    let (_, events) = moved(&mut issue, &category("tips"), Some(&found(1, 9)), hours(4));
    assert_eq!(told(&events), ["issue.state_changed"], "others hear of its category alone, too");
}

#[test]
fn without_a_rule_it_goes_to_the_manager_and_nothing_is_pledged() {
    let mut issue = in_progress();
    let (steps, _) = moved(&mut issue, &category("drains"), None, hours(3));
    assert_eq!((kinds(&steps), issue.state, issue.provider_id), (vec![RECATEGORISED], IssueState::Triaged, None));
    assert_eq!((issue.clock.due_time(), issue.clock.on_time(hours(999))), (None, OnTime::NotMeasured));
    let said = notice::announce(&issue, &steps[0]).unwrap().text;
    assert!(said.contains("the neighbourhood manager decides"), "{said}");

    let mut refused = routed();
    refused.refuse("Not ours", None, hours(1)).unwrap();
    moved(&mut refused, &category("drains"), None, hours(2));
    assert_eq!((refused.state, refused.clock.pledge()), (IssueState::NotResponsible, None), "it stays where it is");
    moved(&mut refused, &category("lamps"), Some(&found(3, 4)), hours(3));
    assert_eq!((refused.state, refused.provider_name.as_str()), (IssueState::Routed, "Provider 3"));
}

#[test]
fn a_pause_goes_on_where_the_new_pledge_has_the_reason() {
    let mut issue = in_progress();
    issue.hold("The gate is locked", "awaiting_access", hours(3)).unwrap();
    let mut other = issue.clone();
    moved(&mut issue, &category("drains"), Some(&found(1, 9)), hours(4));
    assert_eq!((issue.state, issue.clock.is_paused()), (IssueState::OnHold, true));
    let strict = PledgeFound::Found(Pledge { pause_reasons: Vec::new(), ..pledge(9) });
    moved(&mut other, &category("drains"), Some(&routing(1, strict)), hours(4));
    assert_eq!(
        (other.state, other.clock.is_paused()),
        (IssueState::OnHold, false),
        "work waits, and the clock does not"
    );
}

#[test]
fn what_was_missed_stays_missed_and_is_told_once() {
    let mut issue = routed();
    issue.settle(&calendar(), hours(100), &mut Vec::new());
    let (steps, events) = moved(&mut issue, &category("drains"), Some(&found(2, 9)), hours(101));
    assert_eq!(kinds(&steps), [RECATEGORISED, "issue.routed"], "nothing is taken back");
    assert!(matches!(&events[1], Event::IssueClockChanged { issue, breach_withdrawn: false } if !issue.breached));
    assert_eq!((issue.clock.breach_time, missed(&issue)), (None, vec![2]));
    assert_eq!(issue.clock.former_breaches[0].provider_id, ProviderId(Uuid::from_u128(1)));

    let (steps, events) = moved(&mut issue, &category("tips"), Some(&found(1, 2)), hours(102));
    assert_eq!(kinds(&steps), [RECATEGORISED, "issue.routed"]);
    assert_eq!(told(&events), ["issue.state_changed", "issue.clock_changed"], "it was told of that breach");
    assert_eq!((issue.clock.breach_time.is_some(), missed(&issue)), (true, vec![]));

    let (steps, events) = moved(&mut issue, &category("lamps"), Some(&found(3, 1)), hours(103));
    assert_eq!(
        kinds(&steps),
        [RECATEGORISED, "issue.routed", "issue.breached"],
        "that pledge is missed, too, and said so"
    );
    assert_eq!(told(&events), ["issue.state_changed", "issue.clock_changed", "issue.breached"]);
    assert_eq!((issue.clock.breach_time.is_some(), missed(&issue)), (true, vec![2]));
}

#[test]
fn what_was_missed_while_nobody_had_it_is_nobodys() {
    let mut issue = routed();
    issue.refuse("Not ours", None, hours(1)).unwrap();
    issue.settle(&calendar(), hours(100), &mut Vec::new());
    assert!(issue.clock.breach_time.is_some(), "a refusal wins no time");
    let (_, events) = moved(&mut issue, &category("drains"), Some(&found(2, 9)), hours(101));
    assert_eq!((issue.clock.breach_time, missed(&issue)), (None, vec![]));
    assert!(events.iter().any(|event| matches!(event, Event::IssueClockChanged { breach_withdrawn: true, .. })));
}

#[test]
fn what_was_missed_does_not_count_while_the_issue_does_not_nor_where_the_fix_was_in_time() {
    let mut issue = routed();
    issue.settle(&calendar(), hours(100), &mut Vec::new());
    moved(&mut issue, &category("drains"), Some(&found(2, 9)), hours(101));
    let other = Issue { id: IssueId(Uuid::from_u128(2)), ..routed() };
    let mut twin = issue.clone();
    twin.mark_duplicate(&other, "", hours(102)).unwrap();
    twin.settle(&calendar(), hours(102), &mut Vec::new());
    assert!(missed(&twin).is_empty(), "a duplicate is late for nobody");
    twin.unmark_duplicate("", true, hours(103)).unwrap();
    twin.settle(&calendar(), hours(103), &mut Vec::new());
    assert_eq!(missed(&twin), [2], "it was late after all");

    for (fixed, still) in [(hours(3), vec![]), (hours(100), vec![2])] {
        let mut done = issue.clone();
        done.accept("", hours(102)).unwrap();
        done.start_work("", hours(102)).unwrap();
        let before = done.clone();
        done.resolve("Taken away.", Vec::new(), fixed, hours(103)).unwrap();
        done.settle(&calendar(), hours(103), &mut Vec::new());
        assert_eq!(missed(&done), still, "fixed at {fixed}");
        let withdrawn = |event: &Event| matches!(event, Event::IssueClockChanged { breach_withdrawn: true, .. });
        assert_eq!(Event::between(&before, &done, hours(103)).iter().any(withdrawn), still.is_empty());
    }
}

/// Closed in time, and disputed while its time still ran.
fn disputed() -> Issue {
    let mut issue = in_progress();
    issue.resolve("Taken away.", Vec::new(), hours(3), hours(3)).unwrap();
    issue.dispute("Still there", true, hours(5)).unwrap();
    issue.settle(&calendar(), hours(5), &mut Vec::new());
    issue
}

#[test]
fn a_disputed_closing_stays_with_whoever_closed_it_until_it_is_upheld() {
    let by_category = |issue: &mut Issue| drop(moved(issue, &category("drains"), Some(&found(2, 9)), hours(6)));
    let by_hand = |issue: &mut Issue| drop(issue.route(&found(2, 9), "", hours(6)).unwrap());
    for by in [by_category as fn(&mut Issue), by_hand] {
        let mut issue = disputed();
        assert_eq!((issue.clock.on_time(hours(5)), issue.clock.breach_time), (OnTime::Late, None));
        by(&mut issue);
        issue.settle(&calendar(), hours(6), &mut Vec::new());
        assert_eq!(issue.clock.on_time(hours(6)), OnTime::Running, "the next provider is late for nothing");
        assert_eq!(missed(&issue), [2], "the first one is not freed");
        assert_eq!(issue.clock.former_breaches[0].provider_id, ProviderId(Uuid::from_u128(1)));
        let kept = serde_json::to_value(&issue.clock).unwrap();
        assert_eq!(serde_json::from_value::<crate::domain::Clock>(kept).unwrap(), issue.clock);

        let mut fixed = issue.clone();
        fixed.accept("", hours(7)).unwrap();
        fixed.start_work("", hours(7)).unwrap();
        fixed.resolve("Taken away.", Vec::new(), hours(8), hours(8)).unwrap();
        fixed.settle(&calendar(), hours(8), &mut Vec::new());
        assert_eq!((fixed.clock.on_time(hours(8)), missed(&fixed)), (OnTime::Met, vec![2]));

        let mut back = issue.clone();
        moved(&mut back, &category("lamps"), Some(&found(1, 2)), hours(8));
        assert_eq!((back.clock.on_time(hours(8)), back.clock.breach_time), (OnTime::Late, None), "its time still runs");
        assert!(missed(&back).is_empty());

        issue.uphold_closing("It was gone", hours(9)).unwrap();
        issue.settle(&calendar(), hours(9), &mut Vec::new());
        assert_eq!((issue.clock.on_time(hours(9)), missed(&issue)), (OnTime::Met, vec![]), "both were in time");
    }
}

#[test]
fn a_dispute_from_before_standards_were_kept_with_it_counts_until_the_issue_leaves_its_standard() {
    let mut kept = serde_json::to_value(disputed().clock).unwrap();
    kept.as_object_mut().unwrap().remove("disputed_under").unwrap();
    let mut issue = Issue { clock: serde_json::from_value(kept).unwrap(), ..disputed() };
    assert_eq!(issue.clock.on_time(hours(5)), OnTime::Late);
    moved(&mut issue, &category("drains"), Some(&found(2, 9)), hours(6));
    assert_eq!((issue.clock.on_time(hours(6)), missed(&issue)), (OnTime::Running, vec![2]));
}

#[test]
fn a_miss_is_that_of_whoever_had_it_first_though_it_was_a_duplicate_for_a_while() {
    let mut issue = routed();
    issue.settle(&calendar(), hours(100), &mut Vec::new());
    let other = Issue { id: IssueId(Uuid::from_u128(2)), ..routed() };
    issue.mark_duplicate(&other, "", hours(101)).unwrap();
    issue.settle(&calendar(), hours(101), &mut Vec::new());
    assert_eq!(issue.clock.breach_time, None);
    issue.unmark_duplicate("", false, hours(102)).unwrap();
    issue.settle(&calendar(), hours(102), &mut Vec::new());
    assert_eq!((issue.provider_id, issue.clock.breach_time.is_some()), (None, true));
    let first = Some(ProviderId(Uuid::from_u128(1)));
    assert_eq!(crate::domain::IssueDigest::of(&issue, hours(102)).breach_provider_id, first);
    moved(&mut issue, &category("drains"), Some(&found(2, 9)), hours(103));
    assert_eq!(missed(&issue), [2], "it is not lost");
    assert_eq!(Some(issue.clock.former_breaches[0].provider_id), first);
}

#[test]
fn others_hear_when_what_was_missed_before_stands_again() {
    let mut issue = in_progress();
    issue.settle(&calendar(), hours(100), &mut Vec::new());
    moved(&mut issue, &category("drains"), Some(&found(2, 9)), hours(101));
    let other = Issue { id: IssueId(Uuid::from_u128(2)), ..routed() };
    issue.mark_duplicate(&other, "", hours(102)).unwrap();
    issue.settle(&calendar(), hours(102), &mut Vec::new());
    // As if nothing else of the clock had changed.
    let mut again = issue.clone();
    again.clock.excluded = false;
    again.clock.basis = Basis::Nothing;
    issue.clock.basis = Basis::Nothing;
    (issue.clock.due, again.clock.due) = (None, None);
    assert_eq!((missed(&issue), missed(&again)), (vec![], vec![2]));
    assert_eq!(told(&Event::between(&issue, &again, hours(103))), ["issue.clock_changed"]);
}

#[test]
fn each_provider_is_warned_of_its_own_due_time() {
    let mut issue = reported(Some(&found(1, 9)));
    let near = issue.clock.warn_time().unwrap() + TimeDelta::seconds(1);
    issue.settle(&calendar(), near, &mut Vec::new());
    assert!(issue.clock.warned_due_time.is_some());
    let (_, events) = moved(&mut issue, &category("drains"), Some(&found(2, 8)), near);
    assert_eq!(told(&events), ["issue.state_changed", "issue.clock_changed", "issue.due_soon"], "an earlier one");
    assert_eq!(issue.clock.warned_due_time, issue.clock.due_time());
    let (_, events) = moved(&mut issue, &category("lamps"), Some(&found(3, 30)), near);
    assert_eq!(told(&events), ["issue.state_changed", "issue.clock_changed"], "nothing is near");
    assert_eq!(issue.clock.warned_due_time, None);
}

#[test]
fn a_pledge_that_was_asked_for_one_category_is_not_attached_to_another() {
    let silent = routing(1, PledgeFound::NotAnswered);
    let mut issue = reported(Some(&silent));
    let asked_of = issue.clone();
    moved(&mut issue, &category("drains"), Some(&silent), hours(1));
    assert_eq!((issue.provider_id, issue.clock.is_pending()), (asked_of.provider_id, true));
    let pledge = PledgeFound::Found(pledge(2));
    assert_eq!(issue.attach_as_asked(&asked_of, &pledge, hours(2)), None);
    assert!(issue.clock.is_pending(), "it is asked for anew");
    assert!(issue.clone().attach_as_asked(&issue, &pledge, hours(2)).is_some());
}

#[test]
fn what_the_category_says_follows_and_what_others_said_stays() {
    let dangerous = Category {
        hazard: true,
        default_severity: Severity::High,
        kind: IssueKind::Idea,
        domestic: true,
        ..category("cables")
    };
    let mut issue = routed();
    moved(&mut issue, &dangerous, None, hours(1));
    assert_eq!((issue.hazard, issue.severity, issue.kind), (true, Severity::High, IssueKind::Idea));
    assert!(issue.location.domestic);
    let wish = Recategorising {
        former: Some(&dangerous),
        category: &category("tips"),
        answers: Vec::new(),
        routing: None,
        reason: "Not so.",
    };
    issue.recategorise(&wish, &HeldWords::default(), hours(2)).unwrap();
    assert_eq!((issue.hazard, issue.severity, issue.kind), (false, Severity::Normal, IssueKind::Problem));
    assert!(issue.location.domestic, "nothing is made exact again");

    let mut stated = Issue { hazard: true, severity: Severity::Low, ..routed() };
    moved(&mut stated, &category("drains"), None, hours(1));
    assert_eq!((stated.hazard, stated.severity), (true, Severity::Low), "somebody said so who saw it");
}

#[test]
fn what_a_person_reads_first_is_hidden_and_nothing_is_released() {
    let moderated = Category { moderated: true, ..category("needles") };
    let mut issue = in_progress();
    let (steps, _) = moved(&mut issue, &moderated, Some(&found(1, 2)), hours(3));
    assert_eq!(kinds(&steps), [RECATEGORISED, "issue.hidden"]);
    assert_eq!((issue.state, issue.is_public()), (IssueState::InProgress, false), "it goes on");
    moved(&mut issue, &category("tips"), Some(&found(1, 2)), hours(4));
    assert!(!issue.is_public(), "leaving the category releases nothing");

    let answer = |text: &str, confidential| Answer {
        question_code: "what".to_owned(),
        question: "What?".to_owned(),
        values: vec![text.to_owned()],
        texts: vec![text.to_owned()],
        confidential,
    };
    for (texts, hidden) in [(("dementia", false), true), (("dementia", true), false), (("A wire", false), false)] {
        let mut issue = routed();
        let drains = category("drains");
        let answers = vec![answer(texts.0, texts.1)];
        let wish = Recategorising { former: None, category: &drains, answers, routing: None, reason: "So it is." };
        issue.recategorise(&wish, &HeldWords::default(), hours(1)).unwrap();
        assert_eq!(!issue.is_public(), hidden, "{texts:?}");
        let again = Recategorising { category: &category("lamps"), ..wish };
        issue.held_back = false;
        issue.recategorise(&again, &HeldWords::default(), hours(2)).unwrap();
        assert!(issue.is_public(), "what was read once is not held back again: {texts:?}");
    }
}

#[test]
fn what_waits_to_be_read_waits_on_and_is_routed_when_it_was() {
    let mut issue = reported(None);
    (issue.state, issue.held_back) = (IssueState::AwaitingModeration, true);
    let (steps, events) = moved(&mut issue, &category("drains"), Some(&found(2, 5)), hours(1));
    assert_eq!((kinds(&steps), issue.state), (vec![RECATEGORISED], IssueState::AwaitingModeration));
    assert_eq!((issue.provider_id, issue.clock.pledge(), issue.is_public()), (None, None, false));
    assert_eq!(told(&events), ["issue.state_changed"]);
}

#[test]
fn another_systems_target_stays_until_a_provider_pledges_another() {
    let target: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
    let mut issue = routed();
    issue.clock.basis = Basis::Imported { due_time: Some(target) };
    moved(&mut issue, &category("drains"), Some(&found(1, 9)), hours(1));
    assert_eq!(issue.clock.due_time(), Some(target));
    moved(&mut issue, &category("lamps"), None, hours(2));
    assert_eq!((issue.clock.due_time(), issue.provider_id), (Some(target), None));
    moved(&mut issue, &category("tips"), Some(&found(1, 2)), hours(3));
    assert_eq!(issue.clock.pledge().map(|pledge| pledge.count), Some(2));
}

#[test]
fn what_has_ended_is_refused_with_the_states_in_which_it_would_do() {
    let drains = category("drains");
    let wish = |reason| Recategorising { former: None, category: &drains, answers: Vec::new(), routing: None, reason };
    let refused = |issue: &Issue, wish: &Recategorising<'_>| {
        let mut issue = issue.clone();
        issue.recategorise(wish, &HeldWords::default(), hours(9)).unwrap_err()
    };
    let mut done = in_progress();
    done.resolve("Taken away.", Vec::new(), hours(3), hours(3)).unwrap();
    let told = refused(&done, &wish("So it is.")).to_string();
    assert!(told.starts_with("The issue is resolved, so it cannot be moved to another category now."), "{told}");
    assert!(told.ends_with("while it is waiting to be read, triaged, sent to a provider, accepted, in progress, on hold, refused by its provider or reopened."), "{told}");
    let same = Issue { category_code: "drains".to_owned(), ..routed() };
    assert!(matches!(refused(&same, &wish("So it is.")), Refusal::CategoryUnchanged { .. }));
    let held = refused(&routed(), &wish("He has dementia."));
    assert!(matches!(held, Refusal::WordsHeld { field: "reason", .. }), "{held}");
}
