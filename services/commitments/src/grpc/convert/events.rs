//! Events.

use pathfinder_kit::wire;
use pathfinder_proto::commitments::v1 as pb;
use pathfinder_proto::commitments::v1::commitments_event::Payload;

use super::id_to_wire;
use super::words::OnWire;
use crate::domain::{CommitmentChanged, Event, ProgressReportChanged, ProviderChanged, StandardChanged};

impl From<Event> for Payload {
    fn from(event: Event) -> Self {
        match event {
            Event::Provider(changed) => Self::ProviderChanged(changed.into()),
            Event::Standard(changed) => Self::StandardChanged(changed.into()),
            Event::Commitment(changed) => Self::CommitmentChanged(changed.into()),
            Event::ProgressReport(changed) => Self::ProgressReportChanged(changed.into()),
        }
    }
}

impl From<ProviderChanged> for pb::ProviderChanged {
    fn from(changed: ProviderChanged) -> Self {
        let status = if changed.active { pb::ProviderStatus::Active } else { pb::ProviderStatus::Inactive };
        Self {
            provider_id: changed.provider_id.to_string(),
            partnership_id: changed.partnership_id.to_string(),
            name: changed.name,
            kind: changed.kind.to_wire(),
            status: status.into(),
        }
    }
}

impl From<StandardChanged> for pb::StandardChanged {
    fn from(changed: StandardChanged) -> Self {
        Self {
            standard_id: changed.standard_id.to_string(),
            partnership_id: changed.partnership_id.to_string(),
            code: changed.code,
            version: i32::try_from(changed.number).unwrap_or(i32::MAX),
            provider_id: changed.provider_id.to_string(),
            category_code: changed.category_code,
            measure: changed.measure.to_wire(),
            target_value: changed.target_value,
            unit: changed.unit.to_wire(),
            effective_from_date: changed.effective_from.to_string(),
            superseded_by_standard_id: id_to_wire(changed.superseded_by),
        }
    }
}

impl From<CommitmentChanged> for pb::CommitmentChanged {
    fn from(changed: CommitmentChanged) -> Self {
        Self {
            commitment_id: changed.commitment_id.to_string(),
            partnership_id: changed.partnership_id.to_string(),
            provider_id: changed.provider_id.to_string(),
            action_id: id_to_wire(changed.action_id),
            text: changed.text,
            status: changed.status.to_wire(),
            computed_rag: changed.computed_rag.to_wire(),
            reported_rag: changed.reported_rag.map(OnWire::to_wire).unwrap_or_default(),
            end_date: changed.end.to_string(),
            note: changed.note.unwrap_or_default(),
        }
    }
}

impl From<ProgressReportChanged> for pb::ProgressReportChanged {
    fn from(changed: ProgressReportChanged) -> Self {
        Self {
            progress_report_id: changed.progress_report_id.to_string(),
            partnership_id: changed.partnership_id.to_string(),
            commitment_id: changed.commitment_id.to_string(),
            provider_id: changed.provider_id.to_string(),
            revision: i32::try_from(changed.revision).unwrap_or(i32::MAX),
            period_end_date: changed.period_end.to_string(),
            status: changed.status.to_wire(),
            reported_rag: changed.reported_rag.to_wire(),
            value: changed.value,
            late: changed.late,
            submit_time: changed.submit_time.map(wire::timestamp),
        }
    }
}
