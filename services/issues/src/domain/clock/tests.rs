//! The vectors of the domain document, pauses, disputes, and what other systems' cases do.

use pathfinder_terms::Nation;
use uuid::Uuid;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn calendar() -> WorkingCalendar {
    WorkingCalendar::of(Nation::EnglandAndWales)
}

fn pledge(count: u32, unit: Unit) -> Pledge {
    Pledge {
        standard_id: StandardId(Uuid::nil()),
        text: "Fly-tips removed".to_owned(),
        measure: Measure::Resolution,
        count,
        unit,
        starts_at: StartEvent::Reported,
        pause_reasons: vec!["awaiting_access".to_owned()],
        pause_cap_days: 0,
    }
}

fn clock(reported: &str, pledge: Pledge) -> Clock {
    let mut clock = Clock { basis: Basis::Pledged(pledge), ..Clock::new(at(reported)) };
    clock.reckon(&calendar());
    clock
}

fn due(reported: &str, count: u32, unit: Unit) -> String {
    clock(reported, pledge(count, unit)).due_time().unwrap().to_rfc3339()
}

#[test]
fn two_working_days_are_due_at_the_end_of_the_local_day() {
    assert_eq!(due("2009-12-23T10:00:00Z", 2, Unit::WorkingDays), "2009-12-29T23:59:59+00:00");
    assert_eq!(due("2009-12-24T10:00:00Z", 2, Unit::WorkingDays), "2009-12-30T23:59:59+00:00");
    assert_eq!(due("2009-08-28T10:00:00Z", 2, Unit::WorkingDays), "2009-09-02T22:59:59+00:00");
    assert_eq!(due("2009-10-10T10:00:00Z", 2, Unit::WorkingDays), "2009-10-13T22:59:59+00:00");
    assert_eq!(due("2026-04-02T10:00:00Z", 2, Unit::WorkingDays), "2026-04-08T22:59:59+00:00");
    assert_eq!(due("2026-12-24T10:00:00Z", 2, Unit::WorkingDays), "2026-12-30T23:59:59+00:00");
    assert_eq!(due("2010-04-01T10:00:00Z", 5, Unit::WorkingDays), "2010-04-12T22:59:59+00:00");
}

#[test]
fn the_day_of_the_start_is_local() {
    // 23:30 in London on the 14th of July is still the 14th, though 22:30 in UTC; half past midnight is the 15th.
    assert_eq!(due("2026-07-14T22:30:00Z", 1, Unit::WorkingDays), "2026-07-15T22:59:59+00:00");
    assert_eq!(due("2026-07-14T23:30:00Z", 1, Unit::WorkingDays), "2026-07-16T22:59:59+00:00");
}

#[test]
fn hours_elapse_across_the_change_of_the_clocks() {
    // The clocks go forward on 29 March 2026 at 01:00 UTC.
    assert_eq!(due("2026-03-28T12:00:00Z", 24, Unit::CalendarHours), "2026-03-29T12:00:00+00:00");
    assert_eq!(due("2026-03-28T12:00:00Z", 1, Unit::CalendarDays), "2026-03-29T22:59:59+00:00");
}

#[test]
fn working_hours_pass_over_nights_and_weekends() {
    // Friday 17:30 local: all of the four hours are Monday's.
    assert_eq!(due("2026-01-16T17:30:00Z", 4, Unit::WorkingHours), "2026-01-19T13:00:00+00:00");
    assert_eq!(due("2026-01-16T15:00:00Z", 4, Unit::WorkingHours), "2026-01-19T11:00:00+00:00");
    assert_eq!(due("2026-01-17T11:00:00Z", 8, Unit::WorkingHours), "2026-01-19T17:00:00+00:00");
    assert_eq!(due("2026-07-14T08:00:00Z", 9, Unit::WorkingHours), "2026-07-15T09:00:00+00:00");
}

#[test]
fn past_the_calendar_is_said() {
    assert!(clock("2028-12-28T10:00:00Z", pledge(5, Unit::WorkingDays)).due.unwrap().beyond_calendar);
    assert!(!clock("2028-12-18T10:00:00Z", pledge(2, Unit::WorkingDays)).due.unwrap().beyond_calendar);
}

#[test]
fn a_pause_gives_back_the_working_days_that_it_took() {
    let mut clock = clock("2026-01-12T10:00:00Z", pledge(2, Unit::WorkingDays));
    clock.pause("awaiting_access", at("2026-01-13T10:00:00Z")).unwrap();
    assert!(!clock.has_breached(at("2026-01-20T10:00:00Z")), "a clock that stands still passes nothing");
    clock.run_on(at("2026-01-20T10:00:00Z"));
    clock.reckon(&calendar());
    assert_eq!(clock.due_time(), Some(at("2026-01-21T23:59:59Z")));
    assert_eq!(clock.paused_time(at("2026-02-01T00:00:00Z")), TimeDelta::days(7));
}

#[test]
fn a_pause_after_the_due_time_gives_nothing_back() {
    let mut clock = clock("2026-01-12T10:00:00Z", pledge(1, Unit::WorkingDays));
    clock.pause("awaiting_access", at("2026-01-15T10:00:00Z")).unwrap();
    assert!(clock.has_breached(at("2026-01-16T10:00:00Z")), "the time had passed before the pause");
    clock.run_on(at("2026-01-20T10:00:00Z"));
    clock.reckon(&calendar());
    assert_eq!(clock.due_time(), Some(at("2026-01-13T23:59:59Z")));
}

#[test]
fn pauses_stop_giving_back_at_their_cap() {
    let capped = Pledge { pause_cap_days: 1, ..pledge(24, Unit::CalendarHours) };
    let mut clock = clock("2026-01-12T00:00:00Z", capped);
    clock.pause("awaiting_access", at("2026-01-12T12:00:00Z")).unwrap();
    clock.run_on(at("2026-01-15T12:00:00Z"));
    clock.reckon(&calendar());
    assert_eq!(clock.due_time(), Some(at("2026-01-14T00:00:00Z")));
}

#[test]
fn a_pause_that_nobody_ends_is_over_at_its_cap() {
    let capped = Pledge { pause_cap_days: 1, ..pledge(24, Unit::CalendarHours) };
    let mut clock = clock("2026-01-12T00:00:00Z", capped);
    clock.pause("awaiting_access", at("2026-01-12T12:00:00Z")).unwrap();
    clock.reckon(&calendar());
    assert_eq!(clock.due_time(), Some(at("2026-01-14T00:00:00Z")));
    assert_eq!(clock.next_look(), clock.due_time());
    assert!(clock.stands_still(at("2026-01-13T11:59:59Z")) && !clock.stands_still(at("2026-01-13T12:00:00Z")));
    assert!(!clock.has_breached(at("2026-01-14T00:00:00Z")));
    assert!(clock.has_breached(at("2026-01-14T00:00:01Z")), "held for ever is late after all");
    assert_eq!(clock.paused_time(at("2026-02-01T00:00:00Z")), TimeDelta::days(1));
    clock.run_on(at("2026-01-12T13:00:00Z"));
    clock.reckon(&calendar());
    assert_eq!(clock.due_time(), Some(at("2026-01-13T01:00:00Z")), "ended early, it gives back what it took");
}

#[test]
fn an_open_pause_has_what_earlier_ones_left_of_the_cap() {
    let capped = Pledge { pause_cap_days: 1, ..pledge(48, Unit::CalendarHours) };
    let mut clock = clock("2026-01-12T00:00:00Z", capped);
    clock.pause("awaiting_access", at("2026-01-12T06:00:00Z")).unwrap();
    clock.run_on(at("2026-01-13T00:00:00Z"));
    clock.pause("awaiting_access", at("2026-01-13T06:00:00Z")).unwrap();
    clock.reckon(&calendar());
    assert!(clock.stands_still(at("2026-01-13T11:59:59Z")) && !clock.stands_still(at("2026-01-13T12:00:00Z")));
    assert_eq!(clock.due_time(), Some(at("2026-01-15T00:00:00Z")));
}

#[test]
fn only_listed_reasons_pause() {
    let mut clock = clock("2026-01-12T10:00:00Z", pledge(2, Unit::WorkingDays));
    let refused = clock.pause("busy", at("2026-01-13T10:00:00Z")).unwrap_err();
    assert!(matches!(refused, Refusal::PauseNotAllowed { allowed, .. } if allowed == ["awaiting_access"]));
    assert!(!clock.is_paused());
    assert!(Clock::new(at("2026-01-12T10:00:00Z")).pause("awaiting_access", at("2026-01-13T10:00:00Z")).is_err());
}

#[test]
fn the_second_of_the_due_time_is_on_time() {
    let mut clock = clock("2026-01-12T10:00:00Z", pledge(2, Unit::WorkingDays));
    let due = clock.due_time().unwrap();
    assert_eq!(clock.on_time(due), OnTime::Running);
    assert_eq!(clock.on_time(due + TimeDelta::seconds(1)), OnTime::Late);
    clock.end(due);
    assert_eq!(clock.on_time(at("2030-01-01T00:00:00Z")), OnTime::Met);
    clock.end(due + TimeDelta::seconds(1));
    assert_eq!(clock.on_time(at("2030-01-01T00:00:00Z")), OnTime::Late);
}

#[test]
fn a_disputed_end_is_late_unless_it_is_upheld() {
    let mut clock = clock("2026-01-12T10:00:00Z", pledge(2, Unit::WorkingDays));
    let now = at("2026-01-14T10:00:00Z");
    clock.end(at("2026-01-13T10:00:00Z"));
    clock.dispute();
    assert_eq!(clock.stopped_time(), None, "the clock runs on");
    assert_eq!(clock.on_time(now), OnTime::Late);
    let mut fixed_again = clock.clone();
    fixed_again.end(at("2026-01-14T09:00:00Z"));
    assert_eq!(fixed_again.on_time(now), OnTime::Late, "fixed in time, but not the first time");
    clock.uphold().unwrap();
    assert_eq!(clock.on_time(now), OnTime::Met);
    assert_eq!(clock.stopped_time(), Some(at("2026-01-13T10:00:00Z")));
    assert_eq!(clock.uphold(), Err(Refusal::ClosingNotDisputed));
}

#[test]
fn a_pledge_to_answer_stops_at_the_answer() {
    let answer = Pledge { measure: Measure::Response, ..pledge(24, Unit::CalendarHours) };
    let mut clock = clock("2026-01-12T10:00:00Z", answer);
    clock.answered = Some(at("2026-01-12T12:00:00Z"));
    assert_eq!(clock.on_time(at("2026-02-01T00:00:00Z")), OnTime::Met);
    clock.end(at("2026-01-20T12:00:00Z"));
    assert_eq!(clock.on_time(at("2026-02-01T00:00:00Z")), OnTime::Met);
}

#[test]
fn a_late_attachment_counts_from_the_original_start() {
    let mut clock = Clock { basis: Basis::Pending, ..Clock::new(at("2026-01-12T10:00:00Z")) };
    clock.reckon(&calendar());
    assert_eq!((clock.due_time(), clock.on_time(at("2027-01-01T00:00:00Z"))), (None, OnTime::Running));
    clock.basis = Basis::Pledged(pledge(2, Unit::WorkingDays));
    clock.reckon(&calendar());
    assert_eq!(clock.due_time(), Some(at("2026-01-14T23:59:59Z")));
}

#[test]
fn another_systems_case_is_judged_by_its_own_target() {
    let imported = |due: Option<&str>, closed: &str| {
        let basis = Basis::Imported { due_time: due.map(at) };
        let mut clock = Clock { basis, ..Clock::new(at("2015-05-06T15:54:35Z")) };
        clock.end(at(closed));
        clock.reckon(&calendar());
        clock.on_time(at("2026-01-01T00:00:00Z"))
    };
    assert_eq!(imported(Some("2015-05-13T15:54:23Z"), "2015-05-13T15:54:23Z"), OnTime::Met);
    assert_eq!(imported(Some("2015-05-13T15:54:23Z"), "2015-05-13T15:54:24Z"), OnTime::Late);
    assert_eq!(
        imported(Some("2015-05-13T15:54:23Z"), "2015-05-06T15:54:26Z"),
        OnTime::Met,
        "closed before it was reported"
    );
    assert_eq!(imported(None, "2015-10-05T16:34:26Z"), OnTime::Met, "without a target nothing is late");
}
