//! The story, on its way out.

use pathfinder_kit::wire::timestamp;
use pathfinder_proto::issues::v1 as pb;
use pathfinder_proto::types::v1 as types;
use uuid::Uuid;

use super::answers;
use crate::app::story::IssueStory;
use crate::domain::story::{StorySource, StoryStep};

pub(in crate::grpc) fn issue_story(story: IssueStory) -> pb::IssueStory {
    let word = |source: &StorySource| source.word().to_owned();
    pb::IssueStory {
        issue: Some(answers::issue(story.view)),
        steps: story.steps.into_iter().map(step).collect(),
        incomplete_sources: story.incomplete_sources.iter().map(word).collect(),
        truncated: story.truncated,
    }
}

fn step(step: StoryStep) -> pb::StoryStep {
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let links = step.links;
    pb::StoryStep {
        step_time: Some(timestamp(step.time)),
        actor: Some(types::Actor { actor_id: step.actor.id, name: step.actor.name }),
        source: step.source.word().to_owned(),
        kind: step.kind,
        text: step.text,
        from_state: step.from_state,
        to_state: step.to_state,
        action_id: id(links.action_id.map(Uuid::from)),
        decision_id: id(links.decision_id.map(Uuid::from)),
        commitment_id: id(links.commitment_id.map(Uuid::from)),
        milestone_id: id(links.milestone_id.map(Uuid::from)),
        progress_report_id: id(links.progress_report_id.map(Uuid::from)),
        provider_id: id(links.provider_id.map(Uuid::from)),
        reference: step.reference,
    }
}
