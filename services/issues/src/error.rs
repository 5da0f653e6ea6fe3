//! Everything that can go wrong in this service, and what it means to the caller.

use pathfinder_kit::{Failure, Reason, Violation};
use pathfinder_photos::Unfit;

use crate::domain::{IssueState, Move, Refusal};

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A rule of the domain stands against it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What every service can meet: permission, absence, pages, filters, peers.
    #[error(transparent)]
    Kit(#[from] Failure),
    /// A file is not taken as a photo.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] crate::store::DbErr),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refused(&refusal),
            Error::Kit(failure) => failure,
            Error::Unfit(unfit) => Self::of_field("content", unfit.to_string()).with("code", unfit.code()),
            Error::Database(error) => error.into(),
        }
    }
}

fn refused(refusal: &Refusal) -> Failure {
    let failure = |reason| Failure::new(reason, refusal.to_string());
    match refusal {
        Refusal::StateForbids { state, wanted } => failure(Reason::StateForbids)
            .with("state", state.word())
            .with("wanted", wanted.word())
            .with("allowed", moves(*state)),
        Refusal::NothingToConfirm { state } => failure(Reason::StateForbids)
            .with("state", state.word())
            .with("wanted", "confirm")
            .with("allowed", moves(*state)),
        Refusal::Ended { state } => failure(Reason::StateForbids).with("state", state.word()).with("allowed", ""),
        Refusal::HiddenAlready { state } => {
            failure(Reason::StateForbids).with("state", state.word()).with("wanted", "hide")
        }
        Refusal::NotHidden { state } => {
            failure(Reason::StateForbids).with("state", state.word()).with("wanted", "show")
        }
        Refusal::NobodyAsks { state }
        | Refusal::NobodyToAsk { state }
        | Refusal::QuestionWaits { state, .. }
        | Refusal::TooManyQuestions { state } => failure(Reason::StateForbids)
            .with("state", state.word())
            .with("wanted", "ask_reporter")
            .with("allowed", moves(*state)),
        Refusal::QuestionAnswered { state, .. } | Refusal::AnswerTooLate { state } => failure(Reason::StateForbids)
            .with("state", state.word())
            .with("wanted", "answer_question")
            .with("allowed", moves(*state)),
        Refusal::OpinionChanged { state } => {
            failure(Reason::StateForbids).with("state", state.word()).with("allowed", moves(*state))
        }
        Refusal::PauseNotAllowed { given, allowed } => {
            failure(Reason::PauseNotAllowed).with("given", given).with("allowed", allowed.join(", "))
        }
        Refusal::DuplicateOfItself { duplicate_of }
        | Refusal::HasDuplicates { duplicate_of }
        | Refusal::OriginalUnfit { duplicate_of, .. } => {
            failure(Reason::DuplicateOfItself).with("duplicate_of", duplicate_of)
        }
        Refusal::ParentUnfit { flaw } => Failure::from(Violation::new("parent_issue_id", *flaw)),
        Refusal::PartsOpen { state, references } => failure(Reason::StateForbids)
            .with("state", state.word())
            .with("allowed", moves(*state))
            .with("open_parts", references.join(", ")),
        Refusal::ClosingNotDisputed => failure(Reason::ClosingNotDisputed),
        Refusal::FixTimeOutOfRange { .. } => Failure::from(Violation::new("fix_time", refusal.to_string())),
        Refusal::NothingToEdit => Failure::from(Violation::new("description", refusal.to_string())),
        Refusal::WordsHeld { field, .. } => Failure::from(Violation::new(*field, refusal.to_string())),
        Refusal::CategoryRetired { category_code } => {
            failure(Reason::CategoryRetired).with("category_code", category_code)
        }
        Refusal::CategoryUnchanged { .. } => Failure::from(Violation::new("category_code", refusal.to_string())),
        Refusal::TooManyRoutingRules { limit } => failure(Reason::TooManyRoutingRules).with("limit", limit),
        Refusal::TooManySupporters { limit } | Refusal::TooManyFollowers { limit } => {
            failure(Reason::TooManySupporters).with("limit", limit)
        }
        Refusal::ForwardingGoesOn { state } => {
            failure(Reason::StateForbids).with("state", state.word()).with("allowed", "")
        }
        Refusal::EntryWithdrawn => failure(Reason::StateForbids).with("state", "withdrawn").with("allowed", ""),
        Refusal::TooManyPhotos { limit } => failure(Reason::TooManyPhotos).with("limit", limit),
        Refusal::PhotoUnknown { photo_id } => Failure::not_found("photo", photo_id),
        Refusal::PhotoChanged => failure(Reason::EtagMismatch),
        Refusal::PartnershipArchived { .. } => failure(Reason::PartnershipArchived),
        Refusal::ProviderInactive { .. } => failure(Reason::ProviderInactive),
        Refusal::FollowTokenInvalid | Refusal::ConfirmationInvalid => failure(Reason::FollowTokenInvalid),
        Refusal::SelfVerification { .. } => failure(Reason::SelfVerification),
    }
}

/// What can be done from a state, by its words.
fn moves(state: IssueState) -> String {
    state.moves().map(Move::word).collect::<Vec<_>>().join(", ")
}
