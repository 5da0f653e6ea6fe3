//! Reads every chain from its beginning and says what does not hold.
//!
//! Each entry is hashed anew and compared with the hash that it carries, with the entry before it, and with the place where it stands; the
//! last one with the chain's head. All is read as it was at one moment, so the services may go on writing.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use pathfinder_terms::PartnershipId;
use sea_orm::{
    AccessMode, ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait as _,
    IsolationLevel, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, TransactionTrait as _,
};
use uuid::Uuid;

use super::entry::{Place, hash_at, name_digest};
use crate::database::Database;
use crate::rows::audit_entry::Column::{Chain, EntryTime, Position};
use crate::rows::{audit_entry, audit_head};

/// Entries read at once.
const PAGE: u64 = 1000;
/// Faults told of one chain; the rest is counted. So many entries that do not stand where they belong are sought elsewhere, too.
const FAULTS_TOLD: usize = 200;
/// An entry has its place within a second or so; one that has none for longer is worth a word.
const PATIENCE: TimeDelta = TimeDelta::minutes(1);

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
}

impl Report {
    /// Whether every chain holds.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.faults.is_empty() && self.untold == 0
    }
}

/// One thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Whose chain; none for the one of the whole installation.
    pub partnership_id: Option<PartnershipId>,
    /// Where in it.
    pub position: i64,
    /// The entry that stands there; none where one is missing.
    pub event_id: Option<Uuid>,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What can be wrong with an entry, or with a place in a chain.
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
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.partnership_id {
            Some(id) => write!(f, "partnership {id}")?,
            None => f.write_str("installation")?,
        }
        write!(f, ", position {}", self.position)?;
        if let Some(id) = self.event_id {
            write!(f, ", event {id}")?;
        }
        write!(f, ": {}", self.wrong)
    }
}

/// Verifies every chain of a service's database, and changes nothing. `now` is the time by the service's clock; `told` hears how many
/// entries of how many were read.
///
/// # Errors
///
/// When the database cannot be read.
pub async fn verify(
    database: &Database,
    now: DateTime<Utc>,
    told: &(dyn Fn(u64, u64) + Sync),
) -> Result<Report, DbErr> {
    let tx = one_moment(database).await?;
    let all = audit_entry::Entity::find().filter(Position.is_not_null()).count(&tx).await?;
    let waiting = audit_entry::Entity::find().filter(Position.is_null()).filter(EntryTime.lt(now - PATIENCE));
    let waiting = waiting.count(&tx).await?;
    let mut report = Report { waiting, ..Report::default() };
    for chain in chains(&tx).await? {
        verify_chain(&tx, chain, &mut report, &|entries| told(entries, all)).await?;
    }
    tx.rollback().await?;
    Ok(report)
}

/// A transaction that sees the database as it is now, whatever is written meanwhile.
async fn one_moment(database: &Database) -> Result<DatabaseTransaction, DbErr> {
    let reader = database.reader();
    match reader.get_database_backend() {
        DbBackend::Postgres => {
            reader.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await
        }
        _ => reader.begin().await,
    }
}

async fn chains(tx: &impl ConnectionTrait) -> Result<BTreeSet<Uuid>, DbErr> {
    let placed = audit_entry::Entity::find().select_only().column(Chain).distinct().filter(Position.is_not_null());
    let mut chains: BTreeSet<Uuid> = placed.into_tuple::<Uuid>().all(tx).await?.into_iter().collect();
    chains.extend(audit_head::Entity::find().all(tx).await?.into_iter().map(|head| head.chain));
    Ok(chains)
}

async fn verify_chain(
    tx: &impl ConnectionTrait,
    chain: Uuid,
    report: &mut Report,
    told: &(dyn Fn(u64) + Sync),
) -> Result<(), DbErr> {
    let head = audit_head::Entity::find_by_id(chain).one(tx).await?;
    let mut walk = Walk::along(chain);
    loop {
        let entries = next_entries(tx, &walk).await?;
        let Some(last) = entries.last() else { break };
        walk.read_to = Some((last.position.unwrap_or_default(), last.event_id));
        for entry in entries {
            walk.step(entry);
            report.entries += 1;
        }
        told(report.entries);
    }
    walk.finish(head);
    report.chains += 1;
    report.untold += walk.untold;
    report.faults.append(&mut walk.faults);
    Ok(())
}

/// The next page. Entries that share a position, which no index would let them any more, are all read.
async fn next_entries(tx: &impl ConnectionTrait, walk: &Walk) -> Result<Vec<audit_entry::Model>, DbErr> {
    use audit_entry::Column::EventId;
    let (position, event_id) = walk.read_to.unwrap_or((i64::MIN, Uuid::nil()));
    let beside = Condition::all().add(Position.eq(position)).add(EventId.gt(event_id));
    audit_entry::Entity::find()
        .filter(Chain.eq(walk.chain))
        .filter(Position.is_not_null())
        .filter(Position.gte(position))
        .filter(Condition::any().add(Position.gt(position)).add(beside))
        .order_by_asc(Position)
        .order_by_asc(EventId)
        .limit(PAGE)
        .all(tx)
        .await
}

/// A walk along one chain.
struct Walk {
    chain: Uuid,
    read_to: Option<(i64, Uuid)>,
    /// The position and hash of the entry before, and whether it was whole.
    position: i64,
    hash: String,
    whole: bool,
    event_id: Option<Uuid>,
    /// Entries that are not what stands hashed in them: altered, or moved.
    strange: Vec<audit_entry::Model>,
    faults: Vec<Fault>,
    untold: u64,
}

impl Walk {
    fn along(chain: Uuid) -> Self {
        Self {
            chain,
            read_to: None,
            position: 0,
            hash: String::new(),
            whole: true,
            event_id: None,
            strange: Vec::new(),
            faults: Vec::new(),
            untold: 0,
        }
    }

    fn fault(&mut self, position: i64, event_id: Option<Uuid>, wrong: Wrong) {
        if self.faults.len() >= FAULTS_TOLD {
            self.untold += 1;
            return;
        }
        let partnership_id = (!self.chain.is_nil()).then(|| self.chain.into());
        self.faults.push(Fault { partnership_id, position, event_id, wrong });
    }

    fn step(&mut self, entry: audit_entry::Model) {
        let position = entry.position.unwrap_or_default();
        let event_id = Some(entry.event_id);
        let follows = position == self.position + 1;
        if position == self.position {
            self.fault(position, event_id, Wrong::Repeated);
        } else if position > self.position + 1 {
            self.fault(self.position + 1, None, Wrong::Missing { last: position - 1 });
        } else if !follows {
            self.fault(position, event_id, Wrong::Altered);
        }
        let whole = is_whole(&entry, position);
        if whole && follows && self.whole && entry.prior_hash != self.hash {
            self.fault(position, event_id, Wrong::LinkBroken);
        }
        if name_was_altered(&entry) {
            self.fault(position, event_id, Wrong::NameAltered);
        }
        self.hash.clone_from(&entry.hash);
        (self.position, self.whole, self.event_id) = (position, whole, event_id);
        if !whole {
            self.keep_strange(entry);
        }
    }

    fn keep_strange(&mut self, entry: audit_entry::Model) {
        if self.strange.len() < FAULTS_TOLD { self.strange.push(entry) } else { self.untold += 1 }
    }

    /// Compares the end with the head, and seeks where strange entries belong.
    fn finish(&mut self, head: Option<audit_head::Model>) {
        let (position, event_id) = (self.position, self.event_id);
        let last = head.as_ref().map_or(position, |head| head.position);
        match head {
            None => self.fault(position, event_id, Wrong::HeadMissing),
            Some(head) if head.position > position => {
                self.fault(position + 1, None, Wrong::CutOff { last: head.position });
            }
            Some(head) if head.position < position => self.fault(position, event_id, Wrong::BehindHead),
            Some(head) if head.hash != self.hash => self.fault(position, event_id, Wrong::HeadDiffers),
            Some(_) => {}
        }
        let strange = std::mem::take(&mut self.strange);
        let mut places: BTreeSet<i64> = strange.iter().filter_map(|entry| entry.position).collect();
        places.insert(last);
        for entry in &strange {
            let belongs = places.iter().find(|place| is_whole(entry, **place));
            let wrong = belongs.map_or(Wrong::Altered, |from| Wrong::Moved { from: *from });
            self.fault(entry.position.unwrap_or_default(), Some(entry.event_id), wrong);
        }
        self.faults.sort_by_key(|fault| fault.position);
    }
}

/// Whether the entry is what was hashed, if it stands at `position`.
fn is_whole(entry: &audit_entry::Model, position: i64) -> bool {
    let place =
        Place { chain: entry.chain, position, prior_hash: &entry.prior_hash, before_digest: &entry.before_digest };
    entry.partnership_id.unwrap_or_default() == entry.chain && hash_at(entry, place) == entry.hash
}

/// An erased name has neither text nor salt; entries from before names were digested have a name alone.
fn name_was_altered(entry: &audit_entry::Model) -> bool {
    let erased = entry.actor_name.is_empty() && entry.name_salt.is_empty();
    let undigested = entry.name_digest.is_empty() && entry.name_salt.is_empty();
    !erased && !undigested && name_digest(&entry.name_salt, &entry.actor_name) != entry.name_digest
}
