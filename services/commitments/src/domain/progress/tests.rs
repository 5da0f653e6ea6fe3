//! Reports: the table of states pair by pair, and each rule of a period.

use super::super::commitment::fixture::{accepted, day, moment};
use super::*;

fn content(measurement: Measurement) -> Content {
    Content {
        measurement,
        narrative: "Two more teams since May.".to_owned(),
        reported_rag: Rag::Green,
        forecast_value: None,
        get_well_plan: None,
        evidence: Vec::new(),
    }
}

fn id(number: u128) -> ProgressReportId {
    uuid::Uuid::from_u128(number).into()
}

fn who(name: &str) -> Who {
    Who { id: name.to_lowercase(), name: name.to_owned() }
}

/// A commitment from 1 April to 31 December 2026, reported quarterly, due 10 working days after.
fn running() -> Commitment {
    accepted("2026-04-01")
}

fn draft(commitment: &Commitment, end: &str, today: &str) -> Result<ProgressReport, Refusal> {
    let content = content(Measurement::Value(70.0));
    ProgressReport::draft(commitment, day(end), content, None, id(1), who("Dan"), &moment(today))
}

fn submitted(today: &str) -> ProgressReport {
    let commitment = running();
    let mut report = draft(&commitment, "2026-06-30", today).expect("a draft");
    report.submit(&commitment, &moment(today)).expect("handed in");
    report
}

#[test]
fn every_pair_of_states_is_allowed_or_refused_as_the_domain_says() {
    let follows: &[(ReportStatus, &[ReportStatus])] =
        &[(Draft, &[Submitted]), (Submitted, &[Queried, Accepted]), (Queried, &[Accepted]), (Accepted, &[])];
    assert_eq!(follows.len(), ReportStatus::ALL.len());
    for (from, allowed) in follows {
        for to in ReportStatus::ALL {
            let possible = MOVES.iter().any(|(a, _, b)| a == from && b == to);
            assert_eq!(possible, allowed.contains(to), "{from} → {to}");
        }
    }
}

#[test]
fn the_period_must_be_over() {
    let commitment = running();
    let mut report = draft(&commitment, "2026-06-30", "2026-06-30").expect("a draft may be written early");
    let refused = report.submit(&commitment, &moment("2026-06-30"));
    assert_eq!(refused, Err(Refusal::PeriodNotOver { period_end_date: day("2026-06-30") }));
    assert_eq!(report.submit(&commitment, &moment("2026-07-01")), Ok(()));
    assert_eq!((report.status, report.is_final), (Submitted, false));
}

#[test]
fn a_day_on_which_no_period_ends_is_answered_with_the_nearest() {
    let nearest = vec![day("2026-06-30"), day("2026-09-30"), day("2026-12-31")];
    assert_eq!(
        draft(&running(), "2026-07-31", "2026-08-01"),
        Err(Refusal::PeriodUnknown { given: day("2026-07-31"), nearest })
    );
}

#[test]
fn late_begins_five_working_days_past_due() {
    // The quarter ends on Tue 30 Jun 2026; due 10 working days on, Tue 14 Jul; not late until the end of Tue 21 Jul.
    assert_eq!(submitted("2026-07-21").due, day("2026-07-14"));
    assert!(!submitted("2026-07-21").late);
    assert!(submitted("2026-07-22").late);
}

#[test]
fn the_numerator_is_at_most_the_denominator() {
    for (numerator, denominator, fields) in
        [(41, 50, vec![]), (50, 50, vec![]), (51, 50, vec!["content.ratio.numerator"])]
    {
        let checked = content(Measurement::Ratio { numerator, denominator }).check();
        let found = match checked {
            Ok(()) => Vec::new(),
            Err(Refusal::Invalid(violations)) => violations.into_iter().map(|violation| violation.field).collect(),
            Err(other) => vec![other.to_string()],
        };
        assert_eq!(found, fields, "{numerator} of {denominator}");
    }
    assert!((Measurement::Ratio { numerator: 41, denominator: 50 }.value() - 82.0).abs() < 1e-9);
}

#[test]
fn amber_and_red_need_a_plan_to_get_well() {
    for (rag, needed) in [(Rag::Green, false), (Rag::Blue, false), (Rag::Amber, true), (Rag::Red, true)] {
        let bare = Content { reported_rag: rag, ..content(Measurement::Value(1.0)) };
        assert_eq!(bare.check().is_err(), needed, "{}", rag.word());
        let planned = Content { get_well_plan: Some("A second team from August.".to_owned()), ..bare };
        assert_eq!(planned.check(), Ok(()), "{}", rag.word());
    }
}

#[test]
fn a_correction_is_the_next_revision_and_edits_nothing() {
    let mut first = submitted("2026-07-22");
    let second = first.correct(content(Measurement::Value(66.0)), id(2), who("Ann"), &moment("2026-07-30"));
    let second = second.expect("a correction");
    assert_eq!((first.drafter.clone(), second.drafter.clone()), (Some(who("Dan")), Some(who("Ann"))));
    assert_eq!(
        (first.status, first.superseded_by, first.content.measurement),
        (Submitted, Some(id(2)), Measurement::Value(70.0))
    );
    assert_eq!(
        (second.revision, second.status, second.late),
        (2, Submitted, true),
        "lateness is that of the first revision"
    );
    let again = first.correct(content(Measurement::Value(1.0)), id(3), who("Ann"), &moment("2026-07-30"));
    assert_eq!(again, Err(Refusal::ReportSuperseded { latest: id(2) }));
    assert_eq!(first.accept(false, &moment("2026-07-30")), Err(Refusal::ReportSuperseded { latest: id(2) }));
}

#[test]
fn a_draft_is_written_anew_and_never_corrected() {
    let commitment = running();
    let first = draft(&commitment, "2026-06-30", "2026-06-01").expect("a draft");
    let other = content(Measurement::Value(71.0));
    let (end, later) = (day("2026-06-30"), moment("2026-06-02"));
    let second = ProgressReport::draft(&commitment, end, other, Some(first), id(9), who("Ann"), &later);
    let mut second = second.expect("a draft");
    assert_eq!((second.id, second.version, second.content.measurement), (id(1), 2, Measurement::Value(71.0)));
    assert_eq!(second.drafter, Some(who("Ann")), "whoever wrote it last");
    let refused = second.correct(content(Measurement::Value(1.0)), id(3), who("Ann"), &moment("2026-07-30"));
    assert!(matches!(refused, Err(Refusal::StateForbids { verb: "corrected", state: "draft", .. })), "{refused:?}");
}

#[test]
fn a_provider_never_judges_its_own_report() {
    let mut report = submitted("2026-07-10");
    assert_eq!(report.accept(true, &moment("2026-07-11")), Err(Refusal::SelfVerification));
    assert_eq!(report.query("Which streets?".to_owned(), true), Err(Refusal::SelfVerification));
    assert_eq!(report.query("Which streets?".to_owned(), false), Ok(()));
    assert_eq!(report.accept(false, &moment("2026-07-11")), Ok(()));
    assert_eq!(report.accept_time, Some(moment("2026-07-11").now));
}

#[test]
fn nothing_is_reported_on_a_commitment_that_does_not_run() {
    let mut commitment = running();
    commitment.withdraw("The contract ended.".to_owned(), &moment("2026-07-01")).expect("withdrawn");
    let refused = draft(&commitment, "2026-06-30", "2026-07-02");
    assert!(matches!(refused, Err(Refusal::StateForbids { state: "withdrawn", .. })), "{refused:?}");
}
