//! Why this service refuses, and what reason the contract gives each refusal.
//!
//! To add a refusal of a rule, see `domain/refusal.rs`; of a use case, add it to [`Error`]. The compiler asks for its reason here.

use pathfinder_kit::{Failure, Reason, Violation};
use pathfinder_terms::ProgressReportId;

use crate::domain::Refusal;

/// Why this service refuses.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A rule of the domain.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A thing that is not in this partnership.
    #[error("There is no {kind} {id} here.")]
    NotFound {
        /// What was looked for: `commitment`.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// No pledge was in force.
    #[error("The provider pledged nothing for {category_code} that was in force on that day.")]
    NoStandard {
        /// The category.
        category_code: String,
    },
    /// Another standard measures the same.
    #[error("The standard {code} already measures the {measure} of this provider for this category: revise that one.")]
    StandardOverlaps {
        /// Its code.
        code: String,
        /// What it measures.
        measure: &'static str,
    },
    /// A provider of that name is there.
    #[error("There is a provider called {name} here already: use that one, or another name.")]
    ProviderNameTaken {
        /// The name.
        name: String,
    },
    /// A standard of that code is there.
    #[error("There is a standard {code} here already: revise it, or use another code.")]
    StandardCodeTaken {
        /// The code.
        code: String,
    },
    /// What is to be linked is not of this partnership.
    #[error("Boards knows no {kind} {id} in this partnership.")]
    LinkUnknown {
        /// What it would be: `action`.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// The period has its report.
    #[error("The period to {period_end_date} has its report, {id}: correct that one.")]
    PeriodReported {
        /// The last day of the period.
        period_end_date: chrono::NaiveDate,
        /// The latest revision of its report.
        id: ProgressReportId,
    },
    /// Somebody else drafted the report.
    #[error(
        "Somebody else drafted the report on the period to {period_end_date}. Whoever may read that draft, {id}, can write in its place by handing back its etag."
    )]
    DraftOfAnother {
        /// The last day of the period.
        period_end_date: chrono::NaiveDate,
        /// The draft.
        id: ProgressReportId,
    },
    /// What the kit refuses.
    #[error(transparent)]
    Kit(#[from] Failure),
}

impl Error {
    /// The absence of a `kind` with this id.
    pub(crate) fn not_found(kind: &'static str, id: impl std::fmt::Display) -> Self {
        Self::NotFound { kind, id: id.to_string() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Refused(refusal) => of_refusal(refusal),
            Error::NotFound { kind, id } => Self::not_found(kind, id),
            Error::NoStandard { category_code } => {
                Self::new(Reason::NoStandard, message).with("category_code", category_code)
            }
            Error::StandardOverlaps { code, measure } => {
                Self::new(Reason::StandardOverlaps, message).with("code", code).with("measure", measure)
            }
            Error::ProviderNameTaken { name } => Self::new(Reason::AlreadyExists, message).with("name", name),
            Error::StandardCodeTaken { code } => Self::new(Reason::AlreadyExists, message).with("code", code),
            Error::LinkUnknown { kind, id } => {
                Self::new(Reason::LinkUnknown, message).with("kind", kind).with("id", id)
            }
            Error::PeriodReported { period_end_date, id } => Self::new(Reason::PeriodReported, message)
                .with("period_end_date", period_end_date)
                .with("progress_report_id", id),
            Error::DraftOfAnother { period_end_date, id } => Self::new(Reason::DraftOfAnother, message)
                .with("period_end_date", period_end_date)
                .with("progress_report_id", id),
            Error::Kit(failure) => failure,
        }
    }
}

fn of_refusal(refusal: Refusal) -> Failure {
    let message = refusal.to_string();
    match refusal {
        Refusal::Invalid(violations) => Failure::invalid(
            violations.into_iter().map(|wrong| Violation::new(wrong.field, wrong.description)).collect(),
        ),
        Refusal::StateForbids { verb, state, allowed, .. } => Failure::new(Reason::StateForbids, message)
            .with("state", state)
            .with("wanted", verb)
            .with("allowed", allowed.join(", ")),
        Refusal::StandardSuperseded { latest } => {
            Failure::new(Reason::StandardSuperseded, message).with("latest", latest)
        }
        Refusal::StandardBackdated { earliest } => {
            Failure::new(Reason::StandardBackdated, message).with("earliest", earliest)
        }
        Refusal::ProviderInactive { .. } => Failure::new(Reason::ProviderInactive, message),
        Refusal::PartnershipArchived { .. } => Failure::new(Reason::PartnershipArchived, message),
        Refusal::DecisionNotCarried { outcome } => {
            Failure::new(Reason::DecisionNotCarried, message).with("outcome", outcome)
        }
        Refusal::DecisionCorrected { decision_id, later } => Failure::new(Reason::DecisionCorrected, message)
            .with("decision_id", decision_id)
            .with("corrected_by", later),
        Refusal::DecisionReferredBack { decision_id } => {
            Failure::new(Reason::DecisionReferredBack, message).with("decision_id", decision_id)
        }
        Refusal::DecisionUnrelated { decision_id, commitment_id } => Failure::new(Reason::DecisionUnrelated, message)
            .with("decision_id", decision_id)
            .with("commitment_id", commitment_id),
        Refusal::SelfVerification => Failure::new(Reason::SelfVerification, message),
        Refusal::EvidenceRequired => Failure::new(Reason::EvidenceRequired, message),
        Refusal::CommitmentNotEnded { end_date } => {
            Failure::new(Reason::CommitmentNotEnded, message).with("end_date", end_date)
        }
        Refusal::CommitmentEnded { end_date } => {
            Failure::new(Reason::CommitmentEnded, message).with("end_date", end_date)
        }
        Refusal::MilestoneUnknown => Failure::new(Reason::NotFound, message).with("kind", "milestone"),
        Refusal::MilestoneRecorded { status } => {
            Failure::new(Reason::MilestoneRecorded, message).with("status", status)
        }
        Refusal::PeriodUnknown { nearest, .. } => {
            let dates: Vec<_> = nearest.iter().map(chrono::NaiveDate::to_string).collect();
            Failure::new(Reason::PeriodUnknown, message).with("period_end_dates", dates.join(", "))
        }
        Refusal::PeriodNotOver { period_end_date } => {
            Failure::new(Reason::PeriodNotOver, message).with("period_end_date", period_end_date)
        }
        Refusal::ReportSuperseded { latest } => Failure::new(Reason::ReportSuperseded, message).with("latest", latest),
    }
}
