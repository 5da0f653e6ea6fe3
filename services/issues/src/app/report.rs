//! Reporting and supporting issues.

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_kit::policy::Subject;
use pathfinder_kit::{Begun, Call, Failure, Reason, Role, Unit, Violation, retrying};
use pathfinder_terms::{IssueId, PartnershipId, ReporterId};
use serde::{Deserialize, Serialize};

use super::author::Author;
use super::{App, IssueView, capability};
use crate::domain::issue::{Location, Report, Severity, Source};
use crate::domain::known::KnownPartnership;
use crate::domain::moderation::Heading;
use crate::domain::question::{self, Answer as Answered, Flaw, Given};
use crate::domain::reporter::{Contact, Part, Visibility};
use crate::domain::{Category, Issue, Reporter, forwarding, reference, template};
use crate::error::Error;
use crate::store;

/// What a report that was held back was answered with leads to it for so long, and so many are forgotten at once. Who sends issues on asks
/// for an id for two months.
const TOKENS_STAY: TimeDelta = TimeDelta::days(180);
const TOKENS_AT_ONCE: u64 = 500;

/// Who reports or supports, as they say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Person {
    /// How to reach them.
    pub contact: Contact,
    /// Who may see them; none to leave it to the rule.
    pub visibility: Option<Visibility>,
}

/// A report.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReportIssue {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The code of its category.
    pub category_code: String,
    /// What is wrong in a few words.
    pub title: String,
    /// What is wrong.
    pub description: String,
    /// Where it is.
    pub location: Location,
    /// How it came in.
    pub source: Source,
    /// What is answered to the category's questions.
    pub answers: Vec<Given>,
    /// How serious it is; none for what the category says.
    pub severity: Option<Severity>,
    /// Whether it endangers people.
    pub hazard: bool,
    /// Who reports it.
    pub reporter: Person,
    /// Its id in the caller's own system.
    pub external_id: Option<String>,
    /// When it was reported to the caller.
    pub report_time: Option<DateTime<Utc>>,
    /// Where pictures of it are.
    pub media_urls: Vec<String>,
    /// What makes the call safe to repeat; may be empty.
    pub request_id: String,
}

/// A supporter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SupportIssue {
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The issue.
    pub issue_id: IssueId,
    /// Who supports it.
    pub supporter: Person,
    /// What makes the call safe to repeat; may be empty.
    pub request_id: String,
}

/// An issue, and the key to follow it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Followed {
    /// The issue.
    pub view: IssueView,
    /// The secret.
    pub follow_token: String,
    /// What to do now; may be empty.
    pub advice: String,
    /// What leads to the issue in place of its id, while it is held back; empty for none.
    pub report_token: String,
}

/// What is kept of the answer for a repeat: the token is not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Answer {
    view: IssueView,
    reporter_id: ReporterId,
    advice: String,
    #[serde(default)]
    report_token: String,
}

impl App {
    /// Takes in a report, routes it and starts its clock. An e-mail address that was left is asked by letter whether letters are to go there.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`, `CATEGORY_RETIRED`, `INVALID_REQUEST` (the answers, an address of a picture, or a point outside the boundary),
    /// `ROLE_MISSING` (an external id or another time, from neither system nor manager),
    /// `PARTNERSHIP_ARCHIVED`, `ALREADY_EXISTS` (the external id), `REQUEST_ID_REUSED`, `PEER_UNAVAILABLE`.
    pub(crate) async fn report_issue(&self, call: &Call, command: &ReportIssue) -> Result<Followed, Error> {
        check_relay(call, command)?;
        // Its category may have been retired since.
        if let Some(answer) = self.host.answer_kept(call).await? {
            return self.answer_again(answer, &command.request_id).await;
        }
        let partnership = self.partnership(command.partnership_id).await?;
        partnership.check_open()?;
        let calendar = self.calendar_of(&partnership);
        let category = self.offered_category(command.partnership_id, &command.category_code).await?;
        let (visibility, contact) = Reporter::settle(command.reporter.visibility, command.reporter.contact.clone());
        let mut reporter = Reporter {
            id: ReporterId(self.host.next_id(call.now)),
            partnership_id: command.partnership_id,
            issue_id: IssueId(self.host.next_id(call.now)),
            part: Part::Reporter,
            visibility,
            contact,
            create_time: call.now,
        };
        let mut report = report_of(call, command, &category, &reporter);
        let misplaced = self.misplaced(call, &partnership, &command.location).await?;
        let links = self.read_links(&command.media_urls);
        let unfit = links.as_ref().err().into_iter().flatten().cloned();
        // Who brings in a case of another system may not know what was asked there.
        let all = command.external_id.is_none();
        report.answers = answers(&command.answers, &category, all, misplaced.into_iter().chain(unfit))?;
        let held = self.settings.held_words.find(&report.written_words());
        let held = held.or_else(|| category.moderated.then_some(Heading::Other));
        let routing = match held {
            Some(_) => None,
            None => self.routing_by_rule(call, &Issue::received(report.clone(), call.now)).await?,
        };

        let mut unit = match self.host.begin::<Answer>(call).await? {
            Begun::Repeated(answer) => return self.answer_again(answer, &command.request_id).await,
            Begun::Fresh(unit) => unit,
        };
        self.check_new_external_id(unit.tx(), command).await?;
        report.reference = next_reference(unit.tx(), &partnership, &report).await?;
        let (mut issue, mut steps) = Issue::report(report, held, routing.as_ref(), call.now)?;
        // What the reporter did is theirs to tell; of what came of it the category may have something to say.
        let what_came = steps.get_mut(1..).unwrap_or_default();
        template::speak(&category.response_templates, &issue, &calendar, what_came);
        let writing = self.writing(call, &calendar, Author::resident(call, &issue, visibility));
        steps.extend(self.keep_links(&unit, &issue, Some(reporter.id), links.unwrap_or_default(), call.now).await?);
        writing.insert(&mut unit, &mut issue, steps).await?;
        reporter.issue_id = issue.id;
        let (follow_token, trace) = capability::mint(self.host.ids(), &command.request_id);
        store::reporter::insert(unit.tx(), self.safe(), &reporter, &trace).await?;
        self.ask_at_address_left(&mut unit, &issue, &reporter).await?;
        let report_token = self.mint_report_token(&unit, &issue, call.now).await?;
        // Whoever reports it knows where it is.
        let location = issue.location.clone();
        let mut view = IssueView::new(issue, Vec::new(), call);
        view.issue.location = location;
        let advice = held.map(Heading::advice).unwrap_or_default().to_owned();
        let answer = unit.commit(Answer { view, reporter_id: reporter.id, advice, report_token }).await?;
        Ok(followed(answer, follow_token))
    }

    /// What a report by Open311 is answered with while it is held back, since nobody is told its id before it was read.
    async fn mint_report_token(&self, unit: &Unit, issue: &Issue, now: DateTime<Utc>) -> Result<String, Error> {
        if issue.is_public() || issue.source != Source::Open311 {
            return Ok(String::new());
        }
        let token = self.host.ids().capability();
        store::report_token::insert(unit.tx(), issue.partnership_id, issue.id, &token, now).await?;
        Ok(token)
    }

    /// The issue to which the token of a report leads; none while it is held back.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`.
    pub(crate) async fn get_report_token(
        &self,
        partnership_id: PartnershipId,
        token: &str,
    ) -> Result<Option<IssueId>, Error> {
        let conn = self.host.reader();
        let found = store::report_token::find_issue(conn, partnership_id, token).await?;
        let issue_id = found.ok_or_else(|| Failure::not_found("report token", token))?;
        let issue = store::issue::find(conn, partnership_id, issue_id).await?;
        Ok(issue.filter(Issue::is_public).map(|issue| issue.id))
    }

    /// Forgets old tokens of reports that are not held back any more. Answers how many. Where there are none, nothing is written.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub(crate) async fn forget_report_tokens(&self) -> Result<usize, Error> {
        let call = Call::background(&self.host, "retention");
        let Some(time) = call.now.checked_sub_signed(TOKENS_STAY) else { return Ok(0) };
        let tokens = store::report_token::outlived(self.host.reader(), time, TOKENS_AT_ONCE).await?;
        if tokens.is_empty() {
            return Ok(0);
        }
        let forget = async || -> Result<(), Failure> {
            let Begun::Fresh(unit) = self.host.begin::<()>(&call).await? else { return Ok(()) };
            store::report_token::remove(unit.tx(), &tokens).await?;
            unit.commit(()).await
        };
        retrying(forget).await?;
        Ok(tokens.len())
    }

    /// Adds a supporter, and asks an e-mail address that was left, as for a report.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`, `STATE_FORBIDS` when the issue has ended, `TOO_MANY_SUPPORTERS`, `REQUEST_ID_REUSED`.
    pub(crate) async fn support_issue(&self, call: &Call, command: &SupportIssue) -> Result<Followed, Error> {
        let calendar = self.calendar(command.partnership_id).await?;
        let mut unit = match self.host.begin::<Answer>(call).await? {
            Begun::Repeated(answer) => return self.answer_again(answer, &command.request_id).await,
            Begun::Fresh(unit) => unit,
        };
        let found = store::issue::find_for_update(unit.tx(), command.partnership_id, command.issue_id).await?;
        let before = found.filter(Issue::is_public);
        let before = before.ok_or_else(|| Failure::not_found("issue", command.issue_id))?;
        let mut issue = before.clone();
        let steps = vec![issue.support(self.settings.max_supporters, call.now)?];
        let (visibility, contact) = Reporter::settle(command.supporter.visibility, command.supporter.contact.clone());
        let author = Author::resident(call, &before, visibility);
        let writing = self.writing(call, &calendar, author);
        writing.update(&mut unit, &before, &mut issue, steps).await?;

        let reporter = Reporter {
            id: ReporterId(self.host.next_id(call.now)),
            partnership_id: command.partnership_id,
            issue_id: issue.id,
            part: Part::Supporter,
            visibility,
            contact,
            create_time: call.now,
        };
        let (follow_token, trace) = capability::mint(self.host.ids(), &command.request_id);
        store::reporter::insert(unit.tx(), self.safe(), &reporter, &trace).await?;
        self.ask_at_address_left(&mut unit, &issue, &reporter).await?;
        let view = self.view(unit.tx(), issue, call).await?;
        let (advice, report_token) = (String::new(), String::new());
        let answer = unit.commit(Answer { view, reporter_id: reporter.id, advice, report_token }).await?;
        Ok(followed(answer, follow_token))
    }

    /// A category that new issues may have.
    pub(super) async fn offered_category(&self, partnership_id: PartnershipId, code: &str) -> Result<Category, Error> {
        let found = store::category::find_by_code(self.host.reader(), partnership_id, code).await?;
        let category = found.ok_or_else(|| Failure::not_found("category", code))?;
        category.check_offered()?;
        Ok(category)
    }

    async fn check_new_external_id(&self, conn: &impl store::Connection, command: &ReportIssue) -> Result<(), Error> {
        let Some(external_id) = &command.external_id else { return Ok(()) };
        store::known::lock_partnership(conn, command.partnership_id).await?;
        let known = store::issue::known_external_ids(conn, command.partnership_id, vec![external_id.clone()]).await?;
        let Some((_, issue_id)) = known.first() else { return Ok(()) };
        let message = format!("There is an issue with the external id {external_id} already.");
        let failure = Failure::new(Reason::AlreadyExists, message).with("external_id", external_id);
        Err(failure.with("issue_id", issue_id).into())
    }

    /// The answer to a repeated request, with the token that it had then.
    async fn answer_again(&self, answer: Answer, request_id: &str) -> Result<Followed, Error> {
        let partnership_id = answer.view.issue.partnership_id;
        let follow_token = self.token_again(partnership_id, answer.reporter_id, request_id).await?;
        Ok(followed(answer, follow_token))
    }

    /// The token that a request was answered with before; another, which opens nothing, when it was ended since.
    pub(super) async fn token_again(
        &self,
        partnership_id: PartnershipId,
        id: ReporterId,
        request_id: &str,
    ) -> Result<String, Error> {
        let salt = store::reporter::find_salt(self.host.reader(), partnership_id, id).await?;
        Ok(salt.map(|salt| capability::derive(&salt, request_id)).unwrap_or_default())
    }
}

fn followed(answer: Answer, follow_token: String) -> Followed {
    Followed { view: answer.view, follow_token, advice: answer.advice, report_token: answer.report_token }
}

async fn next_reference(
    conn: &impl store::Connection,
    partnership: &KnownPartnership,
    report: &Report,
) -> Result<String, Error> {
    let year = reference::year_of(report.report_time);
    let number = store::reference::take(conn, partnership.id, year, 1).await?;
    Ok(reference::reference(&partnership.reference_prefix, year, number))
}

/// Only systems and managers speak for another system: its ids and times would otherwise be anybody's to make up.
fn check_relay(call: &Call, command: &ReportIssue) -> Result<(), Error> {
    if command.external_id.is_some() || command.report_time.is_some() {
        call.permit_act("RelayReports", &Subject::within(Some(command.partnership_id)))?;
    }
    Ok(())
}

/// What is answered to the questions of a category, unless something is wrong with it, or with what else was looked at; `all` must be answered that
/// have to be, or some may be missing.
pub(super) fn answers(
    given: &[Given],
    category: &Category,
    all: bool,
    others: impl Iterator<Item = Violation>,
) -> Result<Vec<Answered>, Failure> {
    let answers = question::answers_to(&category.questions, given, all);
    let (answers, flaws) = match answers {
        Ok(answers) => (answers, Vec::new()),
        Err(flaws) => (Vec::new(), flaws),
    };
    let violation = |flaw: Flaw| Violation::new(format!("answers{}", flaw.path), flaw.text);
    let violations: Vec<Violation> = others.chain(flaws.into_iter().map(violation)).collect();
    if violations.is_empty() { Ok(answers) } else { Err(Failure::invalid(violations)) }
}

/// Whether a system that is known here hands the report over, which says by its last line where it comes from, or somebody brings in a case of one
/// who may. All others typed what they say: which way a report came, and how the request is named, is anybody's to choose.
fn is_handed_over(call: &Call, command: &ReportIssue) -> bool {
    command.external_id.is_some() || call.caller.has(command.partnership_id, &[Role::System])
}

fn report_of(call: &Call, command: &ReportIssue, category: &Category, reporter: &Reporter) -> Report {
    let words = &command.description;
    let description = if is_handed_over(call, command) { words.clone() } else { forwarding::typed(words) };
    Report {
        id: reporter.issue_id,
        partnership_id: command.partnership_id,
        reference: String::new(),
        category_code: category.code.clone(),
        category_name: category.name.clone(),
        title: command.title.clone(),
        description,
        location: command.location.clone().judged(category.domestic),
        kind: category.kind,
        answers: Vec::new(),
        source: command.source,
        severity: command.severity.unwrap_or(category.default_severity),
        hazard: command.hazard || category.hazard,
        external_id: command.external_id.clone(),
        reporter_name: reporter.public_name().unwrap_or_default().to_owned(),
        report_time: command.report_time.unwrap_or(call.now),
    }
}
