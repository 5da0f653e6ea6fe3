//! Questions to whoever reported an issue: asked, answered, and lapsed when nobody answers.
//!
//! What is asked is told like every other news. The answer is for few ([`App::questions_of`]): it is never part of what a write answers, which is
//! kept for repeats.

use pathfinder_kit::{Begun, Call, Caller, Failure, etag, retrying};
use pathfinder_terms::{IssueId, PartnershipId};
use serde::{Deserialize, Serialize};

use super::author::Author;
use super::change::Target;
use super::clocks::PER_ROUND;
use super::resident::Following;
use super::{App, IssueView, subject_of};
use crate::domain::inquiry::{Asking, Reply};
use crate::domain::moderation::Heading;
use crate::domain::reporter::Part;
use crate::domain::{Inquiry, Issue, Refusal};
use crate::error::Error;
use crate::store;
use crate::store::reporter::Holder;

/// Speaking for somebody who reported an issue, as the rules call it.
const FOR_RESIDENTS: &str = "RelayReports";

/// A question to whoever reported an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AskReporter {
    /// Which issue.
    pub target: Target,
    /// What is asked.
    pub text: String,
    /// The standard's word for why the clock may pause; may be empty.
    pub pause_reason: String,
}

/// An answer to it. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AnswerQuestion {
    /// Which issue, and by which secret; empty for staff.
    pub following: Following,
    /// Which question.
    pub number: i32,
    /// What is answered.
    pub text: String,
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answered {
    /// The issue, without the answer.
    pub view: IssueView,
    /// What to do at once; may be empty.
    pub advice: String,
}

impl App {
    /// Asks whoever reported an issue.
    ///
    /// # Errors
    ///
    /// `ROLE_MISSING`, `NOT_FOUND`, `STATE_FORBIDS`, `ETAG_MISMATCH`.
    pub(crate) async fn ask_reporter(&self, call: &Call, command: &AskReporter) -> Result<IssueView, Error> {
        let AskReporter { target, text, pause_reason } = command;
        let calendar = self.calendar(target.partnership_id).await?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(view) => return Ok(view),
            Begun::Fresh(unit) => unit,
        };
        let found = store::issue::find_for_update(unit.tx(), target.partnership_id, target.issue_id).await?;
        let before = found.ok_or_else(|| Failure::not_found("issue", target.issue_id))?;
        call.permit(&subject_of(&before))?;
        etag::check(&target.etag, before.version)?;
        let mut issue = before.clone();
        let asking = Asking { text, pause_reason, within: self.settings.question_within };
        let (inquiry, step) = issue.ask_reporter(&asking, &calendar, call.now)?;
        if store::reporter::count_reporters(unit.tx(), before.partnership_id, before.id).await? == 0 {
            return Err(Refusal::NobodyToAsk { state: before.state }.into());
        }
        let author = Author::of(call, &before);
        let writing = self.writing(call, &calendar, author);
        writing.update(&mut unit, &before, &mut issue, vec![step]).await?;
        store::inquiry::insert(unit.tx(), &inquiry).await?;
        let view = self.view(unit.tx(), issue, call).await?;
        let questions = self.questions_of(unit.tx(), &view.issue, false).await?;
        Ok(unit.commit(IssueView { questions, ..view }).await?)
    }

    /// Whoever reported an issue answers, or staff for them.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` (the issue or the question), `FOLLOW_TOKEN_INVALID`, `ROLE_MISSING`, `STATE_FORBIDS`, `REQUEST_ID_REUSED`.
    pub(crate) async fn answer_question(&self, call: &Call, command: &AnswerQuestion) -> Result<Answered, Error> {
        let AnswerQuestion { following, number, text } = command;
        let (partnership_id, issue_id) = (following.partnership_id, following.issue_id);
        let seen = self.visible_issue(call, following).await?;
        let holder = self.who_answers(call, following, &seen).await?;
        let calendar = self.calendar(partnership_id).await?;
        let mut unit = match self.host.begin(call).await? {
            Begun::Repeated(answered) => return Ok(answered),
            Begun::Fresh(unit) => unit,
        };
        let found = store::issue::find_for_update(unit.tx(), partnership_id, issue_id).await?;
        let before = found.ok_or_else(|| Failure::not_found("issue", issue_id))?;
        let asked = store::inquiry::find(unit.tx(), partnership_id, issue_id, *number).await?;
        let mut inquiry = asked.ok_or_else(|| Failure::not_found("question", number))?;
        let mut issue = before.clone();
        let reply = Reply { text, reporter_id: holder.map(|holder| holder.id) };
        let step = issue.answer_question(&mut inquiry, reply, &calendar, call.now)?;
        let author = answers_as(call, &before, holder)?;
        let writing = self.writing(call, &calendar, author);
        writing.update(&mut unit, &before, &mut issue, vec![step]).await?;
        store::inquiry::update(unit.tx(), &inquiry).await?;
        let view = self.view_for(unit.tx(), issue, call, holder).await?;
        let questions = self.questions_of(unit.tx(), &view.issue, false).await?;
        let danger = self.settings.held_words.find(&[text]);
        let advice = danger.map(Heading::call_first).unwrap_or_default().to_owned();
        Ok(unit.commit(Answered { view: IssueView { questions, ..view }, advice }).await?)
    }

    /// Who holds the token with which a question is answered; none where the rules let the caller speak for residents.
    async fn who_answers(&self, call: &Call, following: &Following, issue: &Issue) -> Result<Option<Holder>, Error> {
        if following.follow_token.is_empty() && call.caller != Caller::Anonymous {
            call.permit_act(FOR_RESIDENTS, &subject_of(issue))?;
            return Ok(None);
        }
        let holder = self.follower(self.host.reader(), following).await?;
        if self.may_answer(issue, &holder).await? { Ok(Some(holder)) } else { Err(Refusal::FollowTokenInvalid.into()) }
    }

    /// Whether the holder of a token is whoever reported the issue: also by the link of letters to the address that was left with the report.
    pub(super) async fn may_answer(&self, issue: &Issue, holder: &Holder) -> Result<bool, Error> {
        Ok(match holder.part {
            Part::Reporter => true,
            // Anybody may support an issue.
            Part::Supporter => false,
            Part::Follower => {
                let conn = self.host.reader();
                store::follower::is_reporter(conn, issue.partnership_id, issue.id, holder.id).await?
            }
        })
    }

    /// The questions about an issue, with their answers if the reader may know those.
    pub(super) async fn questions_of(
        &self,
        conn: &impl store::Connection,
        issue: &Issue,
        with_answers: bool,
    ) -> Result<Vec<Inquiry>, Error> {
        if issue.question_count == 0 {
            return Ok(Vec::new());
        }
        let mut questions = store::inquiry::list(conn, issue.partnership_id, issue.id).await?;
        if !with_answers {
            questions.iter_mut().for_each(|inquiry| inquiry.answer.clear());
        }
        Ok(questions)
    }

    /// Goes on with issues whose question nobody answered in time. Answers how many. An issue that fails is logged and passed over.
    ///
    /// # Errors
    ///
    /// When the issues that wait cannot be listed.
    pub(crate) async fn lapse_questions(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "timer of questions");
        let mut lapsed = 0;
        let mut after = None;
        while !self.host.shutdown().is_cancelled() {
            let all = store::issue::with_late_question(self.host.reader(), call.now, after, PER_ROUND).await?;
            let Some(last) = all.last() else { break };
            after = Some(last.issue_id);
            for late in all {
                match retrying(|| self.lapse_question(&call, late.partnership_id, late.issue_id)).await {
                    Ok(done) => lapsed += usize::from(done),
                    Err(failure) => self.pass_over(&call, late, &failure.into()).await?,
                }
            }
        }
        Ok(lapsed)
    }

    /// Answers whether nobody had answered in the meantime.
    async fn lapse_question(
        &self,
        call: &Call,
        partnership_id: PartnershipId,
        issue_id: IssueId,
    ) -> Result<bool, Error> {
        let calendar = self.calendar(partnership_id).await?;
        let Begun::Fresh(mut unit) = self.host.begin::<()>(call).await? else { return Ok(false) };
        let found = store::issue::find_for_update(unit.tx(), partnership_id, issue_id).await?;
        let Some(before) = found else { return Ok(false) };
        let mut issue = before.clone();
        let Some((number, step)) = issue.lapse_question(&calendar, call.now)? else { return Ok(false) };
        let author = Author::rule();
        let writing = self.writing(call, &calendar, author);
        writing.update(&mut unit, &before, &mut issue, vec![step]).await?;
        if let Some(inquiry) = store::inquiry::find(unit.tx(), partnership_id, issue_id, number).await? {
            store::inquiry::update(unit.tx(), &Inquiry { lapse_time: Some(call.now), ..inquiry }).await?;
        }
        unit.commit(()).await?;
        Ok(true)
    }
}

/// As whom an answer is kept: a resident, or staff who speak for them.
fn answers_as(call: &Call, issue: &Issue, holder: Option<Holder>) -> Result<Author, Error> {
    let Some(holder) = holder else {
        call.permit_act(FOR_RESIDENTS, &subject_of(issue))?;
        return Ok(Author::of(call, issue));
    };
    let author = Author::resident(call, issue, holder.visibility);
    Ok(Author { label: "A resident".to_owned(), ..author })
}
