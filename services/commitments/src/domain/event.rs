//! What this service tells the others of its changes.
//!
//! An event carries the small public state of what changed, whole, so that a reader needs no other. It is kept as it was told: a field
//! may be added with a default, never renamed. To add a kind, add a variant, its word in [`Event::kind`], and its message in the contract.

use chrono::{DateTime, NaiveDate, Utc};
use pathfinder_terms::{ActionId, CommitmentId, PartnershipId, ProgressReportId, ProviderId, Rag, StandardId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Commitment, CommitmentStatus, Measure, ProgressReport, Provider, ProviderKind, ReportStatus, Standard, Unit,
};

/// Something that happened here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// A provider was recorded or changed.
    Provider(ProviderChanged),
    /// A version of a standard was recorded or superseded.
    Standard(StandardChanged),
    /// A commitment was offered or changed.
    Commitment(CommitmentChanged),
    /// A report was handed in, asked back about, or accepted.
    ProgressReport(ProgressReportChanged),
}

/// A provider was recorded or changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProviderChanged {
    /// The provider.
    pub(crate) provider_id: ProviderId,
    /// Its partnership.
    pub(crate) partnership_id: PartnershipId,
    /// Its name.
    pub(crate) name: String,
    /// Its kind.
    pub(crate) kind: ProviderKind,
    /// Whether it answers for anything.
    pub(crate) active: bool,
}

/// A version of a standard was recorded or superseded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StandardChanged {
    /// The version.
    pub(crate) standard_id: StandardId,
    /// Its partnership.
    pub(crate) partnership_id: PartnershipId,
    /// Its code.
    pub(crate) code: String,
    /// Its number.
    pub(crate) number: u32,
    /// The provider.
    pub(crate) provider_id: ProviderId,
    /// The category.
    pub(crate) category_code: String,
    /// What it measures.
    pub(crate) measure: Measure,
    /// The pledged value.
    pub(crate) target_value: f64,
    /// Its unit.
    pub(crate) unit: Unit,
    /// The first day on which it holds.
    pub(crate) effective_from: NaiveDate,
    /// The version after it.
    pub(crate) superseded_by: Option<StandardId>,
}

/// A commitment was offered or changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CommitmentChanged {
    /// The commitment.
    pub(crate) commitment_id: CommitmentId,
    /// Its partnership.
    pub(crate) partnership_id: PartnershipId,
    /// Its provider.
    pub(crate) provider_id: ProviderId,
    /// The action that it answers.
    pub(crate) action_id: Option<ActionId>,
    /// What the provider will do.
    pub(crate) text: String,
    /// Where it stands in its life.
    pub(crate) status: CommitmentStatus,
    /// How it stands by rule.
    pub(crate) computed_rag: Rag,
    /// How its provider says it stands.
    pub(crate) reported_rag: Option<Rag>,
    /// Its last day.
    pub(crate) end: NaiveDate,
    /// What was said with the change.
    pub(crate) note: Option<String>,
}

/// A report was handed in, asked back about, or accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProgressReportChanged {
    /// The revision.
    pub(crate) progress_report_id: ProgressReportId,
    /// Its partnership.
    pub(crate) partnership_id: PartnershipId,
    /// The commitment.
    pub(crate) commitment_id: CommitmentId,
    /// The provider.
    pub(crate) provider_id: ProviderId,
    /// The number of the revision.
    pub(crate) revision: u32,
    /// The last day of its period.
    pub(crate) period_end: NaiveDate,
    /// Where it stands.
    pub(crate) status: ReportStatus,
    /// How the provider says the commitment stands.
    pub(crate) reported_rag: Rag,
    /// The value that counts.
    pub(crate) value: f64,
    /// Whether it was handed in late.
    pub(crate) late: bool,
    /// When it was handed in.
    pub(crate) submit_time: Option<DateTime<Utc>>,
}

impl Event {
    /// Every kind that there is.
    pub(crate) const KINDS: &'static [&'static str] =
        &["provider.changed", "standard.changed", "commitment.changed", "progress_report.changed"];

    /// The kind, as the feed names it.
    #[must_use]
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Provider(_) => "provider.changed",
            Self::Standard(_) => "standard.changed",
            Self::Commitment(_) => "commitment.changed",
            Self::ProgressReport(_) => "progress_report.changed",
        }
    }

    /// The partnership that it belongs to.
    #[must_use]
    pub(crate) const fn partnership_id(&self) -> PartnershipId {
        match self {
            Self::Provider(changed) => changed.partnership_id,
            Self::Standard(changed) => changed.partnership_id,
            Self::Commitment(changed) => changed.partnership_id,
            Self::ProgressReport(changed) => changed.partnership_id,
        }
    }

    /// The id of what changed.
    #[must_use]
    pub(crate) const fn subject_id(&self) -> Uuid {
        match self {
            Self::Provider(changed) => changed.provider_id.0,
            Self::Standard(changed) => changed.standard_id.0,
            Self::Commitment(changed) => changed.commitment_id.0,
            Self::ProgressReport(changed) => changed.progress_report_id.0,
        }
    }

    /// The event of a commitment that changed, with what was said.
    #[must_use]
    pub(crate) fn of_commitment(commitment: &Commitment, note: Option<String>) -> Self {
        Self::Commitment(CommitmentChanged {
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
        })
    }
}

impl From<&Provider> for Event {
    fn from(provider: &Provider) -> Self {
        Self::Provider(ProviderChanged {
            provider_id: provider.id,
            partnership_id: provider.partnership_id,
            name: provider.name.clone(),
            kind: provider.kind,
            active: provider.active,
        })
    }
}

impl From<&Standard> for Event {
    fn from(standard: &Standard) -> Self {
        Self::Standard(StandardChanged {
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
        })
    }
}

impl From<&ProgressReport> for Event {
    fn from(report: &ProgressReport) -> Self {
        Self::ProgressReport(ProgressReportChanged {
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
        })
    }
}
