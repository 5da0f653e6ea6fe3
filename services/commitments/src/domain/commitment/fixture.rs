//! One commitment for the tests of this domain: on-time street cleansing from 62 to 82 percent, 1 April to 31 December 2026, quarterly.

use chrono::TimeZone;
use pathfinder_terms::Nation;
use pathfinder_terms::calendar::WorkingCalendar;
use uuid::Uuid;

use super::super::Rules;
use super::*;

pub(in super::super) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub(in super::super) fn moment(date: &str) -> Moment {
    let noon = day(date).and_hms_opt(12, 0, 0).expect("a time");
    Moment {
        now: Utc.from_utc_datetime(&noon),
        calendar: WorkingCalendar::of(Nation::EnglandAndWales),
        rules: Rules::default(),
    }
}

pub(in super::super) fn who(id: &str) -> Who {
    Who { id: id.to_owned(), name: format!("The {id}") }
}

pub(super) fn terms() -> CommitmentTerms {
    CommitmentTerms {
        text: "Clear four in five fly-tips in time".to_owned(),
        theme: Some("Clean streets".to_owned()),
        kind: CommitmentKind::StandardImprovement,
        baseline: Baseline { value: 62.0, date: day("2026-03-01"), source: "Case records, winter 2025".to_owned() },
        target_value: 82.0,
        unit: "percent".to_owned(),
        direction: Direction::Increase,
        start: day("2026-04-01"),
        end: day("2026-12-31"),
        frequency: Frequency::Quarterly,
        report_due_working_days: 10,
        owner: "Head of Street Scene".to_owned(),
    }
}

pub(super) fn offer_of(
    terms: CommitmentTerms,
    milestones: Vec<MilestonePlan>,
    today: &str,
) -> Result<Commitment, Refusal> {
    let offer = Offer {
        partnership_id: Uuid::from_u128(1).into(),
        provider_id: Uuid::from_u128(2).into(),
        action_id: Some(Uuid::from_u128(3).into()),
        terms,
        milestones,
    };
    let mut count = 100;
    let ids = || {
        count += 1;
        Uuid::from_u128(count).into()
    };
    Commitment::offer(offer, Uuid::from_u128(4).into(), ids, &moment(today)).map(|(commitment, _)| commitment)
}

pub(super) fn offered(today: &str) -> Commitment {
    let milestone = MilestonePlan { text: "Second team starts".to_owned(), due: day("2026-05-15") };
    offer_of(terms(), vec![milestone], today).expect("an offer")
}

pub(in super::super) fn accepted(today: &str) -> Commitment {
    let mut commitment = offered(today);
    commitment.accept(Uuid::from_u128(5).into(), who("signatory"), None, &moment(today)).expect("accepted");
    commitment
}
