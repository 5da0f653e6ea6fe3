//! The steps on the way to a target: planned with the terms, recorded once.

use chrono::{DateTime, NaiveDate, Utc};
use pathfinder_terms::{MilestoneId, words};
use serde::{Deserialize, Serialize};

use super::super::Refusal;

words! {
    /// How a milestone stands.
    pub(crate) enum MilestoneStatus {
        /// Ahead, or not recorded yet.
        Scheduled = "scheduled",
        /// Met.
        Met = "met",
        /// Met in part.
        PartlyMet = "partly_met",
        /// Not met.
        NotMet = "not_met",
    }
}

/// A step as it is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MilestonePlan {
    /// What is to be done.
    pub(crate) text: String,
    /// The day by which it is due.
    pub(crate) due: NaiveDate,
}

/// A step on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Milestone {
    /// Its id.
    pub(crate) id: MilestoneId,
    /// What is to be done.
    pub(crate) text: String,
    /// The day by which it is due.
    pub(crate) due: NaiveDate,
    /// How it stands.
    pub(crate) status: MilestoneStatus,
    /// When it was recorded.
    pub(crate) record_time: Option<DateTime<Utc>>,
    /// What was said then.
    pub(crate) note: Option<String>,
}

impl Milestone {
    /// The planned steps by due date, each with its id.
    pub(super) fn plan(plans: Vec<MilestonePlan>, mut next_id: impl FnMut() -> MilestoneId) -> Vec<Self> {
        let mut milestones: Vec<_> = plans
            .into_iter()
            .map(|plan| Self {
                id: next_id(),
                text: plan.text,
                due: plan.due,
                status: MilestoneStatus::Scheduled,
                record_time: None,
                note: None,
            })
            .collect();
        milestones.sort_by_key(|milestone| milestone.due);
        milestones
    }

    /// Records how it came out, once.
    pub(super) fn record(
        &mut self,
        status: MilestoneStatus,
        note: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.status != MilestoneStatus::Scheduled {
            return Err(Refusal::MilestoneRecorded { status: self.status.word() });
        }
        self.status = status;
        self.record_time = Some(now);
        self.note = note;
        Ok(())
    }
}
