//! What those who reported or support an issue are told: you said, we did.
//!
//! A [`Step`] that ends an issue, reopens it, says something of it, moves it to another category, asks whoever reported it, or joins it
//! with another or parts them, is announced; so is what somebody, or a template of its category, says with a step on its way ([`said_on_the_way`]),
//! and a board's action that answers it, once it is complete. To announce another kind of step, add its words to [`announce`].

use chrono::{DateTime, Utc};
use pathfinder_terms::calendar::local_date;
use pathfinder_terms::{ActionId, IssueId, NoticeId, PartnershipId, ReporterId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::issue::{Issue, RESIDENT_DISPUTES, Step};
use super::recategorising::RECATEGORISED;
use super::{inquiry, update};

/// What a notice begins with that says what was reported.
const YOU_SAID: &str = "You said: ";

/// What is told, before it is addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Announcement {
    /// Why, such as `issue.resolved`.
    pub kind: String,
    /// In plain English.
    pub text: String,
    /// The action that it is about.
    pub action_id: Option<ActionId>,
}

/// What one person was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notice {
    /// The id.
    pub id: NoticeId,
    /// The same for everyone who was told the same.
    pub announcement_id: Uuid,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// Who was told.
    pub reporter_id: ReporterId,
    /// Why.
    pub kind: String,
    /// In plain English.
    pub text: String,
    /// The action that it is about.
    pub action_id: Option<ActionId>,
    /// When.
    pub time: DateTime<Utc>,
}

/// What a step has residents told; most steps tell nothing.
#[must_use]
pub(crate) fn announce(issue: &Issue, step: &Step) -> Option<Announcement> {
    let reference = &issue.reference;
    let what = subject(issue);
    let said = &step.note;
    let not_so = "If that is not so, open your follow-up link and say that it is not fixed.";
    let text = match step.kind.as_str() {
        "issue.resolved" => format!("{YOU_SAID}{what}. We did: {said} ({reference}). {not_so}"),
        "issue.closed" => format!("{reference} is closed. {said} {not_so}"),
        "issue.confirmed" => format!("{reference} is closed: a resident says that it is fixed. {not_so}"),
        "issue.no_action" => format!("{reference} was closed without action. The reason: {said} {not_so}"),
        "issue.duplicate" => {
            format!(
                "{reference} was reported before. {said} You count among those who support that report, and will be told what becomes of it."
            )
        }
        "issue.unmarked" => format!("{reference} is open again: it is not what was reported before. {said}"),
        "issue.joined" => format!("Others have reported what you did: {said} {reference} goes on for all of you."),
        "issue.parted" => format!("Not all who spoke of {reference} meant the same: {said} {reference} goes on."),
        RECATEGORISED => {
            let decides = "the neighbourhood manager decides who deals with it".to_owned();
            let deals = issue.provider_id.map_or(decides, |_| format!("{} deals with it", issue.provider_name));
            format!("{reference} was put into another category, and {deals}. {said}")
        }
        inquiry::ASKED => {
            let until = issue
                .open_question
                .as_ref()
                .map(|open| format!(" by {}", local_date(open.due_time).format("%-d %B %Y")));
            let until = until.unwrap_or_default();
            format!(
                "{reference}: {said} If you reported it, open your follow-up link and answer{until}. Your answer is not published."
            )
        }
        inquiry::LAPSED => format!("{reference}: {said}"),
        "issue.withdrawn" => format!("{reference} was taken back by the person who reported it."),
        "issue.disputed" if said == RESIDENT_DISPUTES => {
            format!("{reference} is open again: a resident says that it is not fixed.")
        }
        // A machine spoke for whoever handed it over.
        "issue.disputed" => format!("{reference} is open again: {said}"),
        "issue.closing_upheld" => format!("{reference} stays closed. The neighbourhood manager looked again: {said}"),
        _ => said_on_the_way(reference, step)?,
    };
    Some(Announcement { kind: step.kind.clone(), text, action_id: None })
}

/// What is told of a step on the way: what was said with it, as everybody reads it in the history. To whom it was sent is always
/// said; any other step in silence tells nothing, nor does one that a rule takes, nor what is kept from everybody.
fn said_on_the_way(reference: &str, step: &Step) -> Option<String> {
    let said = &step.note;
    if step.automatic || said.is_empty() || said == update::NOT_FOR_ALL {
        return None;
    }
    Some(match step.kind.as_str() {
        "issue.routed" => format!("{reference}: {said}"),
        "issue.accepted" => format!("{reference} was accepted. {said}"),
        // The reason begins with who refused.
        "issue.refused" => format!("{reference} was refused. {said}"),
        "issue.work_started" => format!("Work on {reference} has begun. {said}"),
        "issue.held" => format!("Work on {reference} waits. {said}"),
        "issue.resumed" => format!("Work on {reference} goes on. {said}"),
        update::SAID => format!("News of {reference}: {said}"),
        _ => return None,
    })
}

/// What a completed action has residents told.
#[must_use]
pub(crate) fn announce_action(issue: &Issue, action_id: ActionId, reference: &str, feedback: &str) -> Announcement {
    let text =
        format!("{YOU_SAID}{} ({}). We did: {feedback} (board action {reference})", subject(issue), issue.reference);
    Announcement { kind: "action.completed".to_owned(), text, action_id: Some(action_id) }
}

/// What was told, with what the issue is about now in the place of what it was about before; none where it does not say so.
#[must_use]
pub(crate) fn retold(text: &str, before: &Issue, after: &Issue) -> Option<String> {
    let rest = text.strip_prefix(YOU_SAID)?.strip_prefix(subject(before))?;
    // The first goes on with a full stop, that of a board's action with the reference in brackets.
    let is_whole = rest.starts_with(". We did: ") || rest.starts_with(" (");
    is_whole.then(|| format!("{YOU_SAID}{}{rest}", subject(after)))
}

/// What the issue is about, in a few words that hold nothing of the reporter's own text but its title.
fn subject(issue: &Issue) -> &str {
    if issue.title.is_empty() { &issue.category_name } else { &issue.title }
}
