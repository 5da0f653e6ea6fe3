//! What the words of this service mean, which moves are possible, and every number that is worked out.
//!
//! Pure: no clock, no database, no network, nothing of ours but `pathfinder_terms`. Time comes in as a [`Moment`], ids as arguments.
//! A rule that refuses answers with a [`Refusal`], which names the situation; a value that comes in wrong is a [`Violation`], and all
//! of them are collected before anything is refused.
//!
//! To add an aggregate, add a file with its plain type, its verbs as methods, and the table of its states if it has any; the walk over
//! every pair of states belongs in its tests.

mod case;
mod commitment;
mod event;
mod interval;
mod moment;
mod partnership;
mod period;
mod progress;
mod provider;
mod refusal;
mod standard;

pub(crate) use case::StandardCase;
pub(crate) use commitment::{
    Acceptance, Baseline, Commitment, CommitmentChange, CommitmentKind, CommitmentStatus, CommitmentTerms, Direction,
    Entry, Finding, Frequency, LatestReport, Milestone, MilestonePlan, MilestoneStatus, NextReport, Offer, Outcome,
    Progress, Standing, Step, Verification,
};
pub(crate) use event::{CommitmentChanged, Event, ProgressReportChanged, ProviderChanged, StandardChanged};
pub(crate) use interval::{Interval, wilson};
pub(crate) use moment::{Evidence, Moment, Rules, Who};
pub(crate) use partnership::Partnership;
pub(crate) use period::Period;
pub(crate) use progress::{Content, Measurement, ProgressReport, ReportStatus};
pub(crate) use provider::{NewProvider, Provider, ProviderChange, ProviderKind, Responsibility};
pub(crate) use refusal::{Refusal, Violation};
pub(crate) use standard::{ClockStart, Measure, NewStandard, Standard, StandardTerms, Unit, applicable};
