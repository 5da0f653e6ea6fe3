//! What came of a verification, in words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use pathfinder_terms::PartnershipId;
use uuid::Uuid;

/// What came of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many chains there are.
    pub chains: u64,
    /// How many entries have a place in them.
    pub entries: u64,
    /// How many entries have waited for a place for more than a minute: none, while the service runs.
    pub waiting: u64,
    /// What does not hold, chain by chain and by position.
    pub faults: Vec<Fault>,
    /// How many faults more there are.
    pub untold: u64,
    /// Where each chain ends: what to keep elsewhere and to compare with one day.
    pub heads: Vec<Head>,
    /// The entries without their name, by the id of who did it.
    pub blanked: BTreeMap<String, Blanked>,
}

impl Report {
    /// Whether every chain holds.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.faults.is_empty() && self.untold == 0
    }

    /// How many entries are without their name.
    #[must_use]
    pub fn blanked_entries(&self) -> u64 {
        self.blanked.values().map(|blanked| blanked.entries).sum()
    }

    /// Takes every name for a fault that was erased of somebody who is not in `erased`.
    pub fn expect_erased(&mut self, erased: &BTreeSet<String>) {
        for (actor_id, blanked) in self.blanked.iter().filter(|(actor_id, _)| !erased.contains(*actor_id)) {
            let Blanked { entries, partnership_id, position, event_id } = *blanked;
            let wrong = Wrong::NameErased { actor_id: actor_id.clone(), entries };
            self.faults.push(Fault { partnership_id, position, event_id: Some(event_id), wrong });
        }
    }
}

/// Where a chain ended: that the entry at this position had this hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Whose chain; none for the one of the whole installation.
    pub partnership_id: Option<PartnershipId>,
    /// The position of its last entry.
    pub position: i64,
    /// The hash of that entry.
    pub hash: String,
}

/// Entries without their name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blanked {
    /// How many.
    pub entries: u64,
    /// The partnership of the first of them.
    pub partnership_id: Option<PartnershipId>,
    /// Its position.
    pub position: i64,
    /// Its id.
    pub event_id: Uuid,
}

/// One thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Whose chain; none for the one of the whole installation.
    pub partnership_id: Option<PartnershipId>,
    /// Where in it; 0 for the chain as a whole, or an entry that has no position.
    pub position: i64,
    /// The entry that stands there; none where one is missing.
    pub event_id: Option<Uuid>,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What can be wrong with an entry, with a place in a chain, or with a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// The entry is not what was hashed.
    Altered,
    /// The entry is whole, but belongs to another position.
    Moved {
        /// Where it belongs.
        from: i64,
    },
    /// The entry was chained to another one than now stands before it: that one was replaced.
    LinkBroken,
    /// Entries are missing, from this position to `last`.
    Missing {
        /// The last one that is missing.
        last: i64,
    },
    /// Another entry stands at the same position.
    Repeated,
    /// Entries are missing at the end, up to the head at `last`.
    CutOff {
        /// Where the chain ended.
        last: i64,
    },
    /// The chain goes on behind its head.
    BehindHead,
    /// The head names another hash than that of the last entry.
    HeadDiffers,
    /// The chain has entries and no head.
    HeadMissing,
    /// The name is not the one that was hashed. (An erased name is no fault.)
    NameAltered,
    /// The name was erased, and nothing says that it was to be.
    NameErased {
        /// Whose name.
        actor_id: String,
        /// From how many entries.
        entries: u64,
    },
    /// The chain of the installation says that this one began, and nothing is left of it.
    Gone,
    /// The chain began a second time: what it held before is gone.
    BegunAgain,
    /// The chain of the installation says that this one began with another entry.
    BegunOtherwise,
    /// The chain of the installation does not say that this one began.
    BeginMissing,
    /// The entry has waited for its place for long, while later ones have got theirs.
    LeftBehind,
    /// A head that was kept names another hash for this position.
    KeptDiffers,
    /// A head that was kept stands at this position, where the chain has no entry.
    KeptMissing,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered => f.write_str("the entry was altered"),
            Self::Moved { from } => write!(f, "the entry was moved here; it belongs to position {from}"),
            Self::LinkBroken => f.write_str("the entry before this one was replaced"),
            Self::Missing { last } => write!(f, "entries are missing up to position {last}"),
            Self::Repeated => f.write_str("a second entry stands at this position"),
            Self::CutOff { last } => write!(f, "the end is missing; the chain went on to position {last}"),
            Self::BehindHead => f.write_str("the entry stands behind the head of the chain"),
            Self::HeadDiffers => f.write_str("the head of the chain names another entry than its last"),
            Self::HeadMissing => f.write_str("the chain has no head"),
            Self::NameAltered => f.write_str("the actor's name was altered"),
            Self::NameErased { actor_id, entries: 1 } => {
                write!(f, "the name of {actor_id} was erased from this entry, and no erasure of it is recorded")
            }
            Self::NameErased { actor_id, entries } => write!(
                f,
                "the name of {actor_id} was erased from {entries} entries, of which this is the first, and no erasure of it \
                 is recorded"
            ),
            Self::Gone => f.write_str("the whole chain is gone"),
            Self::BegunAgain => f.write_str("the chain was begun anew; what it held before is gone"),
            Self::BegunOtherwise => f.write_str("the chain began with another entry"),
            Self::BeginMissing => f.write_str("the chain of the installation does not say that this one began"),
            Self::LeftBehind => f.write_str("the entry has no place in the chain, while later ones have theirs"),
            Self::KeptDiffers => f.write_str("another entry stood here when the heads were kept"),
            Self::KeptMissing => f.write_str("an entry stood here when the heads were kept"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.partnership_id {
            Some(id) => write!(f, "partnership {id}")?,
            None => f.write_str("installation")?,
        }
        if self.position != 0 {
            write!(f, ", position {}", self.position)?;
        }
        if let Some(id) = self.event_id {
            write!(f, ", event {id}")?;
        }
        write!(f, ": {}", self.wrong)
    }
}
