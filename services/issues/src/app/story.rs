//! The story of one issue, put together from this service, boards and commitments.
//!
//! Boards is asked for the actions that answer the issue, commitments for what answers those actions; each is asked on behalf of
//! the reader, so each decides what the reader sees. The actions that the feed of boards told of are asked about even while boards
//! itself is down. A service that does not answer, or not in time, is named, and the rest is shown.

use std::collections::BTreeSet;
use std::time::Duration;

use pathfinder_kit::{Call, Failure, Reason};
use pathfinder_terms::{ActionId, IssueId, PartnershipId};

use super::read::as_known_to;
use super::resident::Following;
use super::{App, IssueView};
use crate::domain::hiding::without_references;
use crate::domain::history::Entry;
use crate::domain::story::{self, MAX_STEPS, StoryActor, StoryLinks, StorySource, StoryStep};
use crate::domain::{Issue, Notice};
use crate::error::Error;
use crate::store;

/// How many actions a story follows: more would make one read into hundreds of calls.
const MAX_ACTIONS: usize = 20;

/// How long each of the other services is waited for in all, however many calls that takes.
const PATIENCE: Duration = Duration::from_millis(if cfg!(test) { 100 } else { 3_000 });

/// The story of an issue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct IssueStory {
    /// The issue as it is now.
    pub view: IssueView,
    /// Its steps, oldest first.
    pub steps: Vec<StoryStep>,
    /// The services that did not answer.
    pub incomplete_sources: Vec<StorySource>,
    /// Whether steps were left out.
    pub truncated: bool,
}

impl App {
    /// Every step of the loop for one issue.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`.
    pub(crate) async fn get_issue_story(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        issue_id: IssueId,
    ) -> Result<IssueStory, Error> {
        let following = Following { partnership_id, issue_id, follow_token: String::new() };
        let issue = self.visible_issue(call, &following).await?;
        let view = self.view(self.host.reader(), issue, call).await?;
        let mut steps = self.own_steps(call, &view.issue).await?;
        let mut incomplete_sources = Vec::new();

        let mut action_ids: BTreeSet<ActionId> = view.action_ids.iter().copied().collect();
        match in_time(self.peers.action_steps(call, partnership_id, issue_id)).await {
            Ok(actions) => {
                action_ids.extend(actions.action_ids);
                steps.extend(actions.steps);
            }
            Err(failure) => {
                tracing::warn!(%failure, "a story is told without boards");
                incomplete_sources.push(StorySource::Boards);
            }
        }
        let told = async {
            for action_id in action_ids.iter().take(MAX_ACTIONS) {
                steps.extend(self.peers.commitment_steps(call, partnership_id, *action_id).await?);
            }
            Ok(())
        };
        if let Err(failure) = in_time(told).await {
            tracing::warn!(%failure, "a story is told without all of commitments");
            incomplete_sources.push(StorySource::Commitments);
        }
        let (steps, cut) = story::in_order(steps);
        let truncated = cut || action_ids.len() > MAX_ACTIONS;
        Ok(IssueStory { view, steps, incomplete_sources, truncated })
    }

    /// What this service knows: the history, and what the reporters were told.
    async fn own_steps(&self, call: &Call, issue: &Issue) -> Result<Vec<StoryStep>, Error> {
        let conn = self.host.reader();
        let limit = MAX_STEPS as u64;
        let entries = store::history::list(conn, issue.partnership_id, issue.id, None, limit).await?;
        let notices = store::notice::announced(conn, issue.partnership_id, issue.id, limit).await?;
        let notes = entries.iter().map(|entry| entry.note.as_str());
        let texts = notes.chain(notices.iter().map(|(notice, _)| notice.text.as_str())).collect();
        let untold = self.untold(Some(call), issue.partnership_id, texts).await?;
        let told = |text: &str| without_references(text, &untold, &issue.reference);
        let entries = entries.into_iter().map(|entry| Entry { note: told(&entry.note), ..entry });
        let entries = entries.map(|entry| step_of_entry(issue, as_known_to(call, issue, entry)));
        let notices = notices.into_iter().map(|(notice, count)| (Notice { text: told(&notice.text), ..notice }, count));
        let notices = notices.map(|(notice, count)| step_of_notice(issue, &notice, count));
        Ok(entries.chain(notices).collect())
    }
}

/// What a service tells, if it tells it in time.
async fn in_time<T>(telling: impl Future<Output = Result<T, Failure>> + Send) -> Result<T, Failure> {
    let late = |_| Failure::new(Reason::PeerUnavailable, "It did not answer in time.");
    tokio::time::timeout(PATIENCE, telling).await.map_err(late)?
}

fn step_of_entry(issue: &Issue, entry: Entry) -> StoryStep {
    let said = [entry.note.as_str(), entry.private_note.as_str()];
    let said: Vec<&str> = said.into_iter().filter(|text| !text.is_empty()).collect();
    let text = if said.is_empty() { plain(&entry.kind).to_owned() } else { said.join(" ") };
    StoryStep {
        time: entry.time,
        actor: StoryActor { id: entry.actor_id, name: entry.actor_name },
        source: StorySource::Issues,
        text,
        kind: entry.kind,
        from_state: entry.from_state,
        to_state: entry.to_state,
        reference: issue.reference.clone(),
        links: StoryLinks { provider_id: issue.provider_id, ..StoryLinks::default() },
    }
}

fn step_of_notice(issue: &Issue, notice: &Notice, count: usize) -> StoryStep {
    let people = if count == 1 { "1 resident was told".to_owned() } else { format!("{count} residents were told") };
    StoryStep {
        time: notice.time,
        actor: StoryActor { id: String::new(), name: "Pathfinder".to_owned() },
        source: StorySource::Issues,
        kind: "notice.sent".to_owned(),
        text: format!("{people}: {}", notice.text),
        from_state: String::new(),
        to_state: String::new(),
        reference: issue.reference.clone(),
        links: StoryLinks { action_id: notice.action_id, ..StoryLinks::default() },
    }
}

/// What a step says when nobody said anything.
fn plain(kind: &str) -> &'static str {
    match kind {
        "issue.reported" => "Reported.",
        "issue.held_back" => "Held back for a person to read.",
        "issue.triaged" => "Found fit to act on.",
        "issue.accepted" => "The provider says that it is theirs.",
        "issue.work_started" => "Work began.",
        "issue.resumed" => "Work goes on.",
        "issue.due_soon" => "The due time comes near: a fifth of the time that was pledged is left, or less.",
        "issue.breached" => "The due time passed.",
        "issue.breach_withdrawn" => "The due time was not missed after all.",
        "issue.response_breached" => "The time to answer passed.",
        "issue.response_breach_withdrawn" => "The time to answer was not missed after all.",
        "issue.supported" => "Another resident supports it.",
        "issue.update" => "Another system told how it stands there.",
        "issue.part_ended" => "It is a part of no larger issue any more.",
        "issue.hidden" => "Taken out of public view.",
        "issue.shown" => "In public view again.",
        "issue.photo_added" => "A photo was added.",
        "issue.photo_missed" => "A picture that was named could not be had.",
        "issue.photo_released" => "A photo was found fit to be shown.",
        "issue.photo_redacted" => "Parts of a photo were painted over.",
        _ => "It changed.",
    }
}
