//! What this service tells the others of its changes.
//!
//! An event carries the small public state of what changed, whole, so that a reader needs no other. It is kept as it was told: a field
//! may be added with a default, never renamed. To add a kind, add a variant, its word in [`Event::kind`], and its message in the contract.

use chrono::{DateTime, NaiveDate, Utc};
use pathfinder_terms::{ActionId, CommitmentId, PartnershipId, ProgressReportId, ProviderId, Rag, StandardId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Commitment, CommitmentStatus, Measure, ProgressReport, Provider, ProviderKind, ReportStatus, Standard, Unit};

/// Something that happened here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// A provider was recorded or changed.
    ProviderChanged {
        /// The provider.
        provider_id: ProviderId,
        /// Its partnership.
        partnership_id: PartnershipId,
        /// Its name.
        name: String,
        /// Its kind.
        kind: ProviderKind,
        /// Whether it answers for anything.
        active: bool,
    },
    /// A version of a standard was recorded or superseded.
    StandardChanged {
        /// The version.
        standard_id: StandardId,
        /// Its partnership.
        partnership_id: PartnershipId,
        /// Its code.
        code: String,
        /// Its number.
        number: u32,
        /// The provider.
        provider_id: ProviderId,
        /// The category.
        category_code: String,
        /// What it measures.
        measure: Measure,
        /// The pledged value.
        target_value: f64,
        /// Its unit.
        unit: Unit,
        /// The first day on which it holds.
        effective_from: NaiveDate,
        /// The version after it.
        superseded_by: Option<StandardId>,
    },
    /// A commitment was offered or changed.
    CommitmentChanged {
        /// The commitment.
        commitment_id: CommitmentId,
        /// Its partnership.
        partnership_id: PartnershipId,
        /// Its provider.
        provider_id: ProviderId,
        /// The action that it answers.
        action_id: Option<ActionId>,
        /// What the provider will do.
        text: String,
        /// Where it stands in its life.
        status: CommitmentStatus,
        /// How it stands by rule.
        computed_rag: Rag,
        /// How its provider says it stands.
        reported_rag: Option<Rag>,
        /// Its last day.
        end: NaiveDate,
        /// What was said with the change.
        note: Option<String>,
    },
    /// A report was handed in, asked back about, or accepted.
    ProgressReportChanged {
        /// The revision.
        progress_report_id: ProgressReportId,
        /// Its partnership.
        partnership_id: PartnershipId,
        /// The commitment.
        commitment_id: CommitmentId,
        /// The provider.
        provider_id: ProviderId,
        /// The number of the revision.
        revision: u32,
        /// The last day of its period.
        period_end: NaiveDate,
        /// Where it stands.
        status: ReportStatus,
        /// How the provider says the commitment stands.
        reported_rag: Rag,
        /// The value that counts.
        value: f64,
        /// Whether it was handed in late.
        late: bool,
        /// When it was handed in.
        submit_time: Option<DateTime<Utc>>,
    },
}

impl Event {
    /// The kind, as the feed names it.
    #[must_use]
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::ProviderChanged { .. } => "provider.changed",
            Self::StandardChanged { .. } => "standard.changed",
            Self::CommitmentChanged { .. } => "commitment.changed",
            Self::ProgressReportChanged { .. } => "progress_report.changed",
        }
    }

    /// The partnership that it belongs to.
    #[must_use]
    pub(crate) const fn partnership_id(&self) -> PartnershipId {
        match self {
            Self::ProviderChanged { partnership_id, .. }
            | Self::StandardChanged { partnership_id, .. }
            | Self::CommitmentChanged { partnership_id, .. }
            | Self::ProgressReportChanged { partnership_id, .. } => *partnership_id,
        }
    }

    /// The id of what changed.
    #[must_use]
    pub(crate) const fn subject_id(&self) -> Uuid {
        match self {
            Self::ProviderChanged { provider_id, .. } => provider_id.0,
            Self::StandardChanged { standard_id, .. } => standard_id.0,
            Self::CommitmentChanged { commitment_id, .. } => commitment_id.0,
            Self::ProgressReportChanged { progress_report_id, .. } => progress_report_id.0,
        }
    }

    /// The event of a commitment that changed, with what was said.
    #[must_use]
    pub(crate) fn of_commitment(commitment: &Commitment, note: Option<String>) -> Self {
        Self::CommitmentChanged {
            commitment_id: commitment.id,
            partnership_id: commitment.partnership_id,
            provider_id: commitment.provider_id,
            action_id: commitment.action_id,
            text: commitment.terms.text.clone(),
            status: commitment.status,
            computed_rag: commitment.standing.rag,
            reported_rag: commitment.progress.latest.as_ref().map(|latest| latest.rag),
            end: commitment.terms.end,
            note,
        }
    }
}

impl From<&Provider> for Event {
    fn from(provider: &Provider) -> Self {
        Self::ProviderChanged {
            provider_id: provider.id,
            partnership_id: provider.partnership_id,
            name: provider.name.clone(),
            kind: provider.kind,
            active: provider.active,
        }
    }
}

impl From<&Standard> for Event {
    fn from(standard: &Standard) -> Self {
        Self::StandardChanged {
            standard_id: standard.id,
            partnership_id: standard.partnership_id,
            code: standard.code.clone(),
            number: standard.number,
            provider_id: standard.provider_id,
            category_code: standard.category_code.clone(),
            measure: standard.terms.measure,
            target_value: standard.terms.target_value,
            unit: standard.terms.unit,
            effective_from: standard.terms.effective_from,
            superseded_by: standard.superseded_by,
        }
    }
}

impl From<&ProgressReport> for Event {
    fn from(report: &ProgressReport) -> Self {
        Self::ProgressReportChanged {
            progress_report_id: report.id,
            partnership_id: report.partnership_id,
            commitment_id: report.commitment_id,
            provider_id: report.provider_id,
            revision: report.revision,
            period_end: report.period.end,
            status: report.status,
            reported_rag: report.content.reported_rag,
            value: report.content.measurement.value(),
            late: report.late,
            submit_time: report.submit_time,
        }
    }
}
