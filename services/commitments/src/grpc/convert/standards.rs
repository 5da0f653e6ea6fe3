//! Service standards.

use pathfinder_kit::wire::{self, Gather};
use pathfinder_kit::{Failure, Violation, etag};
use pathfinder_proto::commitments::v1 as pb;

use super::words::{OnWire as _, word};
use super::{id_to_wire, refusal, said};
use crate::app::{FindStandard, ReviseStandard};
use crate::domain::{ClockStart, Measure, NewStandard, Standard, StandardCase, StandardTerms};

impl TryFrom<pb::CreateStandardRequest> for NewStandard {
    type Error = Failure;

    fn try_from(message: pb::CreateStandardRequest) -> Result<Self, Failure> {
        let mut gather = Gather::default();
        let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
        let provider_id = gather.take(wire::id("provider_id", &message.provider_id));
        let terms = terms(&mut gather, message.terms.unwrap_or_default());
        let (Some(partnership_id), Some(provider_id), Some(terms)) = (partnership_id, provider_id, terms) else {
            return Err(refusal(gather));
        };
        Ok(Self { partnership_id, code: message.code, provider_id, category_code: message.category_code, terms })
    }
}

impl TryFrom<pb::ReviseStandardRequest> for ReviseStandard {
    type Error = Failure;

    fn try_from(message: pb::ReviseStandardRequest) -> Result<Self, Failure> {
        let mut gather = Gather::default();
        let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
        let id = gather.take(wire::id("standard_id", &message.standard_id));
        let terms = terms(&mut gather, message.terms.unwrap_or_default());
        let (Some(partnership_id), Some(id), Some(terms)) = (partnership_id, id, terms) else {
            return Err(refusal(gather));
        };
        Ok(Self { partnership_id, id, terms, etag: message.etag })
    }
}

impl TryFrom<pb::FindApplicableStandardRequest> for FindStandard {
    type Error = Failure;

    fn try_from(message: pb::FindApplicableStandardRequest) -> Result<Self, Failure> {
        let mut gather = Gather::default();
        let partnership_id = gather.take(wire::id("partnership_id", &message.partnership_id));
        let provider_id = gather.take(wire::id("provider_id", &message.provider_id));
        let at = gather.take(message.at_time.as_ref().map(|time| wire::time("at_time", time)).transpose());
        let measure = gather.take(time_measure(message.measure));
        let (Some(partnership_id), Some(provider_id), Some(at), Some(measure)) =
            (partnership_id, provider_id, at, measure)
        else {
            return Err(refusal(gather));
        };
        Ok(Self { partnership_id, provider_id, category_code: message.category_code, at, measure })
    }
}

/// Of which time a standard is asked for; none for either.
fn time_measure(number: i32) -> Result<Option<Measure>, Violation> {
    let measure = Measure::from_wire(number);
    let flaw = "must be STANDARD_MEASURE_RESPONSE_TIME or STANDARD_MEASURE_RESOLUTION_TIME, or be left out for either";
    if measure.is_none_or(Measure::is_time) { Ok(measure) } else { Err(Violation::new("measure", flaw)) }
}

fn terms(gather: &mut Gather, terms: pb::StandardTerms) -> Option<StandardTerms> {
    let text = gather.take(said("terms.text", &terms.text));
    let measure = gather.take(word::<Measure>("terms.measure", terms.measure));
    let unit = gather.take(word("terms.unit", terms.unit));
    let effective_from = gather.take(wire::date("terms.effective_from_date", &terms.effective_from_date));
    let measure = measure?;
    let stated = ClockStart::from_wire(terms.clock_start);
    Some(StandardTerms {
        text: text?,
        measure,
        target_value: terms.target_value,
        unit: unit?,
        clock_start: stated.or_else(|| measure.is_time().then_some(ClockStart::Reported)),
        pause_reasons: terms.pause_reasons,
        pause_cap_days: u32::try_from(terms.pause_cap_days).ok().filter(|days| *days > 0),
        target_percent: if terms.target_percent == 0.0 { 100.0 } else { terms.target_percent },
        effective_from: effective_from?,
    })
}

impl From<Standard> for pb::Standard {
    fn from(standard: Standard) -> Self {
        let terms = standard.terms;
        Self {
            standard_id: standard.id.to_string(),
            partnership_id: standard.partnership_id.to_string(),
            code: standard.code,
            version: i32::try_from(standard.number).unwrap_or(i32::MAX),
            provider_id: standard.provider_id.to_string(),
            category_code: standard.category_code,
            text: terms.text,
            measure: terms.measure.to_wire(),
            target_value: terms.target_value,
            unit: terms.unit.to_wire(),
            clock_start: terms.clock_start.map(crate::domain::ClockStart::to_wire).unwrap_or_default(),
            pause_reasons: terms.pause_reasons,
            pause_cap_days: terms.pause_cap_days.and_then(|days| i32::try_from(days).ok()).unwrap_or_default(),
            target_percent: terms.target_percent,
            effective_from_date: terms.effective_from.to_string(),
            superseded_by_standard_id: id_to_wire(standard.superseded_by),
            superseded_from_date: id_to_wire(standard.superseded_from),
            create_time: Some(wire::timestamp(standard.create_time)),
            etag: etag::of(standard.version),
        }
    }
}

impl From<StandardCase> for pb::StandardCase {
    fn from(case: StandardCase) -> Self {
        Self {
            issue_id: case.issue_id.to_string(),
            issue_reference: case.issue_reference,
            standard_id: case.standard_id.to_string(),
            partnership_id: case.partnership_id.to_string(),
            issue_state: case.issue_state,
            due_time: case.due_time.map(wire::timestamp),
            stop_time: case.stop_time.map(wire::timestamp),
            on_time: case.on_time,
            breached: case.breached,
            update_time: Some(wire::timestamp(case.update_time)),
        }
    }
}
