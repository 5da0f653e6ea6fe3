//! Why a board's rules refuse something, in words that the person who asked can act on.
//!
//! To add a reason: a variant here, a value in `pathfinder.errors.v1.ErrorReason`, and its row in `crate::error`.

use chrono::NaiveDate;
use pathfinder_terms::DecisionId;

use super::quorum::Quorum;

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The path of the field in the request, such as `rules.decision_classes[1].code`.
    pub field: String,
    /// What is wrong with it.
    pub description: String,
}

impl Fault {
    /// A fault of one field.
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self { field: field.into(), description: description.into() }
    }
}

/// Why something is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Fields are wrong.
    #[error("{}", faults_text(.0))]
    Invalid(Vec<Fault>),
    /// The state does not allow the step.
    #[error("`{step}` is not possible while the {thing} is `{state}`; {}.", allowed_text(.allowed))]
    StateForbids {
        /// What it was to be done to.
        thing: &'static str,
        /// The step.
        step: String,
        /// The state.
        state: String,
        /// The steps that the state allows.
        allowed: Vec<String>,
    },
    /// No constitution is in force.
    #[error(
        "No constitution is in force on {date}: adopt one first; without it the partnership can be read but decides nothing."
    )]
    NoConstitution {
        /// The day asked about.
        date: NaiveDate,
    },
    /// The partnership is archived.
    #[error("The partnership is archived: it can be read, and nothing in it changes any more.")]
    PartnershipArchived,
    /// No more seats of the kind.
    #[error(
        "The seat was not added: the constitution allows {allowed} of the kind `{category}`, and there are that many."
    )]
    SeatsExceeded {
        /// The kind.
        category: String,
        /// How many it allows.
        allowed: u32,
    },
    /// Someone sits there.
    #[error("The seat is taken: {by} sits in it until {until}. End that membership first, or begin the term later.")]
    SeatTaken {
        /// Who.
        by: String,
        /// The last day of that term.
        until: NaiveDate,
    },
    /// There is a chair.
    #[error("The board has a chair: {by}, until {until}. End that membership first, or begin the term later.")]
    ChairTaken {
        /// Who.
        by: String,
        /// The last day of that term.
        until: NaiveDate,
    },
    /// Not a possible substitute.
    #[error("The substitute was not named: {why}.")]
    SubstituteUnfit {
        /// What is wrong.
        why: &'static str,
    },
    /// The membership is over.
    #[error("The membership ended on {on}.")]
    MembershipEnded {
        /// The last day served.
        on: NaiveDate,
    },
    /// Too late to give notice.
    #[error(
        "The agenda was not published: for {clear_days} clear working days it had to be out by {notice_date}. The chair can publish it late with an urgent reason."
    )]
    NoticeTooShort {
        /// The last day in time.
        notice_date: NaiveDate,
        /// Clear working days asked for.
        clear_days: u32,
    },
    /// No items.
    #[error("The agenda was not published: it has no items.")]
    AgendaEmpty,
    /// A meeting is not opened before the day that was announced.
    #[error("The meeting was not opened: it was announced for {day}. Move it, and give notice anew.")]
    MeetingBeforeItsDay {
        /// The day that was announced.
        day: NaiveDate,
    },
    /// Nobody to preside.
    #[error("The meeting was not opened: the board has no chair today. Name the member who presides.")]
    NoPresidingMember,
    /// Not of the board on the day.
    #[error("{name} is not a member of the board on {on}.")]
    NotACurrentMember {
        /// Who.
        name: String,
        /// The day.
        on: NaiveDate,
    },
    /// Coming and going out of order.
    #[error("The attendance was not recorded: {name} {why}.")]
    AttendanceOutOfOrder {
        /// Who.
        name: String,
        /// What is wrong.
        why: &'static str,
    },
    /// Items without outcome.
    #[error("The minutes were not drafted: nothing says what came of {}.", items_text(.items))]
    MinutesIncomplete {
        /// Their numbers on the agenda.
        items: Vec<String>,
    },
    /// Not a later meeting in session.
    #[error("The minutes were not approved: {why}.")]
    MinutesNeedLaterMeeting {
        /// What is wrong.
        why: &'static str,
    },
    /// No quorum.
    #[error("The decision was not recorded: {}.", .0.explanation())]
    NotQuorate(Quorum),
    /// More votes than voters.
    #[error(
        "The decision was not recorded: {votes} votes were counted, but only {voters} members may vote on the item now."
    )]
    VotesExceedElectorate {
        /// Votes counted.
        votes: u32,
        /// Members who may vote.
        voters: u32,
    },
    /// No casting vote.
    #[error("The decision was not recorded: there is no casting vote, because {why}.")]
    CastingVoteForbidden {
        /// What is wrong.
        why: &'static str,
    },
    /// No vote on the item.
    #[error(
        "The decision was not recorded: {name} cannot {part} it, being absent, withdrawn, or without a vote on it."
    )]
    MemberMayNotVote {
        /// Who.
        name: String,
        /// What they were to do: `propose` or `second`.
        part: &'static str,
    },
    /// No such class.
    #[error("The constitution has no class of decision `{code}`; it has {}.", items_text(.classes))]
    DecisionClassUnknown {
        /// The code given.
        code: String,
        /// The codes there are.
        classes: Vec<String>,
    },
    /// Nothing can rest on the decision.
    #[error("The decision {reference} {why}, so nothing can rest on it.")]
    DecisionNotCarried {
        /// Its reference.
        reference: String,
        /// What it did instead of being carried.
        why: &'static str,
    },
    /// It waits for the board.
    #[error(
        "The decision {reference} was referred back by the accountable body, so nothing new can rest on it until the board ratifies or corrects it. The reason given: {why}"
    )]
    DecisionReferredBack {
        /// Its reference.
        reference: String,
        /// Why it was referred back.
        why: String,
    },
    /// Another stands in its place.
    #[error("The decision {reference} was corrected by {later}, so nothing new can rest on it: name that one.")]
    DecisionCorrected {
        /// Its reference.
        reference: String,
        /// The reference of the later decision.
        later: String,
        /// The later decision.
        later_id: DecisionId,
    },
    /// The board alone changes its constitution.
    #[error(
        "The constitution was not adopted: one is in force since {since}, and only the board changes it. Name the carried decision that does."
    )]
    ConstitutionNeedsDecision {
        /// The first day of the one in force.
        since: NaiveDate,
    },
    /// An issue that is not there.
    #[error("The action was not raised: this partnership has no issue {issue_id}.")]
    IssueUnknown {
        /// The issue.
        issue_id: uuid::Uuid,
    },
    /// Not the owner.
    #[error("Only {owner}, who owns the action, can do this.")]
    NotTheOwner {
        /// The owning organisation.
        owner: String,
    },
    /// Accepted before.
    #[error("{owner} accepted the action already.")]
    ActionAlreadyAccepted {
        /// The owning organisation.
        owner: String,
    },
    /// Not accepted yet.
    #[error("The action was not started: {owner} has not accepted it yet.")]
    ActionNotAccepted {
        /// The owning organisation.
        owner: String,
    },
    /// Moved too often or too far.
    #[error(
        "The due date was not moved: this would be move {moves} of {free_moves} and {days} days of {free_days} past the original date that need no decision. Name the carried decision that allows it."
    )]
    MoveNeedsDecision {
        /// Moves with this one.
        moves: u32,
        /// Moves that need no decision.
        free_moves: u32,
        /// Days past the original date with this move.
        days: i64,
        /// Days that need no decision.
        free_days: u32,
    },
    /// The owner is no verifier.
    #[error("The action was not verified: {owner} owns it, and someone else has to see that it is done.")]
    VerifierIsOwner {
        /// The owning organisation.
        owner: String,
    },
    /// Whoever submitted it for the owner is no verifier either.
    #[error("The action was not verified: {submitter} submitted it, and someone else has to see that it is done.")]
    VerifierIsSubmitter {
        /// The name of whoever submitted it.
        submitter: String,
    },
}

impl Refusal {
    /// One wrong field.
    pub fn invalid(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(field, description)])
    }
}

fn faults_text(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(|fault| format!("{}: {}", fault.field, fault.description)).collect();
    lines.join("; ")
}

fn items_text(items: &[String]) -> String {
    items.join(", ")
}

fn allowed_text(allowed: &[String]) -> String {
    if allowed.is_empty() {
        return "nothing is possible any more".to_owned();
    }
    format!("possible now: {}", allowed.join(", "))
}
