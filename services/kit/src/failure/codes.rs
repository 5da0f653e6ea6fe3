//! One error code for each reason, one gRPC code for each error code. Both tables are total.

use tonic::Code;

use super::Reason;

/// The kinds of failure that a caller handles differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// The request is wrong whatever the state: mend it.
    Invalid,
    /// No valid token.
    Unauthenticated,
    /// The token does not allow it.
    Forbidden,
    /// Not there, or not in this partnership.
    NotFound,
    /// There already.
    Exists,
    /// The state does not allow it.
    State,
    /// Somebody else was faster: read again.
    Conflict,
    /// A limit: wait.
    Exhausted,
    /// No such call.
    Unimplemented,
    /// Something that is needed does not answer: try again.
    Unavailable,
    /// Took too long.
    Deadline,
    /// A fault of ours.
    Internal,
}

impl ErrorCode {
    /// The gRPC code.
    #[must_use]
    pub const fn grpc(self) -> Code {
        match self {
            Self::Invalid => Code::InvalidArgument,
            Self::Unauthenticated => Code::Unauthenticated,
            Self::Forbidden => Code::PermissionDenied,
            Self::NotFound => Code::NotFound,
            Self::Exists => Code::AlreadyExists,
            Self::State => Code::FailedPrecondition,
            Self::Conflict => Code::Aborted,
            Self::Exhausted => Code::ResourceExhausted,
            Self::Unimplemented => Code::Unimplemented,
            Self::Unavailable => Code::Unavailable,
            Self::Deadline => Code::DeadlineExceeded,
            Self::Internal => Code::Internal,
        }
    }
}

/// The error code of a reason. Add a new reason to the row of the code that `errors.proto` states for it.
#[must_use]
pub const fn code_of(reason: Reason) -> ErrorCode {
    match reason {
        Reason::InvalidRequest
        | Reason::PageTokenInvalid
        | Reason::FilterInvalid
        | Reason::CursorInvalid
        | Reason::GrantIncomplete
        | Reason::JsonMalformed
        | Reason::MediaTypeUnsupported
        | Reason::BodyUnreadable
        | Reason::SubstituteUnfit
        | Reason::VotesExceedElectorate
        | Reason::DecisionClassUnknown => ErrorCode::Invalid,
        Reason::TokenRequired
        | Reason::TokenInvalid
        | Reason::ServiceSecretWrong
        | Reason::SignInRefused
        | Reason::SessionEnded
        | Reason::ClientRefused
        | Reason::LinkRefused => ErrorCode::Unauthenticated,
        Reason::RoleMissing
        | Reason::PartnershipForbids
        | Reason::SelfVerification
        | Reason::NotTheOwner
        | Reason::VerifierIsOwner
        | Reason::ScopeRefused
        | Reason::CrossSite
        | Reason::FollowTokenInvalid => ErrorCode::Forbidden,
        Reason::NotFound | Reason::NoStandard | Reason::RouteNotFound => ErrorCode::NotFound,
        Reason::AlreadyExists
        | Reason::RequestIdReused
        | Reason::StandardOverlaps
        | Reason::PeriodReported
        | Reason::DraftOfAnother => ErrorCode::Exists,
        Reason::StateForbids
        | Reason::StandardSuperseded
        | Reason::StandardBackdated
        | Reason::ProviderInactive
        | Reason::LinkUnknown
        | Reason::EvidenceRequired
        | Reason::CommitmentNotEnded
        | Reason::CommitmentEnded
        | Reason::MilestoneRecorded
        | Reason::PeriodUnknown
        | Reason::PeriodNotOver
        | Reason::ReportSuperseded
        | Reason::DecisionUnrelated
        | Reason::NoConstitution
        | Reason::PartnershipArchived
        | Reason::SeatsExceeded
        | Reason::SeatTaken
        | Reason::ChairTaken
        | Reason::MembershipEnded
        | Reason::NoticeTooShort
        | Reason::AgendaEmpty
        | Reason::NoPresidingMember
        | Reason::MeetingBeforeItsDay
        | Reason::NotACurrentMember
        | Reason::AttendanceOutOfOrder
        | Reason::MinutesIncomplete
        | Reason::MinutesNeedLaterMeeting
        | Reason::NotQuorate
        | Reason::CastingVoteForbidden
        | Reason::MemberMayNotVote
        | Reason::DecisionNotCarried
        | Reason::DecisionReferredBack
        | Reason::DecisionCorrected
        | Reason::ConstitutionNeedsDecision
        | Reason::IssueUnknown
        | Reason::ActionAlreadyAccepted
        | Reason::ActionNotAccepted
        | Reason::MoveNeedsDecision
        | Reason::CategoryRetired
        | Reason::PauseNotAllowed
        | Reason::DuplicateOfItself
        | Reason::ClosingNotDisputed
        | Reason::TooManyRoutingRules
        | Reason::CredentialEnded
        | Reason::NotASystem
        | Reason::TooManySupporters
        | Reason::TooManyPhotos => ErrorCode::State,
        Reason::EtagMismatch | Reason::Conflict => ErrorCode::Conflict,
        Reason::Overloaded | Reason::TooLarge | Reason::TooManyAttempts | Reason::RateLimited => ErrorCode::Exhausted,
        Reason::NoSuchCall | Reason::MethodNotAllowed => ErrorCode::Unimplemented,
        Reason::DatabaseUnavailable | Reason::PeerUnavailable => ErrorCode::Unavailable,
        Reason::DeadlineExceeded => ErrorCode::Deadline,
        Reason::Unspecified | Reason::Internal => ErrorCode::Internal,
    }
}
