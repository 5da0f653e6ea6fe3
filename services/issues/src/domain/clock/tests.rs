//! Due times of every unit, pauses, disputes, and what other systems' cases do.

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
    assert_eq!(clock.next_look(), Some(at("2026-01-13T19:12:00Z")), "a fifth of 24 hours before it");
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
fn a_pause_gives_back_the_working_hours_that_it_took() {
    let due = |reported: &str, count: u32, from: &str, to: &str| {
        let mut clock = clock(reported, pledge(count, Unit::WorkingHours));
        clock.pause("awaiting_access", at(from)).unwrap();
        clock.run_on(at(to));
        clock.reckon(&calendar());
        clock.due_time().unwrap()
    };
    // Monday 12:00 to Tuesday 13:30 takes five hours and four and a half.
    let over_a_night = due("2026-01-12T10:00:00Z", 4, "2026-01-12T12:00:00Z", "2026-01-13T13:30:00Z");
    assert_eq!(over_a_night, at("2026-01-13T15:30:00Z"));
    // Friday 16:00 to Monday 10:00 takes an hour of each.
    let over_a_weekend = due("2026-01-16T15:30:00Z", 2, "2026-01-16T16:00:00Z", "2026-01-19T10:00:00Z");
    assert_eq!(over_a_weekend, at("2026-01-19T11:30:00Z"));
    let within_a_weekend = due("2026-01-16T15:30:00Z", 2, "2026-01-17T10:00:00Z", "2026-01-18T16:00:00Z");
    assert_eq!(within_a_weekend, at("2026-01-19T09:30:00Z"), "nothing of a weekend is worked");
    // The clocks go forward on Sunday 29 March 2026: Monday's 10:00 is 09:00 UTC.
    let over_the_change = due("2026-03-27T15:30:00Z", 2, "2026-03-27T16:00:00Z", "2026-03-30T09:00:00Z");
    assert_eq!(over_the_change, at("2026-03-30T10:30:00Z"));
}

#[test]
fn a_pause_gives_back_parts_of_a_second() {
    let mut clock = clock("2026-01-12T10:00:00Z", pledge(1, Unit::CalendarHours));
    for (from, to) in [("10:10:00.250", "10:20:01"), ("10:30:00.500", "10:30:00.750")] {
        clock.pause("awaiting_access", at(&format!("2026-01-12T{from}Z"))).unwrap();
        clock.run_on(at(&format!("2026-01-12T{to}Z")));
    }
    clock.reckon(&calendar());
    assert_eq!(clock.due_time(), Some(at("2026-01-12T11:10:01Z")));
}

#[test]
fn a_pause_within_a_day_takes_no_working_day() {
    let mut clock = clock("2026-01-12T10:00:00Z", pledge(2, Unit::WorkingDays));
    for hour in ["09", "11", "13"] {
        clock.pause("awaiting_access", at(&format!("2026-01-13T{hour}:00:00Z"))).unwrap();
        clock.run_on(at(&format!("2026-01-13T{hour}:59:59Z")));
    }
    clock.reckon(&calendar());
    assert_eq!(clock.due_time(), Some(at("2026-01-14T23:59:59Z")));
}

#[test]
fn a_pause_takes_the_working_days_at_whose_end_it_stood_still() {
    // Three working days from a Wednesday: Thursday, Friday, Monday the 19th.
    let due = |from: &str, to: &str| {
        let mut clock = clock("2026-01-14T10:00:00Z", pledge(3, Unit::WorkingDays));
        clock.pause("awaiting_access", at(from)).unwrap();
        clock.run_on(at(to));
        clock.reckon(&calendar());
        clock.due_time().unwrap().to_rfc3339()
    };
    assert_eq!(due("2026-01-14T11:00:00Z", "2026-01-15T11:00:00Z"), "2026-01-20T23:59:59+00:00");
    assert_eq!(due("2026-01-17T11:00:00Z", "2026-01-18T23:00:00Z"), "2026-01-19T23:59:59+00:00");
    assert_eq!(due("2026-01-17T11:00:00Z", "2026-01-19T09:00:00Z"), "2026-01-19T23:59:59+00:00", "a weekend is no day");
    assert_eq!(due("2026-01-16T17:00:00Z", "2026-01-17T09:00:00Z"), "2026-01-20T23:59:59+00:00", "Friday was taken");
    assert_eq!(due("2026-01-19T23:59:59Z", "2026-01-20T00:00:00Z"), "2026-01-20T23:59:59+00:00");
}

#[test]
fn whoever_pauses_in_time_is_in_time_when_the_clock_runs_on() {
    for cap in [0, 1] {
        let mut clock = clock("2026-01-14T10:00:00Z", Pledge { pause_cap_days: cap, ..pledge(2, Unit::WorkingDays) });
        // On the afternoon of Friday, the last day, until Saturday afternoon.
        clock.pause("awaiting_access", at("2026-01-16T17:00:00Z")).unwrap();
        clock.reckon(&calendar());
        assert!(!clock.has_breached(at("2026-01-17T16:59:59Z")));
        clock.run_on(at("2026-01-17T17:00:00Z"));
        clock.reckon(&calendar());
        assert!(!clock.has_breached(at("2026-01-17T17:00:00Z")));
        assert_eq!(clock.due_time(), Some(at("2026-01-19T23:59:59Z")));
    }
}

#[test]
fn however_much_is_pledged_it_is_reckoned() {
    for unit in Unit::ALL.iter().copied() {
        let clock = clock("2026-01-12T10:00:00Z", pledge(100_000, unit));
        let due = clock.due.unwrap();
        let years = (due.time - at("2026-01-12T10:00:00Z")).num_days() / 365;
        let (expected, beyond_calendar) = match unit {
            Unit::WorkingDays => (383, true),
            Unit::WorkingHours => (48, true),
            Unit::CalendarHours => (11, false),
            Unit::CalendarDays => (273, false),
        };
        assert_eq!((years, due.beyond_calendar), (expected, beyond_calendar), "{}", unit.word());
    }
}

#[test]
fn hours_before_the_calendar_begins_say_so() {
    assert!(clock("2008-12-30T10:00:00Z", pledge(2, Unit::WorkingHours)).due.unwrap().beyond_calendar);
    assert!(!clock("2009-01-05T10:00:00Z", pledge(2, Unit::WorkingHours)).due.unwrap().beyond_calendar);
}

#[test]
fn the_last_fifth_of_the_time_is_near() {
    let mut clock = clock("2026-01-12T10:00:00Z", pledge(10, Unit::CalendarHours));
    let today = |hour: &str| at(&format!("2026-01-12T{hour}Z"));
    assert_eq!(clock.warn_time(), Some(today("18:00:00")));
    assert_eq!(clock.next_look(), clock.warn_time());
    assert!(!clock.must_warn(today("18:00:00")) && clock.must_warn(today("18:00:01")));
    assert!(clock.must_warn(today("20:00:00")) && !clock.must_warn(today("20:00:01")), "late is not soon");
    clock.warned_due_time = clock.due_time();
    assert!(!clock.must_warn(today("19:00:00")), "once");
    assert_eq!(clock.next_look(), clock.due_time());
    clock.pause("awaiting_access", today("19:00:00")).unwrap();
    clock.reckon(&calendar());
    assert_eq!(clock.next_look(), None, "a clock that stands still brings nothing nearer");
    clock.run_on(today("21:00:00"));
    clock.reckon(&calendar());
    assert_eq!(clock.warn_time(), Some(today("20:00:00")), "a fifth of the ten hours before 22:00");
    assert!(clock.must_warn(today("21:00:00")), "the due time moved");
    clock.end(today("21:00:00"));
    assert!(!clock.must_warn(today("21:30:00")), "it is fixed");
}

#[test]
fn a_warning_waits_until_the_cap_of_pauses_is_reached() {
    let capped = Pledge { pause_cap_days: 1, ..pledge(10, Unit::CalendarHours) };
    let mut clock = clock("2026-01-12T10:00:00Z", capped);
    clock.pause("awaiting_access", at("2026-01-12T19:30:00Z")).unwrap();
    clock.reckon(&calendar());
    assert_eq!(clock.due_time(), Some(at("2026-01-13T20:00:00Z")));
    assert_eq!(clock.warn_time(), Some(at("2026-01-13T18:00:00Z")));
    assert_eq!(clock.next_look(), Some(at("2026-01-13T19:30:00Z")));
    assert!(!clock.must_warn(at("2026-01-13T19:29:59Z")) && clock.must_warn(at("2026-01-13T19:30:01Z")));
}

#[test]
fn nothing_is_near_without_a_pledge() {
    let due_time = Some(at("2026-01-13T10:00:00Z"));
    for basis in [Basis::Nothing, Basis::Pending, Basis::Imported { due_time }] {
        let mut clock = Clock { basis, ..Clock::new(at("2026-01-12T10:00:00Z")) };
        clock.reckon(&calendar());
        assert_eq!(clock.warn_time(), None);
        assert!(!clock.must_warn(at("2026-01-13T09:59:00Z")));
        assert_eq!(clock.next_look(), clock.due_time());
    }
}

#[test]
fn a_clock_that_was_kept_before_there_were_warnings_is_read() {
    let clock = clock("2026-01-12T10:00:00Z", pledge(2, Unit::WorkingDays));
    let mut kept = serde_json::to_value(&clock).unwrap();
    kept.as_object_mut().unwrap().remove("warned_due_time").unwrap();
    assert_eq!(serde_json::from_value::<Clock>(kept).unwrap(), clock);
}

#[test]
fn only_listed_reasons_pause() {
    let mut clock = clock("2026-01-12T10:00:00Z", pledge(2, Unit::WorkingDays));
    let refused = clock.pause("busy", at("2026-01-13T10:00:00Z")).unwrap_err();
    let said = "The clock was not paused: the standard does not allow it for `busy`, but for awaiting_access.";
    assert_eq!(refused.to_string(), said);
    assert!(matches!(refused, Refusal::PauseNotAllowed { allowed, .. } if allowed == ["awaiting_access"]));
    assert!(!clock.is_paused());
    let mut unpledged = Clock::new(at("2026-01-12T10:00:00Z"));
    let refused = unpledged.pause("awaiting_access", at("2026-01-13T10:00:00Z")).unwrap_err().to_string();
    assert!(refused.ends_with("for `awaiting_access`, nor for any other reason."), "{refused}");
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
    clock.dispute(None);
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
