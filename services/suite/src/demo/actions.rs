//! Takes the actions of [`super::plans`] as far as they get.

use pathfinder_proto::boards::v1 as boards;
use pathfinder_proto::types::v1::{Evidence, Rag};

use super::board::{Decisions, decided};
use super::place::THEMES;
use super::plans::{ACTIONS, ActionFate, ActionPart};
use super::sittings::{DROP, EXTEND};
use super::world::{World, all, key};
use crate::client::{Desk, Refused, ask, within};

/// Who owns what no provider owns.
const OWN_TEAM: &str = "Brackenside neighbourhood team (demonstration)";

/// One action on its way.
pub(super) struct Course<'a> {
    world: &'a World<'a>,
    /// The desk of its owner.
    owner: &'a Desk,
    /// Names it in request ids.
    name: String,
    action_id: String,
}

/// Raises every action and takes it as far as it gets. Those that answer issues answer `issue_ids`, in turn.
pub(super) async fn raise_all(world: &World<'_>, decisions: &Decisions, issue_ids: &[String]) -> Result<(), Refused> {
    let raised = ACTIONS.iter().enumerate().map(|(place, part)| async move {
        let linked = matches!(part.origin, boards::ActionOrigin::Breach | boards::ActionOrigin::IssueCluster);
        let answered = if linked { pick(issue_ids, place) } else { Vec::new() };
        let name = format!("action {place}");
        let action = raise(world, part, answered, &name).await?;
        let owner = part.owner.map_or_else(|| world.desk("manager"), |key| world.officer(key));
        let course = Course { world, owner, name, action_id: action.action_id };
        take(&course, part, decisions).await?;
        world.progress.add(1);
        Ok(())
    });
    all(raised).await.map(|_| ())
}

/// Two issues for the action at a place; fewer where there are fewer.
fn pick(issue_ids: &[String], place: usize) -> Vec<String> {
    let from = place * 2;
    issue_ids.iter().cycle().skip(from).take(issue_ids.len().min(2)).cloned().collect()
}

async fn raise(
    world: &World<'_>,
    part: &ActionPart,
    issue_ids: Vec<String>,
    name: &str,
) -> Result<boards::Action, Refused> {
    let organisation = part.owner.and_then(|key| world.providers.get(key)).map_or(OWN_TEAM, |provider| provider.name);
    let request = boards::RaiseActionRequest {
        partnership_id: world.partnership(),
        title: part.title.to_owned(),
        text: format!("{}. An invented action, for demonstration.", part.title),
        theme: THEMES.get(part.theme).copied().unwrap_or_default().to_owned(),
        origin: part.origin.into(),
        issue_ids,
        owner_provider_id: part.owner.map(|key| world.provider_id(key)).unwrap_or_default(),
        owner_organisation: organisation.to_owned(),
        priority: part.priority.into(),
        start_date: world.days.date(part.start),
        due_date: world.days.date(part.due),
        request_id: key(format!("raise {name}")),
        ..Default::default()
    };
    ask(format!("raise `{}`", part.title), world.desk("manager").actions().raise_action(within(request))).await
}

async fn take(course: &Course<'_>, part: &ActionPart, decisions: &Decisions) -> Result<(), Refused> {
    if part.fate == ActionFate::Proposed {
        return Ok(());
    }
    if part.fate == ActionFate::Cancelled {
        return course.cancel(decided(decisions, DROP)).await;
    }
    course.agree("").await?;
    if part.fate == ActionFate::Agreed {
        return Ok(());
    }
    course.accept().await?;
    if part.fate == ActionFate::Accepted {
        return Ok(());
    }
    course.start().await?;
    match part.fate {
        ActionFate::AtWork(Some(rag)) => course.report(rag).await,
        ActionFate::Moved(by) => course.move_due(part.due + by, "").await,
        ActionFate::MovedFar(by) => course.move_due(part.due + by, &decided(decisions, EXTEND)).await,
        ActionFate::Blocked => course.block().await,
        ActionFate::Suspended => course.suspend().await,
        ActionFate::Submitted => course.submit("It is done; please look.").await,
        ActionFate::SentBack => {
            course.submit("All boards are repaired.").await?;
            course.send_back("Two boards still have no glass.").await
        }
        ActionFate::Complete => {
            course.submit("It is done; please look.").await?;
            course.verify("board-member", &format!("You asked for this, and it was done: {}.", part.title)).await
        }
        ActionFate::Proposed
        | ActionFate::Agreed
        | ActionFate::Accepted
        | ActionFate::Cancelled
        | ActionFate::AtWork(None) => Ok(()),
    }
}

impl<'a> Course<'a> {
    /// The course of an action that was raised elsewhere.
    pub(super) fn of(world: &'a World<'a>, owner: &'a Desk, name: &str, action_id: String) -> Self {
        Self { world, owner, name: name.to_owned(), action_id }
    }

    fn key(&self, verb: &str) -> String {
        key(format!("{verb} {}", self.name))
    }

    fn what(&self, verb: &str) -> String {
        format!("{verb} {}", self.name)
    }

    /// Agrees it: by a decision, or under delegation where none is named.
    pub(super) async fn agree(&self, decision_id: &str) -> Result<(), Refused> {
        let request = boards::AgreeActionRequest {
            partnership_id: self.world.partnership(),
            action_id: self.action_id.clone(),
            decision_id: decision_id.to_owned(),
            etag: String::new(),
            request_id: self.key("agree"),
        };
        ask(self.what("agree"), self.world.desk("manager").actions().agree_action(within(request))).await.map(|_| ())
    }

    /// The owner takes it on.
    pub(super) async fn accept(&self) -> Result<(), Refused> {
        let request = boards::AcceptActionRequest {
            partnership_id: self.world.partnership(),
            action_id: self.action_id.clone(),
            etag: String::new(),
            request_id: self.key("accept"),
        };
        ask(self.what("accept"), self.owner.actions().accept_action(within(request))).await.map(|_| ())
    }

    /// The owner starts.
    pub(super) async fn start(&self) -> Result<(), Refused> {
        let request = boards::StartActionRequest {
            partnership_id: self.world.partnership(),
            action_id: self.action_id.clone(),
            etag: String::new(),
            request_id: self.key("start"),
        };
        ask(self.what("start"), self.owner.actions().start_action(within(request))).await.map(|_| ())
    }

    /// The owner reports; amber and red explain themselves.
    pub(super) async fn report(&self, rag: Rag) -> Result<(), Refused> {
        let troubled = rag != Rag::Green;
        let say = |words: &str| if troubled { words.to_owned() } else { String::new() };
        let request = boards::ReportActionProgressRequest {
            partnership_id: self.world.partnership(),
            action_id: self.action_id.clone(),
            rag: rag.into(),
            narrative: "The work goes on; see the dates.".to_owned(),
            cause: say("Parts came late and a crew was lent to another district."),
            consequence: say("Residents wait longer than they were told."),
            get_well_date: if troubled { self.world.days.date(35) } else { String::new() },
            request_id: self.key("report"),
            ..Default::default()
        };
        ask(self.what("report on"), self.owner.actions().report_action_progress(within(request))).await.map(|_| ())
    }

    async fn move_due(&self, day: i64, decision_id: &str) -> Result<(), Refused> {
        let request = boards::MoveActionDueDateRequest {
            partnership_id: self.world.partnership(),
            action_id: self.action_id.clone(),
            due_date: self.world.days.date(day),
            reason: "The ground was too wet to work on.".to_owned(),
            decision_id: decision_id.to_owned(),
            etag: String::new(),
            request_id: self.key("move"),
        };
        ask(self.what("move the date of"), self.owner.actions().move_action_due_date(within(request))).await.map(|_| ())
    }

    async fn block(&self) -> Result<(), Refused> {
        let request = boards::BlockActionRequest {
            partnership_id: self.world.partnership(),
            action_id: self.action_id.clone(),
            reason: "Waits for the owner of the land to sign.".to_owned(),
            etag: String::new(),
            request_id: self.key("block"),
        };
        ask(self.what("block"), self.owner.actions().block_action(within(request))).await.map(|_| ())
    }

    async fn suspend(&self) -> Result<(), Refused> {
        let request = boards::SuspendActionRequest {
            partnership_id: self.world.partnership(),
            action_id: self.action_id.clone(),
            reason: "Laid aside until the spring planting season.".to_owned(),
            request_id: self.key("suspend"),
            ..Default::default()
        };
        ask(self.what("suspend"), self.world.desk("chair").actions().suspend_action(within(request))).await.map(|_| ())
    }

    /// The owner says that it is done.
    pub(super) async fn submit(&self, closing_note: &str) -> Result<(), Refused> {
        let evidence = Evidence { text: "Photographs of before and after, on file.".to_owned(), url: String::new() };
        let request = boards::SubmitActionForVerificationRequest {
            partnership_id: self.world.partnership(),
            action_id: self.action_id.clone(),
            closing_note: closing_note.to_owned(),
            evidence: vec![evidence],
            etag: String::new(),
            request_id: self.key("submit"),
        };
        ask(self.what("submit"), self.owner.actions().submit_action_for_verification(within(request))).await.map(|_| ())
    }

    async fn send_back(&self, reason: &str) -> Result<(), Refused> {
        let request = boards::VerifyActionRequest {
            partnership_id: self.world.partnership(),
            action_id: self.action_id.clone(),
            accepted: false,
            reason: reason.to_owned(),
            request_id: self.key("send back"),
            ..Default::default()
        };
        ask(self.what("send back"), self.world.desk("street-rep").actions().verify_action(within(request)))
            .await
            .map(|_| ())
    }

    /// Somebody other than the owner sees that it is done; residents are told.
    pub(super) async fn verify(&self, by: &str, feedback_note: &str) -> Result<(), Refused> {
        let request = boards::VerifyActionRequest {
            partnership_id: self.world.partnership(),
            action_id: self.action_id.clone(),
            accepted: true,
            feedback_note: feedback_note.to_owned(),
            request_id: self.key("verify"),
            ..Default::default()
        };
        ask(self.what("verify"), self.world.desk(by).actions().verify_action(within(request))).await.map(|_| ())
    }

    async fn cancel(&self, decision_id: String) -> Result<(), Refused> {
        let request = boards::CancelActionRequest {
            partnership_id: self.world.partnership(),
            action_id: self.action_id.clone(),
            decision_id,
            reason: "The weight limit on the bridge does the same.".to_owned(),
            etag: String::new(),
            request_id: self.key("cancel"),
        };
        ask(self.what("cancel"), self.world.desk("manager").actions().cancel_action(within(request))).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_take_their_issues_in_turn() {
        let ids: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        assert_eq!(pick(&ids, 0), ["a", "b"]);
        assert_eq!(pick(&ids, 1), ["c", "a"]);
        assert_eq!(pick(&ids[..1], 4), ["a"]);
        assert!(pick(&[], 4).is_empty());
    }
}
