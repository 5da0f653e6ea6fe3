//! What is to be reckoned, and by when it is due.

use chrono::{DateTime, Utc};
use pathfinder_kit::wire::{self, Gather};
use pathfinder_kit::{Failure, Violation};
use pathfinder_proto::issues::v1 as pb;
use prost_types::Timestamp;

use crate::app::due_times::{ReckonDueTimes, Reckoning};
use crate::domain::clock::reckon::{Span, Terms};
use crate::domain::clock::{Due, Unit};
use crate::domain::times::flaw_of_clock_time;

pub(in crate::grpc) fn reckon_due_times(message: &pb::ReckonDueTimesRequest) -> Result<ReckonDueTimes, Failure> {
    let mut gather = Gather::default();
    let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
    let asked = message.reckonings.iter().enumerate();
    let reckonings = asked.filter_map(|(index, asked)| reckoning(&mut gather, &format!("reckonings[{index}]"), asked));
    let reckonings = reckonings.collect();
    gather.finish()?;
    let partnership_id = partnership_id.ok_or_else(|| Failure::invalid(Vec::new()))?;
    Ok(ReckonDueTimes { partnership_id, reckonings })
}

pub(in crate::grpc) fn reckoned(due_times: Vec<Due>) -> pb::ReckonDueTimesResponse {
    let told = |due: Due| pb::ReckonedDueTime {
        due_time: Some(wire::timestamp(due.time)),
        beyond_calendar: due.beyond_calendar,
    };
    pb::ReckonDueTimesResponse { due_times: due_times.into_iter().map(told).collect() }
}

fn reckoning(gather: &mut Gather, field: &str, asked: &pb::DueTimeReckoning) -> Option<Reckoning> {
    let start = gather.take(instant(&format!("{field}.start_time"), asked.start_time.as_ref()));
    let terms = gather.take(terms(field, asked));
    let pauses = pauses(gather, field, start, &asked.pauses);
    Some(Reckoning { start: start?, terms: terms?, pauses })
}

fn terms(field: &str, asked: &pb::DueTimeReckoning) -> Result<Terms, Violation> {
    let whole = |name: &str, number: i32| {
        u32::try_from(number).map_err(|_| Violation::new(format!("{field}.{name}"), "must not be negative"))
    };
    let unit = match asked.unit() {
        pb::PledgeUnit::WorkingDays => Unit::WorkingDays,
        pb::PledgeUnit::WorkingHours => Unit::WorkingHours,
        pb::PledgeUnit::CalendarHours => Unit::CalendarHours,
        pb::PledgeUnit::CalendarDays => Unit::CalendarDays,
        pb::PledgeUnit::Unspecified => return Err(Violation::new(format!("{field}.unit"), "must be given")),
    };
    Ok(Terms {
        count: whole("count", asked.count)?,
        unit,
        pause_cap_days: whole("pause_cap_days", asked.pause_cap_days)?,
    })
}

/// The pauses of one clock. Each begins when those before it are over; where it is not known when that is, because it is wrong
/// itself, nothing more is said of it.
fn pauses(gather: &mut Gather, field: &str, start: Option<DateTime<Utc>>, asked: &[pb::ClockPause]) -> Vec<Span> {
    let mut spans = Vec::with_capacity(asked.len());
    let mut free_from = start;
    for (index, pause) in asked.iter().enumerate() {
        let field = format!("{field}.pauses[{index}]");
        let is_last = index + 1 == asked.len();
        let from = gather.take(instant(&format!("{field}.start_time"), pause.start_time.as_ref()));
        let to = gather.take(end_of_pause(&format!("{field}.end_time"), pause.end_time.as_ref(), is_last));
        if from.zip(free_from).is_some_and(|(from, free_from)| from < free_from) {
            let before = if index == 0 { "the clock started" } else { "the pause before it ended" };
            gather.report(format!("{field}.start_time"), format!("must not lie before {before}"));
        }
        if from.zip(to.flatten()).is_some_and(|(from, to)| to < from) {
            gather.report(format!("{field}.end_time"), "must not lie before the pause began");
        }
        spans.extend(from.map(|from| Span { from, to: to.flatten() }));
        free_from = to.flatten().filter(|to| from.is_some_and(|from| from <= *to));
    }
    spans
}

fn end_of_pause(field: &str, end: Option<&Timestamp>, is_last: bool) -> Result<Option<DateTime<Utc>>, Violation> {
    match end {
        None if is_last => Ok(None),
        None => Err(Violation::new(field, "must be given: only the last pause may last")),
        Some(end) => instant(field, Some(end)).map(Some),
    }
}

/// An instant at which a clock may have done something.
fn instant(field: &str, time: Option<&Timestamp>) -> Result<DateTime<Utc>, Violation> {
    let time = time.ok_or_else(|| Violation::new(field, "must be given"))?;
    let time = wire::time(field, time)?;
    flaw_of_clock_time(time).map_or(Ok(time), |flaw| Err(Violation::new(field, flaw)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01890a5d-ac96-774b-bcce-000000000000";

    fn at(text: &str) -> Option<Timestamp> {
        Some(wire::timestamp(text.parse().unwrap()))
    }

    fn pause(start: &str, end: Option<&str>) -> pb::ClockPause {
        pb::ClockPause { start_time: at(start), end_time: end.and_then(at) }
    }

    fn asked(start: &str, pauses: Vec<pb::ClockPause>) -> pb::DueTimeReckoning {
        let unit = pb::PledgeUnit::WorkingDays.into();
        pb::DueTimeReckoning { start_time: at(start), count: 2, unit, pauses, pause_cap_days: 3 }
    }

    fn read(reckonings: Vec<pb::DueTimeReckoning>) -> Result<ReckonDueTimes, Failure> {
        reckon_due_times(&pb::ReckonDueTimesRequest { partnership_id: ID.to_owned(), reckonings })
    }

    #[test]
    fn a_clock_is_read_with_its_pauses_of_which_the_last_may_last() {
        let pauses = vec![
            pause("2026-01-12T10:00:00Z", Some("2026-01-12T10:00:00Z")),
            pause("2026-01-12T10:00:00Z", Some("2026-01-13T10:00:00Z")),
            pause("2026-01-14T10:00:00Z", None),
        ];
        let read = read(vec![asked("2026-01-12T10:00:00Z", pauses)]).unwrap();
        let [one] = read.reckonings.as_slice() else { panic!("one clock: {read:?}") };
        assert_eq!(one.terms, Terms { count: 2, unit: Unit::WorkingDays, pause_cap_days: 3 });
        assert_eq!(one.pauses.iter().map(|pause| pause.to.is_some()).collect::<Vec<_>>(), [true, true, false]);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_where_it_stands() {
        let wrong = read(vec![
            asked("1999-12-31T10:00:00Z", vec![pause("2101-01-01T00:00:00Z", None)]),
            asked(
                "2026-01-12T10:00:00Z",
                vec![
                    pause("2026-01-12T09:59:59Z", None),
                    pause("2026-01-14T10:00:00Z", Some("2026-01-13T10:00:00Z")),
                    pause("2026-01-13T09:00:00Z", Some("2026-01-13T10:00:00Z")),
                    pause("2026-01-13T09:00:00Z", None),
                ],
            ),
            pb::DueTimeReckoning { start_time: None, unit: 0, ..asked("2026-01-12T10:00:00Z", Vec::new()) },
        ]);
        let violations = wrong.unwrap_err();
        let fields: Vec<&str> = violations.violations().iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "reckonings[0].start_time",
                "reckonings[0].pauses[0].start_time",
                "reckonings[1].pauses[0].end_time",
                "reckonings[1].pauses[0].start_time",
                "reckonings[1].pauses[1].end_time",
                "reckonings[1].pauses[3].start_time",
                "reckonings[2].start_time",
                "reckonings[2].unit",
            ]
        );
    }
}
