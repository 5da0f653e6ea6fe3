//! Commitments: each verb, each rule of the calendar, each finding of the rating.

use uuid::Uuid;

use super::fixture::{accepted, day, moment, offer_of, offered, terms, who};
use super::*;

fn finding(outcome: Outcome, evidence: bool) -> Finding {
    let shown = Evidence { text: "Case export".to_owned(), url: None };
    Finding {
        outcome,
        note: "Counted by the street reps.".to_owned(),
        evidence: if evidence { vec![shown] } else { Vec::new() },
    }
}

fn fields(refused: Result<Commitment, Refusal>) -> Vec<String> {
    match refused {
        Err(Refusal::Invalid(violations)) => violations.into_iter().map(|violation| violation.field).collect(),
        other => vec![format!("{other:?}")],
    }
}

fn rag_on(commitment: &Commitment, date: &str) -> Rag {
    let mut commitment = commitment.clone();
    commitment.on_day(&moment(date)).expect("a day");
    commitment.standing.rag
}

/// Hands in and accepts the report on the quarter that ends on `end`.
fn report(commitment: &mut Commitment, end: &str, value: f64, rag: Rag, today: &str) {
    let period = commitment.terms.period_ending(day(end)).expect("a period");
    commitment.note_submitted(period, &moment(today));
    commitment.note_accepted(LatestReport { period_end: day(end), value, rag }, &moment(today));
}

fn milestone_met(commitment: &mut Commitment) {
    let id = commitment.milestones[0].id;
    commitment.record_milestone(id, MilestoneStatus::Met, None, &moment("2026-05-10")).expect("recorded");
}

#[test]
fn the_target_differs_from_the_baseline_in_the_stated_direction() {
    for (direction, target, right) in [
        (Direction::Increase, 82.0, true),
        (Direction::Increase, 62.0, false),
        (Direction::Increase, 50.0, false),
        (Direction::Decrease, 50.0, true),
        (Direction::Decrease, 62.0, false),
        (Direction::Decrease, 82.0, false),
    ] {
        let offered =
            offer_of(CommitmentTerms { direction, target_value: target, ..terms() }, Vec::new(), "2026-03-01");
        if right {
            assert!(offered.is_ok(), "{direction} to {target}");
        } else {
            assert_eq!(fields(offered), ["terms.target_value"], "{direction} to {target}");
        }
    }
}

#[test]
fn all_that_is_wrong_with_an_offer_is_listed() {
    let mut wrong = CommitmentTerms { target_value: 1.0, end: day("2026-01-01"), ..terms() };
    wrong.baseline.date = day("2027-01-01");
    let step = MilestonePlan { text: "Late".to_owned(), due: day("2028-01-01") };
    let expected = ["terms.target_value", "terms.end_date", "terms.baseline.value_date", "milestones[0].due_date"];
    assert_eq!(fields(offer_of(wrong, vec![step], "2026-03-01")), expected);
    let past = || offer_of(terms(), Vec::new(), "2027-01-01");
    assert_eq!(fields(past()), ["terms.end_date"], "its last day has passed");
    assert!(offer_of(terms(), Vec::new(), "2026-12-31").is_ok(), "the last day is still in time");
    let long = CommitmentTerms { end: day("2036-04-02"), ..terms() };
    assert_eq!(fields(offer_of(long, Vec::new(), "2026-03-01")), ["terms.end_date"]);
}

#[test]
fn accepting_activates_where_the_first_day_has_come() {
    let mut early = offered("2026-03-01");
    let steps = early.accept(Uuid::from_u128(5).into(), who("s"), None, &moment("2026-03-31")).expect("accepted");
    assert_eq!((steps.len(), early.status, early.standing.rag), (1, CommitmentStatus::Accepted, Rag::None));
    assert_eq!(early.on_day(&moment("2026-03-31")), Ok(Vec::new()));
    let started = early.on_day(&moment("2026-04-01")).expect("a day");
    assert_eq!((started.len(), early.status), (1, CommitmentStatus::Active));
    assert_eq!(accepted("2026-04-01").status, CommitmentStatus::Active);
}

#[test]
fn nothing_is_accepted_after_its_last_day() {
    let mut late = offered("2026-03-01");
    let refused = late.accept(Uuid::from_u128(5).into(), who("s"), None, &moment("2027-01-01"));
    assert_eq!(refused, Err(Refusal::CommitmentEnded { end_date: day("2026-12-31") }));
    late.on_day(&moment("2026-12-31")).expect("a day");
    assert_eq!(late.status, CommitmentStatus::Offered);
    late.on_day(&moment("2027-01-01")).expect("a day");
    assert_eq!((late.status, late.standing.rag), (CommitmentStatus::Expired, Rag::Grey));
}

#[test]
fn terms_change_until_it_is_accepted() {
    let mut commitment = offered("2026-03-01");
    commitment.negotiate(Some("Could it be 85?".to_owned()), &moment("2026-03-02")).expect("negotiating");
    let change = CommitmentChange {
        terms: Some(CommitmentTerms { target_value: 85.0, ..terms() }),
        ..CommitmentChange::default()
    };
    let kept = commitment.milestones.clone();
    commitment.change(change.clone(), || Uuid::nil().into(), &moment("2026-03-03")).expect("changed");
    assert_eq!(commitment.milestones, kept, "steps that are not named stay");
    commitment.accept(Uuid::from_u128(5).into(), who("s"), None, &moment("2026-03-04")).expect("accepted");
    let refused = commitment.change(change, || Uuid::nil().into(), &moment("2026-03-05"));
    assert!(matches!(refused, Err(Refusal::StateForbids { verb: "changed", state: "accepted", .. })), "{refused:?}");
}

#[test]
fn new_terms_must_not_have_ended_and_old_ones_may_lapse() {
    let mut commitment = offered("2026-03-01");
    let end = |date: &str| CommitmentChange {
        terms: Some(CommitmentTerms { end: day(date), ..terms() }),
        ..CommitmentChange::default()
    };
    let refused = commitment.change(end("2026-06-30"), || Uuid::nil().into(), &moment("2026-07-01"));
    assert!(matches!(&refused, Err(Refusal::Invalid(wrong)) if wrong[0].field == "terms.end_date"), "{refused:?}");
    assert_eq!(commitment.terms, terms(), "nothing was changed");
    let moved = CommitmentChange { action_id: Some(None), ..CommitmentChange::default() };
    commitment.change(moved, || Uuid::nil().into(), &moment("2027-01-01")).expect("the terms stay");
    assert_eq!(commitment.status, CommitmentStatus::Expired);
}

#[test]
fn a_provider_never_verifies_itself_and_met_needs_evidence() {
    let mut commitment = accepted("2026-04-01");
    let today = moment("2026-11-01");
    assert_eq!(
        commitment.verify(finding(Outcome::Met, true), who("officer"), true, &today),
        Err(Refusal::SelfVerification)
    );
    assert_eq!(
        commitment.verify(finding(Outcome::Met, false), who("chair"), false, &today),
        Err(Refusal::EvidenceRequired)
    );
    assert!(commitment.verify(finding(Outcome::Met, true), who("chair"), false, &today).is_ok());
    assert_eq!((commitment.status, commitment.standing.rag), (CommitmentStatus::Met, Rag::Blue));
    assert_eq!(commitment.standing.next_report, None);
}

#[test]
fn missed_is_found_only_after_the_end() {
    let mut commitment = accepted("2026-04-01");
    let early = commitment.verify(finding(Outcome::Missed, false), who("chair"), false, &moment("2026-12-31"));
    assert_eq!(early, Err(Refusal::CommitmentNotEnded { end_date: day("2026-12-31") }));
    assert!(commitment.verify(finding(Outcome::Missed, false), who("chair"), false, &moment("2027-01-01")).is_ok());
    assert_eq!(commitment.standing.rag, Rag::Red);
}

#[test]
fn past_its_end_with_no_final_report_it_is_missed() {
    let mut commitment = accepted("2026-04-01");
    // Ends on Thu 31 Dec 2026; the report is due 10 working days on, Fri 15 Jan 2027, and late 5 after that, Fri 22 Jan.
    commitment.on_day(&moment("2027-01-22")).expect("a day");
    assert_eq!(commitment.status, CommitmentStatus::Active);
    let steps = commitment.on_day(&moment("2027-01-23")).expect("a day");
    assert_eq!((steps[0].kind, commitment.status), ("commitment.missed", CommitmentStatus::Missed));
    assert_eq!(commitment.on_day(&moment("2027-01-24")), Ok(Vec::new()), "once is enough");
}

#[test]
fn a_final_report_keeps_it_open_for_its_verifier() {
    let mut commitment = accepted("2026-04-01");
    milestone_met(&mut commitment);
    for (end, value) in [("2026-06-30", 70.0), ("2026-09-30", 77.0), ("2026-12-31", 83.0)] {
        report(&mut commitment, end, value, Rag::Green, "2027-01-05");
    }
    assert_eq!(commitment.on_day(&moment("2027-06-01")), Ok(Vec::new()));
    assert_eq!((commitment.status, commitment.standing.rag), (CommitmentStatus::Active, Rag::Green));
}

#[test]
fn a_process_that_slept_through_it_all_catches_up() {
    let mut commitment = offered("2026-03-01");
    commitment.accept(Uuid::from_u128(5).into(), who("s"), None, &moment("2026-03-02")).expect("accepted");
    let kinds: Vec<_> = commitment.on_day(&moment("2027-06-01")).expect("a day").iter().map(|step| step.kind).collect();
    assert_eq!(kinds, ["commitment.activated", "commitment.missed"]);
}

#[test]
fn a_milestone_is_recorded_once_and_only_while_it_runs() {
    let mut commitment = offered("2026-03-01");
    let id = commitment.milestones[0].id;
    let early = commitment.record_milestone(id, MilestoneStatus::Met, None, &moment("2026-03-02"));
    assert!(matches!(early, Err(Refusal::StateForbids { state: "offered", .. })), "{early:?}");
    let mut commitment = accepted("2026-04-01");
    milestone_met(&mut commitment);
    let again = commitment.record_milestone(id, MilestoneStatus::NotMet, None, &moment("2026-05-11"));
    assert_eq!(again, Err(Refusal::MilestoneRecorded { status: "met" }));
    let other = commitment.record_milestone(Uuid::nil().into(), MilestoneStatus::Met, None, &moment("2026-05-11"));
    assert_eq!(other, Err(Refusal::MilestoneUnknown));
}

#[test]
fn the_rating_follows_the_days_by_which_things_are_due() {
    let commitment = accepted("2026-04-01");
    // The milestone is due on 15 May: amber for 30 days, red after.
    for (date, rag) in
        [("2026-05-15", Rag::Green), ("2026-05-16", Rag::Amber), ("2026-06-14", Rag::Amber), ("2026-06-15", Rag::Red)]
    {
        assert_eq!(rag_on(&commitment, date), rag, "{date}");
    }
    let mut on_time = accepted("2026-04-01");
    milestone_met(&mut on_time);
    // The report on the quarter to 30 June is due on 14 July: amber for 30 days, red after.
    for (date, rag) in
        [("2026-07-14", Rag::Green), ("2026-07-15", Rag::Amber), ("2026-08-13", Rag::Amber), ("2026-08-14", Rag::Red)]
    {
        assert_eq!(rag_on(&on_time, date), rag, "{date}");
    }
    assert_eq!(
        on_time.standing.next_report,
        Some(NextReport { period_end: day("2026-06-30"), due: day("2026-07-14") })
    );
}

#[test]
fn the_rating_follows_the_value() {
    // A third of the time has passed at 30 June: a third of the way is 68.6, a tenth of tolerance makes it 66.6.
    for (value, rag) in
        [(61.9, Rag::Red), (62.0, Rag::Amber), (66.5, Rag::Amber), (66.7, Rag::Green), (90.0, Rag::Green)]
    {
        let mut commitment = accepted("2026-04-01");
        milestone_met(&mut commitment);
        report(&mut commitment, "2026-06-30", value, Rag::Green, "2026-07-02");
        assert_eq!(commitment.standing.rag, rag, "{value}: {}", commitment.standing.reason);
        assert_eq!(commitment.is_reported_better(), rag != Rag::Green, "{value}");
    }
}

#[test]
fn what_is_done_once_cannot_lag() {
    let mut commitment =
        offer_of(CommitmentTerms { kind: CommitmentKind::OneOff, ..terms() }, Vec::new(), "2026-04-01")
            .expect("an offer");
    commitment.accept(Uuid::from_u128(5).into(), who("s"), None, &moment("2026-04-01")).expect("accepted");
    report(&mut commitment, "2026-06-30", 62.0, Rag::Green, "2026-07-02");
    assert_eq!(commitment.standing.rag, Rag::Green);
}

#[test]
fn past_its_end_short_of_its_target_it_is_red() {
    let mut commitment = accepted("2026-04-01");
    milestone_met(&mut commitment);
    for end in ["2026-06-30", "2026-09-30", "2026-12-31"] {
        report(&mut commitment, end, 81.0, Rag::Green, "2027-01-05");
    }
    assert_eq!(commitment.standing.rag, Rag::Red, "{}", commitment.standing.reason);
}

#[test]
fn at_risk_is_amber_until_it_recovers() {
    let mut commitment = accepted("2026-04-01");
    commitment.flag_at_risk("A vehicle is off the road.".to_owned(), &moment("2026-04-20")).expect("flagged");
    assert_eq!((commitment.status, commitment.standing.rag), (CommitmentStatus::AtRisk, Rag::Amber));
    commitment.recover("It is back.".to_owned(), &moment("2026-04-30")).expect("recovered");
    assert_eq!((commitment.status, commitment.standing.rag), (CommitmentStatus::Active, Rag::Green));
    assert_eq!(commitment.at_risk_reason, None);
}

#[test]
fn an_earlier_period_reported_late_does_not_hide_a_later_one() {
    let mut commitment = accepted("2026-04-01");
    report(&mut commitment, "2026-09-30", 78.0, Rag::Green, "2026-10-02");
    report(&mut commitment, "2026-06-30", 63.0, Rag::Amber, "2026-10-03");
    assert_eq!(commitment.progress.latest.map(|latest| latest.value), Some(78.0));
}
