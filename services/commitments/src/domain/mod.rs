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
mod period;
mod progress;
mod provider;
mod refusal;
mod standard;
mod words;

pub use case::{CaseNews, StandardCase};
pub use commitment::{
    Acceptance, Baseline, Commitment, CommitmentChange, CommitmentKind, CommitmentStatus, CommitmentTerms, Direction, Finding, Frequency,
    LatestReport, Milestone, MilestonePlan, MilestoneStatus, NextReport, Offer, Outcome, Progress, Standing, Step, Verification,
};
pub use event::Event;
pub use interval::{Interval, TOO_FEW, wilson};
pub use moment::{Evidence, Moment, Rules, Who};
pub use period::Period;
pub use progress::{Content, Measurement, ProgressReport, ReportStatus};
pub use provider::{NewProvider, Provider, ProviderChange, ProviderKind, Responsibility};
pub use refusal::{Refusal, Violation};
pub use standard::{ClockStart, Measure, NewStandard, Standard, StandardTerms, Unit, applicable};
pub use words::UnknownWord;
