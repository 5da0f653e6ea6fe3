//! The story of one issue: its steps across the services, in the order in which they happened.

use chrono::{DateTime, Utc};
use pathfinder_terms::{ActionId, CommitmentId, DecisionId, MilestoneId, ProgressReportId, ProviderId, words};

/// How many steps a story shows.
pub(crate) const MAX_STEPS: usize = 1_000;

words! {
    /// The service that knows of a step.
    pub(crate) enum StorySource {
        /// This one.
        Issues = "issues",
        /// Actions.
        Boards = "boards",
        /// Commitments and reports.
        Commitments = "commitments",
    }
}

/// Who did something, as the reader may know: the id is empty where the reader may not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StoryActor {
    /// The id.
    pub id: String,
    /// The name or role to show.
    pub name: String,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoryStep {
    /// When.
    pub time: DateTime<Utc>,
    /// Who.
    pub actor: StoryActor,
    /// Who knows of it.
    pub source: StorySource,
    /// The kind.
    pub kind: String,
    /// What happened, in plain English.
    pub text: String,
    /// The state before, as its word.
    pub from_state: String,
    /// The state after, as its word.
    pub to_state: String,
    /// The reference of the thing it belongs to.
    pub reference: String,
    /// What it belongs to.
    pub links: StoryLinks,
}

/// What a step belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StoryLinks {
    /// The action.
    pub action_id: Option<ActionId>,
    /// The decision.
    pub decision_id: Option<DecisionId>,
    /// The commitment.
    pub commitment_id: Option<CommitmentId>,
    /// The milestone.
    pub milestone_id: Option<MilestoneId>,
    /// The progress report.
    pub progress_report_id: Option<ProgressReportId>,
    /// The provider.
    pub provider_id: Option<ProviderId>,
}

/// Puts steps in order, and cuts them at the limit; says whether any were left out. Steps of one instant stay as the services
/// gave them, this service's before those of boards, and those before the ones of commitments.
#[must_use]
pub(crate) fn in_order(mut steps: Vec<StoryStep>) -> (Vec<StoryStep>, bool) {
    let rank = |source: StorySource| StorySource::ALL.iter().position(|other| *other == source);
    steps.sort_by_key(|step| (step.time, rank(step.source)));
    let truncated = steps.len() > MAX_STEPS;
    steps.truncate(MAX_STEPS);
    (steps, truncated)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(time: i64, source: StorySource, kind: &str) -> StoryStep {
        StoryStep {
            time: DateTime::from_timestamp(time, 0).unwrap(),
            actor: StoryActor::default(),
            source,
            kind: kind.to_owned(),
            text: String::new(),
            from_state: String::new(),
            to_state: String::new(),
            reference: String::new(),
            links: StoryLinks::default(),
        }
    }

    #[test]
    fn steps_come_in_the_order_of_their_times() {
        let steps = vec![
            step(20, StorySource::Boards, "c"),
            step(10, StorySource::Issues, "a"),
            step(20, StorySource::Issues, "b"),
            step(30, StorySource::Commitments, "d"),
        ];
        let (steps, truncated) = in_order(steps);
        assert_eq!(steps.iter().map(|step| step.kind.as_str()).collect::<String>(), "abcd");
        assert!(!truncated);
        assert!(in_order(vec![step(1, StorySource::Issues, "x"); MAX_STEPS + 1]).1);
    }
}
