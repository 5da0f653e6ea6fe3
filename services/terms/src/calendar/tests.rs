//! Known dates, and what must hold of every calendar.

use chrono::{Days, TimeDelta};
use proptest::prelude::*;

use super::*;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn england() -> WorkingCalendar {
    WorkingCalendar::of(Nation::EnglandAndWales)
}

fn after(start: &str, count: u32) -> String {
    let reckoned = england().add_working_days(date(start), count);
    assert!(!reckoned.beyond_calendar, "{start} + {count} lies inside the calendar");
    reckoned.date.to_string()
}

#[test]
fn two_working_days_after_each_start_of_the_domain_document() {
    assert_eq!(after("2009-12-23", 2), "2009-12-29");
    assert_eq!(after("2009-12-24", 2), "2009-12-30");
    assert_eq!(after("2009-08-28", 2), "2009-09-02");
    assert_eq!(after("2009-10-10", 2), "2009-10-13");
    assert_eq!(after("2026-04-02", 2), "2026-04-08");
    assert_eq!(after("2026-12-24", 2), "2026-12-30");
}

#[test]
fn five_working_days_over_easter() {
    assert_eq!(after("2010-04-01", 5), "2010-04-12");
}

#[test]
fn papers_are_out_five_clear_working_days_before_a_meeting() {
    let by = |meeting| england().last_day_for_clear_days(date(meeting), 5).date.to_string();
    assert_eq!(by("2009-11-11"), "2009-11-03");
    assert_eq!(by("2010-01-06"), "2009-12-24");
}

#[test]
fn each_nation_keeps_its_own_holidays() {
    let worked = |nation, day| WorkingCalendar::of(nation).is_working_day(date(day));
    // Easter Monday is worked in Scotland alone, 2 January everywhere but there, 12 July everywhere but in Northern Ireland.
    assert!(worked(Nation::Scotland, "2026-04-06"));
    assert!(!worked(Nation::EnglandAndWales, "2026-04-06"));
    assert!(!worked(Nation::Scotland, "2026-01-02"));
    assert!(worked(Nation::EnglandAndWales, "2026-01-02"));
    assert!(!worked(Nation::NorthernIreland, "2027-07-12"));
    assert!(worked(Nation::EnglandAndWales, "2027-07-12"));
}

#[test]
fn proclaimed_days_are_in_the_tables() {
    for nation in Nation::ALL {
        for day in ["2011-04-29", "2012-06-05", "2022-06-03", "2022-09-19", "2023-05-08"] {
            assert!(!WorkingCalendar::of(nation).is_working_day(date(day)), "{day} was a holiday in {nation}");
        }
    }
}

#[test]
fn the_tables_are_whole_sorted_and_on_weekdays() {
    for nation in Nation::ALL {
        let years = holidays::table(nation);
        let expected: Vec<i32> = (holidays::FIRST_YEAR..=holidays::LAST_YEAR).collect();
        assert_eq!(years.iter().map(|(year, _)| *year).collect::<Vec<_>>(), expected, "{nation}");
        for (year, days) in years {
            assert!(days.is_sorted() && days.len() >= 8, "{nation} {year}");
            for day in *days {
                let holiday = NaiveDate::from_ymd_opt(*year, day / 100, day % 100);
                let weekday = holiday.unwrap().weekday();
                assert!(!matches!(weekday, Weekday::Sat | Weekday::Sun), "{nation} {year} {day} falls on {weekday}");
            }
        }
    }
}

#[test]
fn an_answer_past_the_calendar_says_so() {
    let calendar = england();
    assert!(calendar.add_working_days(date("2028-12-28"), 5).beyond_calendar);
    assert!(!calendar.add_working_days(date("2028-12-20"), 2).beyond_calendar);
    assert!(calendar.working_days_before(date("2009-01-02"), 3).beyond_calendar);
    assert!(calendar.add_working_days(NaiveDate::MAX, 1).beyond_calendar);
    assert!(calendar.add_working_days(date("2026-01-01"), u32::MAX).beyond_calendar);
}

#[test]
fn overrides_close_and_open_days() {
    let overrides = Overrides { closed: [date("2026-06-15")].into(), open: [date("2026-08-31")].into() };
    let calendar = england().with_overrides(overrides);
    assert!(!calendar.is_working_day(date("2026-06-15")));
    assert!(calendar.is_working_day(date("2026-08-31")));
    assert_eq!(calendar.add_working_days(date("2026-06-12"), 1).date, date("2026-06-16"));
}

#[test]
fn counts_that_go_by_weeks_come_to_the_same_as_day_by_day() {
    let overridden = Overrides { closed: [date("2029-03-14")].into(), open: [date("2029-03-17")].into() };
    for calendar in [england(), england().with_overrides(overridden)] {
        for start in ["2028-12-20", "2029-01-01", "2029-03-02", "2029-03-03", "2029-03-04", "2029-03-17"].map(date) {
            let mut day = start;
            for count in 1..=60 {
                day = calendar.add_working_days(day, 1).date;
                assert_eq!(calendar.add_working_days(start, count).date, day, "{start} + {count}");
                assert_eq!(calendar.working_days_between(start, day), count, "{start} to {day}");
            }
        }
    }
    assert_eq!(england().working_days_between(date("2029-03-10"), date("2029-03-03")), 0);
}

#[test]
fn a_day_ends_by_the_local_clock() {
    assert_eq!(end_of_day(date("2026-01-15")).to_rfc3339(), "2026-01-15T23:59:59+00:00");
    assert_eq!(end_of_day(date("2026-07-15")).to_rfc3339(), "2026-07-15T22:59:59+00:00");
    let late_evening = end_of_day(date("2026-07-15"));
    assert_eq!(local_date(late_evening), date("2026-07-15"));
    assert_eq!(local_date(late_evening + TimeDelta::seconds(1)), date("2026-07-16"));
}

#[test]
fn nations_are_read_from_their_words() {
    for nation in Nation::ALL {
        assert_eq!(nation.word().parse(), Ok(nation));
    }
    assert_eq!("wales".parse::<Nation>(), Err(InvalidNation));
}

proptest! {
    #[test]
    fn counting_forward_and_measuring_back_agree(offset in 0u64..6_000, count in 1u32..60, nation in 0usize..3) {
        let calendar = WorkingCalendar::of(Nation::ALL[nation]);
        let start = date("2010-01-01").checked_add_days(Days::new(offset)).unwrap();
        let due = calendar.add_working_days(start, count).date;
        prop_assert!(calendar.is_working_day(due));
        prop_assert_eq!(calendar.working_days_between(start, due), count);
    }

    #[test]
    fn clear_days_lie_between_publication_and_meeting(offset in 0u64..6_000, clear in 0u32..15) {
        let calendar = england();
        let meeting = date("2010-02-01").checked_add_days(Days::new(offset)).unwrap();
        let publish = calendar.last_day_for_clear_days(meeting, clear).date;
        let between = calendar.working_days_between(publish, meeting.pred_opt().unwrap());
        prop_assert!(between >= clear, "{} working days between {} and {}", between, publish, meeting);
    }
}
