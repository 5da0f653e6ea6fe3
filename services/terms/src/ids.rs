//! Identifiers: UUIDv7 values, one type for each kind of thing, so that one cannot stand in for another.
//!
//! To add one, name it in the list at the foot of this file.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is not an identifier: identifiers are UUIDs in their hyphenated form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an id in the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")]
pub struct InvalidId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )*};
}

ids! {
    /// A neighbourhood management partnership (boards).
    PartnershipId;
    /// One version of a partnership's constitution (boards).
    ConstitutionId;
    /// A seat on a board, which holds the vote (boards).
    SeatId;
    /// A person's term in a seat (boards).
    MemberId;
    /// A meeting of a board (boards).
    MeetingId;
    /// An item on a meeting's agenda (boards).
    AgendaItemId;
    /// A decision that a board took (boards).
    DecisionId;
    /// An action that a board tracks (boards).
    ActionId;
    /// A provider of public services (commitments).
    ProviderId;
    /// One version of a service standard (commitments).
    StandardId;
    /// A provider's commitment (commitments).
    CommitmentId;
    /// A step on the way to a commitment's target (commitments).
    MilestoneId;
    /// One revision of a progress report (commitments).
    ProgressReportId;
    /// A kind of resident issue (issues).
    CategoryId;
    /// A rule that sends issues to the provider who answers for them (issues).
    RoutingRuleId;
    /// A resident issue (issues).
    IssueId;
    /// Someone who reported or supports an issue (issues).
    ReporterId;
    /// Many issues of one kind in one place (issues).
    ClusterId;
    /// A photo of an issue (issues).
    PhotoId;
    /// An issue on its way to a council's own system (issues).
    ForwardingId;
    /// Something that a council's own system is told of an issue (issues).
    ForwardingUpdateId;
    /// A "you said, we did" entry (issues).
    ResponseEntryId;
    /// Something that a reporter was told (issues).
    NoticeId;
    /// A person who may sign in (identity).
    PersonId;
    /// A machine that may call (identity).
    SystemId;
}
