//! An issue, and what can be done to it.
//!
//! Each verb checks its rule, moves the state by the table, tells the clock, and answers the [`Step`]s for the history. The caller
//! then calls [`Issue::settle`], which works out the due time and finds a breach. Nothing here reads a clock or makes an id.

use chrono::{DateTime, Utc};
use pathfinder_terms::calendar::WorkingCalendar;
use pathfinder_terms::{IssueId, PartnershipId, ProviderId, RoutingRuleId, words};
use serde::{Deserialize, Serialize};

use super::cell;
use super::clock::{Basis, Clock, Measure, Pledge};
use super::geography::Point;
use super::inquiry::OpenQuestion;
use super::moderation::Heading;
use super::opinion::Satisfaction;
use super::photo::Photo;
use super::question::Answer;
use super::refusal::Refusal;
use super::routing::Route;
use super::state::{IssueState, Move};

mod verbs;

pub(crate) use verbs::{MOST_PARTS, RESIDENT_DISPUTES};

words! {
    /// How an issue came in.
    pub(crate) enum Source {
        /// A web page.
        Web = "web",
        /// A telephone call.
        Phone = "phone",
        /// A walkabout.
        Walkabout = "walkabout",
        /// A street rep.
        StreetRep = "street_rep",
        /// A meeting.
        Meeting = "meeting",
        /// The Open311 interface.
        Open311 = "open311",
        /// The API.
        Grpc = "grpc",
        /// An import of existing cases.
        Import = "import",
    }
}

words! {
    /// What an issue is.
    pub(crate) enum IssueKind {
        /// To be put right.
        Problem = "problem",
        /// What could be better.
        Idea = "idea",
        /// What somebody wants to know.
        Question = "question",
        /// What somebody is glad of.
        Compliment = "compliment",
    }
}

words! {
    /// How serious an issue is.
    pub(crate) enum Severity {
        /// A nuisance.
        Low = "low",
        /// Ought to be put right.
        Normal = "normal",
        /// Harms people or property while it lasts.
        High = "high",
    }
}

words! {
    /// What those who reported an issue say about its closing.
    pub(crate) enum Confirmation {
        /// Nothing yet.
        None = "none",
        /// It is fixed.
        Confirmed = "confirmed",
        /// It is not.
        Disputed = "disputed",
    }
}

/// Where an issue is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Location {
    /// The place on the map.
    pub point: Option<Point>,
    /// The address, or the nearest one.
    pub address: String,
    /// The Unique Property Reference Number.
    pub uprn: String,
    /// The place in the reporter's words.
    pub location_text: String,
    /// Whose land it is.
    pub land_type: String,
    /// Whether it is at somebody's home: not everybody may know where exactly that is.
    #[serde(default)]
    pub domestic: bool,
}

/// Words for the land that homes stand on.
const DOMESTIC_LAND: [&str; 4] = ["housing", "domestic", "residential", "home"];
/// Homes are blurred to the squares of a grid with so many halvings: 76 m high, and some 95 m wide in England.
const BLURRED_HALVINGS: u32 = 18;

impl Location {
    /// The same, at somebody's home if its land is such land, or its category is of homes.
    #[must_use]
    pub(crate) fn judged(mut self, of_homes: bool) -> Self {
        self.domestic = self.domestic || of_homes || DOMESTIC_LAND.contains(&self.land_type.as_str());
        self
    }

    /// The point as everybody may know it, and by which it is looked for: at a home, the middle of a square around it. It is the same
    /// however often it is asked, so that nothing is learnt by asking again.
    #[must_use]
    pub(crate) fn public_point(&self) -> Option<Point> {
        let point = self.point?;
        Some(if self.domestic { cell::middle_around(point, BLURRED_HALVINGS) } else { point })
    }

    /// Whether its point is that of everybody, and not the place itself.
    #[must_use]
    pub(crate) fn is_blurred(&self) -> bool {
        self.domestic && self.point.is_some() && self.point == self.public_point()
    }

    /// What everybody may know of it.
    #[must_use]
    pub(crate) fn published(self) -> Self {
        if !self.domestic {
            return self;
        }
        let point = self.public_point();
        Self { point, land_type: self.land_type, domestic: true, ..Self::default() }
    }
}

/// What shows that something was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Evidence {
    /// What it shows.
    pub text: String,
    /// Where it is; empty when the text is the evidence.
    pub url: String,
}

/// How an issue ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Resolution {
    /// Why, in words that a resident can read.
    pub reason: String,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// When it was fixed or ended.
    pub time: DateTime<Utc>,
}

/// Something that a resident wants put right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Issue {
    /// The id.
    pub id: IssueId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The reference to quote.
    pub reference: String,
    /// The code of its category.
    pub category_code: String,
    /// The name of its category.
    pub category_name: String,
    /// What is wrong in a few words.
    pub title: String,
    /// What is wrong.
    pub description: String,
    /// Where it is.
    pub location: Location,
    /// Where it stands.
    pub state: IssueState,
    /// Whether its words were held back and nobody has found them fit to publish: however it ends, only triage clears it.
    pub held_back: bool,
    /// What it is.
    pub kind: IssueKind,
    /// What its reporter answered to the category's questions.
    pub answers: Vec<Answer>,
    /// Its photos, in the order in which they were added. Answers that were kept before there were any hold none.
    #[serde(default)]
    pub photos: Vec<Photo>,
    /// How it came in.
    pub source: Source,
    /// How serious it is.
    pub severity: Severity,
    /// Whether it endangers people.
    pub hazard: bool,
    /// Who answers for it.
    pub provider_id: Option<ProviderId>,
    /// Their name, or that of an agency elsewhere.
    pub provider_name: String,
    /// The rule that chose them.
    pub routing_rule_id: Option<RoutingRuleId>,
    /// The clock.
    pub clock: Clock,
    /// Its id in the system that it came from.
    pub external_id: Option<String>,
    /// How many support it.
    pub supporter_count: i32,
    /// How many times a closing was disputed.
    pub reopened_count: i32,
    /// How many times a provider refused it.
    pub refusal_count: i32,
    /// The issue that it repeats.
    pub duplicate_of: Option<IssueId>,
    /// The larger issue that it is a part of.
    pub parent_issue_id: Option<IssueId>,
    /// By when its provider is to say yes or no; none while nobody is asked.
    pub answer_due_time: Option<DateTime<Utc>>,
    /// Whether that was put off already, for a question to whoever reported it. Answers that were kept before know nothing of that.
    #[serde(default)]
    pub answer_due_moved: bool,
    /// How it ended.
    pub resolution: Option<Resolution>,
    /// What residents say about the closing.
    pub confirmation: Confirmation,
    /// How satisfied whoever spoke last is with a closing of it. Answers that were kept before that was asked hold none, and nothing of
    /// questions.
    #[serde(default)]
    pub satisfaction: Option<Satisfaction>,
    /// How many questions were put to whoever reported it.
    #[serde(default)]
    pub question_count: i32,
    /// The question for whose answer it waits.
    #[serde(default)]
    pub open_question: Option<OpenQuestion>,
    /// The reporter who chose to be named.
    pub reporter_name: String,
    /// When it was reported.
    pub report_time: DateTime<Utc>,
    /// When it last changed.
    pub update_time: DateTime<Utc>,
    /// When somebody last put others in the place of its reporter's words; none where nobody did.
    #[serde(default)]
    pub edit_time: Option<DateTime<Utc>>,
    /// Counts the writes.
    pub version: i64,
}

/// What a report says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    /// The id that the issue will have.
    pub id: IssueId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// Its reference.
    pub reference: String,
    /// The code of its category.
    pub category_code: String,
    /// The name of its category.
    pub category_name: String,
    /// What is wrong in a few words.
    pub title: String,
    /// What is wrong.
    pub description: String,
    /// Where it is.
    pub location: Location,
    /// What it is.
    pub kind: IssueKind,
    /// What is answered to the category's questions.
    pub answers: Vec<Answer>,
    /// How it came in.
    pub source: Source,
    /// How serious it is.
    pub severity: Severity,
    /// Whether it endangers people.
    pub hazard: bool,
    /// Its id in the system that it came from.
    pub external_id: Option<String>,
    /// The reporter who chose to be named.
    pub reporter_name: String,
    /// When it was reported.
    pub report_time: DateTime<Utc>,
}

impl Report {
    /// Everything in it that people wrote: what held words are looked for in. Who tells of danger in confidence is to be heard, too. An id of
    /// another system is none of it, being no words.
    #[must_use]
    pub(crate) fn written_words(&self) -> Vec<&str> {
        let Location { address, location_text, .. } = &self.location;
        let answers = self.answers.iter().flat_map(|answer| &answer.texts).map(String::as_str);
        let own: [&str; 5] = [&self.title, &self.description, address, location_text, &self.reporter_name];
        own.into_iter().chain(answers).collect()
    }
}

/// What is fit to publish, in place of the reporter's own; absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rewording {
    /// What is wrong.
    pub description: Option<String>,
    /// What is wrong in a few words.
    pub title: Option<String>,
    /// The address; empty takes it away.
    pub address: Option<String>,
    /// The place in words; empty takes it away.
    pub location_text: Option<String>,
    /// The reporter's name as everyone sees it; empty takes it away.
    pub reporter_name: Option<String>,
    /// Codes of questions whose answers become confidential.
    pub confidential_answers: Vec<String>,
    /// Whether it stands at somebody's home, as it turns out. There is no way back: what was blurred is not made exact.
    pub domestic: bool,
}

/// Who becomes answerable, and the pledge that comes with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Routing {
    /// Who, and by which rule.
    pub route: Route,
    /// Their pledge for this category when the issue was reported.
    pub pledge: PledgeFound,
}

/// The answer to which pledge applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PledgeFound {
    /// This one.
    Found(Pledge),
    /// Two: the issue is put right in a time, and before that somebody answers in a time.
    FoundBoth {
        /// The pledge to put it right.
        resolution: Pledge,
        /// The pledge to answer.
        response: Pledge,
    },
    /// None: nothing was pledged.
    NothingPledged,
    /// Nobody could say; it is to be asked again.
    NotAnswered,
    /// Commitments answered, and would not say. It is asked again, too, but the others need not wait for it.
    Refused,
}

impl PledgeFound {
    /// What was found of a pledge of any time, and of one of a response time: that is measured beside a resolution time, and not beside itself.
    #[must_use]
    pub(crate) fn of(pledge: Option<Pledge>, response: Option<Pledge>) -> Self {
        let response = response.filter(|response| response.measure == Measure::Response);
        match (pledge, response) {
            (None, _) => Self::NothingPledged,
            (Some(resolution), Some(response)) if resolution.measure == Measure::Resolution => {
                Self::FoundBoth { resolution, response }
            }
            (Some(pledge), _) => Self::Found(pledge),
        }
    }

    pub(super) fn basis(&self) -> Basis {
        match self {
            Self::Found(pledge) | Self::FoundBoth { resolution: pledge, .. } => Basis::Pledged(pledge.clone()),
            Self::NothingPledged => Basis::Nothing,
            Self::NotAnswered | Self::Refused => Basis::Pending,
        }
    }

    /// The pledge to answer that is measured beside the one to put it right.
    fn response(&self) -> Option<Pledge> {
        match self {
            Self::FoundBoth { response, .. } => Some(response.clone()),
            Self::Found(_) | Self::NothingPledged | Self::NotAnswered | Self::Refused => None,
        }
    }
}

/// One thing that happened to an issue, for its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// The kind, such as `issue.routed`.
    pub kind: String,
    /// The state before; none for the report.
    pub from: Option<IssueState>,
    /// The state after.
    pub to: IssueState,
    /// What was said of it, for everyone.
    pub note: String,
    /// What was said of it, for staff and the provider.
    pub private_note: String,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// Whether a rule did it, and no person.
    pub automatic: bool,
    /// Whether the note is only what is said where nobody says anything: a template of the category may stand in its place.
    #[serde(default)]
    pub by_default: bool,
}

impl Step {
    /// Adds what was said, for everyone.
    #[must_use]
    pub(crate) fn saying(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Marks that a rule did it, and no person.
    #[must_use]
    pub(crate) fn by_rule(mut self) -> Self {
        self.automatic = true;
        self
    }

    /// Adds what is said where nobody says anything.
    #[must_use]
    pub(crate) fn saying_by_default(mut self, note: impl Into<String>) -> Self {
        self.by_default = true;
        self.saying(note)
    }

    /// Adds what was said, for staff and the provider.
    #[must_use]
    pub(crate) fn confiding(mut self, note: impl Into<String>) -> Self {
        self.private_note = note.into();
        self
    }
}

impl Issue {
    /// Takes in a report: held back when its words ask for it, else triaged, and routed when somebody is answerable.
    ///
    /// # Errors
    ///
    /// Never in practice: the table allows these moves from a fresh report.
    pub(crate) fn report(
        report: Report,
        held: Option<Heading>,
        routing: Option<&Routing>,
        now: DateTime<Utc>,
    ) -> Result<(Self, Vec<Step>), Refusal> {
        let mut issue = Self::received(report, now);
        let mut steps = vec![issue.noted("issue.reported", None)];
        if held.is_some() {
            steps.push(issue.hold_back(now)?);
        } else {
            steps.extend(issue.triage_and_route(routing, now)?.into_iter().map(Step::by_rule));
        }
        Ok((issue, steps))
    }

    /// An issue as it comes in, in its first state.
    #[must_use]
    pub(crate) fn received(report: Report, now: DateTime<Utc>) -> Self {
        Self {
            id: report.id,
            partnership_id: report.partnership_id,
            reference: report.reference,
            category_code: report.category_code,
            category_name: report.category_name,
            title: report.title,
            description: report.description,
            location: report.location,
            state: IssueState::Reported,
            held_back: false,
            kind: report.kind,
            answers: report.answers,
            photos: Vec::new(),
            source: report.source,
            severity: report.severity,
            hazard: report.hazard,
            provider_id: None,
            provider_name: String::new(),
            routing_rule_id: None,
            clock: Clock::new(report.report_time),
            external_id: report.external_id,
            supporter_count: 0,
            reopened_count: 0,
            refusal_count: 0,
            duplicate_of: None,
            parent_issue_id: None,
            answer_due_time: None,
            answer_due_moved: false,
            resolution: None,
            confirmation: Confirmation::None,
            satisfaction: None,
            question_count: 0,
            open_question: None,
            reporter_name: report.reporter_name,
            report_time: report.report_time,
            update_time: now,
            edit_time: None,
            version: 1,
        }
    }

    /// Whether the public may see the issue.
    #[must_use]
    pub(crate) const fn is_public(&self) -> bool {
        !self.held_back
    }

    /// Works out the due time, and finds out whether it has passed, as [`Issue::find_breach`] does. A due time that comes near is a step, too, at
    /// the time at which it is told.
    pub(crate) fn settle(&mut self, calendar: &WorkingCalendar, now: DateTime<Utc>, steps: &mut Vec<Step>) {
        self.find_breach(calendar, now, steps);
        if self.clock.must_warn(now) {
            self.clock.warned_due_time = self.clock.due_time();
            steps.push(self.step("issue.due_soon", Some(self.state), now).by_rule());
        }
        self.update_time = now;
    }

    /// Works out the due time, and finds out whether it has passed: then the breach is a step of its own, once, at that time, and stays with
    /// whoever had the issue when it was first found. A breach that the facts no longer bear out (the fix was in time and told late, or a closing
    /// in time is upheld) is taken back. What was missed under a former pledge is kept apart from it, also while the present one is not known:
    /// see [`Clock::hold_to`]. Call it before the issue is measured against something else, so that what nobody has found yet is not lost. So it is
    /// with the response time, where one is measured beside.
    pub(crate) fn find_breach(&mut self, calendar: &WorkingCalendar, now: DateTime<Utc>, steps: &mut Vec<Step>) {
        self.clock.reckon(calendar);
        self.find_response_breach(now, steps);
        let breached = self.clock.has_breached(now);
        if breached && self.clock.breach_time.is_none() {
            self.clock.breach_time = self.clock.due_time();
            self.clock.breach_provider_id = self.clock.breach_provider_id.or(self.provider_id);
            let passed = self.clock.due_time().unwrap_or(now);
            steps.push(self.step("issue.breached", Some(self.state), passed).by_rule());
        } else if !breached && self.clock.breach_time.is_some() && !self.clock.is_pending() {
            self.clock.breach_time = None;
            let taken_back = self.step("issue.breach_withdrawn", Some(self.state), now).by_rule();
            steps.push(taken_back.saying("As it now stands, the due time was not missed."));
        }
    }

    /// The same of the response time beside it.
    fn find_response_breach(&mut self, now: DateTime<Utc>, steps: &mut Vec<Step>) {
        let breached = self.clock.has_missed_response(now);
        let Some(response) = &mut self.clock.response else { return };
        if breached && response.breach_time.is_none() {
            let passed = response.due_time().unwrap_or(now);
            response.breach_time = Some(passed);
            response.breach_provider_id = response.breach_provider_id.or(self.provider_id);
            steps.push(self.step("issue.response_breached", Some(self.state), passed).by_rule());
        } else if !breached && response.breach_time.is_some() {
            response.breach_time = None;
            let taken_back = self.step("issue.response_breach_withdrawn", Some(self.state), now).by_rule();
            steps.push(taken_back.saying("As it now stands, the time to answer was not missed."));
        }
    }

    /// Whether the due time passed, the clock still runs, and it is not paused.
    #[must_use]
    pub(crate) fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.clock.stopped_time().is_none() && !self.clock.stands_still(now) && self.clock.has_breached(now)
    }

    /// Keeps it from the public until a person has read it.
    fn hold_back(&mut self, now: DateTime<Utc>) -> Result<Step, Refusal> {
        let step = self.pass(Move::HoldBack, "issue.held_back", now)?;
        self.held_back = true;
        Ok(step.by_rule())
    }

    fn noted(&self, kind: &str, from: Option<IssueState>) -> Step {
        self.step(kind, from, self.report_time)
    }

    /// A step that leaves the issue where it is.
    pub(super) fn step(&self, kind: &str, from: Option<IssueState>, time: DateTime<Utc>) -> Step {
        let (note, private_note) = (String::new(), String::new());
        let (automatic, by_default) = (false, false);
        Step { kind: kind.to_owned(), from, to: self.state, note, private_note, time, automatic, by_default }
    }

    /// Moves by the table.
    pub(super) fn pass(&mut self, by: Move, kind: &str, now: DateTime<Utc>) -> Result<Step, Refusal> {
        let from = self.state;
        self.state = from.after(by)?;
        self.wait_no_longer(by, now);
        Ok(self.step(kind, Some(from), now))
    }
}

#[cfg(test)]
mod tests;
