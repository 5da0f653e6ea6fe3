//! Why the domain refuses something.

use chrono::{DateTime, Utc};
use pathfinder_terms::PhotoId;
use uuid::Uuid;

use super::forwarding::SendState;
use super::inquiry::MOST_QUESTIONS;
use super::moderation::Heading;
use super::state::{IssueState, Move};

/// A rule that stands against what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The state machine has no such row.
    #[error("The issue is {}, so it cannot {} now. {}", state.spoken(), wanted.spoken(), states_for(*wanted))]
    StateForbids {
        /// Where the issue stands.
        state: IssueState,
        /// What was asked.
        wanted: Move,
    },
    /// The issue is not said to be fixed, so a resident cannot say that it is so.
    #[error("There is nothing to confirm{}: the issue is {}. A resident can confirm an issue that is resolved or closed.", yet(*state), state.spoken())]
    NothingToConfirm {
        /// Where the issue stands.
        state: IssueState,
    },
    /// Nobody works on the issue, so nobody has a question to whoever reported it.
    #[error("The issue is {}: whoever reported it is asked while a provider has it, that is while it is sent to a provider, accepted, in progress or on hold.", state.spoken())]
    NobodyAsks {
        /// Where the issue stands.
        state: IssueState,
    },
    /// Nobody who reported the issue could be asked.
    #[error(
        "Nobody can be asked: the issue came from another system, and whoever reported it there has no link to it here."
    )]
    NobodyToAsk {
        /// Where the issue stands.
        state: IssueState,
    },
    /// The issue waits for the answer to another question.
    #[error("Question {number} waits for its answer; one question is asked at a time.")]
    QuestionWaits {
        /// Where the issue stands.
        state: IssueState,
        /// The number of that question.
        number: i32,
    },
    /// The issue has as many questions as it may have.
    #[error(
        "Whoever reported the issue was asked {MOST_QUESTIONS} questions, which is the limit; decide with what is known."
    )]
    TooManyQuestions {
        /// Where the issue stands.
        state: IssueState,
    },
    /// The question has its answer.
    #[error("Question {number} was answered before; nothing was changed.")]
    QuestionAnswered {
        /// Where the issue stands.
        state: IssueState,
        /// The number of the question.
        number: i32,
    },
    /// The issue has ended, so that no answer is of use.
    #[error("The issue is {}: it has ended, so it takes no more answers.", state.spoken())]
    AnswerTooLate {
        /// Where the issue stands.
        state: IssueState,
    },
    /// Somebody said how satisfied they are with the closing, and changed it once.
    #[error("You have said how satisfied you are with this closing, and changed it once; it stays as it is.")]
    OpinionChanged {
        /// Where the issue stands.
        state: IssueState,
    },
    /// The issue has ended, so nobody can join it.
    #[error("The issue is {}: it has ended, so it takes no more supporters.", state.spoken())]
    Ended {
        /// Where the issue stands.
        state: IssueState,
    },
    /// The standard does not list the reason.
    #[error("The clock was not paused: the standard does not allow it for `{given}`{}.", others(allowed))]
    PauseNotAllowed {
        /// The reason that was given.
        given: String,
        /// The reasons that the standard lists.
        allowed: Vec<String>,
    },
    /// The other issue is this one, or repeats a third.
    #[error("An issue cannot be a duplicate of itself, nor of one that is a duplicate.")]
    DuplicateOfItself {
        /// The other issue.
        duplicate_of: Uuid,
    },
    /// The other issue does not go on, or nobody may see it: whoever reported this one would hear nothing more.
    #[error("The other issue is {}{}: an issue is joined with one that goes on and that everybody may see.", state.spoken(), if state.is_open() { ", and held back" } else { "" })]
    OriginalUnfit {
        /// The other issue.
        duplicate_of: Uuid,
        /// Where it stands.
        state: IssueState,
    },
    /// Others repeat the issue, so it cannot repeat another.
    #[error(
        "Others are duplicates of this issue, so it cannot become one itself. Mark the other issue as a duplicate of this one, or take those back first."
    )]
    HasDuplicates {
        /// The other issue.
        duplicate_of: Uuid,
    },
    /// The issue cannot be a part of that one.
    #[error("{flaw}")]
    ParentUnfit {
        /// What is wrong with it.
        flaw: &'static str,
    },
    /// Parts of the issue are open.
    #[error("The issue was not closed: {} of it {} still open ({}).", parts(references), are(references), references.join(", "))]
    PartsOpen {
        /// Where the issue stands.
        state: IssueState,
        /// The references of the open parts.
        references: Vec<String>,
    },
    /// There is nothing to uphold.
    #[error("Nobody disputed the closing of this issue, so there is nothing to uphold.")]
    ClosingNotDisputed,
    /// A fix in the future or before the report.
    #[error("must lie between the report and now, is {fix_time}")]
    FixTimeOutOfRange {
        /// The time that was given.
        fix_time: DateTime<Utc>,
    },
    /// Nobody sees the issue as it is.
    #[error("The issue is {}, and out of public view already.", state.spoken())]
    HiddenAlready {
        /// Where the issue stands.
        state: IssueState,
    },
    /// The issue is in public view, or waits for its triage.
    #[error("The issue is {}: only what was hidden is shown again; what waits to be found fit to publish is let go by its triage.", state.spoken())]
    NotHidden {
        /// Where the issue stands.
        state: IssueState,
    },
    /// An edit after which all would be as before.
    #[error("needs something that is to change: words, an answer, or that the issue stands at somebody's home")]
    NothingToEdit,
    /// An edit would bring in words that a person must read first.
    #[error("holds words that a person must read first ({}); say it in others", heading.word())]
    WordsHeld {
        /// The field.
        field: &'static str,
        /// What the words are about.
        heading: Heading,
    },
    /// The category is no longer offered.
    #[error("The category {category_code} is no longer offered; choose another.")]
    CategoryRetired {
        /// Its code.
        category_code: String,
    },
    /// The issue is of that category.
    #[error("must be another category: the issue is of {category_code} already")]
    CategoryUnchanged {
        /// Its code.
        category_code: String,
    },
    /// A forwarding that needs nobody's help.
    #[error("It is {}: only what was refused, or needs a person, is sent again.", state.word().replace('_', " "))]
    ForwardingGoesOn {
        /// How far it has come.
        state: SendState,
    },
    /// The partnership has as many rules as it may have.
    #[error("The partnership has {limit} routing rules already, which is the limit; delete one first.")]
    TooManyRoutingRules {
        /// The limit.
        limit: u64,
    },
    /// The issue has as many supporters as it may have.
    #[error("The issue has {limit} supporters already, which is the limit; nobody was added.")]
    TooManySupporters {
        /// The limit.
        limit: u32,
    },
    /// As many follow the issue by e-mail as may.
    #[error("{limit} people follow the issue by e-mail already, which is the limit; nobody was added.")]
    TooManyFollowers {
        /// The limit.
        limit: u32,
    },
    /// The issue has as many photos as it may have.
    #[error("The issue has {limit} photos already, which is the limit; this one was not added.")]
    TooManyPhotos {
        /// The limit.
        limit: usize,
    },
    /// The issue has no such photo, or not any more.
    #[error("There is no photo {photo_id} here.")]
    PhotoUnknown {
        /// The photo.
        photo_id: PhotoId,
    },
    /// Somebody else redacted the photo in the meantime.
    #[error("Somebody else redacted this photo at the same time; nothing was changed. Look at it again.")]
    PhotoChanged,
    /// The entry was withdrawn.
    #[error("The entry was withdrawn, for good. Publish another instead.")]
    EntryWithdrawn,
    /// The partnership takes in nothing new.
    #[error("The partnership {name} is archived and can only be read; it takes no new reports.")]
    PartnershipArchived {
        /// Its name.
        name: String,
    },
    /// The provider answers for nothing new.
    #[error("The provider {name} is inactive and takes on nothing new; choose another.")]
    ProviderInactive {
        /// Its name.
        name: String,
    },
    /// The secret is not one of this issue, or not one that may do this.
    #[error("This follow token does not allow that for this issue.")]
    FollowTokenInvalid,
    /// Whoever works for the provider is not the one to say whether its work is done.
    #[error("{provider} answers for this issue; somebody else says whether it is done.")]
    SelfVerification {
        /// The provider.
        provider: String,
    },
    /// The secret of a letter is not one of this issue, was used, or is too old.
    #[error(
        "This link confirms nothing, or not any more: it holds for 24 hours and works once. Ask for another letter."
    )]
    ConfirmationInvalid,
}

/// For what else, after a reason that is not allowed.
fn others(allowed: &[String]) -> String {
    if allowed.is_empty() {
        ", nor for any other reason".to_owned()
    } else {
        format!(", but for {}", allowed.join(", "))
    }
}

fn parts(references: &[String]) -> String {
    if references.len() == 1 { "a part".to_owned() } else { format!("{} parts", references.len()) }
}

fn are(references: &[String]) -> &'static str {
    if references.len() == 1 { "is" } else { "are" }
}

/// In which states something can be done, as a sentence.
fn states_for(wanted: Move) -> String {
    let states: Vec<&str> = wanted.states().map(IssueState::spoken).collect();
    let states = match states.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    };
    format!("An issue can {} while it is {states}.", wanted.spoken())
}

/// Nothing to confirm may become something while the issue is open.
fn yet(state: IssueState) -> &'static str {
    if state.is_open() { " yet" } else { "" }
}
