//! The time to answer beside the time to put it right.

use chrono::TimeDelta;
use pathfinder_terms::IssueId;
use uuid::Uuid;

use super::*;
use crate::domain::clock::{Basis, Unit};
use crate::domain::fixture::{calendar, hours, pledge, report, routing, start};
use crate::domain::issue::PledgeFound;
use crate::domain::{Event, Issue, IssueDigest, Step};

const ACCESS: &str = "awaiting_access";
const PARTS: &str = "awaiting_parts";

fn just_after(count: i64) -> DateTime<Utc> {
    hours(count) + TimeDelta::seconds(1)
}

/// Of so many working days; it pauses for parts, too.
fn fix(days: u32) -> Pledge {
    Pledge { pause_reasons: vec![ACCESS.to_owned(), PARTS.to_owned()], ..pledge(days) }
}

/// Of so many hours, and of a hundred more as its number.
fn answer(count: u32) -> Pledge {
    Pledge {
        standard_id: StandardId(Uuid::from_u128(100 + u128::from(count))),
        text: format!("Answered in {count} hours"),
        measure: Measure::Response,
        count,
        unit: Unit::CalendarHours,
        pause_reasons: Vec::new(),
        ..fix(1)
    }
}

fn both(days: u32, count: u32) -> PledgeFound {
    PledgeFound::FoundBoth { resolution: fix(days), response: answer(count) }
}

fn provider(number: u128) -> ProviderId {
    ProviderId(Uuid::from_u128(number))
}

/// Sent to a provider that pledges to answer within 24 hours and to put it right within 2 working days: until the end of 14 January.
fn routed() -> Issue {
    let (mut issue, _) = Issue::report(report(), None, Some(&routing(1, both(2, 24))), start()).unwrap();
    settled(&mut issue, start());
    issue
}

/// The same, which nobody answered in time.
fn unanswered() -> Issue {
    let mut issue = routed();
    settled(&mut issue, hours(25));
    issue
}

fn settled(issue: &mut Issue, now: DateTime<Utc>) -> Vec<Step> {
    let mut steps = Vec::new();
    issue.settle(&calendar(), now, &mut steps);
    steps
}

fn kinds(steps: &[Step]) -> Vec<&str> {
    steps.iter().map(|step| step.kind.as_str()).collect()
}

fn told(before: &Issue, after: &Issue, now: DateTime<Utc>) -> Vec<&'static str> {
    Event::between(before, after, now).iter().map(Event::kind).collect()
}

fn response_of(issue: &Issue, now: DateTime<Utc>) -> ResponseTime {
    issue.clock.response_time(now).unwrap()
}

/// A clock with a pledge to answer that pauses for parts, and not for access.
fn clock(pause_cap_days: u32) -> Clock {
    let pledge = Pledge { pause_reasons: vec![PARTS.to_owned()], pause_cap_days, ..answer(24) };
    let mut clock = Clock { basis: Basis::Pledged(fix(2)), ..Clock::new(start()) };
    clock.response = Some(ResponseClock::new(pledge));
    clock.reckon(&calendar());
    clock
}

fn due(clock: &Clock) -> Option<DateTime<Utc>> {
    clock.response.as_ref().and_then(ResponseClock::due_time)
}

#[test]
fn both_times_are_measured_from_the_same_start() {
    let issue = routed();
    assert_eq!(issue.clock.due_time(), Some("2026-01-14T23:59:59Z".parse().unwrap()));
    assert_eq!(due(&issue.clock), Some(hours(24)));
    assert_eq!(issue.clock.next_look(), Some(hours(24)), "it is looked at when the first of them has passed");
    assert_eq!(response_of(&issue, hours(24)).on_time, OnTime::Running);
    assert_eq!(response_of(&issue, just_after(24)).on_time, OnTime::Late);
}

#[test]
fn what_is_answered_in_time_may_be_fixed_late() {
    let mut issue = routed();
    issue.accept("", hours(1)).unwrap();
    settled(&mut issue, hours(1));
    assert_eq!(issue.clock.next_look(), issue.clock.warn_time(), "the answer is there");
    assert_eq!(kinds(&settled(&mut issue, hours(100))), ["issue.breached"]);
    let response = response_of(&issue, hours(100));
    assert_eq!((response.on_time, response.breached), (OnTime::Met, false));
    assert_eq!((response.stopped_time, response.breach_provider_id), (Some(hours(1)), None));
    assert_eq!(issue.clock.on_time(hours(100)), OnTime::Late);
}

#[test]
fn what_is_answered_late_is_found_once_and_may_be_fixed_in_time() {
    let mut issue = routed();
    let before = issue.clone();
    let steps = settled(&mut issue, hours(25));
    assert_eq!(kinds(&steps), ["issue.response_breached"]);
    assert_eq!((steps[0].time, steps[0].automatic), (hours(24), true));
    assert_eq!(told(&before, &issue, hours(25)), ["issue.breached"]);
    let digest = IssueDigest::of(&issue, hours(25));
    assert_eq!((digest.breached, digest.response.map(|response| response.breached)), (false, Some(true)));

    let before = issue.clone();
    issue.accept("", hours(26)).unwrap();
    assert!(settled(&mut issue, hours(26)).is_empty());
    assert_eq!(told(&before, &issue, hours(26)), ["issue.state_changed", "issue.clock_changed"]);
    issue.start_work("", hours(27)).unwrap();
    issue.resolve("Taken away.", Vec::new(), hours(27), hours(28)).unwrap();
    assert!(settled(&mut issue, hours(28)).is_empty());
    let response = response_of(&issue, hours(28));
    assert_eq!((response.on_time, response.breached), (OnTime::Late, true));
    assert_eq!((response.stopped_time, response.breach_provider_id), (Some(hours(26)), Some(provider(1))));
    assert_eq!((issue.clock.on_time(hours(28)), issue.clock.breach_time), (OnTime::Met, None));
}

#[test]
fn a_pause_for_a_reason_of_the_other_pledge_alone_does_not_stop_it() {
    let mut clock = clock(0);
    clock.pause(ACCESS, hours(1)).unwrap();
    clock.reckon(&calendar());
    assert!(clock.stands_still(hours(25)));
    assert_eq!((due(&clock), clock.next_look()), (Some(hours(24)), Some(hours(24))));
    assert!(!clock.has_missed_response(hours(24)) && clock.has_missed_response(just_after(24)));
}

#[test]
fn a_pause_for_a_reason_of_both_pledges_stops_both() {
    let mut clock = clock(0);
    clock.pause(PARTS, hours(1)).unwrap();
    clock.reckon(&calendar());
    assert!(!clock.has_missed_response(hours(999)));
    assert_eq!(clock.next_look(), None, "nobody knows when it ends");
    clock.run_on(hours(30));
    clock.reckon(&calendar());
    assert_eq!((due(&clock), clock.next_look()), (Some(hours(53)), Some(hours(53))));
}

#[test]
fn a_pause_that_nobody_ends_is_over_at_the_cap_of_the_response_time() {
    let mut clock = clock(1);
    clock.pause(PARTS, hours(1)).unwrap();
    clock.reckon(&calendar());
    assert_eq!((due(&clock), clock.next_look()), (Some(hours(48)), Some(hours(48))));
    assert!(!clock.has_missed_response(hours(48)) && clock.has_missed_response(just_after(48)));
}

#[test]
fn a_miss_stays_with_whoever_missed_it_and_nothing_starts_again() {
    let mut issue = unanswered();
    let before = issue.clone();
    let other = routing(2, both(9, 48));
    issue.refuse("Not ours", Some(&other), hours(26)).unwrap();
    assert!(settled(&mut issue, hours(26)).is_empty(), "neither found again nor taken back");
    assert_eq!(told(&before, &issue, hours(26)), ["issue.state_changed", "issue.clock_changed"]);
    let former = &issue.clock.former_breaches[0];
    assert_eq!((former.standard_id, former.measure), (Some(answer(24).standard_id), Measure::Response));
    assert_eq!((former.provider_id, former.due_time), (provider(1), hours(24)));
    assert_eq!(due(&issue.clock), Some(hours(48)), "from the report on");
    assert!(!response_of(&issue, hours(26)).breached);

    assert_eq!(kinds(&settled(&mut issue, hours(49))), ["issue.response_breached"], "the next one misses its own");
    issue.refuse("Not ours either", None, hours(50)).unwrap();
    settled(&mut issue, hours(50));
    let before = issue.clone();
    issue.route(&routing(1, both(2, 24)), "", hours(51)).unwrap();
    assert!(kinds(&settled(&mut issue, hours(51))).iter().all(|kind| *kind == "issue.due_soon"), "it was found before");
    assert!(!told(&before, &issue, hours(51)).contains(&"issue.breached"), "and told");
    assert_eq!(response_of(&issue, hours(51)).breach_provider_id, Some(provider(1)));
    let former: Vec<_> = issue.clock.missed_before().map(|former| (former.standard_id, former.provider_id)).collect();
    assert_eq!(former, [(Some(answer(48).standard_id), provider(2))]);
}

#[test]
fn a_miss_stands_while_the_pledges_are_not_known_and_comes_back_with_them() {
    let mut issue = unanswered();
    issue.route(&routing(1, PledgeFound::NotAnswered), "", hours(26)).unwrap();
    assert!(settled(&mut issue, hours(26)).is_empty());
    assert_eq!((issue.clock.response_time(hours(26)), issue.clock.missed_before().count()), (None, 1));
    issue.attach(&both(2, 24), hours(27)).unwrap();
    assert!(settled(&mut issue, hours(27)).is_empty());
    assert_eq!((response_of(&issue, hours(27)).breached, issue.clock.missed_before().count()), (true, 0));
}

#[test]
fn pledges_that_are_attached_late_count_from_the_report() {
    let mut issue = routed();
    issue.route(&routing(2, PledgeFound::NotAnswered), "", hours(1)).unwrap();
    issue.attach(&both(2, 24), hours(30)).unwrap();
    assert_eq!(kinds(&settled(&mut issue, hours(30))), ["issue.response_breached"]);
    assert_eq!(response_of(&issue, hours(30)).breach_provider_id, Some(provider(2)));
}

#[test]
fn a_duplicate_is_late_with_no_answer() {
    let mut issue = unanswered();
    let before = issue.clone();
    let other = Issue { id: IssueId(Uuid::from_u128(2)), ..routed() };
    issue.mark_duplicate(&other, "", hours(26)).unwrap();
    assert_eq!(kinds(&settled(&mut issue, hours(26))), ["issue.response_breach_withdrawn"]);
    let withdrawn = |event: &Event| matches!(event, Event::IssueClockChanged { breach_withdrawn: true, .. });
    assert!(Event::between(&before, &issue, hours(26)).iter().any(withdrawn));
    let response = response_of(&issue, hours(26));
    assert_eq!((response.on_time, response.breached), (OnTime::NotMeasured, false));
    issue.unmark_duplicate("", true, hours(27)).unwrap();
    assert_eq!(kinds(&settled(&mut issue, hours(27))), ["issue.response_breached"], "it was after all");
    assert_eq!(response_of(&issue, hours(27)).breach_provider_id, Some(provider(1)));
}

#[test]
fn a_duplicate_that_somebody_disputes_was_not_answered() {
    let mut issue = routed();
    let other = Issue { id: IssueId(Uuid::from_u128(2)), ..routed() };
    issue.mark_duplicate(&other, "", hours(1)).unwrap();
    issue.dispute("It is another", true, hours(40)).unwrap();
    assert!(
        kinds(&settled(&mut issue, hours(40))).contains(&"issue.response_breached"),
        "nobody said that it is theirs"
    );
}

#[test]
fn an_answer_that_is_told_late_counts_when_it_was_given() {
    let mut issue = routed();
    assert_eq!(kinds(&settled(&mut issue, hours(30))), ["issue.response_breached"]);
    issue.accept("", hours(30)).unwrap();
    issue.start_work("", hours(30)).unwrap();
    issue.resolve("Gone.", Vec::new(), hours(20), hours(30)).unwrap();
    assert!(kinds(&settled(&mut issue, hours(30))).contains(&"issue.response_breach_withdrawn"));
    assert_eq!(response_of(&issue, hours(30)).on_time, OnTime::Met);
}

#[test]
fn a_closing_is_an_answer_though_it_is_disputed() {
    let mut issue = routed();
    issue.close_without_action("It is private land.", hours(2)).unwrap();
    assert_eq!(response_of(&issue, hours(2)).on_time, OnTime::Met);
    issue.dispute("It is not", true, hours(30)).unwrap();
    assert!(!kinds(&settled(&mut issue, hours(30))).contains(&"issue.response_breached"));
    let response = response_of(&issue, hours(30));
    assert_eq!((response.on_time, response.stopped_time), (OnTime::Met, Some(hours(2))));
}

#[test]
fn a_response_time_is_measured_beside_a_resolution_time_alone() {
    let found = PledgeFound::of;
    assert_eq!(found(Some(fix(2)), Some(answer(24))), both(2, 24));
    assert_eq!(found(Some(fix(2)), None), PledgeFound::Found(fix(2)));
    assert_eq!(found(Some(fix(2)), Some(fix(2))), PledgeFound::Found(fix(2)), "it was not what was asked for");
    assert_eq!(found(Some(answer(24)), Some(answer(24))), PledgeFound::Found(answer(24)));
    assert_eq!(found(None, None), PledgeFound::NothingPledged);
}

#[test]
fn a_clock_that_was_kept_before_there_were_two_pledges_is_read() {
    let clock = Clock { basis: Basis::Pledged(fix(2)), ..Clock::new(start()) };
    let mut kept = serde_json::to_value(&clock).unwrap();
    kept.as_object_mut().unwrap().remove("response").unwrap();
    assert_eq!(serde_json::from_value::<Clock>(kept).unwrap(), clock);
    let issue = unanswered();
    let kept = serde_json::to_value(&issue.clock).unwrap();
    assert_eq!(serde_json::from_value::<Clock>(kept).unwrap(), issue.clock);
}
