//! What this service learns from the feeds of boards and commitments, each in the transaction that moves the feed's cursor.
//! Applying an event twice changes nothing.
//!
//! Which action answers which issue, and who was told of it, leaves a row in the audit trail. Partnerships and providers are copies: the
//! services that own them keep the rows.

use pathfinder_kit::Unit;
use pathfinder_kit::policy::kept::OwnPolicies;
use pathfinder_terms::calendar::WorkingCalendar;
use pathfinder_terms::{IssueId, Nation};
use serde::Serialize;

use super::App;
use super::author::Author;
use crate::domain::known::KnownAction;
use crate::domain::known::{KnownProvider, ToldPartnership};
use crate::domain::notice;
use crate::error::Error;
use crate::store;

/// A board's action as an event tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActionNews {
    /// The action.
    pub action: KnownAction,
    /// The issues that it answers.
    pub issue_ids: Vec<IssueId>,
    /// What residents are told; only when it is complete.
    pub feedback_note: Option<String>,
}

/// What an action's news changed here, as the audit trail digests it.
#[derive(Serialize)]
struct ActionLink<'a> {
    action: &'a KnownAction,
    /// The issues that it answers since, or by another name or state.
    issue_ids: Vec<IssueId>,
    /// The issues whose reporters were told that it is complete.
    told_issue_ids: Vec<IssueId>,
}

/// What an event of another service means to this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// A partnership was founded or changed.
    Partnership(ToldPartnership),
    /// A provider was recorded or changed.
    Provider(KnownProvider),
    /// An action was raised or changed.
    Action(ActionNews),
    /// A partnership set policies of its own, or took them away.
    Policies(OwnPolicies),
}

impl App {
    /// Takes in what an event means.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn learn(&self, unit: &mut Unit, news: &News) -> Result<(), Error> {
        match news {
            News::Partnership(told) => {
                // The boundary first: whoever asked for one meanwhile goes by the same order, so neither waits for the other for ever.
                store::boundary::put(unit.tx(), told.partnership.id, &told.boundary).await?;
                Ok(store::known::put_partnership(unit.tx(), &told.partnership).await?)
            }
            News::Provider(known) => Ok(store::known::put_provider(unit.tx(), known).await?),
            News::Action(news) => self.learn_action(unit, news).await,
            News::Policies(set) => Ok(unit.keep_own_policies(set).await?),
        }
    }

    /// An action was raised or changed: it is linked to the issues that it answers, and when it is complete, everyone who reported
    /// or supports one of them is told, once.
    async fn learn_action(&self, unit: &mut Unit, news: &ActionNews) -> Result<(), Error> {
        let call = unit.call().clone();
        // Telling moves no date, so any nation's calendar will do.
        let calendar = WorkingCalendar::of(Nation::EnglandAndWales);
        let writing = self.writing(&call, &calendar, Author::rule());
        let action = &news.action;
        let mut link = ActionLink { action, issue_ids: Vec::new(), told_issue_ids: Vec::new() };
        for issue_id in &news.issue_ids {
            let found = store::issue::find(unit.tx(), action.partnership_id, *issue_id).await?;
            let Some(issue) = found else { continue };
            let known = store::action::find(unit.tx(), *issue_id, action.action_id).await?;
            if known.as_ref().is_none_or(|(known, _)| known != action) {
                store::action::put(unit.tx(), *issue_id, action).await?;
                link.issue_ids.push(*issue_id);
            }
            let told = known.is_some_and(|(_, told)| told);
            let Some(feedback) = news.feedback_note.as_ref().filter(|_| !told) else { continue };
            let said = notice::announce_action(&issue, action.action_id, &action.reference, feedback);
            writing.tell(unit, &issue, &said).await?;
            store::action::mark_told(unit.tx(), *issue_id, action.action_id).await?;
            link.told_issue_ids.push(*issue_id);
        }
        let kind = match (link.issue_ids.is_empty(), link.told_issue_ids.is_empty()) {
            (true, true) => return Ok(()),
            (false, true) => "action_link.kept",
            (_, false) => "action_link.told",
        };
        Ok(unit.record_quietly(kind, Some(action.partnership_id), action.action_id.0, &link)?)
    }
}
